//! Several destinations move together, and nothing moves when something has changed.

use longshore_app::api::{PromotedTagChange, RunKey, RunState};

use super::{apply, dev, in_production, planned, prod, promote, record, set_up, to_production};
use crate::{
    steps::{begin, create, digest_of, ended, errors, make, put_rule, refused, rule},
    support::{DEV, Pusher, client, registry, with_sandbox},
};

#[tokio::test]
async fn a_build_goes_through_every_stage_with_the_same_digest_and_is_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (_, build) = set_up(&app).await;
    to_production(&app, "1.4.1").await;
    assert_eq!(in_production(&app, "1.4.1").await, [Some(build.clone()), Some(build.clone())]);
    let entries = record(&app).await;
    assert_eq!(entries.len(), 2);
    let last = &entries[0];
    assert_eq!((last.event.as_str(), last.stage.as_deref()), ("promoted", Some("production")));
    assert_eq!(last.digest.as_deref(), Some(build.as_str()));
    assert_eq!(last.destinations.len(), 2);
    assert_eq!(last.gates.len(), 3, "{last:#?}");

    // Without a build, the one that is in the stage before; there is nothing left to do.
    let again = planned(&app, promote("production", "")).await;
    let shown = &again.promotion.as_ref().unwrap().builds[0];
    assert_eq!(shown.digest, build);
    assert!(shown.destinations.iter().all(|one| one.tags[0].change == PromotedTagChange::AlreadyThere));
    crate::support::close(&app).await;
}

#[tokio::test]
async fn inside_one_registry_with_mounting_no_layer_byte_is_uploaded() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    let request = longshore_app::api::PlanRequest::SetBlobMounting { registry: dev(), enabled: true };
    make(&app, request).await;
    let view = make(&app, promote("staging", "1.4.1")).await;
    assert_eq!(view.bytes_moved, 0);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn no_tag_moves_anywhere_while_one_destination_lacks_the_build() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (older, build) = set_up(&app).await;
    to_production(&app, "1.4.0").await;
    make(&app, promote("staging", "1.4.1")).await;
    let plan = planned(&app, promote("production", "1.4.1")).await;
    // The repository of the second destination goes away after the plan: its copy fails.
    let second = client(&app, &prod()[1]);
    second.delete_repository(&"prod-api".parse().unwrap(), true).await.unwrap();
    let run = begin(&app, &plan).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Failed, "{view:#?}");
    assert_eq!(in_production(&app, "1.4.1").await, [None, None]);
    assert_eq!(digest_of(&app, &prod()[0], "prod-api", "1.4.0").await, Some(older));
    assert_eq!(record(&app).await.len(), 3, "nothing is recorded of a promotion that failed");
    // Once the repository is there again, the same run finishes.
    create(&app, &prod()[1], "prod-api").await;
    app.retry_run(RunKey { run: run.clone() }).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    assert_eq!(in_production(&app, "1.4.1").await, [Some(build.clone()), Some(build)]);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn the_source_tag_that_was_moved_after_the_evaluation_stops_the_run() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    let plan = planned(&app, promote("staging", "1.4.1")).await;
    Pusher::new(&app, &dev()).await.push("dev-api", "1.4.1").await;
    let run = begin(&app, &plan).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!((view.state, view.error.unwrap().code.as_str()), (RunState::Failed, "promotion-changed"));
    assert_eq!(digest_of(&app, &dev(), "staging-api", "1.4.1").await, None);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn the_source_that_was_deleted_in_between_stops_the_run() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (_, build) = set_up(&app).await;
    let plan = planned(&app, promote("staging", &build)).await;
    let ids = [longshore_ecr::ImageId { digest: Some(build.parse().unwrap()), tag: None }];
    client(&app, &dev()).batch_delete_image(&"dev-api".parse().unwrap(), &ids).await.unwrap();
    let run = begin(&app, &plan).await.unwrap();
    let view = ended(&app, &run).await;
    let error = view.error.unwrap();
    assert_eq!((view.state, error.code.as_str()), (RunState::Failed, "promotion-changed"));
    assert!(error.message.contains("no longer has the build"), "{error:?}");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn another_digest_under_an_immutable_tag_is_refused_before_anything_is_copied() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    create(&app, &dev(), "staging-api").await;
    Pusher::new(&app, &dev()).await.push("staging-api", "1.4.1").await;
    let key = crate::support::repository(&dev(), "staging-api");
    let mutability = longshore_app::api::Mutability { immutable: true, exclusions: Vec::new() };
    make(&app, longshore_app::api::PlanRequest::SetMutability { repository: key, mutability }).await;
    let plan = planned(&app, promote("staging", "1.4.1")).await;
    assert_eq!(errors(&plan), ["tag-immutable"]);
    assert_eq!(begin(&app, &plan).await.unwrap_err().code, "tag-immutable");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn what_does_not_exist_is_named_with_what_does() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    let stage = refused(&app, promote("nowhere", "1.4.1")).await;
    assert_eq!(stage.code, "promotion-stage-unknown");
    assert!(stage.hint.unwrap().contains("dev, staging, production"));
    assert_eq!(refused(&app, promote("dev", "1.4.1")).await.code, "promotion-first-stage");
    assert_eq!(refused(&app, promote("staging", "9.9.9")).await.code, "promotion-build-unknown");
    assert_eq!(refused(&app, promote("production", "1.4.1")).await.code, "promotion-build-unknown");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_stage_that_replication_carries_on_is_done_when_the_tag_is_there_too() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (_, build) = set_up(&app).await;
    let east = registry(DEV, "us-east-2");
    make(&app, put_rule(rule(&dev(), &[&east], &["staging-"]), &[])).await;
    let staging = "repositories: \"staging-{service}\"";
    let with = format!("replicated: [111122223333/us-east-2]\n        {staging}");
    apply(&app, &super::SHOP.replace(staging, &with)).await;
    let plan = planned(&app, promote("staging", "1.4.1")).await;
    let shown = &plan.promotion.as_ref().unwrap().builds[0];
    assert_eq!(shown.destinations.iter().map(|one| one.replicated).collect::<Vec<_>>(), [false, true]);
    make(&app, promote("staging", "1.4.1")).await;
    assert_eq!(digest_of(&app, &east, "staging-api", "1.4.1").await, Some(build));
    assert_eq!(record(&app).await[0].destinations.len(), 2);
    crate::support::close(&app).await;
}
