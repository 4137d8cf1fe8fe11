//! A person with access to Prod alone sees which images are missing there, from the developers' list.

use std::sync::Arc;

use longshore_app::{
    App,
    api::{
        AddAccount, CheckExpected, Environment, Expected, ExpectedSource, ExpectedState, RegistryKey, Space,
        StatementInput, StatementType, WriteExpected, WriteRequest,
    },
};

use crate::support::{DEV, PROD, Pusher, options, ready, registry, with_sandbox};

const WEST: &str = "us-west-2";

/// The deployer's app: Prod of the sandbox is the only account that it knows, as one of AWS.
async fn deployer(aws: &App, directory: &tempfile::TempDir) -> Arc<App> {
    let keys = ready(aws).credentials.into_iter().find(|known| known.account.as_str() == PROD).unwrap();
    let mut options = options(directory);
    options.aws_endpoint = Some(ready(aws).control.parse().unwrap());
    let app = App::open(options).await.unwrap();
    app.add_account(AddAccount {
        id: PROD.into(),
        name: "Prod".into(),
        environment: Environment::Production,
        colour: None,
        regions: vec![WEST.into()],
        access_key_id: keys.access_key_id,
        secret_access_key: keys.secret_access_key,
        session_token: None,
        session_only: false,
    })
    .await
    .unwrap();
    app
}

fn prod() -> RegistryKey {
    RegistryKey { space: Space::Aws, ..registry(PROD, WEST) }
}

async fn check(app: &App, text: &str) -> Expected {
    app.check_expected(CheckExpected { registry: prod(), text: text.into() }).await.unwrap()
}

#[tokio::test]
async fn a_deployer_with_prod_alone_sees_what_the_developers_list_says_and_prod_does_not_have() {
    let (there, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = with_sandbox(&there).await;
    let dev = Pusher::new(&aws, &registry(DEV, WEST)).await;
    for name in ["prod-api", "prod-web", "tool"] {
        dev.create(name).await;
    }
    let mut pushed = Vec::new();
    for (name, tag) in
        [("prod-api", "1"), ("prod-api", "2"), ("prod-api", "3"), ("prod-web", "7"), ("tool", "1")]
    {
        pushed.push(dev.push(name, tag).await);
    }
    // What ECR would have replicated: some of it, and another image under one of the tags.
    let in_prod = Pusher::new(&aws, &registry(PROD, WEST)).await;
    in_prod.create("prod-api").await;
    assert_eq!(in_prod.push("prod-api", "2").await, pushed[1], "the same image in both registries");
    let moved = in_prod.push_platform("prod-api", Some("3"), "arm64").await.digest;

    let request = |prefixes: &[&str], newest| WriteExpected {
        registry: registry(DEV, WEST),
        prefixes: prefixes.iter().map(|&prefix| prefix.to_owned()).collect(),
        newest,
    };
    let list = aws.write_expected(request(&["prod-"], 10)).await.unwrap();
    assert_eq!((list.images, list.left_out), (4, 0));
    assert!(!list.text.contains("127.0.0.1") && !list.text.contains("tool"), "{}", list.text);
    assert_eq!(aws.write_expected(request(&[], 1)).await.unwrap().images, 3, "one of each repository");
    assert_eq!(aws.write_expected(request(&["none-"], 1)).await.unwrap_err().code, "expected-none");

    let app = deployer(&aws, &here).await;
    let expected = check(&app, &list.text).await;
    let ExpectedSource::List { note: Some(note) } = &expected.source else { panic!("{expected:?}") };
    assert!(note.starts_with(&format!("Images of {DEV}/{WEST}, read ")), "{note}");
    let found: Vec<_> = expected
        .images
        .iter()
        .map(|row| (row.repository.as_str(), row.tag.as_deref().unwrap(), row.state))
        .collect();
    let api = |tag| found.iter().find(|(name, of, _)| (*name, *of) == ("prod-api", tag)).unwrap().2;
    assert_eq!(
        (api("1"), api("2"), api("3")),
        (ExpectedState::Absent, ExpectedState::Present, ExpectedState::OtherImage)
    );
    assert!(found.contains(&("prod-web", "7", ExpectedState::NoRepository)), "{found:?}");
    let row = |tag: &str| expected.images.iter().find(|row| row.tag.as_deref() == Some(tag)).unwrap();
    let line = row("2").image.clone().unwrap();
    assert!(line.ends_with(&format!("/prod-api@{}\"", pushed[1])) && line.starts_with("image: \""), "{line}");
    assert_eq!((row("3").found.clone(), row("3").image.clone()), (Some(moved.to_string()), None));
    assert_eq!(row("1").image, None);

    // By hand, with the digest of an image whose tag is not there.
    let by_hand = format!("prod-api:rc@{}\nprod-api:2", pushed[1]);
    let states: Vec<_> = check(&app, &by_hand).await.images.iter().map(|row| row.state).collect();
    assert_eq!(states, [ExpectedState::Untagged, ExpectedState::Present]);
    let wrong = CheckExpected { registry: prod(), text: "prod-api".into() };
    assert_eq!(app.check_expected(wrong).await.unwrap_err().code, "expected-list");

    // Nothing was pulled, and nothing of Dev was asked.
    let dev_key = RegistryKey { space: Space::Aws, ..registry(DEV, WEST) };
    assert!(app.api_calls(&dev_key).is_empty());
    let calls = app.api_calls(&prod());
    assert!(
        calls.keys().all(|operation| operation.starts_with("Describe") || operation.starts_with("Get")),
        "{calls:?}"
    );
    assert_eq!(calls.get("BatchGetImage"), None);
    app.close().await;
    aws.close().await;
}

#[tokio::test]
async fn a_request_states_repositories_and_no_images() {
    let (there, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = with_sandbox(&there).await;
    let request = |destination: &RegistryKey| WriteRequest {
        statement: StatementInput {
            registry: destination.clone(),
            statement_type: StatementType::ReplicationCrossAccount,
            sid: "ReplicationAccessCrossAccount".into(),
            accounts: vec![DEV.into()],
            all_repositories: false,
            prefixes: vec!["prod-".into(), "base-".into()],
            create_repository: true,
        },
        reason: None,
    };
    let written = aws.write_request(request(&registry(PROD, WEST))).await.unwrap();
    Pusher::new(&aws, &registry(PROD, WEST)).await.create("prod-api").await;
    let app = deployer(&aws, &here).await;
    let expected = check(&app, &written.text).await;
    let ExpectedSource::Request { id, account, .. } = &expected.source else { panic!("{expected:?}") };
    assert_eq!((id, account.as_str()), (&written.id, DEV));
    assert!(expected.images.is_empty());
    let found: Vec<_> =
        expected.repositories.iter().map(|stated| (stated.names.as_str(), stated.found.len())).collect();
    assert_eq!(found, [("prod-*", 1), ("base-*", 0)]);

    let elsewhere = aws.write_request(request(&registry(PROD, "eu-west-1"))).await.unwrap();
    let refused = CheckExpected { registry: prod(), text: elsewhere.text };
    assert_eq!(app.check_expected(refused).await.unwrap_err().code, "expected-elsewhere");
    let changed = CheckExpected { registry: prod(), text: written.text.replace("base-", "all-") };
    assert!(app.check_expected(changed).await.unwrap_err().code.starts_with("request-"));
    app.close().await;
    aws.close().await;
}
