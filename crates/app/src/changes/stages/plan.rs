//! Plans of promotions: one build, every build of a stage, or back to an earlier build.

use longshore_promotion::{
    ReleaseSet, Service, SetSource,
    gate::EntryPoint,
    path::{Path, Stage},
    release_set,
};

use super::{
    check::Shown,
    steps::{Member, add},
};
use crate::{
    App,
    api::{ApiError, PromotionView, Side, SkippedService, Space},
    plans::{Content, Draft, counted},
    promotion::{Wish, World, cell_of, evaluate, known_path, known_stage, services_of},
};

/// A build for a stage, or a stage back to an earlier build.
pub(crate) async fn plan_build(app: &App, space: Space, path: &str, wish: Wish) -> Result<Content, ApiError> {
    let path = known_path(app, space, path).await?;
    let mut world = World::new(app, space).await?;
    let entry = wish.entry;
    let member = member(&mut world, &path, wish).await?;
    let plan = &member.evaluated.plan;
    let title = match entry {
        EntryPoint::Rollback => {
            format!("Roll {} back to {} in {}", plan.service, plan.digest.short(), plan.stage)
        }
        _ => format!("Promote {} {} to {}", plan.service, plan.digest.short(), plan.stage),
    };
    let (from, by) = (member.evaluated.from.clone(), member.evaluated.by.to_string());
    let stage = plan.stage.to_string();
    let mut draft = Draft::new(space, title);
    let builds = add(&world, &[member], entry, &mut draft).await?;
    draft.content.promotion = Some(PromotionView {
        path: path.name.to_string(),
        from,
        stage,
        requested_by: by,
        set: None,
        builds,
        skipped: Vec::new(),
    });
    Ok(draft.content)
}

async fn member(world: &mut World<'_>, path: &Path, mut wish: Wish) -> Result<Member, ApiError> {
    let evaluated = evaluate(world, path, &wish).await?;
    let plan = &evaluated.plan;
    // What was chosen is looked up again when the plan runs.
    let build = match (&plan.source.tag, wish.build.take()) {
        (_, Some(build)) => build,
        (Some(tag), None) => tag.to_string(),
        (None, None) => plan.digest.to_string(),
    };
    let shown = Shown {
        plan: plan.clone(),
        build,
        tag: wish.tag,
        override_reason: wish.override_reason,
        approvals: wish.approvals,
    };
    Ok(Member { evaluated, shown })
}

/// Every service as it is in one stage, for another.
pub(crate) async fn plan_set(
    app: &App,
    space: Space,
    path: &str,
    (from, to): (&str, &str),
    override_reason: Option<String>,
    approvals: Vec<String>,
) -> Result<Content, ApiError> {
    let path = known_path(app, space, path).await?;
    let mut world = World::new(app, space).await?;
    let (from, to) = (known_stage(&path, from)?, known_stage(&path, to)?);
    if path.previous(to).map(|stage| &stage.name) != Some(&from.name) {
        let text = format!("Builds do not come to `{}` from `{}`.", to.name, from.name);
        let hint = match path.previous(to) {
            Some(previous) => format!("They come from `{}`.", previous.name),
            None => format!("`{}` is the first stage.", to.name),
        };
        return Err(ApiError::input("promotion-set-stage", "from", text).hint(hint));
    }
    let set = set_of(&mut world, &path, from, to).await?;
    if set.members.is_empty() {
        let text = format!("No service of `{}` has a build that `{}` lacks.", from.name, to.name);
        let stopped = set.skipped.iter().find(|(service, _)| Some(service) == set.stopped.as_ref());
        return Err(match stopped {
            Some((service, why)) => {
                ApiError::new("promotion-set-stopped", Side::Input, format!("{text} `{service}`: {why}"))
            }
            None => ApiError::new("promotion-set-empty", Side::Source, text),
        });
    }
    let digest = set.digest().map_err(|_| ApiError::internal("A release set has no digest."))?;
    let mut members = Vec::with_capacity(set.members.len());
    for one in &set.members {
        let wish = Wish {
            stage: to.name.to_string(),
            service: one.service.to_string(),
            build: Some(one.tag.as_ref().map_or_else(|| one.digest.to_string(), ToString::to_string)),
            tag: None,
            override_reason: override_reason.clone(),
            approvals: approvals.clone(),
            entry: ReleaseSet::ENTRY,
            reason: None,
        };
        members.push(Box::pin(member(&mut world, &path, wish)).await?);
    }
    let title = format!("Promote {} from {} to {}", counted(members.len(), "service"), from.name, to.name);
    let by = members.first().map(|one| one.evaluated.by.to_string()).unwrap_or_default();
    let mut draft = Draft::new(space, title);
    let builds = add(&world, &members, ReleaseSet::ENTRY, &mut draft).await?;
    let skipped: Vec<SkippedService> = set
        .skipped
        .iter()
        .map(|(service, reason)| SkippedService { service: service.to_string(), reason: reason.clone() })
        .collect();
    for one in &skipped {
        draft.note("promotion-note", format!("`{}` is left out. {}", one.service, one.reason));
    }
    draft.content.promotion = Some(PromotionView {
        path: path.name.to_string(),
        from: from.name.to_string(),
        stage: to.name.to_string(),
        requested_by: by,
        set: Some(digest.to_string()),
        builds,
        skipped,
    });
    Ok(draft.content)
}

async fn set_of(
    world: &mut World<'_>,
    path: &Path,
    from: &Stage,
    to: &Stage,
) -> Result<ReleaseSet, ApiError> {
    let services: Vec<Service> = services_of(world, path, from).await?;
    let places = |stage: &Stage| -> Vec<longshore_promotion::Place> {
        services.iter().flat_map(|service| stage.places(service).unwrap_or_default()).collect()
    };
    let all: Vec<_> = places(from).into_iter().chain(places(to)).collect();
    world.look(all).await;
    let source = |service: &Service| {
        let cell = |stage: &Stage| cell_of(world, path, stage, service);
        Some(SetSource { service: service.clone(), from: cell(from)?, to: cell(to)? })
    };
    let sources = services.iter().filter_map(source).collect();
    Ok(release_set(path, from, to, sources, &world.holds))
}
