//! Arguments of the commands that manage accounts, replication and permissions.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use longshore_app::api::Environment;

use super::policy::arguments::PolicyText;
use crate::arguments::State;

/// Which app a command works on, and how it prints.
#[derive(Args, Clone)]
pub(crate) struct Manage {
    /// Work on the sandbox that runs on this computer, and not on AWS.
    #[arg(long, global = true)]
    pub(crate) sandbox: bool,
    /// The account for registries whose owner is not connected: its number or name, or `environment`
    /// for the AWS credentials in this process's environment.
    #[arg(long = "account", value_name = "ACCOUNT", global = true, id = "acting")]
    pub(crate) account: Option<String>,
    /// A code of the MFA device that the credentials need; on a terminal it is asked for.
    #[arg(long, value_name = "CODE", global = true)]
    pub(crate) mfa_code: Option<String>,
    /// One JSON object per line; the last is the summary.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) state: State,
}

/// How a change is made.
#[derive(Args, Clone)]
pub(crate) struct Change {
    /// Show what would be done, without doing it.
    #[arg(long)]
    pub(crate) plan: bool,
    /// The name of the account, to confirm a change in production; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Vec<String>,
    /// A document that is marked as managed elsewhere and is changed all the same, as the plan names it;
    /// may be given several times.
    #[arg(long = "override", value_name = "DOCUMENT")]
    pub(crate) overrides: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Account {
    #[command(subcommand)]
    pub(crate) command: AccountCommand,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Subcommand)]
pub(crate) enum AccountCommand {
    /// List the connected accounts.
    List,
    /// Ask AWS whose credentials accounts have; without ACCOUNT, all.
    Check {
        /// Number or name.
        #[arg(value_name = "ACCOUNT")]
        accounts: Vec<String>,
    },
    /// Connect an account. Its number is the one that AWS proves.
    Add(AddAccount),
    /// Connect several accounts at once.
    Import(ImportAccounts),
    /// Change what Longshore knows about an account.
    Change(ChangeAccount),
    /// Make an account of IAM Identity Center act by another role, once AWS has proven it.
    Act {
        /// Number or name.
        #[arg(value_name = "ACCOUNT")]
        account: String,
        /// The role, or permission set.
        #[arg(long, value_name = "NAME")]
        role: String,
    },
    /// List the Regions that an account has enabled.
    Regions {
        /// Number or name.
        #[arg(value_name = "ACCOUNT")]
        account: String,
    },
    /// Sign in to IAM Identity Center, so that accounts can be imported and used.
    SignIn(SignIn),
    /// Forget the token of a sign-in.
    SignOut(Center),
    /// List sessions of IAM Identity Center, until when they are signed in to, and where the token is.
    Sessions,
    /// List the profiles of the AWS configuration files with their kind, and the account of each.
    Profiles,
    /// Forget an account and its secrets; nothing in the account changes.
    Remove {
        /// Number or name.
        #[arg(value_name = "ACCOUNT")]
        account: String,
        /// Only show what would be forgotten.
        #[arg(long)]
        plan: bool,
    },
}

/// A session of IAM Identity Center.
#[derive(Args)]
pub(crate) struct Center {
    /// An SSO session of the AWS configuration files.
    #[arg(long, value_name = "NAME", required_unless_present = "start_url")]
    pub(crate) sso_session: Option<String>,
    /// The start URL of the AWS access portal, such as https://acme.awsapps.com/start.
    #[arg(long, value_name = "URL", requires = "sso_region", conflicts_with = "sso_session")]
    pub(crate) start_url: Option<String>,
    /// The Region of Identity Center, for a start URL.
    #[arg(long, value_name = "REGION", requires = "start_url")]
    pub(crate) sso_region: Option<String>,
}

#[derive(Args)]
pub(crate) struct ChangeAccount {
    /// Number or name.
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,
    /// Another name.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// What it is for.
    #[arg(long, value_enum)]
    pub(crate) environment: Option<EnvironmentName>,
    /// The account's present name, to make a production account one that is not protected.
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Option<String>,
    /// The Regions to show, in place of the present ones; may be given several times.
    #[arg(long = "region", value_name = "REGION")]
    pub(crate) regions: Vec<String>,
    /// Use hosts with cryptography that is validated by FIPS 140.
    #[arg(long, value_enum, value_name = "ON|OFF")]
    pub(crate) fips: Option<OnOff>,
    /// Use hosts that also answer over IPv6.
    #[arg(long, value_enum, value_name = "ON|OFF")]
    pub(crate) dual_stack: Option<OnOff>,
    /// The address of an interface VPC endpoint for the ECR API that has no private DNS, in place of the present
    /// ones; may be given several times, once for each Region. Empty for none.
    #[arg(long = "vpc-endpoint", value_name = "URL")]
    pub(crate) vpc_endpoints: Vec<String>,
    /// A Terraform state: Longshore does not write what it lists. `none` to read no state.
    #[arg(long, value_name = "FILE|none")]
    pub(crate) terraform_state: Option<PathBuf>,
    /// Replace the access key by one from standard input or from the environment, once AWS has proven that it
    /// is of the same account. Nothing else is changed.
    #[arg(long, value_enum, value_name = "stdin|environment", conflicts_with_all = [
        "name", "environment", "confirm", "regions", "fips", "dual_stack", "vpc_endpoints", "terraform_state",
    ])]
    pub(crate) new_key: Option<KeyFrom>,
}

/// Where a new access key is read.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum KeyFrom {
    /// JSON of the AWS CLI, or lines: the id, the secret and, for temporary credentials, the session token.
    Stdin,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
    Environment,
}

#[derive(Args)]
pub(crate) struct Owner {
    #[command(subcommand)]
    pub(crate) command: OwnerCommand,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

/// A document: `replication:ACCOUNT/REGION`, `policy:ACCOUNT/REGION`, `repository:ACCOUNT/REGION/NAME`,
/// `repository-policy:…`, `lifecycle-policy:…` or `template:ACCOUNT/REGION/PREFIX`.
#[derive(Args)]
pub(crate) struct Document {
    /// `replication:ACCOUNT/REGION`, `policy:ACCOUNT/REGION`, `repository:ACCOUNT/REGION/NAME`,
    /// `repository-policy:ACCOUNT/REGION/NAME`, `lifecycle-policy:ACCOUNT/REGION/NAME`,
    /// `template:ACCOUNT/REGION/PREFIX`; the account by number or name.
    #[arg(value_name = "DOCUMENT")]
    pub(crate) document: String,
}

#[derive(Subcommand)]
pub(crate) enum OwnerCommand {
    /// Show what manages a document: CloudFormation, Terraform, or something that a person marked.
    Show(Document),
    /// Mark a document as managed elsewhere.
    Mark {
        #[command(flatten)]
        document: Document,
        /// Who or what manages it.
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
    /// Declare that nothing else manages a document any longer.
    Release(Document),
    /// Forget a mark, and what was released.
    Forget(Document),
}

#[derive(Args)]
pub(crate) struct SignIn {
    #[command(flatten)]
    pub(crate) center: Center,
    /// Sign in with a code on any device, instead of in a browser of this computer.
    #[arg(long)]
    pub(crate) device: bool,
    /// Print the link, and open no browser.
    #[arg(long)]
    pub(crate) no_browser: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum EnvironmentName {
    /// No guard.
    Dev,
    /// Shown as staging.
    Staging,
    /// Changes ask for the account's name.
    Production,
}

impl From<EnvironmentName> for Environment {
    fn from(name: EnvironmentName) -> Self {
        match name {
            EnvironmentName::Dev => Self::Dev,
            EnvironmentName::Staging => Self::Staging,
            EnvironmentName::Production => Self::Production,
        }
    }
}

/// What is known about an account besides its credentials.
#[derive(Args, Clone)]
pub(crate) struct About {
    /// What it is for; guessed from the name by default.
    #[arg(long, value_enum)]
    pub(crate) environment: Option<EnvironmentName>,
    /// A Region to show; may be given several times. By default the profile's.
    #[arg(long = "region", value_name = "REGION")]
    pub(crate) regions: Vec<String>,
}

#[derive(Args)]
#[group(id = "by", required = true, multiple = false, args = ["profile", "role_arn", "key"])]
pub(crate) struct AddAccount {
    /// A profile of the AWS configuration files.
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// A role that another connected account assumes.
    #[arg(long, value_name = "ARN", requires = "via")]
    pub(crate) role_arn: Option<String>,
    /// An access key, from standard input or from the environment, which is stored in the keychain.
    #[arg(long, value_enum, value_name = "stdin|environment")]
    pub(crate) key: Option<KeyFrom>,
    /// The account that assumes the role: number or name.
    #[arg(long, value_name = "ACCOUNT", requires = "role_arn")]
    pub(crate) via: Option<String>,
    /// The external id that the role's trust policy requires.
    #[arg(long, value_name = "ID", requires = "role_arn")]
    pub(crate) external_id: Option<String>,
    /// The name of the session in CloudTrail.
    #[arg(long, value_name = "NAME", requires = "role_arn")]
    pub(crate) session_name: Option<String>,
    /// The serial number or ARN of the MFA device that the role's trust policy requires.
    #[arg(long, value_name = "SERIAL", requires = "role_arn")]
    pub(crate) mfa_serial: Option<String>,
    /// How long a session lasts: `15m` to `12h`.
    #[arg(long, value_name = "TIME", requires = "role_arn", value_parser = longshore_names::parse_duration)]
    pub(crate) duration: Option<std::time::Duration>,
    /// Its name in Longshore; by default that of the profile or the role.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) about: About,
    /// Show what would be connected, without connecting it.
    #[arg(long)]
    pub(crate) plan: bool,
}

#[derive(Args)]
#[group(id = "from", required = true, multiple = false, args = ["profiles", "sso_session", "start_url", "organization"])]
pub(crate) struct ImportAccounts {
    /// All profiles of the AWS configuration files.
    #[arg(long)]
    pub(crate) profiles: bool,
    /// All accounts of an SSO session of the AWS configuration files.
    #[arg(long, value_name = "NAME")]
    pub(crate) sso_session: Option<String>,
    /// All accounts of the AWS access portal with this start URL.
    #[arg(long, value_name = "URL", requires = "sso_region")]
    pub(crate) start_url: Option<String>,
    /// The Region of Identity Center, for a start URL.
    #[arg(long, value_name = "REGION", requires = "start_url")]
    pub(crate) sso_region: Option<String>,
    /// The role in each account of IAM Identity Center; needed where there are several.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["profiles", "organization"])]
    pub(crate) role: Option<String>,
    /// All accounts of the organization of `--account`, each by a role.
    #[arg(long, requires = "role_name")]
    pub(crate) organization: bool,
    /// The role of each account of the organization; `{name}` and `{id}` stand for the account's.
    #[arg(long, value_name = "TEMPLATE", requires = "organization")]
    pub(crate) role_name: Option<String>,
    #[command(flatten)]
    pub(crate) about: About,
    /// Show what would be connected, without connecting it.
    #[arg(long)]
    pub(crate) plan: bool,
}

#[derive(Args)]
pub(crate) struct Replication {
    #[command(subcommand)]
    pub(crate) command: ReplicationCommand,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Subcommand)]
pub(crate) enum ReplicationCommand {
    /// Show the replication configuration of a registry.
    Show {
        /// `ACCOUNT/REGION`; the account by number or name.
        #[arg(value_name = "ACCOUNT/REGION")]
        registry: String,
    },
    /// Add a rule.
    Add(AddRule),
    /// Restore the documents that a run replaced, where they are still as the run left them.
    Undo(UndoRun),
    /// Remove a rule; what it replicated stays.
    Remove(RemoveRule),
    /// Give a rule a name, which is stored here only.
    Name(NameRule),
    /// Make a rule that was created outside Longshore one of its own.
    Adopt(AdoptRule),
    /// Test a rule with a tiny image in a repository of its own, and remove it again.
    Test(RemoveRule),
    /// Bring over images that were there before a rule, by ECR itself or by Longshore's engine.
    Backfill(Backfill),
    /// Show where images of a repository were replicated to, and whether they arrived.
    Status {
        /// `ACCOUNT/REGION/REPOSITORY[:TAG]`, or `ACCOUNT/REGION/REPOSITORY@sha256:…`.
        #[arg(value_name = "ACCOUNT/REGION/REPOSITORY[:TAG|@DIGEST]")]
        repository: String,
    },
}

#[derive(Args)]
pub(crate) struct NameRule {
    /// `ACCOUNT/REGION`.
    #[arg(value_name = "ACCOUNT/REGION")]
    pub(crate) registry: String,
    /// The rule's id, a prefix of it, or its name.
    #[arg(value_name = "RULE")]
    pub(crate) rule: String,
    /// The name; empty to take it away.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// What to know about the rule.
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
}

#[derive(Args)]
pub(crate) struct AdoptRule {
    /// `ACCOUNT/REGION`.
    #[arg(value_name = "ACCOUNT/REGION")]
    pub(crate) registry: String,
    /// The rule's id, or a prefix of it, as `replication show` prints it.
    #[arg(value_name = "RULE")]
    pub(crate) rule: String,
    /// A name for it.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// What to know about the rule.
    #[arg(long, value_name = "TEXT", requires = "name")]
    pub(crate) note: Option<String>,
}

#[derive(Args)]
pub(crate) struct AddRule {
    /// The source: `ACCOUNT/REGION`.
    #[arg(value_name = "ACCOUNT/REGION")]
    pub(crate) registry: String,
    /// A further source, which gets the same rule; may be given several times.
    #[arg(long = "from", value_name = "ACCOUNT/REGION", num_args = 1..)]
    pub(crate) from: Vec<String>,
    /// A destination; may be given several times.
    #[arg(long = "to", value_name = "ACCOUNT/REGION", required = true, num_args = 1..)]
    pub(crate) to: Vec<String>,
    /// A prefix of repository names; may be given several times. By default every repository.
    #[arg(long = "prefix", value_name = "PREFIX")]
    pub(crate) prefixes: Vec<String>,
    /// Replicate deletes too.
    #[arg(long)]
    pub(crate) delete_replication: bool,
    /// Also write the statement that destinations in other accounts need.
    #[arg(long)]
    pub(crate) statement: bool,
    /// A name for the rule, which is stored here only.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// What to know about the rule.
    #[arg(long, value_name = "TEXT", requires = "name")]
    pub(crate) note: Option<String>,
    /// Go on with documents that do not need one that could not be written. By default the first failure
    /// ends the run.
    #[arg(long)]
    pub(crate) keep_going: bool,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct UndoRun {
    /// The run's id, as the summary of the change names it.
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Go on with documents that do not need one that could not be restored.
    #[arg(long)]
    pub(crate) keep_going: bool,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct RemoveRule {
    /// `ACCOUNT/REGION`.
    #[arg(value_name = "ACCOUNT/REGION")]
    pub(crate) registry: String,
    /// The rule's id, a prefix of it, or its name, as `replication show` prints them.
    #[arg(value_name = "RULE")]
    pub(crate) rule: String,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct Backfill {
    /// The source: `ACCOUNT/REGION`.
    #[arg(value_name = "ACCOUNT/REGION")]
    pub(crate) registry: String,
    /// A destination of its rules; may be given several times.
    #[arg(long = "to", value_name = "ACCOUNT/REGION", required = true, num_args = 1..)]
    pub(crate) to: Vec<String>,
    /// Copy with Longshore's engine, which copies only what is missing.
    #[arg(long)]
    pub(crate) engine: bool,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct Doctor {
    /// The registry that replicates: `ACCOUNT/REGION`. By default every registry that has rules.
    #[arg(value_name = "ACCOUNT/REGION")]
    pub(crate) registry: Option<String>,
    /// The rule's id, or a prefix of it; by default every rule.
    #[arg(value_name = "RULE", conflicts_with = "to")]
    pub(crate) rule: Option<String>,
    /// A destination of a rule that is not written yet; may be given several times.
    #[arg(long = "to", value_name = "ACCOUNT/REGION", num_args = 1.., requires = "registry")]
    pub(crate) to: Vec<String>,
    /// A prefix of repository names of that rule; may be given several times. By default every repository.
    #[arg(long = "prefix", value_name = "PREFIX", requires = "to")]
    pub(crate) prefixes: Vec<String>,
    /// The rule that is not written yet replicates deletes too.
    #[arg(long, requires = "to")]
    pub(crate) delete_replication: bool,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Args)]
pub(crate) struct Guard {
    #[command(subcommand)]
    pub(crate) command: GuardCommand,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Subcommand)]
pub(crate) enum GuardCommand {
    /// Show protected accounts and permits.
    Show,
    /// Stop, or allow, all writes of this data directory.
    ReadOnly {
        // `--state` of every command has the name of its field.
        #[arg(value_enum, id = "mode", value_name = "STATE")]
        state: OnOff,
    },
    /// Make a production account writable for some time.
    Unlock {
        /// Number or name.
        #[arg(value_name = "ACCOUNT")]
        account: String,
        /// For how long: 1 minute to 8 hours.
        #[arg(long = "for", value_name = "TIME", default_value = "30m",
            value_parser = longshore_names::parse_duration)]
        time: std::time::Duration,
        /// The account's name, to confirm.
        #[arg(long, value_name = "NAME")]
        confirm: Option<String>,
    },
    /// Make a production account read-only again.
    Lock {
        /// Number or name.
        #[arg(value_name = "ACCOUNT")]
        account: String,
    },
    /// Let a rule write to a production registry without a person.
    Permit(Permit),
    /// Take a permit back.
    Revoke {
        /// The permit's id, or a prefix of it, as `guard show` prints it.
        #[arg(value_name = "PERMIT")]
        permit: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum OnOff {
    /// Turn it on.
    On,
    /// Turn it off.
    Off,
}

#[derive(Args)]
pub(crate) struct Permit {
    /// A rule file. The permit ends when the rule changes.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The name of the rule.
    #[arg(value_name = "RULE")]
    pub(crate) rule: String,
    /// The production registry: `ACCOUNT/REGION`.
    #[arg(long = "to", value_name = "ACCOUNT/REGION")]
    pub(crate) to: String,
    /// For how long: 1 to 366 days.
    #[arg(long, value_name = "DAYS")]
    pub(crate) days: u32,
    /// The account's name, to confirm.
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Option<String>,
}

#[derive(Args)]
pub(crate) struct Policy {
    #[command(subcommand)]
    pub(crate) command: PolicyCommand,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Subcommand)]
pub(crate) enum PolicyCommand {
    /// Show the permissions policy of a registry.
    Show {
        /// `ACCOUNT/REGION`; the account by number or name.
        #[arg(value_name = "ACCOUNT/REGION")]
        registry: String,
    },
    /// Upgrade the scope of a registry's policy from V1 to V2, which cannot be undone.
    Upgrade {
        /// `ACCOUNT/REGION`; the account by number or name.
        #[arg(value_name = "ACCOUNT/REGION")]
        registry: String,
        #[command(flatten)]
        change: Change,
    },
    /// Generate a policy: of a KIND, from who may do what; without one, the statement that a destination
    /// needs. Nothing is asked and nothing is written.
    Generate(Generate),
    /// Decide whether a principal may do an action on a resource, from files with policies. Nothing is
    /// asked, and no account is needed.
    Evaluate(EvaluatePolicy),
    /// Check policies in a file: of a registry, a repository, users and roles, or a role's trust. Nothing
    /// is asked.
    Lint(PolicyText),
    /// Explain every statement of the policies in a file in plain sentences. Nothing is asked.
    Explain(PolicyText),
}

#[derive(Args)]
pub(crate) struct Request {
    #[command(subcommand)]
    pub(crate) command: RequestCommand,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Subcommand)]
pub(crate) enum RequestCommand {
    /// Write a request to the administrator of a registry. It has no secrets.
    Write(WriteRequestFile),
    /// Show what a request asks for, and what it would newly allow.
    Show {
        /// The request.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Do what a request asks for, and write a receipt.
    Apply(ApplyRequest),
}

#[derive(Args)]
pub(crate) struct WriteRequestFile {
    /// Where the request is written.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) statement: GeneratePolicy,
    /// Why, for the administrator.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

#[derive(Args)]
pub(crate) struct ApplyRequest {
    /// The request.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Where the receipt is written; by default beside the request.
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) change: Change,
}

#[derive(Args)]
pub(crate) struct Expected {
    #[command(subcommand)]
    pub(crate) command: ExpectedCommand,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Subcommand)]
pub(crate) enum ExpectedCommand {
    /// List the tagged images of a registry, to be checked against another registry.
    Write {
        /// `ACCOUNT/REGION`; the account by number or name.
        #[arg(value_name = "ACCOUNT/REGION")]
        registry: String,
        /// Where the list is written; by default it is printed.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Only repositories whose names begin with this; may be given several times.
        #[arg(long = "prefix", value_name = "P")]
        prefixes: Vec<String>,
        /// The most tags of each repository, the newest first.
        #[arg(long, value_name = "N", default_value_t = 10)]
        newest: u32,
    },
    /// Say what a list or a request states and the registry does not have.
    Check {
        /// `ACCOUNT/REGION`; the account by number or name.
        #[arg(value_name = "ACCOUNT/REGION")]
        registry: String,
        /// The list, or the request.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct Receipt {
    #[command(subcommand)]
    pub(crate) command: ReceiptCommand,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Check that a receipt belongs to a request that was written here.
    Check {
        /// The receipt.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct Generate {
    /// What to generate: a purpose of a user or role (pull, push, push-pull, ci, release-manager,
    /// replication-administrator, auditor, longshore), boundary, or a policy of a repository, a registry or
    /// a role; an unknown kind lists them.
    #[arg(value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// A source account, without a KIND; may be given several times.
    #[arg(long = "source", value_name = "ACCOUNT", required_unless_present = "kind", num_args = 1..,
        conflicts_with = "kind")]
    pub(crate) sources: Vec<String>,
    /// The destination, without a KIND.
    #[arg(long, value_name = "ACCOUNT/REGION", required_unless_present = "kind", conflicts_with = "kind")]
    pub(crate) destination: Option<String>,
    /// A prefix of repository names; may be given several times. By default every repository.
    #[arg(long = "prefix", value_name = "PREFIX")]
    pub(crate) prefixes: Vec<String>,
    /// The statement's id, without a KIND.
    #[arg(long, value_name = "SID", conflicts_with = "kind")]
    pub(crate) sid: Option<String>,
    #[command(flatten)]
    pub(crate) build: Build,
}

/// What the policy of a KIND is about.
#[derive(Args)]
pub(crate) struct Build {
    /// A registry: `ACCOUNT/REGION`, or `ACCOUNT` for every Region; may be given several times.
    #[arg(long = "registry", value_name = "ACCOUNT[/REGION]", requires = "kind")]
    pub(crate) registries: Vec<String>,
    /// A repository; may be given several times. By default every repository.
    #[arg(long = "repository", value_name = "NAME", requires = "kind")]
    pub(crate) repositories: Vec<String>,
    /// Repositories with this resource tag.
    #[arg(long, value_name = "KEY=VALUE", requires = "kind")]
    pub(crate) tag: Option<String>,
    /// Who: the number of an account, or the ARN of a user or a role; may be given several times.
    #[arg(long = "principal", value_name = "ARN", requires = "kind")]
    pub(crate) principals: Vec<String>,
    /// An organization, such as `o-a1b2c3d4e5`.
    #[arg(long, value_name = "ID", requires = "kind")]
    pub(crate) organization: Option<String>,
    /// A project: a name in CodeBuild, `OWNER/NAME` in GitHub, `GROUP/NAME` in GitLab.
    #[arg(long = "project", value_name = "NAME", requires = "kind")]
    pub(crate) projects: Vec<String>,
    /// The branch whose workflows or pipelines are trusted. By default `main`.
    #[arg(long, value_name = "BRANCH", requires = "kind")]
    pub(crate) branch: Option<String>,
    /// The host of GitLab. By default `gitlab.com`.
    #[arg(long, value_name = "HOST", requires = "kind")]
    pub(crate) host: Option<String>,
    /// The external id that a third party must send.
    #[arg(long, value_name = "ID", requires = "kind")]
    pub(crate) external_id: Option<String>,
    /// Only callers who signed in with a second factor.
    #[arg(long, requires = "kind")]
    pub(crate) mfa: bool,
}

#[derive(Args)]
pub(crate) struct GeneratePolicy {
    /// A source account; may be given several times.
    #[arg(long = "source", value_name = "ACCOUNT", required = true, num_args = 1..)]
    pub(crate) sources: Vec<String>,
    /// The destination.
    #[arg(long, value_name = "ACCOUNT/REGION")]
    pub(crate) destination: String,
    /// A prefix of repository names; may be given several times. By default every repository.
    #[arg(long = "prefix", value_name = "PREFIX")]
    pub(crate) prefixes: Vec<String>,
    /// The statement's id.
    #[arg(long, default_value = "ReplicationAccessCrossAccount")]
    pub(crate) sid: String,
}

/// Files are read as people have them: JSON, YAML, Terraform, CloudFormation, a command or an answer of
/// the AWS CLI; `-` is standard input.
#[derive(Args)]
pub(crate) struct EvaluatePolicy {
    /// The ARN of a user, a role, a role's session, a federated user or an account's root, or the name
    /// of a service.
    #[arg(long, value_name = "ARN")]
    pub(crate) principal: String,
    /// The action, such as `ecr:BatchGetImage`.
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: String,
    /// The ARN of the resource, or `*` for an action on none.
    #[arg(long, value_name = "ARN")]
    pub(crate) resource: String,
    /// An identity policy of the user or role, or of a group of the user; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Vec<PathBuf>,
    /// The policy of the repository or of its registry; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) resource_policy: Vec<PathBuf>,
    /// The permissions boundary of the user or role.
    #[arg(long, value_name = "FILE")]
    pub(crate) boundary: Option<PathBuf>,
    /// The policy that was passed when the session was created.
    #[arg(long, value_name = "FILE")]
    pub(crate) session: Option<PathBuf>,
    /// A service control policy; may be given several times. All are taken as attached at one level.
    #[arg(long, value_name = "FILE")]
    pub(crate) scp: Vec<PathBuf>,
    /// A resource control policy; may be given several times. All are taken as attached at one level.
    #[arg(long, value_name = "FILE")]
    pub(crate) rcp: Vec<PathBuf>,
    /// A condition key of the request; may be given several times, also for several values of one key.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) context: Vec<String>,
    /// The request has no other condition keys than those that are given and those that follow from
    /// the question. Otherwise such a key is unknown.
    #[arg(long)]
    pub(crate) context_complete: bool,
}

#[derive(Args)]
pub(crate) struct Protect {
    /// `ACCOUNT/REGION/NAME`.
    #[arg(value_name = "ACCOUNT/REGION/NAME")]
    pub(crate) repository: String,
    /// A tag or a digest. Without one, the protected images are listed.
    #[arg(value_name = "TAG|DIGEST")]
    pub(crate) image: Option<String>,
    /// Why it is protected.
    #[arg(long, value_name = "TEXT", requires = "image")]
    pub(crate) note: Option<String>,
    /// End its protection.
    #[arg(long, requires = "image", conflicts_with = "note")]
    pub(crate) end: bool,
}

/// The conditions hold together; with `--any` one is enough.
#[derive(Args)]
pub(crate) struct Clean {
    /// The repositories: `ACCOUNT/REGION/NAME`.
    #[arg(value_name = "ACCOUNT/REGION/NAME", required = true)]
    pub(crate) repositories: Vec<String>,
    /// Images that were pushed longer ago than this, such as `90d`.
    #[arg(long, value_name = "TIME", value_parser = longshore_names::parse_duration)]
    pub(crate) older_than: Option<std::time::Duration>,
    /// Images without a tag.
    #[arg(long)]
    pub(crate) untagged: bool,
    /// Images that were not pulled for this long. Without a recorded pull, the push counts.
    #[arg(long, value_name = "TIME", value_parser = longshore_names::parse_duration)]
    pub(crate) not_pulled: Option<std::time::Duration>,
    /// Images whose tags all match such a pattern (`*` is any text); may be given several times.
    #[arg(long = "tags", value_name = "PATTERN")]
    pub(crate) tags: Vec<String>,
    /// Images whose tags all have a later one of the same scheme, and untagged images that no index lists.
    #[arg(long)]
    pub(crate) superseded: bool,
    /// Never the newest of this number: of each pattern, or without one of the tagged and of the untagged
    /// images.
    #[arg(long, value_name = "N")]
    pub(crate) keep: Option<u32>,
    /// One condition is enough.
    #[arg(long)]
    pub(crate) any: bool,
    /// Also delete the members of an index and the signatures of an image that are selected. Otherwise they
    /// protect it.
    #[arg(long)]
    pub(crate) take_along: bool,
    /// A directory or file with references, whose images are in use; may be given several times.
    #[arg(long, value_name = "DIR")]
    pub(crate) references: Vec<PathBuf>,
    /// A file with an image reference, a tag or a digest on each line, which are in use; may be given several
    /// times.
    #[arg(long, value_name = "FILE")]
    pub(crate) protect: Vec<PathBuf>,
    /// A source of use that is not asked; may be given several times.
    #[arg(long, value_enum, value_name = "SOURCE")]
    pub(crate) leave_out: Vec<Source>,
    /// Move the images to the archive instead, from which ECR restores them.
    #[arg(long)]
    pub(crate) archive: bool,
    /// First copy the images to this repository of the same registry, from which they can be restored.
    #[arg(long, value_name = "REPOSITORY", conflicts_with = "archive")]
    pub(crate) quarantine: Option<String>,
    /// Delete the images. Without it, the plan is shown and nothing is done.
    #[arg(long, conflicts_with = "plan")]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) change: Change,
}

/// Something that knows who uses images.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Source {
    /// The images that were protected with `repository protect` or in the window.
    Protected,
    /// Findings of scans.
    Findings,
    /// The destinations to which a rule replicates the deletion.
    Destinations,
    /// Runs of Longshore that are in progress.
    Runs,
    /// Stages of paths, and what a rollback would take.
    Stages,
}
