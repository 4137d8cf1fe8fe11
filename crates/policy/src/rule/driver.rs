//! Decides whether ECR's own replication or our engine runs a rule, with every reason.

use longshore_names::{Prefix, RegistryId, RepositoryName};
use serde::Serialize;

use super::{
    CompiledRule, Create, OnConflict, Referrers, Registry, RepositoryPattern, RepositorySettings,
    compiled::naming::RepositoryNaming,
};
use crate::{
    replication::{self, Driver, EngineReason, ReplicationConfiguration, RuleDraft},
    sentence,
};

/// What is known about the source when the driver is chosen. Unknown facts do not count against the
/// rule.
#[derive(Clone, Copy)]
pub struct NativeContext<'a> {
    /// Returns the ECR registry behind a registry of the rule; a sandbox knows its own hosts.
    pub ecr: &'a dyn Fn(&Registry) -> Option<RegistryId>,
    /// The source's replication configuration, without the rule itself.
    pub configuration: Option<&'a ReplicationConfiguration>,
    /// The names of the source's repositories.
    pub repositories: Option<&'a [RepositoryName]>,
    /// Whether images reach the source by replication, so that ECR would not replicate them
    /// further.
    pub source_holds_replicas: bool,
}

impl NativeContext<'_> {
    /// Nothing is known except what host names show.
    pub fn unknown() -> Self {
        Self { ecr: &Registry::ecr, configuration: None, repositories: None, source_holds_replicas: false }
    }
}

/// What runs a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The driver, and every reason.
    pub driver: Driver,
    /// The rule in ECR's form, if ECR runs it. It only replicates new pushes; existing images need
    /// a backfill.
    pub native: Option<RuleDraft>,
}

/// Decides whether ECR or our engine runs `rule`. For every part that ECR cannot do, says why, and
/// which small change would be enough.
pub fn driver(rule: &CompiledRule, context: &NativeContext<'_>) -> Decision {
    let mut reasons = Reasons(Vec::new());
    let ends = reasons.registries(rule, context);
    let filters = reasons.repositories(rule, context);
    reasons.images(rule);
    reasons.destinations(rule);
    reasons.running(rule);
    if context.source_holds_replicas {
        reasons.add(
            "one-hop",
            "Images reach the source by replication, and ECR does not replicate them further (one hop).",
            Some("Add the destinations to the rule of the registry that the images are pushed to.".into()),
        );
    }
    let Some((source, destinations)) = ends else {
        return Decision { driver: Driver::Engine { reasons: reasons.0 }, native: None };
    };
    let draft = RuleDraft { destinations, filters: filters.unwrap_or_default(), delete_replication: false };
    let nothing = ReplicationConfiguration::empty();
    match replication::driver(&draft, &source, context.configuration.unwrap_or(&nothing)) {
        Driver::Engine { reasons: limits } => reasons.0.extend(limits),
        native if reasons.0.is_empty() => return Decision { driver: native, native: Some(draft) },
        _ => {}
    }
    Decision { driver: Driver::Engine { reasons: reasons.0 }, native: None }
}

struct Reasons(Vec<EngineReason>);

impl Reasons {
    fn add(&mut self, code: &'static str, text: impl Into<String>, to_native: Option<String>) {
        self.0.push(EngineReason { code, text: text.into(), to_native });
    }

    /// The registries, if all are ECR's.
    fn registries(
        &mut self,
        rule: &CompiledRule,
        context: &NativeContext<'_>,
    ) -> Option<(RegistryId, Vec<RegistryId>)> {
        let source = (context.ecr)(&rule.source);
        if source.is_none() {
            self.add("source-not-ecr", format!("{} is not an ECR registry.", rule.source), None);
        }
        let mut destinations = Vec::new();
        let several = rule.destinations.len() > 1;
        for destination in &rule.destinations {
            let registry = &destination.registry;
            match (context.ecr)(registry) {
                None => self.add(
                    "destination-not-ecr",
                    format!("ECR replicates to ECR only, and {registry} is not."),
                    several.then(|| format!("Leave {registry} to its own rule.")),
                ),
                Some(there) if source.as_ref() == Some(&there) => self.add(
                    "inside-one-registry",
                    "ECR does not replicate inside one registry.",
                    several.then(|| format!("Leave {registry} to its own rule.")),
                ),
                Some(there) if destinations.contains(&there) => self.add(
                    "destination-twice",
                    format!("ECR replicates to {registry} under one name only."),
                    None,
                ),
                Some(there) => destinations.push(there),
            }
        }
        Some((source?, destinations))
    }

    /// The prefixes, if the rule has only prefixes.
    fn repositories(&mut self, rule: &CompiledRule, context: &NativeContext<'_>) -> Option<Vec<Prefix>> {
        let source = &rule.rule.source;
        let mut prefixes = Vec::new();
        for pattern in &source.repositories {
            match pattern {
                RepositoryPattern::Prefix(text) => match Prefix::for_input(text) {
                    Ok(prefix) => prefixes.push(prefix),
                    Err(problem) => {
                        self.add("prefix", format!("ECR does not accept this prefix: {problem}."), None)
                    }
                },
                other => self.add(
                    "repository-pattern",
                    format!(
                        "ECR selects repositories by prefix only, not by {} `{}`.",
                        other.kind(),
                        other.text()
                    ),
                    as_prefix(rule, other, context.repositories),
                ),
            }
        }
        if !source.exclude.is_empty() {
            let texts: Vec<String> = source
                .exclude
                .iter()
                .map(|pattern| format!("{} `{}`", pattern.kind(), pattern.text()))
                .collect();
            let hint = context.repositories.map(|names| {
                let more = names.iter().filter(|name| excluded_only(rule, name)).count();
                match more {
                    0 => "Remove the exclusion: it affects no existing repository.".to_owned(),
                    _ => format!(
                        "Remove the exclusion: {} would be copied as well.",
                        sentence::count(more, "repository", "repositories")
                    ),
                }
            });
            self.add(
                "repository-exclude",
                format!("ECR cannot exclude repositories ({}).", sentence::list(&texts, "and")),
                hint.or_else(|| {
                    Some("Give the repositories to copy a prefix that the others do not have.".into())
                }),
            );
        }
        (prefixes.len() == source.repositories.len()).then_some(prefixes)
    }

    fn images(&mut self, rule: &CompiledRule) {
        let source = &rule.rule.source;
        let own_place = || {
            Some(
                "Push or promote the images to copy to separate repositories with a common prefix."
                    .to_owned(),
            )
        };
        if !rule.tags.include.is_empty() || !rule.tags.exclude.is_empty() {
            self.add("tag-pattern", "ECR replicates every tag of a repository.", own_place());
        }
        if let Some((number, _)) = rule.tags.newest {
            let text = format!("ECR replicates every push, not only the newest {number}.");
            self.add(
                "newest",
                text,
                Some(
                    "Leave `newest` out, and let a lifecycle policy at the destination keep the newest."
                        .into(),
                ),
            );
        }
        if rule.tags.pushed_after.is_some() || rule.tags.pushed_before.is_some() {
            let text = "ECR replicates every push after the rule is created, regardless of dates.";
            self.add("push-dates", text, Some("Leave the dates out.".into()));
        }
        if rule.tags.minimum_age.is_some() {
            let text = "ECR replicates immediately; it has no quarantine.";
            self.add("minimum-age", text, own_place());
        }
        if !rule.platforms.is_empty() {
            let text = "ECR replicates images for every platform, and with all their platforms.";
            self.add("platforms", text, Some("Leave `platforms` out.".into()));
        }
        match source.referrers {
            Some(Referrers::Without) => {
                let text = "ECR has no setting to leave out signatures and other referrers.";
                self.add("referrers", text, Some("Leave `referrers` out.".into()));
            }
            Some(Referrers::With) => {
                let text = "AWS does not confirm that ECR replicates every referrer with its image, and ECR would not fail without one.";
                self.add("referrers", text, Some("Leave `referrers` out.".into()));
            }
            Some(Referrers::WherePossible) | None => {}
        }
        for (key, pairs) in [("labels", &source.labels), ("annotations", &source.annotations)] {
            if !pairs.is_empty() {
                self.add(
                    if key == "labels" { "labels" } else { "annotations" },
                    format!("ECR does not check {key}."),
                    own_place(),
                );
            }
        }
    }

    fn destinations(&mut self, rule: &CompiledRule) {
        for (written, destination) in rule.rule.destinations.iter().zip(&rule.destinations) {
            let registry = &destination.registry;
            let naming = &destination.naming;
            if !matches!(naming.repository, RepositoryNaming::Same) {
                let text =
                    format!("ECR keeps the names of repositories; the rule renames them at {registry}.");
                self.add("rename", text, Some("Leave `rename` out.".into()));
            }
            if !naming.map.is_empty() || naming.template.is_some() {
                let text = format!("ECR keeps tags; the rule renames them at {registry}.");
                self.add("tag-names", text, Some("Leave `tags` of the destination out.".into()));
            }
            match &written.create {
                Some(Create::Never) => {
                    let text = format!("ECR creates repositories that are missing at {registry}.");
                    let hint =
                        "Leave `create` out, or remove `ecr:CreateRepository` from the destination's policy.";
                    self.add("create-never", text, Some(hint.into()));
                }
                Some(Create::Settings(settings)) if *settings != RepositorySettings::default() => {
                    let text = format!(
                        "ECR creates repositories at {registry} with its own settings, or those of a creation template there."
                    );
                    let hint = "Put the settings into a creation template for replication at the destination, and write `create: template`.";
                    self.add("create-settings", text, Some(hint.into()));
                }
                _ => {}
            }
            if let Some(OnConflict::Fail | OnConflict::Skip) = written.on_conflict {
                let text = format!(
                    "ECR moves a tag with another digest at {registry}, unless it is immutable there."
                );
                let hint = "Make tags immutable there and leave `on_conflict` out: the image is then replicated without the tag.";
                self.add("on-conflict", text, Some(hint.into()));
            }
        }
    }

    fn running(&mut self, rule: &CompiledRule) {
        if rule.prune().is_some() {
            let text = "ECR does not remove what a rule no longer selects; it can only replicate deletions.";
            let hint = "Leave `prune` out and turn on the replication of deletions.";
            self.add("prune", text, Some(hint.into()));
        }
        if rule.timetable.is_some() {
            let text = "ECR replicates each push immediately, not on a schedule.";
            self.add("schedule", text, Some("Leave `schedule` out.".into()));
        }
        if rule.bandwidth.is_some() || rule.concurrency().is_some() || !rule.windows.is_always() {
            let text = "ECR has no settings for when and how fast it replicates.";
            self.add("limits", text, Some("Leave `limits` out: no data goes over your network.".into()));
        }
    }
}

/// Whether the rule would copy this repository without the exclusion.
fn excluded_only(rule: &CompiledRule, name: &RepositoryName) -> bool {
    let included = rule.repositories.is_empty() || rule.repositories.iter().any(|m| m.fits(name.as_str()));
    included && rule.excluded.iter().any(|m| m.fits(name.as_str()))
}

/// The hint to use a prefix instead of `pattern`, with its effect.
fn as_prefix(
    rule: &CompiledRule,
    pattern: &RepositoryPattern,
    names: Option<&[RepositoryName]>,
) -> Option<String> {
    let beginning = match pattern {
        RepositoryPattern::Prefix(text) | RepositoryPattern::Exact(text) => text.as_str(),
        RepositoryPattern::Glob(text) => &text[..text.find(['*', '?', '[', '{', '\\']).unwrap_or(text.len())],
        RepositoryPattern::Regex(_) => "",
    };
    let prefix = Prefix::for_input(beginning).ok()?;
    let Some(names) = names else {
        return Some(format!(
            "Write `prefix: {prefix}`, which matches all other names with this prefix too."
        ));
    };
    let at = rule.rule.source.repositories.iter().position(|p| p == pattern)?;
    let matcher = rule.repositories.get(at)?;
    let more: Vec<String> = names
        .iter()
        .filter(|name| prefix.matches(name) && !matcher.fits(name.as_str()))
        .map(|name| format!("`{name}`"))
        .collect();
    Some(match more.as_slice() {
        [] => format!("Write `prefix: {prefix}`: it matches the same existing repositories."),
        more if more.len() <= 3 => {
            format!("Write `prefix: {prefix}`, which also matches {}.", sentence::list(more, "and"))
        }
        more => format!("Write `prefix: {prefix}`, which matches {} more repositories.", more.len()),
    })
}
