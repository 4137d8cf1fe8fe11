//! The tags that a rollback writes.

use std::collections::BTreeMap;

use longshore_names::{Digest, Tag};

use super::{TagChange, tag_changes};
use crate::scheme::{SemanticTag, SuffixTag, TagMutability, TagScheme, is_moving};

/// The tags of one destination for a rollback from `current` to `target`: `tag`, the one that the target had
/// in the stage, first; then the moving tags that name `current` and whose line the target is in. Moving tags
/// are those of `scheme`; without one, none follow.
pub fn rollback_tag_changes(
    current: &Digest,
    target: &Digest,
    tag: &Tag,
    scheme: Option<&TagScheme>,
    existing: &BTreeMap<Tag, Digest>,
    mutability: &TagMutability,
) -> Vec<(Tag, TagChange)> {
    let follow = scheme.into_iter().flat_map(|scheme| {
        let theirs = existing.iter().filter(|(_, digest)| *digest == current).map(|(tag, _)| tag);
        theirs.filter(|moving| is_moving(scheme, moving.as_str()) && is_of_line(scheme, moving, tag)).cloned()
    });
    let tags: Vec<Tag> = std::iter::once(tag.clone()).chain(follow).collect();
    tag_changes(target, &tags, None, existing, mutability)
}

/// Whether a moving tag may name a build of this tag: names such as `latest` may name any, `1.4` only builds
/// of its line.
fn is_of_line(scheme: &TagScheme, moving: &Tag, tag: &Tag) -> bool {
    let line = match scheme {
        TagScheme::Semantic { parts } => SemanticTag::parse(tag.as_str(), *parts).map(|tag| tag.shorter()),
        TagScheme::UpstreamSuffix => SuffixTag::parse(tag.as_str()).map(|tag| tag.shorter()),
        TagScheme::Vcs(_) | TagScheme::Calendar(_) | TagScheme::Custom(_) => None,
    };
    let is_version = moving.as_str().trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
    match line {
        Some(line) if is_version => line.iter().any(|short| short == moving.as_str()),
        Some(_) => true,
        None => !is_version,
    }
}
