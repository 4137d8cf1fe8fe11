//! Moving tags: `1`, `1.4`, `latest`, which name the newest of a line.

use std::cmp::Ordering;

use longshore_names::Tag;

use super::{SemanticTag, SuffixTag, TagScheme};

/// Names that move by custom, whatever the scheme.
const NAMES: [&str; 12] = [
    "latest", "stable", "edge", "main", "master", "develop", "dev", "nightly", "lts", "current", "mainline",
    "staging",
];

/// A tag that moves along with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovingTag {
    /// The tag.
    pub tag: Tag,
    /// Why it moves, as a sentence.
    pub reason: String,
}

/// Whether a tag is one that moves in a repository of `scheme`: a name such as `latest`, or the
/// beginning of a version.
pub fn is_moving(scheme: &TagScheme, tag: &str) -> bool {
    if scheme.fits(tag) {
        return false;
    }
    if NAMES.contains(&tag) || super::semantic::is_variant(tag.split('-').next().unwrap_or(tag)) {
        return true;
    }
    let (numbers, variant) = tag.split_once('-').map_or((tag, None), |(numbers, rest)| (numbers, Some(rest)));
    if variant.is_some_and(|variant| !variant.split('-').any(super::semantic::is_variant)) {
        // `lts-alpine` is a name with a variant, `20-rc` is neither.
        return false;
    }
    let numbers = numbers.strip_prefix('v').unwrap_or(numbers);
    let is_number = |part: &str| (1..=9).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let parts = numbers.split('.').filter(|part| is_number(part)).count();
    let whole = parts == numbers.split('.').count();
    let least = match scheme {
        TagScheme::Semantic { parts } => usize::from(*parts),
        TagScheme::UpstreamSuffix => 5,
        TagScheme::Calendar(_) => 3,
        TagScheme::Vcs(_) | TagScheme::Custom(_) => 0,
    };
    NAMES.contains(&numbers) || (whole && parts < least)
}

/// The tags that move to `tag`: of a version the shorter ones, and `latest`. Only those for which no tag
/// of `existing` is later, and none for a pre-release.
pub fn moving_tags(scheme: &TagScheme, tag: &Tag, existing: &[Tag]) -> Vec<MovingTag> {
    let candidates = match scheme {
        TagScheme::Semantic { parts } => {
            SemanticTag::parse(tag.as_str(), *parts).map_or(Vec::new(), |read| {
                let latest =
                    read.variant.is_none().then(|| "latest".to_owned()).or_else(|| read.variant.clone());
                if read.is_release() {
                    read.shorter().into_iter().chain(latest).collect()
                } else {
                    Vec::new()
                }
            })
        }
        TagScheme::UpstreamSuffix => SuffixTag::parse(tag.as_str())
            .map_or(Vec::new(), |read| read.shorter().into_iter().chain(["latest".to_owned()]).collect()),
        TagScheme::Calendar(_) | TagScheme::Custom(_) if scheme.fits(tag.as_str()) => {
            vec!["latest".to_owned()]
        }
        _ => Vec::new(),
    };
    candidates
        .into_iter()
        .filter(|moving| moving != tag.as_str())
        .filter(|moving| existing.iter().all(|other| !stays(scheme, moving, other.as_str(), tag.as_str())))
        .filter_map(|moving| {
            let reason = format!("`{moving}` names the newest of its line, which `{tag}` is.");
            Some(MovingTag { tag: Tag::for_input(&moving).ok()?, reason })
        })
        .collect()
}

/// Whether a later tag than `tag` is in the line of `moving`, so that it stays there.
fn stays(scheme: &TagScheme, moving: &str, other: &str, tag: &str) -> bool {
    if scheme.compare(other, tag) != Some(Ordering::Greater) {
        return false;
    }
    match scheme {
        TagScheme::Semantic { parts } => SemanticTag::parse(other, *parts).is_some_and(|other| {
            let whole_line = moving == "latest" || other.variant.as_deref() == Some(moving);
            other.is_release() && (whole_line || other.shorter().iter().any(|short| short == moving))
        }),
        TagScheme::UpstreamSuffix => SuffixTag::parse(other)
            .is_some_and(|other| moving == "latest" || other.shorter().iter().any(|short| short == moving)),
        _ => true,
    }
}
