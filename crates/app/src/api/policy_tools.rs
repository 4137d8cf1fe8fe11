//! Policies that are built, checked and asked, without any registry.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Finding, RegistryKey};

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
    /// What it is too long for. With an error, AWS refuses it.
    pub findings: Vec<Finding>,
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

/// Kinds of policies that can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PolicyKind {
    /// The policy of a registry.
    Registry,
    /// The policy of a repository.
    Repository,
    /// A policy for users and roles, or a permissions boundary.
    Identity,
    /// The trust policy of a role.
    Trust,
    /// A resource policy of another service; never asked for.
    Other,
}

/// A text with policies to check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckPolicies {
    /// JSON, YAML, Terraform, CloudFormation, commands of the AWS CLI, Markdown.
    pub text: String,
    /// The kind of the policies; without it, it is recognised.
    pub kind: Option<PolicyKind>,
    /// The account and Region that they are for, if that is known.
    pub registry: Option<RegistryKey>,
}

/// What was found in a text with policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckedPolicies {
    /// The documents, in the order of the text.
    pub documents: Vec<CheckedDocument>,
    /// The findings, by document and position.
    pub findings: Vec<PlacedFinding>,
    /// The day of the list of actions and keys, such as `2026-11-01`.
    pub list: String,
}

/// A document in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckedDocument {
    /// What it is, as a phrase such as `an IAM policy for users and roles`.
    pub what: String,
    /// The kind as which it was checked; absent if it is no policy.
    pub kind: Option<PolicyKind>,
    /// The repository whose policy it is, if the text says so.
    pub repository: Option<String>,
    /// Its statements in plain sentences.
    pub statements: Vec<StatementMeaning>,
    /// The line where it begins, from 1.
    pub line: u32,
}

/// A statement in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StatementMeaning {
    /// Its Sid.
    pub sid: Option<String>,
    /// `Allow`, `Deny`, or what it has instead.
    pub effect: String,
    /// What it does, in one sentence.
    pub text: String,
}

/// A finding with its place in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlacedFinding {
    /// The finding.
    pub finding: Finding,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// What its fix does, in one sentence; absent if there is none.
    pub fix: Option<String>,
}

/// A fix to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FixPolicies {
    /// The text as it was checked.
    pub checked: CheckPolicies,
    /// The place of the finding in [`CheckedPolicies::findings`], from 0.
    pub finding: u32,
}

/// A text after a fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FixedPolicies {
    /// The fixed document as indented JSON.
    pub text: String,
    /// Whether something that was around the document in the text is not in it.
    pub alone: bool,
}

/// Kinds of policies that take part in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PolicyLayer {
    /// The policies of a user or role, and of the user's groups.
    Identity,
    /// The policies of the repository and the registry.
    Resource,
    /// The permissions boundary.
    Boundary,
    /// The policy of the session.
    Session,
    /// Service control policies.
    Scp,
    /// Resource control policies.
    Rcp,
}

/// A question: may this principal do these actions on these repositories?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AskPolicies {
    /// The ARN of a user or role, an account number, or the name of a service.
    pub principal: String,
    /// Actions, such as `ecr:PutImage`; or `pull`, `push`, `push-pull`, `ci` or `delete`, which stand for
    /// all the actions that they need.
    pub actions: Vec<String>,
    /// ARNs, `*`, or names of repositories in `registry`.
    pub resources: Vec<String>,
    /// Where repositories are that are given by name.
    pub registry: Option<RegistryKey>,
    /// The policies.
    pub documents: Vec<AskedDocument>,
    /// Values of condition keys, `KEY=VALUE`.
    pub context: Vec<String>,
    /// Whether every key that is not in `context` is absent from the request.
    pub context_complete: bool,
}

/// A policy that a question is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AskedDocument {
    /// What it is.
    pub layer: PolicyLayer,
    /// Its name in answers.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The answers to a question, for each action and each resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PolicyAnswers {
    /// Every action with every resource, by action first. A purpose that needs a login has an answer
    /// about the login too, with the resource `*`.
    pub answers: Vec<PolicyAnswer>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PolicyAnswer {
    /// The action or purpose as it was given.
    pub asked: String,
    /// The action.
    pub action: String,
    /// The resource, as it was given.
    pub resource: String,
    /// The answer in one word.
    pub decision: PolicyDecision,
    /// The reason, in one or two sentences.
    pub reason: String,
    /// What was not given and could change the answer, as phrases.
    pub unseen: Vec<String>,
    /// What was given without a meaning for this principal or action, as phrases.
    pub ignored: Vec<String>,
    /// The condition keys on which an unknown answer depends.
    pub keys: Vec<String>,
}

/// An answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PolicyDecision {
    /// Yes, as far as the given policies show.
    Allowed,
    /// No: a statement denies it.
    Denied,
    /// No: nothing allows it.
    NotAllowed,
    /// It depends on something that was not given.
    Unknown,
}
