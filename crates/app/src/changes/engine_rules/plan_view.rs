//! The plan of a rule's run: totals, and its images in windows.

use std::sync::Arc;

use longshore_engine::{Action as EngineAction, Failure, PlannedImage, bytes_in_words};
use longshore_names::{ForeignText, RepositoryName};
use longshore_policy::rule::{CompiledRule, OnConflict};
use uuid::Uuid;

use super::{input, perform::RunEngineRule, store::StoredRule};
use crate::{
    App,
    api::{
        ApiError, EnginePlan, EnginePlanDestination, EnginePlanTotals, ListPlanImages, PlanImage,
        PlanImageAction, PlanImageShow, PlanImageWindow, PlanView, RegistryKey, Side,
    },
    plans::{Content, Draft, Plan, view},
    steps::Context,
    transfer::{Choice, DestinationPlan, RulePlan, SyncOptions, plan_rule},
};

/// The error of a rule that matches nothing, which is not a success.
pub(super) fn nothing_selected() -> ApiError {
    crate::transfer::nothing_selected("The rule selects no image.")
}

/// Names that a list in a plan shows.
const MOST_NAMES: usize = 100;

/// Plans an immediate run of a rule: asks its registries what there is to do.
pub(crate) async fn plan_run(app: &App, id: &str) -> Result<PlanView, ApiError> {
    Ok(view(&*planned(app, id, false).await?))
}

/// The plan of a rule's run, stored so that it can be run.
pub(super) async fn planned(app: &App, id: &str, scheduled: bool) -> Result<Arc<Plan>, ApiError> {
    let stored = super::stored(app, id).await?;
    let rule = super::compiled(&stored)?;
    let sync = Uuid::now_v7().to_string();
    let work = work(app, &stored, &rule, &sync).await?;
    let content = content(app, stored, &rule, &work, sync, scheduled).await;
    let plan = app.keep_plan(content);
    app.engine.keep(&plan.id, work);
    Ok(plan)
}

/// Asks the registries of a rule what there is to do.
pub(super) async fn work(
    app: &App,
    stored: &StoredRule,
    rule: &CompiledRule,
    sync: &str,
) -> Result<RulePlan, ApiError> {
    let endpoints = app.endpoints(stored.space).await?;
    let options = SyncOptions { id: sync.to_owned(), now: app.now(), shard: None };
    Box::pin(plan_rule(&endpoints, rule, &options)).await
}

/// Whether there is anything to do.
pub(super) fn can_change(plan: &EnginePlan) -> bool {
    let EnginePlanTotals { copy, retag, mount, attach, remove, .. } = plan.totals;
    copy + retag + mount + attach + remove > 0
}

async fn content(
    app: &App,
    stored: StoredRule,
    rule: &CompiledRule,
    work: &RulePlan,
    sync: String,
    scheduled: bool,
) -> Content {
    let mut draft = Draft::new(stored.space, format!("Run rule “{}”", stored.name));
    let mut engine = EnginePlan {
        rule: stored.id.clone(),
        selected: number(work.choice.selected()),
        not_selected: number(work.choice.not_selected()),
        totals: EnginePlanTotals::default(),
        destinations: Vec::new(),
        acknowledge: Vec::new(),
        requests: work.requests,
    };
    let mut destinations = Vec::new();
    let mut removes = false;
    for (planned, wanted) in work.destinations.iter().zip(rule.destinations()) {
        let place = input::place(app, stored.space, wanted.registry()).await;
        let totals = totals(planned);
        say(&mut draft, &place.label, &totals, planned);
        if totals.remove > 0 {
            engine.acknowledge.push(format!(
                "{} that the rule no longer selects {} removed from {}.",
                counted(totals.remove, "tag"),
                if totals.remove == 1 { "is" } else { "are" },
                place.label
            ));
        }
        removes |= totals.remove > 0;
        removes |= wanted.on_conflict() == OnConflict::Overwrite
            && planned.plan.images.iter().any(|image| image.action.is_work() && image.replaces.is_some());
        draft.expiry(&place.label, &planned.plan.expiry, wanted.accepts_expiry());
        add(&mut engine.totals, &totals);
        let creates = planned.plan.create_repositories.iter().take(MOST_NAMES).map(ToString::to_string);
        engine.destinations.push(EnginePlanDestination {
            label: place.label,
            totals,
            creates: creates.collect(),
            cap: planned.prune.as_ref().map(|prune| number(prune.cap)),
        });
        destinations.extend(place.registry);
    }
    for note in &work.notes {
        draft.note("rule-note", note.clone());
    }
    for name in work.choice.missing.iter().take(MOST_NAMES) {
        draft.warning(
            "repository-missing",
            missing(name),
            Some("The rule names it, but nothing can be copied from it."),
        );
    }
    for (name, failure) in work.choice.unread.iter().take(MOST_NAMES) {
        let text = unread(name, failure);
        draft.warning(
            "not-looked-at",
            text,
            Some("Everything that could be read will be copied; plan again for the rest."),
        );
    }
    let not_looked_at = not_looked_at(&work.choice);
    if work.choice.selected() == 0 {
        let ApiError { code, message, hint, .. } = nothing_selected();
        draft.warning(&code, message, hint.as_deref());
    } else if !can_change(&engine)
        && engine.totals.conflict + engine.totals.unavailable == 0
        && not_looked_at.is_empty()
    {
        draft.note("nothing-to-do", "Everything that the rule selects is already at the destination.");
    }
    draft.content.bytes_to_move = engine.totals.bytes_to_move;
    draft.content.bytes_saved = engine.totals.bytes_saved + engine.totals.bytes_to_mount;
    let text = sentence(&engine.totals);
    let source = input::place(app, stored.space, rule.source()).await.registry;
    draft.content.engine = Some(engine);
    let change = RunEngineRule {
        rule: stored.id,
        space: stored.space,
        name: stored.name,
        yaml: stored.yaml,
        sync,
        scheduled,
        places: places(app, source.into_iter().chain(destinations.iter().cloned())).await,
        destinations,
        creates: work.destinations.iter().map(|planned| planned.plan.create_repositories.clone()).collect(),
        not_looked_at,
        removes,
    };
    draft.step_elsewhere(text, None, change);
    draft.content
}

/// What the rule covers but was not read, one sentence each.
pub(super) fn not_looked_at(choice: &Choice) -> Vec<String> {
    let missing = choice.missing.iter().map(missing);
    missing.chain(choice.unread.iter().map(|(name, failure)| unread(name, failure))).collect()
}

fn missing(name: &RepositoryName) -> String {
    format!("The source has no repository `{name}`.")
}

fn unread(name: &RepositoryName, failure: &Failure) -> String {
    format!("`{name}` could not be read: {}", failure.message)
}

/// How the registries of known accounts are accessed now.
async fn places(app: &App, registries: impl Iterator<Item = RegistryKey>) -> Vec<Context> {
    let mut places: Vec<Context> = Vec::new();
    for registry in registries {
        if places.iter().any(|known| known.registry == registry) {
            continue;
        }
        // A registry that cannot be reached was not planned for either.
        if let Ok((_, context)) = app.place(&registry).await {
            places.push(context);
        }
    }
    places
}

/// Adds what a person must know before the run.
fn say(draft: &mut Draft, label: &str, totals: &EnginePlanTotals, planned: &DestinationPlan) {
    if totals.conflict > 0 {
        draft.warning(
            "tag-conflict",
            format!(
                "Conflict at {label}: {} with a different image will not be moved; the run reports this.",
                counted(totals.conflict, "tag")
            ),
            Some("Choose in the rule how conflicts are handled."),
        );
    }
    if totals.unavailable > 0 {
        draft.warning(
            "images-unavailable",
            format!("{} cannot be copied to {label}.", counted(totals.unavailable, "image")),
            Some("The list of problems gives the reason for each."),
        );
    }
    if planned.prune.as_ref().is_some_and(|prune| prune.is_over_cap()) {
        draft.warning(
            "prune-over-cap",
            format!("More tags of {label} would be removed than the rule allows, so none will be."),
            Some("Check the rule, or raise its limit."),
        );
    }
}

fn sentence(totals: &EnginePlanTotals) -> String {
    let mut parts = vec![format!(
        "Copy {}: {} to upload, {} to mount, {} already there",
        counted(totals.copy + totals.retag + totals.mount + totals.attach, "image"),
        bytes_in_words(totals.bytes_to_move),
        bytes_in_words(totals.bytes_to_mount),
        counted(totals.skip, "image")
    )];
    if totals.create > 0 {
        parts.push(format!(
            "create {}",
            if totals.create == 1 {
                "1 repository".into()
            } else {
                format!("{} repositories", totals.create)
            }
        ));
    }
    if totals.remove > 0 {
        parts.push(format!("remove {}", counted(totals.remove, "tag")));
    }
    parts.join("; ")
}

fn counted(count: u32, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn totals(planned: &DestinationPlan) -> EnginePlanTotals {
    let of = &planned.plan.totals;
    let removals = planned.prune.as_ref().filter(|prune| !prune.is_over_cap());
    EnginePlanTotals {
        copy: number(of.copy),
        retag: number(of.retag),
        mount: number(of.mount),
        attach: number(of.attach),
        skip: number(of.skip),
        keep: number(of.keep),
        conflict: number(of.conflict),
        unavailable: number(of.unavailable + planned.refused.len()),
        referrers: number(of.referrers),
        create: number(planned.plan.create_repositories.len()),
        remove: removals.map_or(0, |prune| number(prune.removals.len())),
        bytes_to_move: of.bytes_to_move,
        bytes_to_mount: of.bytes_to_mount,
        bytes_saved: of.bytes_saved,
    }
}

fn add(sum: &mut EnginePlanTotals, more: &EnginePlanTotals) {
    sum.copy += more.copy;
    sum.retag += more.retag;
    sum.mount += more.mount;
    sum.attach += more.attach;
    sum.skip += more.skip;
    sum.keep += more.keep;
    sum.conflict += more.conflict;
    sum.unavailable += more.unavailable;
    sum.referrers += more.referrers;
    sum.create += more.create;
    sum.remove += more.remove;
    sum.bytes_to_move += more.bytes_to_move;
    sum.bytes_to_mount += more.bytes_to_mount;
    sum.bytes_saved += more.bytes_saved;
}

impl App {
    /// A window of an engine plan's images, until the plan is run or expires.
    ///
    /// # Errors
    /// `plan-unknown`.
    pub async fn plan_images(&self, request: ListPlanImages) -> Result<PlanImageWindow, ApiError> {
        let work = self.engine.plan(&request.plan).ok_or_else(|| {
            ApiError::new("plan-unknown", Side::Input, "This plan has expired or has already been run.")
        })?;
        let ended = tokio::task::spawn_blocking(move || window(&work, &request)).await;
        ended.map_err(|_| ApiError::internal("A list ended without a result."))
    }
}

fn window(work: &RulePlan, request: &ListPlanImages) -> PlanImageWindow {
    let search = request.search.trim().to_lowercase();
    let (offset, limit) = (request.offset as usize, request.limit.clamp(1, 500) as usize);
    let (mut total, mut rows) = (0, Vec::new());
    for row in all(work, request.show) {
        let found = search.is_empty()
            || row.source.to_lowercase().contains(&search)
            || row.destination.to_lowercase().contains(&search);
        if !found {
            continue;
        }
        if total >= offset && rows.len() < limit {
            rows.push(row);
        }
        total += 1;
    }
    PlanImageWindow { total: number(total), rows }
}

/// Every row that `show` selects.
fn all(work: &RulePlan, show: PlanImageShow) -> impl Iterator<Item = PlanImage> {
    let to = move |action: PlanImageAction| shows(show, action);
    let of_destinations = work.destinations.iter().enumerate().flat_map(move |(place, planned)| {
        let place = Some(number(place));
        let images = planned.plan.images.iter().filter(move |image| to(action(&image.action)));
        let images = images.map(move |image| of_image(image, place));
        let refused = planned.refused.iter().filter(move |_| to(PlanImageAction::Unavailable));
        let refused = refused.map(move |refused| PlanImage {
            source: refused.source.clone(),
            destination: refused.destination.clone(),
            place,
            digest: None,
            action: PlanImageAction::Unavailable,
            text: refused.failure.message.clone(),
            bytes_to_move: 0,
            bytes_to_mount: 0,
        });
        let removals =
            planned.prune.iter().filter(move |prune| to(PlanImageAction::Remove) && !prune.is_over_cap());
        let removals = removals.flat_map(|prune| &prune.removals).map(move |removal| PlanImage {
            source: String::new(),
            destination: format!("{}:{}", removal.repository, removal.tag),
            place,
            digest: Some(removal.digest.to_string()),
            action: PlanImageAction::Remove,
            text: "The rule no longer selects it.".into(),
            bytes_to_move: 0,
            bytes_to_mount: 0,
        });
        images.chain(refused).chain(removals)
    });
    let not = work.choice.selections.iter().filter(move |_| to(PlanImageAction::NotSelected));
    let not = not.flat_map(|selection| {
        selection.not_selected.iter().map(move |not| PlanImage {
            source: format!("{}:{}", selection.repository, not.tag),
            destination: String::new(),
            place: not.destination.map(number),
            digest: None,
            action: PlanImageAction::NotSelected,
            text: not.reason.to_string(),
            bytes_to_move: 0,
            bytes_to_mount: 0,
        })
    });
    of_destinations.chain(not)
}

fn shows(show: PlanImageShow, action: PlanImageAction) -> bool {
    use PlanImageAction as A;
    match show {
        PlanImageShow::All => action != A::NotSelected,
        PlanImageShow::Work => matches!(action, A::Copy | A::Retag | A::Mount | A::Attach),
        PlanImageShow::Skipped => matches!(action, A::Skip | A::Keep),
        PlanImageShow::Problems => matches!(action, A::Conflict | A::Unavailable),
        PlanImageShow::Removed => action == A::Remove,
        PlanImageShow::NotSelected => action == A::NotSelected,
    }
}

fn action(action: &EngineAction) -> PlanImageAction {
    match action {
        EngineAction::Copy | EngineAction::Blobs => PlanImageAction::Copy,
        EngineAction::Retag => PlanImageAction::Retag,
        EngineAction::Mount => PlanImageAction::Mount,
        EngineAction::Attach => PlanImageAction::Attach,
        EngineAction::Skip => PlanImageAction::Skip,
        EngineAction::Keep { .. } => PlanImageAction::Keep,
        EngineAction::Conflict { .. } => PlanImageAction::Conflict,
        EngineAction::Unavailable { .. } => PlanImageAction::Unavailable,
    }
}

fn of_image(image: &PlannedImage, place: Option<u32>) -> PlanImage {
    PlanImage {
        source: ForeignText::new(image.source_name()).into(),
        destination: ForeignText::new(image.destination_name()).into(),
        place,
        digest: image.digest.as_ref().map(ToString::to_string),
        action: action(&image.action),
        text: ForeignText::new(&image.explanation).into(),
        bytes_to_move: image.bytes_to_move,
        bytes_to_mount: image.bytes_to_mount,
    }
}
