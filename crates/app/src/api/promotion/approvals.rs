//! Requests, approvals and keys.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::Space;

/// Names a key of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NamedKey {
    /// The person.
    pub name: String,
}

/// A public key of another person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EnrolKey {
    /// The person.
    pub name: String,
    /// The key, `ed25519:…`.
    pub public: String,
}

/// A key with which a person approves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalKey {
    /// The person.
    pub name: String,
    /// The public key.
    pub public: String,
    /// Whether its private half belongs to this computer's person.
    pub own: bool,
    /// Since when it is known.
    pub at: DateTime<Utc>,
}

/// A promotion that another person is to approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RequestPromotion {
    /// The space.
    pub space: Space,
    /// The path.
    pub path: String,
    /// The stage to enter.
    pub stage: String,
    /// The service.
    pub service: String,
    /// A tag or a digest; without it, the build that is in the stage before.
    pub build: Option<String>,
    /// The tag that it gets, in place of the stage's policy.
    pub tag: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// How long the request lasts; a week if absent.
    pub hours: Option<u32>,
}

/// A request to send to another person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WrittenPromotionRequest {
    /// Its hash, in hexadecimal.
    pub hash: String,
    /// The file.
    pub text: String,
    /// What it says.
    pub request: OpenedPromotionRequest,
}

/// The file of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PromotionFile {
    /// Its text.
    pub text: String,
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OpenedPromotionRequest {
    /// Its hash, in hexadecimal.
    pub hash: String,
    /// The path.
    pub path: String,
    /// The stage to enter.
    pub stage: String,
    /// The service; absent for a release set.
    pub service: Option<String>,
    /// The build.
    pub digest: String,
    /// The tag that it gets.
    pub tag: Option<String>,
    /// The SHA-256 of the plan.
    pub plan_hash: String,
    /// Who asks, as the file says.
    pub requested_by: String,
    /// When it was written.
    pub created: DateTime<Utc>,
    /// When it ends.
    pub expires: DateTime<Utc>,
    /// Why.
    pub reason: Option<String>,
}

/// A request to approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ApprovePromotion {
    /// The space.
    pub space: Space,
    /// The file of the request.
    pub text: String,
    /// The own key to sign with; the only one if absent.
    pub key: Option<String>,
}

/// An approval to send back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WrittenApproval {
    /// The file.
    pub text: String,
    /// Who approved.
    pub approver: String,
    /// What was approved.
    pub request: OpenedPromotionRequest,
}
