//! Steps that the journeys share, each as a person does it.

use std::path::Path;

use longshore_tests::{skopeo::Skopeo, window::Window};

pub const DEV: &str = "111122223333";
pub const PROD: &str = "444455556666";
pub const REGION: &str = "us-west-2";

/// First start: *Try it in the sandbox*.
pub async fn start_sandbox(window: &Window) {
    window.click("try-sandbox").await;
    window.see("nav-images").await;
    window.see("space-sandbox").await;
}

/// Images → account → Region.
pub async fn show_registry(window: &Window, account: &str, region: &str) {
    window.click("nav-images").await;
    window.click(&format!("tree-{account}-{region}")).await;
}

/// Create repository, in the current registry.
pub async fn create_repository(window: &Window, account: &str, region: &str, name: &str) {
    show_registry(window, account, region).await;
    window.click("create-repository").await;
    window.fill("create-name", name).await;
    window.click("dialog-create-repository-review").await;
    run_plan(window).await;
    window.see_text("repository-grid", name).await;
}

/// Confirms the current plan; in production, types the name that it asks for.
pub async fn run_plan(window: &Window) {
    window.see("dialog-plan").await;
    window.see("plan-run").await;
    if !window.texts("confirm-typed").await.is_empty() {
        type_to_confirm(window).await;
    }
    window.click("plan-run").await;
    window.gone("dialog-plan").await;
}

/// Types what the plan asks for: *Type the account's name, “Prod”, to confirm*.
pub async fn type_to_confirm(window: &Window) {
    let text = window.texts("plan-consent").await.remove(0);
    let wanted = text.split_once("account's name, “").and_then(|(_, rest)| rest.split_once('”'));
    window.fill("confirm-typed", wanted.unwrap_or_else(|| panic!("nothing to type in `{text}`")).0).await;
}

/// Opens a repository of the current registry.
pub async fn open_repository(window: &Window, account: &str, region: &str, name: &str) {
    show_registry(window, account, region).await;
    window.open_row("repository-grid", name).await;
    window.see("repository-uri").await;
}

/// Logs skopeo in with the command that the app shows for the current repository; returns the
/// repository's URI.
pub async fn log_in(window: &Window, skopeo: &Skopeo, data_directory: &Path) -> String {
    window.click("repository-commands").await;
    window.click("client-skopeo").await;
    window.see("command-login").await;
    let login = window.texts("command-login").await.remove(0);
    assert!(login.contains("longshore login"), "{login}");
    skopeo.shell(login.trim(), data_directory);
    let uri = window.texts("repository-uri").await.remove(0);
    window.press_escape().await;
    window.gone("dialog-commands").await;
    uri.trim().to_owned()
}
