//! Arguments of the commands about paths and promotions.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::manage::arguments::Manage;

#[derive(Args)]
pub(crate) struct PathArguments {
    #[command(subcommand)]
    pub(crate) command: PathCommand,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Subcommand)]
pub(crate) enum PathCommand {
    /// List the paths.
    List,
    /// Print a path as a file.
    Show {
        /// The path.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Store the paths of a file; a path of the same name is replaced.
    Apply {
        /// The path file, or `-` for standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Only check the file.
        #[arg(long)]
        plan: bool,
    },
    /// Forget a path; the record and the images stay.
    Remove {
        /// The path.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Print the JSON Schema of a path file, for editors.
    Schema,
    /// List the commands and web addresses that gates of a path ask, or trust one on this computer.
    Trust {
        /// The path.
        #[arg(value_name = "NAME")]
        name: String,
        /// The SHA-256 of the content to trust, or its first 12 digits.
        #[arg(value_name = "HASH")]
        hash: Option<String>,
        /// No longer trust it.
        #[arg(long, requires = "hash")]
        end: bool,
    },
}

/// How a promotion is made.
#[derive(Args, Clone)]
pub(crate) struct Making {
    /// Show the plan and the gates, without promoting.
    #[arg(long)]
    pub(crate) plan: bool,
    /// The name of the account, to confirm a change in production; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Vec<String>,
    /// Go on although gates stop it; the reason is recorded.
    #[arg(long = "override", value_name = "REASON")]
    pub(crate) override_reason: Option<String>,
    /// Wait for gates that stop it until they let it through, such as a minimum age or a freeze.
    #[arg(long)]
    pub(crate) wait: bool,
    /// Agree that life-cycle policies expire images afterwards, as the plan lists them.
    #[arg(long)]
    pub(crate) accept_expiry: bool,
}

#[derive(Args)]
pub(crate) struct Promote {
    /// The path.
    #[arg(value_name = "PATH")]
    pub(crate) path: String,
    /// The service and its build, SERVICE, SERVICE:TAG or SERVICE@DIGEST; without a build, the one that is in the
    /// stage before.
    #[arg(value_name = "SERVICE[:TAG|@DIGEST]", required_unless_present = "set", conflicts_with = "set")]
    pub(crate) image: Option<String>,
    /// Promote every service as it is in this stage.
    #[arg(long, value_name = "STAGE")]
    pub(crate) set: Option<String>,
    /// The stage to enter.
    #[arg(long, value_name = "STAGE")]
    pub(crate) to: String,
    /// The tag that the build gets, in place of the stage's policy.
    #[arg(long = "as", value_name = "TAG", conflicts_with = "set")]
    pub(crate) tag: Option<String>,
    /// An approval of another person; may be given several times.
    #[arg(long = "approval", value_name = "FILE")]
    pub(crate) approvals: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) making: Making,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Args)]
pub(crate) struct Rollback {
    #[command(flatten)]
    pub(crate) stage: StageArguments,
    /// The digest to go back to; without it, the build before the current one.
    #[arg(long, value_name = "DIGEST")]
    pub(crate) to: Option<String>,
    /// Why; the hold says so too.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) making: Making,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

/// A service in a stage of a path.
#[derive(Args)]
pub(crate) struct StageArguments {
    /// The path.
    #[arg(value_name = "PATH")]
    pub(crate) path: String,
    /// The stage.
    #[arg(value_name = "STAGE")]
    pub(crate) stage: String,
    /// The service.
    #[arg(value_name = "SERVICE")]
    pub(crate) service: String,
}

#[derive(Args)]
pub(crate) struct Hold {
    #[command(flatten)]
    pub(crate) stage: StageArguments,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Args)]
pub(crate) struct Resume {
    #[command(flatten)]
    pub(crate) stage: StageArguments,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Args)]
pub(crate) struct Block {
    /// The digest.
    #[arg(value_name = "DIGEST")]
    pub(crate) digest: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Args)]
pub(crate) struct Unblock {
    /// The digest.
    #[arg(value_name = "DIGEST")]
    pub(crate) digest: String,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Args)]
pub(crate) struct Approve {
    /// The request that another person wrote.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Which of the own keys signs.
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Where the approval is written; beside the request if absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Args)]
pub(crate) struct Promotion {
    #[command(subcommand)]
    pub(crate) command: PromotionCommand,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Subcommand)]
pub(crate) enum PromotionCommand {
    /// Write a request to promote a build, for another person to approve.
    Request {
        /// The path.
        #[arg(value_name = "PATH")]
        path: String,
        /// SERVICE, SERVICE:TAG or SERVICE@DIGEST.
        #[arg(value_name = "IMAGE")]
        image: String,
        /// The stage to enter.
        #[arg(long, value_name = "STAGE")]
        to: String,
        /// The tag that the build gets, in place of the stage's policy.
        #[arg(long = "as", value_name = "TAG")]
        tag: Option<String>,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// How many hours the request lasts; a week if absent.
        #[arg(long, value_name = "HOURS")]
        hours: Option<u32>,
    },
    /// List entries of the record, newest first.
    List(Wanted),
    /// Show an entry of the record with its gates and their evidence.
    Show {
        /// The number of the entry.
        #[arg(value_name = "NUMBER")]
        entry: u64,
    },
    /// Verify that no entry of the record was changed or removed.
    Verify {
        /// An end that was noted earlier, as this command prints it.
        #[arg(long, value_name = "NUMBER:HASH")]
        end: Option<String>,
    },
    /// Print what every stage has by the record, or had at a time.
    Export {
        /// The time: a date (midnight UTC) or a time such as 2026-11-30T12:00:00Z; now if absent.
        #[arg(long, value_name = "DATE")]
        at: Option<String>,
        /// Only of this path.
        #[arg(long, value_name = "PATH")]
        path: Option<String>,
        /// Only of this stage.
        #[arg(long, value_name = "STAGE")]
        stage: Option<String>,
        /// The form.
        #[arg(long, value_enum, default_value = "plain")]
        format: Form,
    },
    /// Keys with which people approve.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
}

/// The form of an export.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// `image:` references with digests, one on a line.
    Plain,
    /// The `images` of a kustomization.
    Kustomize,
    /// Values of a Helm chart, by service.
    HelmValues,
    /// `containerDefinitions` of an ECS task definition.
    Ecs,
}

#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key of your own; its private half goes into the keychain.
    New {
        /// Your name in approvals, such as an e-mail address.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// List the keys that are known here.
    List,
    /// Enrol the public key of another person, whose approvals count here from then on.
    Enrol {
        /// The person.
        #[arg(value_name = "NAME")]
        name: String,
        /// The public key, `ed25519:…`.
        #[arg(value_name = "KEY")]
        public: String,
    },
    /// Forget a key; approvals by it no longer count here.
    Forget {
        /// The person.
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// Which entries are listed.
#[derive(Args)]
pub(crate) struct Wanted {
    /// Of this path.
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<String>,
    /// Of this stage.
    #[arg(long, value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// Of this service.
    #[arg(long, value_name = "SERVICE")]
    pub(crate) service: Option<String>,
    /// Of this digest, or its first digits.
    #[arg(long, value_name = "DIGEST")]
    pub(crate) digest: Option<String>,
    /// With this text in a tag, a reason, a service or a name.
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// Before this time: a date (midnight UTC) or a time.
    #[arg(long, value_name = "DATE")]
    pub(crate) at: Option<String>,
    /// At most so many, the newest.
    #[arg(long, value_name = "NUMBER", default_value = "50")]
    pub(crate) limit: u32,
}
