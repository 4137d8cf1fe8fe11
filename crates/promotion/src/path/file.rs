//! A path file as it is written. The comments of these types are the descriptions in the JSON Schema.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::gates::GateText;
use crate::scheme::{SchemeText, Step};

/// Paths on which builds are promoted from stage to stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Longshore paths")]
pub struct PathFile {
    /// The version of the format: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1))]
    pub version: Option<u32>,
    /// The paths.
    #[schemars(length(min = 1, max = 500))]
    pub paths: Vec<PathText>,
}

/// One path: an ordered list of stages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathText {
    /// The name of the path in commands, plans and records; unique.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// The services of the path, such as `api` or `team/*`. Without it, every service whose repository
    /// is found in the first stage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2_000))]
    pub services: Vec<String>,
    /// The tag scheme of each service, by its name or a pattern with `*`; `*` is the one of all others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub schemes: BTreeMap<String, SchemeText>,
    /// The stages, the first first.
    #[schemars(length(min = 1, max = 50))]
    pub stages: Vec<StageText>,
}

/// One stage of a path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageText {
    /// The name of the stage; unique in its path.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// The registry of the stage: `ACCOUNT/REGION` or a host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
    /// Several registries, whose tags move together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub registries: Vec<String>,
    /// Registries that an ECR replication rule fills from the first registry: they are not written, and
    /// not atomic; the stage is done when the tag is there too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub replicated: Vec<String>,
    /// The names of the repositories. Without it, the service's own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repositories: Option<MappingText>,
    /// The tag of a build in this stage. Without it, `keep`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<TagPolicyText>,
    /// Which part of a version `tags: { scheme: … }` raises. Without it, `patch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// Whether `1`, `1.4` and `latest` move along with a tag. Without it, they do not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moving_tags: bool,
    /// The environment that runs what is in this stage, such as `prod-eu`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The stage that builds come from. Without it, the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What a build has to satisfy to enter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub gates: Vec<GateText>,
    /// What a build has to satisfy for a rollback to it. Without it, nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub rollback_gates: Vec<GateText>,
    /// Who may approve: names of people, or patterns with `*`. Without it, everyone whose key is
    /// enrolled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub approvers: Vec<String>,
}

/// How a service's repository is named in a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MappingText {
    /// `same`, or a template such as `prod-{service}`.
    Template(String),
    /// Another beginning.
    Keyed(MappingKey),
}

/// The form of a mapping that is not a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MappingKey {
    /// Replaces the beginning of the service's name.
    Prefix(PrefixText),
}

/// A replaced beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrefixText {
    /// The beginning of the service's name.
    pub from: String,
    /// What the repository's name begins with instead.
    pub to: String,
}

impl JsonSchema for MappingText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Mapping".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "How a service's repository is named: `same`, a template such as `prod-{service}` (also `{stage}` and `{environment}`), or another beginning.",
            "oneOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": { "prefix": generator.subschema_for::<PrefixText>() },
                    "required": ["prefix"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

/// The tag of a build in a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TagPolicyText {
    /// The tag of the stage before.
    Keep,
    /// The tag of the stage before, and another one made of it, such as `{tag}-released`.
    Add(String),
    /// Another tag made of it, such as `{tag}-prod`; also `{stage}` and `{environment}`.
    Template(String),
    /// The next tag of this scheme in the stage's own repository.
    Scheme(SchemeText),
}
