//! The upgrade of a policy's scope from V1 to V2: what it newly allows and denies, compared with
//! evaluating every request of a grid in both scopes; who is locked out; what V1 leaves without effect.

use longshore_policy::registry_policy::{
    Decision, PolicyChange, PolicyContext, PolicyScope, RegistryPolicy, grouped_denials, grouped_sentences,
    newly_allowed, newly_denied, self_lock_out, validate_policy,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    common::{DEV, PROD, names, prod},
    grid::{Answers, allow, policy, statements},
};

fn deny(principal: Value, actions: Value) -> Value {
    json!({ "Sid": "Stop", "Effect": "Deny", "Principal": principal, "Action": actions, "Resource": "*" })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn exactly_what_the_evaluator_denies_anew_is_listed(
        before in statements(),
        after in statements(),
        upgrade in prop::bool::ANY,
    ) {
        let registry = prod();
        let before = if upgrade { after.clone() } else { before };
        let (old, new) = (policy(before.clone().into()), policy(after.clone().into()));
        let scope_before = if upgrade { PolicyScope::V1 } else { PolicyScope::V2 };
        let change = match upgrade {
            true => PolicyChange::of_scope(&registry, Some(&new)),
            false => PolicyChange::of_policy(&registry, Some(&old), Some(&new), PolicyScope::V2),
        };
        let triples = newly_denied(&change);
        let is_it = |decision: &Decision| matches!(decision, Decision::Denied { .. });
        let answers = Answers { before: &before, after: &after, scope_before, is_it };
        prop_assert!(answers.agree_with(&triples).is_ok(), "{}", answers.agree_with(&triples).unwrap_err());
    }
}

#[test]
fn an_upgrade_says_what_it_newly_allows_and_denies() {
    let document = policy(json!([
        allow(json!(DEV), json!(["ecr:ReplicateImage", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]), "*"),
        deny(json!("*"), json!(["ecr:DeleteRepository", "ecr:CreateRepository"])),
        { "Sid": "Outside", "Effect": "Deny", "Principal": "*", "Action": "ecr:PutImage", "Resource": "*",
          "Condition": { "StringNotEquals": { "aws:PrincipalOrgID": "o-1" } } },
    ]));
    let registry = prod();
    let change = PolicyChange::of_scope(&registry, Some(&document));
    assert_eq!(
        grouped_sentences(&newly_allowed(&change), &registry, &names),
        ["Allow account Dev (111122223333) to pull images from any repository in this registry."]
    );
    assert_eq!(
        grouped_denials(&newly_denied(&change), &registry, &names),
        [
            "Forbid everyone to use `ecr:DeleteRepository` on any repository in this registry.",
            "Forbid everyone to use `ecr:PutImage` on any repository in this registry, if \
             `aws:PrincipalOrgID` is not `o-1`.",
        ]
    );
    let everything = policy(json!([deny(json!({ "AWS": DEV }), json!("ecr:*"))]));
    assert_eq!(
        grouped_denials(
            &newly_denied(&PolicyChange::of_scope(&registry, Some(&everything))),
            &registry,
            &names
        ),
        [
            "Forbid account Dev (111122223333) to do anything with any repository in this registry except \
             `ecr:BatchImportUpstreamImage`, `ecr:CreateRepository` and `ecr:ReplicateImage`.",
            "Forbid account Dev (111122223333) to do anything with the registry itself.",
        ]
    );
    assert_eq!(newly_denied(&PolicyChange::of_scope(&registry, None)), vec![]);
}

#[test]
fn an_upgrade_that_takes_the_policy_from_those_who_manage_it_is_found() {
    let registry = prod();
    let lost = |statement: Value, caller: Option<&str>| {
        let document = policy(json!([allow(json!(DEV), json!("ecr:ReplicateImage"), "*"), statement]));
        self_lock_out(&PolicyChange::of_scope(&registry, Some(&document)), caller)
            .and_then(|lost| lost.management)
    };
    let everything = lost(deny(json!("*"), json!("ecr:*")), None).unwrap();
    assert!(everything.certain);
    assert_eq!(
        everything.sentence(),
        "Statement `Stop` would deny `ecr:DeleteRegistryPolicy`, `ecr:GetAccountSetting`, \
         `ecr:GetRegistryPolicy`, `ecr:PutAccountSetting` and `ecr:PutRegistryPolicy` to those who manage this \
         policy."
    );
    let one = lost(deny(json!({ "AWS": PROD }), json!("ecr:Put*Setting")), None).unwrap();
    assert_eq!((one.actions.as_slice(), one.by[0].index), (&["ecr:PutAccountSetting".to_owned()][..], 1));
    let role = json!({ "AWS": "arn:aws:iam::444455556666:role/admin" });
    assert_eq!(lost(deny(role.clone(), json!("ecr:GetRegistryPolicy")), None), None);
    let session = "arn:aws:sts::444455556666:assumed-role/admin/anna";
    assert!(lost(deny(role, json!("ecr:GetRegistryPolicy")), Some(session)).unwrap().certain);

    // Others, other actions, and what V1 enforces already lock nobody out.
    for harmless in [
        deny(json!({ "AWS": DEV }), json!("ecr:*")),
        deny(json!("*"), json!("ecr:DeleteRepository")),
        deny(json!("*"), json!(["ecr:ReplicateImage", "ecr:CreateRepository"])),
    ] {
        assert_eq!(lost(harmless.clone(), None), None, "{harmless}");
    }

    let mut outside = deny(json!("*"), json!("ecr:*"));
    outside["Condition"] = json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-1" } });
    let possible = lost(outside, None).unwrap();
    assert!(!possible.certain);
    assert!(possible.sentence().ends_with("to those who manage this policy, depending on a condition."));
}

/// What is said about the policy's actions in scope V1, of a policy that ECR has, or that is new.
fn in_v1(document: &RegistryPolicy, stands: bool) -> Vec<(&'static str, String)> {
    let mut context = PolicyContext::new(prod());
    context.scope = PolicyScope::V1;
    context.current = stands.then(|| document.clone());
    let of_scope = |code: &str| ["action-outside-scope", "action-without-effect"].contains(&code);
    let findings = validate_policy(document, &context).into_iter();
    findings.filter(|found| of_scope(found.code)).map(|found| (found.code, found.text)).collect()
}

#[test]
fn what_scope_v1_does_not_enforce_is_said_at_its_statement() {
    let with = |actions: Value| policy(json!([allow(json!(DEV), actions, "*")]));
    let until = "until the policy scope of this registry is V2";
    for (actions, said) in [
        (json!("ecr:BatchGetImage"), Some(format!("The statement has no effect {until}."))),
        (
            json!(["ecr:ReplicateImage", "ecr:BatchGetImage"]),
            Some(format!("`ecr:BatchGetImage` has no effect {until}.")),
        ),
        (
            json!(["ecr:createrepository", "ecr:PutImage", "ecr:BatchGetImage"]),
            Some(format!("`ecr:PutImage` and `ecr:BatchGetImage` have no effect {until}.")),
        ),
        (
            json!("ecr:*"),
            Some(
                "Until the policy scope of this registry is V2, the statement is about `ecr:ReplicateImage`, \
                 `ecr:BatchImportUpstreamImage` and `ecr:CreateRepository` only."
                    .into(),
            ),
        ),
        (json!(["ecr:CreateRepository", "ecr:ReplicateImage"]), None),
        (json!("ecr:Replicate*"), None),
    ] {
        let found = in_v1(&with(actions.clone()), true);
        let wanted: Vec<_> = said.into_iter().map(|text| ("action-without-effect", text)).collect();
        assert_eq!(found, wanted, "{actions}");
    }
    let but = policy(json!([{ "Effect": "Deny", "Principal": "*", "Resource": "*",
        "NotAction": ["ecr:ReplicateImage", "ecr:CreateRepository", "ecr:BatchImport*"] }]));
    assert_eq!(
        in_v1(&but, true),
        [("action-without-effect", format!("The statement has no effect {until}."))]
    );

    // A new statement is refused, except with the wildcard that the guide mentions.
    let new = in_v1(&with(json!(["ecr:ReplicateImage", "ecr:BatchGetImage"])), false);
    let text = "This registry's policy scope is V1, which does not know `ecr:BatchGetImage`.";
    assert_eq!(new, [("action-outside-scope", text.to_owned())]);
    assert_eq!(
        in_v1(&with(json!("ecr:*")), false).iter().map(|found| found.0).collect::<Vec<_>>(),
        ["action-without-effect"]
    );
    for scope in [PolicyScope::V2, PolicyScope::Unknown] {
        let mut context = PolicyContext::new(prod());
        context.scope = scope;
        let codes = validate_policy(&with(json!("ecr:BatchGetImage")), &context);
        assert!(codes.iter().all(|found| !found.code.starts_with("action-")), "{scope:?}: {codes:?}");
    }
}
