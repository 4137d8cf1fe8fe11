//! Blobs: uploading.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::Poll,
    time::Duration,
};

use futures::{StreamExt, TryStreamExt};
use longshore_names::RepositoryName;
use reqwest::{
    Body, StatusCode,
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE},
};
use tokio::time::Instant;
use url::Url;

use crate::{
    BlobStream, Descriptor, Error, HttpRegistry, RegistryErrorKind,
    client::exchange::Lane,
    client::host::Host,
    net::answer::{self, About, Asked},
    net::refusal::Refusal,
    net::trickle::{Gauge, Receiver},
    requests::manifests::acknowledged,
    requests::mount::{post, session},
};

/// Bytes of a blob for which a registry gets one more second to store it.
const STORED_A_SECOND: u64 = 8 * 1024 * 1024;

impl HttpRegistry {
    pub(crate) async fn upload_blob(
        &self,
        repository: &RepositoryName,
        descriptor: &Descriptor,
        body: BlobStream,
    ) -> Result<(), Error> {
        let host = &self.host;
        let what = format!("blob {}", descriptor.digest);
        let about = About { asked: Asked::Upload, ..About::new(&host.name, repository.as_str(), &what) };
        let scopes = vec![self.host.push_scope(repository)];
        host.rest.check()?;
        // One place for the whole upload, so that no session waits for its bytes.
        let _permit = host.place(Lane::Upload).await;
        let session = match host.sessions.take(repository, &descriptor.digest) {
            Some(session) => session,
            None => {
                let start = host.url(repository, "blobs/uploads/");
                let response = host.send(post(start.clone(), scopes.clone(), about, Lane::Upload)).await?;
                session(host, &start, response.headers(), about)?
                    .ok_or_else(|| about.protocol("no Location for an upload"))?
            }
        };
        let mut target = session.clone();
        target.query_pairs_mut().append_pair("digest", descriptor.digest.as_str());
        let watch = Arc::new(Watch::default());
        let sent = self.put_stream(target, &scopes, descriptor, body, &watch, about).await;
        match sent {
            // Everything was sent and the response got lost: the blob may well be stored.
            Err(error)
                if matches!(error.cause(), RegistryErrorKind::Network { .. })
                    && watch.moved() >= descriptor.size
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
        let elsewhere = host.elsewhere(&target);
        let at = |error: Error| match &elsewhere {
            Some(elsewhere) => error.elsewhere(elsewhere),
            None => error,
        };
        let mut builder = host
            .clients
            .to(&target)?
            .put(target)
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(CONTENT_LENGTH, descriptor.size);
        if own && let Some(value) = host.authorization_value(&granted)? {
            builder = builder.header(AUTHORIZATION, value);
        }
        builder = if descriptor.size == 0 {
            // Nothing to stream, but the checks on the stream still count.
            body.try_for_each(|_| std::future::ready(Ok(()))).await?;
            builder.body(Body::from(""))
        } else {
            builder.body(Body::wrap_stream(watch.clone().over(body, host.clone())))
        };
        host.counted(&host.counters.requests, 1);
        let result = self.with_stall_check(builder.send(), watch, descriptor.size).await;
        if let Some(error) = watch.failure() {
            return Err(error);
        }
        let response = result.map_err(&at).inspect_err(|error| host.pace(Lane::Upload, Some(error)))?;
        match response.status() {
            // Registries are known to answer 201 where 202 is due and the other way round.
            StatusCode::CREATED | StatusCode::ACCEPTED | StatusCode::NO_CONTENT => {
                host.pace(Lane::Upload, None);
                acknowledged(response.headers(), &descriptor.digest, about)
            }
            status if status.is_success() || status.is_redirection() => {
                Err(at(about.protocol(format!("answered an upload with {status}"))))
            }
            _ => {
                let headers = response.headers().clone();
                let mut refusal = Refusal::read(&host.name, response, host.options.stall_timeout).await;
                refusal.elsewhere = elsewhere.clone();
                let passing = refusal.passing(about);
                host.pace(Lane::Upload, passing.as_ref());
                if let Some(error) = passing {
                    host.rest.after(&error, &host.options.backoff);
                    host.rest.check()?;
                }
                // The bytes are gone, so only the caller can send them again.
                if own && host.try_again(&refusal, &headers, &granted, scopes).await? {
                    let message = format!("the authorization expired during an upload ({})", refusal.message);
                    return Err(RegistryErrorKind::Network { message }.at(host.name.clone()));
                }
                Err(refusal.into_error(about))
            }
        }
    }

    /// Waits for the response as long as bytes move, and then as long as storing may take.
    async fn with_stall_check(
        &self,
        send: impl Future<Output = Result<reqwest::Response, reqwest::Error>>,
        watch: &Watch,
        size: u64,
    ) -> Result<reqwest::Response, Error> {
        let mut send = std::pin::pin!(send);
        let options = &self.host.options;
        let commit = options.commit_timeout.min(Duration::from_secs(120 + size / STORED_A_SECOND));
        let mut gauge = Gauge::new(options.least_rate);
        let (mut seen, mut since) = (0, Instant::now());
        loop {
            // The source gives up after one stall time, and its error is the better one.
            let patience = if watch.moved() >= size { commit } else { options.stall_timeout * 2 };
            let left = patience.saturating_sub(since.elapsed()).min(options.least_rate.over);
            if let Ok(result) = tokio::time::timeout(left, &mut send).await {
                return result.map_err(|error| answer::network(&self.host.name, error));
            }
            let moved = watch.moved();
            if moved < size && gauge.is_trickle(watch.receiver.take(), moved - seen) {
                return Err(options.least_rate.missed(&self.host.name));
            }
            if moved > seen {
                (seen, since) = (moved, Instant::now());
            } else if since.elapsed() >= patience {
                return Err(answer::stalled(&self.host.name, patience));
            }
        }
    }
}

/// Watches what a body yields.
#[derive(Default)]
struct Watch {
    moved: AtomicU64,
    receiver: Receiver,
    failed: AtomicBool,
    failure: Mutex<Option<Error>>,
}

impl Watch {
    fn over(self: Arc<Self>, mut body: BlobStream, host: Arc<Host>) -> BlobStream {
        Box::pin(futures::stream::poll_fn(move |context| {
            self.receiver.asks();
            let polled = body.poll_next_unpin(context);
            match &polled {
                Poll::Ready(Some(Ok(bytes))) => {
                    self.moved.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    self.receiver.has_some();
                    host.counted(&host.counters.bytes_up, bytes.len() as u64);
                }
                Poll::Ready(Some(Err(error))) => {
                    *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
                    self.failed.store(true, Ordering::Release);
                }
                _ => {}
            }
            polled
        }))
    }

    fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    /// Why the body itself failed: that is the cause, whatever error the connection reports.
    fn failure(&self) -> Option<Error> {
        if !self.failed.load(Ordering::Acquire) {
            return None;
        }
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
