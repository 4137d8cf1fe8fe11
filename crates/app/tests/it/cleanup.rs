//! Journey J4: clean-up of everything that J1 created, and of nothing else.

use longshore_app::{
    App,
    api::{
        CleanUpCandidates, CleanUpReason as Why, CleanUpRepository, GetCleanUp, LookIntoCleanUp, PlanRequest,
        RegistryKey, ReplicationState, RunState, Severity,
    },
};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{Sink, Source};
use serde_json::{Value, json};

use crate::{
    steps::{
        begin, codes, create, digest_of, ended, image_key, make, names, plan, push, put_rule, replicated,
        rule,
    },
    support::{DEV, PROD, Pusher, client, registry, with_sandbox},
};

fn dev() -> RegistryKey {
    registry(DEV, "us-west-2")
}

fn prod() -> RegistryKey {
    registry(PROD, "us-west-2")
}

/// The result of J1: two repositories, a rule, a statement, and an image that was promoted and
/// replicated to Prod.
async fn set_up(app: &std::sync::Arc<App>) {
    create(app, &dev(), "dev-microservice").await;
    create(app, &dev(), "prod-microservice").await;
    make(app, put_rule(rule(&dev(), &[&prod()], &["prod-microservice"]), &[&prod()])).await;
    push(app, &dev(), "dev-microservice", "42").await;
    promote(app, "dev-microservice", "42", "prod-microservice", "21").await;
    replicated(app, &dev(), "prod-microservice", "21", &prod(), ReplicationState::Complete).await;
}

async fn promote(app: &App, from: &str, tag: &str, to: &str, as_tag: &str) {
    let digest = digest_of(app, &dev(), from, tag).await.unwrap();
    let request = PlanRequest::Promote {
        source: image_key(&dev(), from, &digest),
        destination: dev(),
        repository: to.into(),
        tag: as_tag.into(),
        enable_blob_mounting: false,
        create_repository: false,
    };
    make(app, request).await;
}

/// Names with whether they are initially chosen, and why.
fn reasons(found: &[CleanUpRepository]) -> Vec<(&str, bool, Why)> {
    found.iter().map(|known| (known.repository.repository.as_str(), known.chosen, known.why)).collect()
}

async fn candidates(app: &App) -> CleanUpCandidates {
    let shown = app.replication(dev()).await.unwrap();
    let rule = shown.rules.iter().find(|rule| rule.ours).unwrap().id.clone();
    app.clean_up(GetCleanUp { registry: dev(), rule: Some(rule) }).await.unwrap()
}

async fn everything(app: &App, found: &CleanUpCandidates) -> PlanRequest {
    let shown = app.replication(dev()).await.unwrap();
    PlanRequest::CleanUp {
        source: dev(),
        rule: shown.rules.iter().find(|rule| rule.ours).map(|rule| rule.id.clone()),
        source_repositories: found
            .source_repositories
            .iter()
            .map(|known| known.repository.repository.clone())
            .collect(),
        destination_repositories: found
            .destination_repositories
            .iter()
            .map(|known| known.repository.clone())
            .collect(),
        statements: found.statements.iter().map(|known| known.key.clone()).collect(),
    }
}

async fn rules(app: &App) -> Value {
    client(app, &dev()).replication_configuration().await.unwrap()["rules"].clone()
}

#[tokio::test]
async fn j4_everything_that_j1_made_goes_in_the_order_that_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    let found = candidates(&app).await;
    let sources = reasons(&found.source_repositories);
    assert_eq!(
        sources,
        [("dev-microservice", true, Why::PromotedFrom), ("prod-microservice", true, Why::Made)]
    );
    let [there] = found.destination_repositories.as_slice() else { panic!("{found:?}") };
    assert_eq!((there.images, there.staying, there.chosen, there.why), (1, 0, true, Why::Came));
    let [statement] = found.statements.as_slice() else { panic!("{found:?}") };
    assert!(statement.chosen && statement.other_accounts.is_empty(), "{statement:?}");

    let request = everything(&app, &found).await;
    let planned = plan(&app, request.clone()).await;
    assert_eq!(planned.confirm.as_deref(), Some("Prod"));
    let texts: Vec<_> = planned.steps.iter().map(|step| step.text.split(' ').next().unwrap()).collect();
    assert_eq!(texts, ["Wait", "Remove", "Read", "Remove", "Delete", "Delete", "Delete"], "{planned:#?}");
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    assert_eq!(names(&app, &dev()).await, Vec::<String>::new());
    assert_eq!(names(&app, &prod()).await, Vec::<String>::new());
    assert_eq!(rules(&app).await, json!([]));
    assert_eq!(client(&app, &prod()).registry_policy().await.unwrap(), None);

    // A second run finds nothing, does nothing and does not fail.
    let planned = plan(&app, request).await;
    assert!(codes(&planned, Severity::Error).is_empty());
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn what_others_made_stays() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    // Another rule, another statement, another account in ours, and an image pushed directly to
    // Prod.
    let theirs = json!({
        "destinations": [{ "region": "us-east-2", "registryId": DEV }],
        "repositoryFilters": [{ "filter": "team-", "filterType": "PREFIX_MATCH" }],
    });
    let other = client(&app, &dev());
    let before = other.replication_configuration().await.unwrap();
    let mut after = before.clone();
    after["rules"].as_array_mut().unwrap().insert(0, theirs.clone());
    other.put_replication_configuration(&before, &after, &longshore_ecr::same_json).await.unwrap();
    let mut more = crate::steps::statement(&prod(), "123456789012", &["prod-microservice"]);
    make(&app, PlanRequest::AddStatement { statement: more.clone() }).await;
    more.sid = "Theirs".into();
    more.prefixes = vec!["other-".into()];
    make(&app, PlanRequest::AddStatement { statement: more }).await;
    let own = Pusher::new(&app, &prod()).await.push("prod-microservice", "hotfix").await;

    let found = candidates(&app).await;
    let [there] = found.destination_repositories.as_slice() else { panic!("{found:?}") };
    assert_eq!((there.images, there.staying), (1, 1));
    assert_eq!((there.chosen, there.why), (false, Why::HoldsOthers));
    let [statement] = found.statements.as_slice() else { panic!("{found:?}") };
    assert_eq!(statement.other_accounts, ["123456789012"]);
    let planned = plan(&app, everything(&app, &found).await).await;
    let stays = planned.stays.join("\n");
    for part in ["1 other rule of", "123456789012", "`hotfix`"] {
        assert!(stays.contains(part), "{part}: {stays}");
    }
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");

    assert_eq!(rules(&app).await, json!([theirs]));
    let policy = app.policy(prod()).await.unwrap();
    let left: Vec<_> = policy
        .statements
        .iter()
        .map(|statement| (statement.sid.as_deref().unwrap(), statement.principals.join(",")))
        .collect();
    let account = "arn:aws:iam::123456789012:root".to_owned();
    assert_eq!(left, [("ReplicationAccessCrossAccount", account.clone()), ("Theirs", account)]);
    assert_eq!(names(&app, &prod()).await, ["prod-microservice"]);
    assert_eq!(digest_of(&app, &prod(), "prod-microservice", "hotfix").await.unwrap(), own.to_string());
    assert!(digest_of(&app, &prod(), "prod-microservice", "21").await.is_none());
    assert!(names(&app, &dev()).await.is_empty());
    crate::support::close(&app).await;
}

#[tokio::test]
async fn an_image_pushed_to_the_source_after_the_review_stops_before_its_repository() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    let found = candidates(&app).await;
    let planned = plan(&app, everything(&app, &found).await).await;
    push(&app, &dev(), "dev-microservice", "43").await;
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!((view.state, view.error.unwrap().code.as_str()), (RunState::Failed, "changed-elsewhere"));
    assert!(names(&app, &dev()).await.contains(&"dev-microservice".to_owned()));
    // Finished steps stay finished; another clean-up removes the rest.
    let again = PlanRequest::CleanUp {
        source: dev(),
        rule: None,
        source_repositories: vec!["dev-microservice".into(), "prod-microservice".into()],
        destination_repositories: Vec::new(),
        statements: Vec::new(),
    };
    let view = make(&app, again).await;
    assert!(view.steps.iter().all(|step| step.error.is_none()));
    assert!(names(&app, &dev()).await.is_empty());
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_replica_that_got_another_tag_after_the_review_stays_with_all_its_tags() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    let found = candidates(&app).await;
    let planned = plan(&app, everything(&app, &found).await).await;

    // Another client puts the tag on the image.
    let digest = digest_of(&app, &prod(), "prod-microservice", "21").await.unwrap();
    let name: RepositoryName = "prod-microservice".parse().unwrap();
    let tag: Tag = "hotfix".parse().unwrap();
    let other = Pusher::new(&app, &prod()).await.0;
    let manifest = other.manifest(&name, &digest.parse::<Digest>().unwrap()).await.unwrap();
    other.push_manifest(&name, &manifest, Some(&tag)).await.unwrap();

    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    for tag in ["21", "hotfix"] {
        assert_eq!(digest_of(&app, &prod(), "prod-microservice", tag).await.as_ref(), Some(&digest), "{tag}");
    }
    let error = view.error.unwrap();
    assert_eq!((view.state, error.code.as_str()), (RunState::Failed, "changed-elsewhere"));
    assert!(error.message.contains("`hotfix`"), "{error:?}");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn what_was_made_before_a_reset_is_not_ours_afterwards() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    create(&app, &dev(), "service").await;
    let request = GetCleanUp { registry: dev(), rule: None };
    let found = app.clean_up(request.clone()).await.unwrap();
    assert_eq!(reasons(&found.source_repositories), [("service", false, Why::Unrelated)]);
    app.reset_sandbox().await.unwrap();
    Pusher::new(&app, &dev()).await.create("service").await;
    assert_eq!(app.clean_up(request).await.unwrap().source_repositories, []);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn an_untagged_image_goes_only_with_an_index_that_came() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    // On both sides before the rule exists, so the rule did not replicate it.
    for key in [dev(), prod()] {
        let pusher = Pusher::new(&app, &key).await;
        pusher.create("prod-microservice").await;
        pusher.push_platform("prod-microservice", None, "riscv64").await;
    }
    make(&app, put_rule(rule(&dev(), &[&prod()], &["prod-microservice"]), &[&prod()])).await;
    Pusher::new(&app, &dev()).await.push_index("prod-microservice", "21").await;
    replicated(&app, &dev(), "prod-microservice", "21", &prod(), ReplicationState::Complete).await;

    let found = candidates(&app).await;
    let [there] = found.destination_repositories.as_slice() else { panic!("{found:?}") };
    assert_eq!((there.images, there.staying), (3, 1), "the index and its two children would be deleted");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn what_has_nothing_to_do_with_the_rule_is_shown_and_not_chosen() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    // Another set-up, also created here, with its own statement.
    create(&app, &dev(), "billing").await;
    create(&app, &dev(), "tools").await;
    make(&app, put_rule(rule(&dev(), &[&prod()], &["billing"]), &[&prod()])).await;
    let mut second = crate::steps::statement(&prod(), DEV, &["prod-microservice"]);
    second.sid = "ForTheMicroservice".into();
    make(&app, PlanRequest::AddStatement { statement: second }).await;
    create(&app, &dev(), "dev-microservice").await;
    create(&app, &dev(), "prod-microservice").await;
    let pusher = Pusher::new(&app, &dev()).await;
    pusher.create("prod-microservice-old").await;
    make(&app, put_rule(rule(&dev(), &[&prod()], &["prod-microservice"]), &[])).await;
    push(&app, &dev(), "billing", "1").await;
    push(&app, &dev(), "dev-microservice", "42").await;
    promote(&app, "dev-microservice", "42", "prod-microservice", "21").await;
    replicated(&app, &dev(), "prod-microservice", "21", &prod(), ReplicationState::Complete).await;
    replicated(&app, &dev(), "billing", "1", &prod(), ReplicationState::Complete).await;

    let shown = app.replication(dev()).await.unwrap();
    let rule = shown.rules.iter().find(|rule| rule.filters == ["prod-microservice"]).unwrap().id.clone();
    let found = app.clean_up(GetCleanUp { registry: dev(), rule: Some(rule) }).await.unwrap();
    assert_eq!(
        reasons(&found.source_repositories),
        [
            ("dev-microservice", true, Why::PromotedFrom),
            ("prod-microservice", true, Why::Made),
            ("billing", false, Why::Unrelated),
            ("prod-microservice-old", false, Why::MadeByOthers),
            ("tools", false, Why::Unrelated),
        ]
    );
    assert_eq!(reasons(&found.destination_repositories), [("prod-microservice", true, Why::Came)]);
    let statements: Vec<_> = found
        .statements
        .iter()
        .map(|known| (known.sid.as_deref().unwrap(), known.chosen, known.why))
        .collect();
    assert_eq!(
        statements,
        [("ReplicationAccessCrossAccount", false, Why::Unrelated), ("ForTheMicroservice", true, Why::Made)]
    );

    // A third rule also replicates prod-microservice, so it stays.
    let west = registry(DEV, "us-east-2");
    make(&app, put_rule(crate::steps::rule(&dev(), &[&west], &["prod-"]), &[])).await;
    let shown = app.replication(dev()).await.unwrap();
    let rule = shown.rules.iter().find(|rule| rule.filters == ["prod-microservice"]).unwrap().id.clone();
    let found = app.clean_up(GetCleanUp { registry: dev(), rule: Some(rule) }).await.unwrap();
    let why = |name: &str| {
        let known = found.source_repositories.iter().find(|known| known.repository.repository == name);
        known.map(|known| (known.chosen, known.why))
    };
    assert_eq!(why("prod-microservice"), Some((false, Why::OtherRule)));
    crate::support::close(&app).await;
}

#[tokio::test]
async fn each_side_is_listed_once_for_the_choice_and_the_plan() {
    let directory = tempfile::tempdir().unwrap();
    let mut options = crate::support::options(&directory);
    // The app does not poll, so that only clean-up makes calls.
    options.timing.visible = std::time::Duration::from_secs(3_600);
    options.timing.background = std::time::Duration::from_secs(3_600);
    options.timing.background_call = std::time::Duration::from_secs(3_600);
    let app = App::open(options).await.unwrap();
    app.start_sandbox().await.unwrap();
    create(&app, &dev(), "prod-a").await;
    create(&app, &dev(), "prod-b").await;
    make(&app, put_rule(rule(&dev(), &[&prod()], &["prod-"]), &[&prod()])).await;
    let pusher = Pusher::new(&app, &dev()).await;
    let mut digests = Vec::new();
    for tag in ["1", "2", "3"] {
        digests.push(pusher.push("prod-a", tag).await);
    }
    let (source, name) = (client(&app, &dev()), "prod-a".parse().unwrap());
    let arrived = async || {
        for digest in &digests {
            let id = longshore_ecr::ImageId { digest: Some(digest.clone()), tag: None };
            let found = source.replication_status(&name, &id).await.unwrap();
            if !found.iter().any(|one| one.state == longshore_ecr::ReplicationState::Complete) {
                return false;
            }
        }
        true
    };
    tokio::time::timeout(crate::support::PATIENCE, async { while !arrived().await {} }).await.unwrap();

    let calls =
        |key: &RegistryKey, operation: &str| app.api_calls(key).get(operation).copied().unwrap_or_default();
    let (listed, listed_there) = (calls(&dev(), "DescribeImages"), calls(&prod(), "DescribeImages"));
    let asked = calls(&dev(), "DescribeImageReplicationStatus");
    let found = candidates(&app).await;
    assert_eq!(reasons(&found.destination_repositories), [("prod-a", true, Why::Came)]);
    let planned = plan(&app, everything(&app, &found).await).await;
    assert!(codes(&planned, Severity::Error).is_empty());
    assert_eq!(calls(&dev(), "DescribeImages") - listed, 2, "two repositories at the source");
    assert_eq!(calls(&prod(), "DescribeImages") - listed_there, 1, "one at the destination");
    assert_eq!(calls(&dev(), "DescribeImageReplicationStatus") - asked, 3, "one for each image");

    // Another check costs nothing while the snapshot is recent.
    let look = LookIntoCleanUp { source: dev(), repository: crate::support::repository(&prod(), "prod-a") };
    assert_eq!(app.look_into_clean_up(look).await.unwrap().images, 3);
    assert_eq!(calls(&dev(), "DescribeImageReplicationStatus") - asked, 3);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_destination_that_cannot_be_looked_at_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let stranger = registry("123456789012", "us-west-2");
    make(&app, put_rule(rule(&dev(), &[&stranger], &["prod-"]), &[])).await;
    let found = candidates(&app).await;
    let problems: Vec<_> =
        found.problems.iter().map(|known| (&known.registry, known.error.code.as_str())).collect();
    assert_eq!(problems, [(&stranger, "account-unknown")]);
    crate::support::close(&app).await;
}
