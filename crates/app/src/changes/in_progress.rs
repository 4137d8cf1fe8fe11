//! Images on their way to a registry in which something is about to change.

use longshore_ecr::{ImageId, ReplicationState};
use longshore_names::RepositoryName;

use crate::{
    App,
    api::{ApiError, RegistryKey},
    plans::{Draft, place},
};

/// The number of images that a sentence names.
const MOST_NAMED: usize = 5;

/// Warns of images that are being replicated to a registry now, because a policy without the statement
/// that allows it makes them fail. Nothing that failed is replicated again.
pub(super) async fn warn_of_policy(
    app: &App,
    registry: &RegistryKey,
    draft: &mut Draft,
) -> Result<(), ApiError> {
    let Some(shown) = under_way(app, registry).await? else { return Ok(()) };
    draft.warning(
        "images-in-progress",
        format!("These images are being replicated and may fail: {shown}."),
        Some("Wait until they have arrived. ECR does not replicate an image again after a failure."),
    );
    Ok(())
}

/// Warns of images that will have arrived when a clean-up deletes what is there now.
pub(super) async fn warn_of_clean_up(
    app: &App,
    registry: &RegistryKey,
    draft: &mut Draft,
) -> Result<(), ApiError> {
    let Some(shown) = under_way(app, registry).await? else { return Ok(()) };
    draft.warning(
        "images-in-progress",
        format!("These images are being replicated and are not in this plan: {shown}."),
        Some("Plan the clean-up again when they have arrived, or clean up once more afterwards."),
    );
    Ok(())
}

/// The images that are being replicated to a registry now, in words.
async fn under_way(app: &App, registry: &RegistryKey) -> Result<Option<String>, ApiError> {
    let mut names = Vec::new();
    for (source, name, reference) in app.inventory.in_progress_to(registry).await? {
        // What cannot be asked now counts as it was seen.
        if still(app, &source, &name, &reference, registry).await.unwrap_or(true) {
            let at = if reference.starts_with("sha256:") { '@' } else { ':' };
            names.push(format!("`{name}{at}{reference}` from {}", place(app, &source)));
        }
    }
    if names.is_empty() {
        return Ok(None);
    }
    let more = if names.len() > MOST_NAMED { ", …" } else { "" };
    Ok(Some(format!("{}{more}", names[..names.len().min(MOST_NAMED)].join(", "))))
}

async fn still(
    app: &App,
    source: &RegistryKey,
    name: &RepositoryName,
    reference: &str,
    to: &RegistryKey,
) -> Result<bool, ApiError> {
    let id = match reference.parse() {
        Ok(digest) => ImageId { digest: Some(digest), tag: None },
        Err(_) => ImageId { digest: None, tag: Some(reference.parse()?) },
    };
    let statuses = app.connection(source).await?.client.replication_status(name, &id).await?;
    let to = to.id();
    Ok(statuses.iter().any(|status| status.destination == to && status.state == ReplicationState::InProgress))
}
