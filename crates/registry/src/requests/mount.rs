//! Upload sessions, and mounts, which become one when the registry declines.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use longshore_names::{Digest, RepositoryName};
use reqwest::{
    Method, StatusCode,
    header::{CONTENT_LENGTH, HeaderMap, HeaderValue, LOCATION},
};
use tokio::time::Instant;
use url::Url;

use crate::{
    Error, HttpRegistry,
    client::exchange::{Lane, Outcome, Request},
    client::host::Host,
    net::answer::{About, Asked},
    requests::manifests::acknowledged,
};

/// A session that is not used within this time is left to the registry.
const KEPT: Duration = Duration::from_secs(60);
const MOST_KEPT: usize = 256;

/// Sessions that a declined mount opened. The upload that follows uses them.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<(RepositoryName, Digest), (Url, Instant)>>);

impl Sessions {
    fn keep(&self, repository: &RepositoryName, digest: &Digest, session: Url) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (_, since)| since.elapsed() < KEPT);
        if kept.len() < MOST_KEPT {
            kept.insert((repository.clone(), digest.clone()), (session, Instant::now()));
        }
    }

    pub(crate) fn take(&self, repository: &RepositoryName, digest: &Digest) -> Option<Url> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (session, since) = kept.remove(&(repository.clone(), digest.clone()))?;
        (since.elapsed() < KEPT).then_some(session)
    }
}

impl HttpRegistry {
    pub(crate) async fn mount_blob(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
        from: &RepositoryName,
    ) -> Result<bool, Error> {
        let what = format!("blob {digest}");
        let about = About { asked: Asked::Upload, ..About::new(&self.host.name, repository.as_str(), &what) };
        let mut url = self.host.url(repository, "blobs/uploads/");
        url.query_pairs_mut()
            .append_pair("mount", digest.as_str())
            .append_pair("from", self.host.repository(from).as_str());
        let scopes = vec![self.host.push_scope(repository), self.host.pull_scope(from)];
        let request = post(url.clone(), scopes, about, Lane::Write);
        match self.host.exchange(request).await? {
            Outcome::Done(response) if response.status() == StatusCode::CREATED => {
                acknowledged(response.headers(), digest, about)?;
                self.host.learnt.mount.set(true);
                Ok(true)
            }
            Outcome::Done(response) => {
                self.host.learnt.mount.set(false);
                if let Some(session) = session(&self.host, &url, response.headers(), about)? {
                    self.host.sessions.keep(repository, digest, session);
                }
                Ok(false)
            }
            Outcome::Refused(refusal) => match refusal.status.as_u16() {
                // The registry declines; the upload of the blob will show whether we may write.
                400 | 403 | 404 | 405 => {
                    self.host.learnt.mount.set(false);
                    Ok(false)
                }
                _ => Err(refusal.into_error(about)),
            },
        }
    }

    /// Ends an upload that will not be used. Registries also clean up on their own.
    pub(crate) async fn abandon(&self, session: Url, scopes: Vec<String>, about: About<'_>) {
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
}

/// A request that opens or ends an upload.
pub(crate) fn post(url: Url, scopes: Vec<String>, about: About<'_>, lane: Lane) -> Request<'_> {
    let headers = HeaderMap::from_iter([(CONTENT_LENGTH, HeaderValue::from_static("0"))]);
    Request { method: Method::POST, url, headers, body: None, scopes, about, follow: true, lane, whole: None }
}

/// The address of an upload session.
pub(crate) fn session(
    host: &Host,
    from: &Url,
    headers: &HeaderMap,
    about: About<'_>,
) -> Result<Option<Url>, Error> {
    let Some(location) = headers.get(LOCATION) else { return Ok(None) };
    let location = location.to_str().map_err(|_| about.protocol("Location is not text"))?;
    host.location(from, location, about).map(Some)
}
