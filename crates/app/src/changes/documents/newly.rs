//! What a change of a registry policy newly allows.

use longshore_policy::{
    iam::{PolicyChange, PolicyScope, Triple, newly_allowed},
    registry_policy::RegistryPolicy,
};

use crate::{api::RegistryKey, steps::DocumentChange};

/// A document that cannot be read counts as none: too much is listed rather than too little.
pub(super) fn allowed(change: &DocumentChange, here: &RegistryKey) -> Vec<Triple> {
    let read = |text: Option<&str>| text.and_then(|text| RegistryPolicy::parse(text).ok());
    let (before, after) = (read(change.before.as_deref()), read(change.after.as_deref()));
    let id = here.id();
    newly_allowed(&PolicyChange::of_policy(&id, before.as_ref(), after.as_ref(), PolicyScope::V2))
}
