//! A sandbox that plays AWS, and an app that is connected to it by an access key.

use std::sync::Arc;

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use longshore_app::{
    App,
    api::{AddAccount, Environment},
};
use longshore_ecr::{EcrClient, EcrConfig};
use longshore_names::RegistryId;
use longshore_sandbox::{PortChoice, Sandbox, SandboxOptions, Switches};
use tempfile::TempDir;

use super::options;

pub(crate) struct PlayedAws {
    pub(crate) sandbox: Sandbox,
    pub(crate) app: Arc<App>,
    _directory: TempDir,
}

impl PlayedAws {
    /// With one account and one Region of it, us-west-2.
    pub(crate) async fn start(
        switches: Switches,
        account: &str,
        name: &str,
        environment: Environment,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut sandbox = SandboxOptions::new(directory.path().join("aws"));
        sandbox.port = PortChoice::Any;
        sandbox.switches = switches;
        let sandbox = Sandbox::start(sandbox).await.unwrap();
        let mut options = options(&directory);
        options.aws_endpoint = Some(sandbox.ready().control.parse().unwrap());
        options.ledger = None;
        let app = App::open(options).await.unwrap();
        let keys = keys_of(&sandbox, account);
        let account = AddAccount {
            id: account.into(),
            name: name.into(),
            environment,
            colour: None,
            regions: vec!["us-west-2".into()],
            access_key_id: keys.access_key_id().into(),
            secret_access_key: keys.secret_access_key().into(),
            session_token: None,
            session_only: false,
        };
        app.add_account(account).await.unwrap();
        Self { sandbox, app, _directory: directory }
    }

    pub(crate) async fn close(self) {
        self.app.close().await;
        self.sandbox.shutdown().await;
    }
}

/// A client of a registry, with these keys.
pub(crate) fn client(sandbox: &Sandbox, registry: &RegistryId, keys: Credentials) -> EcrClient {
    let ready = sandbox.ready();
    let control: Option<url::Url> = Some(ready.control.parse().unwrap());
    EcrClient::new(EcrConfig {
        registry: registry.clone(),
        credentials: SharedCredentialsProvider::new(keys),
        endpoint: control.clone(),
        sts_endpoint: control,
        data_plane: ready.registry_url(registry).map(|url| url.parse().unwrap()),
        network: Default::default(),
        hosts: Default::default(),
    })
}

/// The first key of an account.
pub(crate) fn keys_of(sandbox: &Sandbox, account: &str) -> Credentials {
    let keys = sandbox.ready().credentials;
    let keys = keys.into_iter().find(|known| known.account.as_str() == account).unwrap();
    Credentials::from_keys(keys.access_key_id, keys.secret_access_key, None)
}
