//! Release sets: all services as they are in one stage, promoted as one plan.

use longshore_names::{Algorithm, Digest, NameError, Tag};
use serde::Serialize;

use crate::{
    board::Cell,
    gate::EntryPoint,
    hash::canonical_hash,
    hold::Holds,
    names::{PathName, Service, StageName},
    path::{Path, Stage},
};

/// A service as it is in the stage that a set is taken from, and in the one that it is for.
#[derive(Debug, Clone, PartialEq)]
pub struct SetSource {
    /// The service.
    pub service: Service,
    /// Its cell in the stage that the set is taken from.
    pub from: Cell,
    /// Its cell in the stage that the set is for.
    pub to: Cell,
}

/// One build of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetMember {
    /// The service.
    pub service: Service,
    /// The build.
    pub digest: Digest,
    /// Its tag in the stage that it comes from.
    pub tag: Option<Tag>,
}

/// All services as they are in one stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseSet {
    /// The path.
    pub path: PathName,
    /// The stage that it is taken from.
    pub from: StageName,
    /// The stage that it is for.
    pub to: StageName,
    /// The builds, by service.
    pub members: Vec<SetMember>,
    /// Services that are left out, each with a sentence.
    pub skipped: Vec<(Service, String)>,
    /// The first of them whose build is not there already, and may not go on.
    pub stopped: Option<Service>,
    /// The SHA-256 of path, stages and members, in hexadecimal.
    pub hash: String,
}

/// The set of all services as they are in `from` now. Services whose stage is held, whose build is blocked,
/// differs between destinations or is there already are left out, with the reason.
pub fn release_set(
    path: &Path,
    from: &Stage,
    to: &Stage,
    sources: Vec<SetSource>,
    holds: &Holds,
) -> ReleaseSet {
    let (mut members, mut skipped): (Vec<SetMember>, Vec<(Service, String)>) = (Vec::new(), Vec::new());
    let mut stopped: Option<Service> = None;
    for source in sources.into_iter().filter(|source| path.has(&source.service)) {
        let service = source.service;
        let hold = holds.hold(&path.name, &to.name, &service);
        let has_build = source.from.digest.is_some();
        let is_there = source.from.digest == source.to.digest && source.to.differing.is_empty();
        let reason = match (&source.from.digest, hold) {
            (_, Some(hold)) => Some(hold.sentence()),
            (None, None) => Some(format!("`{}` has no build.", from.name)),
            (Some(digest), None) => match holds.block(digest) {
                Some(block) => Some(block.sentence()),
                None if !source.from.differing.is_empty() => Some(source.from.differing.join(" ")),
                None if is_there => Some(format!("`{}` has this build already.", to.name)),
                None => None,
            },
        };
        match (reason, source.from.digest) {
            (None, Some(digest)) => members.push(SetMember { service, digest, tag: source.from.tag }),
            (reason, _) => {
                if has_build && !is_there && stopped.as_ref().is_none_or(|first| service < *first) {
                    stopped = Some(service.clone());
                }
                skipped.push((service, reason.unwrap_or_default()));
            }
        }
    }
    members.sort_by(|one, two| one.service.cmp(&two.service));
    skipped.sort();
    let hash = canonical_hash(&(&path.name, &path.hash, &from.name, &to.name, &members));
    ReleaseSet {
        path: path.name.clone(),
        from: from.name.clone(),
        to: to.name.clone(),
        members,
        skipped,
        stopped,
        hash,
    }
}

impl ReleaseSet {
    /// How its gates are asked: a held stage is skipped.
    pub const ENTRY: EntryPoint = EntryPoint::ReleaseSet;

    /// The set as a digest, which a request names and an approval signs.
    ///
    /// # Errors
    /// When `hash` was replaced by a text that is no SHA-256.
    pub fn digest(&self) -> Result<Digest, NameError> {
        Digest::from_hex(Algorithm::Sha256, &self.hash)
    }
}
