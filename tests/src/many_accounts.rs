//! 200 accounts with five Regions each, and a repository in every registry.

use std::path::Path;

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use futures::{StreamExt, stream};
use longshore_app::{
    App,
    api::{AddAccount, Environment},
};
use longshore_ecr::{EcrClient, EcrConfig, RepositorySettings};
use longshore_names::{AccountId, Region, RegistryId};
use longshore_sandbox::{PortChoice, ReadyCredential, Sandbox, SandboxOptions};

const ACCOUNTS: u64 = 200;
const REGIONS: [&str; 5] = ["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1"];
/// How many registries there are.
pub const REGISTRIES: u32 = 1_000;

/// A sandbox with all accounts and a repository in each Region; returns the accounts' keys.
pub async fn fill(state: &Path) -> Vec<ReadyCredential> {
    let mut options = SandboxOptions::new(state);
    options.port = PortChoice::Any;
    let sandbox = Sandbox::start(options).await.unwrap();
    let endpoint = sandbox.ready().control;
    let mut keys = Vec::new();
    for number in 0..ACCOUNTS {
        let account: AccountId = format!("{:012}", 700_000_000_000 + number).parse().unwrap();
        let regions: Vec<Region> = REGIONS.iter().map(|region| region.parse().unwrap()).collect();
        keys.push(sandbox.add_account(account, regions).await.unwrap());
    }
    let registries = keys.iter().flat_map(|key| REGIONS.iter().map(move |region| (key, *region)));
    stream::iter(registries)
        .for_each_concurrent(16, |(key, region)| {
            let credentials =
                Credentials::from_keys(key.access_key_id.clone(), key.secret_access_key.clone(), None);
            let client = EcrClient::new(EcrConfig {
                data_plane: None,
                network: Default::default(),
                hosts: Default::default(),
                registry: RegistryId::new(key.account.clone(), region.parse().unwrap()),
                credentials: SharedCredentialsProvider::new(credentials),
                endpoint: Some(endpoint.parse().unwrap()),
                sts_endpoint: Some(endpoint.parse().unwrap()),
            });
            let name = format!("team/of-{}", key.account).parse().unwrap();
            async move { drop(client.create_repository(&name, &RepositorySettings::default()).await.unwrap()) }
        })
        .await;
    sandbox.shutdown().await;
    keys
}

/// Connects an account by its key.
pub async fn connect(app: &App, key: &ReadyCredential) {
    let account = AddAccount {
        id: key.account.to_string(),
        name: format!("Team {}", key.account),
        environment: Environment::Dev,
        colour: None,
        regions: REGIONS.map(str::to_owned).to_vec(),
        access_key_id: key.access_key_id.clone(),
        secret_access_key: key.secret_access_key.clone(),
        session_token: None,
        session_only: false,
    };
    app.add_account(account).await.unwrap();
}
