//! Writes to an ECR registry.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{
    BlobStream, Descriptor, Error, Lifecycle, Manifest, Parts, RegistryErrorKind, RepositoryState, Sink,
    Source, TagOrDigest, Tagged, leave,
};

use crate::{
    EcrEndpoint, EcrError, EcrErrorKind, ImageFailureCode, ImageId, endpoint::ecr_endpoint::MOST_REFUSALS,
    endpoint::pace::Write,
};

#[async_trait]
impl Sink for EcrEndpoint {
    /// One call; an existing repository counts as filled, since one call looks up a hundred blobs.
    async fn state(&self, repository: &RepositoryName) -> Result<RepositoryState, Error> {
        Ok(if self.is_there(repository).await? { RepositoryState::Filled } else { RepositoryState::Absent })
    }

    async fn exists_many(
        &self,
        repository: &RepositoryName,
        digests: &[Digest],
    ) -> Result<HashSet<Digest>, Error> {
        let layers = self.client.layers(repository, digests).await.map_err(|e| self.error(e))?;
        let asked: HashSet<&Digest> = digests.iter().collect();
        Ok(layers
            .into_iter()
            .filter(|layer| layer.available && asked.contains(&layer.digest))
            .map(|layer| layer.digest)
            .collect())
    }

    async fn mount(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
        from: &RepositoryName,
    ) -> Result<bool, Error> {
        if !self.mounts().await {
            return Ok(false);
        }
        let mounted = self.paced_upload(self.data.mount(repository, digest, from)).await;
        self.learn_of(repository, mounted)
    }

    async fn push_blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        body: BlobStream,
    ) -> Result<(), Error> {
        let pushed = self.paced_upload(self.data.push_blob(repository, descriptor, body)).await;
        self.learn_of(repository, pushed)
    }

    fn parts(&self) -> Option<&dyn Parts> {
        Some(self)
    }

    fn lifecycle(&self) -> Option<&dyn Lifecycle> {
        Some(self)
    }

    fn mounts_referenced_only(&self) -> bool {
        true
    }

    async fn push_manifest(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<(), Error> {
        let put = self.put_paced(repository, manifest, tag).await;
        self.settle_put(repository, manifest, tag, put).await
    }

    /// As [`ask_for_tags`](Self::ask_for_tags), at most 100 tags a request.
    async fn tags_now(
        &self,
        repository: &RepositoryName,
        tags: &[Tag],
    ) -> Result<HashMap<Tag, Digest>, Error> {
        self.ask_for_tags(repository, tags).await.map_err(|error| self.error(error))
    }

    /// Asks when the turn has come, and includes the other tags that wait for theirs.
    async fn push_tag(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: &Tag,
        over: Option<&Digest>,
    ) -> Result<Tagged, Error> {
        let mut refusals = 0;
        loop {
            let there = match over {
                // It exists, and reading it would be a pull.
                Some(_) => {
                    self.turn(Write::Manifest).await;
                    self.described(repository, tag).await.map_err(|error| self.error(error))?
                }
                None => {
                    let waiting = self.tag_looks.waiting(repository, tag);
                    self.turn(Write::Manifest).await;
                    waiting.now(self).await?
                }
            };
            if leave(self.name(), repository, tag, there.as_ref(), manifest, over)? {
                return Ok(Tagged::There);
            }
            match self.put_now(repository, manifest, Some(tag)).await {
                // A throttled put was not carried out; the pace has slowed down.
                Err(EcrError { kind: EcrErrorKind::Throttled, .. }) if refusals < MOST_REFUSALS => {
                    refusals += 1
                }
                put => {
                    let settled = self.settle_put(repository, manifest, Some(tag), put).await;
                    return settled.map(|()| Tagged::Put);
                }
            }
        }
    }

    /// Removes a tag, and the image with its last tag; or an image with all its tags.
    async fn delete(&self, repository: &RepositoryName, reference: &TagOrDigest) -> Result<bool, Error> {
        let id = ImageId::from(reference.clone());
        let deletion = match self.client.batch_delete_image(repository, &[id]).await {
            Ok(deletion) => deletion,
            Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => return Ok(false),
            Err(error) => return Err(self.error(error)),
        };
        match deletion.failures.into_iter().next() {
            None => Ok(!deletion.deleted.is_empty()),
            Some(failure) => match failure.code {
                ImageFailureCode::NotFound => Ok(false),
                ImageFailureCode::ReferencedByIndex => Err(self.refusal(format!(
                    "{reference} of `{repository}` belongs to an index; delete the index first"
                ))),
                _ => Err(self.refusal(failure.reason)),
            },
        }
    }

    /// `DescribeRepositories`, also where the repository was seen before: a creation template would
    /// let a push create it again.
    async fn has_repository(&self, repository: &RepositoryName) -> Result<bool, Error> {
        self.forget(repository);
        self.is_there(repository).await
    }

    async fn ensure_repository(&self, repository: &RepositoryName) -> Result<bool, Error> {
        if self.created_by_push || self.is_there(repository).await? {
            return Ok(false);
        }
        let created = match self.client.create_repository(repository, &self.new_repositories).await {
            Ok(_) => true,
            // Another client was quicker.
            Err(EcrError { kind: EcrErrorKind::RepositoryAlreadyExists, .. }) => false,
            Err(error) => return Err(self.error(error)),
        };
        self.know(repository);
        Ok(created)
    }
}

impl EcrEndpoint {
    /// Determines the outcome of a put that ECR refused because the tag exists: ECR refuses the
    /// same bytes too, and does not say which digest the tag has.
    async fn settle_put(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
        put: Result<(), EcrError>,
    ) -> Result<(), Error> {
        let refusal = match put {
            Ok(()) => return Ok(()),
            Err(
                error @ (EcrError { kind: EcrErrorKind::ImageAlreadyExists, .. }
                | EcrError { kind: EcrErrorKind::TagImmutable, .. }),
            ) => error,
            Err(error) => return self.learn_of(repository, Err(self.error(error))),
        };
        let reference = match tag {
            Some(tag) => TagOrDigest::Tag(tag.clone()),
            None => TagOrDigest::Digest(manifest.digest.clone()),
        };
        match (self.resolve(repository, &reference).await?, tag) {
            (Some(there), _) if there.digest == manifest.digest => Ok(()),
            (Some(_), Some(tag)) => Err(RegistryErrorKind::TagImmutable {
                repository: repository.to_string(),
                tag: tag.to_string(),
            }
            .at(self.name().to_owned())),
            _ => Err(self.error(refusal)),
        }
    }
}
