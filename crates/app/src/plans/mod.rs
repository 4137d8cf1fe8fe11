//! Every change is a plan first: steps with documents before and after, reasons, warnings.
//!
//! Plans stay here under an id and a hash of their content; windows see a [`PlanView`] and run a
//! plan by its id, where it was made for and nowhere else.

mod build;
mod confirm;
mod images;
mod model;
mod repositories;
mod restore;
mod store;
mod view;

use std::sync::Arc;

use chrono::{DateTime, Utc};

pub(crate) use build::{Draft, finding, finding_error, place};
pub(crate) use model::{Action, Content, Context, CopyImage, CopyTag, DocumentChange, Plan, Step};
pub(crate) use repositories::images_of;
pub(crate) use store::Plans;

use crate::{
    App,
    api::{ApiError, PlanRequest, PlanView, RegistryKey, Side},
    connection::Connection,
};

/// Where a step over `connection` runs.
pub(crate) async fn context(connection: &Connection) -> Context {
    // Asked once per client. Whoever may not ask STS is known by what the account says.
    let principal = match connection.client.caller_identity().await {
        Ok(identity) => Some(identity.arn),
        Err(_) => connection.account.account.principal.clone(),
    };
    Context {
        registry: connection.key.clone(),
        partition: connection.registry.region.partition().id().to_owned(),
        endpoint: connection.endpoint.as_ref().map(ToString::to_string),
        principal,
    }
}

impl App {
    /// The time, as the app's clock has it.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.timing.clock.now()
    }

    /// A connection and the context of steps that use it.
    pub(crate) async fn place(&self, key: &RegistryKey) -> Result<(Connection, Context), ApiError> {
        let connection = self.connection(key).await?;
        let context = context(&connection).await;
        Ok((connection, context))
    }

    /// Plans a change. Nothing is changed; registries are read.
    ///
    /// # Errors
    /// When something typed is not what it should be (with its field), when a registry cannot be
    /// read, or when what is to be changed is not there. What merely forbids running is a
    /// finding of the plan.
    pub async fn plan(&self, request: PlanRequest) -> Result<PlanView, ApiError> {
        let content = match request {
            PlanRequest::CreateRepository { registry, name, mutability, scan_on_push, encryption } => {
                repositories::create(self, &registry, &name, &mutability, scan_on_push, &encryption).await?
            }
            PlanRequest::DeleteRepository { repository, with_images } => {
                repositories::delete(self, &repository, with_images).await?
            }
            PlanRequest::DeleteImages { repository, images } => {
                images::delete(self, &repository, &images).await?
            }
            PlanRequest::SetMutability { repository, mutability } => {
                repositories::set_mutability(self, &repository, &mutability).await?
            }
            PlanRequest::SetBlobMounting { registry, enabled } => {
                repositories::set_blob_mounting(self, &registry, enabled).await?
            }
            PlanRequest::PutRule { rule, add_statements, all_repositories, create_repository } => {
                crate::rules::plan_put(self, &rule, &add_statements, all_repositories, create_repository)
                    .await?
            }
            PlanRequest::RemoveRule { registry, rule } => {
                crate::rules::plan_remove(self, &registry, &rule).await?
            }
            PlanRequest::AddStatement { statement } => crate::permissions::plan_add(self, &statement).await?,
            PlanRequest::RemoveStatement { registry, statement } => {
                crate::permissions::plan_remove(self, &registry, &statement).await?
            }
            PlanRequest::PutPolicy { registry, text } => {
                crate::permissions::plan_put(self, &registry, &text).await?
            }
            PlanRequest::Promote {
                source,
                destination,
                repository,
                tag,
                enable_blob_mounting,
                create_repository,
            } => {
                let wish = crate::promotion::Wish {
                    source,
                    destination,
                    repository,
                    tag,
                    enable_blob_mounting,
                    create_repository,
                };
                crate::promotion::plan_promote(self, &wish).await?
            }
            PlanRequest::ReplicateAgain { image, destination } => {
                crate::promotion::plan_replicate_again(self, &image, &destination).await?
            }
            PlanRequest::PushSample { repository, tag } => {
                crate::promotion::plan_sample(self, &repository, &tag).await?
            }
            PlanRequest::CleanUp {
                source,
                rule,
                source_repositories,
                destination_repositories,
                statements,
            } => {
                let wish = crate::cleanup::Wish {
                    source,
                    rule,
                    source_repositories,
                    destination_repositories,
                    statements,
                };
                crate::cleanup::plan(self, &wish).await?
            }
            PlanRequest::Restore { version } => restore::plan(self, &version).await?,
        };
        Ok(view::view(&self.keep_plan(content)))
    }

    /// Decides what has to be typed, and keeps the plan until it runs or expires.
    fn keep_plan(&self, mut content: Content) -> Arc<Plan> {
        content.confirm = confirm::needed(&content, |space, id| self.accounts.find(space, id));
        let at = self.now();
        let plan = Plan { id: uuid::Uuid::now_v7().to_string(), at, content };
        self.plans.put(plan, at)
    }

    /// A plan that can still be run.
    pub(crate) fn kept_plan(&self, id: &str) -> Result<Arc<Plan>, ApiError> {
        self.plans.get(id, self.now()).ok_or_else(|| {
            ApiError::new("plan-unknown", Side::Input, "This plan has expired or was run already.")
                .hint("Plan it again.")
        })
    }

    /// Takes a plan to run it: the hash must be the one that was shown, nothing may forbid it,
    /// and what was typed must be what the plan asks for.
    pub(crate) fn take_plan(&self, id: &str, hash: &str, typed: Option<&str>) -> Result<Arc<Plan>, ApiError> {
        let plan = self.kept_plan(id)?;
        if plan.hash() != hash {
            let text = "This plan is not the one that was shown.";
            return Err(ApiError::new("plan-differs", Side::Input, text).at("hash").hint("Plan it again."));
        }
        if let Some(refusal) = plan.content.refusal() {
            return Err(finding_error(refusal));
        }
        if let Some(wanted) = &plan.content.confirm
            && typed.map(str::trim) != Some(wanted.as_str())
        {
            let text = format!("This changes production. Type `{wanted}` to confirm.");
            return Err(ApiError::new("confirmation-needed", Side::Input, text).at("confirm"));
        }
        self.plans.take(id).ok_or_else(|| {
            ApiError::new("plan-unknown", Side::Input, "This plan is run already.").hint("Look at Activity.")
        })
    }
}
