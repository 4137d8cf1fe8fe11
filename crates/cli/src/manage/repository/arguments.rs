//! Arguments of `longshore repository`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use longshore_app::api::RepositorySetting;

use crate::manage::arguments::{Change, Clean, Manage, Protect};

#[derive(Args)]
pub(crate) struct Repository {
    #[command(subcommand)]
    pub(crate) command: RepositoryCommand,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Subcommand)]
pub(crate) enum RepositoryCommand {
    /// Delete images by rule. What is in use stays, and an index and its members, an image and its signatures
    /// go or stay together.
    Clean(Box<Clean>),
    /// Move images to the archive; pulls of them fail until they are restored.
    Archive(Storage),
    /// Restore images from the archive.
    Restore(Storage),
    /// Protect an image from deletions by rule, or list the protected images of a repository.
    Protect(Protect),
    /// List repositories with their settings; without PLACE, those of every connected account and Region.
    List {
        /// An account in one Region, or in all of its Regions.
        #[arg(value_name = "ACCOUNT[/REGION]")]
        places: Vec<String>,
        /// Part of a name.
        #[arg(long, value_name = "TEXT", default_value = "")]
        text: String,
    },
    /// Create repositories with all their settings, in one registry or several. Existing ones stay as they
    /// are.
    Create(Box<Create>),
    /// Delete a repository. The plan shows its images; one that arrives later prevents the deletion.
    Delete {
        /// The repository.
        #[arg(value_name = "ACCOUNT/REGION/NAME")]
        repository: String,
        /// Delete its images too.
        #[arg(long)]
        with_images: bool,
        #[command(flatten)]
        change: Change,
    },
    /// Show the settings of a repository, beside those of its namesakes.
    Settings {
        /// The repository.
        #[arg(value_name = "ACCOUNT/REGION/NAME")]
        repository: String,
        /// Another registry; may be given several times.
        #[arg(long = "with", value_name = "ACCOUNT/REGION")]
        with: Vec<String>,
    },
    /// Compare the settings of repositories with those of their namesakes in a reference registry, and make
    /// them equal.
    Drift(Drift),
    /// Compare the images of two registries, and copy what the second lacks.
    Compare(Compare),
    /// Say whether the second registry can stand in for the first: needed images, settings, and the image
    /// list for it. A registry that cannot be reached is shown as it was last read.
    Failover(Failover),
}

/// Images that are moved to the archive or out of it.
#[derive(Args)]
pub(crate) struct Storage {
    /// The repository.
    #[arg(value_name = "ACCOUNT/REGION/NAME")]
    pub(crate) repository: String,
    /// Tags or digests.
    #[arg(value_name = "IMAGE", required = true)]
    pub(crate) images: Vec<String>,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct Create {
    /// A name; may be given several times.
    #[arg(value_name = "NAME", required_unless_present = "names")]
    pub(crate) repositories: Vec<String>,
    /// A file with one name in each line; `-` is standard input, `#` begins a comment.
    #[arg(long, value_name = "FILE")]
    pub(crate) names: Option<PathBuf>,
    /// Where; may be given several times.
    #[arg(long = "in", value_name = "ACCOUNT[/REGION]", required = true)]
    pub(crate) places: Vec<String>,
    /// Tags stay on their images.
    #[arg(long)]
    pub(crate) immutable: bool,
    /// A pattern of tags for which the opposite is so; may be given several times.
    #[arg(long = "except", value_name = "PATTERN")]
    pub(crate) except: Vec<String>,
    /// Scan images when they are pushed.
    #[arg(long)]
    pub(crate) scan: bool,
    /// Encryption at rest; it cannot be changed later.
    #[arg(long, value_enum, default_value_t = EncryptionKind::Aes256)]
    pub(crate) encryption: EncryptionKind,
    /// The ARN of a KMS key; without it, AWS's own.
    #[arg(long, value_name = "ARN", requires = "encryption")]
    pub(crate) kms_key: Option<String>,
    /// A resource tag; may be given several times.
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub(crate) tags: Vec<String>,
    /// The lifecycle policy, JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) lifecycle_policy: Option<PathBuf>,
    /// The policy of each repository, JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) repository_policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EncryptionKind {
    Aes256,
    Kms,
    KmsDsse,
}

#[derive(Args)]
pub(crate) struct Drift {
    /// The registry whose settings count.
    #[arg(value_name = "ACCOUNT/REGION")]
    pub(crate) reference: String,
    /// Another registry, or an account for all of its Regions; may be given several times. By default every
    /// connected account and Region.
    #[arg(long = "with", value_name = "ACCOUNT[/REGION]")]
    pub(crate) with: Vec<String>,
    /// Only this repository; may be given several times.
    #[arg(long = "repository", value_name = "NAME")]
    pub(crate) repositories: Vec<String>,
    /// Only this setting; may be given several times.
    #[arg(long = "setting", value_enum, value_name = "SETTING")]
    pub(crate) settings: Vec<SettingName>,
    /// Give the other registries the settings of the reference. A failure does not prevent the others.
    #[arg(long)]
    pub(crate) make_equal: bool,
    /// With --make-equal: also create repositories that a registry lacks.
    #[arg(long, requires = "make_equal")]
    pub(crate) create: bool,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SettingName {
    TagMutability,
    ScanOnPush,
    LifecyclePolicy,
    RepositoryPolicy,
    Encryption,
}

impl From<SettingName> for RepositorySetting {
    fn from(name: SettingName) -> Self {
        match name {
            SettingName::TagMutability => Self::TagMutability,
            SettingName::ScanOnPush => Self::ScanOnPush,
            SettingName::LifecyclePolicy => Self::LifecyclePolicy,
            SettingName::RepositoryPolicy => Self::RepositoryPolicy,
            SettingName::Encryption => Self::Encryption,
        }
    }
}

#[derive(Args)]
pub(crate) struct Compare {
    #[command(flatten)]
    pub(crate) pair: Pair,
    /// Only these images: `REPOSITORY[:TAG]`, in which `*` is any text; may be given several times.
    #[arg(long = "only", value_name = "PATTERN")]
    pub(crate) only: Vec<String>,
    #[command(flatten)]
    pub(crate) copy: CopyMissing,
}

/// Two registries.
#[derive(Args)]
pub(crate) struct Pair {
    /// The registry from which images would be copied.
    #[arg(value_name = "FROM_ACCOUNT/REGION")]
    pub(crate) here: String,
    /// The other registry.
    #[arg(value_name = "TO_ACCOUNT/REGION")]
    pub(crate) there: String,
}

/// Whether what is missing is copied.
#[derive(Args)]
pub(crate) struct CopyMissing {
    /// Copy what the second registry lacks. A failure does not prevent the others.
    #[arg(long)]
    pub(crate) copy_missing: bool,
    /// With --copy-missing: also move tags that point at another digest there.
    #[arg(long, requires = "copy_missing")]
    pub(crate) move_tags: bool,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
#[command(group = ArgGroup::new("needed").multiple(false))]
pub(crate) struct Failover {
    #[command(flatten)]
    pub(crate) pair: Pair,
    /// The needed images: `REPOSITORY[:TAG]`, in which `*` is any text; may be given several times. By
    /// default every image.
    #[arg(long = "only", value_name = "PATTERN", group = "needed")]
    pub(crate) only: Vec<String>,
    /// The needed images: a file with one reference in each line; `-` is standard input.
    #[arg(long, value_name = "FILE", group = "needed")]
    pub(crate) list: Option<PathBuf>,
    /// The needed images: those that files of a directory refer to.
    #[arg(long, value_name = "DIR", group = "needed")]
    pub(crate) references: Option<PathBuf>,
    /// Write the needed images as references to the second registry to a file; `-` is standard output, instead
    /// of everything else.
    #[arg(long, value_name = "FILE")]
    pub(crate) rewritten: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) copy: CopyMissing,
}
