//! The sandbox's own evaluator of registry policies (User Guide, "registry-permissions").
//!
//! Written from the documents of AWS and sharing nothing with the product's evaluator, so that a
//! mistake in one shows up against the other.

use longshore_names::{AccountId, Partition};
use serde_json::{Map, Value};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    pub(crate) account: AccountId,
    /// The caller's ARN; for an account itself its root ARN.
    pub(crate) arn: String,
}

impl Principal {
    /// The account itself, as replication acts.
    pub(crate) fn account(account: &AccountId, partition: Partition) -> Self {
        Self { account: account.clone(), arn: account.root_arn(partition) }
    }
}

/// What a policy says about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// A statement allows it and none denies it.
    Allow,
    /// A statement denies it.
    Deny,
    /// No statement matches.
    Silent,
}

/// Evaluates a policy document. A document that cannot be read allows nothing.
pub(crate) fn evaluate(policy: &str, principal: &Principal, action: &str, resource: &str) -> Decision {
    let Ok(document) = serde_json::from_str::<Value>(policy) else { return Decision::Silent };
    let mut decision = Decision::Silent;
    for statement in listed(document.get("Statement")) {
        let Some(statement) = statement.as_object() else { continue };
        let deny = statement.get("Effect").and_then(Value::as_str) == Some("Deny");
        if !matches_statement(statement, principal, action, resource, deny) {
            continue;
        }
        if deny {
            return Decision::Deny;
        }
        if statement.get("Effect").and_then(Value::as_str) == Some("Allow") {
            decision = Decision::Allow;
        }
    }
    decision
}

fn matches_statement(
    statement: &Map<String, Value>,
    principal: &Principal,
    action: &str,
    resource: &str,
    deny: bool,
) -> bool {
    let principals = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(p), _) => names_principal(p, principal),
        (None, Some(p)) => !names_principal(p, principal),
        (None, None) => false,
    };
    let any = |key: &str, text: &str, ignore_case: bool| {
        listed(statement.get(key)).filter_map(Value::as_str).any(|p| wildcard(p, text, ignore_case))
    };
    let actions = match statement.contains_key("Action") {
        true => any("Action", action, true),
        false => statement.contains_key("NotAction") && !any("NotAction", action, true),
    };
    let resources = match statement.contains_key("Resource") {
        true => any("Resource", resource, false),
        false => statement.contains_key("NotResource") && !any("NotResource", resource, false),
    };
    principals && actions && resources && conditions_hold(statement.get("Condition"), principal, deny)
}

/// A scalar is a list of one.
fn listed(value: Option<&Value>) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        None => Box::new(std::iter::empty()),
        Some(Value::Array(items)) => Box::new(items.iter()),
        Some(single) => Box::new(std::iter::once(single)),
    }
}

fn names_principal(value: &Value, principal: &Principal) -> bool {
    match value {
        Value::String(text) => text == "*",
        Value::Object(kinds) => listed(kinds.get("AWS")).filter_map(Value::as_str).any(|text| {
            let root = text.split(':').collect::<Vec<_>>();
            let whole_account = matches!(root[..], ["arn", _, "iam", "", account, "root"] if account == principal.account.as_str());
            text == "*"
                || text == principal.account.as_str()
                || whole_account
                || text == principal.arn
                || is_role_of(text, &principal.arn)
        }),
        _ => false,
    }
}

/// A role stands for all its sessions; their ARNs have the role's name without its path.
fn is_role_of(role: &str, session: &str) -> bool {
    let parts = |arn: &str| arn.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (role, session) = (parts(role), parts(session));
    let ([_, partition, iam, _, account, role], [_, in_partition, sts, _, in_account, session]) =
        (&role[..], &session[..])
    else {
        return false;
    };
    let name = role.strip_prefix("role/").and_then(|path| path.rsplit('/').next());
    let assumed = session.strip_prefix("assumed-role/").and_then(|rest| rest.split('/').next());
    iam == "iam"
        && sts == "sts"
        && partition == in_partition
        && account == in_account
        && name.is_some()
        && name == assumed
}

/// Evaluates a `Condition` block over the few keys that the sandbox has. A key or an operator that
/// it does not have never widens: an Allow then does not match, a Deny does.
fn conditions_hold(condition: Option<&Value>, principal: &Principal, deny: bool) -> bool {
    let Some(block) = condition else { return true };
    let Some(block) = block.as_object() else { return deny };
    block.iter().all(|(operator, keys)| {
        let Some(keys) = keys.as_object() else { return deny };
        keys.iter().all(|(key, wanted)| condition_holds(operator, key, wanted, principal).unwrap_or(deny))
    })
}

fn condition_holds(operator: &str, key: &str, wanted: &Value, principal: &Principal) -> Option<bool> {
    let actual = match key.to_ascii_lowercase().as_str() {
        "aws:principalaccount" => Some(principal.account.as_str()),
        "aws:principalarn" => Some(principal.arn.as_str()),
        _ => None,
    };
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    if operator == "Null" {
        let absent = listed(Some(wanted)).any(|v| v.as_str() == Some("true") || v.as_bool() == Some(true));
        return Some(absent == actual.is_none());
    }
    let negative = operator.contains("Not");
    let Some(actual) = actual else { return (if_exists || negative).then_some(true) };
    let wanted = || listed(Some(wanted)).filter_map(Value::as_str);
    let found = match operator {
        "StringEquals" | "StringNotEquals" => wanted().any(|w| w == actual),
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => {
            wanted().any(|w| w.eq_ignore_ascii_case(actual))
        }
        "StringLike" | "StringNotLike" | "ArnLike" | "ArnNotLike" | "ArnEquals" | "ArnNotEquals" => {
            wanted().any(|w| wildcard(w, actual, false))
        }
        _ => return None,
    };
    Some(found != negative)
}

/// Matches `*` (any run) and `?` (any one character); everything else stands for itself.
pub(crate) fn wildcard(pattern: &str, text: &str, ignore_case: bool) -> bool {
    let fold = |c: char| if ignore_case { c.to_ascii_lowercase() } else { c };
    let pattern: Vec<char> = pattern.chars().map(fold).collect();
    let text: Vec<char> = text.chars().map(fold).collect();
    let (mut p, mut t, mut retry) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star, from)) = retry else { return false };
                retry = Some((star, from + 1));
                p = star + 1;
                t = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RESOURCE: &str = "arn:aws:ecr:us-west-2:444455556666:repository/prod-microservice";

    fn dev() -> Principal {
        Principal::account(&"111122223333".parse().unwrap(), Partition::Aws)
    }

    fn decide(statements: Value) -> Decision {
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        evaluate(&policy, &dev(), "ecr:ReplicateImage", RESOURCE)
    }

    fn statement(change: impl FnOnce(&mut Map<String, Value>)) -> Value {
        let mut statement = json!({
            "Sid": "ReplicationAccessCrossAccount", "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
            "Resource": ["arn:aws:ecr:us-west-2:444455556666:repository/*"]
        });
        change(statement.as_object_mut().unwrap());
        statement
    }

    #[test]
    fn the_statement_of_the_guide_allows() {
        assert_eq!(decide(json!([statement(|_| {})])), Decision::Allow);
    }

    #[test]
    fn principals_may_be_root_arn_bare_id_or_star() {
        for (principal, expected) in [
            (json!("*"), Decision::Allow),
            (json!({"AWS": "*"}), Decision::Allow),
            (json!({"AWS": "111122223333"}), Decision::Allow),
            (json!({"AWS": ["999999999999", "arn:aws:iam::111122223333:root"]}), Decision::Allow),
            (json!({"AWS": "arn:aws:iam::111122223333:user/someone"}), Decision::Silent),
            (json!({"AWS": "444455556666"}), Decision::Silent),
            (json!({"Service": "*"}), Decision::Silent),
        ] {
            let found = decide(json!([statement(|s| {
                s.insert("Principal".into(), principal.clone());
            })]));
            assert_eq!(found, expected, "{principal}");
        }
    }

    #[test]
    fn a_role_stands_for_its_sessions() {
        let session = "arn:aws:sts::111122223333:assumed-role/deployer/ci";
        for (role, expected) in [
            ("arn:aws:iam::111122223333:role/deployer", true),
            ("arn:aws:iam::111122223333:role/team/deployer", true),
            ("arn:aws:iam::111122223333:role/deploy", false),
            ("arn:aws:iam::444455556666:role/deployer", false),
            ("arn:aws-cn:iam::111122223333:role/deployer", false),
            ("arn:aws:iam::111122223333:user/deployer", false),
            ("deployer", false),
        ] {
            assert_eq!(is_role_of(role, session), expected, "{role}");
        }
    }

    #[test]
    fn actions_and_resources_take_wildcards() {
        for (key, value, expected) in [
            ("Action", json!("ecr:*"), Decision::Allow),
            ("Action", json!("ECR:replicateimage"), Decision::Allow),
            ("Action", json!("ecr:CreateRepository"), Decision::Silent),
            ("Resource", json!("*"), Decision::Allow),
            ("Resource", json!("arn:aws:ecr:us-west-2:444455556666:repository/prod-*"), Decision::Allow),
            ("Resource", json!("arn:aws:ecr:us-west-2:444455556666:repository/prod-?icro*"), Decision::Allow),
            ("Resource", json!("arn:aws:ecr:us-west-2:444455556666:repository/dev-*"), Decision::Silent),
            ("Resource", json!("arn:aws:ecr:us-east-1:444455556666:repository/*"), Decision::Silent),
        ] {
            let found = decide(json!([statement(|s| {
                s.insert(key.into(), value.clone());
            })]));
            assert_eq!(found, expected, "{key} {value}");
        }
    }

    #[test]
    fn deny_wins_in_any_order() {
        let deny = statement(|s| {
            s.insert("Effect".into(), json!("Deny"));
        });
        assert_eq!(decide(json!([statement(|_| {}), deny])), Decision::Deny);
        assert_eq!(decide(json!([deny, statement(|_| {})])), Decision::Deny);
    }

    #[test]
    fn a_condition_that_cannot_be_checked_never_widens() {
        let condition = json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}});
        let conditional = |effect: &str| {
            statement(|s| {
                s.insert("Effect".into(), json!(effect));
                s.insert("Condition".into(), condition.clone());
            })
        };
        assert_eq!(decide(json!(conditional("Allow"))), Decision::Silent);
        assert_eq!(decide(json!([statement(|_| {}), conditional("Deny")])), Decision::Deny);
        let own = statement(|s| {
            s.insert("Condition".into(), json!({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}));
        });
        assert_eq!(decide(own), Decision::Allow);
    }

    #[test]
    fn wildcards_match_like_iam() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*b*c", "a--b--c", true),
            ("a*b", "a--b--c", false),
            ("?", "", false),
            ("release-*", "release-1", true),
            ("**x", "abx", true),
        ] {
            assert_eq!(wildcard(pattern, text, false), expected, "{pattern} {text}");
        }
    }
}
