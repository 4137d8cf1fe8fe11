//! Holding stages and blocking digests.

use longshore_names::Digest;
use longshore_promotion::{
    Service,
    hold::Holds,
    record::{Entry, Event},
};

use super::{append, entries};
use crate::{
    App,
    api::{
        ApiError, BlockBuild, BlockView, BuildKey, HoldStage, HoldView, PromotionHolds, Side, Space,
        StageOfService,
    },
    errors::name_error,
    promotion::{
        known_path,
        look::{Reached, on_this_computer, reach, who},
        select,
    },
};

/// The longest reason.
const LONGEST: usize = 1_000;

impl App {
    /// What is held and what is blocked in a space.
    ///
    /// # Errors
    /// `promotion-record-broken`.
    pub async fn promotion_holds(&self, space: Space) -> Result<PromotionHolds, ApiError> {
        Ok(shown(&Holds::of(&entries(self, space).await?)))
    }

    /// Holds a service's stage: schedules, rules and release sets skip it until it is resumed.
    ///
    /// # Errors
    /// `promotion-path-unknown`, `promotion-stage-unknown`, `promotion-service-unknown`.
    pub async fn hold_stage(&self, request: HoldStage) -> Result<PromotionHolds, ApiError> {
        let HoldStage { stage, reason } = request;
        let reason = match reason {
            Some(reason) => checked_reason(&reason)?,
            None => "held by hand".to_owned(),
        };
        self.note_stage(stage, Event::Held, Some(reason)).await
    }

    /// Ends the hold of a service's stage.
    ///
    /// # Errors
    /// As [`hold_stage`](Self::hold_stage); `promotion-not-held`.
    pub async fn resume_stage(&self, stage: StageOfService) -> Result<PromotionHolds, ApiError> {
        self.note_stage(stage, Event::Resumed, None).await
    }

    async fn note_stage(
        &self,
        of: StageOfService,
        event: Event,
        reason: Option<String>,
    ) -> Result<PromotionHolds, ApiError> {
        let path = known_path(self, of.space, &of.path).await?;
        let stage = select::stage(&path, &of.stage)?;
        let service = select::service(&path, &of.service)?;
        let known = entries(self, of.space).await?;
        let hold = Holds::of(&known);
        if event == Event::Resumed && hold.hold(&path.name, &stage.name, &service).is_none() {
            let text = format!("`{service}` is not held in `{}`.", stage.name);
            return Err(ApiError::new("promotion-not-held", Side::Input, text));
        }
        let mut reached: Vec<Reached> = Vec::new();
        for one in stage.destinations.iter().filter(|one| !one.replicated).take(1) {
            reached.extend(reach(self, of.space, &one.registry).await);
        }
        let mut entry = Entry::new(event, who(&reached)?, self.now());
        entry = entry.about(path.name.clone(), stage.name.clone(), service);
        entry.reason = reason;
        append(self, of.space, vec![entry]).await?;
        self.promotion_holds(of.space).await
    }

    /// Blocks a digest on every path. Stages that run it keep it.
    ///
    /// # Errors
    /// When the digest is not one; `promotion-reason` without a reason.
    pub async fn block_build(&self, request: BlockBuild) -> Result<PromotionHolds, ApiError> {
        let reason = checked_reason(&request.reason)?;
        self.note_build(request.space, &request.digest, Event::Blocked, Some(reason)).await
    }

    /// Ends the block of a digest.
    ///
    /// # Errors
    /// When the digest is not one; `promotion-not-blocked`.
    pub async fn unblock_build(&self, request: BuildKey) -> Result<PromotionHolds, ApiError> {
        self.note_build(request.space, &request.digest, Event::Unblocked, None).await
    }

    async fn note_build(
        &self,
        space: Space,
        digest: &str,
        event: Event,
        reason: Option<String>,
    ) -> Result<PromotionHolds, ApiError> {
        let digest: Digest = digest.trim().parse().map_err(name_error("digest"))?;
        let holds = Holds::of(&entries(self, space).await?);
        if event == Event::Unblocked && holds.block(&digest).is_none() {
            let text = format!("{} is not blocked.", digest.short());
            return Err(ApiError::new("promotion-not-blocked", Side::Input, text));
        }
        let mut entry = Entry::new(event, on_this_computer()?, self.now()).build(digest);
        entry.reason = reason;
        append(self, space, vec![entry]).await?;
        self.promotion_holds(space).await
    }
}

/// A reason that a person typed.
///
/// # Errors
/// `promotion-reason`.
pub(in crate::promotion) fn checked_reason(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    let length = text.chars().count();
    if (1..=LONGEST).contains(&length) && !text.contains(longshore_names::is_hidden) {
        return Ok(text.to_owned());
    }
    let text = format!("A reason has 1 to {LONGEST} characters, and none of them is hidden.");
    Err(ApiError::input("promotion-reason", "reason", text))
}

fn shown(holds: &Holds) -> PromotionHolds {
    let hold = |((path, stage, service), hold): (
        &(longshore_promotion::PathName, longshore_promotion::StageName, Service),
        &longshore_promotion::hold::Hold,
    )| HoldView {
        path: path.to_string(),
        stage: stage.to_string(),
        service: service.to_string(),
        by: hold.by.to_string(),
        at: hold.at,
        reason: hold.reason.clone(),
    };
    let block = |block: &longshore_promotion::hold::Block| BlockView {
        digest: block.digest.to_string(),
        by: block.by.to_string(),
        at: block.at,
        reason: block.reason.clone(),
    };
    PromotionHolds { holds: holds.stages().map(hold).collect(), blocks: holds.blocks().map(block).collect() }
}
