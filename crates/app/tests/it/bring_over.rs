//! Which way of bringing over existing images is proposed, and why.

use longshore_app::api::{BringOver, BringOverWay, GetBringOver, LookAt, RegistryKey};
use serde_json::{Value, json};

use crate::support::{DEV, PROD, Pusher, client, registry, with_sandbox};

fn rule(to: &RegistryKey, prefix: &str) -> Value {
    json!({
        "destinations": [{"region": to.region, "registryId": to.account}],
        "repositoryFilters": [{"filter": prefix, "filterType": "PREFIX_MATCH"}],
    })
}

fn says(found: &BringOver, text: &str) -> bool {
    found.reasons.iter().any(|reason| reason.contains(text))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_is_proposed_where_a_backfill_would_do_more_or_cannot_start() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod) = (registry(DEV, "us-west-2"), registry(PROD, "us-west-2"));
    let pusher = Pusher::new(&app, &dev).await;
    for name in ["one-api", "two-api", "two-empty"] {
        pusher.create(name).await;
    }
    pusher.push("one-api", "1").await;
    pusher.push("two-api", "1").await;
    let source = client(&app, &dev);
    let before = source.replication_configuration().await.unwrap();
    let after = json!({"rules": [rule(&prod, "one-"), rule(&prod, "two-"), rule(&registry(PROD, "eu-west-1"), "one-")]});
    source.put_replication_configuration(&before, &after, &longshore_ecr::same_json).await.unwrap();
    // The images too: the app may have read a repository before the push to it.
    app.look_at_registry(LookAt { registry: dev.clone(), policies: false, images: true }).await.unwrap();
    let ask = async |destinations: &[RegistryKey], prefixes: &[&str]| {
        let prefixes = prefixes.iter().map(ToString::to_string).collect();
        let request = GetBringOver { registry: dev.clone(), destinations: destinations.to_vec(), prefixes };
        app.bring_over(request).await.unwrap()
    };

    // The other rule's images would be copied too; in the other Region there is none.
    let wider = ask(std::slice::from_ref(&prod), &["one-"]).await;
    assert_eq!(wider.way, BringOverWay::Engine, "{wider:?}");
    assert!(says(&wider, "would also copy 1 repository that other rules replicate to Prod"), "{wider:?}");
    let all = ask(std::slice::from_ref(&prod), &["one-", "two-"]).await;
    assert_eq!(all.way, BringOverWay::Backfill, "{all:?}");
    assert!(says(&all, "2 images"), "{all:?}");
    let alone = ask(&[registry(PROD, "eu-west-1")], &["one-"]).await;
    assert_eq!(alone.way, BringOverWay::Backfill, "{alone:?}");

    // One that runs is in the way.
    source
        .start_backfill(&longshore_names::RegistryId::new(prod.account.clone(), prod.region.clone()))
        .await
        .unwrap();
    let running = ask(std::slice::from_ref(&prod), &["one-", "two-"]).await;
    assert_eq!(running.way, BringOverWay::Engine, "{running:?}");
    assert!(says(&running, "in progress"), "{running:?}");

    // The engine needs an account that is connected.
    let stranger = ask(&[registry("999900001111", "us-west-2")], &["one-"]).await;
    assert_eq!(stranger.way, BringOverWay::Backfill, "{stranger:?}");
    assert!(says(&stranger, "which are not connected"), "{stranger:?}");
    crate::support::close(&app).await;
}
