//! Which images stages, holds and rollbacks use: life cycles and deletes spare them.

use std::collections::BTreeMap;

use longshore_names::Digest;
use longshore_policy::lifecycle::UsedImages;

use crate::{
    board::Cell,
    names::Service,
    path::{Path, Stage},
    place::Place,
    record::RollbackTarget,
};

/// A service in a stage, with what it can be rolled back to.
#[derive(Debug, Clone, Copy)]
pub struct Spared<'a> {
    /// The path.
    pub path: &'a Path,
    /// The stage.
    pub stage: &'a Stage,
    /// The service.
    pub service: &'a Service,
    /// What is there.
    pub cell: &'a Cell,
    /// What a rollback would take.
    pub rollback: Option<&'a RollbackTarget>,
}

/// The images that are used, by repository: each as the end of *It is used by …*. A build is used where it
/// is, and also in the stage before, which a repeated promotion reads.
pub fn spared<'a>(all: impl IntoIterator<Item = Spared<'a>>) -> BTreeMap<Place, UsedImages> {
    let mut used: BTreeMap<Place, UsedImages> = BTreeMap::new();
    for one in all {
        let (path, stage, service) = (&one.path.name, &one.stage.name, one.service);
        let held = if one.cell.hold.is_some() { ", which is held" } else { "" };
        let mut add = |digest: &Digest, by: String| {
            let before = one.path.previous(one.stage);
            for places in [Some(one.stage), before].into_iter().flatten().map(|stage| stage.places(service)) {
                for place in places.unwrap_or_default() {
                    used.entry(place).or_default().digest(digest.as_str(), by.clone());
                }
            }
        };
        if let Some(digest) = &one.cell.digest {
            add(digest, format!("the stage `{stage}` of the path `{path}` for `{service}`{held}"));
        }
        if let Some(target) = one.rollback {
            add(
                &target.digest,
                format!("the next rollback of `{service}` in the stage `{stage}` of the path `{path}`"),
            );
        }
    }
    used
}
