//! Tags that are semantic versions (semver.org 2.0.0).

use std::{cmp::Ordering, fmt};

use semver::{BuildMetadata, Prerelease, Version};

/// Words that name what an image is made on, not a pre-release: `1.4.2-alpine`, `20.11.0-bookworm-slim`.
const VARIANTS: [&str; 22] = [
    "alpine",
    "slim",
    "buster",
    "bullseye",
    "bookworm",
    "trixie",
    "focal",
    "jammy",
    "noble",
    "debian",
    "ubuntu",
    "ubi",
    "distroless",
    "scratch",
    "windowsservercore",
    "nanoserver",
    "perl",
    "fpm",
    "apache",
    "cli",
    "zts",
    "management",
];

/// A tag read as a semantic version.
///
/// A `+`, which no tag can have, is written `_` (as Helm does): `1.4.2_build.5`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SemanticTag {
    /// Whether it begins with `v`.
    pub v: bool,
    /// How many numbers the tag has, 2 or 3; with 2, the patch number of `version` is 0.
    pub parts: u8,
    /// The version.
    pub version: Version,
    /// What the image is made on, such as `alpine3.19`: tags of different variants have no order.
    pub variant: Option<String>,
}

impl SemanticTag {
    /// Reads a tag that has `parts` numbers, 2 or 3; `None` if it is something else.
    pub fn parse(tag: &str, parts: u8) -> Option<Self> {
        let (v, rest) = match tag.strip_prefix('v') {
            Some(rest) => (true, rest),
            None => (false, tag),
        };
        let (rest, build) = rest.split_once('_').map_or((rest, None), |(rest, build)| (rest, Some(build)));
        let (numbers, words) = rest.split_once('-').map_or((rest, ""), |(numbers, words)| (numbers, words));
        let mut number = numbers.split('.');
        let mut next = || number.next().and_then(whole_number);
        let (major, minor) = (next()?, next()?);
        let patch = if parts == 3 { next()? } else { 0 };
        if number.next().is_some() {
            return None;
        }
        let (pre, variant) = split_variant(words);
        if rest.ends_with('-') {
            return None;
        }
        let version = Version {
            major,
            minor,
            patch,
            pre: Prerelease::new(pre).ok()?,
            build: BuildMetadata::new(build.unwrap_or_default()).ok()?,
        };
        if build == Some("") {
            return None;
        }
        Some(Self { v, parts, version, variant: variant.map(str::to_owned) })
    }

    /// A version as the tag of a full semantic version, its build metadata made tag-safe.
    pub fn of(version: Version) -> Self {
        Self { v: false, parts: 3, version, variant: None }
    }

    /// The order by precedence (semver.org, section 11); `None` if the variants differ. Build metadata
    /// does not count.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        (self.variant == other.variant).then(|| self.version.cmp_precedence(&other.version))
    }

    /// Whether it is a release, not a pre-release.
    pub fn is_release(&self) -> bool {
        self.version.pre.is_empty()
    }

    /// The shorter tags that move along with it, the longest first: `1.4`, `1`, each with the variant.
    pub fn shorter(&self) -> Vec<String> {
        let v = if self.v { "v" } else { "" };
        let Version { major, minor, .. } = self.version;
        let mut shorter = vec![format!("{v}{major}")];
        if self.parts == 3 {
            shorter.insert(0, format!("{v}{major}.{minor}"));
        }
        let variant = self.variant.as_ref().map(|variant| format!("-{variant}")).unwrap_or_default();
        shorter.into_iter().map(|tag| format!("{tag}{variant}")).collect()
    }
}

impl fmt::Display for SemanticTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Version { major, minor, patch, pre, build } = &self.version;
        f.write_str(if self.v { "v" } else { "" })?;
        write!(f, "{major}.{minor}")?;
        if self.parts == 3 {
            write!(f, ".{patch}")?;
        }
        for word in [Some(pre.as_str()).filter(|pre| !pre.is_empty()), self.variant.as_deref()] {
            word.map_or(Ok(()), |word| write!(f, "-{word}"))?;
        }
        if build.is_empty() { Ok(()) } else { write!(f, "_{build}") }
    }
}

/// Digits without a leading zero.
fn whole_number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

/// The pre-release and the variant of what follows the numbers.
fn split_variant(words: &str) -> (&str, Option<&str>) {
    let mut at = 0;
    for word in words.split('-') {
        if is_variant(word) {
            return (words[..at].trim_end_matches('-'), Some(&words[at..]));
        }
        at += word.len() + 1;
    }
    (words, None)
}

/// Whether a word is a variant: one of the known words, maybe with a version (`alpine3.19`).
pub(super) fn is_variant(word: &str) -> bool {
    let name = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    VARIANTS.contains(&name)
}
