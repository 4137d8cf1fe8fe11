//! One test for each documented rule: User Guide, "Lifecycle policies" and "Lifecycle policy
//! parameters"; limits of the General Reference and the API model.

use longshore_policy::lifecycle::{StorageClass, validate};

use super::*;
use crate::common::told;

/// `E code@field`, one for each finding that is not a note.
fn found(rules: Vec<Value>) -> Vec<String> {
    let findings = validate(&policy(rules.into()));
    told(&findings).into_iter().filter(|line| !line.starts_with('N')).collect()
}

/// A rule after a change of its JSON.
fn changed(mut rule: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut rule);
    rule
}

fn selection(change: impl FnOnce(&mut Value)) -> Vec<Value> {
    vec![changed(count(1, prefixes(&["prod"]), 10), |rule| change(&mut rule["selection"]))]
}

fn action(change: impl FnOnce(&mut Value)) -> Vec<Value> {
    vec![changed(count(1, prefixes(&["prod"]), 10), |rule| change(&mut rule["action"]))]
}

fn since(kind: &str, days: u32) -> Value {
    json!({ "countType": kind, "countUnit": "days", "countNumber": days })
}

fn archived_only(status: Value) -> Value {
    changed(status, |status| status["storageClass"] = "archive".into())
}

fn expire_archived(priority: u32, status: Value, days: u32) -> Value {
    rule(priority, archived_only(status), since("sinceImageTransitioned", days), "expire")
}

fn archived(name: char, days: i64) -> LifecycleImage {
    LifecycleImage {
        archived: Some(now() - TimeDelta::days(days)),
        storage_class: StorageClass::Archive,
        ..image(name, 900, &["x"])
    }
}

const NOTHING: &[&str] = &[];

#[test]
fn a_rule_priority_is_a_whole_number_of_at_least_1() {
    for wrong in [json!(0), json!(-1), json!(1.5), json!("1"), json!(null), json!(5_000_000_000_u64)] {
        let rules = vec![changed(count(1, untagged(), 1), |rule| rule["rulePriority"] = wrong.clone())];
        assert_eq!(found(rules), ["E lifecycle-number@rules[0].rulePriority"], "{wrong}");
    }
}

#[test]
fn rule_priorities_are_unique() {
    let rules = vec![count(3, prefixes(&["a"]), 1), count(3, prefixes(&["b"]), 1)];
    assert_eq!(found(rules.clone()), ["E lifecycle-priority@rules[1].rulePriority"]);
    let with_another_fault =
        vec![rules[0].clone(), changed(rules[1].clone(), |rule| rule["action"] = json!({}))];
    assert_eq!(
        found(with_another_fault),
        ["E lifecycle-word@rules[1].action.type", "E lifecycle-priority@rules[1].rulePriority"]
    );
}

#[test]
fn rule_priorities_may_have_gaps_and_any_order_in_the_document_and_the_lowest_applies_first() {
    let rules = [count(70, any(), 1), age(4, untagged(), 1)];
    assert_eq!(found(rules.to_vec()), ["W lifecycle-keeps-one@rules[0].selection.countNumber"]);
    let images = [image('A', 9, &[]), image('B', 8, &["1"]), image('C', 7, &["2"])];
    assert_eq!(acts(&rules, &images), ["A4", "B70"]);
}

#[test]
fn a_rule_for_any_image_has_the_highest_number_of_its_storage_class() {
    let any_first = vec![count(1, any(), 5), age(2, untagged(), 1)];
    assert_eq!(found(any_first), ["E lifecycle-any-last@rules[0].rulePriority"]);
    let of_each_class =
        vec![rule(1, any(), since("sinceImagePulled", 90), "transition"), expire_archived(2, any(), 365)];
    assert_eq!(found(of_each_class), NOTHING, "an example of the guide");
}

#[test]
fn tagged_requires_patterns_or_prefixes_and_never_both() {
    let without =
        selection(|selection| *selection = count(1, json!({"tagStatus": "tagged"}), 1)["selection"].clone());
    assert_eq!(found(without), ["E lifecycle-tags@rules[0].selection.tagStatus"]);
    let both = selection(|selection| selection["tagPatternList"] = json!(["prod*"]));
    assert_eq!(found(both), ["E lifecycle-tags@rules[0].selection.tagPrefixList"]);
    for empty in [json!([]), json!([""]), json!("prod"), json!([1]), json!({})] {
        let rules = selection(|selection| selection["tagPrefixList"] = empty.clone());
        assert_eq!(found(rules), ["E lifecycle-tags@rules[0].selection.tagPrefixList"], "{empty}");
    }
}

#[test]
fn untagged_and_any_have_neither_patterns_nor_prefixes() {
    for status in ["untagged", "any"] {
        for list in ["tagPatternList", "tagPrefixList"] {
            let mut rules = count(1, json!({ "tagStatus": status }), 5);
            rules["selection"][list] = json!(["a"]);
            assert_eq!(found(vec![rules]), [format!("E lifecycle-tags@rules[0].selection.{list}")]);
        }
    }
}

#[test]
fn a_pattern_has_at_most_four_wildcards() {
    assert_eq!(found(vec![count(1, patterns(&["*test*1*2*3"]), 1)]), NOTHING);
    assert_eq!(
        found(vec![count(1, patterns(&["test*1*2*3*4*5*6"]), 1)]),
        ["E lifecycle-wildcards@rules[0].selection.tagPatternList[0]"]
    );
}

#[test]
fn several_entries_of_a_list_must_all_match_and_one_tag_can_match_several() {
    let images = [
        image('A', 9, &["alpha-1"]),
        image('B', 9, &["beta-1"]),
        image('C', 9, &["alpha-2", "beta-2"]),
        image('D', 9, &["alpha-beta"]),
    ];
    for status in [prefixes(&["alpha", "beta"]), patterns(&["alpha*", "beta*"])] {
        assert_eq!(acts(&[age(1, status, 1)], &images), ["C1"]);
    }
    assert_eq!(acts(&[age(1, patterns(&["alpha*", "*beta"]), 1)], &images), ["D1"]);
    let told = found(vec![count(1, prefixes(&["main", "develop"]), 5)]);
    assert_eq!(told, ["W lifecycle-all-tags@rules[0].selection.tagPrefixList"]);
}

#[test]
fn the_storage_class_is_standard_unless_archived_images_are_counted() {
    assert_eq!(found(selection(|selection| selection["storageClass"] = "standard".into())), NOTHING);
    assert_eq!(
        found(selection(|selection| selection["storageClass"] = "archive".into())),
        ["E lifecycle-storage-class@rules[0].selection.storageClass"]
    );
    let without = rule(1, untagged(), since("sinceImageTransitioned", 90), "expire");
    assert_eq!(found(vec![without]), ["E lifecycle-storage-class@rules[0].selection.storageClass"]);
    assert_eq!(acts(&[age(1, any(), 5)], &[archived('A', 100)]), NOTHING, "a rule is for one class");
}

#[test]
fn the_count_unit_is_days_for_ages_and_refused_for_numbers_of_images() {
    for kind in ["sinceImagePushed", "sinceImagePulled"] {
        for unit in [json!("hours"), json!(null), json!(7)] {
            let mut of_kind = rule(1, prefixes(&["a"]), since(kind, 9), "transition");
            of_kind["selection"]["countUnit"] = unit.clone();
            let told = found(vec![of_kind]);
            assert!(
                told.contains(&"E lifecycle-unit@rules[0].selection.countUnit".to_owned()),
                "{unit}: {told:?}"
            );
        }
    }
    let with_unit = selection(|selection| selection["countUnit"] = "days".into());
    assert_eq!(found(with_unit), ["E lifecycle-unit@rules[0].selection.countUnit"]);
}

#[test]
fn the_count_number_is_a_positive_integer() {
    for wrong in [json!(0), json!(-3), json!(2.5), json!("10"), json!(null), json!([1])] {
        let rules = selection(|selection| selection["countNumber"] = wrong.clone());
        assert_eq!(found(rules), ["E lifecycle-number@rules[0].selection.countNumber"], "{wrong}");
    }
    let findings = validate(&policy(selection(|selection| selection["countNumber"] = "10".into()).into()));
    assert_eq!(findings[0].hint.as_deref(), Some("Write 10 without quotes."));
}

#[test]
fn the_target_storage_class_is_archive_and_goes_with_transition() {
    let target = "E lifecycle-target@rules[0].action.targetStorageClass";
    assert_eq!(found(action(|action| *action = json!({"type": "transition"}))), [target]);
    assert_eq!(found(action(|action| action["targetStorageClass"] = "archive".into())), [target]);
    let other = json!({"type": "transition", "targetStorageClass": "standard"});
    assert_eq!(found(action(|action| *action = other)), [target]);
}

#[test]
fn images_are_archived_by_their_last_pull_and_never_deleted() {
    let expire = rule(1, prefixes(&["a"]), since("sinceImagePulled", 90), "expire");
    assert_eq!(found(vec![expire]), ["E lifecycle-pulled@rules[0].action.type"]);
    let transition = rule(1, prefixes(&["a"]), since("sinceImagePulled", 90), "transition");
    assert_eq!(found(vec![transition]), NOTHING);
}

#[test]
fn an_image_that_was_never_pulled_counts_from_its_push_and_a_restored_one_from_the_restore() {
    let days_ago = |days| Some(now() - TimeDelta::days(days));
    let images = [
        LifecycleImage { pulled: days_ago(31), ..image('A', 200, &["x"]) },
        LifecycleImage { pulled: days_ago(29), ..image('B', 200, &["x"]) },
        image('C', 31, &["x"]),
        image('D', 29, &["x"]),
        LifecycleImage { pulled: days_ago(100), activated: days_ago(29), ..image('E', 200, &["x"]) },
        LifecycleImage { pulled: days_ago(31), activated: days_ago(40), ..image('F', 200, &["x"]) },
        LifecycleImage { activated: days_ago(31), ..image('G', 200, &["x"]) },
    ];
    let unpulled = rule(1, any(), since("sinceImagePulled", 30), "transition");
    assert_eq!(acts(&[unpulled], &images), ["a1", "c1", "f1", "g1"]);
    let restored =
        [LifecycleImage { activated: days_ago(3), ..image('H', 500, &["x"]) }, image('I', 4, &["x"])];
    assert_eq!(acts(&[age(1, any(), 3)], &restored), ["I1"], "a restore renews the age");
    assert_eq!(acts(&[count(1, any(), 1)], &restored), ["I1"], "and the order");
}

#[test]
fn archived_images_expire_after_90_days_in_the_archive_at_the_earliest() {
    assert_eq!(found(vec![expire_archived(1, any(), 90)]), NOTHING);
    let early = found(vec![expire_archived(1, any(), 89)]);
    assert_eq!(early, ["E lifecycle-archive-days@rules[0].selection.countNumber"]);
    let again = rule(1, archived_only(any()), since("sinceImageTransitioned", 90), "transition");
    assert_eq!(found(vec![again]), ["E lifecycle-archived-twice@rules[0].action.type"]);
    assert_eq!(acts(&[expire_archived(1, any(), 90)], &[archived('A', 91), archived('B', 90)]), ["A1"]);
}

#[test]
fn all_rules_are_evaluated_together_and_an_image_is_acted_on_by_one_rule_or_none() {
    let images = [image('A', 9, &["a", "b"]), image('B', 8, &["a", "b"]), image('C', 7, &["b"])];
    let rules = [count(1, prefixes(&["a"]), 1), count(2, prefixes(&["b"]), 1), count(3, any(), 1)];
    assert_eq!(acts(&rules, &images), ["A1"]);
}

#[test]
fn an_image_whose_tags_a_rule_selects_is_out_of_reach_of_later_rules_of_that_storage_class() {
    let images = [image('A', 90, &["prod-1", "beta-1"]), image('B', 90, &["beta-2"])];
    let keep = count(1, prefixes(&["prod"]), 100);
    assert_eq!(acts(&[keep.clone(), age(2, prefixes(&["beta"]), 1), age(3, any(), 1)], &images), ["B2"]);
    let archive = rule(1, prefixes(&["x"]), since("sinceImagePushed", 30), "transition");
    let expire = expire_archived(2, prefixes(&["x"]), 365);
    assert_eq!(acts(&[archive, expire], &[archived('A', 400), image('B', 40, &["x"])]), ["A2", "b1"]);
}

#[test]
fn images_that_an_earlier_rule_marked_still_count_for_later_rules() {
    let images = [image('A', 9, &["a"]), image('B', 8, &["a"]), image('C', 7, &["b"]), image('D', 6, &["b"])];
    // `any` keeps 3 of 4: it would mark A, which rule 1 marked, and nothing in its place.
    assert_eq!(acts(&[count(1, prefixes(&["a"]), 1), count(2, any(), 3)], &images), ["A1"]);
}

#[test]
fn prefixes_are_unique_in_a_storage_class_and_one_rule_is_for_untagged_images() {
    let same = vec![count(1, prefixes(&["a", "b"]), 1), age(2, prefixes(&["b", "a"]), 9)];
    assert!(found(same).contains(&"E lifecycle-same-tags@rules[1].selection".to_owned()));
    let untagged_twice = vec![count(1, untagged(), 1), age(2, untagged(), 9)];
    assert_eq!(found(untagged_twice), ["E lifecycle-same-tags@rules[1].selection"]);
    let classes = vec![
        rule(1, untagged(), since("sinceImagePushed", 9), "transition"),
        expire_archived(2, untagged(), 90),
    ];
    assert_eq!(found(classes), NOTHING, "each class has its own");
}

#[test]
fn an_image_of_an_index_stays_as_long_as_the_index() {
    let index = |days, tags: &[&str]| LifecycleImage { members: vec![digest('B')], ..image('A', days, tags) };
    let rules = [age(1, untagged(), 5)];
    assert_eq!(acts(&rules, &[index(9, &["1"]), image('B', 9, &[])]), NOTHING);
    assert_eq!(acts(&rules, &[index(9, &[]), image('B', 9, &[])]), ["A1", "B1"]);
    // Archiving the index is enough to archive what it lists, and not to delete it.
    let mixed =
        [rule(1, prefixes(&["x"]), since("sinceImagePushed", 5), "transition"), age(2, untagged(), 5)];
    assert_eq!(acts(&mixed, &[index(9, &["x"]), image('B', 9, &[])]), ["a1"]);
}

#[test]
fn reference_artifacts_follow_their_subject() {
    let of = |name, subject| LifecycleImage { subject: Some(digest(subject)), ..image(name, 400, &[]) };
    let images = [image('A', 9, &["1"]), of('B', 'A'), image('C', 1, &["2"]), of('D', 'C')];
    assert_eq!(acts(&[age(1, untagged(), 1)], &images), NOTHING);
    assert_eq!(acts(&[rule(1, any(), since("sinceImagePushed", 5), "transition")], &images), ["a1", "b1*"]);
}

#[test]
fn the_age_is_that_of_the_push_and_a_new_tag_does_not_renew_it() {
    let promoted = image('A', 91, &["build-17", "prod-added-today"]);
    assert_eq!(acts(&[age(1, prefixes(&["build"]), 90)], &[promoted]), ["A1"]);
    assert_eq!(
        acts(&[age(1, any(), 90)], &[image('A', 90, &["x"])]),
        NOTHING,
        "90 days are not more than 90"
    );
}

#[test]
fn counted_images_go_from_the_oldest_to_the_newest() {
    let images = [image('C', 1, &["x"]), image('A', 3, &["x"]), image('B', 2, &["x"])];
    assert_eq!(acts(&[count(1, prefixes(&["x"]), 2)], &images), ["A1"]);
    assert_eq!(acts(&[count(1, prefixes(&["x"]), 1)], &images), ["A1", "B1"]);
}

#[test]
fn a_policy_has_at_most_50_rules() {
    let rules = |n: u32| (1..=n).map(|i| count(i, prefixes(&[&format!("p{i:02}-")]), 1)).collect();
    assert_eq!(found(rules(50)), NOTHING);
    assert_eq!(found(rules(51)), ["E lifecycle-too-many-rules@rules"]);
}

#[test]
fn a_policy_has_100_to_30720_characters() {
    let with = |length: usize| {
        let rules =
            |text: &str| vec![changed(count(1, untagged(), 2), |rule| rule["description"] = text.into())];
        let without = policy(rules("").into()).to_text().chars().count();
        found(rules(&"ä".repeat(length - without)))
    };
    assert_eq!(with(30_720), NOTHING);
    assert_eq!(with(30_721), ["E lifecycle-too-long@"]);
    assert_eq!(found(Vec::new()), ["E lifecycle-empty@rules", "E lifecycle-too-short@"]);
}
