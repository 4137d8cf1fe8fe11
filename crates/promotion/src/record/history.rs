//! Questions about the record.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use longshore_names::Digest;

use super::{Entry, Event};
use crate::{
    hold::StageKey,
    names::{PathName, Service, StageName},
};

/// Which entries are wanted; every given condition must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// The path.
    pub path: Option<PathName>,
    /// The stage.
    pub stage: Option<StageName>,
    /// The service.
    pub service: Option<Service>,
    /// The build, or the beginning of its hexadecimal digits.
    pub digest: Option<String>,
    /// Entries at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Entries before this time.
    pub until: Option<DateTime<Utc>>,
    /// Only those that change what a stage runs.
    pub moves_only: bool,
    /// A text in a tag, a reason, a service or the name of a person; case does not count.
    pub text: Option<String>,
    /// At most so many, the newest; `None` for all.
    pub limit: Option<usize>,
}

impl HistoryQuery {
    /// The entries, the newest first.
    pub fn run<'e>(&self, entries: &'e [Entry]) -> Vec<&'e Entry> {
        let text = self.text.as_ref().map(|text| text.to_lowercase());
        let fits =
            |entry: &&Entry| self.fits(entry) && text.as_ref().is_none_or(|text| mentions(entry, text));
        entries.iter().rev().filter(fits).take(self.limit.unwrap_or(usize::MAX)).collect()
    }

    fn fits(&self, entry: &Entry) -> bool {
        fn same<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
            wanted.is_none() || wanted == found
        }
        let digest = |wanted: &String| {
            entry.digest.as_ref().is_some_and(|digest| {
                digest.as_str() == wanted || (wanted.len() >= 4 && digest.hex().starts_with(wanted.as_str()))
            })
        };
        same(self.path.as_ref(), entry.path.as_ref())
            && same(self.stage.as_ref(), entry.stage.as_ref())
            && same(self.service.as_ref(), entry.service.as_ref())
            && self.digest.as_ref().is_none_or(digest)
            && self.from.is_none_or(|from| entry.at >= from)
            && self.until.is_none_or(|until| entry.at < until)
            && (!self.moves_only || entry.event.moves())
    }
}

fn mentions(entry: &Entry, text: &str) -> bool {
    let has = |found: &str| found.to_lowercase().contains(text);
    has(entry.by.as_str())
        || entry.service.as_ref().is_some_and(|service| has(service.as_str()))
        || entry.reason.as_deref().is_some_and(has)
        || entry.overridden.as_ref().is_some_and(|one| has(&one.reason))
        || entry.approvers.iter().any(|person| has(person.as_str()))
        || entry.destinations.iter().filter_map(|one| one.tag.as_ref()).any(|tag| has(tag.as_str()))
}

/// The entry by which a stage had its build at a time: *what was in production on date D?* `None` if
/// nothing had entered it, or an undone promotion left it empty.
pub fn in_stage_at<'e>(
    entries: &'e [Entry],
    path: &PathName,
    stage: &StageName,
    service: &Service,
    at: DateTime<Utc>,
) -> Option<&'e Entry> {
    let about =
        |entry: &&Entry| entry.event.moves() && entry.at <= at && entry.is_about(path, stage, service);
    entries.iter().rev().find(about).filter(|entry| entry.digest.is_some())
}

/// Every stage's build at a time, with its entry.
pub fn in_stages_at(entries: &[Entry], at: DateTime<Utc>) -> BTreeMap<StageKey, (&Digest, &Entry)> {
    let mut stages = BTreeMap::new();
    for entry in entries.iter().take_while(|entry| entry.at <= at).filter(|entry| entry.event.moves()) {
        let Some(key) = entry.stage_key() else { continue };
        match &entry.digest {
            Some(digest) => stages.insert(key, (digest, entry)),
            None if entry.event == Event::Undone => stages.remove(&key),
            None => None,
        };
    }
    stages
}
