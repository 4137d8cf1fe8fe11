//! Accounts, spaces and the state of the application.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use longshore_names::{AccountId, Region};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ApiError;

/// Where an account lives. Shown on every frame, title and confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Space {
    /// The embedded ECR on this machine.
    Sandbox,
    /// Amazon Web Services.
    Aws,
}

impl Space {
    /// The space as the database and requests write it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Aws => "aws",
        }
    }
}

/// One registry: an account in a Region of a space.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RegistryKey {
    /// The space.
    pub space: Space,
    /// 12 digits.
    #[ts(type = "string")]
    pub account: AccountId,
    /// For example `us-west-2`.
    #[ts(type = "string")]
    pub region: Region,
}

/// What an account is for; decides how much confirmation a change needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Environment {
    /// Development.
    Dev,
    /// Staging.
    Staging,
    /// Production: confirmations require a typed name.
    Production,
}

/// Where an account's credentials come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "source")]
pub enum CredentialSource {
    /// The sandbox made them; they are not secret.
    Sandbox,
    /// An access key in the keychain of this computer.
    Keychain,
    /// An access key in memory, for one session of the app only.
    Memory,
    /// The environment of the command line: variables, or the role of a container or an instance.
    Environment,
    /// A profile of the AWS configuration files of this computer.
    Profile {
        /// The profile's name.
        profile: String,
    },
    /// An account and a role of a session of IAM Identity Center.
    Sso {
        /// The name of the session in the AWS configuration files.
        session: String,
        /// The account's number.
        account: String,
        /// The role, or permission set.
        role: String,
        /// Where people sign in, if the session is not in the AWS configuration files.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start_url: Option<String>,
        /// The Region of Identity Center, likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
    },
    /// A role that another connected account assumes.
    Role {
        /// The role's ARN.
        role_arn: String,
        /// The number of the account that assumes it.
        via: String,
        /// The external id that the role's trust policy requires.
        external_id: Option<String>,
        /// The name of the session in CloudTrail; chosen by the app when absent.
        session_name: Option<String>,
        /// The serial number or ARN of the MFA device that the role's trust policy requires.
        mfa_serial: Option<String>,
        /// Seconds that a session lasts, 900 to 43,200; one hour when absent.
        duration: Option<u32>,
    },
}

/// An account that the app knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The space.
    pub space: Space,
    /// 12 digits.
    pub id: String,
    /// The name a person gave it, such as `Dev`.
    pub name: String,
    /// What it is for.
    pub environment: Environment,
    /// `#rrggbb`, for dots and lines.
    pub colour: String,
    /// Regions that are shown.
    pub regions: Vec<String>,
    /// Where its credentials come from.
    pub credentials: CredentialSource,
    /// Where its API answers instead of at AWS's own addresses: a custom endpoint.
    pub endpoint: Option<String>,
    /// Which of AWS's hosts it uses.
    #[serde(default, skip_serializing_if = "AccountHosts::are_usual")]
    #[ts(optional, as = "Option<AccountHosts>")]
    pub hosts: AccountHosts,
    /// The Terraform state that says what Terraform manages in it: an absolute path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub terraform_state: Option<String>,
    /// The roles in it of the person who signed in to IAM Identity Center, in alphabetical order, when they
    /// were last listed; the credentials name the acting one. Empty for other credentials.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub roles: Vec<String>,
    /// ARN of the caller, once it has been asked for.
    pub principal: Option<String>,
    /// Why the account cannot be used at the moment.
    pub problem: Option<ApiError>,
}

/// Makes an account of IAM Identity Center act by another role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ActAs {
    /// The account's space.
    pub space: Space,
    /// The account's number.
    pub account: String,
    /// The role, or permission set.
    pub role: String,
}

/// Which of AWS's hosts an account uses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AccountHosts {
    /// Hosts with cryptography that is validated by FIPS 140.
    pub fips: bool,
    /// Hosts that also answer over IPv6.
    pub dual_stack: bool,
    /// The addresses of interface VPC endpoints for the ECR API that have no private DNS, by Region, such as
    /// `https://vpce-….api.ecr.us-west-2.vpce.amazonaws.com` for `us-west-2`.
    #[ts(type = "Record<string, string>")]
    pub vpc_endpoints: BTreeMap<String, String>,
}

impl AccountHosts {
    /// Whether nothing was chosen.
    pub fn are_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// Adds an account with a static access key, which goes into the keychain, or is kept for this session only.
#[derive(Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AddAccount {
    /// As typed; the number that AWS proves when empty.
    pub id: String,
    /// As typed.
    pub name: String,
    /// What it is for.
    pub environment: Environment,
    /// `#rrggbb`; chosen by the app when absent.
    pub colour: Option<String>,
    /// As typed.
    pub regions: Vec<String>,
    /// As typed; never stored outside the keychain.
    pub access_key_id: String,
    /// As typed; never stored outside the keychain.
    pub secret_access_key: String,
    /// For temporary credentials.
    pub session_token: Option<String>,
    /// The key stays in memory and is forgotten when Longshore ends; the keychain is not used.
    pub session_only: bool,
}

/// Replaces the access key of an account, once AWS has proven that the new key is of the same account.
#[derive(Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReplaceKey {
    /// The number of an AWS account that is connected by an access key.
    pub id: String,
    /// As typed; never stored outside the keychain.
    pub access_key_id: String,
    /// As typed; never stored outside the keychain.
    pub secret_access_key: String,
    /// For temporary credentials.
    pub session_token: Option<String>,
    /// The key stays in memory and is forgotten when Longshore ends; the keychain is not used.
    pub session_only: bool,
}

/// Connects an AWS account by a profile or a role. Its id is the one that STS proves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConnectAccount {
    /// A profile or a role.
    pub credentials: CredentialSource,
    /// As typed; named after the profile or the role when absent.
    pub name: Option<String>,
    /// What it is for; guessed from the name when absent.
    pub environment: Option<Environment>,
    /// `#rrggbb`; chosen by the app when absent.
    pub colour: Option<String>,
    /// As typed; the profile's Region when empty.
    pub regions: Vec<String>,
}

/// The Regions of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AccountRegions {
    /// In alphabetical order.
    pub regions: Vec<RegionChoice>,
    /// Why AWS was not able to say which of them are enabled; they are then those that this version of
    /// Longshore knows.
    pub problem: Option<ApiError>,
}

/// A Region of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RegionChoice {
    /// For example `us-west-2`.
    pub region: String,
    /// Whether the account has enabled it; absent when that is not known.
    pub enabled: Option<bool>,
}

/// Asks for the accounts of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListOrganization {
    /// The connected account that may list them, by number or name; it also assumes the roles.
    pub via: String,
    /// The name of the role in each account; `{name}` and `{id}` stand for the account's.
    pub role_name: String,
}

/// An account that may be connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportCandidate {
    /// 12 digits; unproven.
    pub account: String,
    /// Its name in the organization.
    pub name: String,
    /// How it would be connected.
    pub credentials: CredentialSource,
}

/// A code of an MFA device. It is used once and not stored.
#[derive(Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MfaCode {
    /// The device's serial number or ARN.
    pub serial: String,
    /// Six digits, as typed.
    pub code: String,
}

/// How a profile gets its credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileKind {
    /// An access key in a file.
    Static,
    /// IAM Identity Center, by a named session.
    SsoSession,
    /// IAM Identity Center, by a start URL in the profile.
    SsoLegacy,
    /// A program.
    CredentialProcess,
    /// A role that another profile assumes.
    RoleFromProfile,
    /// A role that the environment, a container or an instance assumes.
    RoleFromEnvironment,
    /// A role assumed with a web identity token.
    WebIdentity,
    /// The session of `aws login`.
    LoginSession,
    /// It has no credentials.
    None,
}

/// A profile of the AWS configuration files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfileView {
    /// Its name.
    pub name: String,
    /// How it gets its credentials.
    pub kind: ProfileKind,
    /// Its Region.
    pub region: Option<String>,
    /// The account that it names, if it names one; unproven.
    pub account: Option<String>,
    /// The role that it assumes, or its role in IAM Identity Center.
    pub role: Option<String>,
    /// The MFA device that it needs.
    pub mfa_serial: Option<String>,
    /// The program that it runs, with its arguments.
    pub command: Option<String>,
    /// Its custom endpoint for ECR.
    pub endpoint: Option<String>,
    /// The number of the connected account that uses it.
    pub connected: Option<String>,
}

/// Changes what the app stores about an account.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UpdateAccount {
    /// The account's space.
    pub space: Space,
    /// The account's id.
    pub id: String,
    /// New name.
    pub name: String,
    /// New environment.
    pub environment: Environment,
    /// New colour, `#rrggbb`.
    pub colour: String,
    /// New Regions, as typed.
    pub regions: Vec<String>,
    /// Which of AWS's hosts it uses; unchanged when absent.
    #[serde(default)]
    #[ts(optional)]
    pub hosts: Option<AccountHosts>,
    /// The path of a Terraform state, as typed; empty for none, unchanged when absent.
    #[serde(default)]
    #[ts(optional)]
    pub terraform_state: Option<String>,
    /// The account's present name, as typed: a protected account that is no longer for production needs it.
    #[serde(default)]
    #[ts(optional)]
    pub confirm: Option<String>,
}

/// What Longshore forgets with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AccountRemoval {
    /// Its access key is deleted.
    pub key: bool,
    /// The SSO session whose sign-in is forgotten, because nothing else uses it.
    pub session: Option<String>,
}

/// Names an account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AccountKey {
    /// The space.
    pub space: Space,
    /// 12 digits.
    pub id: String,
}

/// Whether secrets can be stored on this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "state")]
pub enum Keychain {
    /// It has not answered yet; an event follows when it has.
    Unknown,
    /// It answers.
    Available,
    /// It exists, but is locked, and no prompt could be answered.
    Locked {
        /// What to do.
        hint: String,
    },
    /// The desktop has none.
    Missing {
        /// What to do.
        hint: String,
    },
}

/// The state of the embedded ECR.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "state")]
pub enum SandboxState {
    /// Never started in this data directory.
    Unused,
    /// It runs in this process.
    Running {
        /// Control listener, such as `http://127.0.0.1:4510`.
        control: String,
        /// Worth knowing, such as that another port was taken.
        notice: Option<String>,
    },
    /// It could not start.
    Failed {
        /// The error.
        error: ApiError,
    },
}

/// What the window needs first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppStatus {
    /// The app's version.
    pub version: String,
    /// Whether any account is known; otherwise the first-start page is shown.
    pub configured: bool,
    /// The space that is shown.
    pub space: Space,
    /// The sandbox.
    pub sandbox: SandboxState,
    /// The keychain.
    pub keychain: Keychain,
    /// Where the app keeps its data.
    pub data_directory: String,
    /// The time of this status.
    pub at: DateTime<Utc>,
}

/// Adds an account to the sandbox.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AddSandboxAccount {
    /// As typed.
    pub id: String,
    /// As typed; the id when empty.
    pub name: String,
    /// What it is for.
    pub environment: Environment,
    /// As typed.
    pub regions: Vec<String>,
}

/// Adds a Region to a sandbox account.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AddSandboxRegion {
    /// 12 digits.
    pub id: String,
    /// As typed.
    pub region: String,
}

/// Settings of the sandbox that can be changed while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SandboxSettings {
    /// How long a native replication takes, in milliseconds.
    pub replication_delay_ms: u32,
    /// Regions that do not answer, to rehearse an outage; until the sandbox ends.
    #[serde(default)]
    pub regions_down: Vec<String>,
}

/// Settings of the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Colour scheme.
    pub theme: Theme,
    /// Whether the desktop shows a notification when a replication or a run ends.
    pub notifications: bool,
}

/// Colour scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// The desktop's scheme.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}
