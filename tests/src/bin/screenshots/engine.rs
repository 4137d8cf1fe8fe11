//! Engine rules: the wizard, the list, a plan, a run, and what a killed app left unfinished.

use fantoccini::Locator;
use longshore_tests::{
    camera::Camera,
    person::{DEV, PROD, REGION},
    releases::{GATEWAY, SLOW},
    window::Window,
};

/// Replication → rules of the engine.
async fn open_rules(window: &Window) {
    window.click("nav-images").await;
    window.click(&format!("tree-{DEV}-{REGION}")).await;
    window.click("nav-replication").await;
    window.see_text("engine-rule", SLOW).await;
    scroll_to(window, "engine-rules").await;
}

async fn scroll_to(window: &Window, id: &str) {
    let script = "
        const wanted = document.querySelector(`[data-testid='${arguments[0]}']`);
        let scroller = wanted.parentElement;
        while (scroller && !/auto|scroll/.test(getComputedStyle(scroller).overflowY)) scroller = scroller.parentElement;
        scroller?.scrollBy(0, wanted.getBoundingClientRect().top - scroller.getBoundingClientRect().top);";
    window.client.execute(script, vec![id.into()]).await.unwrap();
}

/// The list of rules, and the wizard with all of its steps.
pub(crate) async fn rules(window: &Window, camera: &Camera<'_>) {
    open_rules(window).await;
    camera.take("engine-rules").await;

    window.click("engine-rule-add").await;
    window.see("engine-step-places").await;
    camera.take("engine-places-empty").await;
    window.fill("engine-name", "Releases to the partner").await;
    window.fill("engine-destination-0", &format!("{PROD}/eu-west-1")).await;
    window.click("engine-destination-add").await;
    window.fill("engine-destination-1", "registry.partner.example:5000").await;
    camera.take("engine-places").await;
    window.click("engine-destination-1-credentials").await;
    window.see("dialog-credentials").await;
    camera.take("engine-credentials").await;
    window.press_escape().await;
    window.gone("dialog-credentials").await;
    window.click("engine-next").await;

    window.see("engine-step-selection").await;
    window.click("engine-repository-add").await;
    window.fill("engine-repository-0", GATEWAY).await;
    window.click("engine-more").await;
    window.click("engine-tag-add").await;
    window.choose("engine-tag-kind-0", "semver").await;
    window.fill("engine-tag-0", ">=2.3, <3").await;
    window.fill("engine-minimum-age", "7d").await;
    window.see_text("engine-preview-totals", "2 tags selected").await;
    scroll_to(window, "engine-step-selection").await;
    camera.take("engine-selection").await;
    window.click("engine-view-yaml").await;
    window.see("engine-yaml").await;
    camera.take("engine-yaml").await;
    window.click("engine-view-form").await;
    window.click("engine-next").await;

    window.see("engine-step-when").await;
    window.click("engine-rename-prefix").await;
    window.fill("engine-rename-from", "platform/").await;
    window.fill("engine-rename-to", "edge/").await;
    window.click("engine-schedule-cron").await;
    window.see("engine-next-times").await;
    camera.take("engine-when").await;
    window.click("engine-next").await;
    window.see_text("plan-diff", "minimum_age").await;
    camera.take("engine-review").await;
    window.click("engine-cancel").await;
    window.click("confirm-action").await;
}

/// The plan of a rule's run.
async fn plan(window: &Window) {
    let button = format!(
        "//*[@data-testid='engine-rule'][.//*[self::h3 or self::h4][.='{SLOW}']]//*[@data-testid='engine-rule-plan']"
    );
    window.client.find(Locator::XPath(&button)).await.unwrap().click().await.unwrap();
    window.see("engine-plan").await;
    window.see("plan-images-grid").await;
}

/// A plan and its run, until it is killed.
pub(crate) async fn run(window: &Window, camera: &Camera<'_>) {
    open_rules(window).await;
    plan(window).await;
    camera.take("engine-plan").await;
    window.fill("confirm-typed", "Prod").await;
    window.click("plan-run").await;
    window.gone("dialog-plan").await;
    window.click("nav-activity").await;
    window.click_css("[data-testid^='run-active-'] button").await;
    window.click_css("[data-testid='toast-info'] button[aria-label]").await;
    window.see("run-images-grid").await;
    window.click_css("[data-testid='run-images-grid'] [role='row'][aria-rowindex='2']").await;
    window.wait("[data-testid='run-layer'][data-action='uploading']").await;
    window.see("engine-left").await;
    camera.take("engine-run").await;
    scroll_to(window, "run-image-chosen").await;
    camera.take("engine-run-layers").await;
    scroll_to(window, "run-detail").await;
    window.click("run-pause").await;
    window.see("run-continue").await;
    camera.take("engine-run-paused").await;
    window.click("run-drawer-toggle").await;
    window.see("run-drawer-body").await;
    camera.take("engine-run-drawer").await;
    window.click("run-drawer-toggle").await;
    camera.size(900, 700).await;
    camera.take("narrow-engine-run").await;
    camera.size(1280, 800).await;
    window.click("run-continue").await;
    window.see("run-pause").await;
}

/// The narrow window.
pub(crate) async fn narrow(window: &Window, camera: &Camera<'_>) {
    open_rules(window).await;
    camera.take("narrow-engine-rules").await;
    plan(window).await;
    camera.take("narrow-engine-plan").await;
    window.click("plan-cancel").await;
    window.click("engine-rule-add").await;
    window.fill("engine-name", "Releases to the partner").await;
    window.fill("engine-destination-0", &format!("{PROD}/eu-west-1")).await;
    camera.take("narrow-engine-places").await;
    window.click("engine-next").await;
    window.see("engine-step-selection").await;
    window.click("engine-more").await;
    window.fill("engine-minimum-age", "7d").await;
    window.see_text("engine-preview-totals", "tags selected").await;
    camera.take("narrow-engine-selection").await;
    window.click("engine-cancel").await;
    window.click("confirm-action").await;
}

/// What the app offers after a kill.
pub(crate) async fn unfinished(window: &Window, camera: &Camera<'_>) {
    window.click("nav-activity").await;
    window.see_text("runs-unfinished", SLOW).await;
    camera.take("unfinished").await;
    window.click_css("[data-testid='runs-unfinished'] button").await;
    window.wait("[data-testid='run-detail'][data-state='interrupted']").await;
    window.see("run-images-none").await;
    camera.take("unfinished-run").await;
}
