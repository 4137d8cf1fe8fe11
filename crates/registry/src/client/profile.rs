//! What a registry can do, found out by using it.

use std::sync::atomic::{AtomicU8, Ordering};

use serde::Serialize;

/// What is known of one ability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ability {
    /// Not tried yet.
    Unknown,
    /// Seen to work.
    Yes,
    /// Seen to be declined.
    No,
}

/// What a registry was seen to be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// The referrers API (distribution specification 1.1).
    pub referrers: Ability,
    /// Links a manifest to its subject on its own when the manifest is put, and says so with
    /// `OCI-Subject` (distribution specification 1.1, "Pushing Manifests with Subject").
    pub links_referrers: Ability,
    /// Mounting a blob from another repository. A registry may do it for one blob and decline it
    /// for the next, so this is the last answer and a hint only.
    pub mount: Ability,
}

/// The cells behind a [`Profile`].
#[derive(Default)]
pub(crate) struct Learnt {
    pub(crate) referrers: Cell,
    pub(crate) links_referrers: Cell,
    pub(crate) mount: Cell,
}

#[derive(Default)]
pub(crate) struct Cell(AtomicU8);

impl Cell {
    pub(crate) fn set(&self, works: bool) {
        self.0.store(if works { 1 } else { 2 }, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> Ability {
        match self.0.load(Ordering::Relaxed) {
            1 => Ability::Yes,
            2 => Ability::No,
            _ => Ability::Unknown,
        }
    }
}

impl Learnt {
    pub(crate) fn profile(&self) -> Profile {
        Profile {
            referrers: self.referrers.get(),
            links_referrers: self.links_referrers.get(),
            mount: self.mount.get(),
        }
    }
}
