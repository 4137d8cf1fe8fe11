//! Policies that are built, without any registry.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A policy that should be built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BuildPolicy {
    /// What is built: a purpose of an identity policy such as `push-pull`, or `boundary`,
    /// `repository-pull`, `trust-github` and so on ([`PolicyRecipe::kind`]).
    pub kind: String,
    /// Registries: `ACCOUNT/REGION`, or `ACCOUNT` for every Region.
    pub registries: Vec<String>,
    /// Names of repositories.
    pub repositories: Vec<String>,
    /// Prefixes of repository names, instead of names.
    pub prefixes: Vec<String>,
    /// A resource tag of the repositories, `KEY=VALUE`, instead of names.
    pub tag: Option<String>,
    /// Who: numbers of accounts, and ARNs of users and roles.
    pub principals: Vec<String>,
    /// The id of an organization.
    pub organization: Option<String>,
    /// Names of projects: of CodeBuild, `OWNER/NAME` of GitHub, `GROUP/NAME` of GitLab.
    pub projects: Vec<String>,
    /// The branch whose workflows or pipelines are trusted; by default `main`.
    pub branch: Option<String>,
    /// The host of GitLab; by default `gitlab.com`.
    pub host: Option<String>,
    /// The external id that a third party must send.
    pub external_id: Option<String>,
    /// Whether callers must have signed in with a second factor.
    pub mfa: bool,
}

/// A policy that was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BuiltPolicy {
    /// The document, indented JSON.
    pub document: String,
    /// Its actions, each once.
    pub actions: Vec<ActionMeaning>,
    /// Characters when minified.
    pub length: u32,
}

/// What an action allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ActionMeaning {
    /// The action, such as `ecr:PutImage`.
    pub action: String,
    /// What it allows, in one sentence.
    pub meaning: String,
    /// Whether a statement can limit it to repositories.
    pub by_repository: bool,
}

/// Something that can be built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PolicyRecipe {
    /// Its name.
    pub kind: String,
    /// What it is, in one sentence.
    pub sentence: String,
    /// The fields of [`BuildPolicy`] that it uses.
    pub fields: Vec<String>,
}
