//! J1: production images only, across accounts.

use longshore_tests::{
    image,
    skopeo::Skopeo,
    window::{Window, journey},
};

use crate::steps::{
    DEV, PROD, REGION, create_repository, log_in, open_repository, run_plan, show_registry, start_sandbox,
    type_to_confirm,
};

/// Replication → Add rule, up to the destination permissions.
pub async fn add_rule_up_to_the_other_side(window: &Window) {
    show_registry(window, DEV, REGION).await;
    window.click("nav-replication").await;
    window.click("rule-add").await;
    window.see("wizard-step-destinations").await;
    window.click("wizard-cross-account").await;
    window.fill("destination-account-0", PROD).await;
    window.fill("destination-region-0", REGION).await;
    window.see_text("destinations-counter", "1 of 25").await;
    window.click("wizard-next").await;
    window.fill("filter-0", "prod-microservice").await;
    window.see_text("preview-matches", "prod-microservice").await;
    window.click("wizard-next").await;
    window.see_text("other-side-statement-0", "repository/prod-microservice*").await;
}

pub async fn submit_rule(window: &Window) {
    window.click("wizard-next").await;
    window.see_text("plan-diff", "prod-microservice").await;
    window.see_text("review-driver", "ECR").await;
    if !window.texts("confirm-typed").await.is_empty() {
        type_to_confirm(window).await;
    }
    window.click("wizard-submit").await;
    window.wait("[data-testid='wizard-result'][data-state='done']").await;
    window.click("wizard-finish").await;
    window.see_text("rule-row", "prod-microservice").await;
}

/// Permissions → Prod → Generate statement.
async fn generate_statement(window: &Window) {
    show_registry(window, PROD, REGION).await;
    window.click("nav-permissions").await;
    window.click("statement-generate").await;
    window.fill("statement-sid", "ReplicationAccessCrossAccount").await;
    window.fill("statement-accounts", DEV).await;
    window.fill("statement-prefixes", "prod-microservice").await;
    window.see_text("statement-preview-json", "repository/prod-microservice*").await;
    window.click("statement-add").await;
    run_plan(window).await;
    window.see_text("statement-row-sid", "ReplicationAccessCrossAccount").await;
}

/// Pushes with skopeo and promotes in the window; returns the digest.
pub async fn push_and_promote(window: &Window, skopeo: &Skopeo, data: &std::path::Path) -> String {
    let layout = data.join("layout");
    let pushed = image::simple(&layout);
    open_repository(window, DEV, REGION, "dev-microservice").await;
    let uri = log_in(window, skopeo, data).await;
    skopeo.copy(&format!("oci:{}:42", layout.display()), &format!("docker://{uri}:42"));
    window.see_text("image-grid", "42").await;

    window.click("promote-42").await;
    window.fill("promote-repository", "prod-microservice").await;
    window.fill("promote-tag", "21").await;
    window.click("dialog-promote-review").await;
    window.click("amend-blob-mounting-off").await;
    window.see_text("plan-body", "Turn blob mounting on in").await;
    run_plan(window).await;

    open_repository(window, DEV, REGION, "prod-microservice").await;
    window.wait("[data-testid='replication-21'][data-status='complete']").await;
    pushed
}

/// Pushes, promotes, and sees the image arrive in Prod with its digest.
async fn push_promote_and_arrive(window: &Window, data: &std::path::Path) {
    let skopeo = Skopeo::new(data);
    let pushed = push_and_promote(window, &skopeo, data).await;
    show_registry(window, PROD, REGION).await;
    window.see_text("repository-count", "1 repository").await;
    open_repository(window, PROD, REGION, "prod-microservice").await;
    window.see_text("image-grid", "21").await;
    let uri = log_in(window, &skopeo, data).await;
    assert_eq!(skopeo.digest(&format!("{uri}:21")), pushed);
}

#[tokio::test]
async fn the_statement_is_added_by_the_other_side() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    journey("j1-administrator", &window, async {
        start_sandbox(&window).await;
        create_repository(&window, DEV, REGION, "dev-microservice").await;
        create_repository(&window, DEV, REGION, "prod-microservice").await;
        add_rule_up_to_the_other_side(&window).await;
        window.see_text("other-side-state-0", "Missing").await;
        window.see("other-side-copy-cli-0").await;
        submit_rule(&window).await;
        generate_statement(&window).await;
        push_promote_and_arrive(&window, data.path()).await;
    })
    .await;
    window.close().await;
}

#[tokio::test]
async fn the_statement_is_added_in_the_wizard_and_permissions_say_so() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    journey("j1-wizard", &window, async {
        start_sandbox(&window).await;
        create_repository(&window, DEV, REGION, "dev-microservice").await;
        create_repository(&window, DEV, REGION, "prod-microservice").await;
        add_rule_up_to_the_other_side(&window).await;
        window.click("other-side-add-0").await;
        submit_rule(&window).await;
        show_registry(&window, PROD, REGION).await;
        window.click("nav-permissions").await;
        window.see_text("statement-row-sid", "ReplicationAccessCrossAccount").await;
        window.click("statement-generate").await;
        window.fill("statement-accounts", DEV).await;
        window.fill("statement-prefixes", "prod-microservice").await;
        window.see_text("statement-already-allowed", "ReplicationAccessCrossAccount").await;
    })
    .await;
    window.close().await;
}
