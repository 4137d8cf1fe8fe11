//! From references to registries: which client reads or writes a place, and as whom.
//!
//! Nothing of the app is opened for a registry that is neither ECR's nor the sandbox's: no
//! database, no keychain. Values here may be used beside an open window.

mod ecr;
mod location;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use longshore_ecr::registry_of_host;
use longshore_registry::{HostOptions, HttpRegistry, Sink, Source, is_loopback};
use tokio::sync::{Mutex, OnceCell};
use url::Url;

pub use location::Location;

use crate::{
    accounts::Accounts,
    api::{ApiError, Side},
    secrets::SecretStore,
    transfer::note,
};

/// How places are opened.
pub struct EndpointOptions {
    /// Where the app keeps its accounts; `None` when the user has no home.
    pub data_directory: Option<PathBuf>,
    /// Where a sandbox on this machine says that it listens; by default in the data directory.
    pub sandbox_state: Option<PathBuf>,
    /// Where the accounts' keys are.
    pub secrets: Arc<dyn SecretStore>,
    /// The account that acts where the registry's owner is not connected, by id or by name.
    pub account: Option<String>,
    /// Hosts (`host[:port]`) that the person marked as insecure: plain HTTP.
    pub insecure_hosts: Vec<String>,
    /// Where AWS's API answers instead of its own addresses (as `AWS_ENDPOINT_URL`).
    pub aws_endpoint: Option<Url>,
}

impl EndpointOptions {
    /// Opens as the app of a data directory would.
    pub fn new(data_directory: Option<PathBuf>, secrets: Arc<dyn SecretStore>) -> Self {
        Self {
            data_directory,
            sandbox_state: None,
            secrets,
            account: None,
            insecure_hosts: Vec::new(),
            aws_endpoint: None,
        }
    }
}

/// Opens places and keeps what it opened: one host is one endpoint, with its connections, tokens
/// and pacing, however many references name it.
pub struct Endpoints {
    options: EndpointOptions,
    opened: Mutex<HashMap<String, Arc<dyn Sink>>>,
    accounts: OnceCell<Accounts>,
}

impl Endpoints {
    /// Opens nothing yet.
    pub fn new(options: EndpointOptions) -> Self {
        Self { options, opened: Mutex::default(), accounts: OnceCell::new() }
    }

    /// A place to read from.
    ///
    /// # Errors
    /// As for [`host`](Self::host).
    pub async fn source(&self, location: &Location) -> Result<Arc<dyn Source>, ApiError> {
        let sink: Arc<dyn Source> = self.sink(location).await?;
        Ok(sink)
    }

    /// A place to write to.
    ///
    /// # Errors
    /// As for [`host`](Self::host); an archive cannot be written.
    pub async fn sink(&self, location: &Location) -> Result<Arc<dyn Sink>, ApiError> {
        match location {
            Location::Registry(reference) => self.host(&reference.host).await,
            Location::Layout { .. } | Location::Archive { .. } => {
                Err(ApiError::new("unsupported", Side::Input, format!("`{location}` cannot be used here.")))
            }
        }
    }

    /// The registry on a host, `host[:port]`.
    ///
    /// # Errors
    /// `account-needed` when nobody is known who could act at an ECR registry, with the candidates;
    /// `account-unknown`; what the database, the keychain and ECR say; `protocol` when the host may
    /// not be spoken to in plain HTTP.
    pub async fn host(&self, host: &str) -> Result<Arc<dyn Sink>, ApiError> {
        let mut opened = self.opened.lock().await;
        if let Some(sink) = opened.get(host) {
            return Ok(sink.clone());
        }
        let sink = self.open(host).await?;
        opened.insert(host.to_owned(), sink.clone());
        Ok(sink)
    }

    /// A registry by the name that plans and runs use for it.
    ///
    /// # Errors
    /// As for [`host`](Self::host).
    pub async fn named(&self, name: &str) -> Result<Arc<dyn Sink>, ApiError> {
        self.host(name).await
    }

    /// As [`named`](Self::named), for one that is only read.
    ///
    /// # Errors
    /// As for [`host`](Self::host).
    pub async fn named_source(&self, name: &str) -> Result<Arc<dyn Source>, ApiError> {
        let sink: Arc<dyn Source> = self.named(name).await?;
        Ok(sink)
    }

    /// What a journal keeps of how registries are opened here; no secret.
    pub(crate) fn note(&self) -> Option<String> {
        note(&self.options)
    }

    async fn open(&self, host: &str) -> Result<Arc<dyn Sink>, ApiError> {
        if let Some(registry) = registry_of_host(host) {
            return self.ecr(registry).await;
        }
        if is_loopback(host)
            && let Some(sandbox) = self.sandbox(host).await?
        {
            return Ok(sandbox);
        }
        let insecure = self.options.insecure_hosts.iter().any(|known| known.eq_ignore_ascii_case(host));
        let options = HostOptions { insecure, ..HostOptions::default() };
        Ok(Arc::new(HttpRegistry::connect(host, options)?))
    }

    fn sandbox_state(&self) -> Option<PathBuf> {
        let in_data = || self.options.data_directory.as_deref().map(|data| data.join("sandbox"));
        self.options.sandbox_state.clone().or_else(in_data)
    }

    fn data_directory(&self) -> Result<&Path, ApiError> {
        self.options.data_directory.as_deref().ok_or_else(|| {
            ApiError::new("no-home", Side::ThisMachine, "There is no home folder, so no accounts are known.")
                .hint("Set LONGSHORE_DATA_DIR to the app's data directory.")
        })
    }
}
