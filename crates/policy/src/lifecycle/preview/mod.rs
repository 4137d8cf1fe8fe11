//! What a policy would do with the images of a repository, for a person who decides about it.

mod described;
mod effect;
mod listed;
mod used;

pub use described::{DescribedImage, DescribedImages, describe};
pub use effect::{Preview, PreviewTotals, PreviewedImage, RuleEffect, SparedPreview, preview};
pub use used::{UsedReferences, read_in_use, read_references};
