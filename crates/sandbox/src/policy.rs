//! The sandbox's own evaluator of registry and repository policies (User Guide,
//! "registry-permissions" and "repository-policies").
//!
//! Written from the documents of AWS and sharing nothing with the product's evaluator, so that a
//! mistake in one shows up against the other.

mod condition;
mod identity;

use longshore_names::{AccountId, Partition};
use serde_json::{Map, Value};

pub(crate) use identity::evaluate_of_identity;

/// Who makes the request.
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

impl Decision {
    /// What two policies say together: a Deny wins, and one Allow is enough.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Deny, _) | (_, Self::Deny) => Self::Deny,
            (Self::Allow, _) | (_, Self::Allow) => Self::Allow,
            (Self::Silent, Self::Silent) => Self::Silent,
        }
    }
}

/// Evaluates a registry policy. A document that cannot be read allows nothing.
pub(crate) fn evaluate(policy: &str, principal: &Principal, action: &str, resource: &str) -> Decision {
    decide(policy, principal, action, resource, false)
}

/// Evaluates a repository policy: a statement without `Resource` is about its repository (User Guide,
/// "repository-policy-examples").
pub(crate) fn evaluate_of_repository(
    policy: &str,
    principal: &Principal,
    action: &str,
    resource: &str,
) -> Decision {
    decide(policy, principal, action, resource, true)
}

fn decide(policy: &str, principal: &Principal, action: &str, resource: &str, own: bool) -> Decision {
    let Ok(document) = serde_json::from_str::<Value>(policy) else { return Decision::Silent };
    let mut decision = Decision::Silent;
    for statement in listed(document.get("Statement")) {
        let Some(statement) = statement.as_object() else { continue };
        let deny = statement.get("Effect").and_then(Value::as_str) == Some("Deny");
        if !matches_statement(statement, principal, action, resource, own, deny) {
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
    own: bool,
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
    let resources = match (statement.contains_key("Resource"), statement.contains_key("NotResource")) {
        (true, _) => any("Resource", resource, false),
        (false, true) => !any("NotResource", resource, false),
        (false, false) => own,
    };
    principals && actions && resources && condition::holds(statement.get("Condition"), principal, deny)
}

/// A scalar is a list of one.
fn listed(value: Option<&Value>) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        None => Box::new(std::iter::empty()),
        Some(Value::Array(items)) => Box::new(items.iter()),
        Some(single) => Box::new(std::iter::once(single)),
    }
}

/// A whole account is its id, or its root ARN in the caller's own partition (IAM user guide, "AWS
/// JSON policy elements: Principal"); no wildcard is part of a principal's name.
fn names_principal(value: &Value, principal: &Principal) -> bool {
    let partition = principal.arn.split(':').nth(1).unwrap_or_default();
    let root_arn = format!("arn:{partition}:iam::{}:root", principal.account);
    match value {
        Value::String(text) => text == "*",
        Value::Object(kinds) => listed(kinds.get("AWS")).filter_map(Value::as_str).any(|text| {
            text == "*"
                || text == principal.account.as_str()
                || text == root_arn
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
    use longshore_names::{Region, RepositoryName};
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
    fn a_repository_policy_needs_no_resource_and_a_registry_policy_does() {
        let statement = statement(|s| drop(s.remove("Resource")));
        assert_eq!(decide(json!([statement])), Decision::Silent);
        let policy = json!({"Statement": statement}).to_string();
        let found = evaluate_of_repository(&policy, &dev(), "ecr:ReplicateImage", RESOURCE);
        assert_eq!(found, Decision::Allow);
        let found = evaluate_of_repository(&policy, &dev(), "ecr:PutImage", RESOURCE);
        assert_eq!(found, Decision::Silent);
    }

    #[test]
    fn of_two_policies_a_deny_wins_and_one_allow_is_enough() {
        use Decision::{Allow, Deny, Silent};
        for (one, other, together) in [
            (Allow, Deny, Deny),
            (Silent, Deny, Deny),
            (Silent, Allow, Allow),
            (Allow, Allow, Allow),
            (Silent, Silent, Silent),
        ] {
            assert_eq!((one.and(other), other.and(one)), (together, together), "{one:?} {other:?}");
        }
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

    /// The product's evaluator must match this table too; its `about` describes the shape.
    #[test]
    fn every_case_of_the_shared_table_holds() {
        let table: Value =
            serde_json::from_str(include_str!("../../policy/tests/evaluation_table.json")).unwrap();
        let cases = table["cases"].as_array().unwrap();
        assert!(cases.len() >= 60);
        let wrong: Vec<&Value> = cases
            .iter()
            .filter(|case| {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let region: Region = text(&case["destination"]["region"]).parse().unwrap();
                let account: AccountId = text(&case["destination"]["account"]).parse().unwrap();
                let repository: RepositoryName = text(&case["repository"]).parse().unwrap();
                let source = text(&case["source"]).parse().unwrap();
                let principal = Principal::account(&source, region.partition());
                let resource = repository.arn(&account, &region);
                let decision =
                    evaluate(&case["policy"].to_string(), &principal, &text(&case["action"]), &resource);
                let allowed = match case["expected"].as_str() {
                    Some("allowed") => true,
                    Some("denied") => false,
                    other => panic!("{other:?} is no expectation"),
                };
                (decision == Decision::Allow) != allowed
            })
            .map(|case| &case["name"])
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
