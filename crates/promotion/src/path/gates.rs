//! The gates of a stage as they are written.

use std::collections::BTreeMap;

use longshore_policy::rule::Window;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{gate::VulnerabilitySeverity, scheme::SchemeText};

/// One gate: exactly one of the keys that say what is asked, maybe with `if_present` or `no_override`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GateText {
    /// How long the build must have been in the stage before, such as `1h` or `7d`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_age: Option<String>,
    /// Every registry of the stage before must have the build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_previous_stage: Option<bool>,
    /// What the build's tag must look like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag_scheme: Option<SchemeText>,
    /// Labels that the image must have, each with a regular expression for the whole value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
    /// Annotations that the manifest must have, each with a regular expression for the whole value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<BTreeMap<String, String>>,
    /// Platforms that the build must have, such as `linux/amd64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platforms: Option<Vec<String>>,
    /// The most bytes that one platform of the build may have, such as `2GB`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_size: Option<String>,
    /// What the registry's scan must have found, for each platform by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan: Option<ScanText>,
    /// Who must have signed the build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<SignerText>,
    /// An attestation that the build must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attestation: Option<AttestationText>,
    /// No later build may be in the stage before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_superseded: Option<bool>,
    /// Times in which nothing enters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freeze: Option<FreezeText>,
    /// A command whose exit code 0 is a pass. It does not run until its content is trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandText>,
    /// An address that answers pass or fail. It is not called until its content is trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookText>,
    /// How many people other than the requester must approve.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 20))]
    pub approvals: Option<u32>,
    /// Missing evidence does not stop the promotion; the gate is amber then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub if_present: bool,
    /// The gate cannot be overridden.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_override: bool,
}

/// What a scan must have found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanText {
    /// The highest severity that is accepted.
    pub max_severity: VulnerabilitySeverity,
    /// How old the scan may be, such as `7d`. Without it, any age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<String>,
    /// Vulnerabilities that are accepted for some time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2_000))]
    pub allow: Vec<AllowText>,
}

/// A vulnerability that is accepted for some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowText {
    /// Its id, such as `CVE-2026-12345`.
    #[schemars(length(min = 1, max = 100))]
    pub id: String,
    /// The first moment at which it is no longer accepted: a date (midnight UTC) or a time.
    pub until: String,
    /// Why it is accepted.
    #[schemars(length(min = 1, max = 1_000))]
    pub reason: String,
}

/// Who must have signed: by a key, by an identity, or under a root certificate; exactly one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SignerText {
    /// The name of an enrolled key, or the ARN of a KMS key (cosign).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The identity in a keyless signature's certificate, or a pattern with `*`; needs `issuer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The issuer of the identity, such as `https://token.actions.githubusercontent.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The name of an enrolled root certificate (Notation, AWS Signer).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
}

/// An attestation that the build must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestationText {
    /// The type of its predicate, such as `https://slsa.dev/provenance/v1`.
    #[schemars(length(min = 1, max = 500))]
    pub predicate_type: String,
    /// Who must have signed it.
    pub signed_by: SignerText,
}

/// Times in which nothing enters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FreezeText {
    /// Times of day that come again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub windows: Vec<Window>,
    /// Days of the calendar.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub dates: Vec<FreezeDates>,
    /// The time zone of `dates`, such as `Europe/Berlin`. Without it, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// Days of the calendar on which nothing enters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FreezeDates {
    /// The first day, `2026-12-20`.
    pub from: String,
    /// The last day, which is frozen whole.
    pub to: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A command that answers by its exit code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandText {
    /// The program and its arguments; no shell reads them.
    #[schemars(length(min = 1, max = 100))]
    pub run: Vec<String>,
    /// How long it may take, such as `30s`; at most an hour. Without it, a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
}

/// An address that answers pass or fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookText {
    /// The address, `https://…`; it is not followed elsewhere.
    #[schemars(length(min = 1, max = 2_000))]
    pub url: String,
    /// How long it may take, such as `10s`; at most an hour. Without it, a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
}
