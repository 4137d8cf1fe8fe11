//! Images that are deleted by rule: which images rules select, what protects them, what goes with them.
//!
//! ```
//! use longshore_policy::{deletion::{DeletionRule, DeletionRules, Repository, decide}, lifecycle::{DescribedImage, NothingInUse}};
//!
//! let now = "2026-11-21T12:00:00Z".parse()?;
//! let mut image = DescribedImage::new(format!("sha256:{}", "a".repeat(64)));
//! image.pushed = Some("2026-01-01T00:00:00Z".parse()?);
//! let rules = DeletionRules { rules: vec![DeletionRule { untagged: true, ..Default::default() }], take_along: false };
//! let images = [image];
//! let repository = Repository { images: &images, members: &Default::default() };
//! let decided = decide(&rules, &repository, now, &NothingInUse);
//! assert_eq!(decided.deleted[0].reason, "It has no tag.");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod batches;
mod bytes;
mod closure;
mod graph;
mod matched;
mod newest;
mod recheck;
mod rules;
mod scheme;

pub use batches::batches;
pub use bytes::{Freed, freed};
pub use closure::{Decision, Deleted, Kept, Protection, decide};
pub use graph::Repository;
pub use recheck::{Planned, stops};
pub use rules::{DeletionRule, DeletionRules};

/// The most images that one request may delete (ECR API model, `BatchDeleteImage`).
pub const BATCH: usize = 100;

/// The algorithm and the first 12 digits of a digest.
fn short(digest: &str) -> String {
    match digest.split_once(':') {
        Some((algorithm, hex)) => format!("{algorithm}:{}", hex.chars().take(12).collect::<String>()),
        None => digest.to_owned(),
    }
}
