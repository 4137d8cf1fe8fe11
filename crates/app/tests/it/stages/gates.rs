//! Gates are asked with what registries say, and their evidence is kept.

use longshore_app::api::{GateStateView, PathKey, PromotionStanding, RunState, Space, TrustGate};

use super::{apply, dev, overriding, planned, promote, record, set_up, standing};
use crate::{
    steps::{begin, create, ended, errors, make, push, refused},
    support::{Pusher, with_sandbox},
};

/// One stage before another, with these gates.
fn with_gates(gates: &str) -> String {
    format!(
        "paths:\n  - name: shop\n    schemes: {{ \"*\": semver }}\n    stages:\n      - {{ name: dev, registry: 111122223333/us-west-2, \
         repositories: \"dev-{{service}}\" }}\n      - name: staging\n        registry: \
         111122223333/us-west-2\n        repositories: \"staging-{{service}}\"\n        gates:\n{gates}"
    )
}

#[tokio::test]
async fn a_build_that_is_too_young_says_when_it_may_enter() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    apply(&app, &with_gates("          - minimum_age: 1h\n")).await;
    let plan = planned(&app, promote("staging", "1.4.1")).await;
    assert_eq!((standing(&plan), errors(&plan)), (PromotionStanding::Stopped, vec!["promotion-gate"]));
    let gate = &plan.promotion.as_ref().unwrap().builds[0].gates[0];
    assert_eq!((gate.gate.as_str(), gate.state), ("minimum_age", GateStateView::Fail));
    assert!(gate.satisfied_by.as_ref().unwrap().starts_with("Wait until "), "{gate:?}");
    assert_eq!(begin(&app, &plan).await.unwrap_err().code, "promotion-gate");

    // An override needs a reason, and is recorded with the evidence.
    assert_eq!(refused(&app, overriding("staging", "1.4.1", " ")).await.code, "promotion-override-reason");
    make(&app, overriding("staging", "1.4.1", "the fix for the outage")).await;
    let entry = &record(&app).await[0];
    assert_eq!(entry.override_reason.as_deref(), Some("the fix for the outage"));
    assert_eq!(entry.gates[0].state, GateStateView::Overridden);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn an_empty_label_asks_whether_the_build_arg_has_the_same_name() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    apply(&app, &with_gates("          - labels: { empty: \".+\", git-commit: \".*\" }\n")).await;
    create(&app, &dev(), "dev-api").await;
    Pusher::new(&app, &dev()).await.push("dev-api", "1.4.1").await;
    let plan = planned(&app, promote("staging", "1.4.1")).await;
    let gate = &plan.promotion.as_ref().unwrap().builds[0].gates[0];
    assert!(gate.evidence.contains("has the build ARG the same name?"), "{gate:?}");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn platforms_and_size_are_those_of_every_image_of_an_index() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let gates = "          - platforms: [linux/amd64, linux/arm64]\n          - maximum_size: 10kB\n";
    apply(&app, &with_gates(gates)).await;
    create(&app, &dev(), "dev-api").await;
    Pusher::new(&app, &dev()).await.push_index("dev-api", "1.4.1").await;
    let plan = planned(&app, promote("staging", "1.4.1")).await;
    let states: Vec<_> =
        plan.promotion.as_ref().unwrap().builds[0].gates.iter().map(|gate| gate.state).collect();
    assert_eq!(states, [GateStateView::Pass, GateStateView::Pass], "{plan:#?}");
    make(&app, promote("staging", "1.4.1")).await;
    crate::support::close(&app).await;
}

#[tokio::test]
async fn an_image_that_was_not_scanned_fails_the_scan_gate_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    apply(&app, &with_gates("          - scan: { max_severity: high }\n")).await;
    let plan = planned(&app, promote("staging", "1.4.1")).await;
    let gate = &plan.promotion.as_ref().unwrap().builds[0].gates[0];
    assert_eq!(gate.state, GateStateView::Fail);
    assert!(gate.evidence.contains("no scan"), "{gate:?}");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_command_of_a_file_does_not_run_until_its_content_is_trusted() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    let mark = directory.path().join("ran");
    let gate = format!("          - command: {{ run: [\"touch\", \"{}\"] }}\n", mark.display());
    apply(&app, &with_gates(&gate)).await;
    let plan = planned(&app, promote("staging", "1.4.1")).await;
    assert_eq!(standing(&plan), PromotionStanding::Stopped);
    assert!(!mark.exists());
    let key = PathKey { space: Space::Sandbox, name: "shop".into() };
    let gates = app.external_gates(key.clone()).await.unwrap();
    assert!(!gates[0].trusted);
    let unknown = TrustGate { path: key.clone(), hash: "0123456789ab".into(), trust: true };
    assert_eq!(app.trust_gate(unknown).await.unwrap_err().code, "promotion-gate-unknown");
    app.trust_gate(TrustGate { path: key, hash: gates[0].hash[..12].into(), trust: true }).await.unwrap();
    let plan = planned(&app, promote("staging", "1.4.1")).await;
    assert_eq!(standing(&plan), PromotionStanding::Go, "{plan:#?}");
    assert!(mark.exists());
    // Another command is another content.
    apply(&app, &with_gates("          - command: { run: [\"false\"] }\n")).await;
    assert_eq!(standing(&planned(&app, promote("staging", "1.4.1")).await), PromotionStanding::Stopped);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_gate_that_begins_to_fail_after_the_review_stops_the_run() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    let gone = directory.path().join("open");
    std::fs::write(&gone, "").unwrap();
    let gate = format!("          - command: {{ run: [\"test\", \"-e\", \"{}\"] }}\n", gone.display());
    apply(&app, &with_gates(&gate)).await;
    let key = PathKey { space: Space::Sandbox, name: "shop".into() };
    let hash = app.external_gates(key.clone()).await.unwrap()[0].hash.clone();
    app.trust_gate(TrustGate { path: key, hash, trust: true }).await.unwrap();
    let plan = planned(&app, promote("staging", "1.4.1")).await;
    std::fs::remove_file(&gone).unwrap();
    let run = begin(&app, &plan).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!((view.state, view.error.unwrap().code.as_str()), (RunState::Failed, "promotion-gate"));
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_later_build_in_the_stage_before_supersedes() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    apply(&app, &with_gates("          - not_superseded: true\n")).await;
    assert_eq!(standing(&planned(&app, promote("staging", "1.4.0")).await), PromotionStanding::Stopped);
    assert_eq!(standing(&planned(&app, promote("staging", "1.4.1")).await), PromotionStanding::Go);
    push(&app, &dev(), "dev-api", "1.5.0").await;
    assert_eq!(standing(&planned(&app, promote("staging", "1.4.1")).await), PromotionStanding::Stopped);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_stage_that_cannot_be_read_is_named_and_nothing_is_guessed() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    // Nobody has an account of this number.
    let text = super::SHOP.replace("444455556666/eu-west-1", "999988887777/eu-west-1");
    apply(&app, &text).await;
    make(&app, promote("staging", "1.4.1")).await;
    let error = refused(&app, promote("production", "1.4.1")).await;
    assert!(error.message.contains("999988887777"), "{error:?}");
    assert!(error.hint.is_some());
    crate::support::close(&app).await;
}
