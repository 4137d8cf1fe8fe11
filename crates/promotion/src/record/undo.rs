//! Undoing a mistaken promotion.

use std::collections::BTreeMap;

use longshore_names::{Digest, Tag};

use super::{Entry, Event};
use crate::{place::Place, scheme::TagMutability};

/// What is done to one tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UndoStep {
    /// The tag names its earlier build again.
    MoveBack {
        /// Where.
        place: Place,
        /// The tag.
        tag: Tag,
        /// The build that it named.
        to: Digest,
    },
    /// The tag did not exist before, and is removed.
    Remove {
        /// Where.
        place: Place,
        /// The tag.
        tag: Tag,
    },
}

/// Why a promotion cannot be undone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoUndo {
    /// The entry is no promotion.
    #[error("entry {0} is no promotion")]
    NotAPromotion(u64),
    /// A tag names another build by now.
    #[error("the tag `{tag}` in {place} names another build by now")]
    Moved {
        /// Where.
        place: Place,
        /// The tag.
        tag: Tag,
    },
    /// A tag cannot be moved.
    #[error("the tag `{tag}` in {place} is immutable")]
    Immutable {
        /// Where.
        place: Place,
        /// The tag.
        tag: Tag,
    },
}

impl NoUndo {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAPromotion(_) => "promotion-undo-entry",
            Self::Moved { .. } => "promotion-undo-moved",
            Self::Immutable { .. } => "promotion-undo-immutable",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        longshore_codes::way_out(self.code())
    }
}

/// The steps that undo a promotion: all or none. `now` has, for each place, what the tags name now and
/// whether they can be moved.
///
/// # Errors
/// See [`NoUndo`].
pub fn undo_steps(
    entry: &Entry,
    now: &BTreeMap<Place, (BTreeMap<Tag, Digest>, TagMutability)>,
) -> Result<Vec<UndoStep>, NoUndo> {
    let (Event::Promoted { .. }, Some(digest)) = (entry.event, &entry.digest) else {
        return Err(NoUndo::NotAPromotion(entry.sequence));
    };
    let mut steps = Vec::new();
    for written in &entry.destinations {
        let Some(tag) = &written.tag else { continue };
        let (place, tag) = (written.place.clone(), tag.clone());
        let there = now.get(&place);
        if there.and_then(|(tags, _)| tags.get(&tag)) != Some(digest) {
            return Err(NoUndo::Moved { place, tag });
        }
        match &written.before {
            // It named this build already, so nothing was changed.
            Some(before) if before == digest => {}
            Some(before) => {
                if !there.is_some_and(|(_, mutability)| mutability.can_move(tag.as_str())) {
                    return Err(NoUndo::Immutable { place, tag });
                }
                steps.push(UndoStep::MoveBack { place, tag, to: before.clone() });
            }
            None => steps.push(UndoStep::Remove { place, tag }),
        }
    }
    Ok(steps)
}
