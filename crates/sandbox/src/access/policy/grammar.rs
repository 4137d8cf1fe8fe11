//! What IAM accepts as an identity policy and as the trust policy of a role (IAM user guide, "Grammar of
//! the IAM JSON policy language"), with IAM's messages.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::listed;

const SYNTAX: &str = "Syntax errors in policy.";
const VERSIONS: [&str; 2] = ["2012-10-17", "2008-10-17"];
/// What a statement may have (IAM reference, "Grammar of the IAM JSON policy language").
pub(crate) const MEMBERS: [&str; 9] = [
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

/// Checks a policy of a user, a group or a role.
///
/// # Errors
/// With IAM's message.
pub(crate) fn check_identity_policy(text: &str) -> Result<(), String> {
    each_statement(text, |statement| {
        if statement.contains_key("Principal") || statement.contains_key("NotPrincipal") {
            return Err("Policy document should not specify a principal.".to_owned());
        }
        one_of(statement, "Resource", "NotResource", "Policy statement must contain resources.")?;
        let resources = ["Resource", "NotResource"].into_iter().flat_map(|key| listed(statement.get(key)));
        resources.map(|value| value.as_str().ok_or_else(|| SYNTAX.to_owned())).try_for_each(|resource| {
            match resource? {
                "*" => Ok(()),
                text if text.starts_with("arn:") && text.split(':').count() >= 6 => Ok(()),
                text => Err(format!("Resource {text} must be in ARN format or \"*\".")),
            }
        })
    })
}

/// Checks who may assume a role.
///
/// # Errors
/// With IAM's message.
pub(crate) fn check_trust_policy(text: &str) -> Result<(), String> {
    each_statement(text, |statement| {
        for prohibited in ["Resource", "NotResource"] {
            if statement.contains_key(prohibited) {
                return Err(format!("Has prohibited field {prohibited}"));
            }
        }
        let principals = match (statement.get("Principal"), statement.get("NotPrincipal")) {
            (Some(value), None) | (None, Some(value)) => value,
            (None, None) => return Err("Missing required field Principal".to_owned()),
            (Some(_), Some(_)) => return Err(SYNTAX.to_owned()),
        };
        check_principals(principals)?;
        let actions = ["Action", "NotAction"].into_iter().flat_map(|key| listed(statement.get(key)));
        match actions.filter_map(Value::as_str).all(|action| action.to_ascii_lowercase().starts_with("sts:"))
        {
            true => Ok(()),
            false => Err("AssumeRole policy may only specify STS AssumeRole actions.".to_owned()),
        }
    })
}

fn check_principals(value: &Value) -> Result<(), String> {
    let kinds = match value {
        Value::String(text) if text == "*" => return Ok(()),
        Value::Object(kinds) if !kinds.is_empty() => kinds,
        _ => return Err(SYNTAX.to_owned()),
    };
    for (kind, named) in kinds {
        for name in listed(Some(named)) {
            let name = name.as_str().ok_or(SYNTAX)?;
            let right = match kind.as_str() {
                "AWS" => is_principal(name),
                "Service" | "Federated" | "CanonicalUser" => !name.is_empty(),
                _ => return Err(SYNTAX.to_owned()),
            };
            if !right {
                return Err(format!("Invalid principal in policy: \"{kind}\":\"{name}\""));
            }
        }
    }
    Ok(())
}

fn is_principal(name: &str) -> bool {
    let account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    match parts[..] {
        ["arn", _, "iam" | "sts", "", of, rest] => {
            account(of) && (rest == "root" || rest.split_once('/').is_some_and(|(_, name)| !name.is_empty()))
        }
        _ => name == "*" || account(name),
    }
}

fn each_statement(
    text: &str,
    check: impl Fn(&Map<String, Value>) -> Result<(), String>,
) -> Result<(), String> {
    let syntax = || SYNTAX.to_owned();
    let document: Value =
        serde_json::from_str(text).map_err(|_| "This policy contains invalid Json".to_owned())?;
    let document = document.as_object().ok_or_else(syntax)?;
    if document.keys().any(|key| !["Version", "Id", "Statement"].contains(&key.as_str())) {
        return Err(syntax());
    }
    let version = document.get("Version");
    if version.is_some_and(|version| version.as_str().is_none_or(|version| !VERSIONS.contains(&version))) {
        return Err(syntax());
    }
    let mut sids = BTreeSet::new();
    let mut count = 0;
    for statement in listed(document.get("Statement")) {
        count += 1;
        let statement = statement.as_object().ok_or_else(syntax)?;
        if statement.keys().any(|key| !MEMBERS.contains(&key.as_str())) {
            return Err(syntax());
        }
        if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
            return Err(syntax());
        }
        if let Some(sid) = statement.get("Sid") {
            let sid = sid.as_str().ok_or_else(syntax)?;
            if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*".to_owned());
            }
            if !sid.is_empty() && !sids.insert(sid) {
                return Err("Statement IDs (SID) in a single policy must be unique.".to_owned());
            }
        }
        check_actions(statement)?;
        check_condition(statement.get("Condition"))?;
        check(statement)?;
    }
    if count == 0 { Err(syntax()) } else { Ok(()) }
}

fn check_actions(statement: &Map<String, Value>) -> Result<(), String> {
    one_of(statement, "Action", "NotAction", "Policy statement must contain actions.")?;
    for action in ["Action", "NotAction"].into_iter().flat_map(|key| listed(statement.get(key))) {
        let action = action.as_str().ok_or(SYNTAX)?;
        let prefaced =
            action.split_once(':').is_some_and(|(vendor, name)| !vendor.is_empty() && !name.is_empty());
        if action != "*" && !prefaced {
            return Err(
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_owned()
            );
        }
    }
    Ok(())
}

fn check_condition(condition: Option<&Value>) -> Result<(), String> {
    let Some(condition) = condition else { return Ok(()) };
    let operators = condition.as_object().ok_or(SYNTAX)?;
    for keys in operators.values() {
        let keys = keys.as_object().ok_or(SYNTAX)?;
        let scalar = |value: &Value| value.is_string() || value.is_boolean() || value.is_number();
        if !keys.values().all(|values| listed(Some(values)).all(scalar)) {
            return Err(SYNTAX.to_owned());
        }
    }
    Ok(())
}

/// Exactly one of two members, with at least one value.
fn one_of(statement: &Map<String, Value>, member: &str, opposite: &str, missing: &str) -> Result<(), String> {
    let value = match (statement.get(member), statement.get(opposite)) {
        (Some(_), Some(_)) => return Err(SYNTAX.to_owned()),
        (value, None) | (None, value) => value,
    };
    if listed(value).next().is_none() { Err(missing.to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_iam_refuses_is_refused_in_its_words() {
        let right = json!({"Sid": "One", "Effect": "Allow", "Action": "ecr:*", "Resource": "*"});
        let with = |change: Value| {
            let mut statement = right.as_object().unwrap().clone();
            for (key, value) in change.as_object().unwrap() {
                match value.is_null() {
                    true => drop(statement.remove(key)),
                    false => drop(statement.insert(key.clone(), value.clone())),
                }
            }
            json!({"Version": "2012-10-17", "Statement": statement}).to_string()
        };
        let said = |text: &str| check_identity_policy(text).err().unwrap_or_default();
        assert_eq!(said(&with(json!({}))), "");
        assert_eq!(said(&with(json!({"Resource": ["arn:aws:ecr:*:111122223333:repository/a"]}))), "");
        for (change, words) in [
            (json!({"Effect": "Perhaps"}), SYNTAX),
            (json!({"Colour": "red"}), SYNTAX),
            (json!({"Action": null}), "must contain actions"),
            (json!({"Resource": []}), "must contain resources"),
            (json!({"NotResource": "*"}), SYNTAX),
            (json!({"Action": "PutImage"}), "prefaced by a vendor"),
            (json!({"Resource": "repository/a"}), "must be in ARN format or \"*\""),
            (json!({"Principal": "*"}), "should not specify a principal"),
            (json!({"Sid": "no blanks"}), "alpha-numeric"),
            (json!({"Condition": {"StringEquals": "x"}}), SYNTAX),
        ] {
            let found = said(&with(change.clone()));
            assert!(found.contains(words), "{change}: {found}");
        }
        assert_eq!(said("x"), "This policy contains invalid Json");
        assert_eq!(said("{}"), SYNTAX);
        let twice = json!({"Statement": [right, right]}).to_string();
        assert!(said(&twice).contains("must be unique"));
    }

    #[test]
    fn a_trust_policy_names_principals_and_no_resource() {
        let of = |statement: Value| {
            check_trust_policy(&json!({"Version": "2012-10-17", "Statement": [statement]}).to_string())
                .err()
                .unwrap_or_default()
        };
        let trust =
            |principal: Value| json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
        assert_eq!(of(trust(json!({"AWS": "111122223333"}))), "");
        assert_eq!(of(trust(json!({"Service": "ecr.amazonaws.com"}))), "");
        let root = "arn:aws:iam::111122223333:root";
        assert_eq!(of(trust(json!({"AWS": [root, "*"]}))), "");
        let wrong = of(trust(json!({"AWS": "johndoe"})));
        assert_eq!(wrong, "Invalid principal in policy: \"AWS\":\"johndoe\"");
        let mut resource = trust(json!("*"));
        resource["Resource"] = "*".into();
        assert_eq!(of(resource), "Has prohibited field Resource");
        let mut other = trust(json!("*"));
        other["Action"] = "ecr:PutImage".into();
        assert!(of(other).contains("only specify STS"));
        let nobody = json!({"Effect": "Allow", "Action": "sts:AssumeRole"});
        assert_eq!(of(nobody), "Missing required field Principal");
    }
}
