//! Releases for engine rules to select from, and two such rules: part of the screenshots' world.

use std::path::Path;

use longshore_app::{
    App,
    api::{PlanRequest, Scope},
};
use serde_json::json;

use crate::{
    image::Layout,
    past::push_days_ago,
    person::{DEV, PROD, REGION, make, save_engine_rule},
    pusher::{Build, Pusher},
    world::LONG,
};

/// The repository of the releases.
pub const GATEWAY: &str = "platform/gateway";
/// A rule that has run already.
pub const NIGHTLY: &str = "Releases to the edge after a week";
/// A rule that runs long enough to be watched.
pub const SLOW: &str = "Everything of the platform teams and their base images, to the Region for disasters";

/// Pushes the releases that are older than a week, while no app has the directory open.
pub async fn push_old(data_directory: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let mut layout = Layout::new(folder.path());
    let tags = ["2.2.9", "2.3.0", "2.3.1", "2.4.0-rc.1", "nightly-20261109", "pr-1187"];
    for (number, tag) in tags.iter().enumerate() {
        let bytes: Vec<u8> = tag.bytes().cycle().take(180_000 + 37_000 * number).collect();
        let image = layout.image("amd64", &[&bytes, b"certificates"], json!({"git-commit": "8f3c1d2"}));
        layout.tag(image, tag);
    }
    push_days_ago(data_directory, 9, (DEV, REGION, GATEWAY), folder.path(), &tags).await;
}

/// Pushes the newer releases, and saves and runs rules.
pub async fn fill(app: &App, pusher: &Pusher) {
    for (tag, commit) in [("2.3.2", "aa04b71"), ("2.4.0", "d4e5f60"), ("pr-1204", "e77a1b9")] {
        let build = Build { architecture: "amd64", commit, layers: &[410_000, 96_000, 2_048] };
        pusher.push(GATEWAY, Some(tag), &build).await;
    }
    save_engine_rule(
        app,
        format!(
            r#"version: 1
rules:
  - name: {NIGHTLY}
    source:
      registry: {DEV}/{REGION}
      repositories:
        - exact: {GATEWAY}
      tags:
        include:
          - semver: ">=2.3, <3"
        minimum_age: 7d
    destinations:
      - registry: {PROD}/eu-west-1
        rename:
          prefix:
            from: platform/
            to: edge/
    schedule:
      cron: 0 3 * * MON-FRI
      time_zone: Europe/Berlin
"#
        ),
    )
    .await;
    save_engine_rule(
        app,
        format!(
            r#"version: 1
rules:
  - name: {SLOW}
    source:
      registry: {DEV}/{REGION}
      repositories:
        - exact: {LONG}
        - exact: {GATEWAY}
        - prefix: base/
      tags:
        exclude:
          - glob: pr-*
    destinations:
      - registry: {PROD}/us-east-2
    limits:
      bandwidth: 150kB/s
"#
        ),
    )
    .await;
    let kept = app.engine_rules(Scope::default()).await.unwrap();
    let nightly = kept.into_iter().find(|rule| rule.name == NIGHTLY).unwrap();
    make(app, PlanRequest::RunEngineRule { rule: nightly.id }).await;
}
