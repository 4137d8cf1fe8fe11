//! The replication configuration of one registry.
//!
//! Source: ECR API model 2015-09-21, `PutReplicationConfiguration` and `DescribeRegistry`. ECR only
//! has the whole document: there is no call for one rule, no id and no version.

mod canonical;
mod diff;
mod document;
mod driver;
mod edit;
mod explain;
mod matching;
mod rule;
mod validate;
mod validate_facts;
mod validate_rule;

pub use diff::{ConfigurationDiff, RuleChange, diff};
pub use document::ReplicationConfiguration;
pub use driver::{Driver, EngineReason, driver};
pub use explain::explain_rule;
pub use matching::{
    MatchPreview, Matched, RepositoryFacts, matching_filter, name_under, preview, preview_typed,
};
pub use rule::{DestinationInput, DraftInput, FilterType, RuleDraft, RuleFilter, RuleView};
pub use validate::{
    DestinationFacts, DestinationRepository, PolicyFacts, RuleContext, check_unchanged,
    validate_configuration, validate_draft,
};
pub(crate) use validate_facts::{onward_of, rules_back};

/// At most this many rules in a configuration (General Reference, "Amazon ECR endpoints and quotas").
pub const MAX_RULES: usize = 25;
/// At most this many different destinations over all rules of a configuration.
pub const MAX_DESTINATIONS: usize = 25;
/// At most this many filters in a rule.
pub const MAX_FILTERS: usize = 100;
