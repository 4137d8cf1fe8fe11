//! ministack, a third party's ECR with a data plane. It has neither registry policies nor replication.

use std::{fs, path::Path, sync::Arc};

use longshore_app::{
    App, AppOptions, MemoryStore,
    api::{AddAccount, Encryption, Environment, Mutability, PlanRequest, RegistryKey, Space},
};
use longshore_tests::{
    image,
    intercept::Interceptor,
    longshore::{Longshore, Said},
    ministack::{ACCOUNT, Ministack, REGION},
    person,
};

/// What its `repositoryUri` says, as AWS's own.
const REGISTRY: &str = "111122223333.dkr.ecr.us-west-2.amazonaws.com";

/// Creates a repository by a plan, as the window does.
async fn create(data: &Path, endpoint: &str, name: &str) {
    longshore_tests::tls();
    let mut options = AppOptions::new(data, Arc::new(MemoryStore::default()));
    options.aws_endpoint = Some(endpoint.parse().unwrap());
    let app = App::open(options).await.unwrap();
    let account = AddAccount {
        id: ACCOUNT.into(),
        name: "Mini".into(),
        environment: Environment::Dev,
        colour: None,
        regions: vec![REGION.into()],
        access_key_id: "AKIAEXAMPLE000000001".into(),
        secret_access_key: "any".into(),
        session_token: None,
        session_only: false,
    };
    app.add_account(account).await.unwrap();
    let registry =
        RegistryKey { space: Space::Aws, account: ACCOUNT.parse().unwrap(), region: REGION.parse().unwrap() };
    let request = PlanRequest::CreateRepository {
        registry,
        name: name.into(),
        mutability: Mutability { immutable: false, exclusions: Vec::new() },
        scan_on_push: true,
        encryption: Encryption::Aes256,
    };
    person::make(&app, request).await;
    app.close().await;
}

#[test]
fn a_custom_endpoint_of_others_is_connected_written_and_read() {
    let home = tempfile::tempdir().unwrap();
    let mini = Ministack::start(home.path());
    let endpoint = format!("http://{}", mini.host);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(create(&home.path().join("window"), &endpoint, "team/app"));

    let longshore = Longshore::new(home.path());
    fs::create_dir(home.path().join(".aws")).unwrap();
    let profile = format!(
        "[profile mini]\nregion = {REGION}\nendpoint_url = {endpoint}\naws_access_key_id = AKIAEXAMPLE000000001\naws_secret_access_key = any\n"
    );
    fs::write(home.path().join(".aws/config"), profile).unwrap();
    // Its registry has a name of AWS, which only a proxy can lead to it.
    let proxy = Interceptor::new(&home.path().join("proxy"), &[(REGISTRY, &mini.host)]);
    let say = |arguments: &[&str]| {
        let mut command = longshore.command(arguments);
        proxy.lead(&mut command).env("LONGSHORE_SECRETS", "memory");
        let said = Said::of(&command.output().unwrap());
        assert_eq!(said.code, Some(0), "{arguments:?}: {}{}", said.text, said.error);
        said.summary()
    };
    let added = say(&["account", "add", "--profile", "mini", "--name", "Mini", "--json"]);
    assert_eq!((&added["account"]["id"], &added["account"]["endpoint"]), (&ACCOUNT.into(), &endpoint.into()));

    let layout = home.path().join("image");
    let digest = image::simple(&layout);
    let there = format!("{REGISTRY}/team/app:1");
    let copied = say(&["copy", &format!("oci:{}:42", layout.display()), &there, "--json"]);
    assert_eq!((&copied["copied"], &copied["failed"]), (&1.into(), &0.into()), "{copied}");
    // Without its API, which calls every layer unavailable.
    let plain = format!("{}/team/app:1", mini.host);
    let verified = say(&["verify", &plain, "--deep", "--json"]);
    assert_eq!((&verified["images"], &verified["missing"]), (&1.into(), &0.into()), "{verified}");
    let back = home.path().join("back");
    let copied = say(&["copy", &plain, &format!("oci:{}:2", back.display()), "--json"]);
    assert_eq!(copied["copied"], 1, "{copied}");
    let blob = back.join("blobs/sha256").join(digest.trim_start_matches("sha256:"));
    assert!(blob.exists(), "the same manifest comes back");
}
