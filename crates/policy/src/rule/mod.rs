//! The user's own rule: everything about copying that ECR's replication cannot express.
//!
//! * [`read_rules`] reads a file of them, [`to_yaml`] writes one, [`schema`] describes it.
//! * [`CompiledRule`] is a rule that is ready to run: [`select`] says for every tag whether it is
//!   copied, under which names, or why not.
//! * [`driver`] says whether ECR itself could run the rule, [`explain`] what the rule does.
//! * [`Timetable`] and [`Windows`] say when.
//!
//! ```
//! use longshore_policy::rule::{CompiledRule, parse_rules};
//!
//! let file = parse_rules(
//!     r#"
//! version: 1
//! rules:
//!   - name: releases to the edge
//!     source:
//!       registry: 111122223333/us-west-2
//!       repositories:
//!         - prefix: prod/
//!       tags:
//!         include:
//!           - semver: ">=1.4, <2"
//!         minimum_age: 7d
//!     destinations:
//!       - registry: registry.example.com
//!         rename:
//!           template: mirror/{repository}
//! "#,
//! )
//! .map_err(|findings| findings[0].text.clone())?;
//! let rule = CompiledRule::compile(&file.rules[0]).map_err(|findings| findings[0].text.clone())?;
//! assert_eq!(rule.source().to_string(), "111122223333.dkr.ecr.us-west-2.amazonaws.com");
//! # Ok::<(), String>(())
//! ```

mod compiled;
mod document;
mod driver;
mod explain;
mod units;

pub use compiled::compile::{CompiledDestination, CompiledRule, check};
pub use compiled::facts::{ImageFacts, Needs};
pub use compiled::reason::NotSelectedReason;
pub use compiled::select::{
    Collision, DestinationName, NotSelected, Selected, Selection, Undecided, collisions, select,
};
pub use compiled::timetable::{Timetable, Windows};
pub use document::destination::{
    Create, Destination, Encryption, Immutability, OnConflict, OnExpiry, PrefixChange, Rename,
    RepositorySettings, TagNames,
};
pub use document::parse::{Typed, parse_rules, read_rules, read_typed};
pub use document::print::document as yaml_document;
pub use document::print::to_yaml;
pub use document::rule_file::{Prune, Rule, RuleFile};
pub use document::schema::{schema, schema_of};
pub use document::shape::Places;
pub use document::source::{NewestBy, Referrers, RepositoryPattern, Source, TagFilter, TagPattern};
pub use document::timing::{Day, Limits, Schedule, Window};
pub use driver::{Decision, NativeContext, driver};
pub use explain::explain;
pub use units::duration::{in_words, parse_duration};
pub use units::moment::{parse_minutes, parse_moment, parse_time_zone};
pub use units::registry::{Registry, RegistryError};
