//! The newest images, which a rule keeps.

use std::{cmp::Reverse, collections::HashMap};

use super::{
    graph::{Graph, own_tags},
    rules::DeletionRule,
};
use crate::lifecycle::{DescribedImage, TagPattern};

/// The images that rules keep because they are among the newest, each with a sentence.
pub(super) fn kept(
    rules: &[DeletionRule],
    images: &[DescribedImage],
    graph: &Graph,
) -> HashMap<usize, String> {
    let mut kept = HashMap::new();
    for rule in rules {
        let Some(count) = rule.keep.map(|count| count as usize) else { continue };
        // Members of indexes and referrers are no releases of their own.
        let alone = |at: &usize| {
            let image = &images[*at];
            graph.subjects[*at].is_empty() && (graph.parents[*at].is_empty() || !image.tags.is_empty())
        };
        let all: Vec<usize> = (0..images.len()).filter(alone).collect();
        let mut keep = |mut group: Vec<usize>, of: &str| {
            // An image without a time may be the newest.
            group.sort_by_key(|at| Reverse(images[*at].pushed.map_or(i64::MAX, |at| at.timestamp_millis())));
            for at in group.into_iter().take(count) {
                let among = if count == 1 { "the newest" } else { &format!("among the {count} newest") };
                kept.entry(at).or_insert_with(|| format!("it is {among} {of}"));
            }
        };
        for text in &rule.tags {
            let pattern = TagPattern::new(text);
            let group = all.iter().copied();
            let group = group.filter(|at| own_tags(&images[*at]).any(|tag| pattern.matches(tag)));
            keep(group.collect(), &format!("of `{text}`"));
        }
        if rule.tags.is_empty() {
            let (untagged, tagged) = all.iter().partition(|at| images[**at].tags.is_empty());
            keep(tagged, "tagged images");
            keep(untagged, "untagged images");
        }
    }
    kept
}
