//! An engine rule: created in the wizard, planned, run, paused, killed and resumed.

use std::path::Path;

use fantoccini::key::Key;
use longshore_testkit::DockerRegistry;
use longshore_tests::{
    image::Layout,
    past::push_days_ago,
    skopeo::Skopeo,
    window::{Window, journey},
};
use serde_json::json;

use crate::steps::{DEV, PROD, REGION, log_in, open_repository, run_plan, show_registry};

const REPOSITORY: &str = "payments/ledger";
const MIRROR: &str = "mirror/ledger";
/// A layer that takes a while at one MiB per second.
const LAYER: usize = 12 << 20;

/// Images with one layer each, only `1.4.1` is large; returns their digests.
fn images(directory: &Path, tags: &[&str]) -> Vec<String> {
    let mut layout = Layout::new(directory);
    let mut digests = Vec::new();
    for tag in tags {
        let size = if *tag == "1.4.1" { LAYER } else { 4_096 };
        let bytes: Vec<u8> = tag.bytes().cycle().take(size).collect();
        let image = layout.image("amd64", &[&bytes], json!({}));
        digests.push(image["digest"].as_str().unwrap().to_owned());
        layout.tag(image, tag);
    }
    digests
}

/// Replication → Add engine rule, from Dev: releases after a week, with other names.
async fn make_rule(window: &Window, destinations: &[&str], name: &str) {
    show_registry(window, DEV, REGION).await;
    window.click("nav-replication").await;
    window.click("engine-rule-add").await;
    window.see("engine-step-places").await;
    window.fill("engine-name", name).await;
    for (number, destination) in destinations.iter().enumerate() {
        if number > 0 {
            window.click("engine-destination-add").await;
        }
        window.fill(&format!("engine-destination-{number}"), destination).await;
    }
    window.click("engine-next").await;

    window.see("engine-step-selection").await;
    window.click("engine-more").await;
    window.click("engine-tag-add").await;
    window.fill("engine-tag-0", "1.*").await;
    verdict(window, "nightly-7", "notSelected").await;
    window.fill("engine-minimum-age", "7d").await;
    verdict(window, "1.4.0", "selected").await;
    verdict(window, "1.4.1", "selected").await;
    verdict(window, "1.5.0", "notSelected").await;
    window.see_text("engine-preview-totals", "2 tags selected").await;
    window.see_text("engine-preview-row", "old, the rule requires 7").await;
    window.see_text("engine-preview-row", "the rule does not include this tag").await;
    window.see_text("engine-driver", "Longshore's engine").await;
    window.see_text("engine-driver", "ECR replicates every tag of a repository").await;
    window.click("engine-next").await;

    window.see("engine-step-when").await;
    window.click("engine-rename-prefix").await;
    window.fill("engine-rename-from", "payments/").await;
    window.fill("engine-rename-to", "mirror/").await;
    window.fill("engine-bandwidth", "1MiB/s").await;
    window.click("engine-next").await;

    window.see_text("plan-diff", "minimum_age").await;
    confirm(window).await;
    window.click("engine-submit").await;
    window.wait("[data-testid='engine-result'][data-state='done']").await;
    window.click("engine-finish").await;
    window.see_text("engine-rule", name).await;
}

async fn confirm(window: &Window) {
    if !window.texts("confirm-typed").await.is_empty() {
        crate::steps::type_to_confirm(window).await;
    }
}

/// Waits until the preview says this about a tag.
async fn verdict(window: &Window, tag: &str, verdict: &str) {
    window
        .wait(&format!(
            "[data-testid='engine-preview-row'][data-tag='{REPOSITORY}:{tag}'][data-verdict='{verdict}']"
        ))
        .await;
}

/// Prepares Dev: three tags that are nine days old, and one that is pushed while the window is
/// open.
async fn prepare(data: &Path) -> Vec<String> {
    let layout = data.join("layout");
    let digests = images(&layout, &["1.4.0", "1.4.1", "nightly-7", "1.5.0"]);
    push_days_ago(data, 9, (DEV, REGION, REPOSITORY), &layout, &["1.4.0", "1.4.1", "nightly-7"]).await;
    digests
}

/// Pushes `1.5.0` with skopeo, as the window shows.
async fn push_young(window: &Window, skopeo: &Skopeo, data: &Path) {
    open_repository(window, DEV, REGION, REPOSITORY).await;
    let uri = log_in(window, skopeo, data).await;
    let layout = data.join("layout");
    skopeo.copy(&format!("oci:{}:1.5.0", layout.display()), &format!("docker://{uri}:1.5.0"));
    window.see_text("image-grid", "1.5.0").await;
}

/// Activity → the run in progress.
async fn open_run(window: &Window) {
    window.click("nav-activity").await;
    window.click_css("[data-testid^='run-active-'] button").await;
    window.wait("[data-testid='run-detail'][data-state='running']").await;
}

/// The number of uploaded bytes that the page shows.
async fn moved(window: &Window) -> String {
    window.texts("engine-moved").await.pop().unwrap_or_default()
}

/// Checks that everything to upload was uploaded.
async fn all_moved(window: &Window) {
    let text = moved(window).await;
    let (done, total) = text.split_once(" of ").unwrap();
    assert_eq!(done, total, "everything to upload was uploaded");
}

/// Logs in to the repository in Prod; returns its URI.
async fn prod_repository(window: &Window, skopeo: &Skopeo, data: &Path) -> String {
    open_repository(window, PROD, REGION, MIRROR).await;
    log_in(window, skopeo, data).await
}

#[tokio::test]
async fn releases_of_more_than_a_week_go_to_two_registries_under_another_name() {
    let data = tempfile::tempdir().unwrap();
    let elsewhere = DockerRegistry::start();
    let skopeo = Skopeo::new(data.path());
    let digests = prepare(data.path()).await;
    let window = Window::open(data.path(), &[]).await;
    journey("engine-rule", &window, async {
        push_young(&window, &skopeo, data.path()).await;
        let prod = format!("{PROD}/{REGION}");
        make_rule(&window, &[&prod, &elsewhere.host], "Releases after a week").await;

        window.click("engine-rule-plan").await;
        window.see_text("engine-plan-selected", "2 of 4 tags").await;
        window.see_text("engine-plan-copy", "4").await;
        window.choose("plan-images-show", "notSelected").await;
        window.see_text("plan-images-grid", "the rule requires 7").await;
        run_plan(&window).await;

        open_run(&window).await;
        window.see_text("engine-images", "of 4").await;
        window.until("bytes move", || async { !moved(&window).await.starts_with("0 B") }).await;
        window.see_text("run-bandwidth-text", "/s").await;
        window.click("run-pause").await;
        window.see("run-continue").await;
        window.see_text("run-state", "Paused").await;
        let large = format!("{}/{MIRROR}:1.4.1", elsewhere.host);
        assert!(!skopeo.has(&large), "a tag is put last");
        let slider = window.see("run-bandwidth").await;
        slider.send_keys(&char::from(Key::End).to_string()).await.unwrap();
        window.see_text("run-bandwidth-text", "No limit").await;
        window.click("run-continue").await;
        window.wait("[data-testid='run-detail'][data-state='done']").await;
        window.see_text("engine-images", "4 of 4").await;
        all_moved(&window).await;

        let there = prod_repository(&window, &skopeo, data.path()).await;
        for repository in [there, format!("{}/{MIRROR}", elsewhere.host)] {
            assert_eq!(skopeo.tags(&repository), ["1.4.0", "1.4.1"], "{repository}");
            assert_eq!(skopeo.digest(&format!("{repository}:1.4.0")), digests[0]);
            assert_eq!(skopeo.digest(&format!("{repository}:1.4.1")), digests[1]);
        }

        window.click("nav-replication").await;
        window.wait("[data-testid='engine-rule-last'][data-state='done']").await;
        window.click("engine-rule-run").await;
        window.see("engine-plan-nothing").await;
        window.click("plan-cancel").await;
        window.gone("dialog-plan").await;
    })
    .await;
    window.close().await;
}

#[tokio::test]
async fn a_run_that_was_killed_is_offered_and_goes_on_to_its_end() {
    let data = tempfile::tempdir().unwrap();
    let skopeo = Skopeo::new(data.path());
    let digests = prepare(data.path()).await;
    let mut window = Window::open(data.path(), &[]).await;
    journey("engine-kill-before", &window, async {
        push_young(&window, &skopeo, data.path()).await;
        make_rule(&window, &[&format!("{PROD}/{REGION}")], "Releases after a week").await;
        window.click("engine-rule-run").await;
        run_plan(&window).await;
        open_run(&window).await;
        window.until("bytes move", || async { !moved(&window).await.starts_with("0 B") }).await;
    })
    .await;
    window.kill();

    let window = Window::open(data.path(), &[]).await;
    journey("engine-kill-after", &window, async {
        window.click("nav-activity").await;
        window.see_text("runs-unfinished", "Releases after a week").await;
        window.see_text("runs-unfinished", "left").await;
        window.click_css("[data-testid='runs-unfinished'] [data-testid='run-retry']").await;
        let detail = "[data-testid='run-detail'][data-state='running']";
        window.wait(detail).await;
        window.gone("runs-unfinished").await;
        // The rule's own limit also applies to the rest.
        window.see_text("run-bandwidth-text", "1.05 MB/s").await;
        let slider = window.see("run-bandwidth").await;
        slider.send_keys(&char::from(Key::End).to_string()).await.unwrap();
        window.wait("[data-testid='run-detail'][data-state='done']").await;
        window.see_text("engine-images", "2 of 2").await;
        all_moved(&window).await;

        let there = prod_repository(&window, &skopeo, data.path()).await;
        assert_eq!(skopeo.tags(&there), ["1.4.0", "1.4.1"]);
        assert_eq!(skopeo.digest(&format!("{there}:1.4.0")), digests[0]);
        assert_eq!(skopeo.digest(&format!("{there}:1.4.1")), digests[1]);
    })
    .await;
    window.close().await;
}
