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

mod bandwidth;
mod check_destination;
mod check_rules;
mod compile;
mod destination;
mod driver;
mod duration;
mod explain;
mod facts;
mod file;
mod matcher;
mod moment;
mod naming;
mod newest;
mod parse;
mod platform;
mod print;
mod reason;
mod registry;
mod schema;
mod select;
mod shape;
mod source;
mod tidy;
mod timetable;
mod timing;
mod tree;

pub use compile::{CompiledDestination, CompiledRule, check};
pub use destination::{
    Create, Destination, Encryption, Immutability, OnConflict, OnExpiry, PrefixChange, Rename,
    RepositorySettings, TagNames,
};
pub use driver::{Decision, NativeContext, driver};
pub use explain::explain;
pub use facts::{ImageFacts, Needs};
pub use file::{Prune, Rule, RuleFile};
pub use parse::{parse_rules, read_rules};
pub(crate) use print::document as yaml_document;
pub use print::to_yaml;
pub use reason::NotSelectedReason;
pub use registry::{Registry, RegistryError};
pub use schema::schema;
pub use select::{
    Collision, DestinationName, NotSelected, Selected, Selection, Undecided, collisions, select,
};
pub use source::{NewestBy, Referrers, RepositoryPattern, Source, TagFilter, TagPattern};
pub use timetable::{Timetable, Windows};
pub use timing::{Day, Limits, Schedule, Window};
