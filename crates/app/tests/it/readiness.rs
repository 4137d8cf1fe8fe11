//! Whether the rules of a registry will work, each rule with the repositories that it takes.

use longshore_app::api::{CheckOutcome, GetReadiness};
use serde_json::json;

use crate::support::{DEV, PROD, Pusher, client, registry, with_sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_is_checked_against_the_repositories_that_it_takes() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, "us-west-2");
    let pusher = Pusher::new(&app, &dev).await;
    for (repository, tags) in [("one-api", ["1"].as_slice()), ("two-api", &["1", "2", "3"])] {
        pusher.create(repository).await;
        for tag in tags {
            pusher.push(repository, tag).await;
        }
    }
    let rule = |region: &str, prefix: &str| {
        json!({
            "destinations": [{"region": region, "registryId": PROD}],
            "repositoryFilters": [{"filter": prefix, "filterType": "PREFIX_MATCH"}],
        })
    };
    let source = client(&app, &dev);
    let before = source.replication_configuration().await.unwrap();
    // The same destination, and then another Region of it.
    let after = json!({"rules": [
        rule("us-west-2", "one-"), rule("us-west-2", "two-"), rule("eu-west-1", "two-"),
    ]});
    source.put_replication_configuration(&before, &after, &longshore_ecr::same_json).await.unwrap();

    let found = app.readiness(GetReadiness { registry: dev, rule: None, planned: None }).await.unwrap();
    let existing: Vec<(CheckOutcome, &str)> = found
        .rules
        .iter()
        .map(|rule| rule.checks.iter().find(|check| check.id == "existing-images").unwrap())
        .map(|check| (check.outcome, check.text.split(" existed").next().unwrap()))
        .collect();
    assert_eq!(
        existing,
        [
            (CheckOutcome::Warning, "1 image in 1 repository"),
            (CheckOutcome::Warning, "3 images in 1 repository"),
            (CheckOutcome::Warning, "3 images in 1 repository"),
        ]
    );
    let regions: Vec<(CheckOutcome, &str)> = found
        .rules
        .iter()
        .flat_map(|rule| rule.checks.iter().filter(|check| check.id == "region-disabled"))
        .map(|check| (check.outcome, check.text.as_str()))
        .collect();
    assert!(regions.iter().all(|(outcome, _)| *outcome == CheckOutcome::Ok), "{regions:?}");
    crate::support::close(&app).await;
}
