//! What a rule selects in its source as it is now.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt};
use longshore_names::{RepositoryName, Tag};
use longshore_policy::rule::{CompiledRule, ImageFacts, Needs, Selection, select};
use longshore_registry::{Error, Listed, Source};

use super::facts;

/// Repositories that are listed at once.
const AT_ONCE: usize = 16;
/// Rounds of reading manifests: each decides tags that waited for others.
const MOST_ROUNDS: usize = 4;

/// What a rule takes from its source.
#[derive(Debug, Default)]
pub struct Choice {
    /// For every repository that the rule is about: what is copied, and why the rest is not.
    pub selections: Vec<Selection>,
    /// Repositories that the rule names and the source does not have.
    pub missing: Vec<RepositoryName>,
    /// Every tag of each repository, so that nobody asks again.
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

/// Asks the source and decides. Manifests are read only where the rule asks for labels, annotations
/// or platforms and everything else takes the tag; on ECR such a read counts as a pull.
///
/// # Errors
/// When the registry cannot be asked, or gives no list of its repositories and the rule needs one.
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
            match source.list(&repository).await {
                Ok(listed) => Ok(Some(of_repository(source, rule, now, &repository, listed).await?)),
                Err(Error::RepositoryNotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
            .map(|found| (repository, found))
        })
        .collect();
    let mut answers = futures::stream::iter(asked).buffered(AT_ONCE);
    let mut choice = Choice::default();
    while let Some((repository, found)) = answers.try_next().await? {
        match found {
            None => choice.missing.push(repository),
            Some((selection, tags)) => {
                choice.selections.push(selection);
                choice.tags.insert(repository, tags);
            }
        }
    }
    Ok(choice)
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

/// What is to be read, by the image's place.
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
