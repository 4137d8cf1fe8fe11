//! A look at a repository right before something is done with its images.

use std::collections::{BTreeMap, HashSet};

use longshore_ecr::{EcrError, EcrErrorKind, ImageDetail, ImageScope};
use longshore_names::{Digest, RepositoryName};
use longshore_policy::deletion::{Planned, Repository, stops};

use super::perform::PlannedImage;
use crate::{
    App,
    access::Connection,
    api::{ApiError, RepositoryKey, UsageKind, UsageSearch},
    plans::counted,
};

/// The images that a sentence names.
const MOST_NAMED: usize = 5;

/// What a batch finds.
pub(super) struct Found {
    /// The images that are there and are still as they were planned.
    pub(super) going: Vec<ImageDetail>,
    /// The images that must stay, with the reason.
    pub(super) stops: BTreeMap<String, String>,
}

/// Reads the repository again and compares it with the plan; `None` if the repository is gone.
pub(super) async fn look(
    app: &App,
    at: &Connection,
    name: &RepositoryName,
    images: &[PlannedImage],
    later: &[Digest],
) -> Result<Option<Found>, ApiError> {
    let key = RepositoryKey { registry: at.key.clone(), repository: name.to_string() };
    let there = match at.client.images(name, ImageScope::Any).await {
        Ok(there) => there,
        Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let listed = app.as_used(&key, &there).await?;
    let members = app.members_of_indexes(&at.key, name, &listed).await?;
    // What a person protects while a run is in progress is safe from then on.
    let leave_out = vec![UsageKind::Runs, UsageKind::Findings];
    let search = UsageSearch { leave_out, ..UsageSearch::default() };
    let usage = app.usage(&key, name, &listed, &search).await;
    let batch: Vec<Planned> = images.iter().map(PlannedImage::planned).collect();
    let later: HashSet<String> = later.iter().map(ToString::to_string).collect();
    let stops = stops(&batch, &later, &Repository { images: &listed.images, members: &members }, &usage);
    let planned: HashSet<&Digest> = images.iter().map(|image| &image.digest).collect();
    let is_going =
        |image: &ImageDetail| planned.contains(&image.digest) && !stops.contains_key(image.digest.as_str());
    let going = there.into_iter().filter(is_going).collect();
    Ok(Some(Found { going, stops }))
}

/// The error of a batch of which images stay. `done` says what was done.
pub(super) fn changed(name: &RepositoryName, stops: &BTreeMap<String, String>, done: &str) -> ApiError {
    let short = |digest: &str| digest.parse::<Digest>().map_or_else(|_| digest.to_owned(), |of| of.short());
    let named: Vec<String> =
        stops.iter().take(MOST_NAMED).map(|(digest, why)| format!("{} ({why})", short(digest))).collect();
    let more = if stops.len() > MOST_NAMED { ", …" } else { "" };
    let stay = if stops.len() == 1 { "stays" } else { "stay" };
    let text =
        format!("{} of `{name}` {stay}: {}{more}. {done}", counted(stops.len(), "image"), named.join(", "));
    ApiError::new("changed-elsewhere", crate::api::Side::Destination, text)
        .hint("Plan again to see what the rules select now.")
}
