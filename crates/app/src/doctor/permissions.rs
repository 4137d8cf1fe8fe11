//! Facts that services beside ECR know: which calls are allowed, the role of replication, keys of KMS.
//! What may not be asked is not known, with the permission that would be needed.

use std::collections::HashMap;

use longshore_ecr::{
    EcrError, PolicySourceError, REPLICATION_ROLE, Services, Simulated, SimulatedDecision, policy_source,
};
use longshore_names::AccountId;
use longshore_policy::{
    iam::PolicyScope,
    readiness::{AskedBy, CallAnswer, CallFact, Fact, Identity, KeyState},
};

use crate::{access::why_denied, api::ApiError};

/// A call that was made because it only reads.
pub(super) async fn read_call<T>(
    services: &Services,
    action: &str,
    answer: &Result<T, ApiError>,
) -> CallFact {
    let answer = match answer {
        Ok(_) => CallAnswer::Allowed,
        Err(error) if error.code == "access-denied" => {
            // These calls are about the caller's own registry, where its policy's scope decides nothing.
            let why = why_denied(services, PolicyScope::Unknown, &error.message).await;
            let text = [Some(error.message.clone()), why].into_iter().flatten().collect::<Vec<_>>().join(" ");
            CallAnswer::Denied { text, explicit: error.message.contains("explicit deny") }
        }
        Err(error) => CallAnswer::Untried(error.message.clone()),
    };
    CallFact { action: action.to_owned(), answer, how: AskedBy::Reading }
}

/// What IAM's simulator says of calls that write. An account is asked once, for all its Regions.
#[derive(Default)]
pub(super) struct SimulatedCalls(HashMap<(AccountId, &'static str), CallFact>);

impl SimulatedCalls {
    /// The calls in the order of `actions`.
    pub(super) async fn ask(
        &mut self,
        services: &Services,
        identity: &Fact<Identity>,
        actions: &[&'static str],
    ) -> Vec<CallFact> {
        let account = &services.registry.account;
        let is_new = |action: &&&'static str| !self.0.contains_key(&(account.clone(), **action));
        let new: Vec<&'static str> = actions.iter().filter(is_new).copied().collect();
        if !new.is_empty() {
            let results = simulate(services, identity, &new).await;
            for action in new {
                let fact = match &results {
                    Ok(results) => decided(action, results),
                    Err(reason) => untried(action, reason.clone()),
                };
                self.0.insert((account.clone(), action), fact);
            }
        }
        actions.iter().filter_map(|action| self.0.get(&(account.clone(), *action)).cloned()).collect()
    }
}

async fn simulate(
    services: &Services,
    identity: &Fact<Identity>,
    actions: &[&str],
) -> Result<Vec<Simulated>, String> {
    let caller = match identity.get().map_err(str::to_owned)? {
        Identity::Proven { principal, .. } => principal,
        Identity::Refused { text } => return Err(text.clone()),
    };
    let unread =
        |error: &EcrError| reason("It can only be tried by writing, and IAM did not simulate it.", error);
    let source = policy_source(services, caller).await.map_err(|error| match error {
        PolicySourceError::Call(error) => unread(&error),
        PolicySourceError::Kind(text) => format!("It can only be tried by writing. {text}"),
    })?;
    services.simulate(&source, actions, "*").await.map_err(|error| unread(&error))
}

fn untried(action: &str, reason: String) -> CallFact {
    CallFact { action: action.to_owned(), answer: CallAnswer::Untried(reason), how: AskedBy::Nothing }
}

fn decided(action: &str, results: &[Simulated]) -> CallFact {
    let Some(found) = results.iter().find(|one| one.action.eq_ignore_ascii_case(action)) else {
        return untried(action, "IAM's simulator did not answer for it.".to_owned());
    };
    let by = match (found.by_organization, found.by_boundary, found.policies.as_slice()) {
        (true, ..) => " by a policy of the organization".to_owned(),
        (_, true, _) => " by the permissions boundary".to_owned(),
        (.., []) => String::new(),
        (.., policies) => format!(" by {}", policies.join(", ")),
    };
    let answer = match found.decision {
        SimulatedDecision::Allowed => CallAnswer::Allowed,
        SimulatedDecision::Denied => CallAnswer::Denied { text: format!("explicitDeny{by}"), explicit: true },
        SimulatedDecision::NotAllowed => CallAnswer::Denied {
            text: format!("implicitDeny{by}"),
            explicit: found.by_organization || found.by_boundary,
        },
    };
    CallFact { action: action.to_owned(), answer, how: AskedBy::Simulating }
}

/// Whether the account has the role that ECR replicates with.
pub(super) async fn service_role(services: &Services) -> Fact<bool> {
    match services.role(REPLICATION_ROLE).await {
        Ok(role) => Fact::Known(role.is_some()),
        Err(error) => Fact::Unknown(reason("IAM did not say.", &error)),
    }
}

/// The state of a key of KMS, asked in the Region of the registry.
pub(super) async fn key_state(services: &Services, key: &str) -> Fact<KeyState> {
    match services.key(key).await {
        Ok(None) => Fact::Known(KeyState::Missing),
        Ok(Some(found)) => Fact::Known(match found.state {
            longshore_ecr::KeyState::Enabled => KeyState::Enabled,
            longshore_ecr::KeyState::Disabled => KeyState::Disabled,
            longshore_ecr::KeyState::PendingDeletion => KeyState::PendingDeletion,
            longshore_ecr::KeyState::Other(word) => KeyState::Unusable(word),
        }),
        Err(error) => Fact::Unknown(reason("KMS did not say.", &error)),
    }
}

/// Why something is not known: the permission that was missing, or what went wrong.
fn reason(what: &str, error: &EcrError) -> String {
    match error.needed_permission() {
        Some(permission) => format!("{what} The caller needs `{permission}`."),
        None => format!("{what} {}", ApiError::from(error.clone()).message),
    }
}
