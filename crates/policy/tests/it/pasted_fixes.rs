//! A fix that is applied without being chosen allows nothing more and loses no part.

use longshore_policy::registry_policy::{Fix, PasteCheck, check_pasted};
use serde_json::{Value, json};

use crate::common::{DEV, PROD, prod, registry};

fn statement(effect: &str, resource_key: &str, resource: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "A", "Effect": effect, "Principal": { "AWS": format!("arn:aws:iam::{DEV}:root") },
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"], resource_key: [resource] }] })
}

fn fix<'a>(checked: &'a PasteCheck, code: &str) -> &'a Fix {
    checked.fixes.iter().find(|fix| fix.code == code).unwrap_or_else(|| panic!("{code}: {:?}", checked.fixes))
}

fn with(change: impl FnOnce(&mut Value)) -> PasteCheck {
    let mut policy = statement("Allow", "Resource", &format!("arn:aws:ecr:us-west-2:{PROD}:repository/*"));
    change(&mut policy["Statement"][0]);
    check_pasted(&policy.to_string(), &prod())
}

#[test]
fn an_arn_of_another_registry_is_not_turned_into_one_of_this_registry_by_itself() {
    for resource in [
        format!("arn:aws:ecr:eu-west-1:{PROD}:repository/prod/*"),
        "arn:aws:ecr:us-west-2:999988887777:repository/prod/*".to_owned(),
        format!("arn:aws-cn:ecr:us-west-2:{PROD}:repository/prod/*"),
        "arn:aws:us-west-2:999988887777:repository/prod/*".to_owned(),
    ] {
        for (effect, key, widens) in [
            ("Allow", "Resource", true),
            ("Deny", "Resource", false),
            ("Allow", "NotResource", false),
            ("Deny", "NotResource", true),
        ] {
            let checked = check_pasted(&statement(effect, key, &resource).to_string(), &prod());
            let fix = fix(&checked, "resource-elsewhere");
            assert!(!fix.applied, "{effect} {key} {resource}");
            assert_eq!(fix.newly_allows.is_some(), widens, "{effect} {key}: {fix:?}");
            assert_eq!(checked.fixed(&[]).unwrap(), checked.document.clone().unwrap(), "{effect} {key}");
        }
    }
    // The clearest one: it would no longer deny anything in `prod`.
    let exempt = statement("Deny", "NotResource", &format!("arn:aws:ecr:eu-west-1:{PROD}:repository/prod/*"));
    let checked = check_pasted(&exempt.to_string(), &prod());
    let newly = fix(&checked, "resource-elsewhere").newly_allows.clone().unwrap();
    assert!(
        newly.contains("no longer denies") && newly.contains(&format!("us-west-2:{PROD}:repository/prod/*"))
    );
}

#[test]
fn an_account_of_another_partition_is_not_let_in_by_itself() {
    let place = registry(PROD, "cn-north-1");
    let text = statement("Allow", "Resource", &format!("arn:aws-cn:ecr:cn-north-1:{PROD}:repository/*"));
    let checked = check_pasted(&text.to_string(), &place);
    let fix = fix(&checked, "principal-partition");
    assert!(!fix.applied && fix.newly_allows.as_ref().unwrap().contains("arn:aws-cn:iam"), "{fix:?}");
    assert_eq!(checked.fixed(&[]).unwrap(), checked.document.clone().unwrap());
}

#[test]
fn a_name_that_a_deny_exempts_says_what_is_no_longer_denied() {
    let checked = with(|s| {
        s["Effect"] = "Deny".into();
        s.as_object_mut().unwrap().remove("Action");
        s["NotAction"] = json!(["ecr:ReplicatImage"]);
    });
    let newly = fix(&checked, "action-unknown").newly_allows.clone().unwrap();
    assert_eq!(newly, "The statement no longer denies `ecr:ReplicateImage`.");
    let checked = with(|s| {
        s["Effect"] = "Deny".into();
        s["Condition"] = json!({ "StringNotEquals": { "PrincipalOrgID": "o-1" } });
    });
    let fix = fix(&checked, "condition-key-unknown");
    assert!(!fix.applied && fix.newly_allows.as_ref().unwrap().contains("no longer denies"), "{fix:?}");
}

#[test]
fn a_fix_of_a_condition_drops_no_other_test() {
    for condition in [
        json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1", "PrincipalOrgID": "o-2" } }),
        json!({ "StringEquals": { "AWS:principalorgid": "o-1", "PrincipalOrgID": "o-2" } }),
        json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" }, "StringEqual": { "aws:PrincipalOrgID": "o-2" } }),
        json!({ "StringEquals": { "PrincipalOrgID": "o-1", "aws:PrincipalOrgId1": "o-2" } }),
        json!({ "StringEquals": { "aws:\u{200b}PrincipalOrgID": "o-1", "aws:PrincipalOrgID": "o-2" } }),
        json!({ "StringEquals": { "aws:SourceAccount": DEV, "aws:PrincipalAccount": "999988887777" } }),
    ] {
        let checked = with(|s| s["Condition"] = condition.clone());
        let fixed = checked.fixed_entirely().unwrap().to_text();
        for value in ["o-1", "o-2", "999988887777"] {
            assert_eq!(condition.to_string().contains(value), fixed.contains(value), "{condition}: {fixed}");
        }
    }
}

#[test]
fn two_misspelt_fields_do_not_become_one() {
    let checked = with(|s| {
        s.as_object_mut().unwrap().remove("Action");
        s["Actions"] = json!(["ecr:ReplicateImage"]);
        s["action"] = json!(["ecr:CreateRepository"]);
    });
    let fixed = checked.fixed_entirely().unwrap().to_text();
    assert!(fixed.contains("ReplicateImage") && fixed.contains("CreateRepository"), "{fixed}");
}
