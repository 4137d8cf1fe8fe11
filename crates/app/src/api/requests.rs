//! Requests to the administrator of another registry, and their receipts.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ApiError, Finding, PlanRequest, RegistryKey, Space, StatementInput};

/// Writes a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WriteRequest {
    /// The statement that the other registry should have.
    pub statement: StatementInput,
    /// Why, for its administrator.
    pub reason: Option<String>,
}

/// A request that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WrittenRequest {
    /// Its id.
    pub id: String,
    /// The registry that it is for.
    pub registry: RegistryKey,
    /// The file's text.
    pub text: String,
}

/// Opens a request's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OpenRequest {
    /// The space whose accounts are used.
    pub space: Space,
    /// The file's text.
    pub text: String,
}

/// What is in a request's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OpenedRequest {
    /// Its id.
    pub id: String,
    /// The registry that it is for.
    pub registry: RegistryKey,
    /// The account that asks. Only what the file says: nothing proves it.
    pub account: String,
    /// Who asks; unproven too.
    pub principal: Option<String>,
    /// Why.
    pub reason: String,
    /// When it was written.
    pub created: DateTime<Utc>,
    /// What it asks for, a sentence each.
    pub wants: Vec<String>,
    /// What the registry does not allow yet and would allow then, a sentence each.
    pub newly_allowed: Vec<String>,
    /// What is wrong or worth knowing.
    pub findings: Vec<Finding>,
    /// Fields that this version does not know, and does not apply.
    pub unknown_fields: Vec<String>,
    /// Why the registry could not be asked.
    pub problem: Option<ApiError>,
}

/// The change that a request asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RequestPlan {
    /// The registry.
    pub registry: RegistryKey,
    /// To be planned; absent when the registry allows it already.
    pub change: Option<PlanRequest>,
    /// What it asks for besides, which has to be done by hand; a sentence each.
    pub not_applied: Vec<String>,
}

/// A receipt that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WrittenReceipt {
    /// The request's id.
    pub request: String,
    /// Whether everything is applied.
    pub applied: bool,
    /// The file's text.
    pub text: String,
}

/// Checks a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckReceipt {
    /// The space of its registry.
    pub space: Space,
    /// The file's text.
    pub text: String,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ReceiptOutcome {
    /// Everything was applied.
    Applied,
    /// Some of it was applied.
    Partly,
    /// Nothing was applied.
    Refused,
}

/// What is known of a destination's statement by a request that was written here, and by its receipt. The
/// files say so; nothing proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StatedPermission {
    /// The request's id.
    pub request: String,
    /// When it was written.
    pub requested: DateTime<Utc>,
    /// Its receipt; absent until one was checked here.
    pub receipt: Option<StatedReceipt>,
    /// What the rule needs and no receipt states: an action and repositories each.
    pub missing: Vec<String>,
    /// Longshore has read the destination's policy itself, so that nothing depends on the receipt.
    pub seen: bool,
}

/// A receipt that was checked here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StatedReceipt {
    /// What became of the request.
    pub outcome: ReceiptOutcome,
    /// When.
    pub applied: DateTime<Utc>,
    /// Who did it; told, not proven.
    pub principal: Option<String>,
    /// Whether the statement was added as it was asked for.
    pub as_requested: bool,
}

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckedReceipt {
    /// The request's id.
    pub request: String,
    /// The registry.
    pub registry: RegistryKey,
    /// What became of the request.
    pub outcome: ReceiptOutcome,
    /// Whether the statement was added as it was asked for.
    pub as_requested: bool,
    /// Who applied it; told, not proven.
    pub principal: Option<String>,
    /// When.
    pub applied: DateTime<Utc>,
    /// Fields that this version does not know.
    pub unknown_fields: Vec<String>,
}

/// Asks which expected images a registry has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckExpected {
    /// The registry.
    pub registry: RegistryKey,
    /// A list of images, or a request.
    pub text: String,
}

/// What was expected in a registry, and what is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Expected {
    /// The registry.
    pub registry: RegistryKey,
    /// What says it. Nothing proves who wrote it.
    pub source: ExpectedSource,
    /// The images of a list, in its order.
    pub images: Vec<ExpectedRow>,
    /// The repositories that a request states. A request names no images.
    pub repositories: Vec<ExpectedRepositories>,
    /// When the registry was asked.
    pub at: DateTime<Utc>,
}

/// What says which images are expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum ExpectedSource {
    /// A list of images.
    List {
        /// What its first line says of it, if that is a comment.
        note: Option<String>,
    },
    /// A request.
    Request {
        /// Its id.
        id: String,
        /// The account that asks.
        account: String,
        /// When it was written.
        created: DateTime<Utc>,
        /// Why.
        reason: String,
    },
}

/// What a registry has of an expected image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ExpectedState {
    /// It is there.
    Present,
    /// Its tag points at another image.
    OtherImage,
    /// The image is there, without its tag.
    Untagged,
    /// It is not there.
    Absent,
    /// Its repository does not exist.
    NoRepository,
    /// The repository could not be read.
    Unknown,
}

/// An expected image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExpectedRow {
    /// The line of the list, from 1.
    pub line: u32,
    /// The repository.
    pub repository: String,
    /// The tag that is stated.
    pub tag: Option<String>,
    /// The digest that is stated.
    pub digest: Option<String>,
    /// What is there.
    pub state: ExpectedState,
    /// The digest that is there.
    pub found: Option<String>,
    /// The `image:` line for a deployment, if the image is there.
    pub image: Option<String>,
    /// Why the repository could not be read.
    pub problem: Option<ApiError>,
}

/// Repositories that a request states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExpectedRepositories {
    /// A name, or a prefix with `*`.
    pub names: String,
    /// Those that exist, in alphabetical order.
    pub found: Vec<String>,
    /// How many more exist.
    pub more: u32,
}

/// Asks for a list of a registry's images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WriteExpected {
    /// The registry.
    pub registry: RegistryKey,
    /// Prefixes of the repositories, as typed; all when empty.
    pub prefixes: Vec<String>,
    /// The most tags of each repository, the newest first.
    pub newest: u32,
}

/// A list of a registry's images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WrittenExpected {
    /// The registry.
    pub registry: RegistryKey,
    /// The list.
    pub text: String,
    /// How many images it names.
    pub images: u32,
    /// How many it leaves out because a list has at most 1,000.
    pub left_out: u32,
}
