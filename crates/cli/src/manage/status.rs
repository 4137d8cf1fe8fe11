//! `longshore replication status`

use longshore_app::api::{Arrival, GetArrivals, ImageArrivals, RegistryKey, ReplicationState, RepositoryKey};
use longshore_names::{Digest, RepositoryName, Tag};
use serde_json::json;

use super::open::Managed;
use crate::{
    failure::{Failure, event_of},
    output,
};

/// The most images that are asked about without a tag: one call for each.
const MOST: u32 = 200;

#[derive(Default)]
struct Counts {
    done: usize,
    in_progress: usize,
    failed: usize,
    /// Complete, but the tag is elsewhere at the destination, or cannot be seen.
    unproven: usize,
    /// Images that ECR replicates nowhere.
    nowhere: usize,
}

/// Shows where images were replicated to, and whether their tags arrived.
pub(super) async fn show(managed: &Managed, text: &str) -> Result<(), Failure> {
    let (repository, Selected { tag, digest }) = parse(managed, text).await?;
    let request = GetArrivals { repository: repository.clone(), tag, digest, limit: MOST };
    let found = managed.asking(async || managed.app.arrivals(request.clone()).await).await?;
    let mut counts = Counts::default();
    for image in &found.images {
        if image.destinations.is_empty() {
            counts.nowhere += 1;
            report_nowhere(image, managed.json);
        }
        for arrival in &image.destinations {
            counts.add(arrival);
            report(image, arrival, managed.json);
        }
    }
    let Counts { done, in_progress, failed, unproven, nowhere } = counts;
    let images = found.images.len();
    if managed.json {
        output::summary(&json!({
            "event": "summary", "account": repository.registry.account, "region": repository.registry.region,
            "repository": repository.repository, "images": images, "more": found.more, "done": done,
            "in_progress": in_progress, "failed": failed, "unproven": unproven, "not_replicated": nowhere,
        }));
    } else if found.more > 0 {
        output::note(&format!("{} older images were not asked about.", found.more));
    }
    match (failed, in_progress + unproven + nowhere, images) {
        (1.., ..) => Err(Failure::Failed("Not every image was replicated.".into())),
        (0, 1.., _) => Err(Failure::Incomplete("Not every image is proven to have arrived.".into())),
        (0, 0, 0) => Err(Failure::Incomplete("The repository has no images.".into())),
        _ => Ok(()),
    }
}

impl Counts {
    fn add(&mut self, arrival: &Arrival) {
        let count = match (arrival.state, arrival.done) {
            (ReplicationState::Failed, _) => &mut self.failed,
            (ReplicationState::InProgress, _) => &mut self.in_progress,
            (ReplicationState::Complete, Some(true)) => &mut self.done,
            (ReplicationState::Complete, _) => &mut self.unproven,
        };
        *count += 1;
    }
}

/// The image of a repository; without either its newest ones.
#[derive(Default)]
struct Selected {
    tag: Option<String>,
    digest: Option<String>,
}

/// `ACCOUNT/REGION/REPOSITORY[:TAG|@DIGEST]`
async fn parse(managed: &Managed, text: &str) -> Result<(RepositoryKey, Selected), Failure> {
    let mut parts = text.splitn(3, '/');
    let (Some(account), Some(region), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(unlike(text));
    };
    let (repository, selected) = match (rest.split_once('@'), rest.split_once(':')) {
        (Some((repository, digest)), _) => {
            if digest.parse::<Digest>().is_err() {
                return Err(unlike(text));
            }
            (repository, Selected { tag: None, digest: Some(digest.to_owned()) })
        }
        (None, Some((repository, tag))) if tag.parse::<Tag>().is_ok() => {
            (repository, Selected { tag: Some(tag.to_owned()), digest: None })
        }
        (None, Some(_)) => return Err(unlike(text)),
        (None, None) => (rest, Selected::default()),
    };
    if RepositoryName::for_input(repository).is_err() {
        return Err(unlike(text));
    }
    let registry: RegistryKey = managed.registry(&format!("{account}/{region}")).await?;
    Ok((RepositoryKey { registry, repository: repository.to_owned() }, selected))
}

/// How images are named here.
fn unlike(text: &str) -> Failure {
    Failure::Usage(format!(
        "`{text}` is not ACCOUNT/REGION/REPOSITORY[:TAG] or ACCOUNT/REGION/REPOSITORY@sha256:….\n\
         Write 111122223333/us-west-2/team/app:1.4 for a tag, 111122223333/us-west-2/team/app@sha256: and the 64 \
         digits for one image, and no tag for the newest images."
    ))
}

fn report_nowhere(image: &ImageArrivals, as_json: bool) {
    if as_json {
        output::json(&json!({
            "event": "image", "digest": image.digest, "tags": image.tags, "destinations": 0,
        }));
    } else {
        output::line(&format!("{}  {}: ECR replicates it nowhere", image.digest, image.tags.join(" ")));
    }
}

fn report(image: &ImageArrivals, arrival: &Arrival, as_json: bool) {
    let Arrival { destination, state, failure_code, tags, problem, done } = arrival;
    let state = match state {
        ReplicationState::InProgress => "IN_PROGRESS",
        ReplicationState::Complete => "COMPLETE",
        ReplicationState::Failed => "FAILED",
    };
    if as_json {
        output::json(&json!({
            "event": "status", "digest": image.digest, "tags": image.tags, "account": destination.account,
            "region": destination.region, "state": state, "failure_code": failure_code,
            "tags_at_destination": tags, "done": done, "problem": problem.as_ref().map(event_of),
        }));
        return;
    }
    let place = format!("{}/{}", destination.account, destination.region);
    let code = failure_code.as_deref().map(|code| format!(" {code}")).unwrap_or_default();
    let proof = match (done, problem) {
        (Some(true), _) => "; every tag points at it there".to_owned(),
        (_, Some(problem)) => format!("; its tags there cannot be read: {}", problem.message),
        (Some(false), None) if state == "COMPLETE" => "; not every tag points at it there".to_owned(),
        _ => String::new(),
    };
    output::line(&format!("{}  {}  {place}: {state}{code}{proof}", image.digest, image.tags.join(" ")));
}
