//! IAM Toolbox: which policy denied a request, by the authorization id in its denial (IAM user guide,
//! "Troubleshoot access denied error messages with authorization ID").

use serde_json::{Value, json};

use super::{Services, hosts};
use crate::{EcrError, JsonCall, JsonTarget};

/// The longest id.
const LONGEST: usize = 256;
/// The most evaluations that are kept, each one an action on a resource.
const MOST: usize = 20;

/// What IAM Toolbox says of a denied request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationDetails {
    /// One for each action and resource, at most 20.
    pub evaluations: Vec<AuthorizationEvaluation>,
}

/// The evaluation of an action on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationEvaluation {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// `ALLOW`, `EXPLICIT_DENY` or `IMPLICIT_DENY`.
    pub effect: String,
    /// The checks that denied it, such as `SERVICE_CONTROL_POLICY`, each with the policies and Sids of the
    /// statements that matched.
    pub denied_by: Vec<(String, Vec<String>)>,
}

/// The authorization id in the text of a denial: *… with the following authorization id: ID*, or in the
/// link to the console, *…/authorization-details/ID*.
pub fn authorization_id(message: &str) -> Option<&str> {
    let lower = message.to_ascii_lowercase();
    ["authorization id:", "authorization-details/"].iter().find_map(|marker| {
        let rest = message.get(lower.find(marker)? + marker.len()..)?.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        rest.get(..end).filter(|id| (1..=LONGEST).contains(&id.len()))
    })
}

impl Services {
    /// Why a request was denied, by its authorization id; kept for at least 24 hours.
    ///
    /// # Errors
    /// As calls to ECR; `access-denied` without `iam:GetRequestAuthorizationDetails`; `refused` when the
    /// id is not known any more.
    pub async fn authorization(&self, id: &str) -> Result<AuthorizationDetails, EcrError> {
        const OPERATION: &str = "GetRequestAuthorizationDetails";
        let custom = self.endpoints.iam_toolbox.clone();
        let aws = || hosts::regional("iam-toolbox", &self.registry.region, self.hosts);
        let mut endpoint = custom.or_else(aws).ok_or_else(|| self.no_address(OPERATION))?;
        if let Ok(mut path) = endpoint.path_segments_mut() {
            path.pop_if_empty().extend(["authorization-details", id]);
        }
        let call = JsonCall {
            registry: self.registry.clone(),
            service: "iam",
            region: self.registry.region.as_str(),
            endpoint,
            target: JsonTarget::Get,
            operation: OPERATION,
            input: json!({}),
        };
        let answer = call.send(&self.credentials, &self.network).await?;
        let listed = list(&answer, "evaluations");
        Ok(AuthorizationDetails { evaluations: listed.iter().take(MOST).map(evaluation).collect() })
    }
}

fn list<'v>(of: &'v Value, name: &str) -> &'v [Value] {
    of.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text(of: &Value, name: &str) -> String {
    longshore_names::shown(of.get(name).and_then(Value::as_str).unwrap_or_default(), 500)
}

fn evaluation(from: &Value) -> AuthorizationEvaluation {
    let denies = |check: &&Value| text(check, "evaluatedEffect").ends_with("_DENY");
    let policies = |check: &Value| -> Vec<String> {
        list(check, "matchedPolicies").iter().take(MOST).map(policy).collect()
    };
    let checks = list(from, "checks").iter().filter(denies);
    AuthorizationEvaluation {
        action: text(from, "action"),
        resource: text(from, "resource"),
        effect: text(from, "evaluatedEffect"),
        denied_by: checks.take(MOST).map(|check| (text(check, "checkType"), policies(check))).collect(),
    }
}

/// A policy with the Sids of its statements that matched.
fn policy(from: &Value) -> String {
    let statements = list(from, "matchedStatements").iter().take(MOST);
    let sids: Vec<String> = statements.map(|one| text(one, "sid")).filter(|sid| !sid.is_empty()).collect();
    match sids.is_empty() {
        true => text(from, "uri"),
        false => format!("{} ({})", text(from, "uri"), sids.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_found_in_a_denial() {
        let denial = "User: arn:aws:iam::123456789012:user/anna is not authorized to perform: ecr:PutImage on \
                      resource: * with an explicit deny in an identity-based policy. Go to \
                      https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/a1b2 \
                      for complete details, or call the GetRequestAuthorizationDetails API with the following \
                      authorization id: a1b2c3";
        assert_eq!(authorization_id(denial), Some("a1b2c3"));
        let link = denial.split(" for complete").next().unwrap();
        assert_eq!(authorization_id(link), Some("a1b2"));
        let long = format!("authorization id: {}", "a".repeat(300));
        for none in ["", "is not authorized", "authorization id: ", "authorization id: ../x", long.as_str()] {
            assert_eq!(authorization_id(none), None, "{none}");
        }
    }

    #[test]
    fn only_checks_that_deny_are_kept_with_their_sids() {
        let from = json!({
            "action": "ecr:PutImage", "resource": "*", "evaluatedEffect": "EXPLICIT_DENY",
            "checks": [
                {"checkType": "PRINCIPAL", "evaluatedEffect": "ALLOW", "matchedPolicies": [{"uri": "a"}]},
                {"checkType": "SERVICE_CONTROL_POLICY", "evaluatedEffect": "EXPLICIT_DENY",
                 "matchedPolicies": [{"uri": "p-1", "matchedStatements": [{"sid": "No"}]}, {"uri": "p-2"}]},
            ],
        });
        let found = evaluation(&from);
        let by = ("SERVICE_CONTROL_POLICY".to_owned(), vec!["p-1 (No)".to_owned(), "p-2".to_owned()]);
        assert_eq!((found.effect.as_str(), found.denied_by), ("EXPLICIT_DENY", vec![by]));
    }
}
