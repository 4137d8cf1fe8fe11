//! Facts that services beside ECR know: which calls are allowed, the role of replication, keys of KMS.
//! What may not be asked is not known, with the permission that would be needed.

use std::collections::{BTreeMap, HashMap};

use longshore_ecr::{
    EcrError, PolicySourceError, REPLICATION_ROLE, Services, Simulated, SimulatedDecision, policy_source,
};
use longshore_names::RegistryId;
use longshore_policy::{
    iam::PolicyScope,
    readiness::{AskedBy, CallAnswer, CallFact, Fact, Identity, KeyState, NeededCall, Purpose},
};

use crate::{access::why_denied, api::ApiError};

/// A call that was made because it only reads. `on` is `*`, or the ARN of what was read.
pub(super) async fn read_call<T>(
    services: &Services,
    action: &str,
    on: &str,
    purpose: Purpose,
    answer: Result<T, &ApiError>,
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
    CallFact { action: action.to_owned(), resource: on.to_owned(), purpose, answer, how: AskedBy::Reading }
}

/// What IAM's simulator says of calls. Nothing is asked twice.
#[derive(Default)]
pub(super) struct SimulatedCalls(HashMap<Asked, (CallAnswer, AskedBy)>);

/// A call without what it is made for: the registry, the action and the resource.
type Asked = (RegistryId, &'static str, String);

impl SimulatedCalls {
    /// The calls of a registry, in their order.
    pub(super) async fn ask(
        &mut self,
        services: &Services,
        identity: &Fact<Identity>,
        calls: &[&NeededCall],
    ) -> Vec<CallFact> {
        let mut new: BTreeMap<&str, Vec<&'static str>> = BTreeMap::new();
        for call in calls.iter().filter(|call| !self.0.contains_key(&asked(call))) {
            new.entry(&call.resource).or_default().push(call.action);
        }
        for (resource, actions) in new {
            let results = simulate(services, identity, &actions, resource).await;
            for action in actions {
                let answer = match &results {
                    Ok(results) => decided(action, results),
                    Err(reason) => (CallAnswer::Untried(reason.clone()), AskedBy::Nothing),
                };
                self.0.insert((services.registry.clone(), action, resource.to_owned()), answer);
            }
        }
        let fact = |call: &&NeededCall| {
            let (answer, how) = self.0.get(&asked(call))?.clone();
            Some(CallFact {
                action: call.action.to_owned(),
                resource: call.resource.clone(),
                purpose: call.purpose,
                answer,
                how,
            })
        };
        calls.iter().filter_map(fact).collect()
    }
}

fn asked(call: &NeededCall) -> Asked {
    (call.registry.clone(), call.action, call.resource.clone())
}

async fn simulate(
    services: &Services,
    identity: &Fact<Identity>,
    actions: &[&str],
    resource: &str,
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
    services.simulate(&source, actions, resource).await.map_err(|error| unread(&error))
}

fn decided(action: &str, results: &[Simulated]) -> (CallAnswer, AskedBy) {
    let unknown = |reason: String| (CallAnswer::Untried(reason), AskedBy::Nothing);
    let Some(found) = results.iter().find(|one| one.action.eq_ignore_ascii_case(action)) else {
        return unknown("IAM's simulator did not answer for it.".to_owned());
    };
    // A condition on a key that the simulator does not know can turn the answer, but not an explicit Deny.
    if !found.missing_keys.is_empty() && found.decision != SimulatedDecision::Denied {
        let keys: Vec<String> = found.missing_keys.iter().map(|key| format!("`{key}`")).collect();
        return unknown(format!(
            "Policies of the caller depend on {}, which IAM's simulator does not know.",
            keys.join(", ")
        ));
    }
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
    (answer, AskedBy::Simulating)
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
