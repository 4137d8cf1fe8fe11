//! How the app reaches the network: what the environment says, and what a person set besides.

use std::path::{Path, PathBuf};

use longshore_registry::{Network, ProxyRules};

use crate::{
    App,
    api::{ApiError, NetworkSettings, NetworkView},
    db::Db,
    settings,
};

/// The name of the setting.
const NETWORK: &str = "network";

/// What a person set when the app was opened, and what the environment says.
#[derive(Debug)]
pub(crate) struct AtStart {
    settings: NetworkSettings,
    proxy_of_environment: bool,
}

/// Adds what a person set to what the environment says. A proxy of the environment is used instead of the
/// one that was set. A setting that cannot be used any more is left out, so that the app still opens.
pub(crate) async fn at_start(db: &Db, environment: Network) -> Result<(Network, AtStart), ApiError> {
    let settings: NetworkSettings = settings::get(db, NETWORK).await?.unwrap_or_default();
    let proxy_of_environment = !environment.proxy.is_empty();
    let mut network = environment;
    network
        .ca_files
        .extend(settings.ca_file.as_deref().filter(|path| Path::new(path).exists()).map(PathBuf::from));
    if !proxy_of_environment {
        match proxy(&settings) {
            Ok(Some(rules)) => network.proxy = rules,
            Ok(None) => {}
            Err(error) => tracing::warn!(code = error.code, "the proxy that was set is not used"),
        }
    }
    Ok((network, AtStart { settings, proxy_of_environment }))
}

/// The environment's network with the settings of the app of this data directory, for a command that does
/// not open the app. Only the environment's, if the app was never used or its database cannot be read: what
/// needs the database reports that.
pub async fn network_of(directory: PathBuf, environment: Network) -> Network {
    let open = tokio::task::spawn_blocking(move || Db::open_to_read(&directory));
    let Ok(Ok(Some(db))) = open.await else { return environment };
    match at_start(&db, environment.clone()).await {
        Ok((network, _)) => network,
        Err(_) => environment,
    }
}

impl App {
    /// How this app reaches AWS and registries.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// How the app reaches the network.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn network_settings(&self) -> Result<NetworkView, ApiError> {
        let settings: NetworkSettings = settings::get(&self.db, NETWORK).await?.unwrap_or_default();
        Ok(NetworkView {
            restart: settings != self.network_at_start.settings,
            proxy_of_environment: self.network_at_start.proxy_of_environment,
            settings,
        })
    }

    /// Changes how the app reaches the network, from its next start on.
    ///
    /// # Errors
    /// At the field: a file without certificates, a proxy that is no address or that has a password, which
    /// belongs into the environment. When the database cannot be written.
    pub async fn set_network_settings(&self, given: NetworkSettings) -> Result<NetworkView, ApiError> {
        let text =
            |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let settings = NetworkSettings {
            ca_file: text(given.ca_file),
            proxy: text(given.proxy),
            no_proxy: text(given.no_proxy),
        };
        proxy(&settings)?;
        if let Some(file) = &settings.ca_file {
            if !Path::new(file).is_absolute() {
                let text = format!("`{file}` does not say in which directory the file is.");
                return Err(ApiError::input("ca-file", "caFile", text));
            }
            let alone = Network { ca_files: vec![file.into()], ..Network::default() };
            let checked = tokio::task::spawn_blocking(move || alone.client("this computer").map(drop)).await;
            let checked =
                checked.map_err(|_| ApiError::internal("The check of a file ended without a result."))?;
            checked.map_err(|error| ApiError::input("ca-file", "caFile", ApiError::from(error).message))?;
        }
        settings::set(&self.db, NETWORK, &settings).await?;
        self.network_settings().await
    }
}

/// The proxy that was set.
fn proxy(settings: &NetworkSettings) -> Result<Option<ProxyRules>, ApiError> {
    let Some(proxy) = &settings.proxy else { return Ok(None) };
    // A password would be stored in the database.
    if proxy.rsplit_once('@').is_some() {
        let text = "The address of the proxy has a user name or a password.";
        return Err(ApiError::input("proxy-password", "proxy", text));
    }
    let rules = ProxyRules::one(proxy, settings.no_proxy.as_deref().unwrap_or_default());
    rules.map(Some).map_err(|error| ApiError::from(error).at("proxy"))
}
