//! A registry of ECR as the copy engine sees it.
//!
//! What ECR's API can do in batches or without side effects goes through the API: tags and
//! digests come from `ListImages` and `DescribeImages` (which do not count as pulls), layers are
//! asked for a hundred at a time, manifests go through `BatchGetImage` and `PutImage`, which
//! check digests. Bytes of blobs go over the data plane.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{
    BlobStream, Descriptor, Error, HostOptions, HttpRegistry, Manifest, Sink, Source, Stats, TagOrDigest,
};
use tokio::{sync::Mutex, time::Instant};

use crate::{EcrClient, EcrError, EcrLogin, ImageFailureCode, ImageId, RepositorySettings};

/// How long a registry without blob mounting is not asked again whether it has it now.
const MOUNTING_PAUSE: Duration = Duration::from_secs(30);

/// An ECR registry as [`Source`] and [`Sink`]. Lives as long as a run and is shared by its tasks.
pub struct EcrEndpoint {
    client: EcrClient,
    data: Arc<dyn Sink>,
    new_repositories: RepositorySettings,
    known: std::sync::Mutex<HashSet<RepositoryName>>,
    mounting: Mutex<Option<(bool, Instant)>>,
}

impl EcrEndpoint {
    /// The registry of `client`, with its data plane where [`EcrClient::data_plane`] says, logged
    /// in by the principal's own token.
    ///
    /// # Errors
    /// When the data plane's address cannot be found out or is none.
    pub async fn connect(client: EcrClient, new_repositories: RepositorySettings) -> Result<Self, Error> {
        let name = client.registry().host();
        let url = client.data_plane().await.map_err(|error| error.into_registry_error(&name))?;
        let name = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => name,
        };
        let options = HostOptions {
            credentials: Arc::new(EcrLogin::new(client.clone(), &name)),
            address: Some(url),
            ..HostOptions::default()
        };
        let data = HttpRegistry::connect(&name, options)?;
        Ok(Self::new(client, Arc::new(data), new_repositories))
    }

    /// Joins the API of `client` with `data`, the same registry's data plane.
    /// `new_repositories` is what repositories get that have to be created.
    pub fn new(client: EcrClient, data: Arc<dyn Sink>, new_repositories: RepositorySettings) -> Self {
        Self {
            client,
            data,
            new_repositories,
            known: std::sync::Mutex::default(),
            mounting: Mutex::default(),
        }
    }

    /// The control plane of this registry.
    pub fn client(&self) -> &EcrClient {
        &self.client
    }

    /// Whether the registry lets blobs be mounted. *Yes* is remembered, *no* for half a minute,
    /// since a plan may turn it on. A registry that does not say counts as *no*: mounting only
    /// saves bytes.
    async fn mounts(&self) -> bool {
        let mut known = self.mounting.lock().await;
        if let Some((enabled, asked)) = *known
            && (enabled || asked.elapsed() < MOUNTING_PAUSE)
        {
            return enabled;
        }
        let enabled = match self.client.blob_mounting().await {
            Ok(enabled) => enabled,
            Err(error) => {
                tracing::debug!(registry = self.name(), code = error.code(), "blob mounting is unknown");
                false
            }
        };
        *known = Some((enabled, Instant::now()));
        enabled
    }

    fn error(&self, error: EcrError) -> Error {
        error.into_registry_error(self.data.name())
    }
}

#[async_trait]
impl Source for EcrEndpoint {
    fn name(&self) -> &str {
        self.data.name()
    }

    /// The data plane's; calls of the API are not counted.
    fn stats(&self) -> Stats {
        self.data.stats()
    }

    async fn tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, Error> {
        let ids = self.client.list_images(repository, true).await.map_err(|e| self.error(e))?;
        let tags: BTreeSet<Tag> = ids.into_iter().filter_map(|id| id.tag).collect();
        Ok(tags.into_iter().collect())
    }

    /// Asks `DescribeImages`, which is no pull. It does not tell how long the manifest is: the
    /// descriptor's `size` is 0. Archived images cannot be pulled and count as absent.
    async fn resolve(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Descriptor>, Error> {
        let id = ImageId::from(reference.clone());
        let details = match self.client.describe_images(repository, std::slice::from_ref(&id)).await {
            Ok(details) => details,
            Err(EcrError::ImageNotFound { .. } | EcrError::RepositoryNotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.error(error)),
        };
        let Some(detail) = details.into_iter().next() else { return Ok(None) };
        if id.digest.as_ref().is_some_and(|asked| *asked != detail.digest) {
            return Err(Error::Protocol {
                registry: self.name().to_owned(),
                message: format!("it answered for {} when asked for {reference}", detail.digest),
            });
        }
        let Some(media_type) = detail.media_type else {
            return Err(Error::Protocol {
                registry: self.name().to_owned(),
                message: format!("it tells no media type for {}", detail.digest),
            });
        };
        Ok(Some(Descriptor { media_type, digest: detail.digest, size: 0 }))
    }

    async fn manifest(&self, repository: &RepositoryName, digest: &Digest) -> Result<Manifest, Error> {
        let id = ImageId { digest: Some(digest.clone()), tag: None };
        let answer = self.client.batch_get_image(repository, &[id]).await;
        let (manifests, failures) = answer.map_err(|e| self.error(e))?;
        if let Some(manifest) = manifests.into_iter().find(|m| m.digest == *digest) {
            return Ok(manifest);
        }
        let registry = self.name().to_owned();
        match failures.into_iter().next() {
            Some(failure) if failure.code != ImageFailureCode::NotFound => {
                Err(Error::Refused { registry, status: 400, message: failure.reason })
            }
            _ => Err(Error::NotFound {
                registry,
                repository: repository.to_string(),
                what: format!("manifest {digest}"),
            }),
        }
    }

    async fn blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<BlobStream, Error> {
        self.data.blob(repository, descriptor, offset).await
    }

    async fn referrers(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, Error> {
        self.data.referrers(repository, subject).await
    }
}

#[async_trait]
impl Sink for EcrEndpoint {
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
        self.data.mount(repository, digest, from).await
    }

    async fn push_blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        body: BlobStream,
    ) -> Result<(), Error> {
        self.data.push_blob(repository, descriptor, body).await
    }

    async fn push_manifest(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<(), Error> {
        let refusal = match self.client.put_image(repository, manifest, tag).await {
            Ok(()) => return Ok(()),
            Err(error @ (EcrError::ImageAlreadyExists { .. } | EcrError::TagImmutable { .. })) => error,
            Err(error) => return Err(self.error(error)),
        };
        // Both are said of the same bytes too, and neither says which digest is there: look.
        let reference = match tag {
            Some(tag) => TagOrDigest::Tag(tag.clone()),
            None => TagOrDigest::Digest(manifest.digest.clone()),
        };
        match (self.resolve(repository, &reference).await?, tag) {
            (Some(there), _) if there.digest == manifest.digest => Ok(()),
            (Some(_), Some(tag)) => Err(Error::TagImmutable {
                registry: self.name().to_owned(),
                repository: repository.to_string(),
                tag: tag.to_string(),
            }),
            _ => Err(self.error(refusal)),
        }
    }

    async fn ensure_repository(&self, repository: &RepositoryName) -> Result<bool, Error> {
        if self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(repository) {
            return Ok(false);
        }
        let found = self.client.repository(repository).await.map_err(|e| self.error(e))?;
        let created = match found {
            Some(_) => false,
            None => match self.client.create_repository(repository, &self.new_repositories).await {
                Ok(_) => true,
                // Somebody else was quicker.
                Err(EcrError::RepositoryAlreadyExists { .. }) => false,
                Err(error) => return Err(self.error(error)),
            },
        };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(repository.clone());
        Ok(created)
    }
}
