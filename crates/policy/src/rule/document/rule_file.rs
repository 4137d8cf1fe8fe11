//! A rule file: the content of `rules.yaml`.
//!
//! These types are the file as it is written: texts that have a grammar of their own (registries,
//! patterns, durations, dates) are still texts. [`CompiledRule`](crate::rule::CompiledRule) is a rule
//! whose every text was understood. The comments of these types are the descriptions in the JSON
//! Schema.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::{Destination, Limits, Schedule, Source};

/// Rules that say which images are copied where, for `longshore sync` and for the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Longshore rules")]
pub struct RuleFile {
    /// The version of the format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// The rules, in the order in which they run.
    pub rules: Vec<Rule>,
}

impl RuleFile {
    /// The version that this program writes.
    pub const VERSION: u32 = 1;

    /// A file of these rules.
    pub fn new(rules: Vec<Rule>) -> Self {
        Self { version: Self::VERSION, rules }
    }
}

/// One rule: images of one registry, copied to one or more others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The name of the rule in plans, runs and messages; unique in the file.
    #[schemars(length(min = 1, max = 128))]
    pub name: String,
    /// What is copied.
    pub source: Source,
    /// Where it is copied to. The source is read once for all destinations.
    #[schemars(length(min = 1, max = 100))]
    pub destinations: Vec<Destination>,
    /// Removes tags at the destinations that the rule no longer selects. Without it, nothing is
    /// removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prune: Option<Prune>,
    /// When the rule runs automatically. Without it, the rule runs on demand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// How much of the machine and of the network a run may use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

impl Rule {
    /// A rule that copies everything of `source` to `destination`, under the same names.
    pub fn new(name: &str, source: &str, destination: &str) -> Self {
        Self {
            name: name.to_owned(),
            source: Source::new(source),
            destinations: vec![Destination::new(destination)],
            prune: None,
            schedule: None,
            limits: None,
        }
    }
}

/// Removal of tags at the destinations that the rule no longer selects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prune {
    /// Whether anything is removed at all.
    pub enabled: bool,
    /// At most this many tags are removed by one run; a run that would remove more removes none
    /// and says so.
    #[serde(default = "Prune::default_max", skip_serializing_if = "Prune::is_default_max")]
    #[schemars(range(min = 1, max = 100_000))]
    pub max: u32,
}

impl Prune {
    /// The default of [`Prune::max`].
    pub const DEFAULT_MAX: u32 = 100;

    fn default_max() -> u32 {
        Self::DEFAULT_MAX
    }

    fn is_default_max(max: &u32) -> bool {
        *max == Self::DEFAULT_MAX
    }
}
