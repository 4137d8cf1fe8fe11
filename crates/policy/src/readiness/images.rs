//! Images that the rule does not bring: those that are older than it, and those that failed.

use super::{Check, CheckSide, Facts, Failure, Fix, ImageName, RegistryFacts, RepositoryState, place, taken};
use crate::sentence;

const SIDE: CheckSide = CheckSide::Source;

/// The recent failures towards a destination, apart from images that arrived some other way since: ECR
/// does not change the status of those.
fn failures_of<'f>(facts: &'f Facts, destination: &RegistryFacts) -> Vec<&'f Failure> {
    let all = facts.failures.known().map(Vec::as_slice).unwrap_or_default();
    let there = destination.repositories.known().map(Vec::as_slice).unwrap_or_default();
    let arrived = |failure: &&Failure| {
        let of = there.iter().find(|one| one.name == failure.repository);
        let images = of.and_then(|one| one.images.known()).map(Vec::as_slice).unwrap_or_default();
        images.iter().any(|image| image.digest == failure.digest)
    };
    all.iter().filter(|one| one.destination == destination.registry && !arrived(one)).collect()
}

/// Images that are not at the destination, apart from those that failed or are on their way.
pub(super) fn existing(facts: &Facts, destination: &RegistryFacts, checks: &mut Vec<Check>) {
    const ID: &str = "existing-images";
    let there = &destination.registry;
    let what = format!("Whether existing images are in {}", place(there));
    let request = format!("DescribeImages in {} and {}", place(&facts.source.registry), place(there));
    let failed = failures_of(facts, destination);
    let (mut missing, mut repositories) = (0, Vec::new());
    let mut unknown = None;
    match facts.source.repositories.get() {
        Err(reason) => unknown = Some(reason),
        Ok(own) => {
            for one in taken(facts, own) {
                match missing_of(one, destination, &failed) {
                    Ok(0) => {}
                    Ok(number) => {
                        missing += number;
                        repositories.push(format!("{}: {number} missing", one.name));
                    }
                    Err(reason) => unknown = unknown.or(Some(reason)),
                }
            }
        }
    }
    let fix =
        || Fix::StartBackfill { registry: facts.source.registry.clone(), destinations: vec![there.clone()] };
    checks.push(match unknown {
        _ if missing > 0 => {
            let images = sentence::count(missing, "image", "images");
            let listed = repositories.iter().take(20).cloned().collect::<Vec<_>>().join("; ");
            let repositories = sentence::count(repositories.len(), "repository", "repositories");
            let text = format!(
                "{images} in {repositories} existed before the rule and {} not in {}; a rule copies only new \
                 pushes.",
                if missing == 1 { "is" } else { "are" },
                place(there)
            );
            Check::warning(ID, SIDE, there, text).evidence(request, listed).fix(fix())
        }
        Some(reason) => Check::unknown(ID, SIDE, there, &what, (request, reason)).fix(fix()),
        None => {
            let every = if failed.is_empty() {
                "Every image that the rule takes"
            } else {
                "Every other image that the rule takes"
            };
            let text = format!("{every} is in {}, or on its way.", place(there));
            let own = facts.source.repositories.known().map(|all| taken(facts, all)).unwrap_or_default();
            let images = own.iter().filter_map(|one| one.images.known()).map(Vec::len).sum();
            let answer = format!(
                "{} in {} of the source, {}",
                sentence::count(images, "image", "images"),
                sentence::count(own.len(), "repository", "repositories"),
                match failed.len() {
                    0 => "none missing".to_owned(),
                    failed => format!("{failed} failed, none of the others missing"),
                }
            );
            Check::ok(ID, SIDE, there, text).evidence(request, answer)
        }
    });
}

/// How many images of a repository are not at the destination.
fn missing_of<'f>(
    own: &'f RepositoryState,
    destination: &'f RegistryFacts,
    failed: &[&Failure],
) -> Result<usize, &'f str> {
    let images = own.images.get()?;
    if images.is_empty() {
        return Ok(0);
    }
    let there = destination.repositories.get()?.iter().find(|one| one.name == own.name);
    let arrived = match there {
        None => &[],
        Some(there) => there.images.get()?.as_slice(),
    };
    let is_missing = |digest: &String| {
        !arrived.iter().any(|image| image.digest == *digest)
            && !failed.iter().any(|one| one.repository == own.name && one.digest == *digest)
    };
    Ok(images.iter().filter(|image| !image.replicating && is_missing(&image.digest)).count())
}

/// Images whose replication failed. `causes` are the checks of this destination that failed: until
/// they are fixed, another attempt fails too; afterwards nothing repeats it by itself.
pub(super) fn failures(
    facts: &Facts,
    destination: &RegistryFacts,
    causes: &[&'static str],
    checks: &mut Vec<Check>,
) {
    const ID: &str = "recent-failures";
    const REQUEST: &str = "DescribeImageReplicationStatus";
    let there = &destination.registry;
    if let Err(reason) = facts.failures.get() {
        let what = format!("Whether images failed on their way to {}", place(there));
        return checks.push(Check::unknown(ID, SIDE, there, &what, (REQUEST, reason)));
    }
    let failed = failures_of(facts, destination);
    if failed.is_empty() {
        let text = format!("No image failed recently on its way to {}.", place(there));
        let answer = "no image with the status FAILED that has not arrived since";
        return checks.push(Check::ok(ID, SIDE, there, text).evidence(REQUEST, answer));
    }
    let images = sentence::count(failed.len(), "image", "images");
    let listed = failed.iter().take(20).map(|one| {
        let name = one.tag.as_ref().map_or_else(
            || format!("{}@{}", one.repository, one.digest),
            |tag| format!("{}:{tag}", one.repository),
        );
        format!("{name}: {}", one.code.as_deref().unwrap_or("FAILED"))
    });
    let answer = listed.collect::<Vec<_>>().join("; ");
    let text = format!("{images} did not arrive in {}", place(there));
    let check = if causes.is_empty() {
        let name = |one: &&Failure| ImageName {
            repository: one.repository.clone(),
            digest: one.digest.clone(),
            tag: one.tag.clone(),
        };
        let fix = Fix::ReplicateAgain {
            registry: facts.source.registry.clone(),
            destination: there.clone(),
            images: failed.iter().map(name).collect(),
        };
        let text = format!("{text}. Nothing known is in the way now; replicate them again.");
        Check::failed(ID, SIDE, there, text).fix(fix)
    } else {
        let text = format!("{text}. Fix the cause first; that does not resend them.");
        Check::warning(ID, SIDE, there, text)
    };
    checks.push(check.evidence(REQUEST, answer));
}
