//! J11: a Region of the sandbox is gone, and another one stands in.

use longshore_tests::{
    camera::picture,
    window::{Window, journey},
};

use crate::steps::{DEV, REGION, create_repository, open_repository, run_plan, start_sandbox};

const OTHER: &str = "us-east-2";

async fn push_sample(window: &Window, repository: &str, tag: &str) {
    open_repository(window, DEV, REGION, repository).await;
    window.click("push-sample").await;
    window.fill("sample-tag", tag).await;
    window.click("dialog-sample-review").await;
    run_plan(window).await;
    window.see_text("image-grid", tag).await;
}

async fn show_failover(window: &Window) {
    window.click("nav-compare").await;
    window.click("compare-tab-failover").await;
    window.choose("pair-from", &format!("{DEV}-{REGION}")).await;
    window.choose("pair-to", &format!("{DEV}-{OTHER}")).await;
}

async fn look(window: &Window) {
    window.click("look").await;
    window
        .until("the end of the read", || async {
            window.texts("look-progress").await.first().is_none_or(|text| text.trim().is_empty())
        })
        .await;
}

async fn set_down(window: &Window) {
    window.click("nav-settings").await;
    window.click("settings-tab-sandbox").await;
    window.click(&format!("region-down-{REGION}")).await;
}

#[tokio::test]
async fn a_region_that_is_gone_is_shown_as_it_was_and_what_is_missing_is_brought_over_later() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    journey("j11", &window, async {
        start_sandbox(&window).await;
        create_repository(&window, DEV, REGION, "shop").await;
        push_sample(&window, "shop", "1").await;
        push_sample(&window, "shop", "2").await;

        show_failover(&window).await;
        look(&window).await;
        window.see_text("pair-counts", "2 missing").await;
        window.see_text("pair-grid", "shop:1").await;
        window.see_text("failover-drift", "1 are missing").await;
        window.see_text("failover-images", "# missing:").await;
        window.see("pair-gap").await;
        picture(&window, "j11-both").await;

        // One image is needed, by a list; it is brought over with its repository.
        window.click("needed-list").await;
        window.fill("needed-text-list", "shop:1").await;
        window.see_text("pair-counts", "1 missing").await;
        window.click("copy-missing").await;
        window.see_text("dialog-plan", "Create repository").await;
        run_plan(&window).await;
        window.see_text("pair-counts", "1 equal").await;

        // The Region is gone. What was read stays, and the list for the other Region is there.
        set_down(&window).await;
        show_failover(&window).await;
        look(&window).await;
        window.see("look-problem").await;
        window.wait("[data-testid='pair-side-here'][data-reachable='false']").await;
        window.see_text("pair-side-here", "Images read").await;
        window.see_text("pair-counts", "1 equal").await;
        window.see_text("pair-counts", "1 missing").await;
        window.see_text("pair-grid", "shop:2").await;
        window.see_text("failover-since", "shop:1").await;
        window.see_text("failover-images", "/shop:1").await;
        picture(&window, "j11-gone").await;
        window.click("copy-missing").await;
        window.see_text("page-compare", "Nothing can be copied from").await;

        // It is back.
        set_down(&window).await;
        show_failover(&window).await;
        look(&window).await;
        window.wait("[data-testid='pair-side-here'][data-reachable='true']").await;
        window.click("copy-missing").await;
        run_plan(&window).await;
        window.see("pair-no-gap").await;
        for tab in ["settings", "images"] {
            window.click(&format!("compare-tab-{tab}")).await;
            picture(&window, &format!("j11-compare-{tab}")).await;
        }
    })
    .await;
    window.close().await;
}
