//! One host: its connections, who we are there, how fast we may send requests, what it can do.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use longshore_names::RepositoryName;
use serde::Serialize;
use url::Url;

use crate::{
    Backoff, CredentialProvider, Credentials, Error, LeastRate, Network, Profile, RegistryErrorKind,
    TlsOptions,
    auth::authorize::Authenticator,
    auth::token::RealmRules,
    client::profile::Learnt,
    client::rest::Rest,
    model::reference::{HUB_REGISTRY, hub_name, is_hub, is_loopback},
    net::clients::Clients,
    net::pacer::Pacer,
    net::tls::Trust,
    requests::mount::Sessions,
    requests::referrers::Linking,
};

/// Remarks that are kept, one for each list at most.
const MOST_REMARKS: usize = 100;

/// How a host is reached.
#[derive(Clone)]
pub struct HostOptions {
    /// Who we are there.
    pub credentials: Arc<dyn CredentialProvider>,
    /// The user marked the host as insecure: plain HTTP. Loopback hosts speak plain HTTP too
    /// unless `address` or `tls` says otherwise.
    pub insecure: bool,
    /// Certificates, and whether a loopback host speaks TLS.
    pub tls: TlsOptions,
    /// The host's address when its name does not give it, such as a sandbox's listener.
    pub address: Option<Url>,
    /// Proxies, and certificates for every host.
    pub network: Network,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for a response to begin, and between two bytes of it.
    pub stall_timeout: Duration,
    /// The lowest rate at which a connection must deliver.
    pub least_rate: LeastRate,
    /// How long a registry may take to store a blob after its last byte: two minutes, more for a
    /// large blob, and never longer than this.
    pub commit_timeout: Duration,
    /// Tries and waits for requests that are safe to repeat.
    pub backoff: Backoff,
}

impl Default for HostOptions {
    fn default() -> Self {
        Self {
            credentials: Arc::new(Credentials::Anonymous),
            insecure: false,
            tls: TlsOptions::default(),
            address: None,
            network: Network::default(),
            connect_timeout: Duration::from_secs(15),
            stall_timeout: Duration::from_secs(60),
            least_rate: LeastRate::default(),
            commit_timeout: Duration::from_secs(600),
            backoff: Backoff::default(),
        }
    }
}

/// What moved between us and a host since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// HTTP requests, redirects and token servers included.
    pub requests: u64,
    /// Bytes of blobs and manifests sent.
    pub bytes_up: u64,
    /// Bytes of blobs and manifests received.
    pub bytes_down: u64,
}

/// How many requests may be under way at once to a host, from 1 to 64 and starting at 16: fewer
/// after a 429, a 503 or a broken connection, more on success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Requests that read, until their response begins.
    pub reads: usize,
    /// Uploads and mounts of blobs.
    pub uploads: usize,
    /// Manifests that are put.
    pub manifests: usize,
}

#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) requests: AtomicU64,
    pub(crate) bytes_up: AtomicU64,
    pub(crate) bytes_down: AtomicU64,
}

/// Owns everything that belongs to one host and one principal; cheap to share.
pub struct Host {
    pub(crate) name: String,
    pub(crate) base: Url,
    pub(crate) clients: Clients,
    pub(crate) auth: Authenticator,
    pub(crate) reads: Pacer,
    pub(crate) uploads: Pacer,
    pub(crate) manifests: Pacer,
    pub(crate) rest: Rest,
    pub(crate) learnt: Learnt,
    pub(crate) linking: Linking,
    pub(crate) sessions: Sessions,
    pub(crate) counters: Counters,
    remarks: Mutex<BTreeSet<String>>,
    pub(crate) options: HostOptions,
}

impl Host {
    /// A host by its name, `host` or `host:port`.
    ///
    /// The process should install rustls' aws-lc-rs provider in `main`
    /// (`rustls::crypto::aws_lc_rs::default_provider().install_default()`), so that one provider
    /// serves every TLS connection.
    ///
    /// # Errors
    /// When the name is not a host, or TLS cannot be set up on this machine.
    pub fn new(name: &str, options: HostOptions) -> Result<Arc<Self>, Error> {
        let wrong = |message: String| RegistryErrorKind::Protocol { message }.at(name.to_owned());
        let mut tls = options.tls.clone();
        tls.ca_files.extend(options.network.ca_files.iter().cloned());
        let trust = Trust::load(name, name, &tls)?;
        let base = match &options.address {
            Some(address) => address.clone(),
            None => {
                // Options about its certificate imply that it has one.
                let encrypted = options.tls.on_loopback || trust.skip_verify || trust.has_directory;
                let plain = options.insecure || (is_loopback(name) && !encrypted);
                // Docker Hub's registry does not answer under the name that references use.
                let host = if is_hub(name) { HUB_REGISTRY } else { name };
                let address = format!("{}://{host}/", if plain { "http" } else { "https" });
                Url::parse(&address).map_err(|e| wrong(format!("`{name}` is not a host: {e}")))?
            }
        };
        let loopback = base.host_str().is_some_and(is_loopback);
        let encrypted = base.scheme() == "https";
        if !encrypted && !(base.scheme() == "http" && (loopback || options.insecure)) {
            return Err(wrong("plain HTTP is for this machine or for hosts marked insecure".into()));
        }
        let clients = Clients::new(name, &base, &trust, &options)?;
        let rules = RealmRules { loopback, insecure: options.insecure };
        Ok(Arc::new(Self {
            name: name.to_owned(),
            auth: Authenticator::new(name.to_owned(), options.credentials.clone(), rules),
            base,
            clients,
            reads: Pacer::new(),
            uploads: Pacer::new(),
            manifests: Pacer::new(),
            rest: Rest::new(),
            linking: Linking::default(),
            sessions: Sessions::default(),
            learnt: Learnt::default(),
            counters: Counters::default(),
            remarks: Mutex::default(),
            options,
        }))
    }

    /// The name it was made with: its identity.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Records a note that is worth reporting but is not an error.
    pub(crate) fn remark(&self, text: String) {
        let mut remarks = self.remarks.lock().unwrap_or_else(PoisonError::into_inner);
        if remarks.len() < MOST_REMARKS {
            remarks.insert(text);
        }
    }

    /// Notes so far that are worth reporting but are not errors: names that were left out.
    pub fn remarks(&self) -> Vec<String> {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// What moved so far.
    pub fn stats(&self) -> Stats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            requests: read(&self.counters.requests),
            bytes_up: read(&self.counters.bytes_up),
            bytes_down: read(&self.counters.bytes_down),
        }
    }

    /// What the registry was seen to be able to do.
    pub fn profile(&self) -> Profile {
        self.learnt.profile()
    }

    /// How many requests of each kind may be under way at once now.
    pub fn limits(&self) -> Limits {
        Limits { reads: self.reads.limit(), uploads: self.uploads.limit(), manifests: self.manifests.limit() }
    }

    /// An address under `/v2/` of a repository; names have no character that needs escaping.
    pub(crate) fn url(&self, repository: &RepositoryName, rest: &str) -> Url {
        let repository = self.repository(repository);
        let mut url = self.base.clone();
        url.set_path(&format!("{}/v2/{repository}/{rest}", self.base.path().trim_end_matches('/')));
        url
    }

    /// A repository by the name that the host itself uses: rules may name docker's official images
    /// without `library/`.
    pub(crate) fn repository<'a>(&self, name: &'a RepositoryName) -> Cow<'a, RepositoryName> {
        if is_hub(&self.name) { Cow::Owned(hub_name(name)) } else { Cow::Borrowed(name) }
    }

    /// A token's scope for reading a repository.
    pub(crate) fn pull_scope(&self, repository: &RepositoryName) -> String {
        self.scope(repository, "pull")
    }

    /// A token's scope for writing to a repository.
    pub(crate) fn push_scope(&self, repository: &RepositoryName) -> String {
        self.scope(repository, "pull,push")
    }

    /// A token's scope for these actions.
    pub(crate) fn scope(&self, repository: &RepositoryName, actions: &str) -> String {
        format!("repository:{}:{actions}", self.repository(repository))
    }

    pub(crate) fn counted(&self, counter: &AtomicU64, more: u64) {
        counter.fetch_add(more, Ordering::Relaxed);
    }
}
