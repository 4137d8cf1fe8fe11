//! A plan runs only against the endpoint, and as the principal, that it was made for, on both sides
//! of a copy.

use std::{net::TcpListener, sync::Arc};

use longshore_app::{
    App, MemoryStore, PortChoice,
    api::{
        AccountKey, AddAccount, EngineRuleInput, Environment, PlanRequest, PlanView, RegistryKey, RunKey,
        RunState, RunView, Scope, Space,
    },
};
use longshore_sandbox::Counters;

use crate::{
    steps::{begin, create_request, digest_of, ended, image_key, make, names, plan},
    support::{
        DEV, PROD, Pusher,
        keys::{Key, beside, role, user},
        options, registry, with_sandbox,
    },
};

const WEST: &str = "us-west-2";

fn on_aws(account: &str) -> RegistryKey {
    RegistryKey { space: Space::Aws, account: account.parse().unwrap(), region: WEST.parse().unwrap() }
}

async fn add(app: &App, account: &str, (access_key_id, secret_access_key, session_token): Key) {
    let request = AddAccount {
        id: account.into(),
        name: account.into(),
        environment: Environment::Staging,
        colour: None,
        regions: vec![WEST.into()],
        access_key_id,
        secret_access_key,
        session_token,
        session_only: false,
    };
    let added = app.add_account(request).await.unwrap();
    assert_eq!(added.problem, None);
}

async fn give_another_key(app: &App, aws: &App, account: &str) {
    app.remove_account(AccountKey { space: Space::Aws, id: account.into() }).await.unwrap();
    add(app, account, role(aws, account).await).await;
}

async fn run(app: &App, plan: &PlanView) -> RunView {
    let run = begin(app, plan).await.unwrap();
    ended(app, &run).await
}

fn is_refused(view: &RunView) {
    assert_eq!(view.state, RunState::Failed, "{view:#?}");
    assert_eq!(view.error.as_ref().unwrap().code, "plan-for-another-place", "{view:#?}");
}

async fn written(aws: &App, account: &str) -> Counters {
    let id = longshore_names::RegistryId::new(account.parse().unwrap(), WEST.parse().unwrap());
    aws.sandbox_counters(&id).await.unwrap()
}

#[tokio::test]
async fn a_plan_whose_account_got_another_key_is_refused_and_writes_nothing() {
    let (there, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = with_sandbox(&there).await;
    let app = beside(&aws, &here, Arc::new(MemoryStore::default())).await;
    add(&app, DEV, user(&aws, DEV)).await;
    let planned = plan(&app, create_request(&on_aws(DEV), "team/api")).await;

    give_another_key(&app, &aws, DEV).await;
    is_refused(&run(&app, &planned).await);
    assert!(names(&aws, &registry(DEV, WEST)).await.is_empty());

    // Planned again, it runs as the principal that the account uses now.
    let planned = plan(&app, create_request(&on_aws(DEV), "team/api")).await;
    assert_eq!(run(&app, &planned).await.state, RunState::Done);
    app.close().await;
    aws.close().await;
}

#[tokio::test]
async fn a_copy_whose_source_got_another_key_is_refused_and_writes_nothing() {
    let (there, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = with_sandbox(&there).await;
    let pusher = Pusher::new(&aws, &registry(DEV, WEST)).await;
    pusher.create("dev-service").await;
    let digest = pusher.push("dev-service", "42").await;
    Pusher::new(&aws, &registry(PROD, WEST)).await.create("prod-service").await;
    let app = beside(&aws, &here, Arc::new(MemoryStore::default())).await;
    add(&app, DEV, user(&aws, DEV)).await;
    add(&app, PROD, user(&aws, PROD)).await;
    let promotion = PlanRequest::Promote {
        source: image_key(&on_aws(DEV), "dev-service", digest.as_str()),
        destination: on_aws(PROD),
        repository: "prod-service".into(),
        tag: "21".into(),
        enable_blob_mounting: false,
        create_repository: false,
    };
    let planned = plan(&app, promotion).await;

    give_another_key(&app, &aws, DEV).await;
    let before = written(&aws, PROD).await;
    is_refused(&run(&app, &planned).await);
    let after = written(&aws, PROD).await;
    assert_eq!(
        (before.blob_bytes_received, before.blob_uploads, before.manifest_puts),
        (after.blob_bytes_received, after.blob_uploads, after.manifest_puts)
    );
    assert_eq!(digest_of(&aws, &registry(PROD, WEST), "prod-service", "21").await, None);
    app.close().await;
    aws.close().await;
}

#[tokio::test]
async fn a_run_whose_account_is_at_another_endpoint_now_is_refused_and_writes_nothing() {
    let (there, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = with_sandbox(&there).await;
    let secrets = Arc::<MemoryStore>::default();
    let app = beside(&aws, &here, secrets.clone()).await;
    add(&app, DEV, user(&aws, DEV)).await;
    let planned = plan(&app, create_request(&on_aws(DEV), "team/api")).await;
    aws.close().await;
    drop(aws);
    let view = run(&app, &planned).await;
    assert_eq!(view.state, RunState::Failed, "nothing answers: {view:#?}");
    app.close().await;
    drop(app);

    // The same accounts and keys respond at another address.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut elsewhere = options(&there);
    elsewhere.sandbox.port = PortChoice::Explicit(free);
    let aws = App::open(elsewhere).await.unwrap();
    let app = beside(&aws, &here, secrets.clone()).await;
    app.retry_run(RunKey { run: view.id.clone() }).await.unwrap();
    is_refused(&ended(&app, &view.id).await);
    assert!(names(&aws, &registry(DEV, WEST)).await.is_empty());
    app.close().await;
    aws.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rules_run_whose_source_got_another_key_is_refused_and_writes_nothing() {
    let (there, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = with_sandbox(&there).await;
    let pusher = Pusher::new(&aws, &registry(DEV, WEST)).await;
    pusher.create("team/api").await;
    pusher.push("team/api", "1").await;
    let app = beside(&aws, &here, Arc::new(MemoryStore::default())).await;
    add(&app, DEV, user(&aws, DEV)).await;
    add(&app, PROD, user(&aws, PROD)).await;
    let text = format!(
        "version: 1\nrules:\n  - name: releases\n    source:\n      registry: {DEV}/{WEST}\n    destinations:\n      - registry: {PROD}/{WEST}\n"
    );
    let rule = EngineRuleInput::Yaml { text };
    make(&app, PlanRequest::SaveEngineRule { space: Space::Aws, id: None, rule }).await;
    let rule =
        app.engine_rules(Scope { space: Some(Space::Aws), ..Scope::default() }).await.unwrap().remove(0);
    let planned = plan(&app, PlanRequest::RunEngineRule { rule: rule.id }).await;

    give_another_key(&app, &aws, DEV).await;
    is_refused(&run(&app, &planned).await);
    assert!(names(&aws, &registry(PROD, WEST)).await.is_empty());
    assert_eq!(written(&aws, PROD).await.blob_bytes_received, 0);
    app.close().await;
    aws.close().await;
}
