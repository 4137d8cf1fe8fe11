//! Images are deleted by rule: what is in use and what belongs together is protected or taken along as chosen,
//! and nothing else is touched.

use std::{collections::BTreeMap, fs};

use longshore_app::{
    App,
    api::{
        CleanImages, CleanRule, CleanWay, CleanedImage, ImageKey, PlanRequest, ProtectImage, ProtectionKind,
        RegistryKey, ReplicationState, RepositoryKey, RuleInput, RunState, Severity, UsageKind, UsageList,
        UsageSearch,
    },
};
use longshore_ecr::{ImageId, ImageScope};
use longshore_names::Digest;

use crate::{
    steps::{begin, begin_with, codes, create, ended, make, plan, push, put_rule, refused, replicated, rule},
    support::{DEV, PROD, Pusher, client, close, registry, repository, with_sandbox},
};

const WEST: &str = "us-west-2";
const OCI: &str = "application/vnd.oci.image.manifest.v1+json";

fn clean(repository: &RepositoryKey, rule: CleanRule, take_along: bool) -> CleanImages {
    CleanImages {
        repositories: vec![repository.clone()],
        rules: vec![rule],
        take_along,
        usage: UsageSearch::default(),
        way: CleanWay::Delete,
    }
}

fn old() -> CleanRule {
    CleanRule { older_than: Some(0), ..CleanRule::default() }
}

fn request(clean: &CleanImages) -> PlanRequest {
    PlanRequest::CleanImages { clean: clean.clone() }
}

/// Every byte of some registries: settings, documents, images with their tags, times and manifests. When an image
/// was last pulled is not part of it, because this look is a pull.
async fn everything(app: &App, registries: &[&RegistryKey]) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for key in registries {
        let client = client(app, key);
        let at = format!("{}/{}", key.account, key.region);
        all.insert(
            format!("{at} replication"),
            client.replication_configuration().await.unwrap().to_string(),
        );
        all.insert(format!("{at} policy"), format!("{:?}", client.registry_policy().await.unwrap()));
        for repository in client.repositories().await.unwrap() {
            let name = repository.name.clone();
            let lifecycle = client.lifecycle_policy(&name).await.unwrap();
            let tags = client.resource_tags(&name).await.unwrap();
            all.insert(format!("{at}/{name}"), format!("{repository:?} {lifecycle:?} {tags:?}"));
            for mut image in client.images(&name, ImageScope::Any).await.unwrap() {
                image.last_pulled_at = None;
                image.tags.sort();
                let id = ImageId { digest: Some(image.digest.clone()), tag: None };
                let (manifests, _) = client.batch_get_image(&name, &[id]).await.unwrap();
                let bytes = hex(&manifests[0].bytes);
                all.insert(format!("{at}/{name}@{}", image.digest), format!("{image:?} {bytes}"));
            }
        }
    }
    all
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a deletion of these images leaves of everything.
fn without(before: &BTreeMap<String, String>, at: &str, gone: &[&Digest]) -> BTreeMap<String, String> {
    let is_gone = |key: &String| gone.iter().any(|digest| *key == format!("{at}@{digest}"));
    before.iter().filter(|(key, _)| !is_gone(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn of<'a>(images: &'a [CleanedImage], digest: &Digest) -> &'a CleanedImage {
    images
        .iter()
        .find(|image| image.digest == digest.as_str())
        .unwrap_or_else(|| panic!("{digest}: {images:#?}"))
}

/// A repository with an index, an image with two referrers of which one is cosign's, one in use, and one alone.
struct Shelf {
    index: Digest,
    members: Vec<Digest>,
    signed: Digest,
    signature: Digest,
    cosign: Digest,
    used: Digest,
    alone: Digest,
}

impl Shelf {
    async fn fill(app: &App, at: &RegistryKey, name: &str) -> Self {
        let pusher = Pusher::new(app, at).await;
        pusher.create(name).await;
        let signed = pusher.push_platform(name, Some("signed"), "amd64").await;
        let signature = pusher.push_referrer(name, &signed).await;
        let tag = format!("sha256-{}.sig", &signed.digest.as_str()[7..]);
        let cosign = pusher.push_platform(name, Some(&tag), "unknown").await.digest;
        let used = pusher.push(name, "used").await;
        let alone = pusher.push(name, "alone").await;
        let index = pusher.push_index(name, "multi").await;
        let children = ["amd64", "arm64"].map(|of| pusher.push_platform(name, None, of));
        let mut members = Vec::new();
        for child in children {
            members.push(child.await.digest);
        }
        Self { index, members, signed: signed.digest, signature, cosign, used, alone }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_together_is_protected_or_taken_along_and_nothing_else_is_touched() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod) = (registry(DEV, WEST), registry(PROD, WEST));
    let here = repository(&dev, "team/app");
    let shelf = Shelf::fill(&app, &dev, "team/app").await;
    Shelf::fill(&app, &dev, "team/other").await;
    Shelf::fill(&app, &prod, "team/app").await;
    let manifests = directory.path().join("deploy");
    fs::create_dir_all(manifests.join("web")).unwrap();
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: {DEV}.dkr.ecr.{WEST}.amazonaws.com/team/app:used\n"
    );
    fs::write(manifests.join("web/pod.yaml"), pod).unwrap();
    let usage = UsageSearch { references: vec![manifests.display().to_string()], ..UsageSearch::default() };

    // Only tagged images are selected: what belongs to them protects them.
    let tagged =
        CleanRule { tags: vec!["multi".into(), "signed".into(), "used".into(), "alone".into()], ..old() };
    let alone = CleanImages { usage: usage.clone(), ..clean(&here, tagged.clone(), false) };
    let everywhere = [&dev, &prod];
    let before = everything(&app, &everywhere).await;
    let shown = app.preview_clean_images(alone.clone()).await.unwrap().repositories.remove(0);
    assert_eq!((shown.total, shown.deleted, shown.kept), (8, 1, 3));
    assert_eq!(of(&shown.images, &shelf.index).protection, Some(ProtectionKind::Dependants));
    assert_eq!(of(&shown.images, &shelf.signed).protection, Some(ProtectionKind::Dependants));
    let used = of(&shown.images, &shelf.used);
    assert_eq!(used.protection, Some(ProtectionKind::InUse));
    assert!(used.protected.as_ref().unwrap().ends_with("team/app:used` in web/pod.yaml:6."), "{used:?}");
    assert!(of(&shown.images, &shelf.alone).deleted);
    let source = shown.sources.iter().find(|source| source.kind == UsageKind::References).unwrap();
    assert_eq!((source.found, source.problem.as_ref()), (1, None));

    let planned = plan(&app, request(&alone)).await;
    assert_eq!(planned.steps.len(), 1);
    assert!(planned.steps[0].destructive && planned.stays.len() == 2, "{:?}", planned.stays);
    let view = ended(&app, &begin(&app, &planned).await.unwrap()).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    let after = everything(&app, &everywhere).await;
    let at = format!("{DEV}/{WEST}/team/app");
    assert_eq!(after, without(&before, &at, &[&shelf.alone]));

    // Members and signatures are taken along. What is in use stays.
    let along = CleanImages { usage: usage.clone(), ..clean(&here, tagged, true) };
    let shown = app.preview_clean_images(along.clone()).await.unwrap().repositories.remove(0);
    assert_eq!((shown.total, shown.deleted, shown.kept), (7, 6, 1));
    assert_eq!(of(&shown.images, &shelf.signature).rule, None);
    make(&app, request(&along)).await;
    let last = everything(&app, &everywhere).await;
    let mut gone = vec![&shelf.index, &shelf.signed, &shelf.signature, &shelf.cosign];
    gone.extend(&shelf.members);
    assert_eq!(last, without(&after, &at, &gone));

    // Nothing is left that may be deleted.
    let again = plan(&app, request(&along)).await;
    assert_eq!((again.steps.len(), codes(&again, Severity::Note)), (0, vec!["nothing-to-do"]));
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_and_signatures_are_no_untagged_images_of_their_own() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    let here = repository(&dev, "app");
    let shelf = Shelf::fill(&app, &dev, "app").await;
    let untagged = CleanRule { untagged: true, ..CleanRule::default() };
    for take_along in [false, true] {
        let clean = clean(&here, untagged.clone(), take_along);
        let shown = app.preview_clean_images(clean.clone()).await.unwrap().repositories.remove(0);
        assert_eq!((shown.deleted, shown.kept), (0, 3));
        assert_eq!(of(&shown.images, &shelf.members[0]).protection, Some(ProtectionKind::Index));
        assert_eq!(of(&shown.images, &shelf.signature).protection, Some(ProtectionKind::Subject));
        assert!(plan(&app, request(&clean)).await.steps.is_empty());
    }
    // The look at the index is no pull for rules.
    let idle = CleanRule { not_pulled: Some(0), ..CleanRule::default() };
    let shown = app.preview_clean_images(clean(&here, idle, true)).await.unwrap().repositories.remove(0);
    let index = of(&shown.images, &shelf.index);
    assert!(index.deleted && index.pulled.is_none(), "{index:?}");
    close(&app).await;
}

/// Pushes images that differ only in an annotation, under the tags `1` to `number`.
async fn many(app: &App, at: &RegistryKey, name: &str, number: usize) {
    let pusher = Pusher::new(app, at).await;
    pusher.create(name).await;
    let name = name.parse().unwrap();
    let config = pusher.blob(&name, "application/vnd.oci.image.config.v1+json", b"{}".to_vec()).await;
    for number in 1..=number {
        let document = serde_json::json!({
            "schemaVersion": 2, "mediaType": OCI, "config": config, "layers": [],
            "annotations": {"number": number.to_string()},
        });
        pusher.manifest(&name, Some(&number.to_string()), OCI, &document).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_and_fifty_images_go_in_three_batches_and_one_that_changed_stays() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    many(&app, &dev, "app", 250).await;
    let here = repository(&dev, "app");
    let all = clean(&here, old(), false);
    let planned = plan(&app, request(&all)).await;
    assert_eq!(planned.steps.len(), 3);
    assert!(
        planned.steps[1].text.contains("100 images") && planned.steps[1].text.ends_with("(batch 2 of 3)")
    );
    let before = everything(&app, &[&dev]).await;

    // In the second batch, a tag is moved to an image that was planned, from one that was not.
    let client = client(&app, &dev);
    let name = "app".parse().unwrap();
    let images = client.images(&name, ImageScope::Any).await.unwrap();
    let moved = images[150].clone();
    let id = ImageId { digest: Some(moved.digest.clone()), tag: None };
    let (manifests, _) = client.batch_get_image(&name, &[id]).await.unwrap();
    client.put_image(&name, &manifests[0], Some(&"release".parse().unwrap())).await.unwrap();
    let run = begin_with(&app, &planned, true).await.unwrap();
    let view = ended(&app, &run).await;
    let states: Vec<_> = view.steps.iter().map(|step| step.state).collect();
    assert_eq!(states, [RunState::Done, RunState::Failed, RunState::Done], "{view:#?}");
    let error = view.steps[1].error.as_ref().unwrap();
    assert_eq!(error.code, "changed-elsewhere");
    assert!(error.message.contains("it now has the tag `release`"), "{}", error.message);
    assert!(error.message.ends_with("99 images were deleted."), "{}", error.message);
    let left = client.images(&name, ImageScope::Any).await.unwrap();
    assert_eq!(left.iter().map(|image| &image.digest).collect::<Vec<_>>(), [&moved.digest]);
    assert_eq!(everything(&app, &[&dev]).await.len(), before.len() - 249);

    // Retried, the run finds the same; planned again, the image goes with both tags.
    assert!(view.can_retry);
    let again = make(&app, request(&all)).await;
    assert_eq!(again.steps[0].result.as_deref(), Some("1 image deleted"));
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_after_the_plan_stops_what_it_belongs_to() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    let pusher = Pusher::new(&app, &dev).await;
    pusher.create("app").await;
    let signed = pusher.push_platform("app", Some("1"), "amd64").await;
    let other = pusher.push("app", "2").await;
    let here = repository(&dev, "app");
    let planned = plan(&app, request(&clean(&here, old(), true))).await;
    let protected = ProtectImage { repository: here.clone(), image: "2".into(), note: None, protect: true };
    app.protect_image(protected).await.unwrap();
    let signature = pusher.push_referrer("app", &signed).await;
    let view = ended(&app, &begin(&app, &planned).await.unwrap()).await;
    assert_eq!(view.state, RunState::Failed);
    let text = &view.steps[0].error.as_ref().unwrap().message;
    assert!(text.contains(&format!("{} now refers to it", signature.short())), "{text}");
    assert!(text.contains("it is in use by a protection"), "{text}");
    let left = client(&app, &dev).images(&"app".parse().unwrap(), ImageScope::Any).await.unwrap();
    assert_eq!(left.len(), 3, "{other}");
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_cannot_be_read_stops_the_deletion_unless_it_is_left_out() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let here = repository(&registry(DEV, WEST), "app");
    create(&app, &here.registry, "app").await;
    push(&app, &here.registry, "app", "1").await;
    let missing = directory.path().join("missing").display().to_string();
    let usage = UsageSearch { references: vec![missing], ..UsageSearch::default() };
    let mut clean = CleanImages { usage, ..clean(&here, old(), false) };
    let planned = plan(&app, request(&clean)).await;
    assert_eq!(codes(&planned, Severity::Error), ["usage-unreadable"]);
    assert!(begin(&app, &planned).await.is_err());
    clean.usage.leave_out.push(UsageKind::References);
    assert_eq!(codes(&plan(&app, request(&clean)).await, Severity::Error), Vec::<&str>::new());
    let text = "app:1\nnot a reference at all\n".to_owned();
    clean.usage.lists.push(UsageList { name: "used.txt".into(), text });
    let planned = plan(&app, request(&clean)).await;
    assert_eq!(codes(&planned, Severity::Error), ["usage-unreadable"]);
    assert!(planned.findings[0].text.contains("used.txt:2"), "{:?}", planned.findings);
    clean.usage.lists[0].text = "1\n".to_owned();
    assert!(plan(&app, request(&clean)).await.steps.is_empty());
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn protected_images_are_kept_until_their_protection_ends() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let here = repository(&registry(DEV, WEST), "app");
    create(&app, &here.registry, "app").await;
    push(&app, &here.registry, "app", "1").await;
    let protect = |image: &str, protect: bool| {
        let (repository, image) = (here.clone(), image.to_owned());
        app.protect_image(ProtectImage { repository, image, note: Some("rollback".into()), protect })
    };
    assert_eq!(protect("1", true).await.unwrap().images[0].image, "1");
    for wrong in ["", "a/b", "sha256:zz", "two words"] {
        assert!(protect(wrong, true).await.is_err(), "{wrong}");
    }
    let clean = clean(&here, old(), false);
    let shown = app.preview_clean_images(clean.clone()).await.unwrap().repositories.remove(0);
    assert_eq!(shown.images[0].protected.as_deref(), Some("It is in use by a protection (rollback)."));
    assert!(protect("1", false).await.unwrap().images.is_empty());
    assert_eq!(plan(&app, request(&clean)).await.steps.len(), 1);
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_by_rule_says_what_destinations_lose_and_asks_for_their_name() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod) = (registry(DEV, WEST), registry(PROD, WEST));
    let deleting = RuleInput { delete_replication: true, ..rule(&dev, &[&prod], &["app"]) };
    make(&app, put_rule(deleting, &[&prod])).await;
    create(&app, &dev, "app").await;
    push(&app, &dev, "app", "1").await;
    let row = replicated(&app, &dev, "app", "1", &prod, ReplicationState::Complete).await;
    let clean = clean(&repository(&dev, "app"), old(), false);
    let planned = plan(&app, request(&clean)).await;
    assert!(codes(&planned, Severity::Warning).contains(&"deletion-replicated"), "{:?}", planned.findings);
    assert_eq!(planned.confirm.as_deref(), Some("Prod"));
    let key = ImageKey { repository: repository(&dev, "app"), digest: row.digest };
    assert!(app.image_details(key).await.is_ok());
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_select_everything_or_nothing_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let here = repository(&registry(DEV, WEST), "app");
    let error = refused(&app, request(&clean(&here, CleanRule::default(), false))).await;
    assert_eq!((error.code.as_str(), error.field.as_deref()), ("deletion-rule-empty", Some("rules[0]")));
    let none = CleanImages { rules: Vec::new(), ..clean(&here, old(), false) };
    assert_eq!(refused(&app, request(&none)).await.code, "deletion-rule-empty");
    let nowhere = CleanImages { repositories: Vec::new(), ..clean(&here, old(), false) };
    assert_eq!(refused(&app, request(&nowhere)).await.code, "nothing-selected");
    let tags = CleanRule { tags: vec!["a/b".into()], ..CleanRule::default() };
    assert_eq!(refused(&app, request(&clean(&here, tags, false))).await.code, "deletion-rule-invalid");
    let missing = refused(&app, request(&clean(&here, old(), false))).await;
    assert_eq!(missing.code, "repository-not-found");
    close(&app).await;
}
