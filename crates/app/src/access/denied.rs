//! Why a request was denied: as IAM Toolbox says, where the denial has an authorization id; else as our
//! own evaluator reads the denial. The text says which.

use longshore_ecr::{AuthorizationDetails, EcrError, EcrErrorKind, Services, authorization_id};
use longshore_policy::iam::PolicyScope as Enforced;

use crate::{
    App,
    api::{ApiError, PolicyScope, RegistryKey},
    denial::evaluated,
};

/// Why the request was denied whose refusal is `message`; `None` when the message does not say who was
/// denied what. `scope` is that of the registry's policy.
pub(crate) async fn why_denied(services: &Services, scope: Enforced, message: &str) -> Option<String> {
    let own = || evaluated(message, &services.registry, scope);
    let Some(id) = authorization_id(message) else { return own() };
    let unanswered = match services.authorization(id).await {
        Ok(details) => match told(&details) {
            Some(text) => return Some(text),
            None => "IAM Toolbox does not say which policy denied it.".to_owned(),
        },
        Err(error @ EcrError { kind: EcrErrorKind::AccessDenied { .. }, .. }) => format!(
            "IAM Toolbox may not be asked about authorization id {id}: that needs `{}`.",
            error.needed_permission().unwrap_or_default()
        ),
        Err(error) => format!("IAM Toolbox did not answer for authorization id {id}: {error}."),
    };
    Some(match own() {
        Some(own) => format!("{unanswered} {own}"),
        None => unanswered,
    })
}

impl App {
    /// A denial with its cause in the hint; other errors as they are.
    pub(crate) async fn with_cause_of_denial(&self, registry: &RegistryKey, error: ApiError) -> ApiError {
        if error.code != "access-denied" {
            return error;
        }
        let Ok(connection) = self.connection(registry).await else { return error };
        let scope = PolicyScope::known(self.policy_scope(registry).await.ok());
        match why_denied(&connection.services, scope, &error.message).await {
            Some(why) => error.hint(why),
            None => error,
        }
    }
}

/// What IAM Toolbox says.
fn told(details: &AuthorizationDetails) -> Option<String> {
    let denied = details.evaluations.iter().filter(|one| one.effect != "ALLOW");
    let parts: Vec<String> = denied
        .map(|one| {
            let how = match one.effect.as_str() {
                "EXPLICIT_DENY" => "is denied explicitly",
                _ => "is allowed by no statement",
            };
            let by = one.denied_by.iter().map(|(check, policies)| match policies.is_empty() {
                true => check.clone(),
                false => format!("{check}: {}", policies.join(", ")),
            });
            let by: Vec<String> = by.collect();
            let by = if by.is_empty() { String::new() } else { format!(" ({})", by.join("; ")) };
            format!("`{}` on `{}` {how}{by}", one.action, one.resource)
        })
        .collect();
    (!parts.is_empty()).then(|| format!("IAM Toolbox says: {}.", parts.join("; ")))
}

#[cfg(test)]
mod tests {
    use longshore_ecr::AuthorizationEvaluation;
    use longshore_names::RegistryId;

    use super::*;

    #[test]
    fn the_text_names_the_policy_and_who_says_so() {
        let one = AuthorizationEvaluation {
            action: "ecr:PutImage".into(),
            resource: "*".into(),
            effect: "EXPLICIT_DENY".into(),
            denied_by: vec![("SERVICE_CONTROL_POLICY".into(), vec!["p-1 (No)".into()])],
        };
        assert_eq!(
            told(&AuthorizationDetails { evaluations: vec![one] }).unwrap(),
            "IAM Toolbox says: `ecr:PutImage` on `*` is denied explicitly (SERVICE_CONTROL_POLICY: p-1 (No))."
        );
        assert_eq!(told(&AuthorizationDetails { evaluations: vec![] }), None);
        let registry = RegistryId::new("444455556666".parse().unwrap(), "us-west-2".parse().unwrap());
        let denial = "User: arn:aws:iam::444455556666:user/anna is not authorized to perform: ecr:PutImage on \
                      resource: * because no identity-based policy allows the ecr:PutImage action";
        let own = evaluated(denial, &registry, Enforced::V2).unwrap();
        assert!(
            own.starts_with("As Longshore evaluates the denial: An administrator of account 444455556666")
        );
        let explicit =
            evaluated(&format!("{denial} with an explicit deny"), &registry, Enforced::V2).unwrap();
        assert!(explicit.contains("Find the statement with `Deny`"), "{explicit}");
        assert_eq!(evaluated("no", &registry, Enforced::V2), None);
    }
}
