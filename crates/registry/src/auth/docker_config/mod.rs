//! Credentials that other container tools store: docker's configuration, podman's and skopeo's, and
//! their credential helpers.

mod file;
mod helper;

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;

use crate::{
    CredentialProvider, Credentials, Error, Issued,
    auth::docker_config::{file::Config, helper::Answer},
    local::blocking,
    model::reference::is_hub,
};

/// The key under which docker stores its own hub.
const HUB: &str = "https://index.docker.io/v1/";

/// Where credentials are looked up. Nothing is read before it is needed, and everything is read
/// again each time, so a login during a run takes effect.
///
/// The first file that knows a host decides: first its helper for that host, then its general
/// store, then the file itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerConfig {
    files: Vec<PathBuf>,
    helpers_in: Option<OsString>,
}

impl DockerConfig {
    /// The files of this user, in this order: `REGISTRY_AUTH_FILE`, `config.json` in
    /// `DOCKER_CONFIG`, `containers/auth.json` in `XDG_RUNTIME_DIR`, then in the configuration
    /// directory, and `.docker/config.json` in the home directory. Missing files are ignored.
    pub fn from_environment() -> Self {
        let variable = |name: &str| env::var_os(name).filter(|text| !text.is_empty()).map(PathBuf::from);
        let home = env::home_dir().filter(|home| !home.as_os_str().is_empty());
        let config = variable("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
        let docker = variable("DOCKER_CONFIG");
        let files = [
            variable("REGISTRY_AUTH_FILE"),
            docker.as_ref().map(|folder| folder.join("config.json")),
            variable("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")),
            config.map(|folder| folder.join("containers/auth.json")),
            // As in docker, its variable replaces the home directory.
            home.filter(|_| docker.is_none()).map(|home| home.join(".docker/config.json")),
        ];
        Self::with_files(files.into_iter().flatten())
    }

    /// These files, in this order.
    pub fn with_files(files: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { files: files.into_iter().collect(), helpers_in: None }
    }

    /// Looks for helpers in these directories, written as in `PATH`, instead of in `PATH`.
    pub fn with_helpers_in(mut self, path: impl Into<OsString>) -> Self {
        self.helpers_in = Some(path.into());
        self
    }

    /// The credentials for `host` or `host:port`, as a provider for
    /// [`HostOptions`](crate::HostOptions). Requests to a host without credentials are anonymous.
    pub fn for_host(&self, host: &str) -> Arc<dyn CredentialProvider> {
        Arc::new(HostLogin { config: self.clone(), host: host.to_ascii_lowercase() })
    }

    /// The credentials that the files and helpers have for a host.
    ///
    /// # Errors
    /// [`crate::RegistryErrorKind::Local`] when a file cannot be understood or a helper fails; the text holds no
    /// secret.
    pub async fn credentials(&self, host: &str) -> Result<Credentials, Error> {
        self.in_scope(host, "").await
    }

    /// The credentials for the part of a host that a key such as `host/team` names, or for the host
    /// itself when the scope is empty or no key names it.
    async fn in_scope(&self, host: &str, scope: &str) -> Result<Credentials, Error> {
        for path in &self.files {
            let Some(config) = read(host, path).await? else { continue };
            if !scope.is_empty()
                && let Some(credentials) = config.entry_in(host, scope)?
            {
                return Ok(credentials);
            }
            if let Some(credentials) = self.of_file(&config, host).await? {
                return Ok(credentials);
            }
        }
        Ok(Credentials::Anonymous)
    }

    async fn of_file(&self, config: &Config, host: &str) -> Result<Option<Credentials>, Error> {
        let mut missing = None;
        for helper in config.helpers(host).into_iter().flatten() {
            match helper::get(host, helper, server(host), self.helpers_in.as_deref()).await? {
                Answer::Found(credentials) => return Ok(Some(credentials)),
                Answer::NotFound => {}
                Answer::NoProgram(program) => missing = Some((helper.to_owned(), program)),
            }
        }
        match (config.entry(host)?, missing) {
            (Some(credentials), _) => Ok(Some(credentials)),
            (None, None) => Ok(None),
            (None, Some((helper, program))) => Err(config.without_program(host, &helper, &program)),
        }
    }

    /// The parts of a host that have keys of their own, such as `team` in `host/team`.
    async fn scopes(&self, host: &str) -> Result<Vec<String>, Error> {
        let mut scopes = Vec::new();
        for path in &self.files {
            scopes.extend(read(host, path).await?.into_iter().flat_map(|config| config.scopes(host)));
        }
        Ok(scopes)
    }
}

async fn read(host: &str, path: &Path) -> Result<Option<Config>, Error> {
    let (file, registry) = (path.to_owned(), host.to_owned());
    blocking(host, move || Config::read(&registry, &file)).await
}

/// The name under which a helper stores a host.
fn server(host: &str) -> &str {
    if is_hub(host) { HUB } else { host }
}

struct HostLogin {
    config: DockerConfig,
    host: String,
}

#[async_trait]
impl CredentialProvider for HostLogin {
    /// Another login, or a helper's next password, may be better than one that was refused.
    async fn credentials(&self, _force: bool) -> Result<Issued, Error> {
        let credentials = self.config.credentials(&self.host).await?;
        let refreshable = !matches!(credentials, Credentials::Anonymous);
        Ok(Issued { credentials, valid_for: None, refreshable })
    }
    async fn scopes(&self) -> Result<Vec<String>, Error> {
        self.config.scopes(&self.host).await
    }

    async fn credentials_in(&self, scope: &str, _force: bool) -> Result<Issued, Error> {
        let credentials = self.config.in_scope(&self.host, scope).await?;
        let refreshable = !matches!(credentials, Credentials::Anonymous);
        Ok(Issued { credentials, valid_for: None, refreshable })
    }
}
