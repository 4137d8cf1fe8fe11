//! One destination of a rule: parses it, and checks it against what its registry can do.

use std::collections::{BTreeMap, BTreeSet};

use longshore_names::Tag;

use crate::rule::{
    CompiledDestination, Create, Destination, Encryption, OnConflict, OnExpiry, Registry, Rename,
    RepositoryPattern, RepositorySettings, Rule, TagPattern,
    compiled::compile::Compiler,
    compiled::naming::{Naming, RepositoryNaming, TAG_PLACEHOLDERS, Template},
};
use crate::{FieldPath, Finding};

pub(in crate::rule) fn compile(
    compiler: &mut Compiler,
    destination: &Destination,
    rule: &Rule,
    at: &FieldPath,
) -> Option<CompiledDestination> {
    let registry =
        compiler.take("rule-registry", at.child("registry"), destination.registry.parse::<Registry>());
    let repository = match &destination.rename {
        None => Some(RepositoryNaming::Same),
        Some(rename) => renaming(compiler, rename, rule, &at.child("rename")),
    };
    let tags = tag_names(compiler, destination, rule, &at.child("tags"));
    if let Some(Create::Settings(settings)) = &destination.create {
        check_settings(compiler, settings, &at.child("create").child("settings"));
    }
    let ((map, template), repository, registry) = (tags?, repository?, registry?);
    if !registry.may_be_ecr() {
        let wanted = match &destination.create {
            Some(Create::Template) => Some("creation templates"),
            Some(Create::Settings(settings)) if *settings != RepositorySettings::default() => {
                Some("such settings")
            }
            _ => None,
        };
        if let Some(wanted) = wanted {
            let text = format!("{registry} is not ECR, and only ECR has {wanted}; they are ignored there.");
            compiler.findings.push(Finding::warning("rule-create-ignored", text).at(at.child("create")));
        }
    }
    let strict = registry.ecr().is_some();
    Some(CompiledDestination {
        registry,
        naming: Naming { repository, map, template, strict },
        create: destination.create.clone().unwrap_or(Create::Settings(RepositorySettings::default())),
        on_conflict: destination.on_conflict.unwrap_or(OnConflict::Fail),
        accepts_expiry: destination.on_expiry == Some(OnExpiry::Accept),
    })
}

fn renaming(
    compiler: &mut Compiler,
    rename: &Rename,
    rule: &Rule,
    at: &FieldPath,
) -> Option<RepositoryNaming> {
    let key = match rename {
        Rename::Prefix(_) => "prefix",
        Rename::Template(_) => "template",
    };
    let at = at.child(key);
    let naming = compiler.take("rule-rename", at.clone(), RepositoryNaming::parse(rename))?;
    let exact: Vec<&str> = rule
        .source
        .repositories
        .iter()
        .filter_map(|pattern| match pattern {
            RepositoryPattern::Exact(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let only_exact = exact.len() == rule.source.repositories.len() && !exact.is_empty();
    if let RepositoryNaming::Template(template) = &naming
        && !template.has_placeholders()
        && !(only_exact && exact.len() == 1)
    {
        let text = "Without a placeholder every repository would get the same name.";
        compiler.findings.push(
            Finding::error("rule-rename-collision", text)
                .at(at)
                .hint("Write for example `mirror/{repository}`."),
        );
        return None;
    }
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for name in &exact {
        if let Some(other) = taken.insert(naming.text(name), name)
            && other != *name
        {
            let text = format!("`{other}` and `{name}` would both be called `{}`.", naming.text(name));
            compiler.error("rule-rename-collision", at, text);
            return None;
        }
    }
    if let RepositoryNaming::Template(template) = &naming
        && !only_exact
        && !template.has("repository")
        && !(template.has("basename") && template.has("namespace"))
    {
        let text =
            "Repositories in different places can get the same name with this template; a plan reports it.";
        compiler.findings.push(Finding::warning("rule-rename-may-collide", text).at(at));
    }
    Some(naming)
}

fn tag_names(
    compiler: &mut Compiler,
    destination: &Destination,
    rule: &Rule,
    at: &FieldPath,
) -> Option<(BTreeMap<String, Tag>, Option<Template>)> {
    let Some(names) = &destination.tags else { return Some((BTreeMap::new(), None)) };
    if names.map.is_empty() && names.template.is_none() {
        compiler.error("rule-tags", at.clone(), "`tags` has `map` or `template`.");
        return None;
    }
    let mut map = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (from, to) in &names.map {
        if let Some(problem) = from.parse::<Tag>().err() {
            compiler.error("rule-tag", at.child("map"), format!("{problem}."));
        }
        let Some(to) = compiler.take("rule-tag", at.child("map"), Tag::for_input(to)) else { continue };
        if !taken.insert(to.clone()) {
            let text = format!("Two tags would both be called `{to}`.");
            compiler.error("rule-tag-collision", at.child("map"), text);
        }
        map.insert(from.clone(), to);
    }
    let template =
        match &names.template {
            None => None,
            Some(text) => {
                let at = at.child("template");
                let template =
                    compiler.take("rule-tags", at.clone(), Template::parse(text, &TAG_PLACEHOLDERS))?;
                let one_tag = rule.source.tags.as_ref().is_some_and(|tags| {
                    tags.newest == Some(1) || matches!(tags.include.as_slice(), [TagPattern::Exact(_)])
                });
                if !template.has("tag") && !one_tag {
                    let text = "Without `{tag}` every tag would get the same name.";
                    compiler.findings.push(Finding::error("rule-tag-collision", text).at(at).hint(
                        "Write for example `{tag}-mirror`, or choose one tag by `exact` or `newest: 1`.",
                    ));
                    return None;
                }
                Some(template)
            }
        };
    Some((map, template))
}

fn check_settings(compiler: &mut Compiler, settings: &RepositorySettings, at: &FieldPath) {
    let exceptions_at = at.child("immutability_exceptions");
    if settings.immutability_exceptions.len() > 5 {
        compiler.error("rule-settings", exceptions_at.clone(), "ECR allows at most 5 exceptions.");
    }
    // Pattern of the ECR API model, `ImageTagMutabilityExclusionFilterValue`.
    for (i, filter) in settings.immutability_exceptions.iter().enumerate() {
        let fits = (1..=128).contains(&filter.len())
            && filter.bytes().all(|b| b.is_ascii_alphanumeric() || b"._*-".contains(&b));
        if !fits {
            let text = format!(
                "ECR does not accept the exception `{filter}`: 1 to 128 letters, digits, `.`, `_`, `-` and `*`."
            );
            compiler.error("rule-settings", exceptions_at.item(i), text);
        }
    }
    if let Some(Encryption::Kms(key) | Encryption::KmsDsse(key)) = &settings.encryption
        && !((1..=2048).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()))
    {
        compiler.error("rule-settings", at.child("encryption"), "A KMS key is an ARN, an id or an alias.");
    }
    let tags_at = at.child("tags");
    if settings.tags.len() > 50 {
        compiler.error("rule-settings", tags_at.clone(), "A repository has at most 50 resource tags.");
    }
    for (key, value) in &settings.tags {
        let problem = if key.to_ascii_lowercase().starts_with("aws:") {
            "Keys that begin with `aws:` are reserved by AWS."
        } else if !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256 {
            "A resource tag has a key of 1 to 128 characters and a value of at most 256."
        } else {
            continue;
        };
        compiler.error("rule-settings", tags_at.clone(), problem);
    }
}
