//! A rule's selection in its source at this moment.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use futures::StreamExt;
use longshore_engine::{EngineError, EngineErrorKind, Failure};
use longshore_names::{RepositoryName, Tag};
use longshore_policy::rule::{CompiledRule, ImageFacts, Needs, Selection, select};
use longshore_registry::{Error, Listed, RegistryErrorKind, Source, TagOrDigest};

use super::facts;

/// Repositories that are listed concurrently.
const AT_ONCE: usize = 16;
/// Rounds of manifest reads: each decides tags that waited for others.
const MOST_ROUNDS: usize = 4;

/// A rule's selection in its source.
#[derive(Debug, Default)]
pub struct Choice {
    /// For every repository that the rule covers: what is copied, and why the rest is not.
    pub selections: Vec<Selection>,
    /// Repositories that the rule names but that the source does not have.
    pub missing: Vec<RepositoryName>,
    /// Repositories that could not be read because of a transient failure.
    pub unread: Vec<(RepositoryName, Failure)>,
    /// Every tag of each repository whose tags the registry lists, so that they are not listed
    /// again.
    pub(super) tags: HashMap<RepositoryName, Arc<[Tag]>>,
}

impl Choice {
    /// Tags that are copied.
    pub fn selected(&self) -> usize {
        self.selections.iter().map(|selection| selection.selected.len()).sum()
    }

    /// Tags that are not copied to any destination.
    pub fn not_selected(&self) -> usize {
        let everywhere = |selection: &Selection| {
            let not = selection.not_selected.iter().filter(|tag| tag.destination.is_none()).count();
            not + selection.undecided.len()
        };
        self.selections.iter().map(everywhere).sum()
    }
}

/// Asks the source and decides. Manifests are read only if the rule asks for labels, annotations or
/// platforms and all other conditions accept the tag; on ECR such a read counts as a pull.
///
/// # Errors
/// When the registry cannot be asked, or provides no list of its repositories and the rule needs
/// one.
pub async fn choose(
    source: &Arc<dyn Source>,
    rule: &CompiledRule,
    now: DateTime<Utc>,
) -> Result<Choice, Error> {
    let mut repositories = match rule.named_repositories() {
        Some(named) => named,
        None => {
            let mut known = source.repositories().await?;
            known.retain(|name| rule.takes_repository(name).is_ok());
            known
        }
    };
    repositories.sort_unstable();
    repositories.dedup();
    let asked: Vec<_> = repositories
        .into_iter()
        .map(|repository| async move {
            let found = async {
                let (listed, is_whole) = match source.list(&repository).await {
                    Err(error) if is_refused(&error) => {
                        (named(source, rule, &repository, error).await, false)
                    }
                    listed => (listed, true),
                };
                match listed {
                    Ok(listed) => {
                        let (selection, tags) = of_repository(source, rule, now, &repository, listed).await?;
                        Ok(Some((selection, is_whole.then_some(tags))))
                    }
                    Err(Error { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. }) => Ok(None),
                    Err(error) => Err(error),
                }
            };
            let found = found.await;
            (repository, found)
        })
        .collect();
    let mut answers = futures::stream::iter(asked).buffered(AT_ONCE);
    let (mut choice, mut last) = (Choice::default(), None);
    while let Some((repository, found)) = answers.next().await {
        match found {
            Ok(None) => choice.missing.push(repository),
            Ok(Some((selection, tags))) => {
                choice.selections.push(selection);
                choice.tags.extend(tags.map(|tags| (repository, tags)));
            }
            Err(error) if error.is_retryable() => {
                let failure = EngineError::source(EngineErrorKind::NotRead(error.clone())).failure();
                choice.unread.push((repository, failure));
                last = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    match last {
        // Nothing could be read at all.
        Some(error) if choice.selections.is_empty() => Err(error),
        _ => Ok(choice),
    }
}

/// Whether a list was refused, rather than its content.
fn is_refused(error: &Error) -> bool {
    matches!(
        error.cause(),
        RegistryErrorKind::RepositoryNotFound { .. }
            | RegistryErrorKind::Unauthorized { .. }
            | RegistryErrorKind::Denied { .. }
            | RegistryErrorKind::Unsupported { .. }
            | RegistryErrorKind::Refused { .. }
    )
}

/// The tags that the rule names, requested one by one because the registry provides no list;
/// `refused` when the rule names none, or the registry has none of them.
async fn named(
    source: &Arc<dyn Source>,
    rule: &CompiledRule,
    repository: &RepositoryName,
    refused: Error,
) -> Result<Vec<Listed>, Error> {
    let Some(tags) = rule.named_tags() else { return Err(refused) };
    let references: Vec<TagOrDigest> = tags.into_iter().map(TagOrDigest::Tag).collect();
    // The error of the list says more than the error of each tag.
    let Ok(found) = source.resolve_many(repository, &references).await else { return Err(refused) };
    let listed: Vec<Listed> = found
        .into_iter()
        .filter_map(|(reference, found)| match reference {
            TagOrDigest::Tag(tag) => Some(Listed { digest: Some(found.digest), ..Listed::new(tag) }),
            TagOrDigest::Digest(_) => None,
        })
        .collect();
    if listed.is_empty() { Err(refused) } else { Ok(listed) }
}

async fn of_repository(
    source: &Arc<dyn Source>,
    rule: &CompiledRule,
    now: DateTime<Utc>,
    repository: &RepositoryName,
    listed: Vec<Listed>,
) -> Result<(Selection, Arc<[Tag]>), Error> {
    let tags: Arc<[Tag]> = listed.iter().map(|listed| listed.tag.clone()).collect();
    let facts = |Listed { tag, digest, pushed, .. }| ImageFacts { digest, pushed, ..ImageFacts::new(tag) };
    let mut images: Vec<ImageFacts> = listed.into_iter().map(facts).collect();
    let mut selection = select(rule, now, repository, &images);
    for _ in 0..MOST_ROUNDS {
        let wanted = unknown(&selection, &images);
        if wanted.is_empty() {
            break;
        }
        facts::read(source, repository, &mut images, &wanted).await?;
        selection = select(rule, now, repository, &images);
    }
    Ok((selection, tags))
}

/// What must be read, by the image's index.
fn unknown(selection: &Selection, images: &[ImageFacts]) -> BTreeMap<usize, Needs> {
    let asked: HashMap<&Tag, Needs> = selection
        .undecided
        .iter()
        .filter(|tag| tag.needs.manifests())
        .map(|tag| (&tag.tag, tag.needs))
        .collect();
    if asked.is_empty() {
        return BTreeMap::new();
    }
    let places = images.iter().enumerate();
    places.filter_map(|(place, image)| asked.get(&image.tag).map(|needs| (place, *needs))).collect()
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use longshore_names::Digest;
    use longshore_policy::rule::read_rules;
    use longshore_registry::{BlobStream, Descriptor, Manifest};

    use super::*;

    /// A registry that refuses its lists, but for the one of `team/open`, and has tag `1`.
    struct Closed(fn() -> Error);

    const OPEN: &str = "team/open";

    #[async_trait]
    impl Source for Closed {
        fn name(&self) -> &str {
            "registry.example.com"
        }

        async fn tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, Error> {
            if repository.as_str() == OPEN { Ok(vec!["1".parse().unwrap()]) } else { Err(self.0()) }
        }

        async fn resolve(
            &self,
            _: &RepositoryName,
            reference: &TagOrDigest,
        ) -> Result<Option<Descriptor>, Error> {
            let digest = format!("sha256:{}", "a".repeat(64)).parse().unwrap();
            let found = Descriptor { media_type: String::new(), digest, size: 1 };
            Ok((reference.to_string() == "1").then_some(found))
        }

        async fn manifest(&self, _: &RepositoryName, _: &Digest) -> Result<Manifest, Error> {
            Err(self.0())
        }

        async fn blob(&self, _: &RepositoryName, _: &Descriptor, _: u64) -> Result<BlobStream, Error> {
            Err(self.0())
        }

        async fn referrers(&self, _: &RepositoryName, _: &Digest) -> Result<Vec<Descriptor>, Error> {
            Err(self.0())
        }
    }

    fn rule(include: &str) -> CompiledRule {
        rule_of("{exact: team/app}", include)
    }

    fn rule_of(repositories: &str, include: &str) -> CompiledRule {
        let text = format!(
            "version: 1\nrules:\n  - name: r\n    source:\n      registry: registry.example.com\n      \
             repositories: [{repositories}]\n      tags:\n        include: [{include}]\n    \
             destinations:\n      - registry: oci:/tmp/x\n"
        );
        let (file, findings) = read_rules(&text);
        let file = file.unwrap_or_else(|| panic!("{findings:?}"));
        CompiledRule::compile(&file.rules[0]).unwrap()
    }

    fn denied() -> Error {
        RegistryErrorKind::Denied { message: "no lists".into() }.at("registry.example.com")
    }

    #[tokio::test]
    async fn a_refused_list_does_not_stop_a_copy_of_named_tags() {
        let unsupported =
            || RegistryErrorKind::Unsupported { message: "no lists".into() }.at("registry.example.com");
        let unknown = || {
            RegistryErrorKind::RepositoryNotFound { repository: "team/app".into() }.at("registry.example.com")
        };
        for refused in [denied, unsupported, unknown] {
            let source: Arc<dyn Source> = Arc::new(Closed(refused));
            let choice = choose(&source, &rule("{exact: '1'}, {exact: '2'}"), Utc::now()).await.unwrap();
            assert_eq!(choice.selected(), 1, "{:?}", refused());
            // These are not all tags, so cosign's tags are not searched for among them.
            assert!(choice.tags.is_empty(), "{:?}", refused());
        }
        // Without names, or without any that exists, the refusal is reported.
        let source: Arc<dyn Source> = Arc::new(Closed(denied));
        for include in ["{glob: '*'}", "{exact: '2'}", "{exact: '1'}, {glob: 'v*'}"] {
            let error = choose(&source, &rule(include), Utc::now()).await.unwrap_err();
            assert_eq!(error.code(), "denied", "{include}");
        }
    }

    #[tokio::test]
    async fn a_repository_that_cannot_be_listed_for_now_does_not_stop_a_copy_of_the_others() {
        let throttled = || {
            RegistryErrorKind::Throttled { message: "quota".into(), retry_after: None }
                .at("registry.example.com")
        };
        let source: Arc<dyn Source> = Arc::new(Closed(throttled));
        let both = rule_of(&format!("{{exact: team/app}}, {{exact: {OPEN}}}"), "{glob: '*'}");
        let choice = choose(&source, &both, Utc::now()).await.unwrap();
        assert_eq!(choice.selected(), 1);
        let [(repository, failure)] = choice.unread.as_slice() else { panic!("{:?}", choice.unread) };
        assert_eq!((repository.as_str(), failure.code.as_str()), ("team/app", "not-looked-at"));
        // Where nothing could be listed there is nothing to copy.
        let error = choose(&source, &rule("{glob: '*'}"), Utc::now()).await.unwrap_err();
        assert_eq!(error.code(), "throttled");
    }
}
