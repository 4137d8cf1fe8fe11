//! J4: clean-up of what J1 made.

use longshore_tests::{
    image,
    skopeo::Skopeo,
    window::{Window, journey},
};

use crate::{
    j1::{add_rule_up_to_the_other_side, submit_rule},
    steps::{
        DEV, PROD, REGION, create_repository, log_in, open_repository, show_registry, start_sandbox,
        type_to_confirm,
    },
};

#[tokio::test]
async fn what_a_set_up_made_goes_and_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    journey("j4", &window, async {
        start_sandbox(&window).await;
        create_repository(&window, PROD, REGION, "somebody-elses").await;
        create_repository(&window, DEV, REGION, "dev-microservice").await;
        create_repository(&window, DEV, REGION, "prod-microservice").await;
        add_rule_up_to_the_other_side(&window).await;
        window.click("other-side-add-0").await;
        submit_rule(&window).await;
        let skopeo = Skopeo::new(data.path());
        let layout = data.path().join("layout");
        image::simple(&layout);
        open_repository(&window, DEV, REGION, "prod-microservice").await;
        let uri = log_in(&window, &skopeo, data.path()).await;
        skopeo.copy(&format!("oci:{}:42", layout.display()), &format!("docker://{uri}:21"));
        window.wait("[data-testid='replication-21'][data-status='complete']").await;

        show_registry(&window, DEV, REGION).await;
        window.click("nav-replication").await;
        window.click("rule-cleanup").await;
        window.see("cleanup-rule").await;
        for choice in [
            "cleanup-statement-ReplicationAccessCrossAccount",
            "cleanup-destination-prod-microservice",
            "cleanup-source-dev-microservice",
            "cleanup-source-prod-microservice",
        ] {
            window.tick(choice).await;
        }
        window.click("cleanup-plan").await;
        window.see_text("plan-step", "prod-microservice").await;
        type_to_confirm(&window, "cleanup-step-plan").await;
        window.click("cleanup-run").await;
        window.wait("[data-testid='run-detail'][data-state='done']").await;
        window.click("cleanup-finish").await;
        window.see("no-rules").await;

        show_registry(&window, DEV, REGION).await;
        window.see("create-repository").await;
        window.gone("repository-grid").await;
        show_registry(&window, PROD, REGION).await;
        window.see_text("repository-grid", "somebody-elses").await;
        window.see_text("repository-count", "1 repository").await;
        window.click("nav-permissions").await;
        window.see("no-statements").await;
    })
    .await;
    window.close().await;
}
