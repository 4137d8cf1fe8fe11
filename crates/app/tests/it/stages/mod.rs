//! Promotion along paths, on the sandbox: a path of three stages over two accounts and three Regions.

mod approvals;
mod barrier;
mod gates;
mod holds;
mod paths;
mod record;
mod sets;

use std::sync::Arc;

use longshore_app::{
    App,
    api::{
        ApplyPaths, ListPromotions, PlanRequest, PlanView, PromotionEntry, PromotionStanding, RegistryKey,
        Space,
    },
};

use crate::{
    steps::{create, digest_of, make, plan, push},
    support::{DEV, PROD, registry},
};

/// Builds are pushed to `dev-…`, and go to `prod-…` in two Regions of another account.
const SHOP: &str = r#"
paths:
  - name: shop
    schemes: { "*": semver }
    stages:
      - { name: dev, registry: 111122223333/us-west-2, repositories: "dev-{service}" }
      - name: staging
        registry: 111122223333/us-west-2
        repositories: "staging-{service}"
      - name: production
        registries: [444455556666/us-west-2, 444455556666/eu-west-1]
        repositories: "prod-{service}"
        gates:
          - tag_scheme: semver
          - labels: { org.opencontainers.image.revision: "[0-9a-f]{7,40}" }
          - in_previous_stage: true
"#;

fn dev() -> RegistryKey {
    registry(DEV, "us-west-2")
}

fn prod() -> [RegistryKey; 2] {
    [registry(PROD, "us-west-2"), registry(PROD, "eu-west-1")]
}

async fn apply(app: &App, text: &str) {
    let request = ApplyPaths { space: Space::Sandbox, text: text.into(), check_only: false };
    let applied = app.apply_paths(request).await.unwrap();
    assert!(!applied.paths.is_empty(), "{applied:#?}");
}

/// The path, and the builds 1.4.0 and 1.4.1 of `api` in `dev`.
async fn set_up(app: &App) -> (String, String) {
    apply(app, SHOP).await;
    create(app, &dev(), "dev-api").await;
    push(app, &dev(), "dev-api", "1.4.0").await;
    push(app, &dev(), "dev-api", "1.4.1").await;
    let older = digest_of(app, &dev(), "dev-api", "1.4.0").await.unwrap();
    (older, digest_of(app, &dev(), "dev-api", "1.4.1").await.unwrap())
}

fn promote(stage: &str, build: &str) -> PlanRequest {
    PlanRequest::PromoteBuild {
        space: Space::Sandbox,
        path: "shop".into(),
        stage: stage.into(),
        service: "api".into(),
        build: (!build.is_empty()).then(|| build.into()),
        tag: None,
        override_reason: None,
        approvals: Vec::new(),
    }
}

fn overriding(stage: &str, build: &str, reason: &str) -> PlanRequest {
    match promote(stage, build) {
        PlanRequest::PromoteBuild { space, path, stage, service, build, tag, approvals, .. } => {
            let override_reason = Some(reason.into());
            PlanRequest::PromoteBuild { space, path, stage, service, build, tag, override_reason, approvals }
        }
        other => other,
    }
}

/// Promotes a build through every stage.
async fn to_production(app: &App, build: &str) {
    make(app, promote("staging", build)).await;
    make(app, promote("production", build)).await;
}

fn standing(plan: &PlanView) -> PromotionStanding {
    plan.promotion.as_ref().unwrap().builds[0].standing
}

/// The record, newest first.
async fn record(app: &App) -> Vec<PromotionEntry> {
    let request = ListPromotions {
        space: Space::Sandbox,
        path: None,
        stage: None,
        service: None,
        digest: None,
        from: None,
        until: None,
        moves_only: false,
        text: None,
        limit: None,
    };
    app.promotions(request).await.unwrap()
}

/// What a tag names in both production registries.
async fn in_production(app: &Arc<App>, tag: &str) -> Vec<Option<String>> {
    let mut found = Vec::new();
    for registry in prod() {
        found.push(digest_of(app, &registry, "prod-api", tag).await);
    }
    found
}

async fn planned(app: &App, request: PlanRequest) -> PlanView {
    plan(app, request).await
}
