//! `PutRegistryPolicy`, `GetRegistryPolicy`, `DeleteRegistryPolicy`.
//!
//! ECR says *Invalid registry policy provided* for everything that is wrong with a document; the
//! reason goes to the sandbox's log. These three are not subject to the policy themselves, or a
//! Deny could never be taken back. Source: User Guide, "registry-permissions".

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    call::{Call, Refused},
    error::{ApiError, ApiResult},
    members::Members,
};

/// `RegistryPolicyText` of the API model.
const LONGEST_POLICY: usize = 10_240;

pub(super) async fn put_registry_policy(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let text = input.needed_text("policyText")?;
    let length = text.chars().count();
    if length > LONGEST_POLICY {
        return Err(ApiError::parameter(
            "policyText",
            format_args!("must have length less than or equal to {LONGEST_POLICY}"),
        ));
    }
    if let Err(problem) = check(text) {
        tracing::info!(problem, registry = %call.registry.id, "a registry policy was refused");
        return Err(ApiError::parameter("PolicyText", "Invalid registry policy provided"));
    }
    let stored = text.to_owned();
    call.registry
        .update(move |document| -> Result<(), Refused> {
            document.policy = Some(stored);
            Ok(())
        })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(answer(call, text))
}

pub(super) async fn get_registry_policy(call: &Call, _: &Members<'_>) -> ApiResult<Value> {
    let text = call.registry.document().policy.clone().ok_or_else(|| no_policy(call))?;
    match call.state.switches().principals_rewritten {
        true => Ok(answer(call, &rewritten(call, &text))),
        false => Ok(answer(call, &text)),
    }
}

pub(super) async fn delete_registry_policy(call: &Call, _: &Members<'_>) -> ApiResult<Value> {
    let missing = no_policy(call);
    let text = call
        .registry
        .update(move |document| -> Result<_, Refused> { document.policy.take().ok_or(Refused::Api(missing)) })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(answer(call, &text))
}

fn answer(call: &Call, text: &str) -> Value {
    json!({ "registryId": call.registry.id.account, "policyText": text })
}

fn no_policy(call: &Call) -> ApiError {
    ApiError::new(
        "RegistryPolicyNotFoundException",
        format!("Registry policy does not exist in the registry with id '{}'", call.registry.id.account),
    )
}

/// The policy with bare account ids as root ARNs, as IAM is known to return principals.
fn rewritten(call: &Call, text: &str) -> String {
    let Ok(mut document) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    let root = |value: &mut Value| {
        if let Some(account) = value.as_str().filter(|text| is_account(text)) {
            *value = format!("arn:{}:iam::{account}:root", call.caller.region.partition()).into();
        }
    };
    let statements = match document.get_mut("Statement") {
        Some(Value::Array(list)) => list.iter_mut().collect(),
        Some(single) => vec![single],
        None => Vec::new(),
    };
    for statement in statements {
        match statement.pointer_mut("/Principal/AWS") {
            Some(Value::Array(list)) => list.iter_mut().for_each(root),
            Some(single) => root(single),
            None => {}
        }
    }
    serde_json::to_string_pretty(&document).unwrap_or_else(|_| text.to_owned())
}

/// The grammar of a resource policy whose only service is ECR, with what a registry policy needs.
fn check(text: &str) -> Result<(), &'static str> {
    let document: Value = serde_json::from_str(text).map_err(|_| "it is not JSON")?;
    let document = document.as_object().ok_or("it is not an object")?;
    only(document, &["Version", "Id", "Statement"])?;
    if !matches!(document.get("Version").and_then(Value::as_str), Some("2012-10-17" | "2008-10-17")) {
        return Err("Version is neither 2012-10-17 nor 2008-10-17");
    }
    if document.get("Id").is_some_and(|id| !id.is_string()) {
        return Err("Id is not a string");
    }
    let statements: Vec<&Value> = match document.get("Statement") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(single) => vec![single],
        None => Vec::new(),
    };
    if statements.is_empty() {
        return Err("there is no Statement");
    }
    let mut sids = BTreeSet::new();
    for statement in statements {
        let statement = statement.as_object().ok_or("a Statement is not an object")?;
        match statement.get("Sid") {
            None => {}
            Some(Value::String(sid)) if sid.is_empty() || sids.insert(sid) => {}
            Some(_) => return Err("a Sid is there twice or is not a string"),
        }
        check_statement(statement)?;
    }
    Ok(())
}

fn check_statement(statement: &Map<String, Value>) -> Result<(), &'static str> {
    const KEYS: &[&str] = &[
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    only(statement, KEYS)?;
    if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        return Err("Effect is neither Allow nor Deny");
    }
    check_principal(one(statement, "Principal", "NotPrincipal")?)?;
    for action in texts(one(statement, "Action", "NotAction")?)? {
        let name = action.get(..4).filter(|prefix| prefix.eq_ignore_ascii_case("ecr:")).map(|_| &action[4..]);
        let right = name.is_some_and(|name| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '*' || c == '?')
        });
        if !right && action != "*" {
            return Err("an Action is not one of ECR");
        }
    }
    for resource in texts(one(statement, "Resource", "NotResource")?)? {
        if !is_resource(resource) {
            return Err("a Resource is neither * nor an ARN of ECR");
        }
    }
    match statement.get("Condition") {
        None => Ok(()),
        Some(Value::Object(operators)) if operators.values().all(Value::is_object) => Ok(()),
        Some(_) => Err("Condition is not made of operators and keys"),
    }
}

fn check_principal(value: &Value) -> Result<(), &'static str> {
    const PROBLEM: &str = "Principal is neither * nor made of accounts, ARNs or services";
    match value {
        Value::String(text) if text == "*" => Ok(()),
        Value::Object(kinds) if !kinds.is_empty() => {
            only(kinds, &["AWS", "Service", "Federated", "CanonicalUser"])?;
            for (kind, value) in kinds {
                for text in texts(value)? {
                    let right = text == "*"
                        || match kind.as_str() {
                            "AWS" => is_account(text) || is_iam_arn(text),
                            _ => !text.is_empty(),
                        };
                    if !right {
                        return Err(PROBLEM);
                    }
                }
            }
            Ok(())
        }
        _ => Err(PROBLEM),
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

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// `arn:PARTITION:iam|sts::ACCOUNT:…`.
fn is_iam_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts[..], ["arn", partition, "iam" | "sts", "", account, rest]
        if partition.starts_with("aws") && is_account(account) && !rest.is_empty())
}

/// `*`, or `arn:PARTITION:ecr:REGION:ACCOUNT:…` with wildcards. Another account or Region is not
/// refused; such a statement simply never matches.
fn is_resource(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    text == "*" || matches!(parts[..], ["arn", _, "ecr" | "*", _, _, rest] if !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(check(&policy.to_string()), Ok(()), "{policy}");
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
            assert!(check(&policy.to_string()).is_err(), "{policy}");
        }
        assert!(check("").is_err());
        assert!(check("{\"Version\":\"2012-10-17\",}").is_err());
    }
}
