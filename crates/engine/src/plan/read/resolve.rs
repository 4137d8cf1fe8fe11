//! Resolves many references together, at the destination and at the source.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::StreamExt;
use longshore_names::{Digest, RepositoryName};
use longshore_registry::{Error as RegistryError, RegistryErrorKind, Source, TagOrDigest};

use crate::{
    CopyItem, CopyRequest, EngineError,
    plan::destination::{Known, Standings},
};

/// Repositories that are queried concurrently; each query may take many requests.
const REPOSITORIES_AT_ONCE: usize = 4;
/// References that are requested concurrently where they are requested one by one.
const REFERENCES_AT_ONCE: usize = 16;

/// Many references of one repository.
pub(crate) type Wanted<'a> = BTreeMap<&'a RepositoryName, HashSet<TagOrDigest>>;
/// The digests of references, or why they cannot be found out.
pub(crate) type Resolved = HashMap<(RepositoryName, TagOrDigest), Result<Option<Digest>, EngineError>>;

/// The references that are worth a request, at the destination and at the source.
pub(crate) fn to_resolve<'a>(
    items: &'a [CopyItem],
    request: &CopyRequest,
    standings: &Standings,
) -> (Wanted<'a>, Wanted<'a>) {
    let (mut there, mut here) = (Wanted::new(), Wanted::new());
    for item in items {
        let target = match (&item.tag, known(item)) {
            (Some(tag), _) => TagOrDigest::Tag(tag.clone()),
            (None, Some(digest)) if request.platform.is_none() => TagOrDigest::Digest(digest.clone()),
            (None, _) => continue,
        };
        let Some(Ok(standing)) = standings.get(&item.destination) else { continue };
        match standing.of(&target) {
            Known::Absent => continue,
            Known::Ask => drop(there.entry(&item.destination).or_default().insert(target)),
            Known::At(_) => {}
        }
        // An index does not tell the digest of one platform's image, which is fetched.
        if known(item).is_none() && request.platform.is_none() {
            here.entry(&item.repository).or_default().insert(item.reference.clone());
        }
    }
    (there, here)
}

/// The source's digest where no request is needed.
pub(crate) fn known(item: &CopyItem) -> Option<&Digest> {
    match (&item.reference, &item.digest) {
        (TagOrDigest::Digest(digest), _) | (_, Some(digest)) => Some(digest),
        (TagOrDigest::Tag(_), None) => None,
    }
}

/// Asks a registry for many references. When a whole request fails, each reference is requested
/// alone, so that one that cannot be resolved does not hide the others. A transient failure is
/// returned as one.
pub(crate) async fn resolve(
    registry: &dyn Source,
    wanted: Wanted<'_>,
    side: fn(RegistryError) -> EngineError,
) -> Result<Resolved, EngineError> {
    let asked: Vec<_> = wanted
        .into_iter()
        .map(|(repository, references)| async move {
            let references: Vec<TagOrDigest> = references.into_iter().collect();
            let answer = registry.resolve_many(repository, &references).await;
            (repository, references, answer)
        })
        .collect();
    let mut answers = futures::stream::iter(asked).buffer_unordered(REPOSITORIES_AT_ONCE);
    let mut resolved = Resolved::new();
    while let Some((repository, references, answer)) = answers.next().await {
        let digests: Vec<Result<Option<Digest>, RegistryError>> = match answer {
            Ok(mut found) => references
                .iter()
                .map(|reference| Ok(found.remove(reference).map(|descriptor| descriptor.digest)))
                .collect(),
            Err(error) if of_the_registry(&error) => return Err(side(error)),
            Err(error) if of_the_repository(&error) || error.is_retryable() => {
                references.iter().map(|_| Err(error.clone())).collect()
            }
            Err(_) => one_by_one(registry, repository, &references).await,
        };
        for (reference, digest) in references.into_iter().zip(digests) {
            let digest = match digest {
                Err(error) if of_the_registry(&error) => return Err(side(error)),
                other => other.map_err(side),
            };
            resolved.insert((repository.clone(), reference), digest);
        }
    }
    Ok(resolved)
}

async fn one_by_one(
    registry: &dyn Source,
    repository: &RepositoryName,
    references: &[TagOrDigest],
) -> Vec<Result<Option<Digest>, RegistryError>> {
    let asked: Vec<_> = references
        .iter()
        .map(|reference| async move {
            let found = registry.resolve(repository, reference).await?;
            Ok(found.map(|descriptor| descriptor.digest))
        })
        .collect();
    futures::stream::iter(asked).buffered(REFERENCES_AT_ONCE).collect().await
}

/// Whether every other reference of the repository would fail in the same way.
fn of_the_repository(error: &RegistryError) -> bool {
    matches!(
        error,
        RegistryError { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. }
            | RegistryError { kind: RegistryErrorKind::Denied { .. }, .. }
    )
}

/// Whether everything else would fail in the same way.
pub(crate) fn of_the_registry(error: &RegistryError) -> bool {
    matches!(error, RegistryError { kind: RegistryErrorKind::Unauthorized { .. }, .. })
}
