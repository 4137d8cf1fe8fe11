//! What `PutRegistryPolicy` and `SetRepositoryPolicy` accept.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{access::policy::STATEMENT_MEMBERS, state::PolicyScope};

/// Why a policy is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::control) enum Problem {
    /// It is not a registry policy.
    #[error("{0}")]
    Grammar(&'static str),
    /// It names the unique id of a role or user, as IAM leaves it after the role or user is
    /// deleted.
    #[error("there is no principal {0}")]
    NoPrincipal(String),
}

impl From<&'static str> for Problem {
    fn from(problem: &'static str) -> Self {
        Self::Grammar(problem)
    }
}

impl Problem {
    /// The reason that the caller is given; the rest goes to the sandbox's log.
    pub(in crate::control) fn said(&self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Self::NoPrincipal(_), _) => "Principal not found",
            (Self::Grammar(_), Kind::Registry(_)) => "Invalid registry policy provided",
            (Self::Grammar(_), Kind::Repository) => "Invalid repository policy provided",
        }
    }
}

/// Which policy it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::control) enum Kind {
    /// Its statements are about repositories, and have a version and unique Sids.
    Registry(PolicyScope),
    /// Its statements are about the repository, so that `Resource` can be left out.
    Repository,
}

/// Checks the grammar of a resource policy whose only service is ECR.
pub(in crate::control) fn check(text: &str, kind: Kind) -> Result<(), Problem> {
    let document: Value = serde_json::from_str(text).map_err(|_| "it is not JSON")?;
    let document = document.as_object().ok_or("it is not an object")?;
    only(document, &["Version", "Id", "Statement"])?;
    let version = document.get("Version");
    let left_out = version.is_none() && kind == Kind::Repository;
    if !left_out && !matches!(version.and_then(Value::as_str), Some("2012-10-17" | "2008-10-17")) {
        return Err(Problem::Grammar("Version is neither 2012-10-17 nor 2008-10-17"));
    }
    if document.get("Id").is_some_and(|id| !id.is_string()) {
        return Err(Problem::Grammar("Id is not a string"));
    }
    let statements: Vec<&Value> = match document.get("Statement") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(single) => vec![single],
        None => Vec::new(),
    };
    if statements.is_empty() {
        return Err(Problem::Grammar("there is no Statement"));
    }
    let mut sids = BTreeSet::new();
    for statement in statements {
        let statement = statement.as_object().ok_or("a Statement is not an object")?;
        match statement.get("Sid") {
            None => {}
            Some(Value::String(sid)) if sid.is_empty() || sids.insert(sid) || kind == Kind::Repository => {}
            Some(_) => return Err(Problem::Grammar("a Sid occurs twice or is not a string")),
        }
        check_statement(statement, kind)?;
    }
    Ok(())
}

fn check_statement(statement: &Map<String, Value>, kind: Kind) -> Result<(), Problem> {
    only(statement, &STATEMENT_MEMBERS)?;
    if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        return Err(Problem::Grammar("Effect is neither Allow nor Deny"));
    }
    check_principal(one(statement, "Principal", "NotPrincipal")?)?;
    for action in texts(one(statement, "Action", "NotAction")?)? {
        let name = action.get(..4).filter(|prefix| prefix.eq_ignore_ascii_case("ecr:")).map(|_| &action[4..]);
        let right = name.is_some_and(|name| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '*' || c == '?')
        });
        if !right && action != "*" {
            return Err(Problem::Grammar("an Action is not one of ECR"));
        }
        // It has no resource, so no resource policy can contain it.
        if action.eq_ignore_ascii_case("ecr:GetAuthorizationToken") {
            return Err(Problem::Grammar("GetAuthorizationToken is not allowed in a resource policy"));
        }
        // The guide's remark that `ecr:*` can be added is as old as V1.
        let everything = action.eq_ignore_ascii_case("ecr:*");
        if !everything && matches!(kind, Kind::Registry(scope) if !scope.has(action)) {
            return Err(Problem::Grammar("an Action is not one of scope V1"));
        }
    }
    let about_resources = ["Resource", "NotResource"].iter().any(|key| statement.contains_key(*key));
    if about_resources || kind != Kind::Repository {
        for resource in texts(one(statement, "Resource", "NotResource")?)? {
            if !is_resource(resource) {
                return Err(Problem::Grammar("a Resource is neither * nor an ARN of ECR"));
            }
        }
    }
    match statement.get("Condition") {
        None => Ok(()),
        Some(Value::Object(operators)) if operators.values().all(Value::is_object) => Ok(()),
        Some(_) => Err(Problem::Grammar("Condition is not made of operators and keys")),
    }
}

fn check_principal(value: &Value) -> Result<(), Problem> {
    const PROBLEM: &str = "Principal is neither * nor made of accounts, ARNs or services";
    match value {
        Value::String(text) if text == "*" => Ok(()),
        Value::Object(kinds) if !kinds.is_empty() => {
            only(kinds, &["AWS", "Service", "Federated", "CanonicalUser"])?;
            for (kind, value) in kinds {
                for text in texts(value)? {
                    if kind == "AWS" && is_unique_id(text) {
                        return Err(Problem::NoPrincipal(text.to_owned()));
                    }
                    let right = text == "*"
                        || match kind.as_str() {
                            "AWS" => is_account(text) || is_iam_arn(text),
                            _ => !text.is_empty(),
                        };
                    if !right {
                        return Err(Problem::Grammar(PROBLEM));
                    }
                }
            }
            Ok(())
        }
        _ => Err(Problem::Grammar(PROBLEM)),
    }
}

fn only(object: &Map<String, Value>, keys: &[&str]) -> Result<(), &'static str> {
    match object.keys().all(|key| keys.contains(&key.as_str())) {
        true => Ok(()),
        false => Err("it has a member that policies do not have"),
    }
}

fn one<'a>(statement: &'a Map<String, Value>, key: &str, not: &str) -> Result<&'a Value, &'static str> {
    match (statement.get(key), statement.get(not)) {
        (Some(value), None) | (None, Some(value)) => Ok(value),
        (Some(_), Some(_)) => Err("a statement has an element and its opposite"),
        (None, None) => Err("a statement lacks Principal, Action or Resource"),
    }
}

/// A string, or a list of at least one string.
fn texts(value: &Value) -> Result<Vec<&str>, &'static str> {
    let list: Option<Vec<&str>> = match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(list) if !list.is_empty() => list.iter().map(Value::as_str).collect(),
        _ => None,
    };
    list.ok_or("an element is not a string or a list of strings")
}

pub(in crate::control) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The unique id of a role or user (IAM user guide, "IAM identifiers").
fn is_unique_id(text: &str) -> bool {
    ["AROA", "AIDA"].iter().any(|prefix| text.starts_with(prefix))
        && (16..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// `arn:PARTITION:iam|sts::ACCOUNT:…`.
fn is_iam_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts[..], ["arn", partition, "iam" | "sts", "", account, rest]
        if partition.starts_with("aws") && is_account(account) && !rest.is_empty())
}

/// `*`, or `arn:PARTITION:ecr:REGION:ACCOUNT:…` with wildcards. Another account or Region is not
/// refused, nor is an ARN whose service part is missing (containers-roadmap#2675); such a statement
/// simply never matches.
fn is_resource(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts[..] {
        ["*"] => true,
        ["arn", _, "ecr" | "*" | "", _, _, rest] => !rest.is_empty(),
        ["arn", _, region, account, rest] => {
            let place = region.is_empty() || region.contains('-');
            place && (is_account(account) || matches!(account, "" | "*")) && !rest.is_empty()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const REGISTRY: Kind = Kind::Registry(PolicyScope::V2);

    fn statement(change: impl FnOnce(&mut Map<String, Value>)) -> Value {
        let mut statement = json!({
            "Sid": "ReplicationAccessCrossAccount", "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
            "Resource": ["arn:aws:ecr:us-west-2:444455556666:repository/*"]
        });
        change(statement.as_object_mut().unwrap());
        json!({"Version": "2012-10-17", "Statement": [statement]})
    }

    #[test]
    fn the_guides_documents_are_taken() {
        for policy in [
            statement(|_| {}),
            statement(|s| drop(s.remove("Sid"))),
            statement(|s| drop(s.insert("Sid".into(), json!("has space-dash")))),
            statement(|s| drop(s.insert("Principal".into(), json!("*")))),
            statement(|s| drop(s.insert("Principal".into(), json!({"AWS": ["111122223333"]})))),
            statement(|s| drop(s.insert("Action".into(), json!("ecr:*")))),
            statement(|s| drop(s.insert("Resource".into(), json!("*")))),
            statement(|s| {
                drop(s.insert("Condition".into(), json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}})))
            }),
        ] {
            assert_eq!(check(&policy.to_string(), REGISTRY), Ok(()), "{policy}");
        }
    }

    #[test]
    fn what_is_not_a_registry_policy_is_refused() {
        let mut twice = statement(|_| {});
        let again = twice["Statement"][0].clone();
        twice["Statement"].as_array_mut().unwrap().push(again);
        for policy in [
            json!({}),
            json!({"Version": "2012-10-17", "Statement": []}),
            json!({"Statement": statement(|_| {})["Statement"]}),
            twice,
            statement(|s| drop(s.remove("Resource"))),
            statement(|s| drop(s.remove("Principal"))),
            statement(|s| drop(s.remove("Action"))),
            statement(|s| drop(s.insert("Action".into(), json!("s3:GetObject")))),
            statement(|s| drop(s.insert("Action".into(), json!([])))),
            statement(|s| drop(s.insert("Effect".into(), json!("allow")))),
            statement(|s| drop(s.insert("Principal".into(), json!({"AWS": "11112222333"})))),
            statement(|s| drop(s.insert("Resource".into(), json!("prod-*")))),
            statement(|s| drop(s.insert("Resources".into(), json!("*")))),
        ] {
            assert!(check(&policy.to_string(), REGISTRY).is_err(), "{policy}");
        }
        assert!(check("", REGISTRY).is_err());
        assert!(check("{\"Version\":\"2012-10-17\",}", REGISTRY).is_err());
    }

    #[test]
    fn what_names_get_authorization_token_is_refused_however_it_is_spelt() {
        for action in
            [json!("ecr:GetAuthorizationToken"), json!(["ecr:PutImage", "ecr:getauthorizationtoken"])]
        {
            let policy = statement(|s| drop(s.insert("Action".into(), action)));
            assert!(matches!(check(&policy.to_string(), REGISTRY), Err(Problem::Grammar(_))));
        }
    }

    #[test]
    fn what_a_deleted_role_or_user_left_is_not_found() {
        for (principal, found) in [
            (json!("AROAEXAMPLEEXAMPLE123"), false),
            (json!(["arn:aws:iam::111122223333:root", "AIDAEXAMPLEEXAMPLE123"]), false),
            (json!("arn:aws:iam::111122223333:role/AROAEXAMPLEEXAMPLE123"), true),
        ] {
            let policy = statement(|s| drop(s.insert("Principal".into(), json!({"AWS": principal}))));
            let checked = check(&policy.to_string(), REGISTRY);
            assert_eq!(!matches!(checked, Err(Problem::NoPrincipal(_))), found, "{principal}");
        }
    }

    #[test]
    fn an_arn_without_its_service_is_taken_and_another_services_is_not() {
        for (resource, taken) in [
            ("arn:aws:us-west-2:444455556666:repository/*", true),
            ("arn:aws:::repository/*", true),
            ("arn:aws::us-west-2:444455556666:repository/*", true),
            ("arn:aws:s3:::bucket/*", false),
            ("arn:aws:repository/*", false),
        ] {
            let policy = statement(|s| drop(s.insert("Resource".into(), json!(resource))));
            assert_eq!(check(&policy.to_string(), REGISTRY).is_ok(), taken, "{resource}");
        }
    }

    #[test]
    fn a_repository_policy_needs_neither_resource_nor_version_nor_unique_sids() {
        let mut policy = statement(|s| drop(s.remove("Resource")));
        policy.as_object_mut().unwrap().remove("Version");
        let again = policy["Statement"][0].clone();
        policy["Statement"].as_array_mut().unwrap().push(again);
        assert_eq!(check(&policy.to_string(), Kind::Repository), Ok(()));
        assert!(check(&policy.to_string(), REGISTRY).is_err());
        for wrong in [
            statement(|s| drop(s.insert("Resource".into(), json!("prod-*")))),
            statement(|s| drop(s.insert("NotResource".into(), json!("*")))),
            statement(|s| drop(s.insert("Action".into(), json!("ecr:GetAuthorizationToken")))),
            statement(|s| drop(s.remove("Principal"))),
            json!({"Version": "2020-01-01", "Statement": policy["Statement"]}),
        ] {
            assert!(check(&wrong.to_string(), Kind::Repository).is_err(), "{wrong}");
        }
    }

    #[test]
    fn scope_v1_holds_three_actions_and_the_wildcard_for_all() {
        for (action, taken) in [
            (json!(["ecr:CreateRepository", "ECR:replicateimage"]), true),
            (json!("ecr:BatchImportUpstreamImage"), true),
            (json!(["ecr:ReplicateImage", "ecr:BatchGetImage"]), false),
            (json!("ecr:*"), true),
            (json!("ecr:Batch*"), false),
        ] {
            let policy = statement(|s| drop(s.insert("Action".into(), action.clone())));
            assert_eq!(
                check(&policy.to_string(), Kind::Registry(PolicyScope::V1)).is_ok(),
                taken,
                "{action}"
            );
            assert!(check(&policy.to_string(), REGISTRY).is_ok(), "{action}");
        }
    }
}
