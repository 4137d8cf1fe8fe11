//! Carries out the run of a rule, and resumes one that was stopped.

use std::{collections::BTreeSet, sync::Arc};

use futures::future::join_all;
use longshore_engine::{Journal, RunRecord};
use longshore_names::RepositoryName;
use longshore_policy::rule::{CompiledRule, parse_rules};

use super::{
    ended::{Ended, told},
    perform::RunEngineRule,
    plan_view::{not_looked_at, nothing_selected, work},
    store,
};
use crate::{
    App,
    api::{ApiError, AppEvent, EngineRuleLast, RunState},
    steps::{Job, Live, Outcome, RunImages},
    transfer::{DestinationPlan, RulePlan, SyncNote, SyncRun, known_of_sync, reopen},
};

/// Runs a rule as planned; a run that was stopped resumes with what is left.
pub(super) async fn run(job: &Job<'_>, what: &RunEngineRule) -> Result<Outcome, ApiError> {
    let (app, live) = (job.app, job.live);
    let running = app.engine.begin(&what.rule, job.run)?;
    app.events.send(AppEvent::EngineRules);
    let result = carry_out(job, what).await;
    drop(running);
    let last = EngineRuleLast {
        run: Some(job.run.to_owned()),
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

/// Stores the result of a rule's run. A failure to store it does not fail the run.
pub(super) async fn note(app: &App, rule: &str, last: EngineRuleLast) {
    let id = rule.to_owned();
    let written = app.db.write(move |tx| store::went(tx, &id, &last)).await;
    if let Err(error) = written {
        tracing::warn!(code = error.code, "the result of a rule's run could not be stored");
    }
    app.events.send(AppEvent::EngineRules);
}

async fn carry_out(job: &Job<'_>, what: &RunEngineRule) -> Result<Outcome, ApiError> {
    let (app, live, images) = (job.app, job.live, &job.live.images);
    for place in &what.places {
        job.there(place).await?;
    }
    let rule = rule_of(what)?;
    let journal = Journal::at(app.data_directory());
    if let Some(planned) = app.engine.take(job.plan) {
        let removes =
            |one: &DestinationPlan| one.prune.as_ref().is_some_and(|prune| !prune.removals.is_empty());
        if planned.choice.selected() == 0 && !planned.destinations.iter().any(removes) {
            let mut ended = Ended::default();
            ended.not_looked_at(&not_looked_at(&planned.choice));
            return told(&ended).and(Err(nothing_selected()));
        }
        let agreed = Agreed { prune: true, expiry: true };
        return told(&begin(app, live, images, planned, journal, agreed).await);
    }
    // Stopped before: what the journal knows is resumed as it was planned.
    let known = known_of_sync(&journal, &what.sync).await?;
    let places: BTreeSet<usize> = known.iter().map(|(_, note)| note.place).collect();
    let mut ended = go_on(app, live, images, what, &rule, &journal, &known).await;
    let went_on = !ended.is_nothing();
    if went_on {
        ended.not_looked_at(&what.not_looked_at);
    }
    if (went_on && places.len() >= rule.destinations().len()) || ended.is_cancelled() {
        return told(&ended);
    }
    // If nothing was written yet, the work is planned again.
    match work(app, &stored_of(app, what), &rule, &what.sync).await {
        Ok(mut planned) => {
            if went_on {
                planned.destinations.retain(|destination| !places.contains(&destination.place));
            }
            for destination in &mut planned.destinations {
                let listed = what.creates.get(destination.place);
                let is_listed = |name: &RepositoryName| listed.is_some_and(|listed| listed.contains(name));
                destination.plan.create_repositories.retain(is_listed);
            }
            // Agreement to removals or expiry applied to an earlier moment.
            let agreed = Agreed { prune: what.scheduled, expiry: false };
            ended.add(begin(app, live, images, planned, journal, agreed).await);
        }
        Err(error) => ended.problems.push(error),
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

/// What a person agreed to: that tags are removed, and that images expire.
struct Agreed {
    prune: bool,
    expiry: bool,
}

pub(super) fn rule_of(what: &RunEngineRule) -> Result<CompiledRule, ApiError> {
    let unreadable = || ApiError::internal(format!("Rule `{}` of this run cannot be read.", what.name));
    let file = parse_rules(&what.yaml).map_err(|_| unreadable())?;
    let rule = file.rules.first().ok_or_else(unreadable)?;
    CompiledRule::compile(rule).map_err(|_| unreadable())
}

async fn begin(
    app: &App,
    live: &Arc<Live>,
    images: &Arc<RunImages>,
    mut planned: RulePlan,
    journal: Journal,
    agreed: Agreed,
) -> Ended {
    let reporters =
        planned.destinations.iter().map(|destination| images.add(live, &destination.plan)).collect();
    if !agreed.prune {
        planned.destinations.iter_mut().for_each(|destination| destination.prune = None);
    }
    if let Some(ledger) = &app.ledger {
        for destination in &planned.destinations {
            ledger.add_copy(&live.view().id, &destination.plan, destination.prune.as_ref());
        }
    }
    let how = SyncRun {
        journal: Some(journal),
        accept_expiry: agreed.expiry,
        cancel: live.cancel.clone(),
        bandwidth: None,
        concurrency: None,
        steering: images.steering.clone(),
    };
    let left = not_looked_at(&planned.choice);
    let outcome = Box::pin(planned.run(how, reporters)).await;
    let mut ended = Ended::default();
    ended.not_looked_at(&left);
    for destination in outcome.destinations {
        ended.removed += destination.removed();
        ended.refused += destination.refused.len();
        if let Some(first) = destination.refused.first() {
            ended.first_refused.get_or_insert_with(|| ApiError::from(first.failure.clone()));
        }
        ended.came(destination.run);
        match destination.pruned {
            // Nothing is removed after a failure; that is reported only if there was none.
            Some(Err(error)) if error.code != "not-pruned" => ended.problems.push(error),
            _ => {}
        }
    }
    ended
}

/// Resumes what the journal knows.
async fn go_on(
    app: &Arc<App>,
    live: &Arc<Live>,
    images: &Arc<RunImages>,
    what: &RunEngineRule,
    rule: &CompiledRule,
    journal: &Journal,
    known: &[(RunRecord, SyncNote)],
) -> Ended {
    images.steering.limit(rule, None, None);
    let (mut ended, mut going) = (Ended::default(), Vec::new());
    for (record, _) in known.iter().filter(|(record, _)| record.state.can_go_on()) {
        let reopened = async { reopen(journal, &record.run, app.endpoint_options(what.space).await?).await };
        let reopened = match reopened.await {
            Ok(reopened) => reopened,
            Err(error) => {
                ended.problems.push(error);
                continue;
            }
        };
        let mut context = reopened.context();
        if let Some(ledger) = &app.ledger {
            ledger.add_copy(&live.view().id, &reopened.plan, None);
        }
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
        ended.came(outcome);
    }
    ended
}
