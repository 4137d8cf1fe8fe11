//! Finds builds by commit, tag, digest or label: *where is this commit now?*

use std::collections::BTreeMap;

use crate::{place::Build, scheme::VcsLength};

/// Labels that name the commit an image was built from, the most usual first.
pub const COMMIT_LABELS: [&str; 5] = [
    "org.opencontainers.image.revision",
    "git-commit",
    "org.label-schema.vcs-ref",
    "vcs-ref",
    "com.github.sha",
];

/// The shortest beginning of a digest or a commit that is looked for, in hexadecimal digits.
const SHORTEST: usize = 7;

/// How a build was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FoundBy {
    /// By its digest, or the beginning of its digits.
    Digest,
    /// By the commit in a label: its name.
    CommitLabel(String),
    /// By a tag that names the commit.
    CommitTag(String),
    /// By a tag.
    Tag(String),
    /// By a label: its name.
    Label(String),
}

/// The commit that an image's labels name; an empty label names none.
pub fn commit_of(labels: &BTreeMap<String, String>) -> Option<&str> {
    let named = COMMIT_LABELS.iter().filter_map(|name| labels.get(*name));
    named.map(|value| value.trim()).find(|value| !value.is_empty())
}

/// How a text finds a build; `None` if it does not. Texts are a digest or its beginning, a commit of at
/// least 7 digits, a tag, `label=value`, or the value of a label. Case does not count.
pub fn found_by(text: &str, build: &Build, labels: &BTreeMap<String, String>) -> Option<FoundBy> {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return None;
    }
    let is_hex = text.len() >= SHORTEST && text.bytes().all(|b| b.is_ascii_hexdigit());
    if build.digest.as_str() == text || (is_hex && build.digest.hex().starts_with(&text)) {
        return Some(FoundBy::Digest);
    }
    // A tag has the beginning of a commit, and so may the text: either can be the longer one.
    let is_commit =
        |found: &str| found.len() >= SHORTEST && (found.starts_with(&text) || text.starts_with(found));
    if is_hex {
        for name in COMMIT_LABELS {
            if labels.get(name).is_some_and(|value| is_commit(&value.trim().to_lowercase())) {
                return Some(FoundBy::CommitLabel(name.to_owned()));
            }
        }
        let by_tag =
            build.tags().into_iter().find(|tag| VcsLength::Any.commit(tag.as_str()).is_some_and(is_commit));
        if let Some(tag) = by_tag {
            return Some(FoundBy::CommitTag(tag.to_string()));
        }
    }
    if let Some(tag) = build.tags().into_iter().find(|tag| tag.as_str().to_lowercase() == text) {
        return Some(FoundBy::Tag(tag.to_string()));
    }
    let label = labels.iter().find(|(name, value)| {
        let value = value.to_lowercase();
        value == text || format!("{}={value}", name.to_lowercase()) == text
    });
    label.map(|(name, _)| FoundBy::Label(name.clone()))
}
