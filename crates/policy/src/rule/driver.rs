//! Who carries a rule out: ECR's own replication, or our engine, with every reason.

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

/// What is known of the source when the driver is chosen. Whatever is not known is not held against
/// the rule.
#[derive(Clone, Copy)]
pub struct NativeContext<'a> {
    /// The ECR registry behind a registry of the rule; a sandbox knows its own hosts.
    pub ecr: &'a dyn Fn(&Registry) -> Option<RegistryId>,
    /// The source's replication configuration, without the rule itself.
    pub configuration: Option<&'a ReplicationConfiguration>,
    /// The names of the source's repositories.
    pub repositories: Option<&'a [RepositoryName]>,
    /// Whether images come to the source by replication, so that ECR would not copy them further.
    pub source_holds_replicas: bool,
}

impl NativeContext<'_> {
    /// Nothing is known but what hosts tell by their names.
    pub fn unknown() -> Self {
        Self { ecr: &Registry::ecr, configuration: None, repositories: None, source_holds_replicas: false }
    }
}

/// Who carries a rule out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Who, and every reason.
    pub driver: Driver,
    /// The rule as ECR takes it, when ECR carries it out. It copies what is pushed from then on;
    /// what is there already needs a backfill.
    pub native: Option<RuleDraft>,
}

/// Decides who carries `rule` out, and says for every part of it that ECR cannot do why not and
/// what small change would do.
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
            "Images come to the source by replication, and ECR does not replicate those any further (one hop).",
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

    /// The registries when all are ECR's.
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
                    several.then(|| format!("Leave {registry} to a rule of its own.")),
                ),
                Some(there) if source.as_ref() == Some(&there) => self.add(
                    "inside-one-registry",
                    "ECR does not replicate inside one registry.",
                    several.then(|| format!("Leave {registry} to a rule of its own.")),
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

    /// The prefixes when there is nothing but prefixes.
    fn repositories(&mut self, rule: &CompiledRule, context: &NativeContext<'_>) -> Option<Vec<Prefix>> {
        let source = &rule.rule.source;
        let mut prefixes = Vec::new();
        for pattern in &source.repositories {
            match pattern {
                RepositoryPattern::Prefix(text) => match Prefix::for_input(text) {
                    Ok(prefix) => prefixes.push(prefix),
                    Err(problem) => {
                        self.add("prefix", format!("ECR does not take this prefix: {problem}."), None)
                    }
                },
                other => self.add(
                    "repository-pattern",
                    format!(
                        "ECR chooses repositories by prefix only, not by {} `{}`.",
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
                    0 => "Leave the exclusion out: no repository that is there now would be copied by it."
                        .to_owned(),
                    _ => format!(
                        "Leave the exclusion out: {} would be copied as well.",
                        sentence::count(more, "repository", "repositories")
                    ),
                }
            });
            self.add(
                "repository-exclude",
                format!("ECR cannot leave repositories out ({}).", sentence::list(&texts, "and")),
                hint.or_else(|| {
                    Some("Give what is to be copied a prefix that the others do not have.".into())
                }),
            );
        }
        (prefixes.len() == source.repositories.len()).then_some(prefixes)
    }

    fn images(&mut self, rule: &CompiledRule) {
        let source = &rule.rule.source;
        let own_place = || {
            Some(
                "Push or promote what is to be copied to repositories of its own, under a common prefix."
                    .to_owned(),
            )
        };
        if !rule.tags.include.is_empty() || !rule.tags.exclude.is_empty() {
            self.add("tag-pattern", "ECR replicates every tag of a repository, whatever it is.", own_place());
        }
        if let Some((number, _)) = rule.tags.newest {
            let text = format!("ECR replicates every push, not only the newest {number}.");
            self.add(
                "newest",
                text,
                Some(
                    "Leave `newest` out, and let a life-cycle policy at the destination keep the newest."
                        .into(),
                ),
            );
        }
        if rule.tags.pushed_after.is_some() || rule.tags.pushed_before.is_some() {
            let text = "ECR replicates what is pushed after the rule was made, and asks for no dates.";
            self.add("push-dates", text, Some("Leave the dates out.".into()));
        }
        if rule.tags.minimum_age.is_some() {
            let text = "ECR replicates at once; it knows no quarantine.";
            self.add("minimum-age", text, own_place());
        }
        if !rule.platforms.is_empty() {
            let text = "ECR replicates images for every platform, and with all their platforms.";
            self.add("platforms", text, Some("Leave `platforms` out.".into()));
        }
        match source.referrers {
            Some(Referrers::Without) => {
                let text = "ECR has no setting that leaves signatures and other referrers behind.";
                self.add("referrers", text, Some("Leave `referrers` out.".into()));
            }
            Some(Referrers::With) => {
                let text = "That ECR replicates every referrer with its image is not confirmed by AWS, and it would not fail without.";
                self.add("referrers", text, Some("Leave `referrers` out.".into()));
            }
            Some(Referrers::WherePossible) | None => {}
        }
        for (key, pairs) in [("labels", &source.labels), ("annotations", &source.annotations)] {
            if !pairs.is_empty() {
                self.add(
                    if key == "labels" { "labels" } else { "annotations" },
                    format!("ECR does not look at {key}."),
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
                    let text = format!("ECR creates the repositories that {registry} does not have.");
                    let hint =
                        "Leave `create` out, or give the destination's policy no `ecr:CreateRepository`.";
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
                    "ECR moves a tag that is at {registry} with another digest, unless it is immutable there."
                );
                let hint = "Make tags immutable there and leave `on_conflict` out: the image is then replicated without the tag.";
                self.add("on-conflict", text, Some(hint.into()));
            }
        }
    }

    fn running(&mut self, rule: &CompiledRule) {
        if rule.prune().is_some() {
            let text = "ECR removes nothing that a rule no longer selects; it can only delete there what is deleted here.";
            let hint = "Leave `prune` out and turn on the replication of deletions.";
            self.add("prune", text, Some(hint.into()));
        }
        if rule.timetable.is_some() {
            let text = "ECR replicates each push at once, not at set times.";
            self.add("schedule", text, Some("Leave `schedule` out.".into()));
        }
        if rule.bandwidth.is_some() || rule.concurrency().is_some() || !rule.windows.is_always() {
            let text = "How fast and when ECR replicates cannot be set.";
            self.add("limits", text, Some("Leave `limits` out: no bytes go over your network.".into()));
        }
    }
}

/// Whether only the exclusion keeps the rule from copying this repository.
fn excluded_only(rule: &CompiledRule, name: &RepositoryName) -> bool {
    let included = rule.repositories.is_empty() || rule.repositories.iter().any(|m| m.fits(name.as_str()));
    included && rule.excluded.iter().any(|m| m.fits(name.as_str()))
}

/// What a prefix instead of `pattern` would mean.
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
        return Some(format!("Write `prefix: {prefix}`, which also takes every other name that begins so."));
    };
    let at = rule.rule.source.repositories.iter().position(|p| p == pattern)?;
    let matcher = rule.repositories.get(at)?;
    let more: Vec<String> = names
        .iter()
        .filter(|name| prefix.matches(name) && !matcher.fits(name.as_str()))
        .map(|name| format!("`{name}`"))
        .collect();
    Some(match more.as_slice() {
        [] => format!("Write `prefix: {prefix}`: of the repositories that are there now it takes the same."),
        more if more.len() <= 3 => {
            format!("Write `prefix: {prefix}`, which takes {} as well.", sentence::list(more, "and"))
        }
        more => format!("Write `prefix: {prefix}`, which takes {} repositories more.", more.len()),
    })
}
