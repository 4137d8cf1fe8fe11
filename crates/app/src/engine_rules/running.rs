//! Carries out the run of a rule, and goes on with one that was stopped.

use std::{collections::BTreeSet, sync::Arc};

use futures::future::join_all;
use longshore_engine::{EngineError, Journal, RunEnd, RunOutcome, RunRecord, bytes_in_words};
use longshore_policy::rule::{CompiledRule, Windows, parse_rules};

use super::{plan_view::work, store};
use crate::{
    App,
    api::{ApiError, AppEvent, EngineRuleLast, RunState, RunView, Side},
    plans::RunEngineRule,
    runs::{
        engine_images::{Before, EngineImages, Head, error},
        live::{Live, Outcome},
    },
    transfer::{RulePlan, Steering, SyncNote, SyncRun, known_of_sync, reopen},
};

/// Runs a rule as it was planned; a run that was stopped goes on with what is left.
pub(crate) async fn run(
    app: &Arc<App>,
    live: &Arc<Live>,
    plan: &str,
    what: &RunEngineRule,
) -> Result<Outcome, ApiError> {
    let shown = live.view();
    let running = app.engine.begin(&what.rule, &shown.id)?;
    app.events.send(AppEvent::EngineRules);
    let result = carry_out(app, live, plan, what, before(&shown)).await;
    drop(running);
    let last = EngineRuleLast {
        run: Some(shown.id),
        at: app.now(),
        state: match &result {
            Ok(Outcome::Done(_)) => RunState::Done,
            Ok(Outcome::Skipped(_)) => RunState::Skipped,
            Err(_) if live.closing.is_cancelled() => RunState::Interrupted,
            Err(_) if live.cancel.is_cancelled() => RunState::Cancelled,
            Err(_) => RunState::Failed,
        },
        text: match &result {
            Ok(Outcome::Done(text) | Outcome::Skipped(text)) => text.clone(),
            Err(error) => error.message.clone(),
        },
        error: result.as_ref().err().cloned(),
    };
    note(app, &what.rule, last).await;
    for registry in &what.destinations {
        app.registry_changed(registry).await;
    }
    result
}

/// Notes how a rule went. That it cannot be noted is no failure of the run.
pub(super) async fn note(app: &App, rule: &str, last: EngineRuleLast) {
    let id = rule.to_owned();
    let written = app.db.write(move |tx| store::went(tx, &id, &last)).await;
    if let Err(error) = written {
        tracing::warn!(code = error.code, "how a rule went could not be noted");
    }
    app.events.send(AppEvent::EngineRules);
}

async fn carry_out(
    app: &Arc<App>,
    live: &Arc<Live>,
    plan: &str,
    what: &RunEngineRule,
    before: Before,
) -> Result<Outcome, ApiError> {
    let rule = rule_of(what)?;
    let images = images(app, what, &rule, before);
    let journal = Journal::at(app.data_directory());
    if let Some(planned) = app.engine.take(plan) {
        live.follow(&images);
        let agreed = Agreed { prune: true, expiry: true };
        return told(&begin(live, &images, planned, journal, agreed).await);
    }
    // Stopped before: what the journal knows of goes on, as it was planned.
    let known = known_of_sync(&journal, &what.sync).await?;
    let places: BTreeSet<usize> = known.iter().map(|(_, note)| note.place).collect();
    live.follow(&images);
    let mut ended = go_on(app, live, &images, what, &rule, &journal, &known).await?;
    let went_on = !ended.is_nothing();
    if (went_on && places.len() >= rule.destinations().len()) || ended.is_cancelled() {
        return told(&ended);
    }
    // Where nothing was written yet, what is to be done is found out again.
    match work(app, &stored_of(app, what), &rule, &what.sync).await {
        Ok(mut planned) => {
            if went_on {
                planned.destinations.retain(|destination| !places.contains(&destination.place));
            }
            // What is removed or expires was agreed to for another moment.
            let agreed = Agreed { prune: what.scheduled, expiry: false };
            ended.add(begin(live, &images, planned, journal, agreed).await);
        }
        Err(error) => ended.trouble(error),
    }
    told(&ended)
}

/// The rule as it was when the run was planned.
fn stored_of(app: &App, what: &RunEngineRule) -> store::StoredRule {
    store::StoredRule {
        id: what.rule.clone(),
        space: what.space,
        name: what.name.clone(),
        yaml: what.yaml.clone(),
        created: app.now(),
        changed: app.now(),
        paused: false,
        looked: app.now(),
        last: None,
    }
}

/// What somebody agreed to: that tags are removed, and that images expire.
struct Agreed {
    prune: bool,
    expiry: bool,
}

/// What an earlier part of the run did.
fn before(shown: &RunView) -> Before {
    Before { moved: shown.bytes_moved, saved: shown.bytes_saved, to_move: shown.bytes_total }
}

fn rule_of(what: &RunEngineRule) -> Result<CompiledRule, ApiError> {
    let unreadable = || ApiError::internal(format!("Rule `{}` of this run cannot be read.", what.name));
    let file = parse_rules(&what.yaml).map_err(|_| unreadable())?;
    let rule = file.rules.first().ok_or_else(unreadable)?;
    CompiledRule::compile(rule).map_err(|_| unreadable())
}

/// The images of the run, none yet, and what steers it: limits and windows of the rule and of all
/// runs, by the app's clock.
fn images(app: &Arc<App>, what: &RunEngineRule, rule: &CompiledRule, before: Before) -> Arc<EngineImages> {
    let windows: Windows = rule.windows().clone();
    let (of_rule, weak) = (windows.clone(), app.me.clone());
    let open =
        move || weak.upgrade().is_none_or(|app| of_rule.is_open(app.now()) && app.engine.is_open(app.now()));
    let weak = app.me.clone();
    let opens = move || {
        let app = weak.upgrade()?;
        let own = windows.next_open(app.now())?;
        app.engine.opens(own)
    };
    let steering = Steering::new(vec![app.engine.bandwidth.clone()], Some(Arc::new(open)));
    let head = Head { rule: what.rule.clone(), name: what.name.clone(), scheduled: what.scheduled, before };
    Arc::new(EngineImages::new(head, steering, Arc::new(opens)))
}

async fn begin(
    live: &Arc<Live>,
    images: &Arc<EngineImages>,
    mut planned: RulePlan,
    journal: Journal,
    agreed: Agreed,
) -> Ended {
    let reporters =
        planned.destinations.iter().map(|destination| images.add(live, &destination.plan)).collect();
    if !agreed.prune {
        planned.destinations.iter_mut().for_each(|destination| destination.prune = None);
    }
    let how = SyncRun {
        journal: Some(journal),
        accept_expiry: agreed.expiry,
        cancel: live.cancel.clone(),
        bandwidth: None,
        concurrency: None,
        steering: images.steering.clone(),
    };
    let outcome = Box::pin(planned.run(how, reporters)).await;
    let mut ended = Ended::default();
    for destination in outcome.destinations {
        ended.removed += destination.removed();
        ended.refused += destination.refused.len();
        if let Some(first) = destination.refused.first() {
            ended.trouble(error(first.failure.clone()));
        }
        match destination.run {
            Ok(run) => ended.runs.push(run),
            Err(error) => ended.trouble(error),
        }
        match destination.pruned {
            // That nothing is removed follows from what failed, and is told only without it.
            Some(Err(error)) if error.code != "not-pruned" => ended.trouble(error),
            _ => {}
        }
    }
    ended
}

/// Goes on with what the journal knows of.
async fn go_on(
    app: &Arc<App>,
    live: &Arc<Live>,
    images: &Arc<EngineImages>,
    what: &RunEngineRule,
    rule: &CompiledRule,
    journal: &Journal,
    known: &[(RunRecord, SyncNote)],
) -> Result<Ended, ApiError> {
    images.steering.limit(rule, None, None);
    let (mut ended, mut going) = (Ended::default(), Vec::new());
    for (record, _) in known.iter().filter(|(record, _)| record.state.can_go_on()) {
        let options = app.endpoint_options(what.space).await?;
        let reopened = match reopen(journal, &record.run, options).await {
            Ok(reopened) => reopened,
            Err(error) => {
                ended.trouble(error);
                continue;
            }
        };
        let mut context = reopened.context();
        context.reporter = images.add(live, &reopened.plan);
        context.cancel = live.cancel.clone();
        context.control = images.steering.control();
        going.push(Box::pin(reopened.run(context)));
    }
    let outcomes = tokio::select! {
        outcomes = join_all(going) => outcomes,
        () = images.steering.keep_windows(rule) => Vec::new(),
    };
    for outcome in outcomes {
        match outcome {
            Ok(run) => ended.runs.push(run),
            Err(error) => ended.trouble(error),
        }
    }
    Ok(ended)
}

/// What came of all destinations.
#[derive(Default)]
struct Ended {
    runs: Vec<RunOutcome>,
    refused: usize,
    removed: usize,
    /// The first thing that failed but images of `runs`, which say it themselves.
    problem: Option<ApiError>,
}

impl Ended {
    fn is_nothing(&self) -> bool {
        self.runs.is_empty() && self.problem.is_none()
    }

    fn is_cancelled(&self) -> bool {
        let cancelled = EngineError::Cancelled.code();
        self.runs.iter().any(|run| run.summary.end == RunEnd::Cancelled)
            || self.problem.as_ref().is_some_and(|problem| problem.code == cancelled)
    }

    /// What one destination fails for hides nothing of the others.
    fn trouble(&mut self, error: impl Into<ApiError>) {
        self.problem.get_or_insert_with(|| error.into());
    }

    fn add(&mut self, other: Self) {
        self.runs.extend(other.runs);
        self.refused += other.refused;
        self.removed += other.removed;
        self.problem = self.problem.take().or(other.problem);
    }
}

fn told(ended: &Ended) -> Result<Outcome, ApiError> {
    let sum = |of: fn(&RunOutcome) -> usize| ended.runs.iter().map(of).sum::<usize>();
    if ended.is_cancelled() {
        return Err(EngineError::Cancelled.into());
    }
    if let (true, 0, Some(problem)) = (ended.runs.is_empty(), ended.refused, &ended.problem) {
        return Err(problem.clone());
    }
    let copied = sum(|run| run.summary.copied + run.summary.retagged + run.summary.mounted);
    let skipped = sum(|run| run.summary.skipped);
    let failed = sum(|run| run.summary.failed + run.summary.conflicts) + ended.refused;
    let mut text = format!("{copied} copied and proven, {skipped} there already");
    if failed > 0 || ended.problem.is_some() {
        let of_run = |run: &RunOutcome| run.images.iter().find_map(|image| image.error.clone());
        let first = ended.runs.iter().find_map(of_run).map(error).or_else(|| ended.problem.clone());
        let why = first.as_ref().map(|first| format!(" The first: {}", first.message)).unwrap_or_default();
        let code = first.as_ref().map_or_else(|| "images-failed".to_owned(), |first| first.code.clone());
        let side = first.as_ref().map_or(Side::Destination, |first| first.side);
        let lead = match failed {
            0 => "Not everything was done".to_owned(),
            _ => format!("{failed} not copied"),
        };
        let mut error = ApiError::new(code, side, format!("{lead}, {text}.{why}"));
        error.hint = first.and_then(|first| first.hint);
        return Err(error);
    }
    if ended.removed > 0 {
        text.push_str(&format!(", {} removed", ended.removed));
    }
    let moved: u64 = ended.runs.iter().map(|run| run.summary.bytes_moved).sum();
    let saved: u64 = ended.runs.iter().map(|run| run.summary.bytes_saved).sum();
    text.push_str(&format!("; {} moved, {} did not have to", bytes_in_words(moved), bytes_in_words(saved)));
    if copied == 0 && ended.removed == 0 { Ok(Outcome::Skipped(text)) } else { Ok(Outcome::Done(text)) }
}
