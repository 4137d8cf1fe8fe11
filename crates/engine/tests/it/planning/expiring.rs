//! The effect of the destination's lifecycle policies after a copy, and the order in which tags
//! are put where they apply.

use chrono::{DateTime, TimeDelta, Utc};
use longshore_engine::{
    Action, CopyPlan, CopyRequest, EngineError, Expiring, Journal, OnConflict, RepositoryExpiry, RunEnd,
    RunOutcome, Shard, plan, resume, run, shard,
};
use longshore_names::{Digest, RepositoryName};
use longshore_registry::{Manifest, StoredImage};
use serde_json::json;

use crate::support::{
    Memory,
    images::{context, index_of, item, layer, name, request},
};

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn policy(selection: serde_json::Value) -> String {
    json!({"rules": [{"rulePriority": 7, "selection": selection, "action": {"type": "expire"}}]}).to_string()
}

fn keep_newest(count: u32) -> String {
    policy(json!({"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count}))
}

fn digest(of: char) -> Digest {
    format!("sha256:{}", of.to_string().repeat(64)).parse().unwrap()
}

/// An image that was stored this many days ago.
fn stored(of: char, tag: Option<&str>, days: i64) -> StoredImage {
    StoredImage {
        tags: tag.iter().map(|tag| tag.parse().unwrap()).collect(),
        pushed: Some(now() - TimeDelta::days(days)),
        ..StoredImage::new(digest(of))
    }
}

/// Images `1` to `count` of a source, the higher the number the older.
fn source(count: u8) -> Memory {
    let dev = Memory::new("dev");
    for n in 1..=count {
        dev.with_image("app", &n.to_string(), &[&layer(n, 50)]);
    }
    dev
}

fn wanted(count: u8, to: &str) -> CopyRequest {
    let items = (1..=count).map(|n| {
        let mut item = item(&format!("app:{n}"), &format!("{to}:{n}"));
        item.pushed = Some(now() - TimeDelta::days(i64::from(n)));
        item
    });
    CopyRequest { now: now(), ..CopyRequest::new(items.collect()) }
}

async fn planned(dev: &Memory, prod: &Memory, request: &CopyRequest) -> CopyPlan {
    plan(dev.arc(), prod.arc(), request).await.unwrap()
}

fn only(plan: &CopyPlan) -> &RepositoryExpiry {
    assert_eq!(plan.expiry.repositories.len(), 1, "{:?}", plan.expiry);
    &plan.expiry.repositories[0]
}

fn named(images: &[Expiring]) -> Vec<(String, bool, bool)> {
    let named = images.iter().map(|image| {
        let tags: Vec<String> = image.tags.iter().map(ToString::to_string).collect();
        (tags.join(","), image.incoming, image.anyway)
    });
    named.collect()
}

fn tags_put(registry: &Memory) -> Vec<String> {
    registry.puts().into_iter().filter_map(|(_, tag)| tag).map(|tag| tag.to_string()).collect()
}

async fn copied(
    dev: &Memory,
    prod: &Memory,
    plan: CopyPlan,
    accept: bool,
) -> Result<RunOutcome, EngineError> {
    let mut context = context(&dev.arc(), &prod.arc());
    context.accept_expiry = accept;
    run(plan, context).await
}

#[tokio::test]
async fn what_a_policy_would_expire_is_listed_with_its_reason_and_runs_only_when_somebody_agreed() {
    let (dev, prod) = (source(4), Memory::new("prod"));
    let there = vec![stored('a', Some("old"), 30), stored('b', Some("older"), 60)];
    prod.with_policy(&name("mirror"), &keep_newest(3), there);
    let plan = planned(&dev, &prod, &wanted(4, "mirror")).await;
    let found = only(&plan);
    assert_eq!((found.total, found.incoming, &found.unknown), (3, 1, &None));
    // The oldest at the source is put first, so it is the oldest here too.
    let expected = [("4", true, false), ("old", false, false), ("older", false, false)];
    assert_eq!(
        named(&found.images),
        expected.map(|(tag, incoming, anyway)| (tag.to_owned(), incoming, anyway))
    );
    assert!(found.images.iter().all(|image| image.rule == 7));
    assert_eq!(found.images[0].reason, "Images expire, except the 3 pushed last.");

    let Err(error) = copied(&dev, &prod, plan.clone(), false).await else { panic!("it was not accepted") };
    assert_eq!(error.code(), "expiry-not-accepted");
    assert!(error.to_string().contains("3 images") && error.to_string().contains("1 of them"), "{error}");
    assert!(prod.puts().is_empty() && prod.uploads().is_empty(), "nothing was begun");

    let outcome = copied(&dev, &prod, plan, true).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done);
    assert_eq!(tags_put(&prod), ["4", "3", "2", "1"]);
}

#[tokio::test]
async fn a_resumed_run_asks_again_when_its_rest_would_expire_images() {
    let (dev, prod) = (source(2), Memory::new("prod"));
    let second = dev.tag(&name("app"), "2").unwrap();
    dev.unreadable(&second, 1);
    prod.with_policy(&name("mirror"), &keep_newest(5), Vec::new());
    let plan = planned(&dev, &prod, &wanted(2, "mirror")).await;
    let folder = tempfile::tempdir().unwrap();
    let mut context = context(&dev.arc(), &prod.arc());
    context.journal = Some(Journal::at(folder.path().join("data")));
    let id = run(plan, context.clone()).await.unwrap().summary.run;
    assert_eq!(tags_put(&prod), ["1"]);

    prod.with_policy(&name("mirror"), &keep_newest(1), vec![stored('a', Some("old"), 30)]);
    let error = resume(&id, context.clone()).await.unwrap_err();
    assert_eq!(error.code(), "expiry-not-accepted");
    assert_eq!(tags_put(&prod), ["1"], "nothing was put");
    context.accept_expiry = true;
    assert_eq!(resume(&id, context).await.unwrap().summary.end, RunEnd::Done);
    assert_eq!(tags_put(&prod), ["1", "2"]);
}

#[tokio::test]
async fn a_policy_that_expires_nothing_wants_no_word_but_the_order_of_the_source() {
    let (dev, prod) = (source(3), Memory::new("prod"));
    prod.with_policy(&name("mirror"), &keep_newest(10), vec![stored('a', Some("old"), 300)]);
    prod.create(&name("free"));
    let mut request = wanted(3, "mirror");
    request.items.extend(wanted(3, "free").items);
    let plan = planned(&dev, &prod, &request).await;
    assert!(plan.expiry.is_empty(), "{:?}", plan.expiry);
    assert_eq!(plan.in_order.iter().map(RepositoryName::as_str).collect::<Vec<_>>(), ["mirror"]);
    let order = |to: &str| -> Vec<String> {
        let images = plan.images.iter().filter(|image| image.destination == name(to));
        images.filter_map(|image| image.tag.as_ref().map(ToString::to_string)).collect()
    };
    assert_eq!(
        (order("mirror"), order("free")),
        (vec!["3".into(), "2".into(), "1".into()], vec!["1".into(), "2".into(), "3".into()])
    );
    let outcome = copied(&dev, &prod, plan, false).await.unwrap();
    assert_eq!((outcome.summary.end, outcome.summary.copied + outcome.summary.mounted), (RunEnd::Done, 6));
}

/// Rules act by their priority, wherever they stand in the document: a rule does not see what a
/// rule with a lower number keeps or takes.
#[tokio::test]
async fn rules_that_stand_out_of_order_act_by_their_priority() {
    let rule = |priority: u32, selection: serde_json::Value| json!({"rulePriority": priority, "selection": selection, "action": {"type": "expire"}});
    let releases = json!({"tagStatus": "tagged", "tagPrefixList": ["v"],
        "countType": "imageCountMoreThan", "countNumber": 100});
    let any = json!({"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1});
    let (first, last) = (rule(1, releases), rule(9, any));
    let mut found = Vec::new();
    for rules in [[first.clone(), last.clone()], [last, first]] {
        let (dev, prod) = (source(1), Memory::new("prod"));
        let there = vec![stored('a', Some("v1"), 90), stored('b', Some("old"), 60)];
        prod.with_policy(&name("mirror"), &json!({"rules": rules}).to_string(), there);
        let plan = planned(&dev, &prod, &wanted(1, "mirror")).await;
        found.push((named(&only(&plan).images), only(&plan).images[0].rule));
    }
    assert_eq!(found[0], (vec![("old".to_owned(), false, false)], 9), "the release is kept by rule 1");
    assert_eq!(found[0], found[1]);
}

#[tokio::test]
async fn a_copy_is_young_however_old_its_source_is() {
    let (dev, prod) = (source(2), Memory::new("prod"));
    let old =
        json!({"tagStatus": "any", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14});
    let there = vec![stored('a', Some("fresh"), 13), stored('b', Some("stale"), 15)];
    prod.with_policy(&name("mirror"), &policy(old), there);
    let mut request = wanted(2, "mirror");
    for item in &mut request.items {
        item.pushed = Some(now() - TimeDelta::days(900));
    }
    let plan = planned(&dev, &prod, &request).await;
    assert_eq!(named(&only(&plan).images), [("stale".to_owned(), false, true)], "it goes in any case");
    assert_eq!(only(&plan).incoming, 0);
}

#[tokio::test]
async fn each_repository_is_asked_once_and_only_where_something_is_put() {
    let (dev, prod) = (source(3), Memory::new("prod"));
    prod.with_policy(&name("mirror"), &keep_newest(100), Vec::new());
    prod.create(&name("free"));
    let mut request = wanted(3, "mirror");
    for to in ["free", "new"] {
        request.items.extend(wanted(3, to).items);
    }
    let plan = planned(&dev, &prod, &request).await;
    let (mut policies, stored) = prod.asked_about_policies();
    policies.sort();
    assert_eq!(policies, [name("free"), name("mirror")], "`new` is not there yet");
    assert_eq!(stored, [name("mirror")], "images are listed where there is a policy");
    copied(&dev, &prod, plan, false).await.unwrap();
    assert_eq!(prod.asked_about_policies().0.len(), 2, "a run asks no more");

    let again = planned(&dev, &prod, &request).await;
    assert!(again.images.iter().all(|image| image.action == Action::Skip));
    assert_eq!(prod.asked_about_policies().0.len(), 2, "nothing is put, nothing is asked");
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_or_understood_is_said_and_stops_nothing() {
    let (dev, prod) = (source(2), Memory::new("prod"));
    prod.with_secret_policy(&name("secret"));
    let odd = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"byColour","countNumber":1},"action":{"type":"expire"}}]}"#;
    prod.with_policy(&name("odd"), odd, Vec::new());
    let mut request = wanted(2, "secret");
    request.items.extend(wanted(2, "odd").items);
    let plan = planned(&dev, &prod, &request).await;
    assert_eq!(plan.expiry.total(), 0);
    let [odd, secret] = plan.expiry.repositories.as_slice() else { panic!("{:?}", plan.expiry) };
    let (odd, secret) = (odd.unknown.as_ref().unwrap(), secret.unknown.as_ref().unwrap());
    assert_eq!((odd.code.as_str(), secret.code.as_str()), ("lifecycle-not-understood", "denied"));
    assert!(odd.message.contains("imageCountMoreThan"), "{}", odd.message);
    assert!(secret.message.contains("ecr:GetLifecyclePolicy"), "{}", secret.message);
    assert!(prod.asked_about_policies().1.is_empty());
    let outcome = copied(&dev, &prod, plan, false).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done);
    let of_one: Vec<String> = tags_put(&prod).into_iter().filter(|tag| tag == "2").collect();
    assert_eq!(of_one.len(), 2, "both have an order, as either may have a policy that counts");
}

#[tokio::test]
async fn members_of_an_index_stay_with_it_and_what_old_ones_list_is_not_guessed() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let children: Vec<Manifest> =
        (1..=2).map(|n| dev.with_image("app", &format!("child{n}"), &[&layer(n, 50)])).collect();
    let index = index_of(&children.iter().collect::<Vec<_>>());
    dev.add_manifest(&name("app"), &index, Some("1"));
    let untagged = json!({"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1});
    let there = vec![
        StoredImage { is_index: true, ..stored('a', Some("multi"), 90) },
        stored('b', None, 90),
        stored('c', None, 90),
    ];
    prod.with_policy(&name("mirror"), &policy(untagged), there);
    let plan = planned(&dev, &prod, &request(&[("app:1", "mirror:1")])).await;
    let found = only(&plan);
    assert_eq!((found.total, found.untagged), (0, 2), "they may be what `multi` lists");
    copied(&dev, &prod, plan, false).await.unwrap();

    // Without an index nothing keeps them.
    let prod = Memory::new("prod");
    let untagged = json!({"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1});
    prod.with_policy(&name("mirror"), &policy(untagged), vec![stored('b', None, 90), stored('c', None, 91)]);
    let plan = planned(&dev, &prod, &request(&[("app:1", "mirror:1")])).await;
    let found = only(&plan);
    let gone: Vec<(Digest, bool)> =
        found.images.iter().map(|image| (image.digest.clone(), image.anyway)).collect();
    // Its two children count as untagged and stay with their index; of the others none is new enough.
    assert_eq!(gone, [(digest('b'), false), (digest('c'), true)]);
}

#[tokio::test]
async fn a_tag_that_moves_leaves_an_image_that_then_expires() {
    let (dev, prod) = (source(1), Memory::new("prod"));
    let before = Memory::new("other").with_image("app", "before", &[&layer(9, 50)]);
    prod.add_manifest(&name("mirror"), &before, Some("1"));
    let untagged = json!({"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1});
    let there = StoredImage {
        tags: vec!["1".parse().unwrap()],
        pushed: Some(now() - TimeDelta::days(2)),
        ..StoredImage::new(before.digest.clone())
    };
    prod.with_policy(&name("mirror"), &policy(untagged), vec![there]);
    let mut request = wanted(1, "mirror");
    assert!(planned(&dev, &prod, &request).await.expiry.is_empty(), "the tag stays, so nothing changes");
    request.on_conflict = OnConflict::Overwrite;
    let plan = planned(&dev, &prod, &request).await;
    let [gone] = only(&plan).images.as_slice() else { panic!("{:?}", plan.expiry) };
    assert_eq!((&gone.digest, gone.tags.len(), gone.anyway), (&before.digest, 0, false));
}

#[tokio::test]
async fn very_many_are_counted_and_some_are_named() {
    let (dev, prod) = (source(1), Memory::new("prod"));
    let many: Vec<StoredImage> = (0..3_000)
        .map(|n| StoredImage {
            tags: (0..12).map(|tag| format!("v{n}.{tag:02}").parse().unwrap()).collect(),
            pushed: Some(now() - TimeDelta::hours(n)),
            ..StoredImage::new(format!("sha256:{n:064x}").parse().unwrap())
        })
        .collect();
    prod.with_policy(&name("mirror"), &keep_newest(1), many);
    let plan = planned(&dev, &prod, &wanted(1, "mirror")).await;
    let found = only(&plan);
    assert_eq!((found.total, found.images.len()), (3_000, 1_000));
    assert_eq!((found.images[0].tags.len(), found.images[0].more_tags), (10, 2));
    let text = serde_json::to_string(&plan).unwrap();
    let back: CopyPlan = serde_json::from_str(&text).unwrap();
    assert_eq!((back.expiry, back.in_order), (plan.expiry, plan.in_order));
}

#[tokio::test]
async fn a_shard_answers_for_the_repositories_whose_manifests_it_puts() {
    let (dev, prod) = (source(4), Memory::new("prod"));
    let names = ["team/app", "team/web", "team/api"];
    let mut request = CopyRequest::new(Vec::new());
    for to in names {
        prod.with_policy(&name(to), &keep_newest(1), vec![stored('a', Some("old"), 3)]);
        request.items.extend(wanted(4, to).items);
    }
    let whole = planned(&dev, &prod, &request).await;
    assert_eq!((whole.expiry.total(), whole.expiry.incoming()), (12, 9));
    let mut seen = Vec::new();
    for index in 0..4 {
        let part = Shard::new(index, 4).unwrap().splitting_above(2);
        let plan = shard(planned(&dev, &prod, &request.clone().for_shard(part)).await, part);
        assert_eq!(plan.expiry.total(), 4 * plan.in_order.len());
        assert!(plan.in_order.iter().all(|name| part.owns(name)));
        seen.extend(plan.in_order);
    }
    seen.sort();
    let mut names: Vec<RepositoryName> = names.map(name).to_vec();
    names.sort();
    assert_eq!(seen, names);
}
