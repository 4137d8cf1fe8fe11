//! Commands and web addresses that answer pass or fail.

use chrono::{DateTime, TimeDelta, Utc};
use longshore_names::Digest;
use longshore_policy::rule::in_words;
use serde_json::json;

use super::{Gate, GateAnswer, GateFacts};
use crate::{
    hash::canonical_hash,
    path::{CommandText, WebhookText},
};

/// The oldest answer that counts: afterwards it is asked again.
const FRESH: TimeDelta = TimeDelta::hours(1);

/// A command or a web address. It comes from a file, so it is inert until its content is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// The program and its arguments; the address alone for a webhook.
    pub call: Vec<String>,
    /// How long it may take.
    pub timeout: TimeDelta,
    /// The SHA-256 of its content, in hexadecimal, which a person trusts.
    pub hash: String,
}

/// What it answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It passed; with its own words.
    Passed(String),
    /// It failed; with its own words.
    Failed(String),
    /// It did not answer in time.
    TimedOut,
    /// Its answer was refused: a redirect, a wrong length, no answer; with the reason, without a full
    /// stop.
    Refused(String),
}

/// An answer for one build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalRun {
    /// The build that was asked about.
    pub digest: Digest,
    /// When it answered.
    pub at: DateTime<Utc>,
    /// The answer.
    pub outcome: Outcome,
}

impl External {
    /// A command.
    pub fn command(text: &CommandText, timeout: TimeDelta) -> Self {
        let hash = canonical_hash(&json!({ "command": text.run, "seconds": timeout.num_seconds() }));
        Self { call: text.run.clone(), timeout, hash }
    }

    /// A web address.
    pub fn webhook(text: &WebhookText, timeout: TimeDelta) -> Self {
        let hash = canonical_hash(&json!({ "webhook": text.url, "seconds": timeout.num_seconds() }));
        Self { call: vec![text.url.clone()], timeout, hash }
    }

    pub(super) fn answer(&self, gate: &Gate, facts: &GateFacts) -> GateAnswer {
        let name = longshore_names::shown(self.call.first().map_or("", String::as_str), 120);
        if !facts.trusted.contains(&self.hash) {
            let text = format!("`{name}` was not asked: its content is not trusted on this computer.");
            return GateAnswer::not_known(
                gate,
                text,
                format!("Review it, then trust it (SHA-256 {}).", &self.hash[..12]),
            );
        }
        let ask = format!("Ask `{name}` again.");
        let Some(run) = facts.runs.get(&self.hash) else {
            return GateAnswer::not_known(gate, format!("`{name}` was not asked."), ask);
        };
        if run.digest != facts.build.digest {
            let text = format!("`{name}` was asked about another build, {}.", run.digest.short());
            return GateAnswer::not_known(gate, text, ask);
        }
        let age = facts.now - run.at;
        if age > FRESH || age < -TimeDelta::minutes(5) {
            let when = run.at.format("%Y-%m-%d %H:%M UTC");
            let text = format!("`{name}` answered at {when}; an answer counts for {}.", in_words(FRESH));
            return GateAnswer::not_known(gate, text, ask);
        }
        let words = |said: &str| match longshore_names::shown(said.trim(), 300) {
            said if said.is_empty() => String::new(),
            said => format!(": {said}"),
        };
        match &run.outcome {
            Outcome::Passed(said) => GateAnswer::pass(gate, format!("`{name}` passed{}.", words(said)))
                .unchecked(format!("Longshore did not check what `{name}` examines.")),
            Outcome::Failed(said) => GateAnswer::fail(
                gate,
                format!("`{name}` failed{}.", words(said)),
                format!("Fix what `{name}` says."),
            ),
            Outcome::TimedOut => {
                let text = format!("`{name}` did not answer within {}.", in_words(self.timeout));
                GateAnswer::not_known(gate, text, ask)
            }
            Outcome::Refused(why) => {
                let why = longshore_names::shown(why, 300);
                GateAnswer::not_known(gate, format!("The answer of `{name}` was refused: {why}."), ask)
            }
        }
    }
}
