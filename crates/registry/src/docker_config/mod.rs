//! Credentials that other container tools keep: docker's configuration, podman's and skopeo's, and
//! their credential helpers.

mod file;
mod helper;

use std::{env, ffi::OsString, path::PathBuf, sync::Arc};

use async_trait::async_trait;

use crate::{
    CredentialProvider, Credentials, Error, Issued,
    docker_config::{file::Config, helper::Answer},
    local::blocking,
};

/// The key under which docker keeps its own hub.
const HUB: &str = "https://index.docker.io/v1/";

/// Where credentials are looked for. Nothing is read before they are asked for, and everything
/// anew each time, so a login during a run counts.
///
/// The first file that knows a host decides: a helper of that host, then the file's general store,
/// then the file itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerConfig {
    files: Vec<PathBuf>,
    helpers_in: Option<OsString>,
}

impl DockerConfig {
    /// The files of this user, in this order: `REGISTRY_AUTH_FILE`, `config.json` in
    /// `DOCKER_CONFIG`, `containers/auth.json` in `XDG_RUNTIME_DIR`, then in the configuration
    /// directory, and `.docker/config.json` in the home directory. Those that are not there count
    /// for nothing.
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
            // As docker: its variable takes the place of the home directory.
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
    /// [`HostOptions`](crate::HostOptions). A host that nothing is known of is asked anonymously.
    pub fn for_host(&self, host: &str) -> Arc<dyn CredentialProvider> {
        Arc::new(HostLogin { config: self.clone(), host: host.to_ascii_lowercase() })
    }

    /// What the files and helpers know of a host.
    ///
    /// # Errors
    /// [`Error::Local`] when a file cannot be understood or a helper fails; the text holds no
    /// secret.
    pub async fn credentials(&self, host: &str) -> Result<Credentials, Error> {
        for path in &self.files {
            let (file, registry) = (path.clone(), host.to_owned());
            let Some(config) = blocking(host, move || Config::read(&registry, &file)).await? else {
                continue;
            };
            for helper in config.helpers(host).into_iter().flatten() {
                match helper::get(host, helper, server(host), self.helpers_in.as_deref()).await? {
                    Answer::Found(credentials) => return Ok(credentials),
                    Answer::NotFound => {}
                }
            }
            if let Some(credentials) = config.entry(host)? {
                return Ok(credentials);
            }
        }
        Ok(Credentials::Anonymous)
    }
}

/// The name under which a helper keeps a host.
fn server(host: &str) -> &str {
    if is_hub(host) { HUB } else { host }
}

fn is_hub(host: &str) -> bool {
    matches!(host, "docker.io" | "index.docker.io" | "registry-1.docker.io")
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
}
