//! Manifests: putting, deleting.

use longshore_names::{Digest, RepositoryName, Tag};
use reqwest::{
    Method, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue},
};

use crate::{
    Error, HttpRegistry, Manifest, RegistryErrorKind, TagOrDigest, Tagged,
    client::exchange::{Lane, Outcome, Request},
    leave::leave,
    net::answer::{About, Asked},
    requests::manifests::{header_digest, matches_bytes},
};

/// Sent by registries that link a manifest to its subject on their own.
const OCI_SUBJECT: &str = "oci-subject";

impl HttpRegistry {
    pub(crate) async fn put_manifest(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<(), Error> {
        self.put_manifest_with(repository, manifest, tag, false).await
    }

    /// Puts a tag that does not exist or points at `over`, which is looked up just before.
    pub(crate) async fn put_with_leave(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: &Tag,
        over: Option<&Digest>,
    ) -> Result<Tagged, Error> {
        let there = self.resolve_manifest(repository, &TagOrDigest::Tag(tag.clone())).await?;
        let there = there.map(|there| there.digest);
        if leave(&self.host.name, repository, tag, there.as_ref(), manifest, over)? {
            return Ok(Tagged::There);
        }
        self.put_manifest_with(repository, manifest, Some(tag), true).await.map(|()| Tagged::Put)
    }

    /// `once`: a put without a response is not retried blindly, since another client may have moved
    /// the tag in the meantime.
    async fn put_manifest_with(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
        once: bool,
    ) -> Result<(), Error> {
        let reference = tag.map_or(manifest.digest.as_str(), Tag::as_str);
        let about = About {
            asked: Asked::PutManifest,
            ..About::new(&self.host.name, repository.as_str(), reference)
        };
        let media_type = HeaderValue::from_str(&manifest.media_type)
            .map_err(|_| about.protocol("the manifest's media type cannot be sent"))?;
        let request = Request {
            method: Method::PUT,
            url: self.host.url(repository, &format!("manifests/{reference}")),
            headers: HeaderMap::from_iter([(CONTENT_TYPE, media_type)]),
            body: Some(manifest.bytes.clone()),
            scopes: vec![self.host.push_scope(repository)],
            about,
            follow: true,
            lane: Lane::Manifest,
            whole: None,
        };
        self.host.counted(&self.host.counters.bytes_up, manifest.bytes.len() as u64);
        let exchanged = match once {
            true => self.host.exchange_once(request).await?,
            false => self.host.exchange(request).await?,
        };
        match exchanged {
            Outcome::Done(response) => {
                if response.headers().contains_key(OCI_SUBJECT) {
                    self.host.learnt.links_referrers.set(true);
                }
                match header_digest(response.headers(), about)? {
                    Some(named) => matches_bytes(&named, &manifest.digest, &manifest.bytes, about),
                    // The response does not name the digest: look it up.
                    None if self.points_at(repository, manifest, tag).await? => Ok(()),
                    None => Err(about.protocol("accepted a manifest but does not have it")),
                }
            }
            Outcome::Refused(refusal) => {
                let immutable =
                    refusal.has("TAG_INVALID") || refusal.message.to_ascii_lowercase().contains("immutable");
                match tag {
                    // An immutable tag refuses even the same bytes; that is success.
                    Some(_) if immutable && self.points_at(repository, manifest, tag).await? => Ok(()),
                    Some(tag) if immutable => Err(RegistryErrorKind::TagImmutable {
                        repository: repository.to_string(),
                        tag: tag.to_string(),
                    }
                    .at(self.host.name.clone())),
                    _ => Err(refusal.into_error(about)),
                }
            }
        }
    }

    /// Whether the registry has a manifest, under its tag if it has one.
    async fn points_at(
        &self,
        repository: &RepositoryName,
        manifest: &Manifest,
        tag: Option<&Tag>,
    ) -> Result<bool, Error> {
        let reference = match tag {
            Some(tag) => TagOrDigest::Tag(tag.clone()),
            None => TagOrDigest::Digest(manifest.digest.clone()),
        };
        let Some(there) = self.resolve_manifest(repository, &reference).await? else { return Ok(false) };
        let about = About::new(&self.host.name, repository.as_str(), "manifest");
        Ok(matches_bytes(&there.digest, &manifest.digest, &manifest.bytes, about).is_ok())
    }

    /// Deletes exactly what is named. Registries that delete only by digest would remove every
    /// other tag of the image too, so a tag cannot be deleted there. Sent once: after a request
    /// without a response, another client's image may have taken its place.
    pub(crate) async fn delete_manifest(
        &self,
        repository: &RepositoryName,
        reference: &TagOrDigest,
    ) -> Result<bool, Error> {
        let what = match reference {
            TagOrDigest::Tag(tag) => format!("tag {tag}"),
            TagOrDigest::Digest(digest) => format!("manifest {digest}"),
        };
        let about = About::new(&self.host.name, repository.as_str(), &what);
        let request = Request {
            method: Method::DELETE,
            url: self.host.url(repository, &format!("manifests/{reference}")),
            headers: HeaderMap::new(),
            body: None,
            scopes: vec![self.host.scope(repository, "pull,push,delete")],
            about,
            follow: true,
            lane: Lane::Write,
            whole: None,
        };
        let refusal = match self.host.exchange_once(request).await? {
            Outcome::Done(_) => return Ok(true),
            Outcome::Refused(refusal) => refusal,
        };
        let tag = match reference {
            TagOrDigest::Tag(tag) if matches!(refusal.status.as_u16(), 400 | 404 | 405) => tag,
            TagOrDigest::Digest(_) if refusal.status == StatusCode::NOT_FOUND => return Ok(false),
            _ => return Err(refusal.into_error(about)),
        };
        // Registries respond this way for a missing tag, and also when they do not accept tags.
        if self.resolve_manifest(repository, reference).await?.is_none() {
            return Ok(false);
        }
        Err(RegistryErrorKind::Unsupported { message: format!(
                "it deletes images by digest only, which would remove every other tag of the image with `{tag}`"
            ) }.at(self.host.name.clone()))
    }
}
