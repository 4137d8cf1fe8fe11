//! Changes, by feature. Each folder makes its plans (`plan`), owns the steps that these list and
//! performs them (`perform`), and shows what they are about (`view`).

pub(crate) mod backfill;
pub(crate) mod cleanup;
pub(crate) mod deletion;
pub(crate) mod documents;
pub(crate) mod engine_rules;
pub(crate) mod iam;
pub(crate) mod images;
mod in_progress;
pub(crate) mod lifecycle;
mod losses;
pub(crate) mod pairs;
pub(crate) mod permissions;
pub(crate) mod policy_scope;
pub(crate) mod promotion;
pub(crate) mod repositories;
pub(crate) mod restore;
pub(crate) mod rule_test;
pub(crate) mod rules;
pub(crate) mod settings;
pub(crate) mod stages;
pub(crate) mod templates;

use futures::future::BoxFuture;
use longshore_promotion::gate::EntryPoint;

use crate::{
    App,
    api::{ApiError, PlanRequest, PlanView, Severity},
    plans::{look_at_policies, look_for_owners, view},
    promotion::Wish,
};

impl App {
    /// Plans a change. Nothing is changed; registries are read.
    ///
    /// # Errors
    /// When typed input is invalid (with its field), when a registry cannot be read, or when the
    /// object of the change does not exist. Anything that only prevents the run is a finding of the
    /// plan.
    pub async fn plan(&self, request: PlanRequest) -> Result<PlanView, ApiError> {
        self.planned(request).await
    }

    /// On the heap: with everything that can be planned, it is too large for the stack of a caller.
    fn planned(&self, request: PlanRequest) -> BoxFuture<'_, Result<PlanView, ApiError>> {
        Box::pin(self.plan_any(request))
    }

    async fn plan_any(&self, request: PlanRequest) -> Result<PlanView, ApiError> {
        let asked = request.clone();
        let mut content = match request {
            PlanRequest::CreateRepository { registry, name, mutability, scan_on_push, encryption } => {
                repositories::plan::create(self, &registry, &name, &mutability, scan_on_push, &encryption)
                    .await?
            }
            PlanRequest::DeleteRepository { repository, with_images } => {
                repositories::plan::delete(self, &repository, with_images).await?
            }
            PlanRequest::DeleteImages { repository, images } => {
                images::plan::delete(self, &repository, &images).await?
            }
            PlanRequest::CleanImages { clean } => Box::pin(deletion::plan(self, &clean)).await?,
            PlanRequest::SetMutability { repository, mutability } => {
                repositories::plan::set_mutability(self, &repository, &mutability).await?
            }
            PlanRequest::SetBlobMounting { registry, enabled } => {
                repositories::plan::set_blob_mounting(self, &registry, enabled).await?
            }
            PlanRequest::PutRule { rule, add_statements, all_repositories, create_repository } => {
                rules::plan_put(self, &rule, &add_statements, all_repositories, create_repository).await?
            }
            PlanRequest::RemoveRule { registry, rule } => rules::plan_remove(self, &registry, &rule).await?,
            PlanRequest::TestRule { registry, rule } => rule_test::plan(self, &registry, &rule).await?,
            PlanRequest::MakeEqual { repository, with, settings } => {
                settings::plan_equal(self, &repository, &with, &settings).await?
            }
            PlanRequest::MakeAllEqual { reference, repositories, with, settings, create } => {
                let wish = settings::Wish {
                    reference: &reference,
                    repositories: &repositories,
                    with: &with,
                    settings: &settings,
                    create,
                };
                Box::pin(settings::plan_all_equal(self, &wish)).await?
            }
            PlanRequest::CopyMissing { here, there, needed, different } => {
                Box::pin(pairs::plan_copy(self, &here, &there, &needed, different)).await?
            }
            PlanRequest::CreateRepositories { registries, names, settings } => {
                repositories::plan_create_many(self, &registries, &names, &settings).await?
            }
            PlanRequest::PutLifecycle { repositories, text, base } => {
                lifecycle::plan_put(self, &repositories, text.as_deref(), base.as_deref()).await?
            }
            PlanRequest::StartBackfill { registry, destinations } => {
                backfill::plan_start(self, &registry, &destinations).await?
            }
            PlanRequest::StopBackfill { registry, id } => backfill::plan_stop(self, &registry, &id).await?,
            PlanRequest::PutTemplate { registry, text, base } => {
                templates::plan_put(self, &registry, &text, base.as_deref()).await?
            }
            PlanRequest::DeleteTemplate { registry, prefix } => {
                templates::plan_delete(self, &registry, &prefix).await?
            }
            PlanRequest::AddStatement { statement } => permissions::plan_add(self, &statement).await?,
            PlanRequest::RemoveStatement { registry, statement } => {
                permissions::plan_remove(self, &registry, &statement).await?
            }
            PlanRequest::PutPolicy { registry, text, base } => {
                permissions::plan_put(self, &registry, &text, base.as_deref()).await?
            }
            PlanRequest::PutRepositoryPolicy { repository, text, base } => {
                permissions::plan_put_repository(self, &repository, text.as_deref(), base.as_deref()).await?
            }
            PlanRequest::Iam { registry, iam } => Box::pin(iam::plan(self, &registry, iam)).await?,
            PlanRequest::UpgradePolicyScope { registry } => {
                policy_scope::plan_upgrade(self, &registry).await?
            }
            PlanRequest::Promote {
                source,
                destination,
                repository,
                tag,
                enable_blob_mounting,
                create_repository,
            } => {
                let wish = promotion::Wish {
                    source,
                    destination,
                    repository,
                    tag,
                    enable_blob_mounting,
                    create_repository,
                };
                promotion::plan_promote(self, &wish).await?
            }
            PlanRequest::PromoteBuild {
                space,
                path,
                stage,
                service,
                build,
                tag,
                override_reason,
                approvals,
            } => {
                let entry = EntryPoint::Manual;
                let wish =
                    Wish { stage, service, build, tag, override_reason, approvals, entry, reason: None };
                Box::pin(stages::plan_build(self, space, &path, wish)).await?
            }
            PlanRequest::PromoteSet { space, path, from, stage, override_reason, approvals } => {
                let stages = (from.as_str(), stage.as_str());
                let plan = stages::plan_set(self, space, &path, stages, override_reason, approvals);
                Box::pin(plan).await?
            }
            PlanRequest::RollBack { space, path, stage, service, build, reason, override_reason } => {
                let (tag, approvals) = (None, Vec::new());
                let entry = EntryPoint::Rollback;
                let wish = Wish { stage, service, build, tag, override_reason, approvals, entry, reason };
                Box::pin(stages::plan_build(self, space, &path, wish)).await?
            }
            PlanRequest::ReplicateAgain { image, destination } => {
                promotion::plan_replicate_again(self, &image, &destination).await?
            }
            PlanRequest::PushSample { repository, tag } => {
                promotion::plan_sample(self, &repository, &tag).await?
            }
            PlanRequest::CleanUp {
                source,
                rule,
                source_repositories,
                destination_repositories,
                statements,
            } => {
                let wish =
                    cleanup::Wish { source, rule, source_repositories, destination_repositories, statements };
                cleanup::plan(self, &wish).await?
            }
            PlanRequest::Undo { run } => restore::plan_undo(self, &run).await?,
            PlanRequest::Restore { version } => restore::plan_version(self, &version).await?,
            PlanRequest::SaveEngineRule { space, id, rule } => {
                Box::pin(engine_rules::plan_save(self, space, id.as_deref(), &rule)).await?
            }
            PlanRequest::RemoveEngineRule { rule } => {
                Box::pin(engine_rules::plan_remove(self, &rule)).await?
            }
            PlanRequest::ImportEngineRules { space, text } => {
                Box::pin(engine_rules::plan_import(self, space, &text)).await?
            }
            PlanRequest::RunEngineRule { rule } => {
                return Box::pin(engine_rules::plan_run(self, &rule)).await;
            }
        };
        look_for_owners(self, &mut content).await?;
        look_at_policies(self, &mut content).await?;
        // What prevents the run is read first.
        content.findings.sort_by_key(|finding| finding.severity != Severity::Error);
        content.request = Some(asked);
        Ok(view(&self.keep_plan(content)))
    }
}
