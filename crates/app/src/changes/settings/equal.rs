//! The steps that give one repository the settings of another.

use longshore_names::RepositoryName;

use super::{
    perform::{SetRepositoryPolicy, SetScanOnPush},
    read::Settings,
};
use crate::{
    App,
    api::{RegistryKey, RepositorySetting},
    changes::{lifecycle, repositories::SetMutability},
    plans::{Draft, place},
    steps::{Context, DocumentChange},
};

/// Adds a row for each of the `settings` of a repository that differs from what is wanted. Rows do not need
/// each other.
pub(super) async fn rows(
    app: &App,
    (context, registry): (&Context, &RegistryKey),
    name: &RepositoryName,
    (now, wanted): (&Settings, &Settings),
    settings: &[RepositorySetting],
    draft: &mut Draft,
) {
    let there = place(app, registry);
    for setting in now.different(wanted).into_iter().filter(|setting| settings.contains(setting)) {
        match setting {
            RepositorySetting::TagMutability => {
                let (before, after) = (now.mutability.clone(), wanted.mutability.clone());
                let change = SetMutability { name: name.clone(), before, after };
                let text = format!("Change tag mutability of `{name}` in {there}");
                draft.row(context, text, None, change, Vec::new());
            }
            RepositorySetting::ScanOnPush => {
                let word = if wanted.scan_on_push { "on" } else { "off" };
                let change = SetScanOnPush { name: name.clone(), scan: wanted.scan_on_push };
                let text = format!("Turn scanning of pushed images of `{name}` {word} in {there}");
                draft.row(context, text, None, change, Vec::new());
            }
            RepositorySetting::LifecyclePolicy => {
                let verb = if wanted.lifecycle.is_some() { "Write" } else { "Delete" };
                let text = format!("{verb} the lifecycle policy of `{name}` in {there}");
                let document = DocumentChange::of(now.lifecycle.clone(), wanted.lifecycle.clone());
                let (change, effect) =
                    lifecycle::replacing(app, registry, name.clone(), document, draft).await;
                draft.row(context, text, Some(effect), change, Vec::new());
            }
            RepositorySetting::RepositoryPolicy => {
                let verb = if wanted.policy.is_some() { "Write" } else { "Delete" };
                let text = format!("{verb} the policy of repository `{name}` in {there}");
                let document = DocumentChange::of(now.policy.clone(), wanted.policy.clone());
                let change = SetRepositoryPolicy { name: name.clone(), document };
                draft.row(context, text, None, change, Vec::new());
            }
            RepositorySetting::Encryption => draft.warning(
                "encryption-stays",
                format!("The encryption of `{name}` in {there} cannot be changed."),
                Some(
                    "Create another repository with the encryption that you want, copy the images into it and \
                     switch to it.",
                ),
            ),
        }
    }
}
