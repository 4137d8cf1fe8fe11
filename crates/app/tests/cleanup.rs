//! Journey J4: clean-up of what J1 made, and of nothing else.
#![allow(clippy::unwrap_used)]

mod steps;
mod support;

use longshore_app::{
    App,
    api::{CleanUpCandidates, GetCleanUp, PlanRequest, RegistryKey, ReplicationState, RunState, Severity},
};
use serde_json::{Value, json};
use steps::{begin, codes, create, digest_of, ended, make, names, plan, push, put_rule, replicated, rule};
use support::{DEV, PROD, Pusher, client, registry, with_sandbox};

fn dev() -> RegistryKey {
    registry(DEV, "us-west-2")
}

fn prod() -> RegistryKey {
    registry(PROD, "us-west-2")
}

/// What J1 made: two repositories, a rule, a statement, and an image that came to Prod.
async fn set_up(app: &std::sync::Arc<App>) {
    create(app, &dev(), "dev-microservice").await;
    create(app, &dev(), "prod-microservice").await;
    make(app, put_rule(rule(&dev(), &[&prod()], &["prod-microservice"]), &[&prod()])).await;
    push(app, &dev(), "dev-microservice", "42").await;
    push(app, &dev(), "prod-microservice", "21").await;
    replicated(app, &dev(), "prod-microservice", "21", &prod(), ReplicationState::Complete).await;
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
    let sources: Vec<_> = found
        .source_repositories
        .iter()
        .map(|known| (known.repository.repository.as_str(), known.images, known.ours))
        .collect();
    assert_eq!(sources, [("dev-microservice", 1, true), ("prod-microservice", 1, true)]);
    let [there] = found.destination_repositories.as_slice() else { panic!("{found:?}") };
    assert_eq!((there.images, there.staying, there.ours), (1, 0, true));
    let [statement] = found.statements.as_slice() else { panic!("{found:?}") };
    assert!(statement.ours && statement.other_accounts.is_empty());

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

    // Run again: nothing is there, nothing is done, nothing fails.
    let planned = plan(&app, request).await;
    assert!(codes(&planned, Severity::Error).is_empty());
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    app.close().await;
}

#[tokio::test]
async fn what_others_made_stays() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    // Another rule, another statement, another account in ours, and an image pushed in Prod itself.
    let theirs = json!({
        "destinations": [{ "region": "us-east-2", "registryId": DEV }],
        "repositoryFilters": [{ "filter": "team-", "filterType": "PREFIX_MATCH" }],
    });
    let other = client(&app, &dev());
    let before = other.replication_configuration().await.unwrap();
    let mut after = before.clone();
    after["rules"].as_array_mut().unwrap().insert(0, theirs.clone());
    other.put_replication_configuration(&before, &after, &longshore_ecr::same_json).await.unwrap();
    let mut more = steps::statement(&prod(), "123456789012", &["prod-microservice"]);
    make(&app, PlanRequest::AddStatement { statement: more.clone() }).await;
    more.sid = "Theirs".into();
    more.prefixes = vec!["other-".into()];
    make(&app, PlanRequest::AddStatement { statement: more }).await;
    let own = Pusher::new(&app, &prod()).await.push("prod-microservice", "hotfix").await;

    let found = candidates(&app).await;
    let [there] = found.destination_repositories.as_slice() else { panic!("{found:?}") };
    assert_eq!((there.images, there.staying), (1, 1));
    let [statement] = found.statements.as_slice() else { panic!("{found:?}") };
    assert_eq!(statement.other_accounts, ["123456789012"]);
    let planned = plan(&app, everything(&app, &found).await).await;
    let stays = planned.stays.join("\n");
    for part in ["1 other rules", "123456789012", "`hotfix`"] {
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
    app.close().await;
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
    // What was done stays done; cleaning up again takes the rest.
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
    app.close().await;
}

#[tokio::test]
async fn what_was_made_before_a_reset_is_not_ours_afterwards() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    create(&app, &dev(), "service").await;
    let request = GetCleanUp { registry: dev(), rule: None };
    assert_eq!(app.clean_up(request.clone()).await.unwrap().source_repositories.len(), 1);
    app.reset_sandbox().await.unwrap();
    Pusher::new(&app, &dev()).await.create("service").await;
    assert_eq!(app.clean_up(request).await.unwrap().source_repositories, []);
    app.close().await;
}

#[tokio::test]
async fn an_untagged_image_goes_only_with_an_index_that_came() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    // On both sides before there is a rule: it did not come by it.
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
    assert_eq!((there.images, there.staying), (3, 1), "the index and its two children go");
    app.close().await;
}
