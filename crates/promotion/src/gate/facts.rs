//! Everything that gates are evaluated on.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use longshore_names::{Digest, Tag};

use super::{AttestationFact, ChildScan, Evidence, ExternalRun, SignatureFact};
use crate::{
    approval::CheckedApproval,
    names::StageName,
    place::{Place, StagedImage},
    scheme::TagScheme,
};

/// The image of one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformFacts {
    /// `os/architecture[/variant]`.
    pub platform: String,
    /// The digest of its manifest.
    pub digest: Digest,
    /// The bytes of its manifest, configuration and layers.
    pub bytes: u64,
}

/// What is known about a build, read at its source.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildFacts {
    /// Its digest.
    pub digest: Digest,
    /// Its tag in the stage before; `None` if it was chosen by its digest.
    pub tag: Option<Tag>,
    /// The labels of the configuration; for an index those that every platform has alike.
    pub labels: Evidence<BTreeMap<String, String>>,
    /// The annotations of the manifest or index.
    pub annotations: Evidence<BTreeMap<String, String>>,
    /// The images of the build: one, or those of an index without attestations and other attachments.
    pub platforms: Evidence<Vec<PlatformFacts>>,
    /// The registry's scan of each platform.
    pub scans: Evidence<Vec<ChildScan>>,
    /// The signatures that were found, each verified or not.
    pub signatures: Evidence<Vec<SignatureFact>>,
    /// What `DescribeImageSigningStatus` says, if it was asked; never enough for itself.
    pub signing_status: Option<String>,
    /// The attestations that were found.
    pub attestations: Evidence<Vec<AttestationFact>>,
}

impl BuildFacts {
    /// A build about which nothing but its digest and a tag is known.
    pub fn unknown(digest: Digest, tag: Option<Tag>) -> Self {
        Self {
            digest,
            tag,
            labels: Evidence::not_asked(),
            annotations: Evidence::not_asked(),
            platforms: Evidence::not_asked(),
            scans: Evidence::not_asked(),
            signatures: Evidence::not_asked(),
            signing_status: None,
            attestations: Evidence::not_asked(),
        }
    }
}

/// What is known about the stage that the build comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviousFacts {
    /// The stage.
    pub stage: StageName,
    /// The images of the service's repository at every destination of the stage.
    pub images: Vec<(Place, Evidence<Vec<StagedImage>>)>,
}

/// Everything that gates are evaluated on.
#[derive(Debug, Clone, PartialEq)]
pub struct GateFacts {
    /// The time of the evaluation.
    pub now: DateTime<Utc>,
    /// The build.
    pub build: BuildFacts,
    /// The stage before; `None` for the first stage.
    pub previous: Option<PreviousFacts>,
    /// The service's tag scheme, for the order of builds.
    pub scheme: Option<TagScheme>,
    /// The hashes of commands and web addresses that are trusted on this computer.
    pub trusted: BTreeSet<String>,
    /// What commands and web addresses answered, by the hash of their content.
    pub runs: BTreeMap<String, ExternalRun>,
    /// The approvals that were handed in, each checked against the request.
    pub approvals: Vec<CheckedApproval>,
}
