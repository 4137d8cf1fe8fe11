//! Checks what Kubernetes accepts, and whether rules need something that a cluster does not have.

use super::KubernetesOptions;
use crate::rule::{CompiledRule, Registry, Rule, RuleFile, Schedule, to_yaml};

/// A ConfigMap holds at most 1 MiB.
const MAX_CONFIG_MAP: usize = 1024 * 1024;
/// A CronJob adds 11 characters to the names of its Jobs, whose names have at most 63.
const MAX_CRON_NAME: usize = 52;

/// Why rules cannot run in a cluster with these options.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KubernetesError {
    /// Kubernetes does not accept a name.
    #[error("Kubernetes does not accept the {what} `{text}`: {problem}")]
    Name {
        /// The kind of name.
        what: &'static str,
        /// The name, shortened.
        text: String,
        /// The rule that the name breaks.
        problem: String,
    },
    /// The number of shards is out of range.
    #[error("{0} shards: the number must be from 1 to 1,000")]
    Shards(u32),
    /// A rule has an error.
    #[error("the rule `{rule}` is invalid: {problem}")]
    Rule {
        /// The rule.
        rule: String,
        /// Its first error.
        problem: String,
    },
    /// There is no rule.
    #[error("there is no rule to run")]
    Empty,
    /// A rule reads or writes a directory.
    #[error("the rule `{rule}` uses the directory `{directory}`, which no pod has")]
    Directory {
        /// The rule.
        rule: String,
        /// The directory.
        directory: String,
    },
    /// The rules have different schedules.
    #[error("the rules `{first}` and `{second}` have different schedules")]
    Schedules {
        /// One rule.
        first: String,
        /// Another.
        second: String,
    },
    /// A CronJob cannot have this schedule.
    #[error("a CronJob cannot run the rule `{rule}`: {problem}")]
    Schedule {
        /// The rule.
        rule: String,
        /// The reason.
        problem: String,
    },
    /// The rules are too long for a ConfigMap.
    #[error("the rules have {0} bytes; a ConfigMap holds {MAX_CONFIG_MAP}")]
    TooLarge(usize),
}

impl KubernetesError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "kubernetes-name",
            Self::Shards(_) => "kubernetes-shards",
            Self::Rule { .. } => "kubernetes-rule",
            Self::Empty => "kubernetes-empty",
            Self::Directory { .. } => "kubernetes-directory",
            Self::Schedules { .. } => "kubernetes-schedules",
            Self::Schedule { .. } => "kubernetes-schedule",
            Self::TooLarge(_) => "kubernetes-too-large",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        longshore_codes::way_out(self.code())
    }
}

pub(super) fn check(file: &RuleFile, options: &KubernetesOptions) -> Result<(), KubernetesError> {
    let scheduled = !options.once && file.rules.iter().any(|rule| rule.schedule.is_some());
    label("name", &options.name, if scheduled { MAX_CRON_NAME } else { 63 })?;
    if let Some(namespace) = &options.namespace {
        label("namespace", namespace, 63)?;
    }
    if let Some(secret) = &options.docker_config_secret {
        secret.split('.').try_for_each(|part| label("name of a Secret", part, 253))?;
        if secret.len() > 253 {
            return Err(name("name of a Secret", secret, "it can have at most 253 characters"));
        }
    }
    let graphic =
        |text: &str, extra: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c));
    if options.image.is_empty() || options.image.len() > 512 || !graphic(&options.image, "._:/@-") {
        return Err(name("image", &options.image, "write `host/repository:tag` or `host/repository@digest`"));
    }
    if let Some(role) = &options.role_arn
        && !is_role(role)
    {
        return Err(name("role", role, "write its ARN, `arn:aws:iam::111122223333:role/NAME`"));
    }
    let resources = &options.resources;
    for amount in [&resources.cpu, &resources.memory, &resources.memory_limit, &resources.journal] {
        let digits = amount.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let known = ["", "m", "k", "M", "G", "Ki", "Mi", "Gi"].contains(&digits);
        if !known || digits.len() == amount.len() || !amount.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(name("amount", amount, "write one such as `500m` or `128Mi`"));
        }
    }
    if !(1..=1000).contains(&options.shards) {
        return Err(KubernetesError::Shards(options.shards));
    }
    if file.rules.is_empty() {
        return Err(KubernetesError::Empty);
    }
    file.rules.iter().try_for_each(reachable)?;
    let bytes = to_yaml(file).len();
    if bytes > MAX_CONFIG_MAP { Err(KubernetesError::TooLarge(bytes)) } else { Ok(()) }
}

fn name(what: &'static str, text: &str, problem: &str) -> KubernetesError {
    KubernetesError::Name { what, text: longshore_names::shown(text, 100), problem: problem.to_owned() }
}

/// A label of RFC 1123.
fn label(what: &'static str, text: &str, most: usize) -> Result<(), KubernetesError> {
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if text.is_empty() || text.len() > most || !plain || text.starts_with('-') || text.ends_with('-') {
        let problem =
            format!("it must have 1 to {most} lower-case letters, digits and dashes, with no dash at an end");
        return Err(name(what, text, &problem));
    }
    Ok(())
}

fn is_role(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [arn, partition, "iam", "", account, resource] = parts.as_slice() else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || "+=,.@_/-".contains(c);
    *arn == "arn"
        && partition.starts_with("aws")
        && partition.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && resource
            .strip_prefix("role/")
            .is_some_and(|name| (1..=576).contains(&name.len()) && name.chars().all(plain))
}

fn reachable(rule: &Rule) -> Result<(), KubernetesError> {
    let compiled = CompiledRule::compile(rule).map_err(|findings| KubernetesError::Rule {
        rule: rule.name.clone(),
        problem: findings
            .into_iter()
            .find(crate::Finding::is_error)
            .map(|finding| finding.text)
            .unwrap_or_default(),
    })?;
    let ends = compiled.destinations().iter().map(|destination| destination.registry());
    for registry in ends.chain([compiled.source()]) {
        if let Registry::Layout(directory) = registry {
            return Err(KubernetesError::Directory { rule: rule.name.clone(), directory: directory.clone() });
        }
    }
    Ok(())
}

/// The one cron pattern and time zone of all rules; `None` when no rule has a schedule.
pub(super) fn schedule_of(file: &RuleFile) -> Result<Option<(String, String)>, KubernetesError> {
    let mut rules = file.rules.iter();
    let Some(first) = rules.next() else { return Ok(None) };
    if let Some(second) = rules.find(|rule| rule.schedule != first.schedule) {
        return Err(KubernetesError::Schedules { first: first.name.clone(), second: second.name.clone() });
    }
    let Some(Schedule { cron, time_zone, .. }) = &first.schedule else { return Ok(None) };
    let problem =
        |text: &str| KubernetesError::Schedule { rule: first.name.clone(), problem: text.to_owned() };
    let cron = cron.as_ref().ok_or_else(|| problem("`watch` is for a program that keeps running"))?;
    // Kubernetes accepts plain fields and names of days and months, but not `L`, `W`, `#` or `+`.
    let words = [
        "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL",
        "AUG", "SEP", "OCT", "NOV", "DEC",
    ];
    let mut rest = cron.to_ascii_uppercase();
    for word in words {
        rest = rest.replace(word, "");
    }
    let nickname =
        ["@YEARLY", "@ANNUALLY", "@MONTHLY", "@WEEKLY", "@DAILY", "@HOURLY"].contains(&rest.trim());
    if !nickname && !rest.chars().all(|c| c.is_ascii_digit() || "*/,- ".contains(c)) {
        return Err(problem("its pattern uses syntax that only Longshore knows (`L`, `W`, `#`, `+` or `?`)"));
    }
    Ok(Some((cron.clone(), time_zone.clone().unwrap_or_else(|| "Etc/UTC".to_owned()))))
}
