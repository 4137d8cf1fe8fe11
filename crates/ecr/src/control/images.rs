//! Images, their layers and their replication.

use std::collections::HashMap;

use aws_sdk_ecr::types as sdk;
use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{MAX_MANIFEST_BYTES, Manifest, digest_of, media_types};

use crate::{
    Call, Deletion, EcrClient, EcrError, EcrErrorKind, ImageDetail, ImageFailure, ImageId, ImageScope,
    LayerStatus, Page, ReplicationStatus, client::convert, control::write::once,
};

/// The largest page that ECR gives.
const PAGE: i32 = 1_000;
/// The most images or layers that one request may name.
const BATCH: usize = 100;
/// Concurrent batches of one lookup.
const ASKED_AT_ONCE: usize = 8;

impl EcrClient {
    /// Every image of a repository. Does not count as a pull.
    ///
    /// # Errors
    /// [`RepositoryNotFound`](EcrErrorKind::RepositoryNotFound), and as `DescribeImages`.
    pub async fn images(
        &self,
        name: &RepositoryName,
        scope: ImageScope,
    ) -> Result<Vec<ImageDetail>, EcrError> {
        let call = self.call("DescribeImages", Some(name));
        self.collect(call, |next| async move { self.images_page(name, scope, next.as_deref(), PAGE).await })
            .await
    }

    /// One page of images, at most `size` (1 to 1,000); `next` comes from the previous page. Does
    /// not count as a pull.
    ///
    /// # Errors
    /// As [`images`](Self::images).
    pub async fn images_page(
        &self,
        name: &RepositoryName,
        scope: ImageScope,
        next: Option<&str>,
        size: i32,
    ) -> Result<Page<ImageDetail>, EcrError> {
        let filter = sdk::DescribeImagesFilter::builder();
        let filter = match scope {
            ImageScope::Active => None,
            ImageScope::Tagged => Some(filter.tag_status(sdk::TagStatus::Tagged).build()),
            ImageScope::Any => Some(filter.image_status(sdk::ImageStatusFilter::Any).build()),
        };
        let operation = self
            .ecr()
            .describe_images()
            .registry_id(self.account())
            .repository_name(name.as_str())
            .set_filter(filter)
            .set_next_token(next.map(str::to_owned))
            .max_results(size.clamp(1, PAGE));
        let answer = self.send(self.call("DescribeImages", Some(name)), operation.send()).await?;
        Ok(Page {
            items: answer.image_details().iter().filter_map(convert::image_detail).collect(),
            next: answer.next_token().map(str::to_owned),
        })
    }

    /// These images, at most 100 a request. When one of them does not exist ECR refuses the whole
    /// request. Does not count as a pull.
    ///
    /// # Errors
    /// [`ImageNotFound`](EcrErrorKind::ImageNotFound), and as [`images`](Self::images).
    pub async fn describe_images(
        &self,
        name: &RepositoryName,
        ids: &[ImageId],
    ) -> Result<Vec<ImageDetail>, EcrError> {
        let mut details = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(BATCH) {
            let operation = self
                .ecr()
                .describe_images()
                .registry_id(self.account())
                .repository_name(name.as_str())
                .set_image_ids(Some(chunk.iter().map(convert::image_id_request).collect()));
            let answer = self.send(self.call("DescribeImages", Some(name)), operation.send()).await?;
            details.extend(answer.image_details().iter().filter_map(convert::image_detail));
        }
        Ok(details)
    }

    /// Digest and tag of every tag of a repository, and of untagged images unless `tagged_only`.
    /// Does not count as a pull.
    ///
    /// # Errors
    /// [`RepositoryNotFound`](EcrErrorKind::RepositoryNotFound), and as `ListImages`.
    pub async fn list_images(
        &self,
        name: &RepositoryName,
        tagged_only: bool,
    ) -> Result<Vec<ImageId>, EcrError> {
        let filter =
            tagged_only.then(|| sdk::ListImagesFilter::builder().tag_status(sdk::TagStatus::Tagged).build());
        let call = self.call("ListImages", Some(name));
        self.collect(call.clone(), |next| {
            let operation = self
                .ecr()
                .list_images()
                .registry_id(self.account())
                .repository_name(name.as_str())
                .set_filter(filter.clone())
                .set_next_token(next)
                .max_results(PAGE);
            let call = call.clone();
            async move {
                let answer = self.send(call, operation.send()).await?;
                Ok(Page {
                    items: answer.image_ids().iter().map(convert::image_id).collect(),
                    next: answer.next_token().map(str::to_owned),
                })
            }
        })
        .await
    }

    /// Manifests, at most 100 a request. **Counts as a pull** and so defeats lifecycle rules that
    /// depend on the last pull: read a manifest once per digest. The digest is computed from the
    /// bytes; a manifest whose bytes do not have the requested digest is an error.
    ///
    /// # Errors
    /// [`RepositoryNotFound`](EcrErrorKind::RepositoryNotFound),
    /// [`DigestMismatch`](EcrErrorKind::DigestMismatch) on wrong bytes, and as `BatchGetImage`.
    pub async fn batch_get_image(
        &self,
        name: &RepositoryName,
        ids: &[ImageId],
    ) -> Result<(Vec<Manifest>, Vec<ImageFailure>), EcrError> {
        let call = self.call("BatchGetImage", Some(name));
        let (mut manifests, mut failures) = (Vec::with_capacity(ids.len()), Vec::new());
        for chunk in ids.chunks(BATCH) {
            let operation = self
                .ecr()
                .batch_get_image()
                .registry_id(self.account())
                .repository_name(name.as_str())
                .set_image_ids(Some(chunk.iter().map(convert::image_id_request).collect()))
                // ECR converts a manifest asked for by tag to an accepted type, with another digest.
                .set_accepted_media_types(Some(media_types::MANIFESTS.map(str::to_owned).to_vec()));
            let answer = self.send(call.clone(), operation.send()).await?;
            for image in answer.images() {
                manifests.push(self.manifest_of(&call, image)?);
            }
            failures.extend(answer.failures().iter().map(convert::image_failure));
        }
        Ok((manifests, failures))
    }

    /// The digests of tags that exist, and a failure for each of the others; at most 100 tags.
    /// **Counts as a pull** of the existing ones.
    ///
    /// # Errors
    /// [`RepositoryNotFound`](EcrErrorKind::RepositoryNotFound), and as `BatchGetImage`.
    pub(crate) async fn where_tags_are(
        &self,
        name: &RepositoryName,
        tags: &[Tag],
    ) -> Result<(HashMap<Tag, Digest>, Vec<ImageFailure>), EcrError> {
        let ids = tags.iter().map(|tag| ImageId { digest: None, tag: Some(tag.clone()) });
        let operation = self
            .ecr()
            .batch_get_image()
            .registry_id(self.account())
            .repository_name(name.as_str())
            .set_image_ids(Some(ids.map(|id| convert::image_id_request(&id)).collect()))
            .set_accepted_media_types(Some(media_types::MANIFESTS.map(str::to_owned).to_vec()));
        let answer = self.send(self.call("BatchGetImage", Some(name)), operation.send()).await?;
        let there = answer.images().iter().filter_map(|image| image.image_id()).map(convert::image_id);
        let there = there.filter_map(|id| Some((id.tag?, id.digest?))).collect();
        Ok((there, answer.failures().iter().map(convert::image_failure).collect()))
    }

    fn manifest_of(&self, call: &Call, image: &sdk::Image) -> Result<Manifest, EcrError> {
        let odd = |what: &str| self.protocol(call.clone(), what);
        let text = image.image_manifest().ok_or_else(|| odd("an image without its manifest"))?;
        if text.len() > MAX_MANIFEST_BYTES {
            return Err(odd(&format!("a manifest of {} bytes", text.len())));
        }
        let claimed = image.image_id().and_then(|id| id.image_digest());
        let expected: Digest =
            claimed.unwrap_or_default().parse().map_err(|_| odd("an image without a digest"))?;
        let digest = digest_of(expected.algorithm(), text.as_bytes());
        if digest != expected {
            return Err(EcrErrorKind::DigestMismatch { expected, actual: digest }.of(call.clone()));
        }
        let media_type = match image.image_manifest_media_type() {
            Some(media_type) => media_type.to_owned(),
            None => media_type_of(text).ok_or_else(|| odd("a manifest without a media type"))?,
        };
        Ok(Manifest { media_type, bytes: text.to_owned().into(), digest })
    }

    /// Deletes images or single tags, at most 100 a request. By tag removes the tag, and the image
    /// with its last tag; by digest removes the image with all its tags. Sent once: a tag may point
    /// at another image before a second try.
    ///
    /// # Errors
    /// When a request as a whole fails; single images that stay are in
    /// [`failures`](Deletion::failures).
    pub async fn batch_delete_image(
        &self,
        name: &RepositoryName,
        ids: &[ImageId],
    ) -> Result<Deletion, EcrError> {
        let mut deletion = Deletion::default();
        for chunk in ids.chunks(BATCH) {
            let operation = self
                .ecr()
                .batch_delete_image()
                .registry_id(self.account())
                .repository_name(name.as_str())
                .set_image_ids(Some(chunk.iter().map(convert::image_id_request).collect()))
                .customize()
                .config_override(once());
            let answer = self.send(self.call("BatchDeleteImage", Some(name)), operation.send()).await?;
            deletion.deleted.extend(answer.image_ids().iter().map(convert::image_id));
            deletion.failures.extend(answer.failures().iter().map(convert::image_failure));
        }
        Ok(deletion)
    }

    /// Puts a manifest, under a tag or by digest only. ECR checks the digest that is sent along.
    /// Sent once: another client may have moved the tag before a second try.
    ///
    /// # Errors
    /// [`ImageAlreadyExists`](EcrErrorKind::ImageAlreadyExists),
    /// [`TagImmutable`](EcrErrorKind::TagImmutable) (also for the same digest),
    /// [`ReferencedContentMissing`](EcrErrorKind::ReferencedContentMissing), and as `PutImage`.
    pub async fn put_image(
        &self,
        name: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<(), EcrError> {
        match self.send_image(name, manifest, tag).await {
            // From here on the SDK signs with the service's time, which each response contains.
            Err(EcrError { kind: EcrErrorKind::ClockSkew, .. }) => self.send_image(name, manifest, tag).await,
            result => result,
        }
    }

    /// Sends one request, and no further one.
    async fn send_image(
        &self,
        name: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<(), EcrError> {
        let call = self.call("PutImage", Some(name));
        let text = std::str::from_utf8(&manifest.bytes)
            .map_err(|_| self.invalid(call.clone(), "a manifest is UTF-8 text"))?;
        let operation = self
            .ecr()
            .put_image()
            .registry_id(self.account())
            .repository_name(name.as_str())
            .image_manifest(text)
            .image_manifest_media_type(&manifest.media_type)
            .image_digest(manifest.digest.as_str())
            .set_image_tag(tag.map(ToString::to_string));
        let request = operation.customize().config_override(once()).send();
        let answer = self.send(call.clone(), request).await?;
        let acknowledged = answer.image().and_then(|i| i.image_id()).and_then(|id| id.image_digest());
        match acknowledged {
            Some(digest) if digest == manifest.digest.as_str() => Ok(()),
            Some(other) => {
                Err(self.protocol(call, &format!("it acknowledged {other} for {}", manifest.digest)))
            }
            None => Err(self.protocol(call, "it acknowledged no digest")),
        }
    }

    /// The status of these layers in the repository, at most 100 a request. Layers for which ECR
    /// returns no status are left out.
    ///
    /// # Errors
    /// [`RepositoryNotFound`](EcrErrorKind::RepositoryNotFound), and as
    /// `BatchCheckLayerAvailability`.
    pub async fn layers(
        &self,
        name: &RepositoryName,
        digests: &[Digest],
    ) -> Result<Vec<LayerStatus>, EcrError> {
        let batches: Vec<_> = digests
            .chunks(BATCH)
            .map(|chunk| async move {
                let operation = self
                    .ecr()
                    .batch_check_layer_availability()
                    .registry_id(self.account())
                    .repository_name(name.as_str())
                    .set_layer_digests(Some(chunk.iter().map(ToString::to_string).collect()));
                let call = self.call("BatchCheckLayerAvailability", Some(name));
                let answer = self.send(call, operation.send()).await?;
                Ok::<_, EcrError>(answer.layers().iter().filter_map(convert::layer).collect::<Vec<_>>())
            })
            .collect();
        futures::stream::iter(batches).buffer_unordered(ASKED_AT_ONCE).try_concat().await
    }

    /// The progress of an image's replication, per destination. Empty when no rule selected it. Ask
    /// the source registry; one image a request.
    ///
    /// # Errors
    /// [`ImageNotFound`](EcrErrorKind::ImageNotFound), and as `DescribeImageReplicationStatus`.
    pub async fn replication_status(
        &self,
        name: &RepositoryName,
        id: &ImageId,
    ) -> Result<Vec<ReplicationStatus>, EcrError> {
        let operation = self
            .ecr()
            .describe_image_replication_status()
            .registry_id(self.account())
            .repository_name(name.as_str())
            .image_id(convert::image_id_request(id));
        let call = self.call("DescribeImageReplicationStatus", Some(name));
        let answer = self.send(call, operation.send()).await?;
        Ok(answer.replication_statuses().iter().filter_map(convert::replication_status).collect())
    }
}

/// The media type that a manifest says it has.
fn media_type_of(manifest: &str) -> Option<String> {
    let document: serde_json::Value = serde_json::from_str(manifest).ok()?;
    Some(document.get("mediaType")?.as_str()?.to_owned())
}
