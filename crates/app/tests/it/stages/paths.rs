//! Path files: what is stored, and what is wrong with others.

use longshore_app::api::{ApplyPaths, PathKey, Space};

use super::{SHOP, apply};
use crate::support::with_sandbox;

async fn problems(app: &longshore_app::App, text: &str) -> Vec<(String, Option<u32>, String)> {
    let request = ApplyPaths { space: Space::Sandbox, text: text.into(), check_only: false };
    let applied = app.apply_paths(request).await.unwrap();
    assert!(applied.paths.is_empty(), "{applied:#?}");
    let found = applied.findings.into_iter();
    found.map(|one| (one.finding.code, one.line, one.finding.text)).collect()
}

#[tokio::test]
async fn a_path_is_stored_shown_replaced_and_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    apply(&app, SHOP).await;
    let paths = app.paths(Space::Sandbox).await.unwrap();
    assert_eq!(paths.len(), 1);
    assert_eq!(
        paths[0].stages.iter().map(|stage| stage.name.as_str()).collect::<Vec<_>>(),
        ["dev", "staging", "production"]
    );
    assert!(app.paths(Space::Aws).await.unwrap().is_empty(), "each space has its own");
    let key = PathKey { space: Space::Sandbox, name: "shop".into() };
    let text = app.path(key.clone()).await.unwrap().text;
    let same = ApplyPaths { space: Space::Sandbox, text, check_only: false };
    assert_eq!(app.apply_paths(same).await.unwrap().paths[0].change, "unchanged");
    app.remove_path(key.clone()).await.unwrap();
    let error = app.path(key).await.unwrap_err();
    assert_eq!(error.code, "promotion-path-unknown");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_path_file_with_an_unknown_key_says_where() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let text = "paths:\n  - name: shop\n    stages:\n      - { name: dev, registry: 111122223333/us-west-2, colour: red }\n";
    let found = problems(&app, text).await;
    assert_eq!(found[0].1, Some(4), "{found:?}");
    assert!(found[0].2.contains("colour"), "{found:?}");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_path_file_with_a_cycle_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let text = "paths:\n  - name: shop\n    stages:\n      - { name: a, registry: 111122223333/us-west-2, repositories: \"a-{service}\", from: b }\n      - { name: b, registry: 111122223333/us-west-2, repositories: \"b-{service}\" }\n";
    let found = problems(&app, text).await;
    assert_eq!(found[0].0, "path-cycle", "{found:?}");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_path_file_with_two_stages_in_one_repository_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let text = "paths:\n  - name: shop\n    stages:\n      - { name: a, registry: 111122223333/us-west-2 }\n      - { name: b, registry: 111122223333/us-west-2 }\n";
    let found = problems(&app, text).await;
    assert_eq!((found[0].0.as_str(), found[0].1), ("path-same-repository", Some(5)), "{found:?}");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_path_that_leads_back_into_a_stored_one_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    apply(&app, SHOP).await;
    let text = "paths:\n  - name: back\n    stages:\n      - { name: production, registry: 444455556666/us-west-2, repositories: \"prod-{service}\" }\n      - { name: dev, registry: 111122223333/us-west-2, repositories: \"dev-{service}\" }\n";
    let found = problems(&app, text).await;
    assert_eq!(found[0].0, "path-cycle", "{found:?}");
    assert_eq!(app.paths(Space::Sandbox).await.unwrap().len(), 1);
    crate::support::close(&app).await;
}
