//! Identity policies: those of a user or a role, without `Principal`.

use serde_json::{Map, Value};

use super::{Decision, Principal, condition, listed, wildcard};

/// What an identity policy says of a request, and the Sid of the statement that decides.
pub(crate) fn evaluate_of_identity(
    policy: &str,
    principal: &Principal,
    action: &str,
    resource: &str,
) -> (Decision, Option<String>) {
    let Ok(document) = serde_json::from_str::<Value>(policy) else { return (Decision::Silent, None) };
    let mut decision = (Decision::Silent, None);
    for statement in listed(document.get("Statement")).filter_map(Value::as_object) {
        let effect = statement.get("Effect").and_then(Value::as_str);
        let deny = effect == Some("Deny");
        if !applies(statement, principal, action, resource, deny) {
            continue;
        }
        let sid = statement.get("Sid").and_then(Value::as_str).map(str::to_owned);
        if deny {
            return (Decision::Deny, sid);
        }
        if effect == Some("Allow") && decision.0 == Decision::Silent {
            decision = (Decision::Allow, sid);
        }
    }
    decision
}

fn applies(
    statement: &Map<String, Value>,
    principal: &Principal,
    action: &str,
    resource: &str,
    deny: bool,
) -> bool {
    let any = |key: &str, text: &str, ignore_case: bool| {
        listed(statement.get(key)).filter_map(Value::as_str).any(|p| wildcard(p, text, ignore_case))
    };
    let one_of = |positive: &str, negative: &str, text: &str, ignore_case: bool| match statement
        .contains_key(positive)
    {
        true => any(positive, text, ignore_case),
        false => statement.contains_key(negative) && !any(negative, text, ignore_case),
    };
    one_of("Action", "NotAction", action, true)
        && one_of("Resource", "NotResource", resource, false)
        && condition::holds(statement.get("Condition"), principal, deny)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_deny_wins_and_names_its_statement() {
        let principal = Principal {
            account: "111122223333".parse().unwrap(),
            arn: "arn:aws:iam::111122223333:user/administrator".into(),
        };
        let policy = json!({"Statement": [
            {"Sid": "All", "Effect": "Allow", "Action": "ecr:*", "Resource": "*"},
            {"Sid": "No", "Effect": "Deny", "Action": "ecr:Put*Policy", "Resource": "*"},
        ]})
        .to_string();
        let of = |action: &str| evaluate_of_identity(&policy, &principal, action, "*");
        assert_eq!(of("ecr:PutRegistryPolicy"), (Decision::Deny, Some("No".into())));
        assert_eq!(of("ecr:DescribeRegistry"), (Decision::Allow, Some("All".into())));
        assert_eq!(of("iam:GetRole"), (Decision::Silent, None));
        assert_eq!(evaluate_of_identity("x", &principal, "ecr:PutImage", "*").0, Decision::Silent);
    }
}
