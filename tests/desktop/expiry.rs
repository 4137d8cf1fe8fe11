//! A destination whose lifecycle policy would remove images: the plan lists them, and runs only
//! after confirmation.

use std::path::Path;

use longshore_tests::{
    aws::Served,
    image::Layout,
    past::push_days_ago,
    person::{open, save_engine_rule},
    skopeo::Skopeo,
    window::{Window, journey},
};
use serde_json::json;

use crate::steps::{DEV, PROD, REGION, log_in, open_repository, show_registry, type_to_confirm};

const REPOSITORY: &str = "payments/ledger";
const KEEP_TWO: &str = r#"{"rules": [{"rulePriority": 1,
    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 2},
    "action": {"type": "expire"}}]}"#;

/// Two images in Dev; one from last month in Prod, where an administrator has set with the AWS CLI
/// that two are kept; and a rule from Dev to Prod.
async fn prepare(data: &Path) {
    let path = data.join("layout");
    let mut layout = Layout::new(&path);
    for tag in ["0.9.0", "1.0.0", "1.1.0"] {
        let image = layout.image("amd64", &[tag.as_bytes()], json!({}));
        layout.tag(image, tag);
    }
    push_days_ago(data, 30, (PROD, REGION, REPOSITORY), &path, &["0.9.0"]).await;
    push_days_ago(data, 3, (DEV, REGION, REPOSITORY), &path, &["1.0.0", "1.1.0"]).await;
    let sandbox = Served::new(&data.join("sandbox"), "0ms");
    let name = format!("--repository-name={REPOSITORY}");
    let policy = format!("--lifecycle-policy-text={KEEP_TWO}");
    sandbox.aws(PROD, REGION).ecr(&["put-lifecycle-policy", &name, &policy]);
    sandbox.kill();

    let app = open(data).await;
    let text = format!(
        "version: 1\nrules:\n  - name: Ledger\n    source:\n      registry: {DEV}/{REGION}\n      \
         repositories:\n        - exact: {REPOSITORY}\n    destinations:\n      - registry: {PROD}/{REGION}\n"
    );
    save_engine_rule(&app, text).await;
    app.close().await;
}

async fn can_run(window: &Window) -> bool {
    window.see("plan-run").await.attr("disabled").await.unwrap().is_none()
}

#[tokio::test]
async fn what_a_policy_would_remove_is_agreed_to_before_a_run() {
    let data = tempfile::tempdir().unwrap();
    let skopeo = Skopeo::new(data.path());
    prepare(data.path()).await;
    let window = Window::open(data.path(), &[]).await;
    journey("expiry", &window, async {
        show_registry(&window, DEV, REGION).await;
        window.click("nav-replication").await;
        window.click("engine-rule-run").await;
        window.see_text("plan-expiring", "payments/ledger:0.9.0").await;
        type_to_confirm(&window).await;
        assert!(!can_run(&window).await, "nobody agreed");
        window.click("plan-acknowledge").await;
        assert!(can_run(&window).await);
        window.click("plan-run").await;
        window.gone("dialog-plan").await;
        window.wait("[data-testid='engine-rule-last'][data-state='done']").await;

        open_repository(&window, PROD, REGION, REPOSITORY).await;
        let there = log_in(&window, &skopeo, data.path()).await;
        assert_eq!(skopeo.tags(&there), ["0.9.0", "1.0.0", "1.1.0"]);
    })
    .await;
    window.close().await;
}
