//! Access keys of accounts: without a keychain, and replaced in place.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use longshore_app::{
    App, CommandChoice, MemoryStore, Secret, SecretStore,
    api::{
        Account, AccountKey, AddAccount, ApiError, ConnectAccount, CredentialSource, Environment, Keychain,
        RegistryKey, ReplaceKey, Scope, Side, Space,
    },
};
use tempfile::TempDir;

use crate::support::{
    DEV, PROD,
    keys::{Key, beside, role, user},
    options, ready, registry, until, with_sandbox,
};

const WEST: &str = "us-west-2";

/// A keychain that a person can lock, and that shows what is in it.
#[derive(Default)]
struct Lockable {
    store: MemoryStore,
    names: std::sync::Mutex<Vec<String>>,
    locked: AtomicBool,
}

impl Lockable {
    fn lock(&self, locked: bool) {
        self.locked.store(locked, Ordering::SeqCst);
    }

    /// The names of what is in it.
    fn names(&self) -> Vec<String> {
        self.names.lock().unwrap().clone()
    }

    fn asked(&self) -> Result<(), ApiError> {
        match self.locked.load(Ordering::SeqCst) {
            true => {
                Err(ApiError::new("keychain-locked", Side::ThisMachine, "It is locked.").hint("Unlock it."))
            }
            false => Ok(()),
        }
    }
}

#[async_trait]
impl SecretStore for Lockable {
    async fn get(&self, name: &str) -> Result<Option<Secret>, ApiError> {
        self.asked()?;
        self.store.get(name).await
    }

    async fn set(&self, name: &str, secret: Secret) -> Result<(), ApiError> {
        self.asked()?;
        self.names.lock().unwrap().push(name.to_owned());
        self.store.set(name, secret).await
    }

    async fn delete(&self, name: &str) -> Result<(), ApiError> {
        self.asked()?;
        self.names.lock().unwrap().retain(|known| known != name);
        self.store.delete(name).await
    }

    async fn state(&self) -> Keychain {
        match self.asked() {
            Ok(()) => Keychain::Available,
            Err(error) => Keychain::Locked { hint: error.hint.unwrap_or_default() },
        }
    }
}

fn added((access_key_id, secret_access_key, session_token): Key, session_only: bool) -> AddAccount {
    AddAccount {
        id: DEV.into(),
        name: "Dev".into(),
        environment: Environment::Dev,
        colour: None,
        regions: vec![WEST.into()],
        access_key_id,
        secret_access_key,
        session_token,
        session_only,
    }
}

fn replaced((access_key_id, secret_access_key, session_token): Key, session_only: bool) -> ReplaceKey {
    ReplaceKey { id: DEV.into(), access_key_id, secret_access_key, session_token, session_only }
}

async fn account(app: &App, id: &str) -> Account {
    let all = app.accounts().await.unwrap();
    all.into_iter().find(|known| known.space == Space::Aws && known.id == id).unwrap()
}

/// The error with which the registry of an account is read, if there is one.
async fn read(app: &App, id: &str) -> Option<ApiError> {
    let key = RegistryKey { space: Space::Aws, ..registry(id, WEST) };
    app.replication(key).await.err()
}

fn is_in_a_file(directory: &TempDir, secret: &str) -> bool {
    let mut folders = vec![directory.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() => {
                    let bytes = std::fs::read(entry.path()).unwrap();
                    if bytes.windows(secret.len()).any(|part| part == secret.as_bytes()) {
                        return true;
                    }
                }
                _ => {}
            }
        }
    }
    false
}

#[tokio::test]
async fn with_a_locked_keychain_a_key_is_kept_for_the_session_and_entered_again_in_the_next() {
    let (there, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = with_sandbox(&there).await;
    let keychain = Arc::new(Lockable::default());
    keychain.lock(true);
    let app = beside(&aws, &here, keychain.clone()).await;
    let error = app.add_account(added(user(&aws, DEV), false)).await.unwrap_err();
    assert_eq!(error.code, "keychain-locked");
    assert!(error.hint.unwrap().ends_with("for this session of Longshore only."));
    assert!(app.accounts().await.unwrap().is_empty(), "nothing is kept without being asked");

    let new = app.add_account(added(user(&aws, DEV), true)).await.unwrap();
    assert_eq!((&new.credentials, &new.problem), (&CredentialSource::Memory, &None));
    assert_eq!(read(&app, DEV).await, None);
    // Another process has no such key, and says so without making it a problem of this one.
    let mut beside_it = options(&here);
    beside_it.aws_endpoint = Some(ready(&aws).control.parse().unwrap());
    beside_it.secrets = keychain.clone();
    beside_it.command = Some(CommandChoice::default());
    let command = App::open(beside_it).await.unwrap();
    assert_eq!(read(&command, DEV).await.unwrap().code, "key-forgotten");
    let checked = command.check_account(AccountKey { space: Space::Aws, id: DEV.into() }).await.unwrap();
    assert_eq!(checked.problem.unwrap().code, "key-forgotten");
    command.close().await;
    assert_eq!(account(&app, DEV).await.problem, None);
    app.close().await;
    drop(app);
    assert!(!is_in_a_file(&here, &user(&aws, DEV).1), "a key of one session is in a file");

    let app = beside(&aws, &here, keychain.clone()).await;
    let problem = account(&app, DEV).await.problem.unwrap();
    assert_eq!(problem.code, "key-forgotten");
    assert!(problem.message.contains("Dev was kept for one session"), "{problem:?}");
    let again = app.replace_key(replaced(user(&aws, DEV), true)).await.unwrap();
    assert_eq!((again.credentials, again.problem), (CredentialSource::Memory, None));
    assert_eq!(account(&app, DEV).await.problem, None);
    assert_eq!(read(&app, DEV).await, None);
    assert_eq!(keychain.names(), [""; 0], "the keychain was not used");

    // Once it is unlocked, the key can be remembered.
    keychain.lock(false);
    let kept = app.replace_key(replaced(user(&aws, DEV), false)).await.unwrap();
    assert_eq!((kept.credentials, keychain.names().len()), (CredentialSource::Keychain, 1));
    app.close().await;
    drop(app);
    let app = beside(&aws, &here, keychain.clone()).await;
    assert_eq!(read(&app, DEV).await, None);
    app.close().await;
    aws.close().await;
}

#[tokio::test]
async fn a_key_is_replaced_only_by_a_key_of_the_same_account() {
    let (there, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = with_sandbox(&there).await;
    let keychain = Arc::new(Lockable::default());
    let app = beside(&aws, &here, keychain.clone()).await;
    app.add_account(added(user(&aws, DEV), false)).await.unwrap();
    let before = (account(&app, DEV).await, keychain.names());

    let error = app.replace_key(replaced(user(&aws, PROD), false)).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.field.as_deref()), ("identity-mismatch", Some("accessKeyId")));
    assert!(error.message.contains(PROD) && error.message.contains("Dev"), "{error:?}");
    let (id, _, _) = user(&aws, DEV);
    let error = app.replace_key(replaced((id, "wrong".into(), None), false)).await.unwrap_err();
    assert_eq!(error.code, "invalid-signature", "{error:?}");
    keychain.lock(true);
    let error = app.replace_key(replaced(role(&aws, DEV).await, false)).await.unwrap_err();
    assert_eq!(error.code, "keychain-locked");
    keychain.lock(false);
    assert_eq!((account(&app, DEV).await, keychain.names()), before, "nothing was changed");
    assert_eq!(read(&app, DEV).await, None);
    let unknown = ReplaceKey { id: PROD.into(), ..replaced(user(&aws, PROD), false) };
    assert_eq!(app.replace_key(unknown).await.unwrap_err().code, "account-unknown");

    let after = app.replace_key(replaced(role(&aws, DEV).await, false)).await.unwrap();
    assert!(after.principal.as_deref().unwrap().contains("role/other"), "{after:?}");
    assert_eq!(keychain.names().len(), 1, "the old key is deleted");
    assert_ne!(keychain.names(), before.1);
    assert_eq!(read(&app, DEV).await, None);

    // A key that a locked keychain does not delete is deleted when it is unlocked.
    keychain.lock(true);
    app.replace_key(replaced(user(&aws, DEV), true)).await.unwrap();
    assert_eq!(keychain.names().len(), 1);
    keychain.lock(false);
    app.remove_account(AccountKey { space: Space::Aws, id: DEV.into() }).await.unwrap();
    assert_eq!(keychain.names(), [""; 0]);
    app.close().await;
    aws.close().await;
}

#[tokio::test]
async fn accounts_that_are_reached_through_it_go_on_with_the_new_key() {
    let (there, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let aws = with_sandbox(&there).await;
    let app = beside(&aws, &here, Arc::new(Lockable::default())).await;
    app.add_account(added(user(&aws, DEV), true)).await.unwrap();
    let role = ConnectAccount {
        credentials: CredentialSource::Role {
            role_arn: format!("arn:aws:iam::{PROD}:role/release"),
            via: DEV.into(),
            external_id: None,
            session_name: None,
            mfa_serial: None,
            duration: None,
        },
        name: Some("Prod".into()),
        environment: Some(Environment::Staging),
        colour: None,
        regions: vec![WEST.into()],
    };
    app.connect_account(role).await.unwrap();
    assert_eq!(read(&app, PROD).await, None);
    app.close().await;
    drop(app);

    // The next session has no key, and both accounts say so.
    let app = beside(&aws, &here, Arc::new(Lockable::default())).await;
    for id in [DEV, PROD] {
        let problem = account(&app, id).await.problem.unwrap();
        assert_eq!(problem.code, "key-forgotten", "{id}");
        assert!(problem.message.contains("of Dev"), "{problem:?}");
        assert_eq!(read(&app, id).await.unwrap().code, "key-forgotten", "{id}");
    }
    let not_by_key = ReplaceKey { id: PROD.into(), ..replaced(user(&aws, PROD), true) };
    assert_eq!(app.replace_key(not_by_key).await.unwrap_err().code, "no-access-key");
    let mut events = app.subscribe();
    app.replace_key(replaced(user(&aws, DEV), true)).await.unwrap();
    let problems = || async {
        let (dev, prod) = (account(&app, DEV).await.problem, account(&app, PROD).await.problem);
        (dev.is_none() && prod.is_none()).then_some(())
    };
    until(&mut events, "both accounts without a problem", problems).await;
    assert_eq!((read(&app, DEV).await, read(&app, PROD).await), (None, None));
    let names: Vec<_> =
        app.overview(Scope { space: Some(Space::Aws), ..Default::default() }).await.unwrap().registries;
    assert_eq!(names.len(), 2);
    app.close().await;
    aws.close().await;
}
