//! Manifests: resolving, reading.

use longshore_names::{Algorithm, Digest, RepositoryName};
use reqwest::{
    Method, Response, StatusCode,
    header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use serde::Deserialize;

use crate::{
    Descriptor, Error, HttpRegistry, MAX_MANIFEST_BYTES, Manifest, RegistryErrorKind, TagOrDigest,
    client::exchange::{Lane, Outcome, Request},
    digest_of,
    model::media_types,
    net::answer::{self, About},
    net::refusal::Refusal,
};

pub(crate) const DOCKER_CONTENT_DIGEST: &str = "docker-content-digest";

impl HttpRegistry {
    fn manifest_request<'a>(
        &self,
        method: Method,
        repository: &RepositoryName,
        reference: &str,
        about: About<'a>,
    ) -> Request<'a> {
        let mut headers = HeaderMap::with_capacity(1);
        headers.insert(ACCEPT, HeaderValue::from_static(media_types::ACCEPT_MANIFESTS));
        Request {
            whole: (method == Method::GET).then_some(MAX_MANIFEST_BYTES),
            method,
            url: self.host.url(repository, &format!("manifests/{reference}")),
            headers,
            body: None,
            scopes: vec![self.host.pull_scope(repository)],
            about,
            follow: true,
            lane: Lane::Read,
        }
    }

    /// One HEAD, and a GET only if the HEAD says too little.
    pub(crate) async fn resolve_manifest(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Descriptor>, Error> {
        let text = reference.to_string();
        let about = About::new(&self.host.name, repository.as_str(), &text);
        match self.host.exchange(self.manifest_request(Method::HEAD, repository, &text, about)).await? {
            Outcome::Done(response) => {
                if let Some(found) = described(&response, about)?
                    && let Some(found) = self.checked(found, reference, about)?
                {
                    return Ok(Some(found));
                }
            }
            Outcome::Refused(refusal) if refusal.status == StatusCode::NOT_FOUND => return Ok(None),
            Outcome::Refused(refusal) if refusal.status == StatusCode::METHOD_NOT_ALLOWED => {}
            Outcome::Refused(refusal) => return Err(refusal.into_error(about)),
        }
        let found = self.fetch_manifest(repository, reference).await?;
        Ok(found.map(|manifest| manifest.descriptor()))
    }

    /// The result of a HEAD, checked against the request; `None` when they cannot be compared.
    fn checked(
        &self,
        found: Descriptor,
        reference: &TagOrDigest,
        about: About<'_>,
    ) -> Result<Option<Descriptor>, Error> {
        if found.size > MAX_MANIFEST_BYTES as u64 {
            let (registry, what) = (self.host.name.clone(), format!("manifest {}", about.what));
            return Err(RegistryErrorKind::TooLarge { what, limit: MAX_MANIFEST_BYTES }.at(registry));
        }
        match reference {
            TagOrDigest::Digest(asked) if asked.algorithm() != found.digest.algorithm() => Ok(None),
            TagOrDigest::Digest(asked) => {
                same(asked, &found.digest, about)?;
                Ok(Some(found))
            }
            TagOrDigest::Tag(_) => Ok(Some(found)),
        }
    }

    /// One GET.
    pub(crate) async fn fetch_manifest(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Manifest>, Error> {
        let text = reference.to_string();
        let about = About::new(&self.host.name, repository.as_str(), &text);
        match self.read_manifest(repository, reference, about).await? {
            Ok(manifest) => Ok(Some(manifest)),
            Err(refusal) if refusal.status == StatusCode::NOT_FOUND => Ok(None),
            Err(refusal) => Err(refusal.into_error(about)),
        }
    }

    pub(crate) async fn get_manifest(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Manifest, Error> {
        let what = format!("manifest {digest}");
        let about = About::new(&self.host.name, repository.as_str(), &what);
        let reference = TagOrDigest::Digest(digest.clone());
        match self.read_manifest(repository, &reference, about).await? {
            Ok(manifest) => Ok(manifest),
            Err(refusal) => Err(refusal.into_error(about)),
        }
    }

    /// A manifest whose bytes have the digest that was requested and the one that the registry
    /// named.
    async fn read_manifest(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
        about: About<'_>,
    ) -> Result<Result<Manifest, Refusal>, Error> {
        let text = reference.to_string();
        let request = self.manifest_request(Method::GET, repository, &text, about);
        let response = match self.host.exchange(request).await? {
            Outcome::Done(response) => response,
            Outcome::Refused(refusal) => return Ok(Err(refusal)),
        };
        let media_type = content_type(response.headers());
        let named = header_digest(response.headers(), about)?;
        let bytes = self.host.document(response, about.what, MAX_MANIFEST_BYTES).await?;
        let media_type = match media_type {
            Some(media_type) if media_types::is_manifest(&media_type) => media_type,
            other => {
                declared(&bytes).or(other).ok_or_else(|| about.protocol("a manifest without a media type"))?
            }
        };
        let algorithm = match (reference, &named) {
            (TagOrDigest::Digest(asked), _) => asked.algorithm(),
            (_, Some(named)) => named.algorithm(),
            _ => Algorithm::Sha256,
        };
        let digest = digest_of(algorithm, &bytes);
        if let TagOrDigest::Digest(asked) = reference {
            same(asked, &digest, about)?;
        }
        if let Some(named) = &named {
            matches_bytes(named, &digest, &bytes, about)?;
        }
        Ok(Ok(Manifest { media_type, bytes, digest }))
    }
}

fn same(expected: &Digest, actual: &Digest, about: About<'_>) -> Result<(), Error> {
    if expected == actual {
        return Ok(());
    }
    let registry = about.registry.to_owned();
    Err(RegistryErrorKind::DigestMismatch { expected: expected.clone(), actual: actual.clone() }.at(registry))
}

/// Whether the digest that a registry names is that of these bytes, whose own digest is `known`. A
/// registry may name its content by a digest of another algorithm.
pub(crate) fn matches_bytes(
    named: &Digest,
    known: &Digest,
    bytes: &[u8],
    about: About<'_>,
) -> Result<(), Error> {
    if named.algorithm() == known.algorithm() {
        same(known, named, about)
    } else {
        same(&digest_of(named.algorithm(), bytes), named, about)
    }
}

/// The descriptor that a HEAD gives, if the response has all of it.
fn described(response: &Response, about: About<'_>) -> Result<Option<Descriptor>, Error> {
    let headers = response.headers();
    let (Some(digest), Some(media_type), Some(size)) =
        (header_digest(headers, about)?, content_type(headers), answer::number(headers, CONTENT_LENGTH))
    else {
        return Ok(None);
    };
    Ok(media_types::is_manifest(&media_type).then_some(Descriptor { media_type, digest, size }))
}

pub(crate) fn header_digest(headers: &HeaderMap, about: About<'_>) -> Result<Option<Digest>, Error> {
    let Some(value) = headers.get(DOCKER_CONTENT_DIGEST) else { return Ok(None) };
    let text = value.to_str().map_err(|_| about.protocol("Docker-Content-Digest is not text"))?;
    text.trim().parse().map(Some).map_err(|error| about.protocol(format!("Docker-Content-Digest: {error}")))
}

/// Checks the digest that the registry reports for a blob that it stored, if it reports one.
pub(crate) fn acknowledged(headers: &HeaderMap, expected: &Digest, about: About<'_>) -> Result<(), Error> {
    match header_digest(headers, about)? {
        // A registry may name what it stored by another algorithm, which is not a contradiction.
        Some(actual) if actual.algorithm() == expected.algorithm() => same(expected, &actual, about),
        _ => Ok(()),
    }
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let bare = text.split(';').next()?.trim();
    (!bare.is_empty()).then(|| bare.to_ascii_lowercase())
}

/// The media type inside the document.
fn declared(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Typed {
        media_type: Option<String>,
    }
    serde_json::from_slice::<Typed>(bytes).ok()?.media_type.filter(|text| media_types::is_manifest(text))
}
