//! J2: a Region closer to the users.

use longshore_tests::{
    image,
    skopeo::Skopeo,
    window::{Window, journey},
};

use crate::steps::{create_repository, log_in, open_repository, show_registry, start_sandbox};

const ACCOUNT: &str = "123456789012";

#[tokio::test]
async fn what_is_pushed_in_one_region_is_pulled_in_another() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    journey("j2", &window, async {
        start_sandbox(&window).await;
        window.click("nav-settings").await;
        window.click("settings-tab-sandbox").await;
        window.click("add-sandbox-account").await;
        window.fill("account-id", ACCOUNT).await;
        window.fill("account-name", "Europe").await;
        window.fill("account-regions", "us-west-2, eu-west-1").await;
        window.click("add-sandbox-account-submit").await;
        window.see(&format!("account-{ACCOUNT}")).await;

        show_registry(&window, ACCOUNT, "us-west-2").await;
        window.click("nav-replication").await;
        window.click("rule-add").await;
        window.click("wizard-cross-region").await;
        window.fill("destination-region-0", "eu-west-1").await;
        window.see_text("destinations-counter", "1 of 25").await;
        window.click("wizard-next").await;
        window.see("no-filter").await;
        window.click("wizard-next").await;
        window.see_text("other-side-state-0", "Not needed").await;
        window.click("wizard-next").await;
        window.see_text("plan-diff", "eu-west-1").await;
        window.click("wizard-submit").await;
        window.wait("[data-testid='wizard-result'][data-state='done']").await;
        window.click("wizard-finish").await;
        window.see("rule-row").await;
        window.click("rule-open").await;
        window.see_text("rule-carried", "Labels").await;
        window.see_text("rule-referrers-found", "no replicated image has a referrer yet").await;

        create_repository(&window, ACCOUNT, "us-west-2", "mservice").await;
        open_repository(&window, ACCOUNT, "us-west-2", "mservice").await;
        let skopeo = Skopeo::new(data.path());
        let layout = data.path().join("layout");
        let pushed = image::simple(&layout);
        let uri = log_in(&window, &skopeo, data.path()).await;
        skopeo.copy(&format!("oci:{}:42", layout.display()), &format!("docker://{uri}:42"));
        window.wait("[data-testid='replication-42'][data-status='complete']").await;

        open_repository(&window, ACCOUNT, "eu-west-1", "mservice").await;
        window.see_text("image-grid", "42").await;
        let uri = log_in(&window, &skopeo, data.path()).await;
        assert_eq!(skopeo.digest(&format!("{uri}:42")), pushed);
        let pulled = data.path().join("pulled");
        skopeo.copy(&format!("docker://{uri}:42"), &format!("oci:{}:42", pulled.display()));
    })
    .await;
    window.close().await;
}
