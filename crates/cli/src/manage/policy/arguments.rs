//! Arguments of the commands that read policies from a file.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use longshore_app::policies::{PolicyKind, PolicyScope};

/// A text with policies, and what is known about them.
#[derive(Args)]
pub(crate) struct PolicyText {
    /// A policy as JSON, or a text that contains some: Terraform, a template, a command, Markdown. `-` is
    /// standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The kind of the policies; without it, it is recognised.
    #[arg(long, value_enum)]
    pub(crate) kind: Option<Kind>,
    /// The account that the policies are for; with --region.
    // The argument replaces the global one of `policy`, so it has the same id.
    #[arg(long = "account", value_name = "ACCOUNT", id = "acting", requires = "region")]
    pub(crate) account: Option<String>,
    /// The Region that the policies are for; with --account.
    #[arg(long, value_name = "REGION", requires = "acting")]
    pub(crate) region: Option<String>,
    /// The scope of the registry's policy, if it is known.
    #[arg(long, value_enum, ignore_case = true)]
    pub(crate) scope: Option<Scope>,
}

/// A kind of policy.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Kind {
    /// The policy of a registry.
    Registry,
    /// The policy of a repository.
    Repository,
    /// A policy for users and roles, or a permissions boundary.
    #[value(alias = "boundary")]
    Identity,
    /// The trust policy of a role.
    Trust,
}

impl From<Kind> for PolicyKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Registry => Self::Registry,
            Kind::Repository => Self::Repository,
            Kind::Identity => Self::Identity,
            Kind::Trust => Self::Trust,
        }
    }
}

/// The scope of a registry's policy.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Scope {
    /// Replication and pull-through caches only.
    V1,
    /// Every action of ECR.
    V2,
}

impl From<Scope> for PolicyScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::V1 => Self::V1,
            Scope::V2 => Self::V2,
        }
    }
}
