//! Lifecycle policies of ECR repositories: read, validate, explain, and say what would expire.
//!
//! Source: ECR User Guide, "Lifecycle policies" and "Lifecycle policy parameters"; limits of the
//! General Reference. A policy acts only in its own repository, so a destination's policy counts
//! ages from the copy.
//!
//! ```
//! use longshore_policy::lifecycle::{LifecycleImage, LifecyclePolicy, evaluate};
//!
//! let policy = LifecyclePolicy::parse(
//!     r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan",
//!         "countNumber":1},"action":{"type":"expire"}}]}"#,
//! )?;
//! let rules = policy.rules().map_err(|findings| findings[0].text.clone())?;
//! let now = "2026-11-21T12:00:00Z".parse()?;
//! let digest = |c: &str| format!("sha256:{}", c.repeat(64)).parse();
//! let images = [LifecycleImage::new(digest("a")?, now), LifecycleImage::new(digest("b")?, now)];
//! assert_eq!(evaluate(&rules, &images, now)[0].digest, digest("a")?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod document;
mod evaluate;
mod explain;
mod image;
mod in_use;
mod lint;
mod preview;
mod rule;
mod tag_pattern;
mod validate;

pub use document::LifecyclePolicy;
pub use evaluate::{
    AgeFrom, Cause, Evaluation, LifecycleAction, SparedImage, Why, evaluate, evaluate_sparing,
};
pub use explain::explain_rule;
pub use image::{LifecycleImage, with_incoming};
pub use in_use::{InUse, NothingInUse, UsedImages};
pub use lint::{Lint, lint, lint_bytes};
pub use preview::{
    DescribedImage, DescribedImages, Preview, PreviewTotals, PreviewedImage, RuleEffect, SparedPreview,
    UsedReferences, describe, preview, read_in_use, read_references,
};
pub use rule::{Action, Count, LifecycleRule, StorageClass, TagSelection};
pub(crate) use tag_pattern::TagPattern;
pub use tag_pattern::tag_matches;
pub use validate::validate;

/// At most this many rules in a policy (General Reference).
pub const MAX_RULES: usize = 50;
/// At least this many characters in a policy (ECR API model).
pub const MIN_CHARACTERS: usize = 100;
/// At most this many characters in a policy (ECR API model).
pub const MAX_CHARACTERS: usize = 30_720;
/// At most this many `*` in one pattern (parameters page).
pub const MAX_WILDCARDS: usize = 4;
/// The least number of days that an archived image stays before a policy may expire it.
pub const MIN_ARCHIVED_DAYS: u32 = 90;
