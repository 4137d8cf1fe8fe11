//! Promotion as pure values: where builds go, what they have to satisfy, and what is remembered.
//!
//! * [`path`]: paths of stages, read from a file; registries, repository names, tags.
//! * [`scheme`]: what tags look like, which is later, the next one, the ones that move.
//! * [`gate`]: gates, the evidence for each, and whether a promotion may go on.
//! * [`approval`]: requests, and approvals by other people.
//! * [`plan`]: what a promotion writes, its hash, and what has changed since.
//! * [`record`]: the tamper-evident record, its history, rollback and undo.
//! * [`board`]: which build is where, from what registries say.
//! * [`search`]: finds builds by commit, tag, digest or label.
//! * [`barrier`]: all digests first, everywhere, and only then any tag.
//!
//! ```
//! use longshore_promotion::{path::read_paths, scheme::{TagScheme, recognise}};
//!
//! let (paths, findings) = read_paths(
//!     r#"
//! paths:
//!   - name: shop
//!     stages:
//!       - { name: dev, registry: 111122223333/us-west-2, repositories: "dev-{service}" }
//!       - name: production
//!         registries: [444455556666/us-west-2, 444455556666/eu-west-1]
//!         repositories: "prod-{service}"
//!         gates:
//!           - minimum_age: 1h
//! "#,
//! );
//! assert!(findings.is_empty());
//! let paths = paths.ok_or("no paths")?;
//! let production = paths[0].stage("production").ok_or("no stage")?;
//! assert_eq!(production.places(&"api".parse()?)?[1].repository.as_str(), "prod-api");
//!
//! let tags = ["1.4.0", "1.4.1", "1.5.0-rc.1", "latest"].map(|tag| tag.parse().unwrap());
//! assert_eq!(recognise(&tags).scheme, Some(TagScheme::SEMVER));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Not for: doing anything. There is no I/O, no network, no signature and no clock here; the caller reads
//! registries, verifies signatures, and says what the time is.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod approval;
pub mod barrier;
pub mod board;
pub mod gate;
mod hash;
pub mod hold;
mod names;
pub mod path;
mod place;
pub mod plan;
pub mod record;
mod release_set;
pub mod scheme;
pub mod search;
mod spare;
mod summary;

pub use hash::canonical_hash;
pub use names::{PathName, Person, PromotionNameError, Service, StageName};
pub use place::{Build, Place, Since, StagedImage};
pub use release_set::{ReleaseSet, SetMember, SetSource, release_set};
pub use spare::{Spared, spared};
pub use summary::{DestinationSummary, Exit, Summary};
