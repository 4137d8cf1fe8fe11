//! The steps of a promotion: check, repositories, copies everywhere, then tags, and the record.

use std::sync::Arc;

use longshore_ecr::RepositorySettings;
use longshore_policy::rule::Registry;
use longshore_promotion::{
    gate::{EntryPoint, Standing},
    path::TagChange,
    record::{Entry, RecordedDestination},
};
use longshore_registry::Source;

use super::{
    check::{CheckBuilds, Shown},
    copy::{At, Copied, CopyBuilds, request},
    record::RecordBuilds,
    replicated::AwaitReplicated,
    tag::{TagBuilds, TaggedBuild},
};
use crate::{
    App,
    api::{ApiError, PromotedBuild},
    changes::{promotion::CopyTag, repositories::CreateRepository},
    plans::{Draft, counted, place},
    promotion::{Evaluated, World, build_view, replaced},
    steps::Change,
};

/// A build with what a person said about it.
pub(super) struct Member {
    pub(super) evaluated: Evaluated,
    pub(super) shown: Shown,
}

/// The registries of a stage, in the order in which they are written.
struct Places {
    written: Vec<Registry>,
    replicated: Vec<Registry>,
}

/// Adds all steps and findings; returns the builds for display.
pub(super) async fn add(
    world: &World<'_>,
    members: &[Member],
    entry: EntryPoint,
    draft: &mut Draft,
) -> Result<Vec<PromotedBuild>, ApiError> {
    let mut views: Vec<PromotedBuild> = members.iter().map(|one| build_view(&one.evaluated)).collect();
    findings(members, draft);
    let check = CheckBuilds {
        space: world.space,
        entry,
        builds: members.iter().map(|one| one.shown.clone()).collect(),
    };
    draft.step_elsewhere("Check that nothing has changed, and ask the gates again", None, check);
    let places = places(members);
    for registry in &places.written {
        create(world, members, registry, draft)?;
    }
    for registry in &places.written {
        copies(world, members, registry, draft, &mut views).await?;
    }
    for registry in &places.written {
        tags(world, members, registry, draft, &mut views)?;
    }
    for registry in &places.replicated {
        replicated(world, members, registry, draft, &mut views)?;
    }
    let entries = members.iter().map(|one| entry_of(&one.evaluated)).collect();
    draft.step_elsewhere(
        "Write the promotion into the record",
        None,
        RecordBuilds { space: world.space, entries },
    );
    Ok(views)
}

fn places(members: &[Member]) -> Places {
    let mut places = Places { written: Vec::new(), replicated: Vec::new() };
    for one in members.iter().flat_map(|one| &one.evaluated.plan.destinations) {
        let list = if one.replicated { &mut places.replicated } else { &mut places.written };
        if !list.contains(&one.place.registry) {
            list.push(one.place.registry.clone());
        }
    }
    places
}

fn at(world: &World<'_>, registry: &Registry) -> Result<At, ApiError> {
    Ok(At { registry: registry.clone(), context: world.reached(registry)?.context.clone() })
}

/// A registry in words.
fn named(app: &App, at: &At) -> String {
    at.key().map_or_else(|| at.registry.to_string(), |key| place(app, key))
}

/// Appends a step at a registry; returns its index.
fn push(
    draft: &mut Draft,
    at: &At,
    text: String,
    reason: Option<String>,
    change: impl Change + 'static,
) -> u32 {
    match &at.context {
        Some(context) => draft.step(context, text, reason, change),
        None => draft.step_elsewhere(text, reason, change),
    }
    u32::try_from(draft.content.steps.len() - 1).unwrap_or(u32::MAX)
}

/// Repositories that the stage does not have yet. Registries outside ECR create them on a push.
fn create(
    world: &World<'_>,
    members: &[Member],
    registry: &Registry,
    draft: &mut Draft,
) -> Result<(), ApiError> {
    let at = at(world, registry)?;
    let Some(context) = &at.context else { return Ok(()) };
    let missing = members.iter().flat_map(|one| &one.evaluated.missing);
    for place in missing.filter(|place| place.registry == *registry) {
        let action =
            CreateRepository { name: place.repository.clone(), settings: RepositorySettings::default() };
        let text = format!("Create repository `{}` in {}", place.repository, named(world.app, &at));
        draft.step(context, text, Some("With ECR's defaults: mutable tags, AES-256.".into()), action);
    }
    Ok(())
}

/// One step for each registry that builds are read from.
async fn copies(
    world: &World<'_>,
    members: &[Member],
    registry: &Registry,
    draft: &mut Draft,
    views: &mut [PromotedBuild],
) -> Result<(), ApiError> {
    let to = at(world, registry)?;
    let mut sources: Vec<Registry> = Vec::new();
    for one in members {
        let source = &one.evaluated.plan.source.place.registry;
        if !sources.contains(source) {
            sources.push(source.clone());
        }
    }
    for source in sources {
        let of_source = |(index, one): (usize, &Member)| {
            let plan = &one.evaluated.plan;
            let destination = plan.destinations.iter().find(|to| to.place.registry == *registry)?;
            let build = Copied {
                from: plan.source.place.repository.clone(),
                to: destination.place.repository.clone(),
                digest: plan.digest.clone(),
            };
            (plan.source.place.registry == source).then_some((index, build))
        };
        let found: Vec<(usize, Copied)> = members.iter().enumerate().filter_map(of_source).collect();
        let builds: Vec<Copied> = found.iter().map(|(_, build)| build.clone()).collect();
        if builds.is_empty() {
            continue;
        }
        let from = at(world, &source)?;
        let estimate = estimate(world, &from, &to, &builds, draft).await?;
        let there = named(world.app, &to);
        let text = match builds.as_slice() {
            [only] => format!(
                "Copy `{}` {} from {} to `{}` in {there}, by digest only",
                only.from,
                only.digest.short(),
                named(world.app, &from),
                only.to
            ),
            many => format!(
                "Copy {} from {} to {there}, by digest only",
                counted(many.len(), "build"),
                named(world.app, &from)
            ),
        };
        let step = CopyBuilds {
            space: world.space,
            from,
            to: to.clone(),
            builds: builds.clone(),
            expires: estimate.expires,
        };
        let step = push(draft, &to, text, estimate.reason, step);
        for (index, _) in found {
            set(views, index, registry, |one| one.copy_step = Some(step));
        }
    }
    Ok(())
}

struct Estimate {
    reason: Option<String>,
    expires: usize,
}

/// What would be uploaded, and what would expire.
async fn estimate(
    world: &World<'_>,
    from: &At,
    to: &At,
    builds: &[Copied],
    draft: &mut Draft,
) -> Result<Estimate, ApiError> {
    let sink = world.reached(&to.registry)?.sink.clone();
    let source: Arc<dyn Source> = world.reached(&from.registry)?.sink.clone();
    let mounting = match &world.reached(&to.registry)?.client {
        Some(client) => client.blob_mounting().await.unwrap_or(false),
        None => true,
    };
    let planned = longshore_engine::plan(source, sink, &request(builds, mounting)).await?;
    for image in &planned.images {
        if let longshore_engine::Action::Unavailable { failure } = &image.action {
            draft.error(&failure.code, failure.message.clone(), &failure.hint);
        }
    }
    draft.content.bytes_to_move += planned.totals.bytes_to_move;
    draft.content.bytes_saved += planned.totals.bytes_saved.max(planned.totals.bytes_to_mount);
    let there = named(world.app, to);
    let same = from.registry == to.registry && builds.iter().any(|build| build.from != build.to);
    if same && !mounting && planned.totals.bytes_to_move > 0 {
        let text = format!("Blob mounting is off in {there}, so layers that it has are uploaded again.");
        draft.warning("blob-mounting-off", text, Some("Turn blob mounting on for the registry."));
    }
    draft.expiry(&there, &planned.expiry, false);
    let reason = planned.images.first().filter(|_| builds.len() == 1).map(|image| image.explanation.clone());
    Ok(Estimate { reason, expires: planned.expiry.total() })
}

/// The tags of every build at a registry.
fn builds_at(members: &[Member], registry: &Registry) -> Vec<(usize, TaggedBuild)> {
    let of_member = |(index, one): (usize, &Member)| {
        let plan = &one.evaluated.plan;
        let destination = plan.destinations.iter().find(|to| to.place.registry == *registry)?;
        let tag = |(tag, change): &(longshore_names::Tag, TagChange)| CopyTag {
            tag: tag.clone(),
            replaces: replaced(change).cloned(),
        };
        let build = TaggedBuild {
            repository: destination.place.repository.clone(),
            digest: plan.digest.clone(),
            tags: destination.tags.iter().map(tag).collect(),
        };
        Some((index, build))
    };
    members.iter().enumerate().filter_map(of_member).collect()
}

fn tag_words(builds: &[TaggedBuild]) -> String {
    let names = |build: &TaggedBuild| {
        build
            .tags
            .iter()
            .map(|one| format!("`{}:{}`", build.repository, one.tag))
            .collect::<Vec<_>>()
            .join(", ")
    };
    match builds {
        [only] => names(only),
        many => format!("the tags of {}", counted(many.len(), "build")),
    }
}

fn tags(
    world: &World<'_>,
    members: &[Member],
    registry: &Registry,
    draft: &mut Draft,
    views: &mut [PromotedBuild],
) -> Result<(), ApiError> {
    let found = builds_at(members, registry);
    let builds: Vec<TaggedBuild> = found.iter().map(|(_, build)| build.clone()).collect();
    let at = at(world, registry)?;
    let text = format!("Write {} in {}", tag_words(&builds), named(world.app, &at));
    let reason = "Only after every destination has the build, so that all move together.";
    let change = TagBuilds { space: world.space, at: at.clone(), builds };
    let step = push(draft, &at, text, Some(reason.into()), change);
    for (index, _) in found {
        set(views, index, registry, |one| one.tag_step = Some(step));
    }
    Ok(())
}

fn replicated(
    world: &World<'_>,
    members: &[Member],
    registry: &Registry,
    draft: &mut Draft,
    views: &mut [PromotedBuild],
) -> Result<(), ApiError> {
    let found = builds_at(members, registry);
    let builds: Vec<TaggedBuild> = found.iter().map(|(_, build)| build.clone()).collect();
    let at = at(world, registry)?;
    let text =
        format!("Wait until replication has carried {} to {}", tag_words(&builds), named(world.app, &at));
    let change = AwaitReplicated { space: world.space, at: at.clone(), builds };
    let step = push(draft, &at, text, Some("This is not atomic.".into()), change);
    for (index, _) in found {
        set(views, index, registry, |one| one.tag_step = Some(step));
    }
    Ok(())
}

fn set(
    views: &mut [PromotedBuild],
    index: usize,
    registry: &Registry,
    set: impl Fn(&mut crate::api::PromotedDestination),
) {
    let name = crate::promotion::registry_name(registry);
    let build = views.get_mut(index);
    build
        .into_iter()
        .flat_map(|build| &mut build.destinations)
        .filter(|one| one.registry == name)
        .for_each(set);
}

/// What prevents the run, and what is worth knowing.
fn findings(members: &[Member], draft: &mut Draft) {
    let many = members.len() > 1;
    for Member { evaluated, .. } in members {
        let of = if many { format!("`{}`: ", evaluated.plan.service) } else { String::new() };
        match &evaluated.standing {
            Standing::Go => {}
            Standing::Stopped(_) => {
                for answer in evaluated.report.answers.iter().filter(|answer| answer.state.stops()) {
                    let text = format!("{of}{}: {}", answer.gate, answer.evidence);
                    draft.error("promotion-gate", text, answer.satisfied_by.as_deref().unwrap_or_default());
                }
            }
            Standing::Skipped(why) => {
                draft.error("promotion-held", format!("{of}{why}"), hint("promotion-held"))
            }
            Standing::Blocked(why) => {
                draft.error("promotion-blocked", format!("{of}{why}"), hint("promotion-blocked"));
            }
        }
        for (place, tag, reason) in evaluated.plan.refused() {
            let text = format!("{of}`{}:{tag}` in {}: {reason}", place.repository, place.registry);
            draft.error("tag-immutable", text, "Choose another tag with `--as`.");
        }
        let overridden =
            evaluated.report.answers.iter().filter(|answer| answer.state.as_str() == "overridden");
        for answer in overridden {
            let text = format!("{of}{} is overridden: {}", answer.gate, answer.evidence);
            draft.warning("promotion-overridden", text, None);
        }
        if let (Standing::Go, Some(hold)) = (&evaluated.standing, &evaluated.report.hold) {
            let text = format!("{of}{}", hold.sentence());
            draft.warning("promotion-held", text, Some("The stage stays held after this promotion."));
        }
        for one in &evaluated.plan.destinations {
            for (tag, change) in &one.tags {
                let TagChange::Move { from } = change else { continue };
                let text = format!(
                    "{of}`{}:{tag}` in {} points to {} and will be moved.",
                    one.place.repository,
                    one.place.registry,
                    from.short()
                );
                draft.note("tag-moves", text);
            }
        }
        let unchecked = evaluated.report.answers.iter().flat_map(|answer| &answer.not_checked);
        for note in evaluated.notes.iter().chain(unchecked) {
            draft.note("promotion-note", format!("{of}{note}"));
        }
    }
}

fn hint(code: &str) -> &'static str {
    longshore_codes::way_out(code)
}

/// The entry of the record, without number, time and hashes.
fn entry_of(evaluated: &Evaluated) -> Entry {
    let Evaluated { plan, report, .. } = evaluated;
    let mut entry = Entry::new(evaluated.event, evaluated.by.clone(), chrono::DateTime::UNIX_EPOCH)
        .about(plan.path.clone(), plan.stage.clone(), plan.service.clone())
        .build(plan.digest.clone());
    entry.destinations = plan
        .destinations
        .iter()
        .flat_map(|one| {
            one.tags.iter().map(|(tag, change)| RecordedDestination {
                place: one.place.clone(),
                tag: Some(tag.clone()),
                before: match change {
                    TagChange::Create => None,
                    TagChange::AlreadyThere => Some(plan.digest.clone()),
                    TagChange::Move { from } | TagChange::Refused { from, .. } => Some(from.clone()),
                },
            })
        })
        .collect();
    entry.gates = report.answers.clone();
    entry.overridden = report.overridden.clone();
    entry.approvers = evaluated.approvers.clone();
    entry.plan_hash = Some(plan.hash());
    entry.reason = evaluated.reason.clone();
    entry
}
