//! Release sets: every service of a stage as one plan and one run.

use longshore_app::api::{HoldStage, PlanRequest, PromotionStanding, Space, StageOfService};

use super::{SHOP, apply, dev, planned, prod, promote, record};
use crate::{
    steps::{create, digest_of, make, push, refused},
    support::with_sandbox,
};

fn set() -> PlanRequest {
    PlanRequest::PromoteSet {
        space: Space::Sandbox,
        path: "shop".into(),
        from: "staging".into(),
        stage: "production".into(),
        override_reason: None,
        approvals: Vec::new(),
    }
}

fn of(service: &str, request: PlanRequest) -> PlanRequest {
    match request {
        PlanRequest::PromoteBuild { space, path, stage, build, tag, override_reason, approvals, .. } => {
            let service = service.into();
            PlanRequest::PromoteBuild { space, path, stage, service, build, tag, override_reason, approvals }
        }
        other => other,
    }
}

#[tokio::test]
async fn all_services_of_a_stage_go_on_as_one_run_and_held_ones_are_left_out() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    apply(&app, SHOP).await;
    for service in ["api", "cart", "web"] {
        create(&app, &dev(), &format!("dev-{service}")).await;
        push(&app, &dev(), &format!("dev-{service}"), "1.0.0").await;
        make(&app, of(service, promote("staging", "1.0.0"))).await;
    }
    let cart = StageOfService {
        space: Space::Sandbox,
        path: "shop".into(),
        stage: "production".into(),
        service: "cart".into(),
    };
    app.hold_stage(HoldStage { stage: cart.clone(), reason: None }).await.unwrap();
    let plan = planned(&app, set()).await;
    let shown = plan.promotion.as_ref().unwrap();
    let services: Vec<&str> = shown.builds.iter().map(|build| build.service.as_str()).collect();
    assert_eq!((services, shown.skipped[0].service.as_str()), (vec!["api", "web"], "cart"));
    assert!(shown.builds.iter().all(|build| build.standing == PromotionStanding::Go), "{shown:#?}");
    // One copy for each Region, not for each service.
    assert_eq!(plan.steps.iter().filter(|step| step.text.starts_with("Copy ")).count(), 2);
    make(&app, set()).await;
    for registry in prod() {
        for service in ["api", "web"] {
            assert!(digest_of(&app, &registry, &format!("prod-{service}"), "1.0.0").await.is_some());
        }
    }
    assert_eq!(record(&app).await.iter().filter(|one| one.stage.as_deref() == Some("production")).count(), 3);
    // Everything is there by now, but what is held.
    let held = refused(&app, set()).await;
    assert_eq!(held.code, "promotion-set-stopped");
    assert!(held.message.contains("`cart`: Held by"), "{held:?}");
    app.resume_stage(cart).await.unwrap();
    make(&app, set()).await;
    assert_eq!(refused(&app, set()).await.code, "promotion-set-empty");
    crate::support::close(&app).await;
}
