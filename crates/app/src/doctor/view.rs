//! Whether the rules of a registry will work.

use longshore_names::AccountId;
use longshore_policy::{
    readiness::{Check, CheckSide, CheckState, Facts, Summary, named, readiness},
    replication::{ReplicationConfiguration, RuleView, explain_rule},
};

use super::{fixes, gather::Gathering};
use crate::{
    App,
    api::{
        ApiError, CheckEvidence, CheckFix, CheckOutcome, CheckPlace, GetReadiness, Readiness, ReadinessCheck,
        RegistryKey, RuleReadiness, Side, Space,
    },
    documents::find_rule,
};

impl App {
    /// Whether rules of a registry will work, asked now: identities, Regions, permissions, limits, settings
    /// and recent failures on both sides. What cannot be read is part of the answer.
    ///
    /// # Errors
    /// `no-rules`; `changed-elsewhere` when there is no such rule; when the source's rules cannot be read.
    pub async fn readiness(&self, request: GetReadiness) -> Result<Readiness, ApiError> {
        let configuration =
            ReplicationConfiguration::from_value(self.read_replication(&request.registry).await?)?;
        let rules = match &request.rule {
            Some(rule) => vec![find_rule(&configuration, rule)?],
            None => configuration.rules(),
        };
        if rules.is_empty() {
            let text = "The registry has no replication rules.";
            return Err(ApiError::new("no-rules", Side::Input, text));
        }
        let mut gathering = Gathering::new(self, &request.registry);
        let mut found = Vec::with_capacity(rules.len());
        for rule in rules {
            found.push(self.rule_readiness(&request.registry, &rule, &mut gathering).await?);
        }
        Ok(Readiness { ready: found.iter().all(|rule| rule.ready), rules: found })
    }

    async fn rule_readiness(
        &self,
        source: &RegistryKey,
        rule: &RuleView,
        gathering: &mut Gathering<'_>,
    ) -> Result<RuleReadiness, ApiError> {
        let draft = rule.to_draft().ok_or_else(|| {
            let text = "The rule has parts that this version of Longshore does not know.";
            ApiError::new("rule-unreadable", Side::Service, text)
                .hint("Check it in the JSON tab of the registry.")
        })?;
        let mut facts = Facts::unread(source.id(), draft.clone());
        facts.existing = Some(rule.hash.clone());
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
        checks.retain(|check| !told.iter().any(|told| told.answers(check, &facts)));
        let namer = self.namer(source.space);
        Ok(RuleReadiness {
            rule: rule.hash.to_string(),
            sentence: explain_rule(rule, &facts.source.registry, &namer),
            ready: Summary::of(&checks).ready,
            checks: checks
                .iter()
                .map(|check| view(source.space, &facts, check, &namer, &|key| gathering.base(key)))
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
    base: &dyn Fn(&RegistryKey) -> Option<String>,
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
