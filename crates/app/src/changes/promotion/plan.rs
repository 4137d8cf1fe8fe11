//! Pushes an image under another name: same registry, other Region, other account.

use std::sync::Arc;

use longshore_ecr::{
    EcrClient, EcrError, EcrErrorKind, ImageId, ImageStatus, Repository, RepositorySettings,
};
use longshore_engine::{Action as EngineAction, bytes_in_words};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{Sink, Source};

use super::{CopyImage, CopyTag, copy_request, endpoint};
use crate::{
    App,
    access::Connection,
    api::{ApiError, ImageKey, RegistryKey, Side},
    changes::repositories::{CreateRepository, SetBlobMounting},
    errors::name_error,
    plans::{Content, Draft, place},
    steps::Context,
};

/// A request to promote an image.
pub(crate) struct Wish {
    pub(crate) source: ImageKey,
    pub(crate) destination: RegistryKey,
    pub(crate) repository: String,
    pub(crate) tag: String,
    pub(crate) enable_blob_mounting: bool,
    pub(crate) create_repository: bool,
}

pub(crate) async fn plan_promote(app: &App, wish: &Wish) -> Result<Content, ApiError> {
    let to = RepositoryName::for_input(&wish.repository).map_err(name_error("repository"))?;
    let tag = Tag::for_input(&wish.tag).map_err(name_error("tag"))?;
    let digest: Digest = wish.source.digest.parse().map_err(name_error("source.digest"))?;
    let origin = &wish.source.repository;
    let from: RepositoryName = origin.repository.parse().map_err(name_error("source.repository"))?;
    same_space(&origin.registry, &wish.destination)?;
    let (source, source_context) = app.place(&origin.registry).await?;
    let (destination, context) = app.place(&wish.destination).await?;
    check_source(&source.client, &from, &digest).await?;

    let mut draft = Draft::new(wish.destination.space, format!("Promote to {to}:{tag}"));
    let there = place(app, &wish.destination);
    let repository = destination.client.repository(&to).await?;
    if repository.is_none() {
        create_if_wished(wish, &to, &there, &context, &mut draft);
    }
    let replaces =
        destination_tag(&destination.client, repository.as_ref(), &to, &tag, &digest, &mut draft).await?;
    let mounting = mounting(wish, &destination, &there, &context, &mut draft).await?;
    let tags = vec![CopyTag { tag: tag.clone(), replaces }];
    let mut copy = CopyImage {
        source: source_context,
        from: from.clone(),
        digest: digest.clone(),
        to: to.clone(),
        tags,
        replica: false,
        expires: 0,
    };
    let elsewhere = origin.registry != wish.destination || from != to;
    let estimate = estimate(&source, &destination, &copy, mounting, &there, &mut draft).await?;
    copy.expires = estimate.expires;
    if !mounting && origin.registry == wish.destination && elsewhere && draft.content.bytes_to_move > 0 {
        let text = format!(
            "Blob mounting is off in {there}, so {} are uploaded again although the registry has them.",
            bytes_in_words(draft.content.bytes_to_move)
        );
        draft.warning("blob-mounting-off", text, Some("Turn on blob mounting as a step of this plan."));
    }
    let text = format!(
        "Promote `{from}` {} from {} to `{to}:{tag}` in {there}",
        digest.short(),
        place(app, &origin.registry)
    );
    draft.step(&context, text, estimate.reason, copy);
    Ok(draft.content)
}

pub(super) fn same_space(source: &RegistryKey, destination: &RegistryKey) -> Result<(), ApiError> {
    if source.space == destination.space {
        return Ok(());
    }
    let text = "Images cannot be promoted between the sandbox and AWS.";
    Err(ApiError::input("other-space", "destination.space", text))
}

/// The image must exist and must be readable.
pub(super) async fn check_source(
    client: &EcrClient,
    name: &RepositoryName,
    digest: &Digest,
) -> Result<Vec<Tag>, ApiError> {
    let id = ImageId { digest: Some(digest.clone()), tag: None };
    let mut details = match client.describe_images(name, &[id]).await {
        Ok(details) => details,
        Err(error) => return Err(ApiError::from(error).on(Side::Source)),
    };
    let Some(detail) = details.pop() else {
        let text = format!("`{name}` has no image {}.", digest.short());
        return Err(ApiError::new("image-not-found", Side::Source, text));
    };
    match detail.status {
        ImageStatus::Archived | ImageStatus::Activating => {
            let text = format!("{} is in the archive and cannot be read.", digest.short());
            Err(ApiError::new("image-archived", Side::Source, text))
        }
        ImageStatus::Active | ImageStatus::Other(_) => Ok(detail.tags),
    }
}

fn create_if_wished(wish: &Wish, to: &RepositoryName, there: &str, context: &Context, draft: &mut Draft) {
    if wish.create_repository {
        let action = CreateRepository { name: to.clone(), settings: RepositorySettings::default() };
        let reason = "With ECR's defaults: mutable tags, AES-256.";
        draft.step(context, format!("Create repository `{to}` in {there}"), Some(reason.into()), action);
    } else {
        let text = format!("{there} has no repository `{to}`.");
        draft.error("repository-not-found", text, "Create it as a step of this plan, or choose another one.");
    }
}

/// The digest of the destination's tag now, with a finding if the copy would move it or must not.
pub(super) async fn destination_tag(
    client: &EcrClient,
    repository: Option<&Repository>,
    to: &RepositoryName,
    tag: &Tag,
    digest: &Digest,
    draft: &mut Draft,
) -> Result<Option<Digest>, ApiError> {
    let Some(repository) = repository else { return Ok(None) };
    let id = ImageId { digest: None, tag: Some(tag.clone()) };
    let existing = match client.describe_images(to, &[id]).await {
        Ok(details) => details.into_iter().next().map(|detail| detail.digest),
        Err(
            EcrError { kind: EcrErrorKind::ImageNotFound, .. }
            | EcrError { kind: EcrErrorKind::RepositoryNotFound, .. },
        ) => None,
        Err(error) => return Err(error.into()),
    };
    let Some(existing) = existing else { return Ok(None) };
    if existing == *digest {
        draft.note("already-there", format!("`{to}:{tag}` already points to this image."));
        return Ok(None);
    }
    let (now, new) = (existing.short(), digest.short());
    if repository.tag_mutability.protects(tag) {
        let text = format!("`{to}:{tag}` is immutable and points to {now}; it cannot be moved to {new}.");
        draft.error("tag-immutable", text, "Choose another tag.");
    } else {
        let text = format!("`{to}:{tag}` points to {now} and will be moved to {new}.");
        draft.warning("tag-moves", text, Some("Choose another tag to keep both."));
    }
    Ok(Some(existing))
}

/// Whether blobs are mounted between repositories of the destination when this step runs.
async fn mounting(
    wish: &Wish,
    destination: &Connection,
    there: &str,
    context: &Context,
    draft: &mut Draft,
) -> Result<bool, ApiError> {
    // If the registry's setting cannot be read, the only cost is bytes.
    let on = destination.client.blob_mounting().await.unwrap_or(false);
    if on || !wish.enable_blob_mounting {
        return Ok(on);
    }
    let reason = "Layers that the registry already has are then used without an upload.";
    let action = SetBlobMounting { enabled: true };
    draft.step(context, format!("Turn blob mounting on in {there}"), Some(reason.into()), action);
    Ok(true)
}

/// The engine's estimate of a copy.
pub(super) struct Estimate {
    /// Its explanation.
    pub(super) reason: Option<String>,
    /// How many images expire afterwards by a lifecycle policy.
    pub(super) expires: usize,
}

/// Asks the engine what would be uploaded and what would expire, and adds that to the draft.
pub(super) async fn estimate(
    source: &Connection,
    destination: &Connection,
    copy: &CopyImage,
    mounting: bool,
    there: &str,
    draft: &mut Draft,
) -> Result<Estimate, ApiError> {
    let sink: Arc<dyn Sink> = endpoint(&destination.client).await?;
    let from: Arc<dyn Source> =
        if source.key == destination.key { sink.clone() } else { endpoint(&source.client).await? };
    let request = copy_request(&copy.from, &copy.digest, &copy.to, &copy.tags, mounting);
    plan_with_engine(from, sink, &request, there, draft).await
}

pub(super) async fn plan_with_engine(
    source: Arc<dyn Source>,
    sink: Arc<dyn Sink>,
    request: &longshore_engine::CopyRequest,
    there: &str,
    draft: &mut Draft,
) -> Result<Estimate, ApiError> {
    let planned = longshore_engine::plan(source, sink, request).await?;
    for image in &planned.images {
        match &image.action {
            EngineAction::Unavailable { failure } => {
                draft.error(&failure.code, failure.message.clone(), &failure.hint);
            }
            EngineAction::Conflict { existing } => {
                let text = format!("`{}` already points to {}.", image.destination_name(), existing.short());
                draft.error("tag-conflict", text, "Choose another tag.");
            }
            _ => {}
        }
    }
    let totals = &planned.totals;
    draft.content.bytes_to_move = totals.bytes_to_move;
    draft.content.bytes_saved = totals.bytes_saved.max(totals.bytes_to_mount);
    draft.expiry(there, &planned.expiry, false);
    let reason = planned.images.first().map(|image| image.explanation.clone());
    Ok(Estimate { reason, expires: planned.expiry.total() })
}
