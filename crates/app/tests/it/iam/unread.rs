//! What may not be read: named with the action that is missing.

use std::sync::Arc;

use longshore_app::{
    AppOptions, MemoryStore,
    api::{AccountKey, AddAccount, Environment, NewAccessKey},
};
use longshore_sandbox::{PortChoice, Sandbox, SandboxOptions};

use super::*;
use crate::support::quick;

fn account(key: &NewAccessKey) -> AddAccount {
    AddAccount {
        id: DEV.into(),
        name: "Dev".into(),
        environment: Environment::Dev,
        colour: None,
        regions: vec![WEST.into()],
        access_key_id: key.id.clone(),
        secret_access_key: key.secret.clone(),
        session_token: None,
        session_only: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_read_is_named_and_never_none() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let directory = tempfile::tempdir().unwrap();
    let mut options = SandboxOptions::new(directory.path().join("aws"));
    options.port = PortChoice::Any;
    let sandbox = Sandbox::start(options).await.unwrap();
    let ready = sandbox.ready();
    let mut options = AppOptions::new(directory.path().join("data"), Arc::new(MemoryStore::default()));
    options.aws_endpoint = Some(ready.control.parse().unwrap());
    options.timing = quick();
    let app = &App::open(options).await.unwrap();
    let own = ready.credentials.into_iter().find(|keys| keys.account.as_str() == DEV).unwrap();
    let own =
        NewAccessKey { user: "administrator".into(), id: own.access_key_id, secret: own.secret_access_key };
    app.add_account(account(&own)).await.unwrap();
    let dev = &RegistryKey { space: Space::Aws, ..registry(DEV, WEST) };
    let iam_reader = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["iam:GetUser", "iam:ListUsers"], "Resource": "*"}]});
    make(app, iam(dev, user("reader"))).await;
    let inline = IamChange::PutInline {
        of: named(IamKind::User, "reader"),
        policy: "own".into(),
        text: iam_reader.to_string(),
    };
    make(app, iam(dev, inline)).await;
    let run = make(app, iam(dev, IamChange::CreateKey { user: "reader".into() })).await;
    let key = app.take_key(RunKey { run: run.id }).await.unwrap();
    app.remove_account(AccountKey { space: Space::Aws, id: DEV.into() }).await.unwrap();
    app.add_account(account(&key)).await.unwrap();
    let list = |list| app.iam_list(ListIam { registry: dev.clone(), list });
    assert!(list(IamList::Users).await.is_ok());
    let denied = list(IamList::Groups).await.unwrap_err();
    assert_eq!(denied.code, "access-denied");
    assert!(denied.hint.unwrap().contains("iam:ListGroups"));
    let of = named(IamKind::User, "reader");
    let view = app.iam_entity(GetIam { registry: dev.clone(), of: of.clone() }).await.unwrap();
    assert_eq!((view.attached, view.inline, view.groups, view.keys), (None, None, None, None));
    let hints: Vec<String> = view.problems.iter().filter_map(|one| one.hint.clone()).collect();
    for action in [
        "iam:ListAttachedUserPolicies",
        "iam:ListUserPolicies",
        "iam:ListGroupsForUser",
        "iam:ListAccessKeys",
    ] {
        assert!(hints.iter().any(|hint| hint.contains(action)), "{action}: {hints:?}");
    }
    let asked = AskIam {
        registry: dev.clone(),
        of,
        actions: vec!["push".into()],
        repositories: vec!["randserver".into()],
    };
    let answers = app.ask_iam(asked).await.unwrap();
    assert!(answers.answers.is_empty() && !answers.problems.is_empty());
    let value: Value = serde_json::to_value(&answers).unwrap();
    assert!(value["problems"].to_string().contains("iam:ListGroupsForUser"));
    app.close().await;
}
