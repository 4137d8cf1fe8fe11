//! Rollbacks, holds and blocks.

use longshore_app::api::{
    BlockBuild, BuildKey, CleanImages, CleanRule, CleanWay, HoldStage, ImageSelection, PlanRequest,
    PromotionStanding, RunState, Space, StageOfService, UsageKind, UsageSearch,
};

use super::{dev, in_production, planned, promote, record, set_up, standing, to_production};
use crate::{
    steps::{begin, codes, ended, errors, make, push, refused},
    support::with_sandbox,
};

fn roll_back(build: Option<&str>) -> PlanRequest {
    PlanRequest::RollBack {
        space: Space::Sandbox,
        path: "shop".into(),
        stage: "production".into(),
        service: "api".into(),
        build: build.map(str::to_owned),
        reason: Some("errors after the release".into()),
        override_reason: None,
    }
}

fn production() -> StageOfService {
    StageOfService {
        space: Space::Sandbox,
        path: "shop".into(),
        stage: "production".into(),
        service: "api".into(),
    }
}

#[tokio::test]
async fn a_rollback_takes_the_build_before_and_holds_the_stage_until_it_is_resumed() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (older, newer) = set_up(&app).await;
    assert_eq!(refused(&app, roll_back(None)).await.code, "promotion-rollback-nothing");
    to_production(&app, "1.4.0").await;
    to_production(&app, "1.4.1").await;
    let plan = planned(&app, roll_back(None)).await;
    let shown = plan.promotion.as_ref().unwrap();
    assert_eq!((shown.builds[0].digest.as_str(), shown.builds[0].holds), (older.as_str(), true));
    make(&app, roll_back(None)).await;
    let entry = &record(&app).await[0];
    assert_eq!((entry.event.as_str(), entry.digest.as_deref()), ("rolled_back", Some(older.as_str())));
    let holds = app.promotion_holds(Space::Sandbox).await.unwrap().holds;
    assert_eq!((holds.len(), holds[0].reason.as_str()), (1, "errors after the release"));
    // A person may promote into a held stage, and sees the hold.
    let plan = planned(&app, promote("production", "1.4.1")).await;
    assert_eq!(codes(&plan, longshore_app::api::Severity::Warning), ["promotion-held"]);
    app.resume_stage(production()).await.unwrap();
    assert_eq!(app.resume_stage(production()).await.unwrap_err().code, "promotion-not-held");
    assert_eq!(in_production(&app, "1.4.1").await, [Some(newer.clone()), Some(newer)]);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn choosing_an_older_build_by_hand_holds_the_stage() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    make(&app, promote("staging", "1.4.1")).await;
    make(&app, promote("staging", "1.4.0")).await;
    let holds = app.promotion_holds(Space::Sandbox).await.unwrap().holds;
    assert_eq!((holds.len(), holds[0].stage.as_str()), (1, "staging"));
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_hold_by_hand_and_its_end_are_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    set_up(&app).await;
    let hold = HoldStage { stage: production(), reason: Some("audit".into()) };
    assert_eq!(app.hold_stage(hold).await.unwrap().holds.len(), 1);
    assert_eq!(app.resume_stage(production()).await.unwrap().holds.len(), 0);
    let events: Vec<String> = record(&app).await.into_iter().map(|entry| entry.event).collect();
    assert_eq!(events, ["resumed", "held"]);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_blocked_digest_is_promoted_nowhere_not_even_by_an_override() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (_, build) = set_up(&app).await;
    let before = planned(&app, promote("staging", "1.4.1")).await;
    let block = BlockBuild { space: Space::Sandbox, digest: build.clone(), reason: "CVE-2026-12345".into() };
    app.block_build(block.clone()).await.unwrap();
    let no_reason = BlockBuild { reason: " ".into(), ..block };
    assert_eq!(app.block_build(no_reason).await.unwrap_err().code, "promotion-reason");
    // Planned before, and run after.
    let run = begin(&app, &before).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!((view.state, view.error.unwrap().code.as_str()), (RunState::Failed, "promotion-blocked"));
    let plan = planned(&app, promote("staging", "1.4.1")).await;
    assert_eq!((standing(&plan), errors(&plan)), (PromotionStanding::Blocked, vec!["promotion-blocked"]));
    assert_eq!(
        refused(&app, super::overriding("staging", "1.4.1", "urgent")).await.code,
        "promotion-blocked"
    );
    let key = BuildKey { space: Space::Sandbox, digest: build };
    assert!(app.unblock_build(key.clone()).await.unwrap().blocks.is_empty());
    assert_eq!(app.unblock_build(key).await.unwrap_err().code, "promotion-not-blocked");
    make(&app, promote("staging", "1.4.1")).await;
    crate::support::close(&app).await;
}

#[tokio::test]
async fn what_a_stage_has_and_what_a_rollback_would_take_is_spared_by_deletions() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (older, newer) = set_up(&app).await;
    to_production(&app, "1.4.0").await;
    to_production(&app, "1.4.1").await;
    push(&app, &dev(), "dev-api", "1.5.0").await;
    let repository = crate::support::repository(&super::prod()[0], "prod-api");
    push(&app, &super::prod()[0], "prod-api", "0.9.0").await;
    // By rule: everything is selected, and the two are kept.
    let clean = CleanImages {
        repositories: vec![repository.clone()],
        rules: vec![CleanRule { tags: vec!["*".into()], ..CleanRule::default() }],
        take_along: false,
        usage: UsageSearch { leave_out: vec![UsageKind::Findings], ..UsageSearch::default() },
        way: CleanWay::Delete,
    };
    let preview = app.preview_clean_images(clean).await.unwrap();
    let images = &preview.repositories[0].images;
    let kept = |digest: &str| images.iter().find(|image| image.digest == digest).unwrap().protected.clone();
    assert!(kept(&newer).unwrap().contains("the stage `production` of the path `shop`"), "{images:#?}");
    assert!(kept(&older).unwrap().contains("the next rollback of `api`"), "{images:#?}");
    assert_eq!(images.iter().filter(|image| image.deleted).count(), 1, "{images:#?}");
    // By hand: a person has to agree.
    let images = vec![ImageSelection { digest: newer, tag: None }];
    let plan = planned(&app, PlanRequest::DeleteImages { repository, images }).await;
    assert!(plan.agree[0].contains("the stage `production`"), "{plan:#?}");
    crate::support::close(&app).await;
}
