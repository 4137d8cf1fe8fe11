//! The sandbox's own evaluator of registry and repository policies (User Guide,
//! "registry-permissions" and "repository-policies").
//!
//! Written from the documents of AWS and sharing nothing with the product's evaluator, so that a
//! mistake in one shows up against the other.

mod condition;
mod grammar;
mod identity;
mod principal;
mod variables;

use serde_json::{Map, Value};

pub(crate) use grammar::{MEMBERS as STATEMENT_MEMBERS, check_identity_policy, check_trust_policy};
pub(crate) use identity::evaluate_of_identity;
pub(crate) use principal::Principal;
use principal::{Named, named};

/// What a policy decides on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) principal: &'a Principal,
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    /// Condition keys of this request, in lower case, beyond those of its principal.
    pub(crate) keys: &'a [(&'static str, &'a str)],
}

impl<'a> Request<'a> {
    /// A request without keys of its own.
    pub(crate) fn new(principal: &'a Principal, action: &'a str, resource: &'a str) -> Self {
        Self { principal, action, resource, keys: &[] }
    }
}

/// What a policy says about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// A statement allows it and none denies it.
    Allow,
    /// A statement allows the whole account of the caller, which leaves it to the caller's own policies.
    Delegate,
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
            (Self::Delegate, _) | (_, Self::Delegate) => Self::Delegate,
            (Self::Silent, Self::Silent) => Self::Silent,
        }
    }
}

/// Evaluates a registry policy. A document that cannot be read allows nothing.
pub(crate) fn evaluate(policy: &str, principal: &Principal, action: &str, resource: &str) -> Decision {
    decide(policy, &Request::new(principal, action, resource), false)
}

/// Evaluates a repository policy: a statement without `Resource` is about its repository (User Guide,
/// "repository-policy-examples").
pub(crate) fn evaluate_of_repository(
    policy: &str,
    principal: &Principal,
    action: &str,
    resource: &str,
) -> Decision {
    decide(policy, &Request::new(principal, action, resource), true)
}

/// Evaluates the trust policy of a role, whose statements are about the role and name no resource.
pub(crate) fn evaluate_of_role(policy: &str, request: &Request<'_>) -> Decision {
    decide(policy, request, true)
}

fn decide(policy: &str, request: &Request<'_>, own: bool) -> Decision {
    let Ok(document) = serde_json::from_str::<Value>(policy) else { return Decision::Silent };
    let variables = variables::are_meant(&document);
    let mut decision = Decision::Silent;
    for statement in listed(document.get("Statement")).filter_map(Value::as_object) {
        let effect = statement.get("Effect").and_then(Value::as_str);
        let deny = effect == Some("Deny");
        let Some(named) = principal_of(statement, request.principal) else { continue };
        if !fits(statement, request, Terms { own, variables, deny }) {
            continue;
        }
        if deny {
            return Decision::Deny;
        }
        if effect == Some("Allow") {
            decision = decision.and(match named {
                Named::Caller => Decision::Allow,
                Named::Account => Decision::Delegate,
            });
        }
    }
    decision
}

/// How the statement names the caller.
fn principal_of(statement: &Map<String, Value>, principal: &Principal) -> Option<Named> {
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(value), _) => named(value, principal),
        (None, Some(value)) => named(value, principal).is_none().then_some(Named::Caller),
        (None, None) => None,
    }
}

/// How a statement is read.
#[derive(Debug, Clone, Copy)]
struct Terms {
    /// Whether one without `Resource` is about the resource that has the policy.
    own: bool,
    /// Whether `${…}` is a variable.
    variables: bool,
    deny: bool,
}

/// Whether the statement is about the request, whoever makes it.
fn fits(statement: &Map<String, Value>, request: &Request<'_>, terms: Terms) -> bool {
    let any = |key: &str, text: &str, ignore_case: bool| {
        listed(statement.get(key)).filter_map(Value::as_str).any(|pattern| match terms.variables {
            true => variables::filled(pattern, request).is_some_and(|p| wildcard(&p, text, ignore_case)),
            false => wildcard(pattern, text, ignore_case),
        })
    };
    let actions = match statement.contains_key("Action") {
        true => any("Action", request.action, true),
        false => statement.contains_key("NotAction") && !any("NotAction", request.action, true),
    };
    let resources = match (statement.contains_key("Resource"), statement.contains_key("NotResource")) {
        (true, _) => any("Resource", request.resource, false),
        (false, true) => !any("NotResource", request.resource, false),
        (false, false) => terms.own,
    };
    actions && resources && condition::holds(statement.get("Condition"), request, terms)
}

/// A scalar is a list of one.
fn listed(value: Option<&Value>) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        None => Box::new(std::iter::empty()),
        Some(Value::Array(items)) => Box::new(items.iter()),
        Some(single) => Box::new(std::iter::once(single)),
    }
}

/// Matches `*` (any run) and `?` (any one character); everything else stands for itself.
pub(crate) fn wildcard(pattern: &str, text: &str, ignore_case: bool) -> bool {
    let fold = |c: char| if ignore_case { c.to_ascii_lowercase() } else { c };
    let is = |wanted: char, found: char| variables::literal(wanted) == found;
    let pattern: Vec<char> = pattern.chars().map(fold).collect();
    let text: Vec<char> = text.chars().map(fold).collect();
    let (mut p, mut t, mut retry) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || is(*c, text[t]) => {
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
    use longshore_names::{AccountId, Partition, Region, RepositoryName};
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
    fn a_statement_for_the_account_leaves_it_to_the_policies_of_its_users() {
        let user = Principal { arn: "arn:aws:iam::111122223333:user/johndoe".into(), ..dev() };
        let of = |principal: Value| {
            let statement = statement(|s| drop(s.insert("Principal".into(), principal)));
            let policy = json!({"Statement": [statement]}).to_string();
            evaluate(&policy, &user, "ecr:ReplicateImage", RESOURCE)
        };
        assert_eq!(of(json!({"AWS": "111122223333"})), Decision::Delegate);
        assert_eq!(of(json!({"AWS": "arn:aws:iam::111122223333:root"})), Decision::Delegate);
        assert_eq!(of(json!({"AWS": ["111122223333", user.arn]})), Decision::Allow);
        assert_eq!(of(json!("*")), Decision::Allow);
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
        use Decision::{Allow, Delegate, Deny, Silent};
        for (one, other, together) in [
            (Allow, Delegate, Allow),
            (Silent, Delegate, Delegate),
            (Delegate, Deny, Deny),
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
            serde_json::from_str(include_str!("../../../../policy/tests/evaluation_table.json")).unwrap();
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
