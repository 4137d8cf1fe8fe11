//! What can go wrong with the sandbox itself (not with a request to it).

use std::{io, path::PathBuf};

use longshore_names::{AccountId, Region, RegistryId, RepositoryName};

/// A file operation in the state directory failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {operation} {}: {source}", path.display())]
pub struct StorageError {
    /// What was tried, as a verb.
    pub operation: &'static str,
    /// The file or directory.
    pub path: PathBuf,
    /// The system's error.
    pub source: io::Error,
}

impl StorageError {
    pub(crate) fn new(operation: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self { operation, path: path.into(), source }
    }
}

/// Adds the path and the operation to an I/O error.
pub(crate) trait IoContext<T> {
    fn at(self, operation: &'static str, path: impl Into<PathBuf>) -> Result<T, StorageError>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn at(self, operation: &'static str, path: impl Into<PathBuf>) -> Result<T, StorageError> {
        self.map_err(|source| StorageError::new(operation, path, source))
    }
}

/// Why the sandbox did not start or did not do what its owner asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// Another process, or another sandbox of this process, uses the state directory.
    #[error("{} is in use by another sandbox{}", state.display(), at(control.as_deref()))]
    InUse {
        /// The state directory.
        state: PathBuf,
        /// Where that sandbox's control plane answers; unknown while it starts.
        control: Option<String>,
    },
    /// The state directory or a file in it cannot be read or written (missing rights, full disk).
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A state file is not what the sandbox wrote. Nothing was changed.
    #[error("{} is damaged: {problem}", path.display())]
    Corrupt {
        /// The damaged file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A port that was asked for, or that earlier references rely on, is taken.
    #[error("port {port} for {purpose} is taken: {source}")]
    PortTaken {
        /// The port.
        port: u16,
        /// Which listener needs it.
        purpose: String,
        /// Whether the port is one that the state remembers (`true`) or one that was asked for.
        remembered: bool,
        /// The system's error.
        source: io::Error,
    },
    /// No free port was found, or loopback cannot be listened on at all.
    #[error("cannot listen on loopback for {purpose}: {source}")]
    Listen {
        /// Which listener.
        purpose: String,
        /// The system's error.
        source: io::Error,
    },
    /// The account already exists.
    #[error("account {account} already exists in the sandbox")]
    AccountExists {
        /// The account.
        account: AccountId,
    },
    /// There is no such account.
    #[error("account {account} does not exist in the sandbox")]
    AccountNotFound {
        /// The account.
        account: AccountId,
    },
    /// The ARN is not that of a user or role of an account of the sandbox.
    #[error("{arn} is not the ARN of a user or a role of the sandbox")]
    PrincipalNotFound {
        /// The ARN.
        arn: String,
    },
    /// The account already has the Region.
    #[error("account {account} already has Region {region} in the sandbox")]
    RegionExists {
        /// The account.
        account: AccountId,
        /// The Region.
        region: Region,
    },
    /// The account does not have the Region.
    #[error("account {account} has no Region {region} in the sandbox")]
    RegionNotFound {
        /// The account.
        account: AccountId,
        /// The Region.
        region: Region,
    },
    /// The registry has no such repository.
    #[error("registry {registry} has no repository {repository} in the sandbox")]
    RepositoryNotFound {
        /// The registry.
        registry: RegistryId,
        /// The repository.
        repository: RepositoryName,
    },
    /// AWS has no such Region.
    #[error("no AWS Region is called {region}")]
    RegionUnknown {
        /// The Region.
        region: Region,
    },
    /// An account needs at least one Region.
    #[error("account {account} needs at least one Region")]
    NoRegion {
        /// The account.
        account: AccountId,
    },
}

fn at(control: Option<&str>) -> String {
    control.map_or_else(String::new, |url| format!(", which runs and answers at {url}"))
}

impl SandboxError {
    /// A stable code for tables of texts and actions.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "sandbox-in-use",
            Self::Storage(error) => match error.source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "sandbox-disk-full",
                io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => "sandbox-read-only",
                _ => "sandbox-storage",
            },
            Self::Corrupt { .. } => "sandbox-corrupt",
            Self::PortTaken { .. } => "sandbox-port-taken",
            Self::Listen { .. } => "sandbox-listen",
            Self::AccountExists { .. } => "sandbox-account-exists",
            Self::AccountNotFound { .. } => "sandbox-account-not-found",
            Self::PrincipalNotFound { .. } => "sandbox-principal-not-found",
            Self::RegionExists { .. } => "sandbox-region-exists",
            Self::RegionNotFound { .. } => "sandbox-region-not-found",
            Self::RepositoryNotFound { .. } => "sandbox-repository-not-found",
            Self::RegionUnknown { .. } => "sandbox-region-unknown",
            Self::NoRegion { .. } => "sandbox-no-region",
        }
    }

    /// What to do about it, as a sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::PortTaken { remembered: true, .. } => {
                "Stop the program that uses the port, or start with `--port 0`; references pushed earlier then change."
            }
            _ => longshore_codes::way_out(self.code()),
        }
    }
}

/// Why a change to a repository was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommitError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("the repository was deleted in the meantime")]
    Deleted,
}
