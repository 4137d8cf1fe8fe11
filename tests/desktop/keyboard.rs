//! First start, repository and rule without a mouse.

use fantoccini::key::Key;
use longshore_tests::{
    keyboard::Keyboard,
    window::{Window, journey},
};

use crate::steps::PROD;

#[tokio::test]
async fn a_repository_and_a_rule_are_made_with_the_keyboard_alone() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    let keys = Keyboard(&window);
    journey("keyboard", &window, async {
        keys.enter("try-sandbox").await;
        keys.enter("nav-images").await;
        keys.enter("create-repository").await;
        keys.fill("create-name", "prod-microservice").await;
        keys.press(Key::Enter).await;
        keys.enter("plan-run").await;
        window.gone("dialog-plan").await;
        window.see_text("repository-grid", "prod-microservice").await;
        // The grid is one stop; arrows move inside it.
        keys.tab_to("repository-grid").await;
        keys.press(Key::Enter).await;
        window.see_text("repository-uri", "prod-microservice").await;

        keys.enter("nav-replication").await;
        keys.enter("rule-add").await;
        keys.tab_to("wizard-cross-account").await;
        keys.write(" ").await;
        keys.fill("destination-account-0", PROD).await;
        keys.enter("wizard-next").await;
        window.see("wizard-step-filters").await;
        keys.fill("filter-0", "prod-microservice").await;
        window.see_text("preview-repositories", "1 repository").await;
        keys.press(Key::Enter).await;
        window.see_text("other-side-state-0", "Missing").await;
        keys.tab_to("other-side-add-0").await;
        keys.write(" ").await;
        keys.enter("wizard-next").await;
        window.see_text("plan-diff", "prod-microservice").await;
        keys.fill("confirm-typed", "Prod").await;
        keys.enter("wizard-submit").await;
        window.wait("[data-testid='wizard-result'][data-state='done']").await;
        keys.enter("wizard-finish").await;
        window.see_text("rule-row", "prod-microservice").await;

        // A dialog returns the focus to the element that opened it.
        keys.enter("nav-images").await;
        keys.enter("create-repository").await;
        window.see("dialog-create-repository").await;
        keys.press(Key::Escape).await;
        window.gone("dialog-create-repository").await;
        keys.focus_comes_to("create-repository").await;
    })
    .await;
    window.close().await;
}

#[tokio::test]
async fn an_engine_rule_is_made_with_the_keyboard_alone() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    let keys = Keyboard(&window);
    journey("keyboard-engine", &window, async {
        keys.enter("try-sandbox").await;
        keys.enter("nav-replication").await;
        keys.enter("engine-rule-add").await;
        keys.fill("engine-name", "Releases").await;
        keys.fill("engine-destination-0", &format!("{PROD}/us-west-2")).await;
        keys.enter("engine-next").await;
        window.see("engine-step-selection").await;
        keys.enter("engine-more").await;
        keys.enter("engine-tag-add").await;
        keys.tab_to("engine-tag-kind-0").await;
        keys.press(Key::Enter).await;
        keys.focus_comes_to("engine-tag-kind-0-glob").await;
        keys.press(Key::Down).await;
        keys.press(Key::Enter).await;
        keys.fill("engine-tag-0", ">=1.4, <2").await;
        keys.enter("engine-next").await;
        window.see("engine-step-when").await;
        keys.enter("engine-next").await;
        window.see_text("plan-diff", "semver").await;
        keys.enter("engine-submit").await;
        window.wait("[data-testid='engine-result'][data-state='done']").await;
        keys.enter("engine-finish").await;
        window.see_text("engine-rule", "Releases").await;
    })
    .await;
    window.close().await;
}
