//! Plans: steps with documents before and after, reasons, warnings.
//!
//! Plans are stored here under an id and a hash of their content. Windows show a [`PlanView`] and
//! run a plan by its id, only against what it was made for.

mod build;
mod confirm;
mod effects;
mod expiry;
mod model;
mod owned;
mod store;
mod view;

use std::sync::Arc;

use chrono::{DateTime, Utc};

pub(crate) use build::{Draft, account_name, counted, finding, finding_error, place};
pub(crate) use confirm::{confirms, is_confirmed};
pub(crate) use effects::{PolicyEffect, look_at_policies};
pub(crate) use model::{Content, Plan};
pub(crate) use owned::look_for_owners;
pub(crate) use store::Plans;
pub(crate) use view::view;

use crate::{
    App,
    access::Connection,
    api::{ApiError, RegistryKey, Side},
    steps::Context,
};

impl App {
    /// The time of the app's clock.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.timing.clock.now()
    }

    /// A connection and the context of steps that use it.
    pub(crate) async fn place(&self, key: &RegistryKey) -> Result<(Connection, Context), ApiError> {
        let connection = self.connection(key).await?;
        let context = Context::of(&connection).await;
        Ok((connection, context))
    }

    /// Decides what must be typed, and stores the plan until it runs or expires.
    pub(crate) fn keep_plan(&self, mut content: Content) -> Arc<Plan> {
        let guarded = |space, environment| self.guarding.protects(space, environment);
        let account = |space, id: &str| self.accounts.find(space, id);
        content.production = confirm::production(&content, account, guarded);
        content.confirm = confirm::text(&content.production);
        let at = self.now();
        let plan = Plan { id: uuid::Uuid::now_v7().to_string(), at, content };
        self.plans.put(plan, at)
    }

    /// A plan that can still be run.
    pub(crate) fn kept_plan(&self, id: &str) -> Result<Arc<Plan>, ApiError> {
        self.plans.get(id, self.now()).ok_or_else(|| {
            ApiError::new("plan-unknown", Side::Input, "This plan has expired or has already been run.")
        })
    }

    /// Takes a plan to run it: the hash must be the one that was shown, no finding may prevent the
    /// run, the typed text must be the one that the plan requires, and `managed` must name the marked
    /// documents that it changes. With `keep_going`, steps that do not need a failed one are carried out.
    pub(crate) fn take_plan(
        &self,
        id: &str,
        hash: &str,
        typed: Option<&str>,
        acknowledged: bool,
        managed: &[String],
        keep_going: bool,
    ) -> Result<Arc<Plan>, ApiError> {
        let plan = self.kept_plan(id)?;
        if plan.hash() != hash {
            let text = "This plan is not the one that was shown.";
            return Err(ApiError::new("plan-differs", Side::Input, text).at("hash"));
        }
        if let Some(refusal) = plan.content.refusal() {
            return Err(finding_error(refusal));
        }
        owned::agreed(&plan, self, managed)?;
        if let Some(wanted) = &plan.content.confirm
            && !confirms(typed, &plan.content)
        {
            let text = format!("This changes production. Type `{wanted}` to confirm.");
            return Err(ApiError::new("confirmation-needed", Side::Input, text).at("confirm"));
        }
        if let Some(first) = plan.content.to_agree().next()
            && !acknowledged
        {
            return Err(ApiError::new("acknowledgement-needed", Side::Input, first.clone()).at("acknowledge"));
        }
        let taken = self
            .plans
            .take(id)
            .ok_or_else(|| ApiError::new("plan-unknown", Side::Input, "This plan has already been run."))?;
        if plan.content.managed.is_empty() && !keep_going {
            return Ok(taken);
        }
        let mut plan = owned::with_overrides(Arc::unwrap_or_clone(taken));
        plan.content.keep_going = keep_going;
        Ok(Arc::new(plan))
    }
}
