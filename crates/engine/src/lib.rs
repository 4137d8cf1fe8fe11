//! Plans and runs copies of images between registries.
//!
//! The engine sees a registry only as a [`Source`](longshore_registry::Source) and a
//! [`Sink`](longshore_registry::Sink). A [`plan`] says for every image what will be done and why,
//! and changes nothing. [`run`] does exactly that, reports to a [`Reporter`] and records finished
//! work in a [`Journal`], so that [`resume`] continues after a stop of any kind.
//!
//! ```no_run
//! use std::sync::Arc;
//! use longshore_engine::{CopyItem, CopyRequest, RunContext, plan, run};
//! use longshore_registry::{HostOptions, HttpRegistry};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let source = Arc::new(HttpRegistry::connect("localhost:5000", HostOptions::default())?);
//! let sink = Arc::new(HttpRegistry::connect("localhost:5001", HostOptions::default())?);
//! let (from, to) = ("dev/service".parse()?, "prod/service".parse()?);
//! let item = CopyItem::new(from, "42".parse()?, to, Some("21".parse()?));
//! let plan = plan(source.clone(), sink.clone(), &CopyRequest::new(vec![item])).await?;
//! println!("{}", plan.images[0].explanation);
//! let outcome = run(plan, RunContext::new(source, sink)).await?;
//! assert_eq!(outcome.summary.copied, 1);
//! # Ok(())
//! # }
//! ```
//!
//! A plan can be divided among machines ([`shard()`]), and tags that a rule no longer selects can
//! be removed ([`plan_prune`], [`run_prune`]).
//!
//! Not for: deciding which images a rule matches (`longshore-policy`), or talking to AWS
//! (`longshore-ecr`).
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod error;
mod image;
mod journal;
mod plan;
pub mod private;
mod prune;
mod report;
mod run;
mod size;
mod tee;
mod verify;
mod work;

pub use error::{EngineError, EngineErrorKind, Failure, Side};
pub use journal::{Journal, Left, RunRecord, RunState, UnfinishedRun};
pub use plan::copy_plan::{Action, CopyPlan, PlanTotals, plan};
pub use plan::expiry::forecast::{Expiring, Expiry, RepositoryExpiry};
pub use plan::planned::{PlannedBlob, PlannedImage, PlannedManifest, PlannedReferrer, Way};
pub use plan::request::{CopyItem, CopyRequest, OnConflict, Order, Referrers};
pub use plan::shard::{Shard, ShardError, shard};
pub use plan::writes::PlannedWrite;
pub use prune::prune_plan::{PrunePlan, PruneRequest, Removal, Spared, plan_prune};
pub use prune::prune_run::{PruneContext, PruneOutcome, RemovalEnd, RemovalOutcome, run_prune};
pub use report::events::{Event, Reporter, Silent, Skipped};
pub use report::outcome::{ImageEnd, ImageOutcome, ProofTotals, Refused, RunEnd, RunOutcome, Summary};
pub use report::proof::{How, Kind, Proof, missing};
pub use report::record::{ImageRecord, Record};
pub use run::scheduler::{RunContext, resume, run, run_as};
pub use size::bytes_in_words;
pub use tee::run_many;
pub use verify::{Problem, VerifyItem, VerifyOptions, VerifyOutcome, verify};
pub use work::bandwidth::Bandwidth;
pub use work::control::{Control, Renewal, Window};
pub use work::options::RunOptions;
