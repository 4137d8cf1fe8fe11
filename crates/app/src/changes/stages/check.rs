//! The first step: nothing may have changed since the plan was shown, and the gates are asked again.

use std::collections::BTreeMap;

use async_trait::async_trait;
use longshore_promotion::{
    Place,
    gate::{EntryPoint, Evidence, Standing},
    plan::{Changed, PromotionPlan, RepositoryNow},
};
use serde::{Deserialize, Serialize};

use crate::{
    api::{ApiError, Side, Space},
    promotion::{Evaluated, Wish, World, evaluate, known_path},
    steps::{Change, Job, Outcome},
};

/// One build of a promotion, as it was shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shown {
    pub(super) plan: PromotionPlan,
    /// The tag or the digest that was chosen.
    pub(super) build: String,
    /// The tag that a person gave it.
    pub(super) tag: Option<String>,
    pub(super) override_reason: Option<String>,
    pub(super) approvals: Vec<String>,
}

impl Shown {
    pub(super) fn wish(&self, entry: EntryPoint) -> Wish {
        Wish {
            stage: self.plan.stage.to_string(),
            service: self.plan.service.to_string(),
            build: Some(self.build.clone()),
            tag: self.tag.clone(),
            override_reason: self.override_reason.clone(),
            approvals: self.approvals.clone(),
            entry,
            reason: None,
        }
    }
}

/// Looks again whether everything is as the plan says, and whether the gates still let it through.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CheckBuilds {
    pub(super) space: Space,
    pub(super) entry: EntryPoint,
    pub(super) builds: Vec<Shown>,
}

#[typetag::serde(name = "checkBuilds")]
#[async_trait]
impl Change for CheckBuilds {
    fn permissions(&self) -> &'static [&'static str] {
        &[
            "ecr:DescribeRepositories",
            "ecr:DescribeImages",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
            "ecr:DescribeImageScanFindings",
        ]
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let mut world = World::new(job.app, self.space).await?;
        for shown in &self.builds {
            Box::pin(self.check(&mut world, shown)).await?;
        }
        Ok(Outcome::Done("Nothing has changed since the plan was made".into()))
    }
}

impl CheckBuilds {
    async fn check(&self, world: &mut World<'_>, shown: &Shown) -> Result<(), ApiError> {
        let path = known_path(world.app, self.space, shown.plan.path.as_str()).await?;
        let evaluated = evaluate(world, &path, &shown.wish(self.entry)).await;
        let changed = shown.plan.changed(&path.hash, &now(world, &shown.plan));
        if let Some(changed) = changed.first() {
            return Err(differs(changed));
        }
        let Evaluated { standing, plan, .. } = evaluated?;
        if plan.hash() != shown.plan.hash() {
            let text = format!("The promotion of `{}` is not as it was shown any more.", plan.service);
            return Err(ApiError::new("promotion-changed", Side::Source, text));
        }
        match standing {
            Standing::Go => Ok(()),
            Standing::Stopped(gates) => {
                let text = format!("`{}` is stopped by {}.", plan.service, gates.join(", "));
                Err(ApiError::new("promotion-gate", Side::Input, text))
            }
            Standing::Skipped(why) => Err(ApiError::new("promotion-held", Side::Input, why)),
            Standing::Blocked(why) => Err(ApiError::new("promotion-blocked", Side::Input, why)),
        }
    }
}

fn differs(changed: &Changed) -> ApiError {
    let side = match changed {
        Changed::SourceGone(_) | Changed::SourceMoved { .. } => Side::Source,
        Changed::Destination { .. } => Side::Destination,
        Changed::Path => Side::Input,
        Changed::NotKnown(..) => Side::Service,
    };
    ApiError::new("promotion-changed", side, changed.to_string())
}

/// The repositories of a plan as they were just read.
fn now(world: &World<'_>, plan: &PromotionPlan) -> BTreeMap<Place, Evidence<RepositoryNow>> {
    let places = plan.destinations.iter().map(|one| &one.place).chain([&plan.source.place]);
    let found = places.filter_map(|place| {
        let now = match world.looked.get(place)? {
            Evidence::Known(now) => Evidence::Known(RepositoryNow {
                digests: now.images.iter().map(|image| image.digest.clone()).collect(),
                tags: now.tags.clone(),
            }),
            Evidence::Missing => Evidence::Missing,
            Evidence::NotKnown(why) => Evidence::NotKnown(why.clone()),
        };
        Some((place.clone(), now))
    });
    found.collect()
}
