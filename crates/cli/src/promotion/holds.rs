//! `longshore hold`, `resume`, `block` and `unblock`

use longshore_app::api::{BlockBuild, BuildKey, HoldStage, PromotionHolds, StageOfService};
use serde_json::json;

use super::arguments::{Block, Hold, Resume, StageArguments, Unblock};
use crate::{failure::Failure, manage::Managed, output};

/// Holds a service's stage.
pub(crate) async fn hold(options: Hold) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    managed
        .through(async |managed| {
            let request = HoldStage { stage: key(managed, &options.stage), reason: options.reason.clone() };
            let holds = managed.app.hold_stage(request).await?;
            let StageArguments { stage, service, .. } = &options.stage;
            show(managed, &holds, &format!("`{service}` is held in `{stage}`."));
            Ok(())
        })
        .await
}

/// Ends a hold.
pub(crate) async fn resume(options: Resume) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    managed
        .through(async |managed| {
            let holds = managed.app.resume_stage(key(managed, &options.stage)).await?;
            let StageArguments { stage, service, .. } = &options.stage;
            show(managed, &holds, &format!("`{service}` is no longer held in `{stage}`."));
            Ok(())
        })
        .await
}

/// Blocks a digest.
pub(crate) async fn block(options: Block) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    managed
        .through(async |managed| {
            let (digest, reason) = (options.digest.clone(), options.reason.clone());
            let holds = managed.app.block_build(BlockBuild { space: managed.space, digest, reason }).await?;
            show(managed, &holds, "The digest is blocked on every path. Stages that run it keep it.");
            Ok(())
        })
        .await
}

/// Ends a block.
pub(crate) async fn unblock(options: Unblock) -> Result<(), Failure> {
    let managed = Managed::open(options.manage).await?;
    managed
        .through(async |managed| {
            let key = BuildKey { space: managed.space, digest: options.digest.clone() };
            let holds = managed.app.unblock_build(key).await?;
            show(managed, &holds, "The digest is no longer blocked.");
            Ok(())
        })
        .await
}

fn key(managed: &Managed, of: &StageArguments) -> StageOfService {
    StageOfService {
        space: managed.space,
        path: of.path.clone(),
        stage: of.stage.clone(),
        service: of.service.clone(),
    }
}

fn show(managed: &Managed, holds: &PromotionHolds, text: &str) {
    match managed.json {
        true => output::summary(&json!({
            "event": "summary",
            "holds": holds.holds.iter().map(|hold| json!({
                "path": hold.path, "stage": hold.stage, "service": hold.service, "by": hold.by, "at": hold.at,
                "reason": hold.reason,
            })).collect::<Vec<_>>(),
            "blocks": holds.blocks.iter().map(|block| json!({
                "digest": block.digest, "by": block.by, "at": block.at, "reason": block.reason,
            })).collect::<Vec<_>>(),
        })),
        false => output::line(text),
    }
}
