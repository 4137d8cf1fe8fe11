//! A plan: for each image what will be done and why.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use longshore_names::{Algorithm, Digest, RepositoryName};
use longshore_registry::{Manifest, Platform, Sink, Source, digest_of};
use serde::{Deserialize, Serialize};

use crate::{
    CopyItem, CopyRequest, EngineError, Expiry, Failure, OnConflict, Order, PlannedImage, Referrers, Shard,
    error::NOT_READ,
    plan::decide::{self, Taken},
    plan::expiry::forecast::MOST_KEPT,
    plan::expiry::lifecycle::Policies,
    plan::gather::{ItemFacts, gather},
};

/// What will be done with one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Action {
    /// Blobs and manifests are copied.
    Copy,
    /// A new tag in the same repository: one manifest is put.
    Retag,
    /// Another repository of the same registry: blobs are mounted, or uploaded where the registry
    /// declines.
    Mount,
    /// The destination has the image already; what refers to it is added.
    Attach,
    /// The destination has the same digest already.
    Skip,
    /// The destination's tag has another digest and stays, as requested.
    Keep {
        /// What the tag points at.
        existing: Digest,
    },
    /// Blobs only, for an image whose manifests another shard puts.
    Blobs,
    /// The destination's tag has another digest and stays.
    Conflict {
        /// What the tag points at.
        existing: Digest,
    },
    /// The source cannot provide the image.
    Unavailable {
        /// Why.
        failure: Failure,
    },
}

impl Action {
    /// Whether there is something to do.
    pub fn is_work(&self) -> bool {
        matches!(self, Self::Copy | Self::Retag | Self::Mount | Self::Attach | Self::Blobs)
    }

    /// Whether a transient failure kept the image from being looked at.
    pub(crate) fn is_unread(&self) -> bool {
        matches!(self, Self::Unavailable { failure } if failure.code == NOT_READ)
    }

    /// One word for lists and reports.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Copy | Self::Attach => "copy",
            Self::Retag => "retag",
            Self::Mount => "mount",
            Self::Skip | Self::Keep { .. } => "skip",
            Self::Blobs => "blobs",
            Self::Conflict { .. } => "conflict",
            Self::Unavailable { .. } => "unavailable",
        }
    }
}

/// Sums over a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanTotals {
    /// Images to copy.
    pub copy: usize,
    /// Images to retag.
    pub retag: usize,
    /// Images to copy by mount.
    pub mount: usize,
    /// Images that the destination already has and that get referrers.
    #[serde(default)]
    pub attach: usize,
    /// Images that the destination already has.
    pub skip: usize,
    /// Tags that are taken and stay so, as requested.
    #[serde(default)]
    pub keep: usize,
    /// Tags that are taken.
    pub conflict: usize,
    /// Images that the source cannot provide.
    pub unavailable: usize,
    /// Bytes that will be uploaded.
    pub bytes_to_move: u64,
    /// Bytes that are mounted if the registry agrees, and uploaded otherwise.
    pub bytes_to_mount: u64,
    /// Bytes that need not be uploaded.
    pub bytes_saved: u64,
    /// Signatures, SBOMs and attestations that are copied too.
    #[serde(default)]
    pub referrers: usize,
    /// Layers that stay where their manifest says and are not copied.
    #[serde(default)]
    pub foreign: usize,
    /// Bytes that another shard uploads.
    #[serde(default)]
    pub bytes_elsewhere: u64,
    /// Bytes that, at worst, are sent once more than a single process would send them.
    #[serde(default)]
    pub bytes_twice: u64,
    /// Requests to expect, roughly.
    pub requests: u64,
}

/// What will be done, and where: it runs between these two registries only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CopyPlan {
    /// Name of the registry that is read.
    pub source: String,
    /// Name of the registry that is written.
    pub destination: String,
    /// The images, in the order in which they are begun.
    pub images: Vec<PlannedImage>,
    /// Repositories that the destination said it does not have and that images of the plan are
    /// written to, including images that were not looked at.
    pub create_repositories: Vec<RepositoryName>,
    /// What is done with tags that are taken.
    #[serde(default)]
    pub on_conflict: OnConflict,
    /// Whether referrers are copied, and what happens when the destination refuses one.
    #[serde(default)]
    pub referrers: Referrers,
    /// Whether tags of a repository are put one after the other.
    #[serde(default)]
    pub order: Order,
    /// Repositories of the destination that have a lifecycle policy, or may have one: their tags are
    /// put one after the other, the oldest push to the source first.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub in_order: BTreeSet<RepositoryName>,
    /// The effect of those policies after the copy.
    #[serde(default, skip_serializing_if = "Expiry::is_empty")]
    pub expiry: Expiry,
    /// The part of the work that this plan covers, if it was divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The one platform whose images are copied out of indexes, if one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Sums.
    pub totals: PlanTotals,
    /// When it was made; unknown for a plan from another process.
    #[serde(skip)]
    pub(crate) planned_at: Option<Instant>,
    /// Manifests read while planning, so that the run does not read them again.
    #[serde(skip)]
    pub(crate) manifests: Arc<HashMap<Digest, Manifest>>,
}

impl CopyPlan {
    /// A digest of everything that the plan says, for *run exactly what was shown*.
    pub fn content_hash(&self) -> Result<Digest, EngineError> {
        let json = serde_json::to_vec(self).map_err(|error| EngineError::internal(error.to_string()))?;
        Ok(digest_of(Algorithm::Sha256, &json))
    }

    /// The plan without its images, for the journal, which stores those one by one.
    pub(crate) fn header(&self) -> Self {
        Self {
            source: self.source.clone(),
            destination: self.destination.clone(),
            images: Vec::new(),
            create_repositories: self.create_repositories.clone(),
            on_conflict: self.on_conflict,
            referrers: self.referrers,
            order: self.order,
            in_order: self.in_order.clone(),
            expiry: self.expiry.clone().naming(MOST_KEPT),
            shard: self.shard,
            platform: self.platform.clone(),
            totals: self.totals.clone(),
            planned_at: None,
            manifests: Arc::default(),
        }
    }

    /// Whether tags of a repository are put one after the other.
    pub(crate) fn puts_in_order(&self, repository: &RepositoryName) -> bool {
        self.order == Order::Pushed || self.in_order.contains(repository)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        !self.images.iter().any(|image| image.action.is_work())
    }

    /// Whether it was made in this process less than `age` ago, so that its facts about tags can be
    /// trusted.
    pub(crate) fn is_younger_than(&self, age: Duration) -> bool {
        self.planned_at.is_some_and(|at| at.elapsed() < age)
    }
}

/// Looks at both registries and decides for each image what to do. Changes nothing.
///
/// An image that the source cannot provide is [`Action::Unavailable`], and so is one that a
/// transient failure kept from being looked at (code `not-looked-at`); [`resume`](crate::resume)
/// looks at it again. The other images are planned.
///
/// # Errors
/// When no image could be looked at, or a registry refuses the credentials.
pub async fn plan(
    source: Arc<dyn Source>,
    sink: Arc<dyn Sink>,
    request: &CopyRequest,
) -> Result<CopyPlan, EngineError> {
    plan_beside(source, sink, request, Taken::new()).await
}

/// As [`plan`], beside images of another plan that take these names at the destination.
///
/// # Errors
/// As for [`plan`].
pub(crate) async fn plan_beside(
    source: Arc<dyn Source>,
    sink: Arc<dyn Sink>,
    request: &CopyRequest,
    taken: Taken,
) -> Result<CopyPlan, EngineError> {
    let planned_at = Instant::now();
    let mut facts = gather(&source, &sink, request, &request.items).await?;
    let written = request.items.iter().zip(&facts.items);
    let written = written.filter(|(_, facts)| facts.is_work(request.on_conflict));
    let written: BTreeSet<&RepositoryName> =
        written.map(|(item, _)| &item.destination).filter(|name| !facts.absent.contains(*name)).collect();
    let policies = Policies::read(sink.as_ref(), written).await;
    let in_order = |name: &RepositoryName| request.order == Order::Pushed || policies.is_about(name);
    let (items, ordered) = in_this_order(&request.items, facts.items, &request.ordered(in_order));
    facts.items = ordered;
    let mut plan = decide::decide((source.name(), sink.name()), request, &items, facts, taken);
    plan.in_order = policies.repositories().cloned().collect();
    plan.expiry = policies.evaluate(sink.as_ref(), &plan.images, request.now).await?;
    plan.planned_at = Some(planned_at);
    Ok(plan)
}

fn in_this_order<'a>(
    items: &'a [CopyItem],
    facts: Vec<ItemFacts>,
    order: &[usize],
) -> (Vec<&'a CopyItem>, Vec<ItemFacts>) {
    let mut facts: Vec<Option<ItemFacts>> = facts.into_iter().map(Some).collect();
    let both = order
        .iter()
        .filter_map(|place| Some((items.get(*place)?, facts.get_mut(*place).and_then(Option::take)?)));
    both.unzip()
}
