//! The newest of several tags, even while some are not decided yet.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use semver::Version;

use crate::rule::{ImageFacts, NewestBy, NotSelectedReason, compiled::matcher::version_of};

/// The result for a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rule) enum Place {
    /// Among the newest.
    In,
    /// Not among them.
    Out(NotSelectedReason),
    /// It depends on newer candidates that are not decided yet.
    Open,
}

/// The sort key of a tag; a greater key is newer.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Age {
    Pushed(DateTime<Utc>),
    Version(Version),
}

impl Age {
    fn newer_first(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Pushed(a), Self::Pushed(b)) => b.cmp(a),
            (Self::Version(a), Self::Version(b)) => b.cmp_precedence(a),
            // All keys of one list are of one kind.
            _ => Ordering::Equal,
        }
    }
}

/// Decides for each candidate (`true` if everything else about it is decided) whether it is among
/// the `wanted` newest.
///
/// Push times decide if the rule says so. If some are unknown and every candidate is a version,
/// versions decide.
pub(in crate::rule) fn newest(candidates: &[(&ImageFacts, bool)], wanted: usize, by: NewestBy) -> Vec<Place> {
    let all_pushed = candidates.iter().all(|(image, _)| image.pushed.is_some());
    let all_versions = candidates.iter().all(|(image, _)| version_of(image.tag.as_str()).is_some());
    let by = if by == NewestBy::Pushed && !all_pushed && all_versions { NewestBy::Version } else { by };
    let mut places = vec![Place::Open; candidates.len()];
    let mut order = Vec::with_capacity(candidates.len());
    for (i, (image, _)) in candidates.iter().enumerate() {
        let age = match by {
            NewestBy::Pushed => image.pushed.map(Age::Pushed),
            NewestBy::Version => version_of(image.tag.as_str()).map(Age::Version),
        };
        match age {
            Some(age) => order.push((age, i)),
            None => {
                places[i] = Place::Out(match by {
                    NewestBy::Pushed => NotSelectedReason::PushTimeUnknown,
                    NewestBy::Version => NotSelectedReason::NotAVersion,
                });
            }
        }
    }
    // Names decide between equals, so that every run selects the same tags.
    let name = |i: usize| &candidates[i].0.tag;
    order.sort_by(|(a, i), (b, j)| a.newer_first(b).then_with(|| name(*j).cmp(name(*i))));
    let (mut taken, mut undecided) = (0, 0);
    for (rank, (_, i)) in order.iter().enumerate() {
        places[*i] = if taken >= wanted {
            Place::Out(NotSelectedReason::NotAmongNewest { rank: rank + 1, wanted, by })
        } else if !candidates[*i].1 || taken + undecided >= wanted {
            Place::Open
        } else {
            Place::In
        };
        if candidates[*i].1 {
            taken += 1;
        } else {
            undecided += 1;
        }
    }
    places
}
