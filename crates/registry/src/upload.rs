//! Blobs: reading, asking for, mounting, uploading.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName};
use reqwest::{
    Body, Method, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RANGE},
};
use url::Url;

use crate::{
    BlobStream, Descriptor, Error, HttpRegistry,
    answer::{self, About, Refusal},
    client::{pull_scope, push_scope},
    exchange::{Lane, Outcome, Request},
    host::Host,
    manifests::acknowledged,
    wire,
};

/// HEAD requests for blobs under way for one question.
const ASKED_AT_ONCE: usize = 16;

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
            url: self.host.url(repository.as_str(), &format!("blobs/{}", descriptor.digest)),
            headers,
            body: None,
            scopes: vec![pull_scope(repository)],
            about,
            follow: true,
            lane: Lane::Read,
            whole: None,
        };
        let response = self.host.send(request).await?;
        match response.status() {
            StatusCode::OK => Ok(wire::skip(self.host.stream(response), offset)),
            StatusCode::PARTIAL_CONTENT if wire::begins_at(&response, offset) => {
                Ok(self.host.stream(response))
            }
            other => Err(about.protocol(format!("answered {other} to a read from byte {offset}"))),
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

    /// Those of the blobs that are there, each with the size that the registry tells or else the
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
            Ok(found.map(|(digest, told)| (digest, told.unwrap_or(size))))
        };
        futures::stream::iter(asked.into_iter().map(one))
            .buffer_unordered(ASKED_AT_ONCE)
            .try_filter_map(|found| std::future::ready(Ok(found)))
            .try_collect()
            .await
    }

    /// A blob that is there, with its size if the registry tells it.
    async fn size_of(
        &self,
        repository: &RepositoryName,
        digest: Digest,
    ) -> Result<Option<(Digest, Option<u64>)>, Error> {
        let what = format!("blob {digest}");
        let about = About::new(&self.host.name, repository.as_str(), &what);
        let request = Request {
            method: Method::HEAD,
            url: self.host.url(repository.as_str(), &format!("blobs/{digest}")),
            headers: HeaderMap::new(),
            body: None,
            scopes: vec![pull_scope(repository)],
            about,
            // A registry redirects to storage only for what is there, and the storage's address is
            // often signed for GET alone.
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

    pub(crate) async fn mount_blob(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
        from: &RepositoryName,
    ) -> Result<bool, Error> {
        let what = format!("blob {digest}");
        let about = About::new(&self.host.name, repository.as_str(), &what);
        let mut url = self.host.url(repository.as_str(), "blobs/uploads/");
        url.query_pairs_mut().append_pair("mount", digest.as_str()).append_pair("from", from.as_str());
        let scopes = vec![push_scope(repository), pull_scope(from)];
        let request = post(url.clone(), scopes.clone(), about, Lane::Write);
        match self.host.exchange(request).await? {
            Outcome::Done(response) if response.status() == StatusCode::CREATED => {
                acknowledged(response.headers(), digest, about)?;
                self.host.learnt.mount.set(true);
                Ok(true)
            }
            Outcome::Done(response) => {
                self.host.learnt.mount.set(false);
                if let Some(session) = session(&self.host, &url, response.headers(), about)? {
                    self.abandon(session, scopes, about).await;
                }
                Ok(false)
            }
            Outcome::Refused(refusal) => match refusal.status.as_u16() {
                // The registry declines; whether we may write shows when the blob is uploaded.
                400 | 403 | 404 | 405 => {
                    self.host.learnt.mount.set(false);
                    Ok(false)
                }
                _ => Err(refusal.into_error(about)),
            },
        }
    }

    /// Ends an upload that will not be used. Registries clean up by themselves too.
    async fn abandon(&self, session: Url, scopes: Vec<String>, about: About<'_>) {
        if !self.host.is_own(&session) {
            return;
        }
        let request = Request { method: Method::DELETE, ..post(session, scopes, about, Lane::Upload) };
        match tokio::time::timeout(Duration::from_secs(10), self.host.send(request)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!(registry = %self.host.name, %error, "upload not ended"),
            Err(_) => tracing::debug!(registry = %self.host.name, "upload not ended in time"),
        }
    }

    pub(crate) async fn upload_blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        body: BlobStream,
    ) -> Result<(), Error> {
        let host = &self.host;
        let what = format!("blob {}", descriptor.digest);
        let about = About::new(&host.name, repository.as_str(), &what);
        let scopes = vec![push_scope(repository)];
        let start = host.url(repository.as_str(), "blobs/uploads/");
        // One place for all of it, so that no session waits for its bytes.
        let _permit = host.uploads.enter().await;
        let response = host.send(post(start.clone(), scopes.clone(), about, Lane::Upload)).await?;
        let Some(session) = session(host, &start, response.headers(), about)? else {
            return Err(about.protocol("no Location for an upload"));
        };
        let mut target = session.clone();
        target.query_pairs_mut().append_pair("digest", descriptor.digest.as_str());
        let watch = Arc::new(Watch::default());
        let sent = self.put_stream(target, &scopes, descriptor, body, &watch, about).await;
        match sent {
            // All was sent and the answer got lost: it may well be stored.
            Err(Error::Network { .. })
                if watch.moved() >= descriptor.size
                    && self
                        .size_of(repository, descriptor.digest.clone())
                        .await
                        .is_ok_and(|has| has.is_some()) =>
            {
                Ok(())
            }
            Err(error) => {
                self.abandon(session, scopes, about).await;
                Err(error)
            }
            Ok(()) => Ok(()),
        }
    }

    async fn put_stream(
        &self,
        target: Url,
        scopes: &[String],
        descriptor: &Descriptor,
        body: BlobStream,
        watch: &Arc<Watch>,
        about: About<'_>,
    ) -> Result<(), Error> {
        let host = &self.host;
        let granted = host.auth.authorization(&host.clients, scopes).await?;
        let own = host.is_own(&target);
        let mut builder = host
            .clients
            .to(&target)?
            .put(target)
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(CONTENT_LENGTH, descriptor.size);
        if own && let Some(value) = host.authorization_value(&granted)? {
            builder = builder.header(reqwest::header::AUTHORIZATION, value);
        }
        builder = if descriptor.size == 0 {
            // Nothing to stream, but the checks on the stream still count.
            body.try_for_each(|_| std::future::ready(Ok(()))).await?;
            builder.body(Body::from(""))
        } else {
            builder.body(Body::wrap_stream(watch.clone().over(body, host.clone())))
        };
        host.counted(&host.counters.requests, 1);
        let result = self.watched(builder.send(), watch, descriptor.size).await;
        if let Some(error) = watch.failure() {
            return Err(error);
        }
        let response = result.inspect_err(|error| host.pace(Lane::Upload, Some(error)))?;
        match response.status() {
            // ECR is known to answer 201 where 202 is due and the other way round.
            StatusCode::CREATED | StatusCode::ACCEPTED | StatusCode::NO_CONTENT => {
                host.pace(Lane::Upload, None);
                acknowledged(response.headers(), &descriptor.digest, about)
            }
            status if status.is_success() || status.is_redirection() => {
                Err(about.protocol(format!("answered {status} to an upload")))
            }
            _ => {
                let headers = response.headers().clone();
                let refusal = Refusal::read(&host.name, response, host.options.stall_timeout).await;
                host.pace(Lane::Upload, refusal.passing(about).as_ref());
                // The bytes are gone, so only the caller can send them again.
                if own && host.try_again(&refusal, &headers, &granted, scopes).await? {
                    let message = format!("the authorization ended during an upload ({})", refusal.message);
                    return Err(Error::Network { registry: host.name.clone(), message });
                }
                Err(refusal.into_error(about))
            }
        }
    }

    /// Waits for the answer as long as bytes move, and then as long as storing may take.
    async fn watched(
        &self,
        send: impl Future<Output = Result<reqwest::Response, reqwest::Error>>,
        watch: &Watch,
        size: u64,
    ) -> Result<reqwest::Response, Error> {
        let mut send = std::pin::pin!(send);
        let mut seen = 0;
        loop {
            let options = &self.host.options;
            // The source gives up after one stall time, and its error is the better one.
            let patience =
                if watch.moved() >= size { options.commit_timeout } else { options.stall_timeout * 2 };
            match tokio::time::timeout(patience, &mut send).await {
                Ok(result) => return result.map_err(|error| answer::network(&self.host.name, error)),
                Err(_) if watch.moved() > seen => seen = watch.moved(),
                Err(_) => return Err(answer::stalled(&self.host.name, patience)),
            }
        }
    }
}

/// Sees what a body yields.
#[derive(Default)]
struct Watch {
    moved: AtomicU64,
    failed: AtomicBool,
    failure: Mutex<Option<Error>>,
}

impl Watch {
    fn over(self: Arc<Self>, body: BlobStream, host: Arc<Host>) -> BlobStream {
        Box::pin(body.inspect(move |item| match item {
            Ok(bytes) => {
                self.moved.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                host.counted(&host.counters.bytes_up, bytes.len() as u64);
            }
            Err(error) => {
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
                self.failed.store(true, Ordering::Release);
            }
        }))
    }

    fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    /// Why the body itself failed: that is the cause, whatever the connection says then.
    fn failure(&self) -> Option<Error> {
        if !self.failed.load(Ordering::Acquire) {
            return None;
        }
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn post(url: Url, scopes: Vec<String>, about: About<'_>, lane: Lane) -> Request<'_> {
    let headers = HeaderMap::from_iter([(CONTENT_LENGTH, HeaderValue::from_static("0"))]);
    Request { method: Method::POST, url, headers, body: None, scopes, about, follow: true, lane, whole: None }
}

/// The address of an upload session.
fn session(host: &Host, from: &Url, headers: &HeaderMap, about: About<'_>) -> Result<Option<Url>, Error> {
    let Some(location) = headers.get(LOCATION) else { return Ok(None) };
    let location = location.to_str().map_err(|_| about.protocol("Location is no text"))?;
    host.location(from, location, about).map(Some)
}
