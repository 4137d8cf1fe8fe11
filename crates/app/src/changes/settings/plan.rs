//! Making the settings of namesakes equal.

use longshore_names::RepositoryName;

use super::{perform::SetScanOnPush, read::Settings};
use crate::{
    App,
    api::{ApiError, RegistryKey, RepositoryKey, RepositorySetting, Side},
    changes::{lifecycle, repositories::SetMutability},
    errors::name_error,
    plans::{Content, Draft, place},
    steps::DocumentChange,
};

/// Gives the namesakes of a repository in other registries its settings.
pub(crate) async fn plan_equal(
    app: &App,
    repository: &RepositoryKey,
    with: &[RegistryKey],
    settings: &[RepositorySetting],
) -> Result<Content, ApiError> {
    let name: RepositoryName = repository.repository.parse().map_err(name_error("repository"))?;
    let (source, _) = app.place(&repository.registry).await?;
    let missing = |at: &RegistryKey| {
        let text = format!("{} has no repository `{name}`.", place(app, at));
        ApiError::new("repository-not-found", Side::Destination, text).hint("Refresh the list.")
    };
    let wanted = Settings::read(&source.client, &name).await?.ok_or_else(|| missing(&repository.registry))?;
    let mut draft = Draft::new(repository.registry.space, format!("Make settings of {name} equal"));
    for registry in with {
        let (connection, context) = app.place(registry).await?;
        let now = Settings::read(&connection.client, &name).await?.ok_or_else(|| missing(registry))?;
        let there = place(app, registry);
        for setting in now.different(&wanted).into_iter().filter(|setting| settings.contains(setting)) {
            match setting {
                RepositorySetting::TagMutability => {
                    let change = SetMutability {
                        name: name.clone(),
                        before: now.mutability.clone(),
                        after: wanted.mutability.clone(),
                    };
                    draft.step(
                        &context,
                        format!("Change tag mutability of `{name}` in {there}"),
                        None,
                        change,
                    );
                }
                RepositorySetting::ScanOnPush => {
                    let word = if wanted.scan_on_push { "on" } else { "off" };
                    let change = SetScanOnPush { name: name.clone(), scan: wanted.scan_on_push };
                    let text = format!("Turn scanning of pushed images of `{name}` {word} in {there}");
                    draft.step(&context, text, None, change);
                }
                RepositorySetting::LifecyclePolicy => {
                    let document = DocumentChange::of(now.lifecycle.clone(), wanted.lifecycle.clone());
                    lifecycle::replace(app, &context, registry, name.clone(), document, &mut draft).await;
                }
                RepositorySetting::Encryption => draft.warning(
                    "encryption-stays",
                    format!("The encryption of `{name}` in {there} cannot be changed."),
                    Some("Copy its images into a new repository that has the encryption from the start."),
                ),
            }
        }
    }
    if draft.content.steps.is_empty() {
        draft.note("nothing-to-do", "These settings are equal already, or cannot be changed.");
    }
    Ok(draft.content)
}
