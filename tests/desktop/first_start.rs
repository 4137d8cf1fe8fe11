//! The first screen that a person sees.

use longshore_tests::window::{Window, journey};

#[tokio::test]
async fn nothing_configured_offers_the_sandbox_and_aws() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    journey("first-start", &window, async {
        window.see("try-sandbox").await;
        window.see("connect-aws").await;
    })
    .await;
    window.close().await;
}
