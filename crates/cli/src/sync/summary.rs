//! The end of a call of `sync`.

use longshore_app::{
    api::ApiError,
    bytes_in_words,
    transfer::{DestinationOutcome, ProofTotals, RuleOutcome, RulePlan, RunEnd, RunOutcome},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    copy::{Names, expiry, images, incomplete},
    failure::{Failure, event_of, in_lines},
    output,
};

/// Sums over all rules and destinations.
#[derive(Serialize)]
pub(super) struct Total {
    event: &'static str,
    /// The call's id, for `--resume`.
    run: Option<String>,
    plan: bool,
    copied: usize,
    retagged: usize,
    mounted: usize,
    skipped: usize,
    conflicts: usize,
    failed: usize,
    not_linked: usize,
    pruned: usize,
    bytes_moved: u64,
    bytes_saved: u64,
    requests: u64,
    proof: ProofTotals,
    /// Each run separately.
    runs: Vec<Value>,
    images: Vec<Value>,
    /// The error that ended the call early.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
    #[serde(skip)]
    failure: Option<Failure>,
    #[serde(skip)]
    stopped: bool,
    /// Rules that select no image.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nothing_selected: Vec<String>,
    /// Errors of runs that could not start, and of removals that were not done.
    #[serde(skip)]
    errors: Vec<String>,
}

impl Total {
    /// The totals of a call that is about to run or, with `plan`, only to plan.
    pub(super) fn new(id: &str, plan: bool) -> Self {
        Self {
            event: "summary",
            run: (!plan).then(|| id.to_owned()),
            plan,
            copied: 0,
            retagged: 0,
            mounted: 0,
            skipped: 0,
            conflicts: 0,
            failed: 0,
            not_linked: 0,
            pruned: 0,
            bytes_moved: 0,
            bytes_saved: 0,
            requests: 0,
            proof: ProofTotals::default(),
            runs: Vec::new(),
            images: Vec::new(),
            error: None,
            failure: None,
            stopped: false,
            nothing_selected: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Adds requests that belong to no run.
    pub(super) fn requests(&mut self, count: u64) {
        self.requests += count;
    }

    /// Notes whether a rule selects anything.
    pub(super) fn selected(&mut self, plan: &RulePlan) {
        if plan.choice.selected() == 0 {
            self.nothing_selected.push(plan.rule.name().to_owned());
        }
    }

    /// Adds a rule that was only planned.
    pub(super) fn planned(&mut self, plan: &RulePlan, accept_expiry: bool) {
        self.requests += plan.requests;
        self.failed += plan.choice.missing.len() + plan.choice.unread.len();
        for destination in &plan.destinations {
            let totals = &destination.plan.totals;
            self.skipped += totals.skip + totals.keep;
            self.conflicts += totals.conflict;
            self.failed += totals.unavailable + destination.refused.len();
            let names = Names::of(&destination.plan);
            self.runs.push(json!({
                "rule": plan.rule.name(), "destination": destination.registry, "planned": totals,
                "removals": destination.prune.as_ref().map(|prune| prune.removals.len()),
                "expiring": destination.plan.expiry.total(),
            }));
            let accepted = accept_expiry || destination.accepts_expiry();
            if let Err(error) = expiry::agreed(&destination.plan, accepted) {
                self.errors.push(in_lines(&error));
            }
            self.images.extend(destination.plan.images.iter().map(|image| {
                json!({
                    "source": names.source(&image.source_name()),
                    "destination": names.destination(&image.destination_name()),
                    "digest": image.digest, "action": image.action.word(),
                })
            }));
            if let Some(prune) = destination.prune.as_ref().filter(|prune| prune.is_over_cap()) {
                self.errors.push(format!(
                    "{} tags of {} would be removed, but the rule allows only {}",
                    prune.removals.len(),
                    destination.registry,
                    prune.cap
                ));
            }
        }
    }

    /// Adds a rule that was run; `names` belong to its destinations.
    pub(super) fn ran(&mut self, outcome: &RuleOutcome, names: &[Names], missing: usize) {
        self.failed += missing;
        for (destination, names) in outcome.destinations.iter().zip(names) {
            self.destination(&outcome.rule, destination, names);
        }
    }

    fn destination(&mut self, rule: &str, destination: &DestinationOutcome, names: &Names) {
        self.failed += destination.refused.len();
        self.images.extend(destination.refused.iter().map(|refused| {
            json!({
                "source": names.source(&refused.source),
                "destination": names.destination(&refused.destination),
                "digest": null, "action": "refused", "error": refused.failure,
            })
        }));
        match &destination.run {
            Ok(run) => self.run(rule, run, names),
            Err(error) => self.not_begun(rule, destination, error),
        }
        self.pruned += destination.removed();
        match &destination.pruned {
            Some(Err(error)) => self.errors.push(error.message.clone()),
            Some(Ok(pruned)) => {
                let failed = pruned.removals.iter().filter_map(|removal| removal.error.as_ref());
                self.errors.extend(failed.map(|failure| failure.message.clone()));
            }
            None => {}
        }
    }

    fn not_begun(&mut self, rule: &str, destination: &DestinationOutcome, error: &ApiError) {
        let error = expiry::with_option(error.clone());
        self.runs.push(json!({
            "rule": rule, "destination": destination.registry, "run": null, "end": "refused",
            "error": event_of(&error),
        }));
        self.errors.push(format!("{}: {}", destination.registry, in_lines(&error)));
    }

    /// Adds a run.
    pub(super) fn run(&mut self, rule: &str, outcome: &RunOutcome, names: &Names) {
        let summary = &outcome.summary;
        self.copied += summary.copied;
        self.retagged += summary.retagged;
        self.mounted += summary.mounted;
        self.skipped += summary.skipped;
        self.conflicts += summary.conflicts;
        self.failed += summary.failed;
        self.not_linked += summary.not_linked;
        self.bytes_moved += summary.bytes_moved;
        self.bytes_saved += summary.bytes_saved;
        self.requests += summary.requests;
        self.proof.acknowledged += summary.proof.acknowledged;
        self.proof.mounted += summary.proof.mounted;
        self.proof.asked += summary.proof.asked;
        self.stopped |= summary.end == RunEnd::Cancelled;
        self.runs.push(json!({
            "rule": rule, "destination": outcome.destination, "run": summary.run, "end": summary.end,
        }));
        self.images.extend(images(names, outcome));
    }

    /// Notes the error that ended the call early; work done before it counts.
    pub(super) fn broke_off(&mut self, failure: Failure) {
        self.error = Some(failure.event());
        self.failure = Some(failure);
    }

    /// Prints the totals, and decides the exit code.
    pub(super) fn end(mut self, as_json: bool) -> Result<(), Failure> {
        let mut texts = std::mem::take(&mut self.errors);
        if as_json {
            output::summary(&self);
        } else if !self.plan && (self.failure.is_none() || !self.runs.is_empty()) {
            output::line(&format!(
                "{} copied, {} retagged, {} mounted, {} already there, {} removed; {} uploaded, {} reused; {} requests.",
                self.copied,
                self.retagged,
                self.mounted,
                self.skipped,
                self.pruned,
                bytes_in_words(self.bytes_moved),
                bytes_in_words(self.bytes_saved),
                self.requests,
            ));
        }
        if let Some(failure) = self.failure {
            texts.iter().for_each(|text| output::note(text));
            return Err(failure);
        }
        if let Some(id) = self.run.filter(|_| self.stopped) {
            return Err(Failure::Stopped(format!("longshore sync FILE --resume {id}")));
        }
        let all = self.images.len();
        let nothing_done = self.copied + self.retagged + self.mounted + self.skipped + self.conflicts == 0;
        let only_unmatched = texts.is_empty() && self.images.is_empty() && !self.nothing_selected.is_empty();
        if only_unmatched && self.failed > 0 {
            texts.push("The source lacks repositories that the rule names.".to_owned());
        } else if self.failed + self.conflicts + self.not_linked > 0 {
            texts.push(incomplete(self.conflicts, self.failed, self.not_linked, all.max(self.failed)));
        }
        let unmatched = self.nothing_selected.iter();
        texts.extend(unmatched.map(|rule| format!("Rule `{rule}` selects no image, so nothing was copied.")));
        match texts.is_empty() {
            false if only_unmatched => Err(Failure::Incomplete(texts.join("\n"))),
            true => Ok(()),
            false if nothing_done && !self.plan => Err(Failure::Failed(texts.join("\n"))),
            false => Err(Failure::Incomplete(texts.join("\n"))),
        }
    }
}
