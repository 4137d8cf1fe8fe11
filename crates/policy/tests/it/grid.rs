//! A grid of requests, and policies that are generated for it: what is listed as new is compared with
//! evaluating every request of the grid before and after.

use longshore_names::{AccountId, RepositoryName};
use longshore_policy::registry_policy::{Decision, PolicyScope, RegistryPolicy, Request, Triple, evaluate};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::common::{DEV, prod};

const OTHER: &str = "222233334444";
const ACTIONS: [&str; 4] =
    ["ecr:ReplicateImage", "ecr:BatchGetImage", "ecr:PutImage", "ecr:DeleteRepository"];
const ACCOUNTS: [&str; 3] = [DEV, OTHER, "999999999999"];
const REPOSITORIES: [&str; 6] = ["ab", "prod-a", "prod-b/x", "prod", "team/x", "prod-a/b"];
/// What scope V1 enforces.
const V1: [&str; 3] = ["ecr:ReplicateImage", "ecr:CreateRepository", "ecr:BatchImportUpstreamImage"];
/// Tests that no document decides: each is true or false for every request at once.
const FACTS: [(&str, &str); 3] =
    [("aws:PrincipalOrgID", "o-1"), ("aws:SourceVpc", "vpc-1"), ("aws:PrincipalOrgID", "o-2")];

fn one_or_more(all: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::collection::vec(prop::sample::select(all), 1..3).prop_map(|all| json!(all))
}

fn condition() -> impl Strategy<Value = Option<Value>> {
    let test = |key: &str, value: &str| json!({ "StringEquals": { key: value } });
    prop_oneof![
        6 => Just(None),
        2 => Just(Some(test(FACTS[0].0, FACTS[0].1))),
        1 => Just(Some(test(FACTS[1].0, FACTS[1].1))),
        1 => Just(Some(test(FACTS[2].0, FACTS[2].1))),
        1 => Just(Some(json!({ "StringEquals": { FACTS[0].0: FACTS[0].1, FACTS[1].0: FACTS[1].1 } }))),
        1 => Just(Some(test("aws:PrincipalAccount", DEV))),
        1 => Just(Some(test("aws:SourceAccount", DEV))),
        1 => Just(Some(json!({ "StringEquals": { "aws:PrincipalAccount": DEV, FACTS[0].0: FACTS[0].1 } }))),
    ]
}

fn statement() -> impl Strategy<Value = Value> {
    let principals = prop_oneof![
        3 => one_or_more(&[DEV, OTHER, "arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"]),
        1 => Just(json!("*")),
        1 => one_or_more(&[
            "arn:aws:iam::111122223333:role/ci",
            "arn:aws-cn:iam::111122223333:root",
            "AROAEXAMPLEEXAMPLE123",
        ]),
    ];
    let actions = one_or_more(&[
        "ecr:ReplicateImage",
        "ecr:CreateRepository",
        "ecr:*",
        "ecr:Batch*",
        "ecr:?utImage",
        "ECR:deleterepository",
        "*",
    ]);
    let resources = prop::collection::vec(
        prop::sample::select(&[
            "*",
            "arn:aws:ecr:us-west-2:444455556666:repository/*",
            "arn:aws:ecr:us-west-2:444455556666:repository/prod-*",
            "arn:aws:ecr:us-west-2:444455556666:repository/prod*",
            "arn:aws:ecr:us-west-2:444455556666:repository/*x",
            "arn:aws:ecr:us-west-2:444455556666:repository/??",
            "arn:aws:ecr:*:444455556666:repository/prod-a",
            "arn:aws:ecr:us-east-2:444455556666:repository/*",
            "arn:aws:ecr:us-west-2:444455556666:repository/Prod*",
        ]),
        1..3,
    )
    .prop_map(|all| json!(all));
    let not = || prop::bool::weighted(0.12);
    (prop::bool::weighted(0.65), (not(), principals), (not(), actions), (not(), resources), condition())
        .prop_map(|(allows, principal, action, resource, condition)| {
            let mut one = Map::new();
            one.insert("Effect".into(), if allows { "Allow" } else { "Deny" }.into());
            let mut put = |key: &str, not: bool, value: Value| {
                one.insert(if not { format!("Not{key}") } else { key.to_owned() }, value);
            };
            put("Principal", principal.0, json!({ "AWS": principal.1 }));
            put("Action", action.0, action.1);
            put("Resource", resource.0, resource.1);
            if let Some(condition) = condition {
                one.insert("Condition".into(), condition);
            }
            Value::Object(one)
        })
}

pub(crate) fn statements() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(statement(), 0..4)
}

/// The policy if each of [`FACTS`] is as in `facts`.
fn decided(statements: &[Value], facts: usize) -> RegistryPolicy {
    let mut kept = Vec::new();
    'statements: for statement in statements {
        let mut statement = statement.clone();
        if let Some(keys) = statement.pointer_mut("/Condition/StringEquals").and_then(Value::as_object_mut) {
            for (at, (key, value)) in FACTS.iter().enumerate() {
                if keys.get(*key).is_some_and(|wanted| wanted == value) {
                    if facts & (1 << at) == 0 {
                        continue 'statements;
                    }
                    keys.shift_remove(*key);
                }
            }
            if keys.is_empty() {
                statement.as_object_mut().unwrap().shift_remove("Condition");
            }
        }
        kept.push(statement);
    }
    policy(kept.into())
}

/// What the evaluator says about two policies, the second of scope V2.
pub(crate) struct Answers<'a> {
    pub(crate) before: &'a [Value],
    pub(crate) after: &'a [Value],
    pub(crate) scope_before: PolicyScope,
    /// The decision that is looked for.
    pub(crate) is_it: fn(&Decision) -> bool,
}

impl Answers<'_> {
    /// Whether `triples` are what is new: each request for which the decision is new in some world is in
    /// them, and without a condition exactly if it is new in every world.
    pub(crate) fn agree_with(&self, triples: &[Triple]) -> Result<(), String> {
        let registry = prod();
        let text = json!([self.before, self.after]).to_string();
        let occurs = |at: usize| text.contains(&format!("\"{}\":\"{}\"", FACTS[at].0, FACTS[at].1));
        let worlds: Vec<_> = (0..1_usize << FACTS.len())
            .filter(|facts| (0..FACTS.len()).all(|at| facts & (1 << at) == 0 || occurs(at)))
            .map(|facts| (decided(self.before, facts), decided(self.after, facts)))
            .collect();
        for account in ACCOUNTS {
            let source: AccountId = account.parse().unwrap();
            for action in ACTIONS {
                for name in REPOSITORIES {
                    let repository: RepositoryName = name.parse().unwrap();
                    let is = |policy: &RegistryPolicy, scope: PolicyScope| {
                        let enforced = scope != PolicyScope::V1 || V1.contains(&action);
                        let request = Request {
                            source: &source,
                            destination: &registry,
                            repository: &repository,
                            action,
                        };
                        enforced && (self.is_it)(&evaluate(policy, &request))
                    };
                    let flips: Vec<bool> = worlds
                        .iter()
                        .map(|(old, new)| is(new, PolicyScope::V2) && !is(old, self.scope_before))
                        .collect();
                    let about: Vec<&Triple> = triples
                        .iter()
                        .filter(|t| t.is_about(&source, action, &registry, &repository))
                        .collect();
                    let certain = about.iter().any(|triple| triple.condition.is_none());
                    let wanted = (flips.iter().any(|flip| *flip), flips.iter().all(|flip| *flip));
                    if (!about.is_empty(), certain) != wanted {
                        return Err(format!("{account} {action} {name}: {about:?}, not {wanted:?}"));
                    }
                }
            }
        }
        Ok(())
    }
}

pub(crate) fn policy(statements: Value) -> RegistryPolicy {
    RegistryPolicy::from_value(json!({ "Version": "2012-10-17", "Statement": statements })).unwrap()
}

pub(crate) fn allow(principal: Value, actions: Value, resource: &str) -> Value {
    json!({ "Effect": "Allow", "Principal": { "AWS": principal }, "Action": actions, "Resource": resource })
}
