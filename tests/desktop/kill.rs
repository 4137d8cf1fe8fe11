//! The app is killed during a push and a replication; nothing that was acknowledged is lost.

use std::process::{Command, Stdio};

use longshore_tests::{
    image::{self, Layout},
    skopeo::Skopeo,
    window::{Window, journey},
};
use serde_json::json;

use crate::{
    j1::{add_rule_up_to_the_other_side, submit_rule},
    steps::{DEV, PROD, REGION, create_repository, log_in, open_repository, start_sandbox},
};

#[tokio::test]
async fn after_a_kill_everything_acknowledged_is_there_and_replication_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let skopeo = Skopeo::new(data.path());
    let small = data.path().join("small");
    let pushed = image::simple(&small);
    let large = data.path().join("large");
    let mut layout = Layout::new(&large);
    let descriptor = layout.image("amd64", &[&vec![7; 200 << 20]], json!({}));
    layout.tag(descriptor, "1");

    let mut window = Window::open(data.path(), &[]).await;
    let mut uri = String::new();
    journey("kill-before", &window, async {
        start_sandbox(&window).await;
        create_repository(&window, DEV, REGION, "prod-microservice").await;
        add_rule_up_to_the_other_side(&window).await;
        window.click("other-side-add-0").await;
        submit_rule(&window).await;
        open_repository(&window, DEV, REGION, "prod-microservice").await;
        uri = log_in(&window, &skopeo, data.path()).await;
    })
    .await;
    skopeo.copy(&format!("oci:{}:42", small.display()), &format!("docker://{uri}:21"));
    // The replication takes two seconds, and this push is interrupted.
    let state = data.path().join("sandbox");
    let before = size_of(&state);
    let mut cut_off = skopeo
        .command(&["copy", "--preserve-digests", "--dest-tls-verify=false"])
        .args([format!("oci:{}:1", large.display()), format!("docker://{uri}:large")])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    window.until("bytes of the large layer arrive", || async { size_of(&state) > before + (1 << 20) }).await;
    window.kill();
    assert!(!cut_off.wait().unwrap().success(), "the push was over before the app was killed");

    let window = Window::open(data.path(), &[]).await;
    journey("kill-after", &window, async {
        open_repository(&window, DEV, REGION, "prod-microservice").await;
        window.wait("[data-testid='replication-21'][data-status='complete']").await;
        assert_eq!(skopeo.digest(&format!("{uri}:21")), pushed, "at the same address");
        open_repository(&window, PROD, REGION, "prod-microservice").await;
        window.see_text("image-grid", "21").await;
    })
    .await;
    window.close().await;
}

/// Bytes of all files below a folder.
fn size_of(folder: &std::path::Path) -> u64 {
    let output = Command::new("du").args(["-sb", "--"]).arg(folder).output().unwrap();
    String::from_utf8_lossy(&output.stdout).split_whitespace().next().map_or(0, |size| size.parse().unwrap())
}
