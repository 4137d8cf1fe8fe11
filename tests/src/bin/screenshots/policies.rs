//! Policies that are built and asked, and the lifecycle policy of a repository.

use longshore_tests::{camera::Camera, person::DEV, window::Window};

use super::open_repository;

const JOHNDOE: &str = "arn:aws:iam::111122223333:user/johndoe";
const KEEP: &str = r#"{
  "rules": [
    {
      "rulePriority": 10,
      "selection": {
        "tagStatus": "any",
        "countType": "imageCountMoreThan",
        "countNumber": 1
      },
      "action": { "type": "expire" }
    }
  ]
}"#;

pub(crate) async fn browse(window: &Window, camera: &Camera<'_>) {
    window.click("nav-policies").await;
    window.fill("policy-registries", &format!("{DEV}/us-west-2")).await;
    window.fill("policy-repositories", "randserver").await;
    window.see_text("policy-document", "repository/randserver").await;
    camera.take("policies").await;
    window.click("policy-ask-it").await;
    window.fill("ask-principal", JOHNDOE).await;
    window.fill("ask-repositories", "randserver, other").await;
    window.see_text("ask-verdict-push-other", "Not allowed").await;
    camera.take("policies-ask").await;
    window.click("policies-tab-check").await;
    window
        .fill("policies-text", r#"{"Statement":{"Effect":"Allow","Action":"ecr:PutImagee","Resource":"*"}}"#)
        .await;
    window.see("finding-action-unknown").await;
    camera.take("policies-check").await;
    lifecycle(window, camera, "lifecycle").await;
}

pub(crate) async fn lifecycle(window: &Window, camera: &Camera<'_>, name: &str) {
    open_repository(window, "prod-microservice").await;
    window.click("repository-actions").await;
    window.click("repository-menu-lifecycle").await;
    window.paste("lifecycle-text", KEEP).await;
    window.see("lifecycle-expired").await;
    window.click("lifecycle-edit-10").await;
    camera.take(name).await;
}
