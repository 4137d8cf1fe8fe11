//! Referrers of an image: signatures, SBOMs, attestations.
//!
//! Two schemes are in use. The distribution specification 1.1 lists manifests whose `subject` is
//! the image's; cosign's older scheme is a tag made from the digest, `sha256-<hex>.sig`.

use std::collections::HashSet;

use futures::{StreamExt, TryStreamExt};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_registry::{
    Error as RegistryError, Manifest, ManifestKind, ManifestView, RegistryErrorKind, Sink, TagOrDigest,
};

use crate::{
    EngineError, EngineErrorKind, OnConflict, PlannedReferrer, Referrers,
    plan::destination::Standing,
    plan::read::walk::{Closure, Named, Walker, view_of},
};

const AT_ONCE: usize = 16;
/// A signature of an SBOM of an image is two deep.
const MOST_DEPTH: usize = 3;
const MOST_REFERRERS: usize = 1_000;

/// The referrers that were found, and their content.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Each after its subject.
    pub(crate) referrers: Vec<PlannedReferrer>,
    pub(crate) blobs: Vec<Named>,
    /// What is left out, as sentences.
    pub(crate) notes: Vec<String>,
}

/// Where referrers are searched, and where they would be written.
pub(crate) struct Search<'a> {
    pub(crate) walker: &'a Walker<'a>,
    pub(crate) sink: &'a dyn Sink,
    pub(crate) repository: &'a RepositoryName,
    /// The tags of `repository`, for cosign's; `None` where the registry does not list them.
    pub(crate) tags: Option<&'a HashSet<Tag>>,
    pub(crate) destination: &'a RepositoryName,
    pub(crate) standing: &'a Standing,
    pub(crate) wanted: Referrers,
    pub(crate) on_conflict: OnConflict,
}

impl Search<'_> {
    /// Finds everything that refers to the manifests of `image`. `present` says that the
    /// destination has the image, so that only what it lacks is of interest.
    pub(crate) async fn all(&self, image: &Closure, present: bool) -> Result<Found, EngineError> {
        let mut found = Found::default();
        let mut seen: HashSet<Digest> = HashSet::new();
        let mut level: Vec<Digest> = digests(image).collect();
        seen.extend(level.iter().cloned());
        let root = level.last().cloned();
        let mut blobs = Closure::default();
        for _ in 0..MOST_DEPTH {
            let asked: Vec<_> = level.iter().map(|subject| self.about(subject, present)).collect();
            let answers: Vec<Vec<Candidate>> =
                futures::stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
            level.clear();
            for candidate in answers.into_iter().flatten() {
                let own = candidate.closure.manifests.last().map(|own| own.descriptor.digest.clone());
                let Some(own) = own else { continue };
                // Two tags may point at one signature; each tag is wanted, its content once.
                if seen.insert(own) {
                    level.extend(digests(&candidate.closure));
                } else if candidate.tag.is_none() {
                    continue;
                }
                if found.referrers.len() >= MOST_REFERRERS {
                    let digest = root.unwrap_or(candidate.subject);
                    let problem = format!("has more than {MOST_REFERRERS} referrers");
                    return Err(EngineError::source(EngineErrorKind::TooComplex { digest, problem }));
                }
                let Some(replaces) = self.replaces(&candidate, &mut found.notes).await? else { continue };
                blobs.join(candidate.closure.blobs);
                found.referrers.push(PlannedReferrer {
                    subject: candidate.subject,
                    tag: candidate.tag,
                    replaces,
                    artifact_type: candidate.artifact_type,
                    manifests: candidate.closure.manifests,
                });
            }
            if level.is_empty() {
                break;
            }
        }
        found.blobs = blobs.blobs;
        Ok(found)
    }

    /// Finds the referrers of one manifest, in both schemes.
    async fn about(&self, subject: &Digest, present: bool) -> Result<Vec<Candidate>, EngineError> {
        let mut candidates = Vec::new();
        let listed = match self.walker.source.referrers(self.repository, subject).await {
            Ok(listed) => listed,
            Err(RegistryError { kind: RegistryErrorKind::Unsupported { .. }, .. })
                if self.wanted == Referrers::WherePossible =>
            {
                Vec::new()
            }
            Err(error) => return Err(EngineError::source(error)),
        };
        let there =
            if present && !listed.is_empty() { self.listed_there(subject).await? } else { HashSet::new() };
        for descriptor in listed.into_iter().take(MOST_REFERRERS + 1) {
            if there.contains(&descriptor.digest) || descriptor.digest == *subject {
                continue;
            }
            let manifest = self.walker.read(self.repository, &descriptor.digest).await?;
            let view = view_of(&manifest)?;
            // A list may be wrong: a manifest that names another subject is not a referrer of this
            // one.
            if view.subject.as_ref().is_some_and(|about| about.digest != *subject) {
                tracing::debug!(%subject, referrer = %manifest.digest, "listed as a referrer but is none");
                continue;
            }
            candidates.push(self.candidate(subject, None, &manifest, &view).await?);
        }
        for tag in self.signed(subject).await? {
            let reference = TagOrDigest::Tag(tag.clone());
            let fetched = self.walker.source.fetch(self.repository, &reference).await;
            // It may have been deleted since the list was made.
            let Some(manifest) = fetched.map_err(EngineError::source)? else { continue };
            self.walker.keep(&manifest);
            let view = view_of(&manifest)?;
            candidates.push(self.candidate(subject, Some(tag), &manifest, &view).await?);
        }
        Ok(candidates)
    }

    /// The cosign tags of the source for one manifest.
    async fn signed(&self, subject: &Digest) -> Result<Vec<Tag>, EngineError> {
        let all: Vec<Tag> = cosign(subject).collect();
        if let Some(tags) = self.tags {
            return Ok(all.into_iter().filter(|tag| tags.contains(tag)).collect());
        }
        let asked: Vec<TagOrDigest> = all.into_iter().map(TagOrDigest::Tag).collect();
        let found = self.walker.source.resolve_many(self.repository, &asked).await;
        let found = found.map_err(EngineError::source)?;
        let tag_of = |reference| match reference {
            TagOrDigest::Tag(tag) => Some(tag),
            TagOrDigest::Digest(_) => None,
        };
        Ok(asked.into_iter().filter(|asked| found.contains_key(asked)).filter_map(tag_of).collect())
    }

    async fn candidate(
        &self,
        subject: &Digest,
        tag: Option<Tag>,
        manifest: &Manifest,
        view: &ManifestView,
    ) -> Result<Candidate, EngineError> {
        let artifact_type = view.artifact_type.clone().or_else(|| match &view.kind {
            ManifestKind::Image { config, .. } => Some(config.media_type.clone()),
            ManifestKind::Index { .. } => None,
        });
        let closure = self.walker.close_over(self.repository, manifest).await?;
        Ok(Candidate { subject: subject.clone(), tag, artifact_type, closure })
    }

    async fn listed_there(&self, subject: &Digest) -> Result<HashSet<Digest>, EngineError> {
        match self.sink.referrers(self.destination, subject).await {
            Ok(listed) => Ok(listed.into_iter().map(|descriptor| descriptor.digest).collect()),
            // Then it is put, and the registry decides.
            Err(
                RegistryError { kind: RegistryErrorKind::Unsupported { .. }, .. }
                | RegistryError { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. },
            ) => Ok(HashSet::new()),
            Err(error) => Err(EngineError::destination(error)),
        }
    }

    /// The digest that a cosign tag is moved away from, if any; `None` when the tag needs no copy
    /// because it exists, or is taken and stays.
    async fn replaces(
        &self,
        candidate: &Candidate,
        notes: &mut Vec<String>,
    ) -> Result<Option<Option<Digest>>, EngineError> {
        let (Some(tag), Some(own)) = (&candidate.tag, candidate.closure.manifests.last()) else {
            return Ok(Some(None));
        };
        let existing = self.standing.digest_of(self.sink, self.destination, tag).await?;
        match existing {
            Some(existing) if existing == own.descriptor.digest => Ok(None),
            Some(existing) if self.on_conflict != OnConflict::Overwrite => {
                let taken = EngineError::destination(EngineErrorKind::Conflict {
                    repository: self.destination.to_string(),
                    tag: tag.to_string(),
                    existing,
                });
                if self.on_conflict == OnConflict::Fail && self.wanted == Referrers::With {
                    return Err(taken);
                }
                notes.push(format!("{}:{tag} already has other content and stays", self.destination));
                Ok(None)
            }
            existing => Ok(Some(existing)),
        }
    }
}

/// Something that may have to be copied.
struct Candidate {
    subject: Digest,
    tag: Option<Tag>,
    artifact_type: Option<String>,
    closure: Closure,
}

fn digests(closure: &Closure) -> impl Iterator<Item = Digest> {
    closure.manifests.iter().map(|manifest| manifest.descriptor.digest.clone())
}

/// The tags under which cosign stores statements about a digest.
fn cosign(subject: &Digest) -> impl Iterator<Item = Tag> {
    let base = format!("{}-{}", subject.algorithm().as_str(), subject.hex());
    Tag::COSIGN.into_iter().filter_map(move |kind| format!("{base}.{kind}").parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_speak_about_a_digest_are_known() {
        let digest: Digest = format!("sha256:{}", "a".repeat(64)).parse().unwrap();
        for tag in cosign(&digest) {
            assert_eq!(tag.subject(), Some(digest.clone()));
        }
        let index: Tag = format!("sha256-{}", "a".repeat(64)).parse().unwrap();
        assert_eq!(index.subject(), Some(digest));
        for other in ["latest", "sha256-aa.sig", "1.2-3"] {
            assert_eq!(other.parse::<Tag>().unwrap().subject(), None, "{other}");
        }
    }
}
