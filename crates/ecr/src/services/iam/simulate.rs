//! Whether a role exists, and what IAM's simulator says of calls.

use longshore_names::AccountId;

use super::call::{absent, input};
use crate::{EcrError, EcrErrorKind, client::xml::Node, services::Services};

/// The role that ECR replicates with (user guide, "Amazon ECR service-linked role for replication").
pub const REPLICATION_ROLE: &str = "AWSServiceRoleForECRReplication";

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IamRole {
    /// Its ARN, with its path.
    pub arn: String,
}

/// What IAM's simulator says of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    /// The action, such as `ecr:PutReplicationConfiguration`.
    pub action: String,
    /// Its decision.
    pub decision: SimulatedDecision,
    /// The statements that decided, as IAM names their policies.
    pub policies: Vec<String>,
    /// A policy of the organization is in the way.
    pub by_organization: bool,
    /// The permissions boundary is in the way.
    pub by_boundary: bool,
    /// Condition keys that policies name, and whose values the simulator was not given.
    pub missing_keys: Vec<String>,
}

/// A decision of the simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimulatedDecision {
    /// `allowed`
    Allowed,
    /// `explicitDeny`
    Denied,
    /// `implicitDeny`
    NotAllowed,
}

/// The principal whose policies are simulated, from an ARN of `GetCallerIdentity`: a user as it is. The
/// ARN of a session has the role's name without its path, so the role is only named.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source<'a> {
    User(&'a str),
    Role { partition: &'a str, account: AccountId, name: &'a str },
}

/// The kinds of callers whose policies IAM can simulate.
///
/// # Errors
/// Why it cannot, as a sentence.
fn source(arn: &str) -> Result<Source<'_>, &'static str> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, service, _, account, rest] = parts.as_slice() else {
        return Err("The caller has no ARN that IAM could simulate.");
    };
    match (*service, rest.split_once('/')) {
        ("iam", Some(("user", _))) => Ok(Source::User(arn)),
        ("sts", Some(("assumed-role", session))) => {
            let name = session.split('/').next().unwrap_or_default();
            let account = account.parse().map_err(|_| "The caller's ARN has no account.")?;
            Ok(Source::Role { partition, account, name })
        }
        _ => Err("IAM simulates users and roles only, and the caller is neither."),
    }
}

impl Services {
    /// A role of the caller's account; `None` if it does not exist.
    ///
    /// # Errors
    /// As calls to ECR; `access-denied` without `iam:GetRole`.
    pub async fn role(&self, name: &str) -> Result<Option<IamRole>, EcrError> {
        let answer = absent(self.iam("GetRole", input([("RoleName", name)])).await)?;
        let Some(answer) = answer else { return Ok(None) };
        let arn = answer.child("Role").and_then(|role| role.text_of("Arn")).unwrap_or_default();
        Ok(Some(IamRole { arn: longshore_names::shown(arn, 2_048) }))
    }

    /// What IAM's simulator says of actions on resources, by the policies of a user, a group or a role,
    /// its permissions boundary and its organization, in the registry's Region. Policies of sessions are
    /// not part of it.
    ///
    /// # Errors
    /// As calls to ECR; `access-denied` without `iam:SimulatePrincipalPolicy`.
    pub async fn simulate(
        &self,
        principal: &str,
        actions: &[&str],
        resource: &str,
    ) -> Result<Vec<Simulated>, EcrError> {
        let mut input = vec![
            ("PolicySourceArn".to_owned(), principal.to_owned()),
            ("ResourceArns.member.1".to_owned(), resource.to_owned()),
            ("ContextEntries.member.1.ContextKeyName".to_owned(), "aws:RequestedRegion".to_owned()),
            ("ContextEntries.member.1.ContextKeyType".to_owned(), "string".to_owned()),
            (
                "ContextEntries.member.1.ContextKeyValues.member.1".to_owned(),
                self.registry.region.to_string(),
            ),
        ];
        let numbered = actions.iter().enumerate();
        input.extend(
            numbered.map(|(n, action)| (format!("ActionNames.member.{}", n + 1), (*action).to_owned())),
        );
        let answer = self.iam("SimulatePrincipalPolicy", input).await?;
        Ok(answer.members("EvaluationResults").filter_map(simulated).collect())
    }
}

fn simulated(from: &Node) -> Option<Simulated> {
    let decision = match from.text_of("EvalDecision")? {
        "allowed" => SimulatedDecision::Allowed,
        "explicitDeny" => SimulatedDecision::Denied,
        "implicitDeny" => SimulatedDecision::NotAllowed,
        _ => return None,
    };
    let says_no = |detail, member| from.child(detail).and_then(|one| one.text_of(member)) == Some("false");
    Some(Simulated {
        action: longshore_names::shown(from.text_of("EvalActionName")?, 200),
        decision,
        policies: from
            .members("MatchedStatements")
            .filter_map(|statement| statement.text_of("SourcePolicyId"))
            .map(|policy| longshore_names::shown(policy, 300))
            .collect(),
        by_organization: says_no("OrganizationsDecisionDetail", "AllowedByOrganizations"),
        by_boundary: says_no("PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary"),
        missing_keys: from
            .members("MissingContextValues")
            .map(|key| longshore_names::shown(key.text(), 200))
            .collect(),
    })
}

/// The ARN whose policies are simulated for a caller, with a role's path, which only `iam:GetRole` tells.
///
/// # Errors
/// Why there is none: the reason as a sentence, or the failed call.
pub async fn policy_source(services: &Services, caller: &str) -> Result<String, PolicySourceError> {
    let (partition, account, name) = match source(caller).map_err(PolicySourceError::Kind)? {
        Source::User(arn) => return Ok(arn.to_owned()),
        Source::Role { partition, account, name } => (partition, account, name),
    };
    match services.role(name).await {
        Ok(Some(role)) => Ok(role.arn),
        Ok(None) => Err(PolicySourceError::Kind("IAM does not have the caller's role any more.")),
        // Most roles have no path. The simulator says so if this one has.
        Err(EcrError { kind: EcrErrorKind::AccessDenied { .. }, .. })
            if !name.starts_with("AWSReservedSSO_") =>
        {
            Ok(format!("arn:{partition}:iam::{account}:role/{name}"))
        }
        Err(error) => Err(PolicySourceError::Call(Box::new(error))),
    }
}

/// Why a caller's policies cannot be simulated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PolicySourceError {
    /// The caller is of another kind.
    #[error("{0}")]
    Kind(&'static str),
    /// The role could not be read.
    #[error("{0}")]
    Call(Box<EcrError>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_principal_of_a_caller_is_found_in_its_arn() {
        let user = "arn:aws:iam::111122223333:user/team/anna";
        assert_eq!(source(user), Ok(Source::User(user)));
        let role =
            Source::Role { partition: "aws-cn", account: "111122223333".parse().unwrap(), name: "deploy" };
        assert_eq!(source("arn:aws-cn:sts::111122223333:assumed-role/deploy/ci"), Ok(role));
        for other in ["arn:aws:iam::111122223333:root", "arn:aws:sts::111122223333:federated-user/a", "x", ""]
        {
            assert!(source(other).is_err(), "{other}");
        }
    }

    #[test]
    fn keys_that_the_simulator_was_not_given_are_read_with_its_decision() {
        let text = "<R><EvaluationResults><member><EvalActionName>ecr:PutImage</EvalActionName>\
            <EvalDecision>implicitDeny</EvalDecision><MatchedStatements/><MissingContextValues>\
            <member>aws:SourceVpce</member><member>ecr:ResourceTag/team</member></MissingContextValues>\
            </member></EvaluationResults></R>";
        let answer = Node::parse(text.as_bytes()).unwrap();
        let found: Vec<Simulated> = answer.members("EvaluationResults").filter_map(simulated).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].decision, SimulatedDecision::NotAllowed);
        assert_eq!(found[0].missing_keys, ["aws:SourceVpce", "ecr:ResourceTag/team"]);
    }
}
