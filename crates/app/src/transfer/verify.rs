//! Verifies that all parts of images exist and match their digests.

use std::{collections::HashSet, path::Path, sync::Arc};

use longshore_engine::{EngineError, Problem, Record, VerifyItem, VerifyOptions, VerifyOutcome};
use longshore_names::RepositoryName;
use longshore_registry::{Source, TagOrDigest};
use serde::Deserialize;

use super::{archived::Shelf, copy::repository};
use crate::{
    access::{Endpoints, Location},
    api::{ApiError, Side as ApiSide},
};

/// The options of a verification.
#[derive(Debug, Clone)]
pub struct Verification {
    /// The places; without a tag, every tag.
    pub locations: Vec<Location>,
    /// Another place whose tags must point at the same digests.
    pub against: Option<Location>,
}

/// Verifies places.
///
/// # Errors
/// When a place cannot be opened or listed, or `against` has a tag and more than one image is
/// verified; everything else is in the outcome.
pub async fn verify(
    endpoints: &Endpoints,
    what: &Verification,
    mut options: VerifyOptions,
) -> Result<VerifyOutcome, ApiError> {
    let locations: Vec<Location> = what.locations.iter().cloned().map(Location::settled).collect();
    let against = what.against.clone().map(Location::settled);
    if let Some(against) = &against {
        options.against = Some(endpoints.source(against).await?);
    }
    let mut all = Vec::new();
    for location in &locations {
        let source = endpoints.source(location).await?;
        let items = items(endpoints, source.as_ref(), location, against.as_ref()).await?;
        all.push((source, items));
    }
    let images: usize = all.iter().map(|(_, items)| items.len()).sum();
    let one = against.as_ref().is_some_and(|against| !is_whole(against));
    if images > 1 && one {
        let text = "Several images cannot be compared with one.";
        return Err(ApiError::input("against", "against", text));
    }
    let mut outcome = VerifyOutcome::default();
    if let (Some(against), false) = (&against, one) {
        for problem in only_there(endpoints, &locations, against, &all).await? {
            outcome.missing += 1;
            outcome.problems.push(problem);
        }
    }
    for (source, items) in all {
        add(&mut outcome, longshore_engine::verify(source, &items, options.clone()).await);
    }
    Ok(outcome)
}

/// Whether a place stands for all of its images.
fn is_whole(location: &Location) -> bool {
    match location {
        Location::Registry(reference) => reference.reference.is_none(),
        Location::Layout { reference, name, .. } => reference.is_none() && name.is_none(),
        Location::Archive { reference, .. } => reference.is_none(),
    }
}

/// What the other place has and the verified ones lack, if both are whole: the comparison works in
/// both directions.
async fn only_there(
    endpoints: &Endpoints,
    locations: &[Location],
    against: &Location,
    all: &[(Arc<dyn Source>, Vec<VerifyItem>)],
) -> Result<Vec<Problem>, ApiError> {
    let (Some(first), true) = (locations.first(), locations.iter().all(is_whole)) else {
        return Ok(Vec::new());
    };
    let other = endpoints.source(against).await?;
    let compared = all.iter().flat_map(|(_, items)| items).filter_map(|item| item.against.as_ref());
    let compared: HashSet<&(RepositoryName, TagOrDigest)> = compared.collect();
    let there = items(endpoints, other.as_ref(), against, Some(first)).await?;
    let (theirs, ours) = (repository(against, first)?, repository(first, against)?);
    let missing =
        there.into_iter().filter(|item| !compared.contains(&(theirs.clone(), item.reference.clone())));
    Ok(missing
        .map(|item| Problem {
            code: "missing".into(),
            image: match &item.reference {
                TagOrDigest::Tag(tag) => format!("{ours}:{tag}"),
                TagOrDigest::Digest(digest) => format!("{ours}@{digest}"),
            },
            digest: item.expected,
            message: format!("{against} has {}, and the verified place does not", item.reference),
        })
        .collect())
}

/// Verifies that everything that reports list as copied exists now.
///
/// # Errors
/// When a report cannot be read or a registry cannot be opened.
pub async fn verify_records(
    endpoints: &Endpoints,
    records: &[Record],
    options: VerifyOptions,
) -> Result<VerifyOutcome, ApiError> {
    let mut outcome = VerifyOutcome::default();
    for record in records {
        let source = endpoints.named_source(&record.destination).await?;
        add(&mut outcome, longshore_engine::verify(source, &record.items()?, options.clone()).await);
    }
    Ok(outcome)
}

#[derive(Deserialize)]
struct Records {
    records: Vec<Record>,
}

/// Reads a report: one record, or several of one `sync`.
///
/// # Errors
/// When it cannot be read or is not a report.
pub fn read_report(path: &Path) -> Result<Vec<Record>, ApiError> {
    match Record::read(path) {
        Ok(record) => Ok(vec![record]),
        Err(error) => {
            let text = std::fs::read(path).map_err(|_| ApiError::from(error.clone()))?;
            let several: Result<Records, _> = serde_json::from_slice(&text);
            several.map(|several| several.records).map_err(|_| error.into())
        }
    }
}

/// Writes a report of these runs.
///
/// # Errors
/// When the file cannot be written.
pub fn write_report(path: &Path, records: &[Record]) -> Result<(), ApiError> {
    if let [one] = records {
        return Ok(one.write(path)?);
    }
    let failed = |error: std::io::Error| {
        let text = format!("The report {} cannot be written: {error}.", path.display());
        ApiError::new("report", ApiSide::ThisMachine, text)
    };
    let text = serde_json::to_vec(&serde_json::json!({"form": "longshore-records-1", "records": records}))?;
    let beside = path.with_extension("part");
    std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path)).map_err(failed)
}

/// The images that a place names.
pub(super) async fn items(
    endpoints: &Endpoints,
    source: &dyn Source,
    location: &Location,
    against: Option<&Location>,
) -> Result<Vec<VerifyItem>, ApiError> {
    let other = against.unwrap_or(location);
    let there = |reference: &TagOrDigest| {
        let against = against?;
        let reference = against.reference().unwrap_or(reference);
        Some(repository(against, location).map(|repository| (repository, reference.clone())))
    };
    let item = |repository, reference: TagOrDigest| -> Result<VerifyItem, ApiError> {
        let against = there(&reference).transpose()?;
        Ok(VerifyItem { against, ..VerifyItem::new(repository, reference) })
    };
    if let Some(shelf) = Shelf::of(endpoints, location).await? {
        return shelf
            .to_verify(other)?
            .into_iter()
            .map(|image| {
                let tag = image.tag.map(TagOrDigest::Tag);
                let against = there(tag.as_ref().unwrap_or(&image.reference)).transpose()?;
                let expected = image.digest;
                Ok(VerifyItem { against, expected, ..VerifyItem::new(image.repository, image.reference) })
            })
            .collect();
    }
    let repository = repository(location, other)?;
    match location.reference() {
        Some(reference) => Ok(vec![item(repository, reference.clone())?]),
        None => {
            let tags = source.tags(&repository).await;
            let mut tags = tags.map_err(EngineError::source)?;
            tags.sort_unstable();
            tags.into_iter().map(|tag| item(repository.clone(), TagOrDigest::Tag(tag))).collect()
        }
    }
}

fn add(sum: &mut VerifyOutcome, more: VerifyOutcome) {
    let VerifyOutcome { images, checked, bytes, missing, mismatched, failed, cancelled, problems } = more;
    sum.images += images;
    sum.checked += checked;
    sum.bytes += bytes;
    sum.missing += missing;
    sum.mismatched += mismatched;
    sum.failed += failed;
    sum.cancelled |= cancelled;
    sum.problems.extend(problems);
}
