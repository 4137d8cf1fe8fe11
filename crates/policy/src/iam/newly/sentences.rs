//! What is newly allowed and newly denied, in sentences for people.

use std::collections::BTreeMap;

use longshore_names::{AccountId, RegistryId};

use super::{Grantee, Resource, Triple};
use crate::{
    iam::{CREATE_REPOSITORY, REPLICATE_IMAGE, actions, explain},
    sentence,
};

/// The actions of a pull, in order.
const PULL: [&str; 2] = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
/// The actions of a push, in order.
const PUSH: [&str; 5] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
];

type Names<'a> = &'a dyn Fn(&AccountId) -> Option<String>;

impl Triple {
    /// The triple in one sentence, such as *Allow account Dev (111122223333) to use
    /// `ecr:ReplicateImage` on repositories whose names begin with `prod-`.*
    ///
    /// `names` gives the name that the user gave an account.
    pub fn sentence(&self, registry: &RegistryId, names: Names<'_>) -> String {
        let action = std::slice::from_ref(&self.action);
        let on = std::slice::from_ref(&self.resource);
        told(&ALLOW, &self.principal, action, on, &self.condition, registry, names)
    }
}

/// The words of a kind of sentence.
struct Words {
    verb: &'static str,
    all: &'static str,
}

const ALLOW: Words = Words { verb: "Allow", all: "everything" };
const FORBID: Words = Words { verb: "Forbid", all: "anything" };

/// The triples in as few sentences as possible: those of one principal and one condition together,
/// such as *Allow account Dev (111122223333) to replicate images into repositories whose names begin
/// with `prod-`, and create missing repositories.*
pub fn grouped_sentences(triples: &[Triple], registry: &RegistryId, names: Names<'_>) -> Vec<String> {
    grouped(&ALLOW, triples, registry, names)
}

/// What is newly denied, as [`grouped_sentences`], such as *Forbid everyone to use
/// `ecr:DeleteRepository` on any repository in this registry.*
pub fn grouped_denials(triples: &[Triple], registry: &RegistryId, names: Names<'_>) -> Vec<String> {
    grouped(&FORBID, triples, registry, names)
}

fn grouped(words: &Words, triples: &[Triple], registry: &RegistryId, names: Names<'_>) -> Vec<String> {
    let mut actions: BTreeMap<(&Grantee, &Option<String>, &Resource), Vec<&str>> = BTreeMap::new();
    for triple in triples {
        let key = (&triple.principal, &triple.condition, &triple.resource);
        actions.entry(key).or_default().push(&triple.action);
    }
    let mut groups: BTreeMap<Group<'_>, Vec<Resource>> = BTreeMap::new();
    for ((principal, condition, resource), mut actions) in actions {
        actions.sort_unstable();
        let of_registry = *resource == Resource::Registry;
        let group = Group { principal, condition, of_registry, actions };
        groups.entry(group).or_default().push(resource.clone());
    }
    let sentence = |(group, on): (Group<'_>, Vec<Resource>)| {
        let actions: Vec<String> = group.actions.iter().map(|action| (*action).to_owned()).collect();
        told(words, group.principal, &actions, &on, group.condition, registry, names)
    };
    groups.into_iter().map(sentence).collect()
}

/// What one sentence is about.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Group<'a> {
    principal: &'a Grantee,
    condition: &'a Option<String>,
    of_registry: bool,
    actions: Vec<&'a str>,
}

fn told(
    words: &Words,
    principal: &Grantee,
    actions: &[String],
    resources: &[Resource],
    condition: &Option<String>,
    registry: &RegistryId,
    names: Names<'_>,
) -> String {
    let places: Vec<String> = resources.iter().map(|resource| place(resource, registry)).collect();
    let places = sentence::list(&places, "and");
    let deed = deed(words.all, actions, &places, resources.contains(&Resource::Registry));
    let condition = condition.as_ref().map(|text| format!(", if {text}")).unwrap_or_default();
    format!("{} {} to {deed}{condition}.", words.verb, principal.phrase(names))
}

fn place(resource: &Resource, registry: &RegistryId) -> String {
    let Resource::Repositories { within, except } = resource else {
        return "the registry itself".into();
    };
    let phrases = |all: &[String]| -> Vec<String> {
        all.iter().map(|pattern| explain::resource(pattern, registry)).collect()
    };
    let mut text = phrases(within).join(" that are also ");
    if !except.is_empty() {
        text.push_str(&format!(" except {}", sentence::list(&phrases(except), "and")));
    }
    text
}

fn deed(everything: &str, all: &[String], place: &str, of_registry: bool) -> String {
    let is = |wanted: &[&str]| all.iter().map(String::as_str).eq(wanted.iter().copied());
    let mut missing: Vec<String> = actions::allowable()
        .filter(|action| actions::is_on_registry(action) == of_registry && !all.contains(action))
        .map(|action| format!("`{action}`"))
        .collect();
    missing.sort();
    match missing.len() {
        0 => return format!("do {everything} with {place}"),
        1..=4 => return format!("do {everything} with {place} except {}", sentence::list(&missing, "and")),
        _ => {}
    }
    if is(&[CREATE_REPOSITORY, REPLICATE_IMAGE]) {
        return format!("replicate images into {place}, and create missing repositories");
    }
    if is(&[REPLICATE_IMAGE]) {
        return format!("replicate images into {place}");
    }
    if is(&[CREATE_REPOSITORY]) {
        return format!("create {place}");
    }
    if is(&PULL) {
        return format!("pull images from {place}");
    }
    if is(&PUSH) {
        return format!("push images into {place}");
    }
    let codes: Vec<String> = all.iter().map(|action| format!("`{action}`")).collect();
    format!("use {} on {place}", sentence::list(&codes, "and"))
}
