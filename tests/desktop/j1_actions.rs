//! J1 takes few actions: a click, a key or a text that is typed into a field counts as one each.

use longshore_tests::{
    image,
    skopeo::Skopeo,
    window::{Window, journey},
};

use crate::steps::{DEV, PROD, REGION, log_in, run_plan, start_sandbox};

/// From the first start to the digest in Prod.
const MOST: u32 = 40;

async fn create(window: &Window, name: &str) {
    window.click("create-repository").await;
    window.fill("create-name", name).await;
    window.click("dialog-create-repository-review").await;
    run_plan(window).await;
    window.see_text("repository-grid", name).await;
}

#[tokio::test]
async fn j1_takes_at_most_forty_actions() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    journey("j1-actions", &window, async {
        start_sandbox(&window).await;
        window.click("nav-images").await;
        window.click(&format!("tree-{DEV}-{REGION}")).await;
        create(&window, "dev-microservice").await;
        create(&window, "prod-microservice").await;

        window.click("nav-replication").await;
        window.click("rule-add").await;
        window.click("wizard-cross-account").await;
        window.fill("destination-account-0", PROD).await;
        window.fill("destination-region-0", REGION).await;
        window.click("wizard-next").await;
        window.fill("filter-0", "prod-microservice").await;
        window.see_text("preview-matches", "prod-microservice").await;
        window.click("wizard-next").await;
        window.click("other-side-add-0").await;
        window.click("wizard-next").await;
        window.see_text("plan-diff", "prod-microservice").await;
        crate::steps::type_to_confirm(&window).await;
        window.click("wizard-submit").await;
        window.wait("[data-testid='wizard-result'][data-state='done']").await;
        window.click("wizard-finish").await;

        let layout = data.path().join("layout");
        let pushed = image::simple(&layout);
        window.click("nav-images").await;
        window.open_row("repository-grid", "dev-microservice").await;
        window.see("repository-uri").await;
        let skopeo = Skopeo::new(data.path());
        let uri = log_in(&window, &skopeo, data.path()).await;
        skopeo.copy(&format!("oci:{}:42", layout.display()), &format!("docker://{uri}:42"));
        window.see_text("image-grid", "42").await;
        window.click("promote-42").await;
        window.fill("promote-repository", "prod-microservice").await;
        window.fill("promote-tag", "21").await;
        window.click("dialog-promote-review").await;
        window.click("amend-blob-mounting-off").await;
        window.see_text("plan-body", "Turn blob mounting on in").await;
        run_plan(&window).await;

        // The image's panel links to the repositories that have the same digest.
        window.open_row("image-grid", "42").await;
        window.click_css(&format!("[data-testid='same-image'] a[href*='{DEV}']")).await;
        window.wait("[data-testid='replication-21'][data-status='complete']").await;
        window.click_css(&format!("[data-testid='same-image'] a[href*='{PROD}']")).await;
        window.see_text("image-grid", "21").await;
        window.click("repository-commands").await;
        window.see("command-login").await;
        let login = window.texts("command-login").await.remove(0);
        skopeo.shell(login.trim(), data.path());
        let uri = window.texts("repository-uri").await.remove(0);
        window.press_escape().await;
        assert_eq!(skopeo.digest(&format!("{}:21", uri.trim())), pushed);
    })
    .await;
    let actions = window.actions();
    window.close().await;
    assert!(actions <= MOST, "J1 took {actions} actions");
}
