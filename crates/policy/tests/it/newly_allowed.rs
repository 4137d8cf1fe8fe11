//! What a change of a policy newly allows, compared with evaluating every request of a grid before
//! and after.

use longshore_names::{AccountId, RepositoryName};
use longshore_policy::registry_policy::{
    PolicyChange, PolicyScope, RegistryPolicy, Request, Triple, evaluate, grouped_sentences, newly_allowed,
    self_lock_out,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::common::{DEV, PROD, names, prod};

const OTHER: &str = "222233334444";
const ARN: &str = "arn:aws:ecr:us-west-2:444455556666:repository";

pub(crate) fn policy(statements: Value) -> RegistryPolicy {
    RegistryPolicy::from_value(json!({ "Version": "2012-10-17", "Statement": statements })).unwrap()
}

fn newly(before: Option<&RegistryPolicy>, after: Option<&RegistryPolicy>) -> Vec<Triple> {
    newly_allowed(&PolicyChange::of_policy(&prod(), before, after, PolicyScope::V2))
}

/// `principal action resource [if …]`, one per triple.
fn told(triples: &[Triple]) -> Vec<String> {
    triples.iter().map(|triple| triple.sentence(&prod(), &names)).collect()
}

pub(crate) fn allow(principal: Value, actions: Value, resource: &str) -> Value {
    json!({ "Effect": "Allow", "Principal": { "AWS": principal }, "Action": actions, "Resource": resource })
}

// The grid.

pub(crate) const ACTIONS: [&str; 4] =
    ["ecr:ReplicateImage", "ecr:BatchGetImage", "ecr:PutImage", "ecr:DeleteRepository"];
pub(crate) const ACCOUNTS: [&str; 3] = [DEV, OTHER, "999999999999"];
pub(crate) const REPOSITORIES: [&str; 6] = ["ab", "prod-a", "prod-b/x", "prod", "team/x", "prod-a/b"];
/// What scope V1 enforces.
pub(crate) const V1: [&str; 3] =
    ["ecr:ReplicateImage", "ecr:CreateRepository", "ecr:BatchImportUpstreamImage"];
/// Tests that no document decides: each is true or false for every request at once.
pub(crate) const FACTS: [(&str, &str); 3] =
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
pub(crate) fn decided(statements: &[Value], facts: usize) -> RegistryPolicy {
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

fn is_allowed(
    policy: &RegistryPolicy,
    scope: PolicyScope,
    source: &AccountId,
    action: &str,
    name: &str,
) -> bool {
    if scope == PolicyScope::V1 && !V1.contains(&action) {
        return false;
    }
    let repository: RepositoryName = name.parse().unwrap();
    evaluate(policy, &Request { source, destination: &prod(), repository: &repository, action }).is_allowed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn exactly_what_the_evaluator_allows_anew_is_listed(
        before in statements(),
        after in statements(),
        keep in prop::bool::ANY,
        upgrade in prop::bool::weighted(0.2),
    ) {
        let after: Vec<Value> = if keep { before.iter().chain(&after).cloned().collect() } else { after };
        let registry = prod();
        let scope_before = if upgrade { PolicyScope::V1 } else { PolicyScope::V2 };
        let (old, new) = (policy(before.clone().into()), policy(after.clone().into()));
        let triples = newly_allowed(&PolicyChange {
            registry: &registry,
            before: Some(&old),
            after: Some(&new),
            scope_before,
            scope_after: PolicyScope::V2,
        });
        let text = json!([&before, &after]).to_string();
        let occurs = |at: usize| text.contains(&format!("\"{}\":\"{}\"", FACTS[at].0, FACTS[at].1));
        let worlds: Vec<_> = (0..1_usize << FACTS.len())
            .filter(|facts| (0..FACTS.len()).all(|at| facts & (1 << at) == 0 || occurs(at)))
            .map(|facts| (decided(&before, facts), decided(&after, facts)))
            .collect();
        for account in ACCOUNTS {
            let source: AccountId = account.parse().unwrap();
            for action in ACTIONS {
                for name in REPOSITORIES {
                    let repository: RepositoryName = name.parse().unwrap();
                    let flips: Vec<bool> = worlds
                        .iter()
                        .map(|(old, new)| {
                            is_allowed(new, PolicyScope::V2, &source, action, name)
                                && !is_allowed(old, scope_before, &source, action, name)
                        })
                        .collect();
                    let about: Vec<&Triple> =
                        triples.iter().filter(|t| t.is_about(&source, action, &registry, &repository)).collect();
                    let what = format!("{account} {action} {name}: {about:?}");
                    prop_assert_eq!(!about.is_empty(), flips.iter().any(|flip| *flip), "{}", what);
                    let certain = about.iter().any(|triple| triple.condition.is_none());
                    prop_assert_eq!(certain, flips.iter().all(|flip| *flip), "certain: {}", what);
                }
            }
        }
    }

    #[test]
    fn nothing_is_new_when_nothing_changes(all in statements()) {
        let one = policy(all.clone().into());
        let shuffled = policy(all.into_iter().rev().collect());
        prop_assert_eq!(newly(Some(&one), Some(&shuffled)), vec![]);
        prop_assert_eq!(newly(Some(&one), None), vec![]);
    }

    #[test]
    fn the_registrys_own_way_of_writing_changes_nothing(before in statements(), after in statements()) {
        let (old, new) = (policy(before.into()), policy(after.into()));
        let partition = prod().region.partition();
        let (old_read, new_read) = (old.as_written_in(partition), new.as_written_in(partition));
        prop_assert_eq!(newly(Some(&old), Some(&new)), newly(Some(&old_read), Some(&new_read)));
    }
}

#[test]
fn the_statement_of_a_rule_is_told_in_one_sentence() {
    let after = policy(json!([allow(
        json!(DEV),
        json!(["ecr:ReplicateImage", "ecr:CreateRepository"]),
        &format!("{ARN}/prod-*"),
    )]));
    let triples = newly(None, Some(&after));
    assert_eq!(
        told(&triples),
        [
            "Allow account Dev (111122223333) to create repositories whose names begin with `prod-`.",
            "Allow account Dev (111122223333) to replicate images into repositories whose names begin with `prod-`.",
        ]
    );
    assert_eq!(
        grouped_sentences(&triples, &prod(), &names),
        ["Allow account Dev (111122223333) to replicate images into repositories whose names begin with \
          `prod-`, and create missing repositories."]
    );
}

#[test]
fn only_what_was_not_allowed_before_is_listed() {
    let before = policy(json!([allow(json!(DEV), json!("ecr:ReplicateImage"), &format!("{ARN}/prod-*"))]));
    let wider = policy(json!([allow(json!([OTHER, DEV]), json!("ecr:ReplicateImage"), &format!("{ARN}/*"))]));
    assert_eq!(
        told(&newly(Some(&before), Some(&wider))),
        [
            "Allow account Dev (111122223333) to replicate images into any repository in this registry \
             except repositories whose names begin with `prod-`.",
            "Allow account 222233334444 to replicate images into any repository in this registry.",
        ]
    );
}

#[test]
fn everyone_has_the_exceptions_that_are_needed() {
    let before = policy(json!([allow(json!(OTHER), json!("ecr:BatchGetImage"), "*")]));
    let mut after = vec![allow(json!("*"), json!("ecr:BatchGetImage"), "*")];
    assert_eq!(
        told(&newly(Some(&before), Some(&policy(after.clone().into())))),
        [
            "Allow everyone except account 222233334444 to use `ecr:BatchGetImage` on any repository in this registry."
        ]
    );
    after.push(json!({
        "Effect": "Deny", "Principal": { "AWS": "arn:aws:iam::111122223333:role/ci" },
        "Action": "ecr:*", "Resource": "*",
    }));
    assert_eq!(
        told(&newly(Some(&before), Some(&policy(after.into())))),
        ["Allow everyone except account 222233334444 and `arn:aws:iam::111122223333:role/ci` to use \
          `ecr:BatchGetImage` on any repository in this registry."]
    );
}

#[test]
fn a_role_that_its_account_already_covers_is_not_new() {
    let role = "arn:aws:iam::111122223333:role/ci";
    let before = policy(json!([allow(json!(DEV), json!("ecr:PutImage"), "*")]));
    let after = policy(json!([allow(json!(role), json!("ecr:PutImage"), "*")]));
    assert_eq!(newly(Some(&before), Some(&after)), vec![]);
    assert_eq!(
        told(&newly(Some(&after), Some(&before))),
        [
            "Allow account Dev (111122223333) except `arn:aws:iam::111122223333:role/ci` to use `ecr:PutImage` \
         on any repository in this registry."
        ]
    );
}

#[test]
fn a_deny_that_is_removed_is_a_permission() {
    let all = allow(json!("*"), json!("ecr:ReplicateImage"), "*");
    let deny = json!({ "Effect": "Deny", "Principal": { "AWS": DEV }, "Action": "ecr:Replicate*",
        "Resource": format!("{ARN}/secret/*") });
    let before = policy(json!([all, deny]));
    assert_eq!(
        told(&newly(Some(&before), Some(&policy(json!([all]))))),
        ["Allow account Dev (111122223333) to replicate images into repositories whose names begin with \
          `secret/`."]
    );
}

#[test]
fn a_condition_is_told_or_decided() {
    let with = |condition: Value| {
        let mut one = allow(json!(DEV), json!("ecr:ReplicateImage"), "*");
        one["Condition"] = condition;
        policy(json!([one]))
    };
    let never = with(json!({ "StringEquals": { "aws:SourceAccount": DEV } }));
    assert_eq!(newly(None, Some(&never)), vec![]);
    let certain = with(json!({ "StringEquals": { "aws:PrincipalAccount": DEV } }));
    assert_eq!(
        told(&newly(None, Some(&certain))),
        ["Allow account Dev (111122223333) to replicate images into any repository in this registry."]
    );
    let organisation = with(json!({ "StringEquals": { "aws:principalorgid": ["o-2", "o-1"] } }));
    assert_eq!(
        told(&newly(None, Some(&organisation))),
        ["Allow account Dev (111122223333) to replicate images into any repository in this registry, if \
         `aws:PrincipalOrgID` is `o-1` or `o-2`."]
    );
    assert_eq!(
        told(&newly(Some(&organisation), Some(&certain))),
        [
            "Allow account Dev (111122223333) to replicate images into any repository in this registry, if not \
         already allowed because `aws:PrincipalOrgID` is `o-1` or `o-2`."
        ]
    );
    assert_eq!(newly(Some(&certain), Some(&organisation)), vec![]);
}

#[test]
fn what_is_left_open_is_the_same_fact_wherever_its_statement_stands() {
    let role = "arn:aws:iam::111122223333:role/ci";
    let all = allow(json!("*"), json!("ecr:ReplicateImage"), "*");
    let deny = json!({ "Effect": "Deny", "NotPrincipal": { "AWS": role }, "Action": "*", "Resource": "*" });
    let odd = json!({ "Effect": "Allow", "Principal": 7, "Action": "*", "Resource": "*" });
    let (one, other) = (policy(json!([all, deny, odd])), policy(json!([odd, deny, all])));
    assert_eq!(newly(Some(&one), Some(&other)), vec![]);
    assert!(!newly(None, Some(&one)).is_empty());
}

#[test]
fn an_upgrade_of_the_scope_lists_what_becomes_effective() {
    let one = policy(json!([allow(json!(DEV), json!("ecr:*"), "*")]));
    let registry = prod();
    let change = PolicyChange::of_scope(&registry, Some(&one));
    let triples = newly_allowed(&change);
    assert!(triples.iter().all(|triple| triple.action != "ecr:ReplicateImage"));
    assert!(triples.iter().any(|triple| triple.action == "ecr:DeleteRepository"));
    let sentences = grouped_sentences(&triples, &registry, &names);
    assert_eq!(
        sentences,
        [
            "Allow account Dev (111122223333) to do everything with any repository in this registry except \
             `ecr:BatchImportUpstreamImage`, `ecr:CreateRepository` and `ecr:ReplicateImage`.",
            "Allow account Dev (111122223333) to do everything with the registry itself.",
        ]
    );
    assert_eq!(self_lock_out(&change, None), None);
    let v1 = policy(json!([allow(json!(DEV), json!("ecr:ReplicateImage"), "*")]));
    assert_eq!(newly_allowed(&PolicyChange::of_scope(&registry, Some(&v1))), vec![]);
}

#[test]
fn actions_of_the_registry_need_a_star_as_resource() {
    let arn = policy(json!([allow(json!(DEV), json!("ecr:DescribeRegistry"), &format!("{ARN}/*"))]));
    assert_eq!(newly(None, Some(&arn)), vec![]);
    let star = policy(json!([allow(json!(DEV), json!("ecr:DescribeRegistry"), "*")]));
    assert_eq!(
        told(&newly(None, Some(&star))),
        ["Allow account Dev (111122223333) to use `ecr:DescribeRegistry` on the registry itself."]
    );
}

#[test]
fn the_owner_is_not_locked_out_without_a_word() {
    let registry = prod();
    let deny = |principal: Value, action: Value, resource: &str| {
        policy(
            json!([{ "Sid": "No", "Effect": "Deny", "Principal": principal, "Action": action, "Resource": resource }]),
        )
    };
    let everything = deny(json!("*"), json!("ecr:*"), "*");
    let of = |policy: &RegistryPolicy| {
        self_lock_out(&PolicyChange::of_policy(&registry, None, Some(policy), PolicyScope::V2), None)
    };
    let lost = of(&everything).unwrap();
    assert!(lost.certain && !lost.repairable && lost.by[0].sid.as_deref() == Some("No"));
    assert_eq!(
        lost.sentence(),
        "This takes the right to change or delete the registry policy from its own account 444455556666; only \
         AWS Support could undo that."
    );
    let upgrade = self_lock_out(&PolicyChange::of_scope(&registry, Some(&everything)), None).unwrap();
    assert!(!upgrade.repairable && !upgrade.actions.contains(&"ecr:ReplicateImage".to_owned()));
    let again = PolicyChange::of_policy(&registry, Some(&everything), Some(&everything), PolicyScope::V2);
    assert_eq!(self_lock_out(&again, None), None, "it is so already");

    let some =
        of(&deny(json!({ "AWS": PROD }), json!("ecr:DeleteRepository"), &format!("{ARN}/prod-*"))).unwrap();
    assert!(some.repairable && some.certain);
    assert_eq!(
        some.sentence(),
        "This takes `ecr:DeleteRepository` from the registry's own account 444455556666."
    );
    assert_eq!(of(&deny(json!({ "AWS": DEV }), json!("ecr:*"), "*")), None);

    let role = "arn:aws:iam::444455556666:role/admin";
    let session = "arn:aws:sts::444455556666:assumed-role/admin/anna";
    let one = deny(json!({ "AWS": role }), json!("*"), "*");
    let change = PolicyChange::of_policy(&registry, None, Some(&one), PolicyScope::V2);
    assert_eq!(self_lock_out(&change, None), None);
    assert!(!self_lock_out(&change, Some(session)).unwrap().repairable);

    let unless = policy(json!([{
        "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": { "StringNotEquals": { "aws:PrincipalOrgID": "o-1" } },
    }]));
    assert!(!of(&unless).unwrap().certain);
}

#[test]
fn a_hostile_policy_ends_soon_and_leaves_nothing_out() {
    let hostile: Vec<Value> = (0..40)
        .map(|i| {
            json!({ "Effect": if i % 3 == 0 { "Deny" } else { "Allow" }, "Principal": "*", "Action": "*",
                "Resource": format!("{ARN}/*{i}*a*{i}*b*c*") })
        })
        .collect();
    let triples = newly(None, Some(&policy(hostile.into())));
    assert!(triples.iter().any(|triple| triple.action == "ecr:PutImage"));
}
