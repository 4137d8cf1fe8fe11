//! Whether the rules of a registry will work.

use longshore_names::AccountId;
use longshore_policy::{
    ContentHash,
    readiness::{Check, CheckSide, CheckState, Facts, Fix, Summary, named, readiness},
    replication::{ReplicationConfiguration, RuleDraft, RuleView, explain_rule},
};
use serde_json::Value;

use super::{fixes, gather::Gathering};
use crate::{
    App,
    api::{
        ApiError, CheckEvidence, CheckFix, CheckOutcome, CheckPlace, GetReadiness, Readiness, ReadinessCheck,
        RegistryKey, RuleInput, RuleReadiness, Side, Space,
    },
    changes::rules::{draft_of, sentence},
    documents::find_rule,
    plans::place,
};

/// What is examined.
struct Subject {
    /// The rule in the configuration, which a planned one replaces if it has an id.
    existing: Option<ContentHash>,
    is_planned: bool,
    draft: RuleDraft,
    sentence: String,
}

impl App {
    /// Whether rules of a registry will work, asked now: identities, Regions, permissions, limits, settings
    /// and recent failures on both sides. What cannot be read is part of the answer, the rules too.
    ///
    /// # Errors
    /// `no-rules`; `changed-elsewhere` when there is no such rule; when a planned rule cannot be read, or
    /// an MFA code is needed first.
    pub async fn readiness(&self, request: GetReadiness) -> Result<Readiness, ApiError> {
        let registry = &request.registry;
        let subjects = match &request.planned {
            Some(planned) => vec![self.planned_rule(registry, planned)?],
            None => match self.read_replication(registry).await {
                Ok(document) => self.written_rules(&request, document)?,
                Err(error) if error.side == Side::Input || error.code == "mfa-code-needed" => {
                    return Err(error);
                }
                Err(_) => vec![self.unread_rules(registry)],
            },
        };
        let mut gathering = Gathering::new(self, registry);
        let mut found = Vec::with_capacity(subjects.len());
        for subject in subjects {
            found.push(self.examine(registry, subject, &mut gathering).await?);
        }
        Ok(Readiness { ready: found.iter().all(|rule| rule.ready), rules: found })
    }

    /// The rules of a configuration that were asked about.
    fn written_rules(&self, request: &GetReadiness, document: Value) -> Result<Vec<Subject>, ApiError> {
        let configuration = ReplicationConfiguration::from_value(document)?;
        let rules = match &request.rule {
            Some(rule) => vec![find_rule(&configuration, rule)?],
            None => configuration.rules(),
        };
        if rules.is_empty() {
            let text = "The registry has no replication rules.";
            return Err(ApiError::new("no-rules", Side::Input, text));
        }
        let namer = self.namer(request.registry.space);
        let subject = |rule: RuleView| {
            let draft = rule.to_draft().ok_or_else(|| {
                let text = "The rule has parts that this version of Longshore does not know.";
                ApiError::new("rule-unreadable", Side::Service, text)
                    .hint("Check it in the JSON tab of the registry.")
            })?;
            let sentence = explain_rule(&rule, &request.registry.id(), &namer);
            Ok(Subject { existing: Some(rule.hash), is_planned: false, draft, sentence })
        };
        rules.into_iter().map(subject).collect()
    }

    /// A rule that is not written yet.
    fn planned_rule(&self, registry: &RegistryKey, rule: &RuleInput) -> Result<Subject, ApiError> {
        let draft = draft_of(rule, registry)?;
        let sentence = sentence(&draft, &registry.id(), &self.namer(registry.space)).unwrap_or_default();
        let existing = rule.replaces.as_ref().map(ContentHash::from_text);
        Ok(Subject { existing, is_planned: true, draft, sentence })
    }

    /// A registry whose rules cannot be read: what can be known without them.
    fn unread_rules(&self, registry: &RegistryKey) -> Subject {
        let draft = RuleDraft { destinations: Vec::new(), filters: Vec::new(), delete_replication: false };
        let sentence = format!("The replication rules of {} could not be read.", place(self, registry));
        Subject { existing: None, is_planned: false, draft, sentence }
    }

    async fn examine(
        &self,
        source: &RegistryKey,
        subject: Subject,
        gathering: &mut Gathering<'_>,
    ) -> Result<RuleReadiness, ApiError> {
        let Subject { existing, is_planned, draft, sentence } = subject;
        let is_known = is_planned || existing.is_some();
        let mut facts = Facts::unread(source.id(), draft.clone());
        facts.existing = existing.clone();
        facts.source = gathering.registry(source, &draft).await?;
        for destination in &draft.destinations {
            let key = RegistryKey::of(source.space, destination);
            let mut known = gathering.registry(&key, &draft).await?;
            known.keys = gathering.keys(&key, &facts, &known).await;
            facts.destinations.push(known);
            facts.elsewhere.extend(gathering.elsewhere(&key).await?);
        }
        facts.failures = gathering.failures(&draft, &mut facts.source.calls).await;
        gathering.simulate(&mut facts).await;
        let told = self.told(source.space, &facts).await?;
        let mut checks = readiness(&facts);
        if is_planned {
            // In the form it is corrected, and it brings nothing over before it is written.
            let needs_it = |fix: &mut Fix| {
                matches!(
                    fix,
                    Fix::EditRule { .. }
                        | Fix::RemoveRule { .. }
                        | Fix::StartBackfill { .. }
                        | Fix::ReplicateAgain { .. }
                )
            };
            checks.iter_mut().for_each(|check| drop(check.fix.take_if(needs_it)));
        }
        checks.retain(|check| !told.iter().any(|told| told.answers(check, &facts)));
        let namer = self.namer(source.space);
        Ok(RuleReadiness {
            rule: existing.filter(|_| !is_planned).map(|hash| hash.to_string()),
            sentence,
            ready: is_known && Summary::of(&checks).ready,
            checks: checks
                .iter()
                .map(|check| {
                    view(source.space, &facts, check, &namer, &|key, name| gathering.base(key, name))
                })
                .chain(told.iter().filter_map(|told| told.check(source.space, &namer)))
                .collect(),
        })
    }
}

fn view(
    space: Space,
    facts: &Facts,
    check: &Check,
    names: &dyn Fn(&AccountId) -> Option<String>,
    base: &fixes::Base<'_>,
) -> ReadinessCheck {
    let fix = check.fix.as_ref().map(|fix| fixes::fix(space, facts, fix, base));
    ReadinessCheck {
        id: check.id.to_owned(),
        outcome: match check.state {
            CheckState::Ok => CheckOutcome::Ok,
            CheckState::Warning => CheckOutcome::Warning,
            CheckState::Failed => CheckOutcome::Failed,
            CheckState::Unknown => CheckOutcome::Unknown,
        },
        place: match check.side {
            CheckSide::Source => CheckPlace::Source,
            CheckSide::Destination => CheckPlace::Destination,
            CheckSide::ThisMachine => CheckPlace::ThisMachine,
        },
        registry: RegistryKey::of(space, &check.registry),
        text: check.text_for(names),
        evidence: check
            .evidence
            .iter()
            .map(|of| CheckEvidence { request: of.request.clone(), answer: of.answer.clone() })
            .collect(),
        fix: fix.map(|fix| CheckFix { text: named(&fix.text, names), ..fix }),
    }
}
