//! Making the settings of namesakes equal.

use longshore_names::RepositoryName;

use super::{equal, read::Settings};
use crate::{
    App,
    api::{ApiError, RegistryKey, RepositoryKey, RepositorySetting, Side},
    errors::name_error,
    plans::{Content, Draft, place},
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
        equal::rows(app, (&context, registry), &name, (&now, &wanted), settings, &mut draft).await;
    }
    if draft.content.steps.is_empty() {
        draft.note("nothing-to-do", "These settings are equal already, or cannot be changed.");
    }
    Ok(draft.content)
}
