//! What lifecycle policies do, according to the User Guide.

use chrono::TimeDelta;
use longshore_names::Digest;
use longshore_policy::lifecycle::{
    LifecycleImage, LifecyclePolicy, StorageClass, evaluate, explain_rule, validate, with_incoming,
};
use serde_json::{Value, json};

use super::*;

/// What the case shows, the rules, the images, and the action on each image.
type Case<'a> = (&'a str, Vec<Value>, &'a [LifecycleImage], &'a [&'a str]);

/// User Guide, "Examples of lifecycle policies": filtering on age, on count, on several rules, on
/// several tags, on all images.
#[test]
fn the_examples_of_the_user_guide() {
    let multiple = [
        image('A', 10, &["beta-1", "prod-1"]),
        image('B', 9, &["beta-2", "prod-2"]),
        image('C', 8, &["beta-3"]),
    ];
    let tagged = [
        image('A', 12, &["alpha-1"]),
        image('B', 11, &["beta-1"]),
        image('C', 10, &["alpha-2", "beta-2"]),
        image('D', 4, &["alpha-3"]),
        image('E', 3, &["beta-3"]),
        image('F', 2, &["alpha-4", "beta-4"]),
    ];
    let all = [
        image('A', 4, &["alpha-1"]),
        image('B', 3, &["beta-1"]),
        image('C', 2, &[]),
        image('D', 1, &["alpha-2"]),
    ];
    let table: &[Case<'_>] = &[
        (
            "untagged images older than 14 days",
            vec![age(1, untagged(), 14)],
            &[image('A', 15, &[]), image('B', 13, &[]), image('C', 99, &["x"])],
            &["A1"],
        ),
        (
            "all untagged images but one",
            vec![count(1, untagged(), 1)],
            &[image('A', 3, &[]), image('B', 2, &[]), image('C', 1, &[]), image('D', 9, &["x"])],
            &["A1", "B1"],
        ),
        (
            "prod first: the prod rule selects B, so the beta rule leaves it alone",
            vec![count(1, prefixes(&["prod"]), 1), count(2, prefixes(&["beta"]), 1)],
            &multiple,
            &["A1"],
        ),
        (
            "beta first",
            vec![count(1, prefixes(&["beta"]), 1), count(2, prefixes(&["prod"]), 1)],
            &multiple,
            &["A1", "B1"],
        ),
        ("both prefixes at once", vec![age(1, prefixes(&["alpha", "beta"]), 5)], &tagged, &["C1"]),
        (
            "both prefixes at once, by count",
            vec![count(1, prefixes(&["alpha", "beta"]), 1)],
            &tagged,
            &["C1"],
        ),
        ("all images but one", vec![count(1, any(), 1)], &all, &["A1", "B1", "C1"]),
        (
            "the first rule selects alpha, which still counts for the rule for all images",
            vec![count(1, prefixes(&["alpha"]), 1), count(2, any(), 1)],
            &all,
            &["A1", "B2", "C2"],
        ),
        (
            "untagged by age, then all by count",
            vec![age(1, untagged(), 1), count(2, any(), 1)],
            &all,
            &["A2", "B2", "C1"],
        ),
    ];
    for (what, rules, images, expected) in table {
        assert_eq!(acts(rules, images), *expected, "{what}");
    }
}

#[test]
fn patterns_fit_anywhere_in_a_tag_and_all_of_them_must() {
    let images =
        [image('A', 9, &["prod"]), image('B', 9, &["reproduction"]), image('C', 9, &["test-prod-1", "x"])];
    for (list, expected) in [
        (&["prod*"][..], &["A1"][..]),
        (&["*prod*"], &["A1", "B1", "C1"]),
        (&["*prod*", "x"], &["C1"]),
        (&["p?od"], &[]),
    ] {
        assert_eq!(acts(&[age(1, patterns(list), 1)], &images), expected, "{list:?}");
    }
}

#[test]
fn an_index_keeps_its_members_and_takes_them_with_it() {
    let member = |days| image('B', days, &[]);
    let index = |days, tags: &[&str]| LifecycleImage { members: vec![digest('B')], ..image('A', days, tags) };
    let rules = [age(1, untagged(), 5)];
    assert_eq!(acts(&rules, &[index(9, &["1"]), member(9)]), Vec::<String>::new());
    assert_eq!(acts(&rules, &[index(9, &[]), member(9)]), ["A1", "B1"]);
    // Nested indexes, whose outermost one stays.
    let outer = LifecycleImage { members: vec![digest('A')], ..image('C', 9, &["1"]) };
    assert_eq!(acts(&rules, &[index(9, &[]), member(9), outer]), Vec::<String>::new());
}

#[test]
fn signatures_follow_their_image_and_are_not_chosen_themselves() {
    let of = |name, subject| LifecycleImage { subject: Some(digest(subject)), ..image(name, 9, &[]) };
    let images = [image('A', 9, &["1"]), of('B', 'A'), of('C', 'B'), image('D', 1, &["2"]), of('E', 'D')];
    assert_eq!(acts(&[age(1, untagged(), 1)], &images), Vec::<String>::new());
    assert_eq!(acts(&[age(1, any(), 5)], &images), ["A1", "B1*", "C1*"]);
}

/// A client can push a chain of any length, in any order. The time limit for all tests ends an
/// evaluation that is quadratic in the length.
#[test]
fn chains_are_followed_however_long_they_are() {
    const LONG: u32 = 100_000;
    let name = |n: u32| -> Digest { format!("sha256:{n:064x}").parse().unwrap() };
    let long_ago = now() - TimeDelta::days(100);
    let rules = policy(json!([age(1, any(), 30)])).rules().unwrap();
    let referrers: Vec<LifecycleImage> = (0..LONG)
        .rev()
        .map(|n| LifecycleImage {
            subject: n.checked_sub(1).map(name),
            ..LifecycleImage::new(name(n), long_ago)
        })
        .collect();
    assert_eq!(evaluate(&rules, &referrers, now()).len(), LONG as usize);

    let mut indexes: Vec<LifecycleImage> = (0..LONG)
        .map(|n| LifecycleImage { members: vec![name(n + 1)], ..LifecycleImage::new(name(n), long_ago) })
        .collect();
    indexes.push(LifecycleImage::new(name(LONG), long_ago));
    assert_eq!(evaluate(&rules, &indexes, now()).len(), indexes.len());
    indexes[0] = LifecycleImage { members: vec![name(1)], ..LifecycleImage::new(name(0), now()) };
    assert!(evaluate(&rules, &indexes, now()).is_empty(), "the first one stays, and so do all others");
}

#[test]
fn the_archive_has_its_own_rules() {
    let pulled = |name, days| LifecycleImage {
        pulled: Some(now() - TimeDelta::days(days)),
        ..image(name, 200, &["x"])
    };
    let unpulled = rule(
        1,
        any(),
        json!({ "countType": "sinceImagePulled", "countUnit": "days", "countNumber": 30 }),
        "transition",
    );
    let archived = |name, days| LifecycleImage {
        archived: Some(now() - TimeDelta::days(days)),
        storage_class: StorageClass::Archive,
        ..image(name, 500, &["x"])
    };
    let mut status = any();
    status["storageClass"] = "archive".into();
    let gone = rule(
        2,
        status,
        json!({ "countType": "sinceImageTransitioned", "countUnit": "days", "countNumber": 90 }),
        "expire",
    );
    let restored = LifecycleImage { activated: Some(now() - TimeDelta::days(3)), ..image('F', 500, &["x"]) };
    let images = [
        pulled('A', 31),
        pulled('B', 29),
        image('C', 31, &[]),
        archived('D', 91),
        archived('E', 89),
        restored.clone(),
    ];
    assert_eq!(acts(&[unpulled, gone], &images), ["a1", "c1", "D2"]);
    assert_eq!(acts(&[age(1, any(), 5)], &[restored]), Vec::<String>::new(), "a restore renews the age");
}

#[test]
fn what_is_copied_counts_from_the_copy_and_pushes_older_images_out() {
    let existing = [image('A', 30, &["1"]), image('B', 20, &["2"]), image('C', 10, &["latest"])];
    let incoming = [image('D', 0, &["3"]), image('E', 0, &["latest"]), image('A', 0, &["old"])];
    let after = with_incoming(&existing, &incoming);
    let rules = policy(json!([count(1, any(), 3)])).rules().unwrap();
    let actions = evaluate(&rules, &after, now());
    let told: Vec<_> = actions.iter().map(|a| (a.digest.clone(), a.incoming, a.tags.len())).collect();
    // A has another tag but is still the oldest; C lost `latest` to E; the copies are the youngest.
    assert_eq!(told, [(digest('A'), false, 2), (digest('B'), false, 1)]);
    let rules = policy(json!([count(1, any(), 1)])).rules().unwrap();
    let names: Vec<_> = evaluate(&rules, &after, now()).into_iter().map(|a| (a.digest, a.incoming)).collect();
    assert_eq!(
        names,
        [(digest('A'), false), (digest('B'), false), (digest('C'), false), (digest('D'), true)],
        "of copies made together, the first is the oldest"
    );
}

#[test]
fn every_rule_is_explained() {
    let mut archive = any();
    archive["storageClass"] = "archive".into();
    let rules = policy(json!([
        count(1, prefixes(&["prod"]), 10),
        count(2, prefixes(&["a", "b"]), 1),
        age(3, patterns(&["*-dev"]), 1),
        age(4, untagged(), 14),
        rule(
            5,
            archive,
            json!({ "countType": "sinceImageTransitioned", "countUnit": "days", "countNumber": 90 }),
            "expire"
        ),
        rule(
            6,
            any(),
            json!({ "countType": "sinceImagePulled", "countUnit": "days", "countNumber": 30 }),
            "transition"
        ),
    ]))
    .rules()
    .unwrap();
    let sentences: Vec<String> = rules.iter().map(explain_rule).collect();
    insta::assert_snapshot!("lifecycle_explained", sentences.join("\n"));
}

#[test]
fn everything_wrong_is_told_at_its_field() {
    let mut extra = count(1, any(), 1);
    extra["selection"]["countUnit"] = "days".into();
    extra["enabled"] = true.into();
    let mut both = count(2, prefixes(&["a*"]), 0);
    both["selection"]["tagPatternList"] = json!(["*a*b*c*d*"]);
    let mut archive = age(3, any(), 3);
    archive["selection"]["storageClass"] = "archive".into();
    let pulled = json!({ "countType": "sinceImagePulled", "countUnit": "hours", "countNumber": 3 });
    let young = json!({ "countType": "sinceImageTransitioned", "countUnit": "days", "countNumber": 30, "storageClass": "archive" });
    let findings = validate(&policy(json!([
        extra,
        both,
        archive,
        rule(3, any(), pulled, "expire"),
        rule(5, any(), young, "transition"),
        count(6, patterns(&["*a*b*c*d*"]), 1),
        age(7, patterns(&["*a*b*c*d*"]), 1),
        count(8, json!({ "tagStatus": "tagged" }), 1),
        count(9, json!({ "tagStatus": "any", "tagPrefixList": ["a"] }), 1),
        json!({ "rulePriority": "1", "selection": { "tagStatus": "all" }, "action": { "type": "delete" } }),
        count(11, prefixes(&["a*"]), 1),
        "rule",
    ])));
    let told: Vec<String> = findings
        .iter()
        .map(|finding| {
            let field = finding.field.as_ref().map_or("", |field| field.as_str());
            format!("{field} [{}] {:?} {}", finding.code, finding.severity, finding.text)
        })
        .collect();
    insta::assert_snapshot!("lifecycle_wrong", told.join("\n"));
}

#[test]
fn a_policy_is_read_from_what_aws_answers_and_bounded() {
    let text = policy(json!([count(1, any(), 1)])).to_text();
    let answer = json!({ "registryId": "111122223333", "lifecyclePolicyText": text }).to_string();
    assert_eq!(LifecyclePolicy::parse(&answer).unwrap().to_text(), text);
    for wrong in
        ["", "[]", "{}", r#"{"rules":{}}"#, r#"{"lifecyclePolicyText":"{\"lifecyclePolicyText\":\"{}\"}"}"#]
    {
        assert!(LifecyclePolicy::parse(wrong).is_err(), "{wrong}");
    }
    let many: Vec<Value> = (1..=60).map(|i| count(i, prefixes(&[&format!("p{i:02}")]), 1)).collect();
    let codes: Vec<&str> = validate(&policy(many.into())).iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["lifecycle-too-many-rules"]);
}
