//! The board: which build of a service is in which stage. It comes from registries; the record only says
//! who and why, and what someone else has changed since.

use longshore_names::{Digest, Tag};

use crate::{
    gate::Evidence,
    hold::{Block, Hold, Holds},
    names::{PathName, Person, Service},
    path::Stage,
    place::{Place, Since, StagedImage},
    record::Entry,
};

/// What the registries say about a service in one stage.
#[derive(Debug, Clone, PartialEq)]
pub struct StageFacts<'a> {
    /// The stage.
    pub stage: &'a Stage,
    /// The images of the service's repository at each destination.
    pub images: Vec<(Place, Evidence<Vec<StagedImage>>)>,
}

/// Where the destinations of a stage differ from each other or from the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drift {
    /// The tag of the last promotion names another build: someone moved it outside Longshore.
    Moved {
        /// Where.
        place: Place,
        /// The tag.
        tag: Tag,
        /// The build of the last promotion.
        recorded: Digest,
        /// The build that it names now.
        found: Digest,
    },
    /// The tag of the last promotion no longer exists.
    Gone {
        /// Where.
        place: Place,
        /// The tag.
        tag: Tag,
    },
}

/// One cell of the board: a service in a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The build; `None` if there is none, or no destination could be read.
    pub digest: Option<Digest>,
    /// Its tag.
    pub tag: Option<Tag>,
    /// Since when it is there.
    pub since: Option<Since>,
    /// Who promoted it, if the record knows.
    pub by: Option<Person>,
    /// How many builds of the stage before came later; `None` for the first stage, or if nobody knows.
    pub behind: Option<usize>,
    /// What was changed outside.
    pub drift: Vec<Drift>,
    /// The hold.
    pub hold: Option<Hold>,
    /// The block of the build.
    pub block: Option<Block>,
    /// Destinations that have another build than the first, or could not be read, as sentences.
    pub differing: Vec<String>,
}

/// The cells of a service, one for each stage in order.
///
/// A stage's build is the one of its last recorded promotion where its tag is still there; without one,
/// the tagged image that came last.
pub fn row(
    path: &PathName,
    service: &Service,
    stages: &[StageFacts<'_>],
    entries: &[Entry],
    holds: &Holds,
) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::with_capacity(stages.len());
    for facts in stages {
        let mut cell = cell(path, service, facts, entries, holds);
        let previous = facts.stage.from.and_then(|from| stages.get(from));
        cell.behind = previous.and_then(|previous| behind(&cell, previous));
        cells.push(cell);
    }
    cells
}

fn cell(
    path: &PathName,
    service: &Service,
    facts: &StageFacts<'_>,
    entries: &[Entry],
    holds: &Holds,
) -> Cell {
    let last = entries
        .iter()
        .rev()
        .find(|entry| entry.event.moves() && entry.is_about(path, &facts.stage.name, service));
    let mut cell = Cell {
        digest: None,
        tag: None,
        since: None,
        by: None,
        behind: None,
        drift: Vec::new(),
        hold: holds.hold(path, &facts.stage.name, service).cloned(),
        block: None,
        differing: Vec::new(),
    };
    for (place, listed) in &facts.images {
        let images = match listed {
            Evidence::Known(images) => images.as_slice(),
            Evidence::Missing => &[],
            Evidence::NotKnown(why) => {
                cell.differing.push(format!("{place} could not be read: {why}."));
                continue;
            }
        };
        let written = last.and_then(|entry| entry.destinations.iter().find(|one| one.place == *place));
        let by_tag = |tag: &Tag| images.iter().find(|image| image.tags.contains(tag));
        let recorded = last.and_then(|entry| entry.digest.as_ref());
        let mut image = None;
        let mut tag = None;
        if let (Some(wanted), Some(recorded)) = (written.and_then(|one| one.tag.as_ref()), recorded) {
            match by_tag(wanted) {
                Some(found) => {
                    (image, tag) = (Some(found), Some(wanted.clone()));
                    if found.digest != *recorded {
                        cell.drift.push(Drift::Moved {
                            place: place.clone(),
                            tag: wanted.clone(),
                            recorded: recorded.clone(),
                            found: found.digest.clone(),
                        });
                    }
                }
                None => cell.drift.push(Drift::Gone { place: place.clone(), tag: wanted.clone() }),
            }
        }
        let image = image.or_else(|| newest(images));
        let tag = tag.or_else(|| image.and_then(|image| image.tags.first().cloned()));
        match (&cell.digest, image) {
            (None, Some(image)) => {
                cell.digest = Some(image.digest.clone());
                (cell.tag, cell.since) = (tag, image.since);
            }
            (Some(first), Some(image)) if *first != image.digest => {
                cell.differing.push(format!("{place} has another build, {}.", image.digest.short()));
            }
            (_, None) => cell.differing.push(format!("{place} has no build.")),
            _ => {}
        }
    }
    if cell.digest.is_none() {
        // Nothing anywhere is no difference.
        cell.differing.retain(|text| text.contains("could not be read"));
    }
    cell.by = last.filter(|entry| entry.digest == cell.digest).map(|entry| entry.by.clone());
    cell.block = cell.digest.as_ref().and_then(|digest| holds.block(digest)).cloned();
    cell
}

/// The tagged image that came last.
fn newest(images: &[StagedImage]) -> Option<&StagedImage> {
    let tagged = images.iter().filter(|image| image.tags.iter().any(|tag| tag.subject().is_none()));
    tagged.max_by_key(|image| image.since.map(|since| since.at()))
}

/// How many tagged builds of the stage before came after the build of this cell.
fn behind(cell: &Cell, previous: &StageFacts<'_>) -> Option<usize> {
    let images = previous.images.iter().find_map(|(_, listed)| listed.known())?;
    let tagged = images.iter().filter(|image| image.tags.iter().any(|tag| tag.subject().is_none()));
    let Some(digest) = &cell.digest else { return Some(tagged.count()) };
    let own = images.iter().find(|image| image.digest == *digest)?.since?;
    Some(tagged.filter(|image| image.since.is_some_and(|since| since.at() > own.at())).count())
}
