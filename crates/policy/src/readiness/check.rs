//! One line of the doctor.

use longshore_names::{AccountId, RegistryId, shown, shown_json};
use serde::Serialize;

use super::Fix;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// It is as it must be.
    Ok,
    /// Replication works, but probably not as wanted.
    Warning,
    /// Replication does not work.
    Failed,
    /// A fact is not known.
    Unknown,
}

/// Where something has to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckSide {
    /// In the registry that replicates, or its account.
    Source,
    /// In the registry that images are replicated to, or its account.
    Destination,
    /// In Longshore's own set-up.
    ThisMachine,
}

/// What a check was decided by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What was read, such as `GetRegistryPolicy in 444455556666 in us-west-2`: at most 1,000 characters.
    pub request: String,
    /// What was found there: at most 2,000 characters, nothing hidden.
    pub answer: String,
}

impl Evidence {
    /// The evidence, shortened and without hidden characters; a document in one line.
    pub fn new(request: impl Into<String>, answer: impl AsRef<str>) -> Self {
        let answer = answer.as_ref();
        let one_line =
            serde_json::from_str::<serde_json::Value>(answer).map(|value| shown_json(&value.to_string()));
        Self {
            request: shown(&request.into(), 1_000),
            answer: shown(one_line.as_deref().unwrap_or(answer), 2_000),
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Stable name of what was found, such as `statement-missing`.
    pub id: &'static str,
    /// What was found.
    pub state: CheckState,
    /// Where something has to change; for a check that is ok, where it was looked.
    pub side: CheckSide,
    /// The registry that it is about.
    pub registry: RegistryId,
    /// What was found, in one or two sentences.
    pub text: String,
    /// What it was decided by; never empty.
    pub evidence: Vec<Evidence>,
    /// What would make it ok.
    pub fix: Option<Fix>,
}

impl Check {
    fn of(state: CheckState, id: &'static str, side: CheckSide, registry: &RegistryId, text: String) -> Self {
        Self { id, state, side, registry: registry.clone(), text, evidence: Vec::new(), fix: None }
    }

    /// The text with the names that the user gave accounts, such as *Prod (444455556666)*. Numbers in
    /// code stay as they are.
    pub fn text_for(&self, names: &dyn Fn(&AccountId) -> Option<String>) -> String {
        named(&self.text, names)
    }

    pub(super) fn ok(
        id: &'static str,
        side: CheckSide,
        registry: &RegistryId,
        text: impl Into<String>,
    ) -> Self {
        Self::of(CheckState::Ok, id, side, registry, text.into())
    }

    pub(super) fn warning(
        id: &'static str,
        side: CheckSide,
        registry: &RegistryId,
        text: impl Into<String>,
    ) -> Self {
        Self::of(CheckState::Warning, id, side, registry, text.into())
    }

    pub(super) fn failed(
        id: &'static str,
        side: CheckSide,
        registry: &RegistryId,
        text: impl Into<String>,
    ) -> Self {
        Self::of(CheckState::Failed, id, side, registry, text.into())
    }

    /// `what` is a sentence's beginning, such as *Whether the statement is there*; `reason` is why the
    /// request has no usable answer.
    pub(super) fn unknown(
        id: &'static str,
        side: CheckSide,
        registry: &RegistryId,
        what: &str,
        (request, reason): (impl Into<String>, &str),
    ) -> Self {
        Self::undecided(id, side, registry, what, reason).evidence(request, reason)
    }

    /// As [`Check::unknown`] where the request was answered, and the answer does not decide. The evidence
    /// is still to be given.
    pub(super) fn undecided(
        id: &'static str,
        side: CheckSide,
        registry: &RegistryId,
        what: &str,
        reason: &str,
    ) -> Self {
        let text = format!("{what} is not known. {}", crate::sentence::whole(reason));
        Self::of(CheckState::Unknown, id, side, registry, text)
    }

    pub(super) fn fix(mut self, fix: impl Into<Option<Fix>>) -> Self {
        self.fix = fix.into();
        self
    }

    pub(super) fn evidence(mut self, request: impl Into<String>, answer: impl AsRef<str>) -> Self {
        self.evidence.push(Evidence::new(request, answer));
        self
    }
}

/// How many checks have each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Whether nothing failed, and everything is known on which replication depends: who acts, the
    /// Regions, the rule's limits and the destination's statement.
    pub ready: bool,
    /// How many are ok.
    pub ok: usize,
    /// How many warn.
    pub warning: usize,
    /// How many failed.
    pub failed: usize,
    /// How many are not known.
    pub unknown: usize,
}

/// Without these nothing says that replication works.
const ESSENTIAL: [&str; 5] =
    ["identity", "region-disabled", "limits", "statement", "repository-policy-denies"];

impl Summary {
    /// The summary of some checks.
    pub fn of(checks: &[Check]) -> Self {
        let count = |state| checks.iter().filter(|check| check.state == state).count();
        let open = |check: &&Check| check.state == CheckState::Unknown && ESSENTIAL.contains(&check.id);
        Self {
            ready: count(CheckState::Failed) == 0 && !checks.iter().any(|check| open(&check)),
            ok: count(CheckState::Ok),
            warning: count(CheckState::Warning),
            failed: count(CheckState::Failed),
            unknown: count(CheckState::Unknown),
        }
    }
}
/// A text in which each account has its name too: `Prod (444455556666)`. What is between backticks stays.
pub fn named(text: &str, names: &dyn Fn(&AccountId) -> Option<String>) -> String {
    let with_names = |text: &str| {
        // A number in an ARN or a host name stays: `arn:aws:iam::444455556666:user/anna`.
        let mut before = ' ';
        let words = text.split_inclusive(|c: char| !c.is_ascii_digit()).map(|word| {
            let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
            let rest = &word[digits.len()..];
            let is_alone = !matches!(before, ':' | '.') && !rest.starts_with(':');
            before = rest.chars().next_back().unwrap_or(before);
            match digits.parse().ok().filter(|_| is_alone).and_then(|account| names(&account)) {
                Some(name) => format!("{name} ({digits}){rest}"),
                None => word.to_owned(),
            }
        });
        words.collect::<String>()
    };
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(i, part)| if i % 2 == 0 { with_names(part) } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("`")
}
