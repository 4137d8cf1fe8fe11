//! J5 in the window: a lifecycle policy is tried before it is written, and what a developer may do is built
//! and asked.

use longshore_tests::window::{Window, journey};

use crate::steps::{DEV, REGION, create_repository, open_repository, run_plan, start_sandbox};

const KEEP: &str = r#"{"rules":[{"rulePriority":10,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}"#;

#[tokio::test]
async fn a_repository_gets_a_lifecycle_policy_and_a_developer_may_push_there_and_not_elsewhere() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    journey("j5", &window, async {
        start_sandbox(&window).await;
        create_repository(&window, DEV, REGION, "randserver").await;
        for tag in ["0.0.1", "0.0.2"] {
            open_repository(&window, DEV, REGION, "randserver").await;
            window.click("push-sample").await;
            window.fill("sample-tag", tag).await;
            window.click("dialog-sample-review").await;
            run_plan(&window).await;
            window.see_text("image-grid", tag).await;
        }

        window.click("repository-actions").await;
        window.click("repository-menu-lifecycle").await;
        // Keeping 800 images deletes none of two.
        window.click("lifecycle-add").await;
        window.click("lifecycle-add-menu-keep").await;
        window.see_text("lifecycle-preview", "All 2 images are kept").await;
        window.click("lifecycle-review").await;
        run_plan(&window).await;
        window.see("lifecycle-delete").await;
        // Another number is tried, and not written.
        window.fill("lifecycle-text", KEEP).await;
        window.see_text("lifecycle-expired", "1 of 2").await;
        window.see_text("lifecycle-preview", "0.0.1").await;
        window.click("lifecycle-discard").await;
        window.see_text("lifecycle-preview", "All 2 images are kept").await;

        window.click("nav-policies").await;
        window.fill("policy-registries", &format!("{DEV}/{REGION}")).await;
        window.fill("policy-repositories", "randserver").await;
        window.see_text("policy-document", "repository/randserver").await;
        window.click("policy-ask-it").await;
        window.fill("ask-principal", &format!("arn:aws:iam::{DEV}:user/johndoe")).await;
        window.fill("ask-repositories", "randserver, other").await;
        window.see_text("ask-verdict-push-randserver", "Allowed").await;
        window.see_text("ask-verdict-push-other", "Not allowed").await;
    })
    .await;
    window.close().await;
}
