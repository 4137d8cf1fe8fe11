//! Paths, and what their gates ask.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::{Finding, Space};

/// Names a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PathKey {
    /// The space.
    pub space: Space,
    /// The path's name.
    pub name: String,
}

/// A path as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PathText {
    /// The path's name.
    pub name: String,
    /// The file, in YAML.
    pub text: String,
}

/// A path file to store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ApplyPaths {
    /// The space.
    pub space: Space,
    /// The file, in YAML.
    pub text: String,
    /// Whether it is only checked.
    pub check_only: bool,
}

/// What became of a path file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppliedPaths {
    /// The paths of the file; empty if it has an error.
    pub paths: Vec<AppliedPath>,
    /// What is wrong, or worth knowing.
    pub findings: Vec<PathProblem>,
}

/// What became of one path of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppliedPath {
    /// The path's name.
    pub name: String,
    /// `created`, `changed` or `unchanged`.
    pub change: String,
}

/// A finding in a path file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PathProblem {
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column in characters, from 1.
    pub column: Option<u32>,
    /// The finding.
    pub finding: Finding,
}

/// A path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PathRow {
    /// The space.
    pub space: Space,
    /// Its name.
    pub name: String,
    /// Patterns of its services; empty for every service.
    pub services: Vec<String>,
    /// The stages in their order.
    pub stages: Vec<PathStage>,
    /// The SHA-256 of the path as it is written, in hexadecimal.
    pub hash: String,
    /// When it was last changed.
    pub changed: DateTime<Utc>,
}

/// A stage of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PathStage {
    /// Its name.
    pub name: String,
    /// The stage that builds come from; absent where builds are pushed.
    pub from: Option<String>,
    /// The registries that Longshore writes, as the file names them.
    pub registries: Vec<String>,
    /// The registries that a replication rule fills.
    pub replicated: Vec<String>,
    /// The environment that runs it.
    pub environment: Option<String>,
    /// The gates to enter, as keys of the path file.
    pub gates: Vec<String>,
    /// How many people must approve.
    pub approvals: u32,
}

/// A command or a web address that a gate asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExternalGate {
    /// The stage.
    pub stage: String,
    /// The program and its arguments, or the address.
    pub call: Vec<String>,
    /// How long it may take.
    pub seconds: u32,
    /// The SHA-256 of its content, in hexadecimal.
    pub hash: String,
    /// Whether it is trusted on this computer.
    pub trusted: bool,
}

/// Trust in what a gate asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TrustGate {
    /// The path.
    pub path: PathKey,
    /// The hash of its content, or at least its first 12 digits.
    pub hash: String,
    /// Whether it is trusted from now on.
    pub trust: bool,
}
