//! Policies that are built from what should be possible, checked and asked. Nothing is stored, and no registry
//! is asked.

mod ask;
mod build;
mod check;
mod recipes;

pub(crate) use ask::answers_seen;
pub use build::build_policy;
pub use recipes::kinds;

use self::recipes::recipes;
use crate::{
    App,
    api::{ApiError, BuildPolicy, BuiltPolicy, PolicyRecipe},
};

impl App {
    /// Everything that can be built.
    ///
    /// # Errors
    /// None today.
    pub async fn policy_recipes(&self) -> Result<Vec<PolicyRecipe>, ApiError> {
        Ok(recipes())
    }

    /// Builds a policy.
    ///
    /// # Errors
    /// As [`build_policy`].
    pub async fn build_policy(&self, request: BuildPolicy) -> Result<BuiltPolicy, ApiError> {
        build_policy(&request)
    }
}
