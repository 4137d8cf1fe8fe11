//! A run waits while a person signs in again, and goes on afterwards.

use std::sync::Arc;

use longshore_app::{
    App, MemoryStore,
    api::{
        AccountKey, AddAccount, AddSandboxAccount, ConnectAccount, CredentialSource, Environment, MfaCode,
        RegistryKey, RunKey, RunState, RunView, Space,
    },
};
use longshore_sandbox::Ready;
use tempfile::TempDir;

use crate::{
    steps::{begin, create_request, ended, plan},
    support::{DEV, PROD, options, ready, until, with_sandbox},
};

const WEST: &str = "us-west-2";
const SERIAL: &str = "arn:aws:iam::111122223333:mfa/dev";

/// An app whose account Prod is a role of Dev that needs an MFA device.
async fn with_device(aws: &App, directory: &TempDir) -> Arc<App> {
    let mut options = options(directory);
    options.aws_endpoint = Some(ready(aws).control.parse().unwrap());
    options.secrets = Arc::new(MemoryStore::default());
    let app = App::open(options).await.unwrap();
    let Ready { credentials, .. } = ready(aws);
    let key = credentials.into_iter().find(|known| known.account.as_str() == DEV).unwrap();
    app.add_account(AddAccount {
        id: DEV.into(),
        name: "Dev".into(),
        environment: Environment::Dev,
        colour: None,
        regions: vec![WEST.into()],
        access_key_id: key.access_key_id,
        secret_access_key: key.secret_access_key,
        session_token: None,
        session_only: false,
    })
    .await
    .unwrap();
    let role = ConnectAccount {
        credentials: CredentialSource::Role {
            role_arn: format!("arn:aws:iam::{PROD}:role/release"),
            via: DEV.into(),
            external_id: None,
            session_name: Some("release".into()),
            mfa_serial: Some(SERIAL.into()),
            duration: None,
        },
        name: Some("Release".into()),
        environment: Some(Environment::Staging),
        colour: None,
        regions: vec![WEST.into()],
    };
    assert_eq!(app.connect_account(role.clone()).await.unwrap_err().code, "mfa-code-needed");
    enter(&app, "123456").await;
    assert_eq!(app.connect_account(role).await.unwrap().id, PROD);
    app
}

async fn enter(app: &App, code: &str) {
    app.enter_mfa_code(MfaCode { serial: SERIAL.into(), code: code.into() }).await.unwrap();
}

fn prod() -> RegistryKey {
    RegistryKey { space: Space::Aws, account: PROD.parse().unwrap(), region: WEST.parse().unwrap() }
}

/// The device's session ends: a code is entered that AWS does not accept.
async fn lose_session(app: &App) {
    enter(app, "000000").await;
    let key = AccountKey { space: Space::Aws, id: PROD.into() };
    let checked = app.check_account(key).await.unwrap();
    assert_eq!(checked.problem.unwrap().code, "mfa-code-refused");
}

async fn waits(app: &App, run: &str) -> RunView {
    let mut events = app.subscribe();
    until(&mut events, "the run to wait", || async {
        let view = app.run(RunKey { run: run.to_owned() }).await.unwrap();
        (view.waiting.is_some() || view.ended.is_some()).then_some(view)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_waits_for_a_code_and_goes_on_when_it_is_entered() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = with_sandbox(&there).await;
    let app = with_device(&aws, &here).await;
    let planned = plan(&app, create_request(&prod(), "late")).await;
    lose_session(&app).await;
    let run = begin(&app, &planned).await.unwrap();
    let view = waits(&app, &run).await;
    assert_eq!(view.waiting.map(|error| error.code).as_deref(), Some("mfa-code-needed"), "{:?}", view.steps);
    assert_eq!((view.state, view.can_cancel), (RunState::Running, true));

    app.enter_mfa_code(MfaCode { serial: SERIAL.into(), code: "654321".into() }).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!((view.state, view.waiting), (RunState::Done, None), "{:?}", view.error);
    app.close().await;
    aws.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_run_can_be_stopped_and_resumed() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = with_sandbox(&there).await;
    let app = with_device(&aws, &here).await;
    let planned = plan(&app, create_request(&prod(), "late")).await;
    lose_session(&app).await;
    let run = begin(&app, &planned).await.unwrap();
    waits(&app, &run).await;
    app.cancel_run(RunKey { run: run.clone() }).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!((view.state, view.waiting), (RunState::Cancelled, None));
    enter(&app, "654321").await;
    app.retry_run(RunKey { run: run.clone() }).await.unwrap();
    assert_eq!(ended(&app, &run).await.state, RunState::Done);
    app.close().await;
    aws.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_code_of_a_device_serves_every_role_that_asks_for_it_and_the_roles_that_those_assume() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = with_sandbox(&there).await;
    for (id, name) in [("777788889999", "Europe"), ("888899990000", "Asia")] {
        let account = AddSandboxAccount {
            id: id.into(),
            name: name.into(),
            environment: Environment::Staging,
            regions: vec![WEST.into()],
        };
        aws.add_sandbox_account(account).await.unwrap();
    }
    let app = with_device(&aws, &here).await;
    // The code was entered for Release; neither role needs another.
    let role = |id: &str, via: &str, serial: Option<&str>| ConnectAccount {
        credentials: CredentialSource::Role {
            role_arn: format!("arn:aws:iam::{id}:role/release"),
            via: via.into(),
            external_id: None,
            session_name: None,
            mfa_serial: serial.map(str::to_owned),
            duration: None,
        },
        name: None,
        environment: None,
        colour: None,
        regions: vec![WEST.into()],
    };
    let same_device = role("777788889999", DEV, Some(SERIAL));
    assert_eq!(app.connect_account(same_device).await.unwrap().id, "777788889999");
    let chained = role("888899990000", PROD, None);
    assert_eq!(app.connect_account(chained).await.unwrap().id, "888899990000");

    // The device's session ends for all three, and one code serves them all again.
    lose_session(&app).await;
    let ids = [PROD, "777788889999", "888899990000"];
    let problems = async || {
        let mut found = Vec::new();
        for id in ids {
            let key = AccountKey { space: Space::Aws, id: id.into() };
            found.push(app.check_account(key).await.unwrap().problem.map(|problem| problem.code));
        }
        found
    };
    assert_eq!(problems().await, vec![Some("mfa-code-needed".to_owned()); 3]);
    enter(&app, "654321").await;
    let usable: Vec<_> = app.accounts().await.unwrap().into_iter().map(|account| account.problem).collect();
    assert_eq!(usable, vec![None; 4], "they were checked when the code was entered");
    assert_eq!(problems().await, vec![None; 3]);
    app.close().await;
    aws.close().await;
}
