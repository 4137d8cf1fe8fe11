//! Repeats failed native replications with the engine, and pushes a sample image.

use std::sync::Arc;

use longshore_ecr::RepositorySettings;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{Sink, Source};

use super::{
    CopyImage, CopyTag, PushSample, Sample, copy_request, endpoint,
    plan::{check_source, destination_tag, estimate, plan_with_engine, same_space},
};
use crate::{
    App,
    api::{ApiError, ImageKey, RegistryKey, RepositoryKey, Side},
    changes::repositories::CreateRepository,
    errors::name_error,
    plans::{Content, Draft, place},
};

/// Copies an image to the repository of the same name at a destination, with all its tags. ECR does
/// not resend an image that failed, not even when its cause is fixed.
pub(crate) async fn plan_replicate_again(
    app: &App,
    image: &ImageKey,
    destination: &RegistryKey,
) -> Result<Content, ApiError> {
    let registry = &image.repository.registry;
    let name: RepositoryName = image.repository.repository.parse().map_err(name_error("image.repository"))?;
    let digest: Digest = image.digest.parse().map_err(name_error("image.digest"))?;
    same_space(registry, destination)?;
    if registry == destination {
        let text = "The image is already in the destination registry.";
        return Err(ApiError::input("own-registry", "destination", text));
    }
    let (source, source_context) = app.place(registry).await?;
    let (target, context) = app.place(destination).await?;
    let tags = check_source(&source.client, &name, &digest).await?;
    let there = place(app, destination);
    let mut draft = Draft::new(destination.space, format!("Replicate {name} again"));
    let repository = target.client.repository(&name).await?;
    if repository.is_none() {
        let action = CreateRepository { name: name.clone(), settings: RepositorySettings::default() };
        let reason = "With ECR's defaults, as ECR itself would.";
        draft.step(&context, format!("Create repository `{name}` in {there}"), Some(reason.into()), action);
    }
    let mut wanted = Vec::with_capacity(tags.len());
    for tag in tags {
        let replaces =
            destination_tag(&target.client, repository.as_ref(), &name, &tag, &digest, &mut draft).await?;
        wanted.push(CopyTag { tag, replaces });
    }
    let mut copy = CopyImage {
        source: source_context,
        from: name.clone(),
        digest: digest.clone(),
        to: name.clone(),
        tags: wanted,
        replica: true,
        expires: 0,
    };
    let mounting = target.client.blob_mounting().await.unwrap_or(false);
    let estimate = estimate(&source, &target, &copy, mounting, &there, &mut draft).await?;
    copy.expires = estimate.expires;
    let text = format!("Copy `{name}` {} from {} to {there}", digest.short(), place(app, registry));
    draft.step(&context, text, estimate.reason, copy);
    draft.note("status-stays", "The replication status that ECR reports for this image does not change, because ECR does not copy it.");
    Ok(draft.content)
}

/// Pushes the sample image of a tag.
pub(crate) async fn plan_sample(
    app: &App,
    repository: &RepositoryKey,
    tag: &str,
) -> Result<Content, ApiError> {
    let tag = Tag::for_input(tag).map_err(name_error("tag"))?;
    let name: RepositoryName = repository.repository.parse().map_err(name_error("repository"))?;
    let (connection, context) = app.place(&repository.registry).await?;
    let there = place(app, &repository.registry);
    let known = connection.client.repository(&name).await?;
    if known.is_none() {
        let text = format!("{there} has no repository `{name}`.");
        return Err(ApiError::new("repository-not-found", Side::Destination, text).hint("Create it first."));
    }
    let sample = Arc::new(Sample::new(&tag)?);
    let digest = sample.digest().clone();
    let mut draft = Draft::new(repository.registry.space, format!("Push sample image {name}:{tag}"));
    let replaces =
        destination_tag(&connection.client, known.as_ref(), &name, &tag, &digest, &mut draft).await?;
    let tag = CopyTag { tag, replaces };
    let sink: Arc<dyn Sink> = endpoint(&connection.client).await?;
    let source: Arc<dyn Source> = sample;
    let request = copy_request(&name, &digest, &name, std::slice::from_ref(&tag), true);
    let estimate = plan_with_engine(source, sink, &request, &there, &mut draft).await?;
    let text = format!("Push a sample image as `{name}:{}` to {there}", tag.tag);
    let action = PushSample { name, tag, digest, expires: estimate.expires };
    draft.step(&context, text, estimate.reason, action);
    Ok(draft.content)
}
