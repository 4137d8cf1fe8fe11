//! Names at a destination, and which images get them.

use std::collections::HashMap;

use longshore_engine::{CopyItem, EngineError, Failure, Side};
use longshore_names::{Digest, RepositoryName};
use longshore_policy::rule::{DestinationName, Selected};
use longshore_registry::{Source, TagOrDigest};

use super::{choose::Choice, sync::Refused};
use crate::api::ApiError;

/// A selected tag and the name that it gets at one destination.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) repository: &'a RepositoryName,
    pub(super) selected: &'a Selected,
    pub(super) to: &'a DestinationName,
}

impl Wanted<'_> {
    pub(super) fn item(self) -> CopyItem {
        CopyItem {
            digest: self.selected.digest.clone(),
            pushed: self.selected.pushed,
            ..CopyItem::new(
                self.repository.clone(),
                TagOrDigest::Tag(self.selected.tag.clone()),
                self.to.repository.clone(),
                Some(self.to.tag.clone()),
            )
        }
    }

    pub(super) fn refused(self, failure: Failure) -> Refused {
        Refused {
            source: format!("{}:{}", self.repository, self.selected.tag),
            destination: format!("{}:{}", self.to.repository, self.to.tag),
            failure,
        }
    }
}

/// Everything that a rule selects for its destination with this index.
pub(super) fn wanted(choice: &Choice, place: usize) -> Vec<Wanted<'_>> {
    let mut all = Vec::new();
    for selection in &choice.selections {
        let repository = &selection.repository;
        for selected in &selection.selected {
            let here = selected.destinations.iter().filter(|to| to.destination == place);
            all.extend(here.map(|to| Wanted { repository, selected, to }));
        }
    }
    all
}

/// What is copied there, and what cannot be because two images would get the same name. The same
/// image under the same name is no collision; it is copied once.
///
/// # Errors
/// When the source must be asked what a tag points at, and that fails.
pub(super) async fn settle<'a>(
    source: &dyn Source,
    wanted: Vec<Wanted<'a>>,
    one_repository: bool,
) -> Result<(Vec<Wanted<'a>>, Vec<(Wanted<'a>, Failure)>), ApiError> {
    let name = |wanted: &Wanted<'a>| -> (&'a str, &'a str) {
        let to: &'a DestinationName = wanted.to;
        (if one_repository { "" } else { to.repository.as_str() }, to.tag.as_str())
    };
    let mut claims: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
    for (place, one) in wanted.iter().enumerate() {
        claims.entry(name(one)).or_default().push(place);
    }
    claims.retain(|_, places| places.len() > 1);
    let (mut taken, mut refused) = (Vec::with_capacity(wanted.len()), Vec::new());
    let mut same: HashMap<(&str, &str), bool> = HashMap::new();
    for (name, places) in &claims {
        let claimed: Vec<Wanted<'_>> =
            places.iter().filter_map(|place| wanted.get(*place).copied()).collect();
        same.insert(*name, are_same(source, &claimed).await?);
    }
    for (place, one) in wanted.iter().enumerate() {
        let Some(places) = claims.get(&name(one)) else {
            taken.push(*one);
            continue;
        };
        if !same.get(&name(one)).copied().unwrap_or(false) {
            let claimed: Vec<Wanted<'_>> =
                places.iter().filter_map(|place| wanted.get(*place).copied()).collect();
            refused.push((*one, collision(&claimed)));
        } else if places.first() == Some(&place) {
            taken.push(*one);
        }
    }
    Ok((taken, refused))
}

async fn are_same(source: &dyn Source, claimed: &[Wanted<'_>]) -> Result<bool, ApiError> {
    let mut first: Option<Digest> = None;
    for one in claimed {
        let digest = match &one.selected.digest {
            Some(digest) => Some(digest.clone()),
            None => {
                let tag = TagOrDigest::Tag(one.selected.tag.clone());
                let found = source.resolve(one.repository, &tag).await;
                found.map_err(EngineError::source)?.map(|found| found.digest)
            }
        };
        match (digest, &first) {
            (None, _) => return Ok(false),
            (Some(digest), Some(first)) if digest != *first => return Ok(false),
            (Some(digest), _) => first = Some(digest),
        }
    }
    Ok(true)
}

fn collision(claimed: &[Wanted<'_>]) -> Failure {
    let names: Vec<String> =
        claimed.iter().take(5).map(|one| format!("{}:{}", one.repository, one.selected.tag)).collect();
    Failure {
        code: "name-collision".into(),
        message: format!("destination: {} would get the same name", names.join(" and ")),
        hint: "Change the new names in the rule so that each image gets its own.".into(),
        side: Side::Destination,
    }
}
