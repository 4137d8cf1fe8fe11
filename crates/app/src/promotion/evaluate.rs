//! One promotion: what is chosen, what would be written, and the answers of the gates.

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use longshore_names::{Digest, Tag};
use longshore_promotion::{
    Person, Place, Service,
    board::Cell,
    gate::{
        BuildFacts, EntryPoint, Evidence, GateFacts, GateReport, Override, PreviousFacts, Standing,
        evaluate as answers,
    },
    path::{Path, Stage, TagChange, TagFacts, rollback_tag_changes, tag_changes},
    plan::{PlannedDestination, PlannedSource, PromotionPlan},
    record::{Event, rollback_target},
    scheme::{TagMutability, TagScheme, recognise},
    search::commit_of,
};

use super::{
    approve, external,
    look::{PlaceNow, read_build, read_scans, who},
    select::{self, Chosen},
    world::World,
};
use crate::{
    api::{ApiError, Side},
    errors::name_error,
};

/// What a person wants.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    /// The stage that the build enters.
    pub(crate) stage: String,
    pub(crate) service: String,
    /// A tag or a digest; without it, the build that is in the stage before. For a rollback, the digest to go
    /// back to.
    pub(crate) build: Option<String>,
    /// The tag that it gets, in place of the stage's policy.
    pub(crate) tag: Option<String>,
    /// Why gates are overridden.
    pub(crate) override_reason: Option<String>,
    /// The texts of approvals.
    pub(crate) approvals: Vec<String>,
    pub(crate) entry: EntryPoint,
    /// Why, for a rollback.
    pub(crate) reason: Option<String>,
}

/// A promotion as it would be done now.
pub(crate) struct Evaluated {
    pub(crate) plan: PromotionPlan,
    /// The stage that the build comes from; the stage itself for a rollback.
    pub(crate) from: String,
    pub(crate) report: GateReport,
    pub(crate) standing: Standing,
    pub(crate) by: Person,
    pub(crate) event: Event,
    pub(crate) reason: Option<String>,
    pub(crate) approvers: Vec<Person>,
    /// What the stage has now.
    pub(crate) current: Option<Digest>,
    /// Repositories that do not exist.
    pub(crate) missing: Vec<Place>,
    /// What is worth knowing, as sentences.
    pub(crate) notes: Vec<String>,
}

/// Reads the stage and the one before, chooses the build, and asks the gates.
///
/// # Errors
/// When the wish names what does not exist, or the build cannot be found or read.
pub(crate) fn evaluate<'e>(
    world: &'e mut World<'_>,
    path: &'e Path,
    wish: &'e Wish,
) -> BoxFuture<'e, Result<Evaluated, ApiError>> {
    // On the heap: it is too large for the stacks of its callers.
    Box::pin(evaluated(world, path, wish))
}

async fn evaluated(world: &mut World<'_>, path: &Path, wish: &Wish) -> Result<Evaluated, ApiError> {
    let stage = select::stage(path, &wish.stage)?;
    let service = select::service(path, &wish.service)?;
    let places = select::places(stage, &service)?;
    let previous = path.previous(stage);
    let is_rollback = wish.entry == EntryPoint::Rollback;
    let from = match (previous, is_rollback) {
        (_, true) => stage,
        (Some(previous), false) => previous,
        (None, false) => {
            let text = format!(
                "Builds are pushed to `{}`, the first stage; nothing is promoted into it.",
                stage.name
            );
            return Err(ApiError::input("promotion-first-stage", "stage", text));
        }
    };
    let before = previous.map(|previous| select::places(previous, &service)).transpose()?.unwrap_or_default();
    world.look(places.iter().chain(&before).cloned()).await;
    readable(world, &places)?;
    let cell_of = |world: &World<'_>, stage| {
        select::cell(path, stage, &service, &world.looked, &world.entries, &world.holds)
    };
    let current = cell_of(world, stage);
    let chosen = match is_rollback {
        true => earlier(world, path, stage, &service, wish, current.as_ref())?,
        false => {
            let there = cell_of(world, from);
            select::build(path, from, &service, wish.build.as_deref(), &world.looked, there.as_ref())?
        }
    };
    let source = source(world, from, &service, &chosen)?;
    let facts = facts(world, stage, &source.place, &chosen).await?;
    let scheme = path.scheme(&service).cloned().or_else(|| recognised(world, before.iter().chain(&places)));
    let destinations =
        destinations(world, stage, &places, (&chosen, wish, &facts), scheme.as_ref(), current.as_ref())?;
    let referrers = referrers(world, &source.place, &chosen.digest).await?;
    let plan = PromotionPlan {
        path: path.name.clone(),
        path_hash: path.hash.clone(),
        stage: stage.name.clone(),
        service: service.clone(),
        digest: chosen.digest.clone(),
        source,
        destinations,
        referrers,
    };
    let by = who(places.iter().chain(&before).filter_map(|place| world.reached(&place.registry).ok()))?;
    let approvals = approve::checked(world, path, stage, &plan, &by, &wish.approvals).await?;
    let gates = if is_rollback { &stage.rollback_gates } else { &stage.gates };
    let (trusted, runs) = external::answers(world, gates, &plan).await?;
    let facts = GateFacts {
        now: world.app.now(),
        build: facts,
        previous: previous.map(|previous| PreviousFacts {
            stage: previous.name.clone(),
            images: select::facts(previous, &service, &world.looked).images,
        }),
        scheme: scheme.clone(),
        trusted,
        runs,
        approvals,
    };
    let approvers = facts.approvals.iter().filter(|one| one.problem.is_none());
    let approvers = approvers.map(|one| one.approver.clone()).collect();
    let mut report = GateReport {
        digest: chosen.digest.clone(),
        answers: answers(gates, &facts),
        hold: world.holds.hold(&path.name, &stage.name, &service).cloned(),
        block: world.holds.block(&chosen.digest).cloned(),
        overridden: None,
    };
    if let Some(reason) = &wish.override_reason {
        let by = Override { by: by.clone(), reason: reason.trim().to_owned(), at: world.app.now() };
        report.override_by(by).map_err(|error| {
            let text = format!("{}.", longshore_names::capital(&error.to_string()));
            ApiError::new(error.code(), Side::Input, text).hint(error.hint())
        })?;
    }
    let standing = report.standing(wish.entry);
    let older = is_older(world, &before, &places, &chosen.digest, current.as_ref(), scheme.as_ref());
    let event = match wish.entry {
        EntryPoint::Rollback => Event::RolledBack,
        entry => Event::Promoted { holds: older && entry == EntryPoint::Manual },
    };
    let missing = places.iter().filter(|place| {
        let replicated =
            stage.destinations.iter().any(|one| one.replicated && one.registry == place.registry);
        !replicated && world.looked.get(*place) == Some(&Evidence::Missing)
    });
    Ok(Evaluated {
        from: from.name.to_string(),
        standing,
        by,
        event,
        reason: wish.reason.clone(),
        approvers,
        current: current.as_ref().and_then(|cell| cell.digest.clone()),
        missing: missing.cloned().collect(),
        notes: notes(&plan, current.as_ref(), event),
        plan,
        report,
    })
}

/// Every destination has to be readable: what it has decides what is written.
fn readable(world: &World<'_>, places: &[Place]) -> Result<(), ApiError> {
    for place in places {
        world.reached(&place.registry)?;
        if let Some(why) = world.unread(place) {
            let text = format!("{place} could not be read: {why}.");
            return Err(ApiError::new("promotion-stage-unread", Side::Destination, text));
        }
    }
    Ok(())
}

/// The build that a rollback takes.
fn earlier(
    world: &World<'_>,
    path: &Path,
    stage: &Stage,
    service: &Service,
    wish: &Wish,
    current: Option<&Cell>,
) -> Result<Chosen, ApiError> {
    let has = |digest: &Digest| {
        let places = stage.places(service).unwrap_or_default();
        places.iter().any(|place| {
            world.now(place).is_some_and(|now| now.images.iter().any(|image| image.digest == *digest))
        })
    };
    let recorded = |digest: &Digest| {
        let entry = world.entries.iter().rev().find(|entry| {
            entry.event.moves()
                && entry.is_about(&path.name, &stage.name, service)
                && entry.digest.as_ref() == Some(digest)
        })?;
        entry.destinations.iter().find_map(|one| one.tag.clone())
    };
    if let Some(text) = &wish.build {
        let digest: Digest = text.parse().map_err(name_error("build"))?;
        if !has(&digest) {
            let text = format!("The stage `{}` does not have {} of `{service}`.", stage.name, digest.short());
            return Err(ApiError::new("promotion-build-unknown", Side::Destination, text));
        }
        let kept = recorded(&digest);
        let kept = match kept {
            Some(tag) => Some(tag),
            None => select::build(path, stage, service, Some(text), &world.looked, current)?.kept,
        };
        return Ok(Chosen { digest, tag: None, kept });
    }
    let now = current.and_then(|cell| cell.digest.as_ref());
    let key = (&path.name, &stage.name, service);
    let target = rollback_target(&world.entries, key, now, &world.holds, &has).map_err(|error| {
        let text = format!("{}.", longshore_names::capital(&error.to_string()));
        ApiError::new(error.code(), Side::Input, text).hint(error.hint())
    })?;
    Ok(Chosen { digest: target.digest, tag: None, kept: target.tag })
}

/// Where the build is read: the first destination that has it.
fn source(
    world: &World<'_>,
    from: &Stage,
    service: &Service,
    chosen: &Chosen,
) -> Result<PlannedSource, ApiError> {
    let places = select::places(from, service)?;
    let has = |place: &&Place| {
        world.now(place).is_some_and(|now| now.images.iter().any(|image| image.digest == chosen.digest))
    };
    let place = places.iter().find(has).cloned().ok_or_else(|| {
        let text =
            format!("The stage `{}` does not have {} of `{service}`.", from.name, chosen.digest.short());
        ApiError::new("promotion-build-unknown", Side::Source, text)
    })?;
    Ok(PlannedSource { place, tag: chosen.tag.clone() })
}

async fn facts(
    world: &World<'_>,
    stage: &Stage,
    source: &Place,
    chosen: &Chosen,
) -> Result<BuildFacts, ApiError> {
    let reached = world.reached(&source.registry)?;
    let facts = BuildFacts::unknown(chosen.digest.clone(), chosen.tag.clone().or(chosen.kept.clone()));
    let mut facts = read_build(&reached.sink, source, facts).await;
    let asks_scan = stage.gates.iter().chain(&stage.rollback_gates).any(|gate| gate.key() == "scan");
    if asks_scan {
        facts.scans = read_scans(reached.client.as_ref(), source, &facts.platforms).await;
    }
    // Nothing verifies signatures yet, so nothing that is found could count.
    let unverified = "this version of Longshore does not verify signatures";
    facts.signatures = Evidence::NotKnown(unverified.to_owned());
    facts.attestations = Evidence::NotKnown(unverified.to_owned());
    Ok(facts)
}

/// The scheme of the tags that are there, if they leave no doubt.
fn recognised<'p>(world: &World<'_>, places: impl Iterator<Item = &'p Place>) -> Option<TagScheme> {
    let tags = places.filter_map(|place| world.now(place)).flat_map(|now| now.tags.keys().cloned());
    let tags: Vec<Tag> = tags.collect();
    recognise(&tags).scheme
}

fn destinations(
    world: &World<'_>,
    stage: &Stage,
    places: &[Place],
    (chosen, wish, facts): (&Chosen, &Wish, &BuildFacts),
    scheme: Option<&TagScheme>,
    current: Option<&Cell>,
) -> Result<Vec<PlannedDestination>, ApiError> {
    let nothing = PlaceNow { images: Vec::new(), tags: BTreeMap::new(), mutability: TagMutability::Mutable };
    let typed = wish.tag.as_deref().map(Tag::for_input).transpose().map_err(name_error("tag"))?;
    let first = places.first().and_then(|place| world.now(place)).unwrap_or(&nothing);
    let is_rollback = wish.entry == EntryPoint::Rollback;
    let tags = match (typed, is_rollback) {
        (Some(tag), _) => vec![tag],
        (None, true) => chosen.kept.iter().cloned().collect(),
        (None, false) => {
            let labels = facts.labels.known();
            let facts = TagFacts {
                tag: chosen.kept.as_ref(),
                existing: &first.tags,
                now: world.app.now(),
                commit: labels.and_then(|labels| commit_of(labels)),
                upstream: labels
                    .and_then(|labels| labels.get("org.opencontainers.image.version"))
                    .map(String::as_str),
                step: stage.step,
            };
            let environment = stage.environment.as_deref().unwrap_or_default();
            stage.tags.tags(&facts, stage.name.as_str(), environment).map_err(|error| {
                let text = format!("{}.", longshore_names::capital(&error.to_string()));
                ApiError::new(error.code(), Side::Input, text).hint(error.hint())
            })?
        }
    };
    let Some(main) = tags.first() else {
        let text = "The build has no tag in the stage that a rollback could restore.";
        return Err(ApiError::new("promotion-tag-needed", Side::Input, text));
    };
    let moving = scheme.filter(|_| stage.moving_tags);
    let one = |(place, destination): (&Place, &longshore_promotion::path::Destination)| {
        let now = world.now(place).unwrap_or(&nothing);
        let current = current.and_then(|cell| cell.digest.as_ref());
        let tags = match (is_rollback, current) {
            (true, Some(current)) => {
                rollback_tag_changes(current, &chosen.digest, main, scheme, &now.tags, &now.mutability)
            }
            _ => tag_changes(&chosen.digest, &tags, moving, &now.tags, &now.mutability),
        };
        PlannedDestination { place: place.clone(), replicated: destination.replicated, tags }
    };
    Ok(places.iter().zip(&stage.destinations).map(one).collect())
}

/// The manifests that refer to the build, and those that cosign's tags name.
async fn referrers(world: &World<'_>, source: &Place, digest: &Digest) -> Result<Vec<Digest>, ApiError> {
    let reached = world.reached(&source.registry)?;
    let listed = reached.sink.referrers(&source.repository, digest).await?;
    let mut found: Vec<Digest> = listed.into_iter().map(|descriptor| descriptor.digest).collect();
    if let Some(now) = world.now(source) {
        let of_build = now.tags.iter().filter(|(tag, _)| tag.subject().as_ref() == Some(digest));
        found.extend(of_build.map(|(_, digest)| digest.clone()));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Whether the build is older than what the stage has.
fn is_older(
    world: &World<'_>,
    before: &[Place],
    places: &[Place],
    digest: &Digest,
    current: Option<&Cell>,
    scheme: Option<&TagScheme>,
) -> bool {
    let Some(current) = current.and_then(|cell| cell.digest.as_ref()).filter(|current| *current != digest)
    else {
        return false;
    };
    let find = |wanted: &Digest| {
        let all = before.iter().chain(places).filter_map(|place| world.now(place));
        all.flat_map(|now| &now.images).find(|image| image.digest == *wanted)
    };
    match (find(digest), find(current)) {
        // Two that came at the same time are not in order.
        (Some(new), Some(old)) => old.is_later_than(new, scheme) == Some(true),
        _ => false,
    }
}

fn notes(plan: &PromotionPlan, current: Option<&Cell>, event: Event) -> Vec<String> {
    let mut notes = Vec::new();
    for one in plan.destinations.iter().filter(|one| one.replicated) {
        notes.push(format!("{} is carried by replication, not atomic: it is waited for.", one.place));
    }
    if event == (Event::Promoted { holds: true }) {
        notes.push(
            "The build is older than the one in the stage, so the stage is held afterwards.".to_owned(),
        );
    }
    if event == Event::RolledBack {
        let text =
            "The stage is held afterwards: schedules, rules and release sets skip it until it is resumed.";
        notes.push(text.to_owned());
    }
    for drift in current.iter().flat_map(|cell| &cell.drift) {
        notes.push(match drift {
            longshore_promotion::board::Drift::Moved { place, tag, found, .. } => {
                format!("The tag `{tag}` in {place} was moved outside Longshore, to {}.", found.short())
            }
            longshore_promotion::board::Drift::Gone { place, tag } => {
                format!("The tag `{tag}` in {place} was removed outside Longshore.")
            }
        });
    }
    notes
}

/// What a run changes about a tag; `None` if nothing.
pub(crate) fn replaced(change: &TagChange) -> Option<&Digest> {
    match change {
        TagChange::Move { from } | TagChange::Refused { from, .. } => Some(from),
        TagChange::Create | TagChange::AlreadyThere => None,
    }
}
