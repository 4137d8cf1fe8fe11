//! Referrers: what signs or describes a manifest (distribution specification 1.1, "Listing
//! Referrers" and "Referrers Tag Schema").

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use longshore_names::{Algorithm, Digest, RepositoryName, Tag};
use rand::Rng;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};

use crate::{
    Ability, Descriptor, Error, HttpRegistry, MAX_MANIFEST_BYTES, Manifest, ManifestKind, ManifestView,
    RegistryErrorKind, TagOrDigest,
    client::exchange::Outcome,
    client::pages::{Pages, page},
    digest_of,
    model::media_types,
    net::answer::About,
    net::retry::Tries,
    requests::referrers_index::{self, Unsure},
};

const MAX_REFERRERS: usize = 10_000;
/// Other programs write the same index; one writer succeeds in each round.
const ROUNDS: u32 = 8;
/// How many entries of an index are read before it counts as one of referrers.
const MOST_LOOKED_AT: usize = 8;

type Turn = Arc<tokio::sync::Mutex<()>>;

/// One writer for each index of referrers; the others of this process wait.
#[derive(Default)]
pub(crate) struct Linking(Mutex<HashMap<(RepositoryName, Digest), Turn>>);

impl Linking {
    fn of(&self, repository: &RepositoryName, subject: &Digest) -> Turn {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        locks.retain(|_, lock| Arc::strong_count(lock) > 1);
        locks.entry((repository.clone(), subject.clone())).or_default().clone()
    }
}

impl HttpRegistry {
    /// From the API, and from the index under the tag where the API is unknown or returns nothing:
    /// a registry that gained the API later often does not know older referrers.
    pub(crate) async fn list_referrers(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, Error> {
        match self.referrers_api(repository, subject).await? {
            Some(found) if !found.is_empty() => Ok(found),
            _ => self.referrers_tag(repository, subject).await,
        }
    }

    /// `None` when the registry does not know the API.
    async fn referrers_api(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Option<Vec<Descriptor>>, Error> {
        if self.host.learnt.referrers.get() == Ability::No {
            return Ok(None);
        }
        let what = format!("referrers of {subject}");
        let about = About::new(&self.host.name, repository.as_str(), &what);
        let mut pages = Pages::new(self.host.url(repository, &format!("referrers/{subject}")));
        let mut found = Vec::new();
        while let Some(url) = pages.next(about)? {
            let accept = HeaderValue::from_static(media_types::OCI_INDEX);
            let headers = HeaderMap::from_iter([(ACCEPT, accept)]);
            let request = page(url.clone(), headers, self.host.pull_scope(repository), about);
            let response = match self.host.exchange(request).await? {
                Outcome::Done(response) => response,
                Outcome::Refused(refusal) if matches!(refusal.status.as_u16(), 400 | 404 | 405) => {
                    // An unknown repository says nothing about the API.
                    if refusal.has_no_code() || refusal.has("UNSUPPORTED") {
                        self.host.learnt.referrers.set(false);
                    }
                    return Ok(None);
                }
                Outcome::Refused(refusal) => return Err(refusal.into_error(about)),
            };
            pages.follow(self, &url, &response, about)?;
            let body = self.host.document(response, about.what, MAX_MANIFEST_BYTES).await?;
            found.extend(children(&body, about)?);
            if found.len() > MAX_REFERRERS {
                return Err(about.protocol(format!("more than {MAX_REFERRERS} referrers")));
            }
        }
        self.host.learnt.referrers.set(true);
        Ok(Some(found))
    }

    /// The older way: an index under a tag made of the subject's digest.
    async fn referrers_tag(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, Error> {
        let about = About::new(&self.host.name, repository.as_str(), "index of referrers");
        let reference = TagOrDigest::Tag(fallback_tag(subject, about)?);
        match self.fetch_manifest(repository, &reference).await? {
            // Some tools put other things under such tags; those are not lists of referrers.
            Some(index) if self.is_list(repository, &index, subject).await?.is_ok() => {
                children(&index.bytes, about)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Whether the manifest under the tag is the list of a subject's referrers. The reason why not
    /// ends a sentence about the tag. An entry that does not state its type is read itself.
    async fn is_list(
        &self,
        repository: &RepositoryName,
        there: &Manifest,
        subject: &Digest,
    ) -> Result<Result<(), String>, Error> {
        let unsure = match referrers_index::is_list_of(there, subject) {
            Ok(unsure) => unsure,
            Err(why) => return Ok(Err(why)),
        };
        for Unsure(digest) in unsure.into_iter().take(MOST_LOOKED_AT) {
            let reference = TagOrDigest::Digest(digest.clone());
            // A deleted manifest says nothing.
            let Some(entry) = self.fetch_manifest(repository, &reference).await? else { continue };
            let view = ManifestView::parse(&entry.media_type, &entry.bytes).ok();
            let about = view.and_then(|view| view.subject).map(|about| about.digest);
            if about.as_ref() != Some(subject) {
                return Ok(Err(format!("has {digest}, which does not refer to the image")));
            }
        }
        Ok(Ok(()))
    }

    /// Makes the registry list a manifest that was put among the referrers of its subject.
    pub(crate) async fn link(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
        referrer: &Manifest,
    ) -> Result<(), Error> {
        if self.host.learnt.links_referrers.get() == Ability::Yes {
            return Ok(());
        }
        let lock = self.host.linking.of(repository, subject);
        let _one_at_a_time = lock.lock().await;
        if let Some(known) = self.referrers_api(repository, subject).await?
            && known.iter().any(|descriptor| descriptor.digest == referrer.digest)
        {
            return Ok(());
        }
        let about = About::new(&self.host.name, repository.as_str(), "index of referrers");
        let tag = fallback_tag(subject, about)?;
        let entry = referrers_index::entry(referrer)
            .map_err(|error| about.protocol(format!("the referrer {}: {error}", referrer.digest)))?;
        let reference = TagOrDigest::Tag(tag.clone());
        let tries = Tries::shared_or(self.host.options.backoff);
        for round in 0..ROUNDS {
            let there = self.fetch_manifest(repository, &reference).await?;
            if let Some(there) = &there
                && let Err(why) = self.is_list(repository, there, subject).await?
            {
                return Err(RegistryErrorKind::NotLinkable {
                    message: format!("`{tag}` of `{repository}` {why}; left unchanged"),
                }
                .at(self.host.name.clone()));
            }
            // Reading the index after a write shows whether another program has overwritten it.
            let Some(bytes) = referrers_index::with(there.as_ref(), &entry)
                .map_err(|problem| about.protocol(format!("`{tag}` of `{repository}` {problem}")))?
            else {
                return Ok(());
            };
            if round > 0 {
                let wait = rand::rng().random_range(0..=20 * 2_u64.pow(round));
                tokio::time::sleep(Duration::from_millis(wait)).await;
            }
            let index = Manifest {
                media_type: media_types::OCI_INDEX.to_owned(),
                digest: digest_of(Algorithm::Sha256, &bytes),
                bytes: Bytes::from(bytes),
            };
            // The index may have changed since it was read; then it is read again.
            let over = there.map(|there| there.digest);
            match self.put_with_leave(repository, &index, &tag, over.as_ref()).await {
                Ok(_) | Err(Error { kind: RegistryErrorKind::TagTaken { .. }, .. }) => {}
                Err(error) if error.is_retryable() => match tries.after(&error) {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => return Err(error),
                },
                Err(error) => return Err(error),
            }
        }
        Err(about.protocol(format!("`{tag}` of `{repository}` is written by another program all the time")))
    }
}

/// `<algorithm>-<hex>`, the hexadecimal digits cut to 64 so that every digest makes a tag.
fn fallback_tag(subject: &Digest, about: About<'_>) -> Result<Tag, Error> {
    let hex = &subject.hex()[..64];
    format!("{}-{hex}", subject.algorithm().as_str()).parse().map_err(|e| about.protocol(format!("{e}")))
}

fn children(bytes: &[u8], about: About<'_>) -> Result<Vec<Descriptor>, Error> {
    let view = ManifestView::parse(media_types::OCI_INDEX, bytes)
        .map_err(|error| about.protocol(format!("{}: {error}", about.what)))?;
    match view.kind {
        ManifestKind::Index { children } => Ok(children.into_iter().map(|child| child.descriptor).collect()),
        ManifestKind::Image { .. } => Err(about.protocol(format!("{} is not an index", about.what))),
    }
}
