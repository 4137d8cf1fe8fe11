//! Arguments of `longshore iam`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::manage::arguments::{Change, Manage};

#[derive(Args)]
pub(crate) struct Iam {
    #[command(subcommand)]
    pub(crate) command: IamCommand,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Subcommand)]
pub(crate) enum IamCommand {
    /// List the users.
    Users,
    /// List the groups.
    Groups,
    /// List the roles.
    Roles,
    /// List the managed policies of the account.
    Policies {
        /// Those that AWS manages instead.
        #[arg(long)]
        aws: bool,
    },
    /// Show a user, a group, a role or a managed policy.
    Show {
        /// Its ARN or its name; `user/NAME`, `group/NAME`, `role/NAME` or `policy/NAME` where a name is ambiguous.
        #[arg(value_name = "ARN|NAME")]
        what: String,
    },
    /// Ask what a user, a group or a role may do on repositories, by its policies as they are now.
    May(May),
    /// Create a user.
    CreateUser(CreateUser),
    /// Create a group.
    CreateGroup(CreateGroup),
    /// Create a role.
    CreateRole(CreateRole),
    /// Create a managed policy, and attach it.
    CreatePolicy(CreatePolicy),
    /// Bring a new version of a managed policy into force.
    UpdatePolicy(UpdatePolicy),
    /// Replace the trust policy of a role.
    UpdateTrust(UpdateTrust),
    /// Attach managed policies to users, groups and roles.
    Attach(Attach),
    /// Detach managed policies from users, groups and roles.
    Detach(Detach),
    /// Write an inline policy of a user, a group or a role.
    PutInline(PutInline),
    /// Delete an inline policy.
    DeleteInline(DeleteInline),
    /// Add users to a group.
    AddToGroup(Members),
    /// Remove users from a group.
    RemoveFromGroup(Members),
    /// Delete a user, a group or a role with what belongs to it, or a managed policy.
    Delete(Delete),
    /// Create an access key of a user. Its secret is printed once.
    CreateKey(OfUser),
    /// Activate an access key.
    ActivateKey(Key),
    /// Deactivate an access key.
    DeactivateKey(Key),
    /// Delete an access key.
    DeleteKey(Key),
}

#[derive(Args)]
pub(crate) struct May {
    /// `user/NAME`, `group/NAME`, `role/NAME`, an ARN or a name.
    #[arg(value_name = "ARN|NAME")]
    pub(crate) who: String,
    /// An action, or pull, push or delete; may be given several times. By default these three.
    #[arg(long = "action", value_name = "ACTION")]
    pub(crate) actions: Vec<String>,
    /// A repository; may be given several times.
    #[arg(long = "repository", value_name = "NAME", required = true)]
    pub(crate) repositories: Vec<String>,
    /// The Region of the repositories; by default the account's first.
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
}

#[derive(Args)]
pub(crate) struct CreateUser {
    /// Its name.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// A path such as `/team/`.
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub(crate) path: String,
    /// A managed policy to attach, by ARN or name; may be given several times.
    #[arg(long = "policy", value_name = "POLICY")]
    pub(crate) policies: Vec<String>,
    /// A group to add it to; may be given several times.
    #[arg(long = "group", value_name = "GROUP")]
    pub(crate) groups: Vec<String>,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct CreateGroup {
    /// Its name.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// A path such as `/team/`.
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub(crate) path: String,
    /// A managed policy to attach, by ARN or name; may be given several times.
    #[arg(long = "policy", value_name = "POLICY")]
    pub(crate) policies: Vec<String>,
    /// A user to add; may be given several times.
    #[arg(long = "user", value_name = "USER")]
    pub(crate) users: Vec<String>,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct CreateRole {
    /// Its name.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Who may assume it: the trust policy. `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: PathBuf,
    /// What it is for.
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// A path such as `/team/`.
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub(crate) path: String,
    /// A managed policy to attach, by ARN or name; may be given several times.
    #[arg(long = "policy", value_name = "POLICY")]
    pub(crate) policies: Vec<String>,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct CreatePolicy {
    /// Its name.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// The policy. `-` is standard input, for what `policy generate` prints.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// A path such as `/team/`.
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub(crate) path: String,
    /// What to attach it to: `user/NAME`, `group/NAME` or `role/NAME`; may be given several times.
    #[arg(long = "to", value_name = "KIND/NAME")]
    pub(crate) to: Vec<String>,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct UpdatePolicy {
    /// Its ARN or name.
    #[arg(value_name = "POLICY")]
    pub(crate) policy: String,
    /// The new document. `-` is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct UpdateTrust {
    /// The role.
    #[arg(value_name = "ROLE")]
    pub(crate) role: String,
    /// The new trust policy. `-` is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct Attach {
    /// Managed policies, by ARN or name.
    #[arg(value_name = "POLICY", required = true)]
    pub(crate) policies: Vec<String>,
    /// `user/NAME`, `group/NAME` or `role/NAME`; may be given several times.
    #[arg(long = "to", value_name = "KIND/NAME", required = true)]
    pub(crate) to: Vec<String>,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct Detach {
    /// Managed policies, by ARN or name.
    #[arg(value_name = "POLICY", required = true)]
    pub(crate) policies: Vec<String>,
    /// `user/NAME`, `group/NAME` or `role/NAME`; may be given several times.
    #[arg(long = "from", value_name = "KIND/NAME", required = true)]
    pub(crate) from: Vec<String>,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct PutInline {
    /// `user/NAME`, `group/NAME` or `role/NAME`.
    #[arg(value_name = "KIND/NAME")]
    pub(crate) of: String,
    /// The policy's name.
    #[arg(value_name = "POLICY")]
    pub(crate) policy: String,
    /// The document. `-` is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct DeleteInline {
    /// `user/NAME`, `group/NAME` or `role/NAME`.
    #[arg(value_name = "KIND/NAME")]
    pub(crate) of: String,
    /// The policy's name.
    #[arg(value_name = "POLICY")]
    pub(crate) policy: String,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct Members {
    /// The group.
    #[arg(value_name = "GROUP")]
    pub(crate) group: String,
    /// The users.
    #[arg(value_name = "USER", required = true)]
    pub(crate) users: Vec<String>,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct Delete {
    /// `user/NAME`, `group/NAME`, `role/NAME` or `policy/NAME`, or an ARN.
    #[arg(value_name = "KIND/NAME|ARN")]
    pub(crate) what: String,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct OfUser {
    /// The user.
    #[arg(value_name = "USER")]
    pub(crate) user: String,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct Key {
    /// The user.
    #[arg(value_name = "USER")]
    pub(crate) user: String,
    /// The key's id.
    #[arg(value_name = "KEY")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) change: Change,
}
