//! Turns a path file into paths, and finds what its schema cannot say.

use longshore_names::AccountId;
use longshore_policy::{FieldPath, Finding, canonical_text, has_errors, rule::Registry};

use super::{
    Destination, Mapping, Path, PathFile, PathText, Stage, StageText, TagPolicy, TagPolicyText, check,
    mapping::fill, tags::tag_placeholder,
};
use crate::{gate, hash::sha256_hex};

/// The paths of a file, unless a finding is an error, and all findings with their fields.
pub fn compile(file: &PathFile) -> (Option<Vec<Path>>, Vec<Finding>) {
    let mut compiler = Compiler::default();
    let list = FieldPath::new("paths");
    let paths: Vec<Option<Path>> =
        file.paths.iter().enumerate().map(|(i, path)| compiler.path(path, &list.item(i))).collect();
    let whole: Option<Vec<Path>> = paths.into_iter().collect();
    if let Some(paths) = &whole {
        compiler.findings.extend(check::across(paths));
    }
    let findings = compiler.findings;
    (whole.filter(|_| !has_errors(&findings)), findings)
}

/// Collects findings.
#[derive(Default)]
struct Compiler {
    findings: Vec<Finding>,
}

impl Compiler {
    /// A finding at `field`. The problem is a sentence without a full stop.
    fn error(&mut self, code: &'static str, field: &FieldPath, problem: &str) {
        let text = format!("{}.", longshore_names::capital(problem));
        self.findings.push(Finding::error(code, text).at(field.clone()));
    }

    /// The value, or a finding at `field`.
    fn take<T>(&mut self, code: &'static str, field: &FieldPath, result: Result<T, String>) -> Option<T> {
        result.map_err(|problem| self.error(code, field, &problem)).ok()
    }

    fn path(&mut self, text: &PathText, at: &FieldPath) -> Option<Path> {
        let name = text.name.parse().map_err(|error: crate::PromotionNameError| error.to_string());
        let name = self.take("path-name", &at.child("name"), name);
        let mut schemes = Vec::new();
        for (pattern, scheme) in &text.schemes {
            let scheme = self.take("path-scheme", &at.child("schemes"), scheme.scheme())?;
            schemes.push((pattern.clone(), scheme));
        }
        // A whole name before a pattern, a long pattern before a short one.
        schemes.sort_by_key(|(pattern, _)| (pattern.contains('*'), std::cmp::Reverse(pattern.len())));
        let list = at.child("stages");
        let mut stages: Vec<Option<Stage>> = Vec::new();
        for (i, stage) in text.stages.iter().enumerate() {
            stages.push(self.stage(text, i, stage, &list.item(i)));
        }
        let order = check::order(text, at);
        let is_ordered = order.is_empty();
        self.findings.extend(order);
        let stages = stages.into_iter().collect::<Option<Vec<Stage>>>().filter(|_| is_ordered)?;
        self.findings.extend(check::stages(&stages, &list));
        let written = canonical_text(&serde_json::to_value(text).unwrap_or_default());
        Some(Path {
            name: name?,
            services: text.services.clone(),
            schemes,
            stages,
            hash: sha256_hex(written.as_bytes()),
        })
    }

    fn stage(&mut self, path: &PathText, index: usize, text: &StageText, at: &FieldPath) -> Option<Stage> {
        let before = self.findings.len();
        let name = text.name.parse().map_err(|error: crate::PromotionNameError| error.to_string());
        let name = self.take("path-name", &at.child("name"), name);
        let destinations = self.destinations(text, at);
        let environment = text.environment.as_deref();
        let mapping = text
            .repositories
            .as_ref()
            .map_or(Ok(Mapping::Same), |mapping| Mapping::parse(mapping, &text.name, environment));
        let mapping = self.take("path-mapping", &at.child("repositories"), mapping);
        let tags = self.take("path-tags", &at.child("tags"), tag_policy(text));
        let from = match &text.from {
            None => index.checked_sub(1),
            Some(from) => path.stages.iter().position(|stage| stage.name == *from),
        };
        let mut compiled = [Vec::new(), Vec::new()];
        let lists = [("gates", &text.gates), ("rollback_gates", &text.rollback_gates)];
        for ((key, list), compiled) in lists.into_iter().zip(&mut compiled) {
            for (i, one) in list.iter().enumerate() {
                let field = at.child(key).item(i);
                match gate::compile(one) {
                    Ok(gate) => {
                        self.findings.extend(gate::remarks(&gate, from.is_none(), &field));
                        compiled.push(gate);
                    }
                    Err((key, problem)) => {
                        let field = if key.is_empty() { field } else { field.child(key) };
                        self.error("path-gate", &field, &problem);
                    }
                }
            }
        }
        let [gates, rollback_gates] = compiled;
        if self.findings[before..].iter().any(Finding::is_error) {
            return None;
        }
        Some(Stage {
            name: name?,
            destinations,
            mapping: mapping?,
            tags: tags?,
            step: text.step.unwrap_or_default(),
            moving_tags: text.moving_tags,
            environment: text.environment.clone(),
            from,
            gates,
            rollback_gates,
            approvers: text.approvers.clone(),
        })
    }

    fn destinations(&mut self, text: &StageText, at: &FieldPath) -> Vec<Destination> {
        let own = match (&text.registry, text.registries.as_slice()) {
            (Some(one), []) => vec![(at.child("registry"), one)],
            (None, [_, ..]) => {
                let list = at.child("registries");
                text.registries.iter().enumerate().map(|(i, one)| (list.item(i), one)).collect()
            }
            _ => {
                let problem = "a stage needs `registry` or `registries`, and not both";
                self.error("path-registry", at, problem);
                Vec::new()
            }
        };
        let list = at.child("replicated");
        let carried = text.replicated.iter().enumerate().map(|(i, one)| (list.item(i), one));
        let all: Vec<_> =
            own.into_iter().map(|one| (one, false)).chain(carried.map(|one| (one, true))).collect();
        let mut destinations: Vec<Destination> = Vec::new();
        for ((field, one), replicated) in all {
            let registry = registry_of(one);
            let Some(registry) = self.take("path-registry", &field, registry) else { continue };
            if destinations.iter().any(|other| other.registry.is_same(&registry)) {
                let problem = format!("the stage has the registry `{registry}` twice");
                self.error("path-registry-twice", &field, &problem);
                continue;
            }
            if replicated && registry.ecr().is_none() {
                let problem = format!("`{registry}` is not ECR, so no replication rule fills it");
                self.error("path-registry", &field, &problem);
                continue;
            }
            destinations.push(Destination { registry, replicated });
        }
        destinations
    }
}

/// A registry that a stage can be in.
fn registry_of(text: &str) -> Result<Registry, String> {
    let shown = longshore_names::shown(text, 100);
    match text.parse::<Registry>() {
        Ok(Registry::Layout(_)) => Err("a stage is in a registry, not in a directory".into()),
        Ok(registry) => Ok(registry),
        // Other errors say what to change.
        Err(_) if !text.contains(['/', ':']) && text.parse::<AccountId>().is_err() => {
            Err(format!("`{shown}` is not a registry; write ACCOUNT/REGION or a host such as `ghcr.io`"))
        }
        Err(error) => match text.split_once('/') {
            Some((host, _)) if !host.ends_with(':') && host.parse::<AccountId>().is_err() => {
                let host = longshore_names::shown(host, 100);
                Err(format!("write the host alone, `{host}`; `repositories` names the repositories"))
            }
            _ => Err(error.to_string()),
        },
    }
}

fn tag_policy(text: &StageText) -> Result<TagPolicy, String> {
    let environment = text.environment.as_deref();
    let checked = |template: &String| {
        if environment.is_none() && template.contains("{environment}") {
            return Err("the stage has no `environment` to put in".to_owned());
        }
        let filled = fill(template, &|name| {
            tag_placeholder(name, "1.4.2", &text.name, environment.unwrap_or_default())
        })?;
        let tag = longshore_names::Tag::for_input(&filled).map_err(|error| error.to_string());
        tag.map(|_| template.clone())
    };
    Ok(match &text.tags {
        None | Some(TagPolicyText::Keep) => TagPolicy::Keep,
        Some(TagPolicyText::Add(template)) => TagPolicy::Add(checked(template)?),
        Some(TagPolicyText::Template(template)) => TagPolicy::Template(checked(template)?),
        Some(TagPolicyText::Scheme(scheme)) => TagPolicy::Next(scheme.scheme()?),
    })
}
