//! Rule files for the command line and the app.

use std::{collections::HashMap, sync::Arc};

use longshore_names::RegistryId;
use longshore_policy::{
    Finding,
    rule::{CompiledRule, Decision, NativeContext, Registry, RuleFile, Schedule, driver, read_rules},
};
use longshore_registry::Source;

use crate::{access::Endpoints, api::ApiError};

/// The compiled rules of a file.
#[derive(Debug, Clone)]
pub struct Rules {
    /// In the order of the file.
    pub rules: Vec<CompiledRule>,
    /// Findings that are worth knowing.
    pub findings: Vec<Finding>,
    /// The parsed file.
    pub file: RuleFile,
}

impl Rules {
    /// Parses the text of a file.
    ///
    /// # Errors
    /// All errors, each with its line and column.
    pub fn read(text: &str) -> Result<Self, Vec<Finding>> {
        let (file, mut findings) = read_rules(text);
        let Some(file) = file else { return Err(findings) };
        let mut rules = Vec::with_capacity(file.rules.len());
        for rule in &file.rules {
            match CompiledRule::compile(rule) {
                Ok(rule) => rules.push(rule),
                Err(wrong) => findings.extend(wrong),
            }
        }
        if rules.len() < file.rules.len() { Err(findings) } else { Ok(Self { rules, findings, file }) }
    }

    /// Selects the rules with these names; all rules when no name is given.
    ///
    /// # Errors
    /// `rule-unknown`, with the names of existing rules.
    pub fn only(mut self, names: &[String]) -> Result<Self, ApiError> {
        let known: Vec<String> = self.rules.iter().map(|rule| rule.name().to_owned()).collect();
        if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
            let unknown: String = unknown.chars().take(128).collect();
            let text = format!("The file has no rule `{unknown}`.");
            let hint = format!("It has {}.", known.join(", "));
            return Err(ApiError::input("rule-unknown", "rule", text).hint(hint));
        }
        self.rules.retain(|rule| names.is_empty() || names.iter().any(|name| name == rule.name()));
        Ok(self)
    }
}

/// The file with `cron` as the schedule of every rule, instead of its own.
pub fn scheduled(mut file: RuleFile, cron: &str, time_zone: Option<&str>) -> RuleFile {
    for rule in &mut file.rules {
        rule.schedule = Some(Schedule {
            cron: Some(cron.to_owned()),
            time_zone: time_zone.map(str::to_owned),
            watch: None,
        });
    }
    file
}

/// A registry's name for [`Endpoints::named`].
pub(super) fn name(registry: &Registry) -> String {
    match registry {
        Registry::Layout(_) => registry.to_string(),
        _ => registry.host().unwrap_or_else(|| registry.to_string()),
    }
}

/// The source of a rule.
///
/// # Errors
/// When it cannot be opened.
pub async fn rule_source(endpoints: &Endpoints, rule: &CompiledRule) -> Result<Arc<dyn Source>, ApiError> {
    endpoints.named_source(&name(rule.source())).await
}

/// Whether ECR itself could carry a rule out, and why not. Hosts of a sandbox that runs on this
/// machine count as the ECR registries that they stand for.
pub async fn decide(endpoints: &Endpoints, rule: &CompiledRule) -> Decision {
    let registries = rule.destinations().iter().map(|destination| destination.registry());
    let mut known: HashMap<String, RegistryId> = HashMap::new();
    for registry in registries.chain([rule.source()]) {
        let Some(host) = registry.host() else { continue };
        if let Some(id) = endpoints.sandbox_registry(&host).await {
            known.insert(host, id);
        }
    }
    let ecr = |registry: &Registry| {
        let sandbox = registry.host().and_then(|host| known.get(&host).cloned());
        sandbox.or_else(|| registry.ecr())
    };
    driver(rule, &NativeContext { ecr: &ecr, ..NativeContext::unknown() })
}
