//! Images that were pushed some time ago, even though the test starts now.

use std::path::Path;

use chrono::{TimeDelta, Utc};
use longshore_names::RegistryId;
use longshore_sandbox::{Clock, PortChoice, Sandbox, SandboxOptions};

use crate::{
    person::{open, registry},
    pusher::{Pusher, client},
    skopeo::Skopeo,
};

/// Pushes tags of an OCI layout to a new repository in the sandbox of a data directory that no app
/// has open, as if that were `days` ago.
///
/// The sandbox's clock is set back only for the pushes. API requests are signed with the current
/// time and would be refused; registry tokens are valid until they expire.
pub async fn push_days_ago(
    data_directory: &Path,
    days: i64,
    (account, region, repository): (&str, &str, &str),
    layout: &Path,
    tags: &[&str],
) {
    let app = open(data_directory).await;
    let key = registry(account, region);
    Pusher::new(&app, &key).await.create(repository).await;
    let token = client(&app, &key).token().await.unwrap();
    app.close().await;
    drop(app);

    let mut options = SandboxOptions::new(data_directory.join("sandbox"));
    options.port = PortChoice::Any;
    options.clock = Clock::frozen(Utc::now() - TimeDelta::days(days));
    let sandbox = Sandbox::start(options).await.unwrap();
    let id = RegistryId::new(account.parse().unwrap(), region.parse().unwrap());
    let ready = sandbox.ready();
    let host = ready.registry_url(&id).unwrap().trim_start_matches("http://");
    let pushes: Vec<(String, String)> = tags
        .iter()
        .map(|tag| {
            let from = format!("oci:{}:{tag}", layout.display());
            (from, format!("docker://{host}/{repository}:{tag}"))
        })
        .collect();
    let (skopeo, host) = (Skopeo::new(data_directory), host.to_owned());
    // The sandbox is in this process and must keep answering.
    let pushed = tokio::task::spawn_blocking(move || {
        skopeo.login(&host, token.password());
        pushes.iter().for_each(|(from, to)| skopeo.copy(from, to));
    });
    pushed.await.unwrap();
    sandbox.shutdown().await;
}
