//! From references to registries: which client reads or writes a place.
//!
//! For a registry outside ECR and the sandbox, nothing of the app is opened: no database and no
//! keychain. These values may be used while a window is open.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use longshore_ecr::{RepositorySettings, registry_of_host};
use longshore_registry::{
    ArchiveForm, CredentialProvider, Credentials, DockerArchive, DockerConfig, HostOptions, HttpRegistry,
    Network, OciLayout, Sink, Source,
};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, OnceCell};
use url::Url;

use super::{Location, Sessions, TlsChoices};
use crate::{
    accounts::{Accounts, StoredAccount},
    api::{ApiError, Side, Space},
    secrets::SecretStore,
};

/// How places are opened.
pub struct EndpointOptions {
    /// Where the app stores its accounts; `None` when the user has no home.
    pub data_directory: Option<PathBuf>,
    /// Where a sandbox on this machine publishes its address; by default in the data directory.
    pub sandbox_state: Option<PathBuf>,
    /// Where the accounts' keys are.
    pub secrets: Arc<dyn SecretStore>,
    /// The account to use if the registry's owner is not connected, by id or by name;
    /// [`ENVIRONMENT`] for the credentials of this process's environment.
    pub account: Option<String>,
    /// Hosts (`host[:port]`) that the person marked as insecure: plain HTTP.
    pub insecure_hosts: Vec<String>,
    /// Certificates, and hosts of this machine that speak TLS.
    pub tls: TlsChoices,
    /// Where AWS's API answers instead of its own addresses (as `AWS_ENDPOINT_URL`).
    pub aws_endpoint: Option<Url>,
    /// The space to which names of ECR registries refer: a name in the sandbox's space never means
    /// AWS.
    pub space: Option<Space>,
    /// Registries outside ECR that have credentials or settings of their own.
    pub others: Vec<KnownHost>,
    /// Registries of ECR that answer under other names, as they were found earlier.
    pub(crate) aliases: Vec<Alias>,
    /// The part of ECR's rates that this process takes: of N machines that write to one registry,
    /// each takes 1/N. `None` takes all of it.
    pub rate_share: Option<f64>,
    /// Certificates and proxies.
    pub network: Network,
    /// Sessions that were acquired.
    pub(crate) sessions: Arc<Sessions>,
}

impl EndpointOptions {
    /// Opens places as the app of a data directory would.
    pub fn new(data_directory: Option<PathBuf>, secrets: Arc<dyn SecretStore>) -> Self {
        Self {
            data_directory,
            sandbox_state: None,
            secrets,
            account: None,
            insecure_hosts: Vec::new(),
            tls: TlsChoices::default(),
            aws_endpoint: None,
            space: None,
            others: Vec::new(),
            aliases: Vec::new(),
            rate_share: None,
            network: Network::default(),
            sessions: Arc::default(),
        }
    }
}

/// A registry of ECR at a custom endpoint, whose data plane has another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Alias {
    /// `host[:port]` of the data plane.
    pub(crate) host: String,
    /// The registry's own host name.
    pub(crate) registry: String,
}

/// What the app knows about a registry outside ECR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownHost {
    /// `host` or `host:port`.
    pub host: String,
    /// The user name, when it has credentials of its own.
    pub user: Option<String>,
    /// The name under which its password is stored.
    pub secret: Option<String>,
    /// Plain HTTP.
    pub insecure: bool,
}

/// Opens places and caches them: one host is one endpoint, with its connections, tokens and pacing,
/// however many references name it.
pub struct Endpoints {
    pub(super) options: EndpointOptions,
    opened: Mutex<Vec<Opened>>,
    archives: Mutex<HashMap<String, Arc<DockerArchive>>>,
    pub(super) accounts: OnceCell<Vec<StoredAccount>>,
}

/// The treatment of repositories that an ECR registry does not have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRepositories {
    /// The settings with which they are created.
    pub settings: RepositorySettings,
    /// Whether ECR's creation template for pushes creates them instead.
    pub by_push: bool,
}

struct Opened {
    name: String,
    new: NewRepositories,
    sink: Arc<dyn Sink>,
}

impl Endpoints {
    /// Opens nothing yet.
    pub fn new(options: EndpointOptions) -> Self {
        Self { options, opened: Mutex::default(), archives: Mutex::default(), accounts: OnceCell::new() }
    }

    /// As [`new`](Self::new), with accounts that are already open.
    pub(crate) fn with_accounts(options: EndpointOptions, accounts: &Accounts) -> Self {
        Self { accounts: OnceCell::new_with(Some(accounts.all().to_vec())), ..Self::new(options) }
    }

    /// A place to read from.
    ///
    /// # Errors
    /// As for [`named`](Self::named); when there is no such directory or archive.
    pub async fn source(&self, location: &Location) -> Result<Arc<dyn Source>, ApiError> {
        match location {
            Location::Registry(reference) => {
                let registry: Arc<dyn Source> = self.named(&reference.host).await?;
                Ok(registry)
            }
            Location::Layout { directory, .. } => Ok(Arc::new(OciLayout::open(directory)?)),
            Location::Archive { form, file, .. } => {
                let archive: Arc<dyn Source> = self.archive(*form, file).await?;
                Ok(archive)
            }
        }
    }

    /// A place to write to.
    ///
    /// # Errors
    /// As for [`named`](Self::named); an archive cannot be written.
    pub async fn sink(&self, location: &Location) -> Result<Arc<dyn Sink>, ApiError> {
        match location {
            Location::Registry(reference) => self.named(&reference.host).await,
            Location::Layout { directory, .. } => Ok(Arc::new(OciLayout::create(directory)?)),
            Location::Archive { .. } => {
                Err(ApiError::input("destination", "destination", "An archive can only be read.")
                    .hint("Write to a directory instead: oci:DIR."))
            }
        }
    }

    /// An archive, or standard input. It is indexed once.
    ///
    /// # Errors
    /// When it cannot be read or contains no images.
    pub async fn archive(&self, form: ArchiveForm, file: &Path) -> Result<Arc<DockerArchive>, ApiError> {
        let name = format!("{form}:{}", file.display());
        let mut archives = self.archives.lock().await;
        if let Some(archive) = archives.get(&name) {
            return Ok(archive.clone());
        }
        let archive = Arc::new(DockerArchive::open_as(form, file).await?);
        archives.insert(name, archive.clone());
        Ok(archive)
    }

    /// A registry by the name that plans and runs use for it: `host[:port]` or `oci:DIR`.
    ///
    /// # Errors
    /// `account-needed` when no account can act at an ECR registry, with the candidates;
    /// `account-unknown`; what the database, the keychain and ECR say; `protocol` when the host may
    /// not be spoken to in plain HTTP; `local` for a directory that is no layout.
    pub async fn named(&self, name: &str) -> Result<Arc<dyn Sink>, ApiError> {
        self.creating(name, &NewRepositories::default()).await
    }

    /// As [`named`](Self::named), with the treatment of repositories that ECR does not have.
    ///
    /// # Errors
    /// As for [`named`](Self::named).
    pub async fn creating(&self, name: &str, new: &NewRepositories) -> Result<Arc<dyn Sink>, ApiError> {
        if let Some(directory) = name.strip_prefix("oci:") {
            return Ok(Arc::new(OciLayout::create(Path::new(directory))?));
        }
        let mut opened = self.opened.lock().await;
        if let Some(known) = opened.iter().find(|known| known.name == name && known.new == *new) {
            return Ok(known.sink.clone());
        }
        let sink = self.open(name, new).await?;
        opened.push(Opened { name: name.to_owned(), new: new.clone(), sink: sink.clone() });
        Ok(sink)
    }

    /// As [`named`](Self::named), for a place that is only read.
    ///
    /// # Errors
    /// As for [`source`](Self::source).
    pub async fn named_source(&self, name: &str) -> Result<Arc<dyn Source>, ApiError> {
        if let Some(directory) = name.strip_prefix("oci:") {
            return Ok(Arc::new(OciLayout::open(Path::new(directory))?));
        }
        for form in [ArchiveForm::Docker, ArchiveForm::Oci] {
            let Some(file) = name.strip_prefix(&format!("{form}:")) else { continue };
            if file == "-" {
                let text = "The images came from standard input, which has ended.";
                return Err(ApiError::new("source-missing", Side::Input, text)
                    .hint("Copy again with the same archive; images already there are not copied again."));
            }
            let archive: Arc<dyn Source> = self.archive(form, Path::new(file)).await?;
            return Ok(archive);
        }
        let sink: Arc<dyn Source> = self.named(name).await?;
        Ok(sink)
    }

    /// Remarks of the opened registries that are worth reporting and are not errors.
    pub async fn remarks(&self) -> Vec<String> {
        self.opened.lock().await.iter().flat_map(|opened| opened.sink.remarks()).collect()
    }

    /// The options with which registries are opened.
    pub(crate) fn options(&self) -> &EndpointOptions {
        &self.options
    }

    /// The registries of ECR that were opened, or are known, under other names.
    pub(crate) async fn aliases(&self) -> Vec<Alias> {
        let mut found = self.options.aliases.clone();
        // The sandbox tells by itself which registry a port stands for.
        if self.options.space == Some(Space::Sandbox) {
            return found;
        }
        for Opened { name, sink, .. } in self.opened.lock().await.iter() {
            let alias = Alias { host: sink.name().to_owned(), registry: name.clone() };
            if registry_of_host(name).is_some() && alias.host != alias.registry && !found.contains(&alias) {
                found.push(alias);
            }
        }
        found
    }

    async fn open(&self, host: &str, new: &NewRepositories) -> Result<Arc<dyn Sink>, ApiError> {
        let alias = self.options.aliases.iter().find(|alias| alias.host == host);
        let host = alias.map_or(host, |alias| &alias.registry);
        if let Some(origin) = self.origin(host).await? {
            return self.ecr(&origin, new).await;
        }
        let known = self.options.others.iter().find(|known| known.host.eq_ignore_ascii_case(host));
        let insecure = known.is_some_and(|known| known.insecure)
            || self.options.insecure_hosts.iter().any(|known| known.eq_ignore_ascii_case(host));
        let credentials: Arc<dyn CredentialProvider> = match self.credentials(known).await? {
            Some(credentials) => Arc::new(credentials),
            None => DockerConfig::from_environment().for_host(host),
        };
        let tls = self.options.tls.of(host);
        let options = HostOptions {
            insecure,
            credentials,
            tls,
            network: self.options.network.clone(),
            ..HostOptions::default()
        };
        Ok(Arc::new(HttpRegistry::connect(host, options)?))
    }

    /// The credentials that the app stores for a registry, if any.
    async fn credentials(&self, known: Option<&KnownHost>) -> Result<Option<Credentials>, ApiError> {
        let Some(KnownHost { host, user: Some(user), secret: Some(secret), .. }) = known else {
            return Ok(None);
        };
        let password = self.options.secrets.get(secret).await?.ok_or_else(|| {
            let text = format!("The keychain has no password for {host}.");
            ApiError::new("password-missing", Side::ThisMachine, text)
        })?;
        Ok(Some(Credentials::Basic { user: user.clone(), password }))
    }

    pub(super) fn sandbox_state(&self) -> Option<PathBuf> {
        let in_data = || self.options.data_directory.as_deref().map(|data| data.join("sandbox"));
        self.options.sandbox_state.clone().or_else(in_data)
    }

    pub(super) fn data_directory(&self) -> Result<&Path, ApiError> {
        self.options.data_directory.as_deref().ok_or_else(|| {
            ApiError::new("no-home", Side::ThisMachine, "There is no home folder, so no accounts are known.")
        })
    }
}
