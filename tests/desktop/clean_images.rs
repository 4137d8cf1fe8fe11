//! Images are deleted by rule in the window: what a deployment uses and the newest stay.

use std::fs;

use longshore_tests::{
    camera::picture,
    window::{Window, journey},
};

use crate::steps::{DEV, REGION, create_repository, open_repository, run_plan, start_sandbox};

#[tokio::test]
async fn old_images_of_a_repository_go_and_the_one_that_a_deployment_uses_stays() {
    let data = tempfile::tempdir().unwrap();
    let deploy = tempfile::tempdir().unwrap();
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: {DEV}.dkr.ecr.{REGION}.amazonaws.com/randserver:0.0.1\n"
    );
    fs::write(deploy.path().join("pod.yaml"), pod).unwrap();
    let window = Window::open(data.path(), &[]).await;
    journey("clean-images", &window, async {
        start_sandbox(&window).await;
        create_repository(&window, DEV, REGION, "randserver").await;
        for tag in ["0.0.1", "0.0.2", "0.0.3"] {
            open_repository(&window, DEV, REGION, "randserver").await;
            window.click("push-sample").await;
            window.fill("sample-tag", tag).await;
            window.click("dialog-sample-review").await;
            run_plan(&window).await;
            window.see_text("image-grid", tag).await;
        }
        window.click("repository-actions").await;
        window.click("repository-menu-clean").await;
        window.fill("clean-tags", "0.0.*").await;
        window.fill("clean-keep", "1").await;
        window.click("clean-show").await;
        window.see_text("clean-selected", "2 of 3").await;

        // With the folder of the deployment, its image stays too.
        window.fill("clean-references", &deploy.path().display().to_string()).await;
        window.click("clean-show").await;
        window.see_text("clean-selected", "1 of 3").await;
        window.see_text("clean-kept", "2").await;
        window.see_text("clean-preview", "pod.yaml:6").await;
        picture(&window, "clean-preview").await;
        window.click("clean-review").await;
        run_plan(&window).await;
        window.click("clean-show").await;
        window.see_text("clean-selected", "0 of 2").await;
    })
    .await;
    window.close().await;
}
