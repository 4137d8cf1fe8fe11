//! Blobs: reading them, and checking whether they exist.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName};
use reqwest::{
    Method, StatusCode,
    header::{CONTENT_LENGTH, HeaderMap, HeaderValue, RANGE},
};

use crate::{
    BlobStream, Descriptor, Error, HttpRegistry,
    client::exchange::{Lane, Outcome, Request},
    client::wire,
    model::resume,
    net::answer::About,
};

/// HEAD requests under way at once for one lookup of blobs; the host's own limit starts lower.
const ASKED_AT_ONCE: usize = 64;

impl HttpRegistry {
    pub(crate) async fn read_blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<BlobStream, Error> {
        if offset > 0 && offset >= descriptor.size {
            return Ok(Box::pin(futures::stream::empty()));
        }
        let what = format!("blob {}", descriptor.digest);
        let about = About::new(&self.host.name, repository.as_str(), &what);
        let mut headers = HeaderMap::new();
        if offset > 0 {
            let range = HeaderValue::from_str(&format!("bytes={offset}-"));
            headers.insert(RANGE, range.map_err(|e| about.protocol(e.to_string()))?);
        }
        let request = Request {
            method: Method::GET,
            url: self.host.url(repository, &format!("blobs/{}", descriptor.digest)),
            headers,
            body: None,
            scopes: vec![self.host.pull_scope(repository)],
            about,
            follow: true,
            lane: Lane::Read,
            whole: None,
        };
        let response = self.host.send(request).await?;
        match response.status() {
            StatusCode::OK => Ok(resume::without_first(self.host.stream(response), offset)),
            StatusCode::PARTIAL_CONTENT if wire::begins_at(&response, offset) => {
                Ok(self.host.stream(response))
            }
            other => Err(about.protocol(format!("answered a read from byte {offset} with {other}"))),
        }
    }

    pub(crate) async fn have(
        &self,
        repository: &RepositoryName,
        digests: &[Digest],
    ) -> Result<HashSet<Digest>, Error> {
        let digests: Vec<Digest> = digests.to_vec();
        futures::stream::iter(digests.into_iter().map(|digest| self.size_of(repository, digest)))
            .buffer_unordered(ASKED_AT_ONCE)
            .try_filter_map(|found| std::future::ready(Ok(found.map(|(digest, _)| digest))))
            .try_collect()
            .await
    }

    /// The blobs that exist, each with the size that the registry reports, or else the
    /// descriptor's.
    pub(crate) async fn sizes(
        &self,
        repository: &RepositoryName,
        blobs: &[Descriptor],
    ) -> Result<HashMap<Digest, u64>, Error> {
        let asked = blobs.iter().map(|blob| (blob.digest.clone(), blob.size));
        let asked: Vec<(Digest, u64)> = asked.collect();
        let one = |(digest, size): (Digest, u64)| async move {
            let found = self.size_of(repository, digest).await?;
            Ok(found.map(|(digest, stated)| (digest, stated.unwrap_or(size))))
        };
        futures::stream::iter(asked.into_iter().map(one))
            .buffer_unordered(ASKED_AT_ONCE)
            .try_filter_map(|found| std::future::ready(Ok(found)))
            .try_collect()
            .await
    }

    /// A blob with its size, if the registry reports one; `None` when the blob does not exist.
    pub(crate) async fn size_of(
        &self,
        repository: &RepositoryName,
        digest: Digest,
    ) -> Result<Option<(Digest, Option<u64>)>, Error> {
        let what = format!("blob {digest}");
        let about = About::new(&self.host.name, repository.as_str(), &what);
        let request = Request {
            method: Method::HEAD,
            url: self.host.url(repository, &format!("blobs/{digest}")),
            headers: HeaderMap::new(),
            body: None,
            scopes: vec![self.host.pull_scope(repository)],
            about,
            // A registry redirects to storage only for blobs that exist, and the storage's address
            // is often signed for GET only.
            follow: false,
            lane: Lane::Read,
            whole: None,
        };
        match self.host.exchange(request).await? {
            Outcome::Done(response) => {
                let length =
                    response.headers().get(CONTENT_LENGTH).filter(|_| response.status().is_success());
                let size = length.and_then(|length| length.to_str().ok()?.parse().ok());
                Ok(Some((digest, size)))
            }
            Outcome::Refused(refusal) if refusal.status == StatusCode::NOT_FOUND => Ok(None),
            Outcome::Refused(refusal) => Err(refusal.into_error(about)),
        }
    }
}
