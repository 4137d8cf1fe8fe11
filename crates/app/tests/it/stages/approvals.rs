//! Two people: a request from one data directory, approved in another, promoted in the first.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{TimeDelta, Utc};
use longshore_app::{
    App, AppOptions, Clock, MemoryStore,
    api::{
        ApprovePromotion, EnrolKey, NamedKey, PlanRequest, PromotionStanding, RequestPromotion, Space,
        WrittenPromotionRequest,
    },
};
use serde_json::Value;

use super::{SHOP, apply, planned, promote, record, set_up, standing};
use crate::{steps::make, support::with_sandbox};

/// The path with an approval, and builds in `dev`.
async fn first_person(directory: &tempfile::TempDir) -> Arc<App> {
    let app = with_sandbox(directory).await;
    set_up(&app).await;
    let staging = "repositories: \"staging-{service}\"";
    apply(&app, &SHOP.replace(staging, &format!("{staging}\n        gates: [{{ approvals: 1 }}]"))).await;
    app
}

/// Another data directory and another keychain, with a key that the first person enrols.
async fn second_person(directory: &tempfile::TempDir, first: &App, name: &str) -> Arc<App> {
    let options = AppOptions::new(directory.path().join(name), Arc::new(MemoryStore::default()));
    let app = App::open(options).await.unwrap();
    let key = app.create_approval_key(NamedKey { name: format!("{name}@example.com") }).await.unwrap();
    first.enrol_approval_key(EnrolKey { name: key.name, public: key.public }).await.unwrap();
    app
}

async fn request(app: &App) -> WrittenPromotionRequest {
    let request = RequestPromotion {
        space: Space::Sandbox,
        path: "shop".into(),
        stage: "staging".into(),
        service: "api".into(),
        build: Some("1.4.1".into()),
        tag: None,
        reason: Some("release of the week".into()),
        hours: None,
    };
    app.request_promotion(request).await.unwrap()
}

async fn approve(app: &App, text: &str) -> Result<String, String> {
    let request = ApprovePromotion { space: Space::Sandbox, text: text.into(), key: None };
    app.approve_promotion(request).await.map(|written| written.text).map_err(|error| error.code)
}

fn with(approvals: &[&str], build: &str) -> PlanRequest {
    match promote("staging", build) {
        PlanRequest::PromoteBuild { space, path, stage, service, build, tag, override_reason, .. } => {
            let approvals = approvals.iter().map(|&text| text.to_owned()).collect();
            PlanRequest::PromoteBuild { space, path, stage, service, build, tag, override_reason, approvals }
        }
        other => other,
    }
}

/// The evidence of the gate, when the approval does not count.
async fn refused(app: &App, approval: &str, build: &str) -> String {
    let plan = planned(app, with(&[approval], build)).await;
    assert_eq!(standing(&plan), PromotionStanding::Stopped, "{plan:#?}");
    plan.promotion.unwrap().builds[0].gates[0].evidence.clone()
}

#[tokio::test]
async fn one_asks_another_approves_and_the_first_promotes() {
    let directory = tempfile::tempdir().unwrap();
    let alice = first_person(&directory).await;
    let bob = second_person(&directory, &alice, "bob").await;
    assert_eq!(standing(&planned(&alice, promote("staging", "1.4.1")).await), PromotionStanding::Stopped);
    let asked = request(&alice).await;
    let approval = approve(&bob, &asked.text).await.unwrap();
    make(&alice, with(&[&approval], "1.4.1")).await;
    assert_eq!(record(&alice).await[0].approvers, ["bob@example.com"]);
    bob.close().await;
    crate::support::close(&alice).await;
}

#[tokio::test]
async fn the_requester_cannot_approve_not_even_under_another_name() {
    let directory = tempfile::tempdir().unwrap();
    let alice = first_person(&directory).await;
    let asked = request(&alice).await;
    alice.create_approval_key(NamedKey { name: "mallory@example.com".into() }).await.unwrap();
    assert_eq!(approve(&alice, &asked.text).await.unwrap_err(), "promotion-own-request");
    crate::support::close(&alice).await;
}

#[tokio::test]
async fn an_approval_for_another_digest_path_or_stage_does_not_count() {
    let directory = tempfile::tempdir().unwrap();
    let alice = first_person(&directory).await;
    let bob = second_person(&directory, &alice, "bob").await;
    let approval = approve(&bob, &request(&alice).await.text).await.unwrap();
    let evidence = refused(&alice, &approval, "1.4.0").await;
    assert!(evidence.contains("it is for another build"), "{evidence}");
    // The path was changed after the request.
    let staging = "repositories: \"staging-{service}\"";
    let gates = "gates: [{ approvals: 1 }, { in_previous_stage: true }]";
    apply(&alice, &SHOP.replace(staging, &format!("{staging}\n        {gates}"))).await;
    let evidence = refused(&alice, &approval, "1.4.1").await;
    assert!(evidence.contains("the path was changed after the request"), "{evidence}");
    bob.close().await;
    crate::support::close(&alice).await;
}

#[tokio::test]
async fn a_key_that_is_not_enrolled_does_not_count_and_one_that_was_forgotten_no_longer() {
    let directory = tempfile::tempdir().unwrap();
    let alice = first_person(&directory).await;
    let bob = second_person(&directory, &alice, "bob").await;
    let approval = approve(&bob, &request(&alice).await.text).await.unwrap();
    alice.forget_approval_key(NamedKey { name: "bob@example.com".into() }).await.unwrap();
    let evidence = refused(&alice, &approval, "1.4.1").await;
    assert!(evidence.contains("no enrolled key made it"), "{evidence}");
    bob.close().await;
    crate::support::close(&alice).await;
}

#[tokio::test]
async fn every_altered_field_of_a_request_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let alice = first_person(&directory).await;
    let bob = second_person(&directory, &alice, "bob").await;
    let asked = request(&alice).await;
    let whole: Value = serde_json::from_str(&asked.text).unwrap();
    let fields: Vec<String> = whole.as_object().unwrap().keys().cloned().collect();
    assert!(fields.len() >= 12, "{fields:?}");
    for field in &fields {
        let mut altered = whole.clone();
        altered[field] = match (&whole[field], field.as_str()) {
            (_, "expires") => "2099-01-01T00:00:00Z".into(),
            (_, "created") => "2026-01-01T00:00:00Z".into(),
            (Value::String(text), _) => format!("{}0", &text[..text.len() - 1]).into(),
            _ => "x".into(),
        };
        if altered[field] == whole[field] {
            altered[field] = "1".into();
        }
        assert!(approve(&bob, &altered.to_string()).await.is_err(), "{field}");
        let mut without = whole.clone();
        without.as_object_mut().unwrap().remove(field);
        assert!(approve(&bob, &without.to_string()).await.is_err(), "without {field}");
    }
    bob.close().await;
    crate::support::close(&alice).await;
}

#[tokio::test]
async fn every_altered_field_of_an_approval_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let alice = first_person(&directory).await;
    let bob = second_person(&directory, &alice, "bob").await;
    let approval = approve(&bob, &request(&alice).await.text).await.unwrap();
    let envelope: Value = serde_json::from_str(&approval).unwrap();
    let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
    let statement: Value = serde_json::from_slice(&payload).unwrap();
    for field in statement.as_object().unwrap().keys() {
        let mut altered = statement.clone();
        altered[field] = match (&statement[field], field.as_str()) {
            (_, "at" | "expires") => "2099-01-01T00:00:00Z".into(),
            (Value::String(text), "approver") => format!("eve-{text}").into(),
            (Value::String(text), _) => {
                let last = if text.ends_with('0') { '1' } else { '0' };
                format!("{}{last}", &text[..text.len() - 1]).into()
            }
            (other, _) => other.clone(),
        };
        let mut forged = envelope.clone();
        forged["payload"] = STANDARD.encode(longshore_policy::canonical_text(&altered)).into();
        let plan = alice.plan(with(&[&forged.to_string()], "1.4.1")).await;
        let stands = plan.as_ref().map(standing).ok();
        assert_ne!(stands, Some(PromotionStanding::Go), "{field}");
    }
    let mut unsigned = envelope.clone();
    unsigned["signatures"][0]["sig"] = STANDARD.encode([0; 64]).into();
    let evidence = refused(&alice, &unsigned.to_string(), "1.4.1").await;
    assert!(evidence.contains("the signature was not verified"), "{evidence}");
    bob.close().await;
    crate::support::close(&alice).await;
}

/// The first person's app with a clock that a test moves, in minutes from now.
async fn with_clock(directory: &tempfile::TempDir) -> (Arc<App>, Arc<AtomicI64>) {
    let minutes = Arc::new(AtomicI64::new(0));
    let read = Arc::clone(&minutes);
    let mut options = crate::support::options(directory);
    options.timing.clock = Clock::new(move || Utc::now() + TimeDelta::minutes(read.load(Ordering::Relaxed)));
    let app = App::open(options).await.unwrap();
    app.start_sandbox().await.unwrap();
    set_up(&app).await;
    let staging = "repositories: \"staging-{service}\"";
    let gates = "gates: [{ approvals: 1 }, { minimum_age: 1s }]";
    apply(&app, &SHOP.replace(staging, &format!("{staging}\n        {gates}"))).await;
    (app, minutes)
}

#[tokio::test]
async fn an_expired_request_is_neither_approved_nor_promoted() {
    let directory = tempfile::tempdir().unwrap();
    let (alice, minutes) = with_clock(&directory).await;
    let bob = second_person(&directory, &alice, "bob").await;
    let approval = approve(&bob, &request(&alice).await.text).await.unwrap();
    minutes.store(8 * 24 * 60, Ordering::Relaxed);
    let evidence = refused(&alice, &approval, "1.4.1").await;
    assert!(evidence.contains("it ended at"), "{evidence}");
    // Written long ago, it cannot be approved either.
    minutes.store(-8 * 24 * 60, Ordering::Relaxed);
    let old = request(&alice).await;
    assert_eq!(approve(&bob, &old.text).await.unwrap_err(), "promotion-request-expired");
    bob.close().await;
    crate::support::close(&alice).await;
}

#[tokio::test]
async fn a_clock_that_is_behind_neither_ages_a_build_nor_takes_an_approval_from_the_future() {
    let directory = tempfile::tempdir().unwrap();
    let (alice, minutes) = with_clock(&directory).await;
    let bob = second_person(&directory, &alice, "bob").await;
    let approval = approve(&bob, &request(&alice).await.text).await.unwrap();
    minutes.store(-60, Ordering::Relaxed);
    let plan = planned(&alice, with(&[&approval], "1.4.1")).await;
    assert_eq!(standing(&plan), PromotionStanding::Stopped);
    let gates = &plan.promotion.as_ref().unwrap().builds[0].gates;
    assert!(gates[0].evidence.contains("a clock is behind"), "{gates:#?}");
    assert!(gates[1].evidence.contains("the clock of this computer is behind"), "{gates:#?}");
    bob.close().await;
    crate::support::close(&alice).await;
}

#[tokio::test]
async fn an_approval_for_another_stage_does_not_count() {
    let directory = tempfile::tempdir().unwrap();
    let alice = first_person(&directory).await;
    let bob = second_person(&directory, &alice, "bob").await;
    let approval = approve(&bob, &request(&alice).await.text).await.unwrap();
    make(&alice, with(&[&approval], "1.4.1")).await;
    // Production asks for an approval too, and gets the one for staging.
    let production = "repositories: \"prod-{service}\"\n        gates:";
    let text = SHOP.replace(production, &format!("{production}\n          - approvals: 1"));
    apply(&alice, &text).await;
    let request = match with(&[&approval], "1.4.1") {
        PlanRequest::PromoteBuild {
            space, path, service, build, tag, override_reason, approvals, ..
        } => {
            let stage = "production".into();
            PlanRequest::PromoteBuild { space, path, stage, service, build, tag, override_reason, approvals }
        }
        other => other,
    };
    let plan = planned(&alice, request).await;
    assert_eq!(standing(&plan), PromotionStanding::Stopped);
    let evidence = &plan.promotion.as_ref().unwrap().builds[0].gates[0].evidence;
    assert!(evidence.contains("it is for the stage `staging`"), "{evidence}");
    bob.close().await;
    crate::support::close(&alice).await;
}
