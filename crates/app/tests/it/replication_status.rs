//! Replication of newly pushed images is watched automatically, to its end, with the cause when it
//! fails.

use std::time::Duration;

use longshore_app::{
    App,
    api::{
        AppEvent, RecentReplications, ReplicationState, RepositoryKey, Scope, Settings, Side, Space, Theme,
        Visible,
    },
};
use serde_json::json;

use crate::support::{
    DEV, PATIENCE, PROD, Pusher, client, options, registry, repository, until, with_sandbox,
};

/// Dev replicates `prod-` to Prod.
async fn add_rule(app: &longshore_app::App) {
    let dev = client(app, &registry(DEV, "us-west-2"));
    let before = dev.replication_configuration().await.unwrap();
    let after = json!({"rules": [{
        "destinations": [{"region": "us-west-2", "registryId": PROD}],
        "repositoryFilters": [{"filter": "prod-", "filterType": "PREFIX_MATCH"}],
    }]});
    dev.put_replication_configuration(&before, &after, &longshore_ecr::same_json).await.unwrap();
}

async fn add_statement(app: &longshore_app::App) {
    let prod = client(app, &registry(PROD, "us-west-2"));
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "ReplicationAccessCrossAccount",
        "Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{DEV}:root")},
        "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
        "Resource": format!("arn:aws:ecr:us-west-2:{PROD}:repository/prod-*"),
    }]});
    let text = policy.to_string();
    prod.put_registry_policy(None, Some(&text), &longshore_ecr::same_json).await.unwrap();
}

async fn show(app: &longshore_app::App, key: &RepositoryKey) {
    let registries = vec![key.registry.clone()];
    app.set_visible(Visible { registries, repository: Some(key.clone()), images: Vec::new() }).await.unwrap();
}

#[tokio::test]
async fn a_push_by_somebody_else_is_told_while_another_screen_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    let mut options = options(&directory);
    options.timing.stale = Duration::from_secs(3_600);
    options.timing.stale_replicated = Duration::from_millis(50);
    let app = App::open(options).await.unwrap();
    app.start_sandbox().await.unwrap();
    let dev = registry(DEV, "us-west-2");
    let pusher = Pusher::new(&app, &dev).await;
    pusher.create("prod-microservice").await;
    add_statement(&app).await;
    add_rule(&app).await;
    let mut events = app.subscribe();
    app.refresh(Scope::default()).await.unwrap();
    let key = repository(&dev, "prod-microservice");
    until(&mut events, "the first read of the repository", || async {
        app.repository(key.clone()).await.unwrap().images
    })
    .await;

    pusher.push("prod-microservice", "21").await;
    let told = async {
        loop {
            if let AppEvent::Notice { title, .. } = events.next().await.unwrap() {
                return title;
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, told).await.unwrap(), "Replication complete");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_pushed_image_is_followed_to_the_other_side_and_a_notice_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod) = (registry(DEV, "us-west-2"), registry(PROD, "us-west-2"));
    let pusher = Pusher::new(&app, &dev).await;
    pusher.create("prod-microservice").await;
    add_statement(&app).await;
    add_rule(&app).await;
    app.refresh(Scope::default()).await.unwrap();
    let key = repository(&dev, "prod-microservice");
    show(&app, &key).await;
    let mut events = app.subscribe();
    let digest = pusher.push("prod-microservice", "21").await;
    let (mut states, mut notice) = (Vec::new(), None);
    let seen = async {
        while notice.is_none() {
            match events.next().await.unwrap() {
                AppEvent::ReplicationStatus { repository, digest: of, tags, status } => {
                    assert_eq!(
                        (&repository, of.as_str(), tags.as_slice()),
                        (&key, digest.as_str(), ["21".to_owned()].as_slice())
                    );
                    assert_eq!(
                        (&status.destination, status.destination_name.as_deref()),
                        (&prod, Some("Prod"))
                    );
                    states.push(status.state);
                }
                AppEvent::Notice { title, text } => notice = Some((title, text)),
                _ => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, seen).await.unwrap();
    assert_eq!(states.last(), Some(&ReplicationState::Complete));
    let (title, text) = notice.unwrap();
    assert_eq!(
        (title.as_str(), text.as_str()),
        ("Replication complete", "prod-microservice:21 is in Prod / us-west-2.")
    );

    // The destination is read automatically too.
    let arrived = repository(&prod, "prod-microservice");
    until(&mut events, "seeing the replica", || async {
        let row = app.repository(arrived.clone()).await.ok()?;
        (row.images == Some(1)).then_some(())
    })
    .await;
    let request = RecentReplications { registry: Some(dev.clone()), space: Space::Sandbox, limit: 10 };
    let recent = app.recent_replications(request).await.unwrap();
    assert_eq!(recent.len(), 1);
    assert_eq!(
        (recent[0].digest.as_str(), recent[0].status.state),
        (digest.as_str(), ReplicationState::Complete)
    );
    let overview = app.overview(Scope::default()).await.unwrap();
    let links: Vec<_> =
        overview.links.iter().map(|l| (&l.source, &l.destination, l.filters.as_slice())).collect();
    assert_eq!(links, [(&dev, &prod, ["prod-".to_owned()].as_slice())]);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_missing_statement_is_the_cause_until_it_is_there_and_then_only_a_new_copy_helps() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    app.set_settings(Settings { theme: Theme::System, notifications: false }).await.unwrap();
    let (dev, prod) = (registry(DEV, "us-west-2"), registry(PROD, "us-west-2"));
    let pusher = Pusher::new(&app, &dev).await;
    pusher.create("prod-microservice").await;
    add_rule(&app).await;
    app.refresh(Scope::default()).await.unwrap();
    show(&app, &repository(&dev, "prod-microservice")).await;
    let mut events = app.subscribe();
    pusher.push("prod-microservice", "21").await;
    let request = RecentReplications { registry: None, space: Space::Sandbox, limit: 10 };
    let failed = async || {
        let recent = app.recent_replications(request.clone()).await.unwrap();
        recent.into_iter().map(|known| known.status).find(|status| status.state == ReplicationState::Failed)
    };
    let status = until(&mut events, "the failure", || async {
        failed().await.filter(|status| status.cause.as_ref().is_some_and(|c| c.code == "statement-missing"))
    })
    .await;
    let cause = status.cause.unwrap();
    assert_eq!(cause.side, Side::Destination);
    assert!(cause.message.contains(DEV) && cause.message.contains("Prod / us-west-2"), "{cause:?}");
    assert!(status.fixable && status.failure_code.is_some());

    add_statement(&app).await;
    app.refresh(Scope { account: Some(prod.account.to_string()), ..Default::default() }).await.unwrap();
    let status = failed().await.unwrap();
    assert_eq!(status.cause.as_ref().unwrap().code, "replication-failed-before");
    assert!(!status.fixable);

    // Notices were turned off.
    crate::support::close(&app).await;
    while let Some(event) = events.next().await {
        assert!(!matches!(event, AppEvent::Notice { .. }), "{event:?}");
    }
}
