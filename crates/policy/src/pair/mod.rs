//! Two registries side by side: which tags they share, which of them are needed, and what changed between
//! two looks at them.
//!
//! ```
//! use longshore_policy::pair::{Held, Holdings, Needed, Standing, stand_of_all};
//!
//! let held = |digest: &str| Held { digest: digest.to_owned(), pushed: None };
//! let mut here = Holdings::default();
//! here.add("web", "1.0", held("sha256:a"));
//! here.add("web", "1.1", held("sha256:b"));
//! let mut there = Holdings::default();
//! there.add("web", "1.0", held("sha256:a"));
//! let all = stand_of_all(&here, &there, &Needed::All);
//! let standings: Vec<Standing> = all.iter().map(|one| one.standing).collect();
//! assert_eq!(standings, [Standing::Equal, Standing::Missing]);
//! ```

mod list;
mod since;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use list::{Listed, read_list};
pub use since::{Change, Look, since};

use crate::pattern::Pattern;

/// An image under a tag or by its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The digest of its manifest.
    pub digest: String,
    /// When it was pushed, if that is known.
    pub pushed: Option<DateTime<Utc>>,
}

/// The images of a registry by repository and tag, and by repository and digest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holdings {
    repositories: BTreeMap<String, Repository>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Repository {
    tags: BTreeMap<String, Held>,
    digests: BTreeMap<String, Option<DateTime<Utc>>>,
}

impl Holdings {
    /// Adds a repository, which may have no image.
    pub fn add_repository(&mut self, repository: &str) {
        self.repositories.entry(repository.to_owned()).or_default();
    }

    /// Adds an image under a tag.
    pub fn add(&mut self, repository: &str, tag: &str, held: Held) {
        let of = self.repositories.entry(repository.to_owned()).or_default();
        of.digests.insert(held.digest.clone(), held.pushed);
        of.tags.insert(tag.to_owned(), held);
    }

    /// Adds an image that may have no tag.
    pub fn add_digest(&mut self, repository: &str, digest: &str, pushed: Option<DateTime<Utc>>) {
        let of = self.repositories.entry(repository.to_owned()).or_default();
        of.digests.insert(digest.to_owned(), pushed);
    }

    /// Whether there is a repository.
    pub fn has_repository(&self, repository: &str) -> bool {
        self.repositories.contains_key(repository)
    }

    fn find(&self, need: &Need) -> Option<Held> {
        let of = self.repositories.get(&need.repository)?;
        match (&need.digest, &need.tag) {
            // A digest says which image is meant, whatever tag is beside it.
            (Some(digest), _) => {
                of.digests.get(digest).map(|pushed| Held { digest: digest.clone(), pushed: *pushed })
            }
            (None, Some(tag)) => of.tags.get(tag).cloned(),
            (None, None) => None,
        }
    }
}

/// An image that is needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Need {
    /// The repository.
    pub repository: String,
    /// The tag; absent for an image that is named by its digest alone.
    pub tag: Option<String>,
    /// The digest; if given, it decides and not the tag.
    pub digest: Option<String>,
}

impl Need {
    /// The tag and the digest as they are written after the repository's name.
    pub fn suffix(&self) -> String {
        let part = |mark: &str, text: &Option<String>| {
            text.as_deref().map(|text| format!("{mark}{text}")).unwrap_or_default()
        };
        part(":", &self.tag) + &part("@", &self.digest)
    }
}

/// Which images are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needed {
    /// Every tag of either registry.
    All,
    /// The tags of either registry that one of these patterns selects.
    Patterns(Vec<TagPattern>),
    /// These, whether a registry has them or not.
    List(Vec<Need>),
}

/// A pattern of `REPOSITORY[:TAG]` in which `*` is any text. Without a tag, every tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagPattern {
    repository: Pattern,
    tag: Option<Pattern>,
}

impl TagPattern {
    /// Reads a pattern; `None` if it cannot select anything.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let good = |c: char| c.is_ascii_alphanumeric() || "._-/*:".contains(c);
        if text.is_empty() || text.len() > 512 || !text.chars().all(good) {
            return None;
        }
        match text.split_once(':') {
            Some((_, tag)) if tag.is_empty() || tag.contains([':', '/']) => None,
            Some(("", _)) => None,
            Some((repository, tag)) => {
                Some(Self { repository: Pattern::new(repository), tag: Some(Pattern::new(tag)) })
            }
            None => Some(Self { repository: Pattern::new(text), tag: None }),
        }
    }

    /// Whether it selects a tag.
    pub fn selects(&self, repository: &str, tag: &str) -> bool {
        self.repository.matches(repository) && self.tag.as_ref().is_none_or(|pattern| pattern.matches(tag))
    }
}

/// How a needed image stands in the second registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// Both have it with the same digest.
    Equal,
    /// The tag points at another digest there.
    Different,
    /// Only the first has it.
    Missing,
    /// Only the second has it.
    Extra,
    /// Neither has it.
    Nowhere,
}

/// A needed image in both registries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    /// The image.
    pub need: Need,
    /// How it stands.
    pub standing: Standing,
    /// It in the first registry.
    pub here: Option<Held>,
    /// It in the second registry.
    pub there: Option<Held>,
}

/// How every needed image stands, by repository and tag.
pub fn stand_of_all(here: &Holdings, there: &Holdings, needed: &Needed) -> Vec<Stand> {
    let needs = match needed {
        Needed::List(needs) => {
            let mut needs = needs.clone();
            needs.sort();
            needs.dedup();
            needs
        }
        Needed::All => tags(here, there, |_, _| true),
        Needed::Patterns(patterns) => tags(here, there, |repository, tag| {
            patterns.iter().any(|pattern| pattern.selects(repository, tag))
        }),
    };
    needs
        .into_iter()
        .map(|need| {
            let (here, there) = (here.find(&need), there.find(&need));
            let standing = match (&here, &there) {
                (Some(one), Some(other)) if one.digest == other.digest => Standing::Equal,
                (Some(_), Some(_)) => Standing::Different,
                (Some(_), None) => Standing::Missing,
                (None, Some(_)) => Standing::Extra,
                (None, None) => Standing::Nowhere,
            };
            Stand { need, standing, here, there }
        })
        .collect()
}

/// The tags of either registry, each once, in order.
fn tags(here: &Holdings, there: &Holdings, selects: impl Fn(&str, &str) -> bool) -> Vec<Need> {
    let mut found = Vec::new();
    for (repository, of) in here.repositories.iter().chain(&there.repositories) {
        let chosen = of.tags.keys().filter(|tag| selects(repository, tag));
        found.extend(chosen.map(|tag| Need {
            repository: repository.clone(),
            tag: Some(tag.clone()),
            digest: None,
        }));
    }
    found.sort();
    found.dedup();
    found
}

/// When the newest image was pushed that the second registry lacks, or has under another digest.
pub fn newest_gap(all: &[Stand]) -> Option<DateTime<Utc>> {
    let open = all.iter().filter(|one| matches!(one.standing, Standing::Missing | Standing::Different));
    open.filter_map(|one| one.here.as_ref()?.pushed).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(digest: &str, minute: i64) -> Held {
        Held { digest: digest.into(), pushed: DateTime::from_timestamp(minute * 60, 0) }
    }

    fn need(repository: &str, tag: Option<&str>, digest: Option<&str>) -> Need {
        Need { repository: repository.into(), tag: tag.map(Into::into), digest: digest.map(Into::into) }
    }

    fn both() -> (Holdings, Holdings) {
        let (mut here, mut there) = (Holdings::default(), Holdings::default());
        here.add("web", "1", held("sha256:a", 1));
        here.add("web", "2", held("sha256:b", 2));
        here.add("web", "3", held("sha256:c", 3));
        here.add_digest("web", "sha256:untagged", None);
        there.add("web", "1", held("sha256:a", 5));
        there.add("web", "2", held("sha256:x", 9));
        there.add("old", "1", held("sha256:o", 9));
        (here, there)
    }

    #[test]
    fn each_tag_of_either_registry_stands_once() {
        let (here, there) = both();
        let all = stand_of_all(&here, &there, &Needed::All);
        let told: Vec<_> = all
            .iter()
            .map(|one| (format!("{}{}", one.need.repository, one.need.suffix()), one.standing))
            .collect();
        assert_eq!(
            told,
            [
                ("old:1".to_owned(), Standing::Extra),
                ("web:1".to_owned(), Standing::Equal),
                ("web:2".to_owned(), Standing::Different),
                ("web:3".to_owned(), Standing::Missing),
            ]
        );
        // The push there does not matter, and what both have is no gap.
        assert_eq!(newest_gap(&all), DateTime::from_timestamp(180, 0));
        assert_eq!(newest_gap(&stand_of_all(&here, &here, &Needed::All)), None);
    }

    #[test]
    fn a_digest_decides_and_what_neither_has_is_said() {
        let (here, there) = both();
        let list = Needed::List(vec![
            need("web", Some("2"), Some("sha256:b")),
            need("web", Some("1"), Some("sha256:a")),
            need("web", None, Some("sha256:untagged")),
            need("gone", Some("1"), None),
            need("web", Some("1"), Some("sha256:a")),
        ]);
        let told: Vec<_> =
            stand_of_all(&here, &there, &list).iter().map(|one| (one.need.suffix(), one.standing)).collect();
        assert_eq!(
            told,
            [
                (":1".to_owned(), Standing::Nowhere),
                ("@sha256:untagged".to_owned(), Standing::Missing),
                (":1@sha256:a".to_owned(), Standing::Equal),
                (":2@sha256:b".to_owned(), Standing::Missing),
            ]
        );
    }

    #[test]
    fn patterns_select_repositories_and_tags() {
        for (pattern, repository, tag, selected) in [
            ("web", "web", "1", true),
            ("web", "web/api", "1", false),
            ("web*", "web/api", "1", true),
            ("*:1.*", "web", "1.4", true),
            ("*:1.*", "web", "2.1", false),
            ("team/*:latest", "team/a", "latest", true),
        ] {
            let selects = TagPattern::parse(pattern).unwrap().selects(repository, tag);
            assert_eq!(selects, selected, "{pattern} {repository}:{tag}");
        }
        for wrong in ["", " ", ":1", "web:", "web:1:2", "web 1", "wéb", "a:b/c"] {
            assert_eq!(TagPattern::parse(wrong), None, "{wrong}");
        }
    }
}
