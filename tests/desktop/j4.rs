//! J4: clean-up of what J1 created.

use longshore_tests::{
    skopeo::Skopeo,
    window::{Window, journey},
};

use crate::{
    j1::{add_rule_up_to_the_other_side, push_and_promote, submit_rule},
    steps::{DEV, PROD, REGION, create_repository, show_registry, start_sandbox, type_to_confirm},
};

#[tokio::test]
async fn what_a_set_up_made_goes_and_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    journey("j4", &window, async {
        start_sandbox(&window).await;
        create_repository(&window, PROD, REGION, "somebody-elses").await;
        create_repository(&window, DEV, REGION, "unrelated").await;
        create_repository(&window, DEV, REGION, "dev-microservice").await;
        create_repository(&window, DEV, REGION, "prod-microservice").await;
        add_rule_up_to_the_other_side(&window).await;
        window.click("other-side-add-0").await;
        submit_rule(&window).await;
        push_and_promote(&window, &Skopeo::new(data.path()), data.path()).await;

        show_registry(&window, DEV, REGION).await;
        window.click("nav-replication").await;
        window.click("rule-actions").await;
        window.click("rule-menu-cleanup").await;
        // Only what belongs to the rule is preselected.
        for chosen in [
            "cleanup-rule",
            "cleanup-statement-ReplicationAccessCrossAccount",
            "cleanup-destination-prod-microservice",
            "cleanup-source-dev-microservice",
            "cleanup-source-prod-microservice",
        ] {
            assert!(window.is_ticked(chosen).await, "{chosen} is not chosen");
        }
        assert!(!window.is_ticked("cleanup-source-unrelated").await);
        assert!(window.texts("cleanup-destination-somebody-elses").await.is_empty());
        window.click("cleanup-plan").await;
        window.see_text("plan-step", "prod-microservice").await;
        type_to_confirm(&window).await;
        window.click("cleanup-run").await;
        window.wait("[data-testid='run-detail'][data-state='done']").await;
        window.click("cleanup-finish").await;
        window.see("no-rules").await;

        show_registry(&window, DEV, REGION).await;
        window.see_text("repository-grid", "unrelated").await;
        window.see_text("repository-count", "1 repository").await;
        show_registry(&window, PROD, REGION).await;
        window.see_text("repository-grid", "somebody-elses").await;
        window.see_text("repository-count", "1 repository").await;
        window.click("nav-permissions").await;
        window.see("no-statements").await;
    })
    .await;
    window.close().await;
}
