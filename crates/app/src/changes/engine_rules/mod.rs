//! Engine rules: stored, checked, previewed, planned, and run on demand or on schedule.

mod check;
mod ended;
mod engine;
mod input;
mod perform;
mod plan;
mod plan_view;
mod preview;
mod registries;
mod running;
mod schedule;
mod settings;
mod store;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use longshore_policy::rule::{CompiledRule, Rule, RuleFile, Timetable, check, to_yaml};

pub(crate) use engine::Engine;
pub(crate) use plan::{plan_import, plan_remove, plan_save};
pub(crate) use plan_view::plan_run;
pub(crate) use schedule::keep_schedules;
use store::StoredRule;

use crate::{
    App,
    api::{
        ApiError, AppEvent, EnginePlace, EngineRuleFile, EngineRuleView, ExportEngineRules, GrantPermit,
        Guard, PauseEngineRule, Scope, Side, Space,
    },
    guard::{hash_of, rule_hash},
    plans::{finding, finding_error},
};

/// A stored rule.
async fn stored(app: &App, id: &str) -> Result<StoredRule, ApiError> {
    let id = id.to_owned();
    app.db
        .read(move |tx| store::one(tx, &id))
        .await?
        .ok_or_else(|| ApiError::new("rule-unknown", Side::Input, "This rule does not exist."))
}

/// A stored rule, compiled.
fn compiled(stored: &StoredRule) -> Result<CompiledRule, ApiError> {
    let unreadable = || {
        let text = format!("Rule `{}` cannot be read by this version.", stored.name);
        ApiError::new("rule-unreadable", Side::ThisMachine, text)
    };
    let file = longshore_policy::rule::parse_rules(&stored.yaml).map_err(|_| unreadable())?;
    let rule = file.rules.first().ok_or_else(unreadable)?;
    CompiledRule::compile(rule).map_err(|_| unreadable())
}

/// Refuses a permit for a registry that the rule does not write to: it would allow nothing, and seem to.
async fn writes_to(
    app: &App,
    space: Space,
    rule: &CompiledRule,
    request: &GrantPermit,
) -> Result<(), ApiError> {
    for destination in rule.destinations() {
        if input::key(app, space, destination.registry()).await.as_ref() == Some(&request.registry) {
            return Ok(());
        }
    }
    let at = app.accounts.label(&request.registry);
    let text = format!("The rule does not write to {at}.");
    Err(ApiError::new("permit-other-registry", Side::Input, text).at("registry"))
}

/// When a rule is due; `None` if it runs on demand or is switched off.
fn due(stored: &StoredRule, rule: &CompiledRule) -> Option<DateTime<Utc>> {
    if stored.paused {
        return None;
    }
    rule.timetable().and_then(|timetable| timetable.next_after(stored.looked))
}

impl App {
    /// Stored engine rules of a scope; no network except to a sandbox on this machine.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn engine_rules(&self, scope: Scope) -> Result<Vec<EngineRuleView>, ApiError> {
        let space = scope.space;
        let kept = self.db.read(move |tx| store::all(tx, space)).await?;
        let mut views = Vec::with_capacity(kept.len());
        for stored in kept {
            let view = self.engine_rule_view(stored).await?;
            let fits = |place: &EnginePlace| place.registry.as_ref().is_some_and(|key| scope.contains(key));
            let everything = scope.account.is_none() && scope.region.is_none();
            if everything || fits(&view.source) || view.destinations.iter().any(fits) {
                views.push(view);
            }
        }
        Ok(views)
    }

    async fn engine_rule_view(&self, stored: StoredRule) -> Result<EngineRuleView, ApiError> {
        let rule = compiled(&stored)?;
        let mut destinations = Vec::with_capacity(rule.destinations().len());
        for destination in rule.destinations() {
            destinations.push(input::place(self, stored.space, destination.registry()).await);
        }
        let next = due(&stored, &rule);
        let running = self.engine.running(&stored.id);
        Ok(EngineRuleView {
            rule: input::to_form(rule.rule())?,
            sentences: input::sentences(self, stored.space, &rule),
            driver: input::driver(self, stored.space, &rule).await?,
            source: input::place(self, stored.space, rule.source()).await,
            destinations,
            schedule: schedule_words(&rule),
            paused: stored.paused,
            next,
            missed: next.filter(|next| *next < self.engine.opened && running.is_none()),
            running,
            last: stored.last,
            findings: check(&RuleFile::new(vec![rule.rule().clone()])).iter().map(input::finding).collect(),
            id: stored.id,
            space: stored.space,
            name: stored.name,
            hash: rule_hash(&stored.yaml),
            yaml: stored.yaml,
            created: stored.created,
            changed: stored.changed,
        })
    }

    /// Switches a rule's schedule off or on; its next run is calculated from now.
    ///
    /// # Errors
    /// `rule-unknown`.
    pub async fn pause_engine_rule(&self, request: PauseEngineRule) -> Result<(), ApiError> {
        let PauseEngineRule { rule, paused } = request;
        stored(self, &rule).await?;
        let now = self.now();
        self.db.write(move |tx| store::pause(tx, &rule, paused, now)).await?;
        self.engine.wake();
        self.events.send(AppEvent::EngineRules);
        Ok(())
    }

    /// Grants a permit to a stored rule as it is now.
    ///
    /// # Errors
    /// `rule-unknown`, `account-unknown`, `confirmation-needed`, `permit-time`, `permit-other-registry`.
    pub async fn grant_permit(&self, request: GrantPermit) -> Result<Guard, ApiError> {
        let stored = stored(self, &request.rule).await?;
        writes_to(self, stored.space, &compiled(&stored)?, &request).await?;
        self.grant(&stored.name, rule_hash(&stored.yaml), request).await
    }

    /// Grants a permit to a rule of a file as it is now; `request.rule` is not used.
    ///
    /// # Errors
    /// What is wrong with the rule; `account-unknown`, `confirmation-needed`, `permit-time`, `permit-other-registry`.
    pub async fn grant_permit_to(&self, rule: &Rule, request: GrantPermit) -> Result<Guard, ApiError> {
        let ready = CompiledRule::compile(rule).map_err(|findings| match findings.first() {
            Some(found) => finding_error(&finding(found)),
            None => ApiError::internal("A rule is not valid, and nothing says why."),
        })?;
        writes_to(self, request.registry.space, &ready, &request).await?;
        self.grant(&rule.name, hash_of(rule), request).await
    }

    /// Engine rules as one file, which `longshore sync` can run and which can be imported.
    ///
    /// # Errors
    /// `rule-unknown`.
    pub async fn export_engine_rules(&self, request: ExportEngineRules) -> Result<EngineRuleFile, ApiError> {
        let space = request.space;
        let kept = self.db.read(move |tx| store::all(tx, Some(space))).await?;
        let by_id: HashMap<&str, &StoredRule> = kept.iter().map(|rule| (rule.id.as_str(), rule)).collect();
        let mut rules = Vec::new();
        if request.rules.is_empty() {
            for rule in &kept {
                rules.push(compiled(rule)?.rule().clone());
            }
        }
        for id in &request.rules {
            let rule = by_id
                .get(id.as_str())
                .ok_or_else(|| ApiError::new("rule-unknown", Side::Input, "This rule does not exist."))?;
            rules.push(compiled(rule)?.rule().clone());
        }
        Ok(EngineRuleFile { name: "rules.yaml".into(), text: to_yaml(&RuleFile::new(rules)) })
    }

    /// Registries that an engine rule can name: those of known accounts, and others that were added.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn engine_places(&self, scope: Scope) -> Result<Vec<EnginePlace>, ApiError> {
        let fits = |known: &Option<String>, text: &str| known.as_deref().is_none_or(|known| known == text);
        let mut places: Vec<EnginePlace> = self
            .accounts
            .registries(scope.space)
            .into_iter()
            .filter(|key| {
                fits(&scope.account, key.account.as_str()) && fits(&scope.region, key.region.as_str())
            })
            .filter_map(|key| {
                let text = input::registry_text(&key)?;
                Some(EnginePlace { text, label: self.accounts.label(&key), registry: Some(key) })
            })
            .collect();
        places.extend(self.other_registries().await?.into_iter().map(|other| EnginePlace {
            text: other.host.clone(),
            label: other.host,
            registry: None,
        }));
        Ok(places)
    }
}

/// When a rule runs, in words.
fn schedule_words(rule: &CompiledRule) -> Option<String> {
    let schedule = rule.rule().schedule.as_ref()?;
    Some(match (rule.timetable()?, &schedule.cron, &schedule.watch) {
        (Timetable::Cron(..), Some(cron), _) => {
            format!("at {cron} ({})", schedule.time_zone.as_deref().unwrap_or("UTC"))
        }
        (_, _, Some(watch)) => format!("checks every {watch}"),
        _ => return None,
    })
}
