//! First start, accounts, the keychain, and problems of the data directory.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use longshore_app::{
    App, MemoryStore, PortChoice, Secret, SecretStore,
    access::EndpointOptions,
    api::{
        AccountHosts, AccountKey, AddAccount, AddSandboxAccount, AddSandboxRegion, ApiError, AppEvent,
        CredentialSource, Environment, Keychain, SandboxSettings, SandboxState, Settings, Side, Space, Theme,
        UpdateAccount,
    },
    registry_password,
};
use tokio::sync::Notify;

use crate::support::{DEV, NoKeychain, PROD, options, ready, until, with_sandbox};

#[tokio::test]
async fn first_start_knows_nothing_and_offers_the_sandbox() {
    let directory = tempfile::tempdir().unwrap();
    let app = App::open(options(&directory)).await.unwrap();
    let status = app.status().await.unwrap();
    assert!(!status.configured);
    assert_eq!(status.sandbox, SandboxState::Unused);
    assert_eq!(keychain(&app).await, Keychain::Available);
    assert!(app.accounts().await.unwrap().is_empty());

    let status = app.start_sandbox().await.unwrap();
    assert!(status.configured);
    assert_eq!(status.space, Space::Sandbox);
    assert!(matches!(status.sandbox, SandboxState::Running { .. }), "{status:?}");
    let accounts = app.accounts().await.unwrap();
    let names: Vec<_> =
        accounts.iter().map(|a| (a.name.as_str(), a.id.as_str(), a.environment, a.regions.len())).collect();
    assert_eq!(names, [("Dev", DEV, Environment::Dev, 3), ("Prod", PROD, Environment::Production, 3)]);
    assert_ne!(accounts[0].colour, accounts[1].colour);
    assert!(accounts.iter().all(|account| account.credentials == CredentialSource::Sandbox));
    crate::support::close(&app).await;
}

#[tokio::test]
async fn the_sandbox_in_use_runs_again_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let control = ready(&app).control;
    crate::support::close(&app).await;
    drop(app);
    let app = App::open(options(&directory)).await.unwrap();
    let status = app.status().await.unwrap();
    assert_eq!(status.sandbox, SandboxState::Running { control, notice: None });
    assert_eq!(app.accounts().await.unwrap().len(), 2);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_second_app_on_the_same_data_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let app = App::open(options(&directory)).await.unwrap();
    let error = App::open(options(&directory)).await.err().unwrap();
    assert_eq!((error.code.as_str(), error.side), ("data-directory-in-use", Side::ThisMachine));
    assert!(error.hint.is_some());
    crate::support::close(&app).await;
    drop(app);
    App::open(options(&directory)).await.unwrap();
}

#[tokio::test]
async fn a_damaged_database_is_named_and_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let app = App::open(options(&directory)).await.unwrap();
    crate::support::close(&app).await;
    drop(app);
    let file = directory.path().join("data/longshore.db");
    let damaged = b"damaged ".repeat(1_000);
    fs::write(&file, &damaged).unwrap();
    let error = App::open(options(&directory)).await.err().unwrap();
    assert_eq!(error.code, "database-corrupt");
    assert!(error.message.contains("longshore.db"), "{error}");
    assert_eq!(fs::read(&file).unwrap(), damaged);
}

#[tokio::test]
async fn a_damaged_sandbox_is_a_state_and_the_app_opens() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    crate::support::close(&app).await;
    drop(app);
    let file = directory.path().join("data/sandbox/sandbox.json");
    fs::write(&file, "{").unwrap();
    let app = App::open(options(&directory)).await.unwrap();
    let SandboxState::Failed { error } = app.status().await.unwrap().sandbox else { panic!() };
    assert_eq!(error.code, "sandbox-corrupt");
    assert!(error.message.contains("sandbox.json"), "{error}");
    assert_eq!(app.start_sandbox().await.unwrap_err().code, "sandbox-corrupt");
    assert_eq!(fs::read_to_string(&file).unwrap(), "{");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_taken_port_is_a_state_and_can_be_tried_again() {
    let directory = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut options = options(&directory);
    options.sandbox.port = PortChoice::Explicit(taken.local_addr().unwrap().port());
    let app = App::open(options).await.unwrap();
    assert_eq!(app.start_sandbox().await.unwrap_err().code, "sandbox-port-taken");
    assert!(matches!(app.status().await.unwrap().sandbox, SandboxState::Failed { .. }));
    assert!(!app.status().await.unwrap().configured);
    drop(taken);
    let status = app.start_sandbox().await.unwrap();
    assert!(matches!(status.sandbox, SandboxState::Running { .. }));
    crate::support::close(&app).await;
}

fn typed(id: &str) -> AddAccount {
    AddAccount {
        id: id.into(),
        name: "Real".into(),
        environment: Environment::Staging,
        colour: None,
        regions: vec!["us-west-2".into()],
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret_access_key: "wJalrXUtnFEMIbPxRfiCYEXAMPLEKEY".into(),
        session_token: None,
        session_only: false,
    }
}

#[tokio::test]
async fn what_is_typed_wrong_is_said_at_its_field() {
    let directory = tempfile::tempdir().unwrap();
    let app = App::open(options(&directory)).await.unwrap();
    let wrong = [
        ("id", AddAccount { id: "11112222333".into(), ..typed(DEV) }),
        ("id", AddAccount { id: "11112222333x".into(), ..typed(DEV) }),
        ("name", AddAccount { name: "  ".into(), ..typed(DEV) }),
        ("regions", AddAccount { regions: Vec::new(), ..typed(DEV) }),
        ("regions[1]", AddAccount { regions: vec!["us-west-2".into(), "us-wset-2".into()], ..typed(DEV) }),
        ("colour", AddAccount { colour: Some("red".into()), ..typed(DEV) }),
        ("accessKeyId", AddAccount { access_key_id: "AKIA".into(), ..typed(DEV) }),
        ("secretAccessKey", AddAccount { secret_access_key: String::new(), ..typed(DEV) }),
        ("sessionToken", AddAccount { session_token: Some("a b".into()), ..typed(DEV) }),
    ];
    for (field, request) in wrong {
        let error = app.add_account(request).await.unwrap_err();
        assert_eq!((error.field.as_deref(), error.side), (Some(field), Side::Input), "{error:?}");
    }
    assert!(app.accounts().await.unwrap().is_empty());
}

/// Waits for the state of the keychain.
async fn keychain(app: &App) -> Keychain {
    let mut events = app.subscribe();
    until(&mut events, "an answer of the keychain", || async {
        Some(app.status().await.unwrap().keychain).filter(|state| *state != Keychain::Unknown)
    })
    .await
}

/// A keychain that answers when it is allowed to, like one with an unnoticed prompt.
#[derive(Default)]
struct SlowKeychain {
    asked: AtomicUsize,
    answers: Notify,
}

#[async_trait]
impl SecretStore for SlowKeychain {
    async fn get(&self, _name: &str) -> Result<Option<Secret>, ApiError> {
        Ok(None)
    }

    async fn set(&self, _name: &str, _secret: Secret) -> Result<(), ApiError> {
        Ok(())
    }

    async fn delete(&self, _name: &str) -> Result<(), ApiError> {
        Ok(())
    }

    async fn state(&self) -> Keychain {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.answers.notified().await;
        Keychain::Locked { hint: "Unlock it.".into() }
    }
}

#[tokio::test]
async fn a_keychain_that_hangs_holds_up_no_first_paint() {
    let directory = tempfile::tempdir().unwrap();
    let slow = Arc::new(SlowKeychain::default());
    let mut options = options(&directory);
    options.secrets = slow.clone();
    let app = App::open(options).await.unwrap();
    for _ in 0..3 {
        let status = app.status().await.unwrap();
        assert_eq!(status.keychain, Keychain::Unknown, "the state is returned at once");
    }
    let mut events = app.subscribe();
    slow.answers.notify_one();
    let told = until(&mut events, "the keychain's state", || async {
        Some(app.status().await.unwrap().keychain).filter(|state| *state != Keychain::Unknown)
    });
    assert_eq!(told.await, Keychain::Locked { hint: "Unlock it.".into() });
    assert!(slow.asked.load(Ordering::SeqCst) <= 2, "there is one request at a time");
    // It hangs again: the last known state is returned, and the app still closes.
    assert!(matches!(app.status().await.unwrap().keychain, Keychain::Locked { .. }));
    crate::support::close(&app).await;
}

#[tokio::test]
async fn without_a_keychain_an_account_is_refused_and_the_sandbox_works() {
    let directory = tempfile::tempdir().unwrap();
    let mut options = options(&directory);
    options.secrets = Arc::new(NoKeychain);
    let app = App::open(options).await.unwrap();
    assert!(matches!(keychain(&app).await, Keychain::Missing { .. }));
    assert_eq!(app.add_account(typed(DEV)).await.unwrap_err().code, "keychain-missing");
    assert!(app.accounts().await.unwrap().is_empty());
    app.start_sandbox().await.unwrap();
    assert_eq!(app.accounts().await.unwrap().len(), 2);
    crate::support::close(&app).await;
}

/// An app for which AWS is the sandbox of another app.
async fn beside(other: &App, directory: &tempfile::TempDir, secrets: Arc<MemoryStore>) -> Arc<App> {
    let mut options = options(directory);
    options.aws_endpoint = Some(ready(other).control.parse().unwrap());
    options.secrets = secrets;
    App::open(options).await.unwrap()
}

#[tokio::test]
async fn an_account_is_added_with_its_identity_and_its_key_stays_in_the_keychain() {
    let (aws, directory) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = with_sandbox(&aws).await;
    let secrets = Arc::new(MemoryStore::default());
    let app = beside(&aws, &directory, secrets.clone()).await;
    let keys = ready(&aws).credentials.into_iter().find(|known| known.account.as_str() == DEV).unwrap();
    let request = AddAccount {
        access_key_id: keys.access_key_id.clone(),
        secret_access_key: keys.secret_access_key.clone(),
        ..typed(DEV)
    };

    let mistaken = AddAccount { id: PROD.into(), ..request.clone() };
    let error = app.add_account(mistaken).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.field.as_deref()), ("identity-mismatch", Some("id")));
    assert!(app.accounts().await.unwrap().is_empty());

    let account = app.add_account(request.clone()).await.unwrap();
    assert_eq!((account.space, &account.credentials), (Space::Aws, &CredentialSource::Keychain));
    assert!(account.principal.as_deref().unwrap().contains(DEV), "{account:?}");
    assert_eq!(account.problem, None);
    assert_eq!(app.add_account(request).await.unwrap_err().code, "account-exists");

    let update = |hosts: Option<AccountHosts>| UpdateAccount {
        hosts,
        terraform_state: None,
        confirm: Some("Renamed".into()),
        space: Space::Aws,
        id: DEV.into(),
        name: "Renamed".into(),
        environment: Environment::Production,
        colour: "#112233".into(),
        regions: vec!["us-west-2".into(), "eu-west-1".into()],
    };
    let vpc = |url: &str| {
        let vpc_endpoints = [("us-west-2".to_owned(), url.to_owned())].into();
        Some(AccountHosts { vpc_endpoints, ..Default::default() })
    };
    for wrong in ["https://example.com", "http://vpce-1.api.ecr.us-west-2.vpce.amazonaws.com", "vpce-1"] {
        assert_eq!(app.update_account(update(vpc(wrong))).await.unwrap_err().code, "vpc-endpoint");
    }
    let hosts =
        AccountHosts { fips: true, ..vpc("https://vpce-1.api.ecr.us-west-2.vpce.amazonaws.com").unwrap() };
    app.update_account(update(Some(hosts.clone()))).await.unwrap();
    let updated = app.update_account(update(None)).await.unwrap();
    assert_eq!((updated.name.as_str(), updated.regions.len()), ("Renamed", 2));
    assert_eq!(updated.hosts, hosts, "what is not named stays");
    app.update_account(update(Some(AccountHosts::default()))).await.unwrap();

    crate::support::close(&app).await;
    drop(app);
    for file in fs::read_dir(directory.path().join("data")).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            let secret = keys.secret_access_key.as_bytes();
            assert!(!bytes.windows(secret.len()).any(|part| part == secret), "{}", path.display());
        }
    }

    // After a restart the key still works, and the space separates it from the sandbox's account.
    let app = beside(&aws, &directory, secrets).await;
    let scope = longshore_app::api::Scope { space: Some(Space::Aws), ..Default::default() };
    app.refresh(scope.clone()).await.unwrap();
    let overview = app.overview(scope).await.unwrap();
    let registries: Vec<_> = overview.registries.iter().map(|r| (&r.registry.space, &r.problem)).collect();
    assert_eq!(registries, [(&Space::Aws, &None), (&Space::Aws, &None)]);
    app.start_sandbox().await.unwrap();
    let same_number: Vec<_> = app.accounts().await.unwrap().into_iter().filter(|a| a.id == DEV).collect();
    assert_eq!(same_number.len(), 2);

    app.remove_account(AccountKey { space: Space::Aws, id: DEV.into() }).await.unwrap();
    let left: Vec<_> = app.accounts().await.unwrap().into_iter().filter(|a| a.id == DEV).collect();
    assert_eq!(left.iter().map(|a| a.space).collect::<Vec<_>>(), [Space::Sandbox]);
    crate::support::close(&app).await;
    aws.close().await;
}

#[tokio::test]
async fn a_key_that_nobody_knows_is_a_problem_of_the_account() {
    let (aws, directory) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = with_sandbox(&aws).await;
    let app = beside(&aws, &directory, Arc::default()).await;
    let account = app.add_account(typed(DEV)).await.unwrap();
    assert_eq!(account.problem.unwrap().code, "credentials-unknown");
    crate::support::close(&app).await;
    aws.close().await;
}

#[tokio::test]
async fn the_sandbox_grows_and_is_made_new() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let request = AddSandboxAccount {
        id: "123456789012".into(),
        name: String::new(),
        environment: Environment::Staging,
        regions: vec!["us-west-2".into()],
    };
    let account = app.add_sandbox_account(request.clone()).await.unwrap();
    assert_eq!((account.name.as_str(), account.environment), ("123456789012", Environment::Staging));
    let error = app.add_sandbox_account(request).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.field.as_deref()), ("sandbox-account-exists", Some("id")));

    let region = |region: &str| AddSandboxRegion { id: "123456789012".into(), region: region.into() };
    let account = app.add_sandbox_region(region("eu-west-1")).await.unwrap();
    assert_eq!(account.regions, ["us-west-2", "eu-west-1"]);
    assert_eq!(app.add_sandbox_region(region("eu-west-1")).await.unwrap_err().code, "sandbox-region-exists");
    let error = app.add_sandbox_region(region("nowhere")).await.unwrap_err();
    assert_eq!(error.field.as_deref(), Some("region"));

    let new = SandboxSettings { replication_delay_ms: 5, regions_down: Vec::new() };
    assert_eq!(app.set_sandbox_settings(new.clone()).await.unwrap(), new);
    assert_eq!(app.sandbox_settings().await.unwrap(), new);
    let error = app
        .set_sandbox_settings(SandboxSettings { replication_delay_ms: u32::MAX, regions_down: Vec::new() })
        .await
        .unwrap_err();
    assert_eq!(error.field.as_deref(), Some("replicationDelayMs"));

    let status = app.reset_sandbox().await.unwrap();
    assert!(matches!(status.sandbox, SandboxState::Running { .. }));
    let ids: Vec<_> = app.accounts().await.unwrap().into_iter().map(|account| account.id).collect();
    assert_eq!(ids, [DEV, PROD]);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn settings_and_the_shown_space_are_remembered() {
    let directory = tempfile::tempdir().unwrap();
    let app = App::open(options(&directory)).await.unwrap();
    let settings = app.settings().await.unwrap();
    assert_eq!(settings, Settings { theme: Theme::System, notifications: true });
    let chosen = Settings { theme: Theme::Dark, notifications: false };
    app.set_settings(chosen.clone()).await.unwrap();
    assert_eq!(app.show_space(Space::Aws).await.unwrap().space, Space::Aws);
    crate::support::close(&app).await;
    drop(app);
    let app = App::open(options(&directory)).await.unwrap();
    assert_eq!(app.settings().await.unwrap(), chosen);
    assert_eq!(app.status().await.unwrap().space, Space::Aws);
}

#[tokio::test]
async fn a_login_after_the_sandbox_was_killed_says_that_it_does_not_run() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let data = app.data_directory().to_owned();
    let state = data.join("sandbox");
    let url = ready(&app).registries.remove(0).url;
    let host = url.strip_prefix("http://").unwrap();
    let login = async |host: &str| {
        let options = EndpointOptions::new(Some(data.clone()), Arc::new(MemoryStore::default()));
        registry_password(options, host).await.map(drop)
    };
    login(host).await.unwrap();
    assert_eq!(login("127.0.0.1:1").await.unwrap_err().code, "registry-host-unknown");

    // A killed sandbox leaves the file with its address.
    let left = fs::read(state.join("running.json")).unwrap();
    crate::support::close(&app).await;
    drop(app);
    fs::write(state.join("running.json"), left).unwrap();
    let error = login(host).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.side), ("sandbox-not-running", Side::ThisMachine));
    assert_eq!(login("registry.example").await.unwrap_err().code, "registry-host-unknown");
}

#[tokio::test]
async fn the_title_can_follow_the_space_that_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    let app = App::open(options(&directory)).await.unwrap();
    let mut events = app.subscribe();
    app.show_space(Space::Aws).await.unwrap();
    crate::support::close(&app).await;
    let mut told = Vec::new();
    while let Some(event) = events.next().await {
        told.push(event);
    }
    assert!(told.contains(&AppEvent::Accounts), "{told:?}");
}

#[tokio::test]
async fn an_account_added_while_nothing_answered_mends_itself() {
    let (aws_directory, directory) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = with_sandbox(&aws_directory).await;
    let app = beside(&aws, &directory, Arc::default()).await;
    let keys = ready(&aws).credentials.into_iter().find(|known| known.account.as_str() == DEV).unwrap();
    aws.close().await;
    drop(aws);
    let request = AddAccount {
        access_key_id: keys.access_key_id,
        secret_access_key: keys.secret_access_key,
        ..typed(DEV)
    };
    let account = app.add_account(request).await.unwrap();
    assert_eq!(account.problem.unwrap().code, "unreachable");
    let aws = App::open(options(&aws_directory)).await.unwrap();
    app.refresh(longshore_app::api::Scope::default()).await.unwrap();
    let account = app.accounts().await.unwrap().remove(0);
    assert_eq!(account.problem, None);
    assert!(account.principal.unwrap().contains(DEV));
    crate::support::close(&app).await;
    aws.close().await;
}
