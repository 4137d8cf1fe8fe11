//! Manifests: resolving, reading, putting.

use longshore_names::{Algorithm, Digest, RepositoryName, Tag};
use reqwest::{
    Method, Response, StatusCode,
    header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use serde::Deserialize;

use crate::{
    Descriptor, Error, HttpRegistry, MAX_MANIFEST_BYTES, Manifest, TagOrDigest,
    answer::{self, About},
    client::{pull_scope, push_scope},
    digest_of,
    host::{Outcome, Request},
    media_types,
};

const DOCKER_CONTENT_DIGEST: &str = "docker-content-digest";

/// Every manifest type, so that no registry converts one: a converted manifest has another digest.
pub(crate) fn accept_all() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for media_type in media_types::MANIFESTS {
        headers.append(ACCEPT, HeaderValue::from_static(media_type));
    }
    headers
}

impl HttpRegistry {
    fn manifest_request<'a>(
        &self,
        method: Method,
        repository: &RepositoryName,
        reference: &str,
        about: About<'a>,
    ) -> Request<'a> {
        Request {
            method,
            url: self.host.url(repository.as_str(), &format!("manifests/{reference}")),
            headers: accept_all(),
            body: None,
            scopes: vec![pull_scope(repository)],
            about,
            follow: true,
        }
    }

    pub(crate) async fn resolve_manifest(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<Option<Descriptor>, Error> {
        let text = reference.to_string();
        let about = About::new(&self.host.name, repository.as_str(), &text);
        match self.host.exchange(self.manifest_request(Method::HEAD, repository, &text, about)).await? {
            Outcome::Done(response) => {
                if let Some(descriptor) = described(&response, about)? {
                    return self.checked(descriptor, reference, about).map(Some);
                }
            }
            Outcome::Refused(refusal) if refusal.status == StatusCode::NOT_FOUND => return Ok(None),
            Outcome::Refused(refusal) if refusal.status == StatusCode::METHOD_NOT_ALLOWED => {}
            Outcome::Refused(refusal) => return Err(refusal.into_error(about)),
        }
        // The headers do not say enough: the bytes do.
        match self.host.exchange(self.manifest_request(Method::GET, repository, &text, about)).await? {
            Outcome::Done(response) => {
                let algorithm = match reference {
                    TagOrDigest::Digest(digest) => digest.algorithm(),
                    TagOrDigest::Tag(_) => Algorithm::Sha256,
                };
                let manifest = self.read_manifest(response, algorithm, about).await?;
                self.checked(manifest.descriptor(), reference, about).map(Some)
            }
            Outcome::Refused(refusal) if refusal.status == StatusCode::NOT_FOUND => Ok(None),
            Outcome::Refused(refusal) => Err(refusal.into_error(about)),
        }
    }

    /// A manifest asked for by digest must have that digest.
    fn checked(
        &self,
        descriptor: Descriptor,
        reference: &TagOrDigest,
        about: About<'_>,
    ) -> Result<Descriptor, Error> {
        if descriptor.size > MAX_MANIFEST_BYTES as u64 {
            let what = format!("manifest {}", about.what);
            return Err(Error::TooLarge {
                registry: self.host.name.clone(),
                what,
                limit: MAX_MANIFEST_BYTES,
            });
        }
        match reference {
            TagOrDigest::Digest(expected) if *expected != descriptor.digest => Err(Error::DigestMismatch {
                registry: self.host.name.clone(),
                expected: expected.clone(),
                actual: descriptor.digest,
            }),
            _ => Ok(descriptor),
        }
    }

    pub(crate) async fn get_manifest(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Manifest, Error> {
        let what = format!("manifest {digest}");
        let about = About::new(&self.host.name, repository.as_str(), &what);
        let request = self.manifest_request(Method::GET, repository, digest.as_str(), about);
        let manifest = self.read_manifest(self.host.send(request).await?, digest.algorithm(), about).await?;
        if manifest.digest != *digest {
            let registry = self.host.name.clone();
            return Err(Error::DigestMismatch {
                registry,
                expected: digest.clone(),
                actual: manifest.digest,
            });
        }
        Ok(manifest)
    }

    async fn read_manifest(
        &self,
        response: Response,
        algorithm: Algorithm,
        about: About<'_>,
    ) -> Result<Manifest, Error> {
        let header = content_type(response.headers());
        let bytes = self.host.document(response, about.what, MAX_MANIFEST_BYTES).await?;
        let media_type = match header {
            Some(media_type) if media_types::is_manifest(&media_type) => media_type,
            header => declared(&bytes)
                .or(header)
                .ok_or_else(|| about.protocol("a manifest without a media type"))?,
        };
        Ok(Manifest { media_type, digest: digest_of(algorithm, &bytes), bytes })
    }

    pub(crate) async fn put_manifest(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<(), Error> {
        let reference = tag.map_or(manifest.digest.as_str(), Tag::as_str);
        let about =
            About { puts_manifest: true, ..About::new(&self.host.name, repository.as_str(), reference) };
        let mut headers = HeaderMap::new();
        let media_type = HeaderValue::from_str(&manifest.media_type)
            .map_err(|_| about.protocol("the manifest's media type cannot be sent"))?;
        headers.insert(CONTENT_TYPE, media_type);
        let request = Request {
            method: Method::PUT,
            url: self.host.url(repository.as_str(), &format!("manifests/{reference}")),
            headers,
            body: Some(manifest.bytes.clone()),
            scopes: vec![push_scope(repository)],
            about,
            follow: true,
        };
        self.host.counted(&self.host.counters.bytes_up, manifest.bytes.len() as u64);
        match self.host.exchange(request).await? {
            Outcome::Done(response) if response.headers().contains_key(DOCKER_CONTENT_DIGEST) => {
                acknowledged(response.headers(), &manifest.digest, about)
            }
            // No word about the digest: ask.
            Outcome::Done(_) => {
                let reference = TagOrDigest::Digest(manifest.digest.clone());
                match self.resolve_manifest(repository, &reference).await? {
                    Some(_) => Ok(()),
                    None => Err(about.protocol("accepted a manifest and does not have it")),
                }
            }
            Outcome::Refused(refusal) => {
                let immutable = refusal.code == "TAG_INVALID"
                    || refusal.message.to_ascii_lowercase().contains("immutable");
                match tag {
                    Some(tag) if immutable => self.same_already(repository, manifest, tag).await,
                    _ => Err(refusal.into_error(about)),
                }
            }
        }
    }

    /// An immutable tag refuses even the same bytes; then all is as it should be.
    async fn same_already(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: &Tag,
    ) -> Result<(), Error> {
        match self.resolve_manifest(repository, &TagOrDigest::Tag(tag.clone())).await? {
            Some(there) if there.digest == manifest.digest => Ok(()),
            _ => Err(Error::TagImmutable {
                registry: self.host.name.clone(),
                repository: repository.to_string(),
                tag: tag.to_string(),
            }),
        }
    }
}

/// What a HEAD says, if it says everything.
fn described(response: &Response, about: About<'_>) -> Result<Option<Descriptor>, Error> {
    let headers = response.headers();
    let (Some(digest), Some(media_type), Some(size)) =
        (header_digest(headers, about)?, content_type(headers), answer::number(headers, CONTENT_LENGTH))
    else {
        return Ok(None);
    };
    Ok(media_types::is_manifest(&media_type).then_some(Descriptor { media_type, digest, size }))
}

fn header_digest(headers: &HeaderMap, about: About<'_>) -> Result<Option<Digest>, Error> {
    let Some(value) = headers.get(DOCKER_CONTENT_DIGEST) else { return Ok(None) };
    let text = value.to_str().map_err(|_| about.protocol("Docker-Content-Digest is no text"))?;
    text.trim().parse().map(Some).map_err(|error| about.protocol(format!("Docker-Content-Digest: {error}")))
}

/// The registry's own word on what it stored, where it gives one.
pub(crate) fn acknowledged(headers: &HeaderMap, expected: &Digest, about: About<'_>) -> Result<(), Error> {
    match header_digest(headers, about)? {
        // A registry may name what it stored by another algorithm; then it is no contradiction.
        Some(actual) if actual.algorithm() == expected.algorithm() && actual != *expected => {
            let registry = about.registry.to_owned();
            Err(Error::DigestMismatch { registry, expected: expected.clone(), actual })
        }
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
