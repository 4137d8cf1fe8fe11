//! Keys of KMS with which replicated images are encrypted: those of repositories at the destination, and
//! those of creation templates.

use std::collections::BTreeMap;

use longshore_names::RegistryId;

use super::{
    Check, CheckSide, Encryption, Fact, Facts, Fix, RegistryFacts, place, taken,
    templates::request as templates_of,
};

const ID: &str = "kms-key";
const SIDE: CheckSide = CheckSide::Destination;

/// What is known about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFact {
    /// The key, as the repository or template names it.
    pub key: String,
    /// Its state, asked in the Region of the registry.
    pub state: Fact<KeyState>,
}

/// The state of a key of KMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    /// It can be used.
    Enabled,
    /// It was disabled.
    Disabled,
    /// It will be deleted.
    PendingDeletion,
    /// Another state in which it cannot be used, as KMS names it.
    Unusable(String),
    /// It does not exist in the Region.
    Missing,
}

/// The keys that replicated images of the rule are encrypted with at a destination, each with what uses
/// it. Keys that AWS manages are not among them.
pub fn keys_in_use(facts: &Facts, destination: &RegistryFacts) -> BTreeMap<String, String> {
    let mut used = BTreeMap::new();
    let mut add = |encryption: &Encryption, what: String| {
        if let Encryption::Kms { key: Some(key), .. } = encryption {
            used.entry(key.clone()).or_insert(what);
        }
    };
    let templates = destination.templates.known().map(Vec::as_slice).unwrap_or_default();
    for template in templates.iter().filter(|template| template.for_replication) {
        add(&template.encryption, format!("the creation template `{}`", template.prefix));
    }
    let repositories = destination.repositories.known().map(Vec::as_slice).unwrap_or_default();
    for repository in taken(facts, repositories) {
        add(&repository.encryption, format!("the repository `{}`", repository.name));
    }
    used
}

/// Whether a key is of another Region than the registry that uses it.
fn is_elsewhere(key: &str, destination: &RegistryFacts) -> bool {
    let region = key.split(':').nth(3).unwrap_or_default();
    !region.is_empty() && region != destination.registry.region.as_str()
}

/// One check for each key, and one for each template that cannot use KMS.
pub(super) fn check(facts: &Facts, destination: &RegistryFacts, checks: &mut Vec<Check>) {
    let here = &destination.registry;
    for (key, user) in keys_in_use(facts, destination) {
        checks.push(one(&key, &user, destination));
    }
    let templates = destination.templates.known().map(Vec::as_slice).unwrap_or_default();
    let with_kms = |encryption: &Encryption| matches!(encryption, Encryption::Kms { .. });
    let lacking =
        templates.iter().filter(|one| one.for_replication && with_kms(&one.encryption) && !one.has_role);
    for template in lacking {
        let text = format!(
            "The creation template `{}` in {} uses KMS without a `customRoleArn`, so creation fails.",
            template.prefix,
            place(here)
        );
        let answer = format!("{}: encryptionType KMS, no customRoleArn", template.prefix);
        checks.push(Check::failed(ID, SIDE, here, text).evidence(templates_of(here), answer));
    }
}

/// What says which keys are used.
fn settings(here: &RegistryId) -> String {
    format!("DescribeRepositories and {}", templates_of(here))
}

fn one(key: &str, user: &str, destination: &RegistryFacts) -> Check {
    let here = &destination.registry;
    let who = format!("The KMS key `{key}` of {user} in {}", place(here));
    if is_elsewhere(key, destination) {
        let text = format!("{who} is not in that Region, so ECR cannot use it.");
        return Check::failed(ID, SIDE, here, text).evidence(settings(here), format!("{user}: kmsKey {key}"));
    }
    let request = format!("DescribeKey of `{key}` in {}", here.region);
    let known = destination.keys.iter().find(|fact| fact.key == key).map(|fact| fact.state.get());
    let state = match known.unwrap_or(Err("It was not read.")) {
        Ok(state) => state,
        Err(reason) => {
            let what = format!("Whether ECR can use the KMS key `{key}` of {user} in {}", place(here));
            return Check::unknown(ID, SIDE, here, &what, (request, reason));
        }
    };
    let enable = format!("aws kms enable-key --key-id {key} --region {}", here.region);
    let fix = |copy: String| Fix::EnableKey { registry: here.clone(), key: key.to_owned(), copy };
    match state {
        KeyState::Enabled => {
            let text = format!("{who} exists and is enabled. Its key policy cannot be checked from here.");
            Check::ok(ID, SIDE, here, text).evidence(request, "Enabled")
        }
        KeyState::Disabled => {
            let text = format!("{who} is disabled, so images cannot be stored.");
            Check::failed(ID, SIDE, here, text).evidence(request, "Disabled").fix(fix(enable))
        }
        KeyState::PendingDeletion => {
            let cancel = format!("aws kms cancel-key-deletion --key-id {key} --region {}", here.region);
            let text = format!("{who} will be deleted and cannot be used.");
            let fix = fix(format!("{cancel}\n{enable}"));
            Check::failed(ID, SIDE, here, text).evidence(request, "PendingDeletion").fix(fix)
        }
        KeyState::Unusable(word) => {
            let text = format!("{who} cannot be used: its state is {word}.");
            Check::failed(ID, SIDE, here, text).evidence(request, word)
        }
        KeyState::Missing => {
            let text = format!("{who} does not exist.");
            Check::failed(ID, SIDE, here, text).evidence(request, "NotFoundException")
        }
    }
}
