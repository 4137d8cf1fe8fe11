//! The build to roll back to.

use longshore_names::{Digest, Tag};

use super::{Entry, Event};
use crate::{
    hold::Holds,
    names::{PathName, Service, StageName},
};

/// The build to roll back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollbackTarget {
    /// The build.
    pub digest: Digest,
    /// The tag that it had in the stage.
    pub tag: Option<Tag>,
    /// The number of the entry by which it entered.
    pub entry: u64,
    /// Builds between it and the current one that cannot be taken, with the reason.
    pub skipped: Vec<(Digest, &'static str)>,
    /// Whether the stage has another build than the record says.
    pub drifted: bool,
}

/// Why there is no build to roll back to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRollback {
    /// No earlier build is recorded.
    #[error("no earlier build of `{service}` is recorded in `{stage}`")]
    NoEarlier {
        /// The service.
        service: Service,
        /// The stage.
        stage: StageName,
    },
    /// There are earlier builds, but none can be taken.
    #[error(
        "none of the {count} earlier builds of `{service}` can be taken: they are blocked or no longer exist"
    )]
    NoneLeft {
        /// The service.
        service: Service,
        /// How many there are.
        count: usize,
    },
}

impl NoRollback {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoEarlier { .. } => "promotion-rollback-nothing",
            Self::NoneLeft { .. } => "promotion-rollback-gone",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        longshore_codes::way_out(self.code())
    }
}

/// The build before the current one. A second rollback goes one build further back, not forward again.
///
/// `current` is what the registry has now; `exists` says whether the registry still has a build.
///
/// # Errors
/// See [`NoRollback`].
pub fn rollback_target(
    entries: &[Entry],
    (path, stage, service): (&PathName, &StageName, &Service),
    current: Option<&Digest>,
    holds: &Holds,
    exists: &dyn Fn(&Digest) -> bool,
) -> Result<RollbackTarget, NoRollback> {
    let stack = line(entries, path, stage, service);
    let top = stack.last().map(|(digest, _)| *digest);
    let drifted = current.is_some() && current != top;
    // The record's last build is the one to go back to if someone moved the tag outside.
    let known = current.and_then(|current| stack.iter().rposition(|(digest, _)| *digest == current));
    let end = match known {
        Some(at) => at,
        None if drifted || current.is_none() => stack.len(),
        None => stack.len().saturating_sub(1),
    };
    let earlier = &stack[..end];
    if earlier.is_empty() {
        return Err(NoRollback::NoEarlier { service: service.clone(), stage: stage.clone() });
    }
    let mut skipped = Vec::new();
    for (digest, entry) in earlier.iter().rev() {
        if Some(*digest) == current || skipped.iter().any(|(known, _)| known == *digest) {
            continue;
        }
        if holds.block(digest).is_some() {
            skipped.push(((*digest).clone(), "it is blocked"));
        } else if !exists(digest) {
            skipped.push(((*digest).clone(), "the registry no longer has it"));
        } else {
            let tag = entry.destinations.iter().find_map(|one| one.tag.clone());
            return Ok(RollbackTarget {
                digest: (*digest).clone(),
                tag,
                entry: entry.sequence,
                skipped,
                drifted,
            });
        }
    }
    Err(NoRollback::NoneLeft { service: service.clone(), count: skipped.len() })
}

/// The builds that a stage had, without those that it was rolled back from.
fn line<'e>(
    entries: &'e [Entry],
    path: &PathName,
    stage: &StageName,
    service: &Service,
) -> Vec<(&'e Digest, &'e Entry)> {
    let mut stack: Vec<(&Digest, &Entry)> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.is_about(path, stage, service)) {
        match (&entry.event, &entry.digest) {
            (Event::Promoted { .. }, Some(digest)) if stack.last().is_none_or(|(top, _)| *top != digest) => {
                stack.push((digest, entry));
            }
            (Event::RolledBack | Event::Undone, Some(digest)) => {
                match stack.iter().rposition(|(known, _)| *known == digest) {
                    Some(at) => stack.truncate(at + 1),
                    None => stack.push((digest, entry)),
                }
            }
            // Undone to nothing.
            (Event::Undone, None) => drop(stack.pop()),
            _ => {}
        }
    }
    stack
}
