//! What a change of a policy newly allows, compared with evaluating every request of a grid before
//! and after.

use longshore_policy::registry_policy::{
    Decision, PolicyChange, PolicyScope, RegistryPolicy, Triple, grouped_sentences, newly_allowed,
    self_lock_out,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    common::{DEV, PROD, names, prod},
    grid::{Answers, allow, policy, statements},
};

const OTHER: &str = "222233334444";
const ARN: &str = "arn:aws:ecr:us-west-2:444455556666:repository";

fn newly(before: Option<&RegistryPolicy>, after: Option<&RegistryPolicy>) -> Vec<Triple> {
    newly_allowed(&PolicyChange::of_policy(&prod(), before, after, PolicyScope::V2))
}

/// `principal action resource [if …]`, one per triple.
fn told(triples: &[Triple]) -> Vec<String> {
    triples.iter().map(|triple| triple.sentence(&prod(), &names)).collect()
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
        let answers = Answers { before: &before, after: &after, scope_before, is_it: Decision::is_allowed };
        prop_assert!(answers.agree_with(&triples).is_ok(), "{}", answers.agree_with(&triples).unwrap_err());
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
