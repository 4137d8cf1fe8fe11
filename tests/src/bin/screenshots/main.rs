//! Takes the documentation's screenshots from the real window: `screenshots DIRECTORY [engine|crowded]`.
//! Those that the documentation uses go to the directory, all others to `test-results/screenshots`.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a tool of the tests: a failure ends it

mod crowded;
mod engine;
mod policies;

use std::path::{Path, PathBuf};

use longshore_tests::{
    camera::Camera,
    person::{DEV, PROD, REGION},
    window::{Window, journey, results},
    world,
};

/// The screenshots in the documentation.
const SHOWN: [&str; 17] = [
    "overview-light",
    "images-repository-light",
    "images-repository-dark",
    "wizard-filters-light",
    "wizard-review-dark",
    "promotion-light",
    "permissions-light",
    "policies-ask-light",
    "lifecycle-light",
    "activity-light",
    "engine-rules-light",
    "engine-places-light",
    "engine-selection-light",
    "engine-when-light",
    "engine-plan-light",
    "engine-run-dark",
    "unfinished-light",
];

#[tokio::main]
async fn main() {
    let directory = std::env::args().nth(1).map(PathBuf::from).expect("screenshots DIRECTORY");
    let only = std::env::args().nth(2).unwrap_or_default();
    let only_engine = only == "engine";
    let rest = results().join("screenshots");
    let data = tempfile::tempdir().unwrap();
    if only.is_empty() || only == "crowded" {
        let crowd = data.path().join("crowded");
        crowded::fill(&crowd).await;
        let window = Window::open(&crowd, &[]).await;
        let camera = Camera { window: &window, shown: &SHOWN, directory: &directory, rest: &rest };
        journey("screenshots-crowded", &window, crowded::browse(&window, &camera)).await;
        window.close().await;
    }
    if only == "crowded" {
        println!("all in {}", shorter(&rest));
        return;
    }

    let window = Window::open(&data.path().join("empty"), &[]).await;
    let camera = Camera { window: &window, shown: &SHOWN, directory: &directory, rest: &rest };
    camera.size(1280, 800).await;
    window.see("try-sandbox").await;
    camera.take("first-start").await;
    window.close().await;

    let filled = data.path().join("filled");
    world::fill(&filled).await;
    let mut window = Window::open(&filled, &[]).await;
    let camera = Camera { window: &window, shown: &SHOWN, directory: &directory, rest: &rest };
    camera.size(1280, 800).await;
    journey("screenshots", &window, async {
        if !only_engine {
            browse(&window, &camera).await;
            set_up(&window, &camera).await;
            change(&window, &camera).await;
            policies::browse(&window, &camera).await;
            narrow(&window, &camera).await;
        }
        camera.size(1280, 800).await;
        engine::rules(&window, &camera).await;
        engine::run(&window, &camera).await;
    })
    .await;
    window.kill();

    let window = Window::open(&filled, &[]).await;
    let camera = Camera { window: &window, shown: &SHOWN, directory: &directory, rest: &rest };
    camera.size(1280, 800).await;
    journey("screenshots-unfinished", &window, async {
        engine::unfinished(&window, &camera).await;
        camera.size(900, 700).await;
        engine::narrow(&window, &camera).await;
    })
    .await;
    window.close().await;
    println!("shown ones in {}, all others in {}", directory.display(), shorter(&rest));
}

fn shorter(path: &Path) -> String {
    path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string()
}

async fn browse(window: &Window, camera: &Camera<'_>) {
    window.click("nav-overview").await;
    window.see_text("overview-rules", "prod-microservice").await;
    camera.take("overview").await;
    window.click("check-all-readiness").await;
    window.see_text("readiness-progress", "1 of 1").await;
    camera.take("readiness-all").await;

    window.click("nav-images").await;
    window.see_text("repository-grid", "dev-microservice").await;
    camera.take("images").await;
    window.click(&format!("tree-{DEV}-{REGION}")).await;
    window.click("create-repository").await;
    window.fill("create-name", "Payments/Ledger").await;
    window.click("dialog-create-repository-review").await;
    camera.take("create-error").await;
    window.fill("create-name", "payments/settlement").await;
    camera.take("create").await;
    window.press_escape().await;

    open_repository(window, "payments/ledger").await;
    window.wait("[data-testid='replication-2026.11.2'][data-status='failed']").await;
    camera.take("images-failed").await;
    open_repository(window, "prod-microservice").await;
    window.wait("[data-testid='replication-21'][data-status='complete']").await;
    window.open_row("image-grid", "21").await;
    window.see("image-panel").await;
    camera.take("images-repository").await;
    window.click("image-tab-contents").await;
    window.click("read-contents").await;
    window.see_text("image-panel", "git-commit").await;
    camera.take("images-contents").await;
    window.click("repository-commands").await;
    window.see("command-login").await;
    camera.take("commands").await;
    window.press_escape().await;
    open_repository(window, world::LONG).await;
    window.see_text("image-grid", "0.117.0").await;
    camera.take("images-long-name").await;
    open_repository(window, "web/checkout-experiments").await;
    camera.take("images-none").await;
    window.fill("global-search", "9e8f7a6").await;
    camera.settled().await;
    camera.take("search").await;
    window.press_escape().await;
}

async fn open_repository(window: &Window, name: &str) {
    window.click("nav-images").await;
    window.click(&format!("tree-{DEV}-{REGION}")).await;
    window.fill("repository-filter", name).await;
    window.open_row("repository-grid", name).await;
    window.see_text("repository-uri", name).await;
}

async fn set_up(window: &Window, camera: &Camera<'_>) {
    window.click("nav-replication").await;
    window.see_text("rule-row", "payments/").await;
    camera.take("replication").await;
    window.click("replication-tab-recent").await;
    window.see("recent-row").await;
    camera.take("replication-recent").await;
    window.click("replication-tab-rules").await;
    window.click("rule-open").await;
    window.see("rule-sentence").await;
    camera.take("rule").await;
    window.click("back-to-rules").await;

    window.click("rule-add").await;
    window.click("wizard-cross-account").await;
    window.fill("destination-account-0", PROD).await;
    window.fill("destination-region-0", "eu-west-1").await;
    camera.take("wizard-destinations").await;
    window.click("wizard-next").await;
    window.fill("filter-0", "web/checkout").await;
    window.see_text("preview-repositories", "2 repositories").await;
    camera.take("wizard-filters").await;
    window.click("wizard-next").await;
    window.see_text("other-side-state-0", "Missing").await;
    camera.take("wizard-other-side").await;
    window.click("other-side-add-0").await;
    window.click("wizard-next").await;
    window.see_text("plan-diff", "web/checkout").await;
    camera.take("wizard-review").await;
    window.click("check-planned").await;
    window.see("rule-summary").await;
    camera.take("wizard-readiness").await;
    window.click("wizard-cancel").await;
    window.click("confirm-action").await;
    window.click("rule-actions").await;
    window.click("rule-menu-backfill").await;
    window.see("backfill-advice").await;
    camera.take("bring-over").await;
    window.press_escape().await;
    window.gone("dialog-backfill").await;
}

async fn change(window: &Window, camera: &Camera<'_>) {
    window.click("nav-images").await;
    window.click(&format!("tree-{PROD}-{REGION}")).await;
    window.click("nav-permissions").await;
    window.see_text("statement-row-sid", "ReplicationAccessCrossAccount").await;
    camera.take("permissions").await;
    window.click("statement-generate").await;
    window.fill("statement-accounts", "210987654321").await;
    window.fill("statement-prefixes", "web/").await;
    window.see("statement-preview-json").await;
    camera.take("generate-statement").await;
    window.press_escape().await;
    window.click("permissions-tab-paste").await;
    camera.take("permissions-paste").await;

    window.click("nav-images").await;
    window.click(&format!("tree-{DEV}-{REGION}")).await;
    window.click("nav-promotion").await;
    window.click("promote-one").await;
    window.fill("promote-source-repository", "dev-microservice").await;
    window.click("promote-image-41").await;
    window.fill("promote-repository", "prod-microservice").await;
    window.fill("promote-tag", "22").await;
    window.click("promote-plan").await;
    window.see("plan-run").await;
    camera.take("promotion").await;
    window.click("plan-cancel").await;

    window.click("nav-activity").await;
    window.open_row("run-grid", "Promote to prod-microservice:21").await;
    window.see("run-detail").await;
    camera.take("activity").await;

    window.click("nav-replication").await;
    window.click("rule-actions").await;
    window.click("rule-menu-cleanup").await;
    window.see("cleanup-plan").await;
    camera.take("clean-up").await;
    window.click("cleanup-plan").await;
    window.see("cleanup-run").await;
    camera.take("clean-up-plan").await;

    window.click("nav-settings").await;
    camera.take("settings").await;
    window.click("settings-tab-sandbox").await;
    window.see("sandbox-state").await;
    camera.take("settings-sandbox").await;
    window.click("settings-tab-app").await;
    camera.take("settings-app").await;
}

async fn narrow(window: &Window, camera: &Camera<'_>) {
    camera.size(900, 700).await;
    window.click("nav-overview").await;
    camera.take("narrow-overview").await;
    open_repository(window, "prod-microservice").await;
    window.open_row("image-grid", "21").await;
    window.see("image-panel").await;
    camera.take("narrow-repository").await;
    window.click("nav-replication").await;
    window.click("rule-add").await;
    window.click("wizard-cross-account").await;
    camera.take("narrow-wizard").await;
    window.click("nav-permissions").await;
    window.click("confirm-action").await;
    window.see("statement-generate").await;
    camera.take("narrow-permissions").await;
    window.click("nav-promotion").await;
    window.click("promote-one").await;
    camera.take("narrow-promotion").await;
    window.click("nav-policies").await;
    camera.take("narrow-policies").await;
    policies::lifecycle(window, camera, "narrow-lifecycle").await;
}
