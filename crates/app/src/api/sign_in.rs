//! Sessions of IAM Identity Center, and signing in to them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ApiError;

/// Names a session of IAM Identity Center.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SsoSessionKey {
    /// Its name in the AWS configuration files; any name for one that is not there.
    pub session: String,
    /// Where people sign in, if the session is not in the AWS configuration files.
    #[serde(default)]
    pub start_url: Option<String>,
    /// The Region of Identity Center, if the session is not in the AWS configuration files.
    #[serde(default)]
    pub region: Option<String>,
}

/// A session of IAM Identity Center.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SsoSessionView {
    /// The key that names it.
    pub key: SsoSessionKey,
    /// Where people sign in.
    pub start_url: String,
    /// The Region of Identity Center.
    pub region: String,
    /// It is in the AWS configuration files; otherwise an account uses it.
    pub in_files: bool,
    /// Until when somebody is signed in; absent when nobody is.
    pub signed_in_until: Option<DateTime<Utc>>,
    /// The sign-in that Longshore holds, also one that has ended.
    pub held: Option<HeldSignIn>,
    /// Why it is not known whether Longshore holds one.
    pub unknown: Option<ApiError>,
    /// Until when the sign-in is valid that the AWS CLI left in its own folder.
    pub of_terminal: Option<DateTime<Utc>>,
    /// How the person signed in the last time.
    pub way: SignInWay,
}

/// A sign-in that Longshore holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HeldSignIn {
    /// Where its token is.
    pub place: SecretPlace,
    /// Until when the token is valid.
    pub until: DateTime<Utc>,
    /// It is refreshed when it is used.
    pub refreshes: bool,
}

/// Where a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SecretPlace {
    /// In the keychain of the desktop.
    Keychain,
    /// In a file that is sealed with a key in the keychain.
    SealedFile,
    /// In memory, until Longshore closes.
    Memory,
}

/// How a person signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SignInWay {
    /// In a browser of this computer (authorization code with PKCE).
    Browser,
    /// With a code that is entered on any device.
    Device,
}

/// Begins a sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StartSignIn {
    /// The session.
    pub session: SsoSessionKey,
    /// How.
    pub way: SignInWay,
    /// The token is stored in the keychain; otherwise it is forgotten when Longshore ends.
    pub remember: bool,
}

/// A sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// Its id.
    pub id: String,
    /// The session.
    pub session: SsoSessionKey,
    /// How.
    pub way: SignInWay,
    /// The page on which the person signs in.
    pub url: String,
    /// The code that the page asks for.
    pub user_code: Option<String>,
    /// How far it is.
    pub state: SignInState,
}

/// How far a sign-in is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "state")]
pub enum SignInState {
    /// The person has not signed in yet.
    Waiting,
    /// The person is signed in.
    Done,
    /// It failed.
    Failed {
        /// The error.
        error: ApiError,
    },
    /// It was given up.
    Cancelled,
}

/// Names a sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignInKey {
    /// Its id.
    pub id: String,
}
