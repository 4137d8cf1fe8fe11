//! Creation templates of the destination: they give repositories that replication creates their
//! settings, which are not replicated.

use longshore_names::RegistryId;
use serde_json::{Map, Value, json};

use super::{
    Check, CheckSide, CreationTemplate, Encryption, Facts, Fix, RegistryFacts, RepositoryState,
    TagMutability, place, taken,
};
use crate::sentence;

const SIDE: CheckSide = CheckSide::Destination;

/// The template for replication that applies to a name: the longest prefix, `ROOT` last.
fn template_for<'t>(name: &str, all: &'t [CreationTemplate]) -> Option<&'t CreationTemplate> {
    let prefix = |template: &CreationTemplate| match template.prefix.as_str() {
        "ROOT" => Some(0),
        prefix => {
            let begin = prefix.trim_end_matches('/');
            name.strip_prefix(begin).filter(|rest| rest.starts_with('/')).map(|_| begin.len())
        }
    };
    let fitting = all.iter().filter(|template| template.for_replication);
    fitting.filter_map(|one| Some((prefix(one)?, one))).max_by_key(|(length, _)| *length).map(|(_, one)| one)
}

/// Whether a repository has settings that a new one would not get by itself.
fn is_special(repository: &RepositoryState) -> bool {
    repository.mutability != TagMutability::default() || repository.encryption != Encryption::Aes256
}

pub(super) fn check(facts: &Facts, destination: &RegistryFacts, checks: &mut Vec<Check>) {
    const ID: &str = "template-missing";
    let here = &destination.registry;
    let what = format!("Whether new repositories in {} get the right settings", place(here));
    let repositories =
        || format!("DescribeRepositories in {} and {}", place(&facts.source.registry), place(here));
    let known = facts.source.repositories.get().and_then(|own| Ok((own, destination.repositories.get()?)));
    let (own, there) = match known {
        Ok(known) => known,
        Err(reason) => {
            return checks.push(Check::unknown(ID, SIDE, here, &what, (repositories(), reason)));
        }
    };
    let exists = |one: &&RepositoryState| there.iter().any(|other| other.name == one.name);
    let new: Vec<&RepositoryState> = taken(facts, own).into_iter().filter(|one| !exists(one)).collect();
    let special: Vec<&RepositoryState> = new.iter().copied().filter(|one| is_special(one)).collect();
    if special.is_empty() {
        let text = format!("No repository that will be created in {} has special settings.", place(here));
        let answer = match new.len() {
            0 => "every repository that the rule takes exists at the destination".to_owned(),
            some => format!("missing at the destination: {some}, with mutable tags and AES256"),
        };
        return checks.push(Check::ok(ID, SIDE, here, text).evidence(repositories(), answer));
    }
    let templates = match destination.templates.get() {
        Ok(templates) => templates,
        Err(reason) => {
            return checks.push(Check::unknown(ID, SIDE, here, &what, (request(here), reason)));
        }
    };
    let template = |one: &RepositoryState| template_for(one.name.as_str(), templates);
    let without: Vec<&RepositoryState> =
        special.iter().copied().filter(|one| template(one).is_none()).collect();
    let prefixes: Vec<&str> = templates.iter().map(|template| template.prefix.as_str()).collect();
    let answer = match prefixes.is_empty() {
        true => "no template".to_owned(),
        false => prefixes.join(", "),
    };
    if !without.is_empty() {
        let text = format!(
            "{} has no creation template for replication, so {} will have mutable tags, AES-256 and no policy there.",
            place(here),
            names(&without)
        );
        let check = Check::warning(ID, SIDE, here, text).evidence(request(here), answer);
        return checks.push(check.fix(put(destination, &without, templates)));
    }
    let differs: Vec<&RepositoryState> = special
        .into_iter()
        .filter(|one| template(one).is_some_and(|template| template.mutability != one.mutability))
        .collect();
    if differs.is_empty() {
        let text = format!("A creation template in {} gives new repositories their settings.", place(here));
        checks.push(Check::ok(ID, SIDE, here, text).evidence(request(here), answer));
    } else {
        let text = format!(
            "The creation template in {} gives {} another tag mutability than here.",
            place(here),
            names(&differs)
        );
        checks.push(
            Check::warning("template-differs", SIDE, here, text).evidence(request(here), answer).fix(put(
                destination,
                &differs,
                templates,
            )),
        );
    }
}

/// What lists the templates of a registry.
pub(super) fn request(here: &RegistryId) -> String {
    format!("DescribeRepositoryCreationTemplates in {}", place(here))
}

fn names(all: &[&RepositoryState]) -> String {
    let shown: Vec<String> = all.iter().take(5).map(|one| format!("`{}`", one.name)).collect();
    match all.len() - shown.len() {
        0 => sentence::list(&shown, "and"),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A template with the settings of the first of these repositories.
fn put(destination: &RegistryFacts, all: &[&RepositoryState], templates: &[CreationTemplate]) -> Option<Fix> {
    let first = all.first()?;
    let existing = template_for(first.name.as_str(), templates).map(|template| template.prefix.clone());
    let mut template = Map::new();
    template.insert("prefix".into(), existing.unwrap_or_else(|| common_prefix(all)).into());
    template.insert("appliedFor".into(), json!(["REPLICATION"]));
    let TagMutability { immutable, except } = &first.mutability;
    let word = match (immutable, except.is_empty()) {
        (true, true) => "IMMUTABLE",
        (true, false) => "IMMUTABLE_WITH_EXCLUSION",
        (false, true) => "MUTABLE",
        (false, false) => "MUTABLE_WITH_EXCLUSION",
    };
    template.insert("imageTagMutability".into(), word.into());
    if !except.is_empty() {
        let filters = except.iter().map(|filter| json!({ "filterType": "WILDCARD", "filter": filter }));
        template.insert("imageTagMutabilityExclusionFilters".into(), filters.collect());
    }
    let mut needs = Vec::new();
    if let Encryption::Kms { kind, key } = &first.encryption {
        template.insert("encryptionConfiguration".into(), json!({ "encryptionType": kind }));
        needs.push("customRoleArn");
        // The source's key is of no use in another Region or account.
        if key.is_some() {
            needs.push("encryptionConfiguration.kmsKey");
        }
    }
    let registry = destination.registry.clone();
    Some(Fix::PutCreationTemplate { registry, template: Value::Object(template), needs })
}

/// The part before a `/` that all names share, or `ROOT`.
fn common_prefix(all: &[&RepositoryState]) -> String {
    let folders = |one: &&RepositoryState| -> Vec<String> {
        let mut parts: Vec<String> = one.name.as_str().split('/').map(str::to_owned).collect();
        parts.pop();
        parts
    };
    let mut common = all.first().map(folders).unwrap_or_default();
    for one in all {
        let parts = folders(one);
        let same = common.iter().zip(&parts).take_while(|(a, b)| a == b).count();
        common.truncate(same);
    }
    if common.is_empty() { "ROOT".into() } else { common.join("/") }
}
