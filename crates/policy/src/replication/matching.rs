//! Determines which repositories a rule would copy.

use longshore_names::{Prefix, RepositoryName};
use serde::{Deserialize, Serialize};

/// A name that a filter takes: the prefix with `own` behind it, apart from it. `own` alone without a
/// filter; `None` if that is no name of a repository.
pub fn name_under(prefix: Option<&Prefix>, own: &str) -> Option<RepositoryName> {
    let prefix = prefix.map(Prefix::as_str).unwrap_or_default();
    // `prod-` and `prod/` are followed by the name, `prod` by a separator.
    let separator = if prefix.ends_with(|c: char| c.is_ascii_alphanumeric()) { "-" } else { "" };
    format!("{prefix}{separator}{own}").parse().ok()
}

/// What is known about a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryFacts {
    /// Its name.
    pub name: RepositoryName,
    /// How many images it holds.
    pub images: u64,
    /// Their size in bytes, as ECR counts it.
    pub bytes: u64,
}

/// A repository that a rule would copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matched {
    /// Its name.
    pub name: RepositoryName,
    /// How many images it holds.
    pub images: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// The index of the filter that matches it, in the given list; `None` without filters.
    pub filter: Option<usize>,
    /// Whether the match looks accidental: the filter does not end with a separator, and the name
    /// does not continue with a `/`, like `prod-old` for the filter `prod`.
    pub accidental: bool,
}

/// What a rule would copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatchPreview {
    /// Whether everything is copied because there is no filter.
    pub whole_registry: bool,
    /// The repositories, in the order given.
    pub matched: Vec<Matched>,
    /// The total number of their images.
    pub images: u64,
    /// Their total size in bytes.
    pub bytes: u64,
    /// How many matches look accidental.
    pub accidental: usize,
    /// How many repositories are not copied.
    pub others: usize,
    /// For each filter, how many repository names begin with it.
    pub per_filter: Vec<usize>,
}

/// How well a filter matches a name that begins with it: a lower value is a more likely intent.
fn fit(filter: &str, name: &str) -> Option<u8> {
    let rest = name.strip_prefix(filter)?;
    Some(if rest.is_empty() {
        0
    } else if rest.starts_with('/') || filter.ends_with(['/', '-', '_', '.']) {
        1
    } else {
        2
    })
}

/// The filter that matches `name`: the most likely one, and whether even that looks accidental.
/// `None` if no filter matches.
fn best(filters: &[Option<Prefix>], name: &RepositoryName) -> Option<(usize, bool)> {
    filters
        .iter()
        .enumerate()
        .filter_map(|(i, filter)| Some((fit(filter.as_ref()?.as_str(), name.as_str())?, i)))
        .min()
        .map(|(fit, i)| (i, fit == 2))
}

/// The index of the filter that matches `name`. Without filters every name matches, and there is no
/// index. Outer `None`: no match.
pub fn matching_filter(filters: &[Prefix], name: &RepositoryName) -> Option<Option<usize>> {
    if filters.is_empty() {
        return Some(None);
    }
    let filters: Vec<Option<Prefix>> = filters.iter().cloned().map(Some).collect();
    best(&filters, name).map(|(i, _)| Some(i))
}

/// What a rule with these filters would copy of `repositories`.
pub fn preview(filters: &[Prefix], repositories: &[RepositoryFacts]) -> MatchPreview {
    let filters: Vec<Option<Prefix>> = filters.iter().cloned().map(Some).collect();
    of_filters(&filters, repositories)
}

/// Like [`preview`], for a form that is still being typed: an incomplete filter matches nothing.
pub fn preview_typed(filters: &[String], repositories: &[RepositoryFacts]) -> MatchPreview {
    let filters: Vec<Option<Prefix>> = filters.iter().map(|text| Prefix::for_input(text).ok()).collect();
    of_filters(&filters, repositories)
}

fn of_filters(filters: &[Option<Prefix>], repositories: &[RepositoryFacts]) -> MatchPreview {
    let whole_registry = filters.is_empty();
    let mut preview = MatchPreview {
        whole_registry,
        matched: Vec::new(),
        images: 0,
        bytes: 0,
        accidental: 0,
        others: 0,
        per_filter: vec![0; filters.len()],
    };
    for repository in repositories {
        for (counted, filter) in preview.per_filter.iter_mut().zip(filters) {
            *counted += usize::from(filter.as_ref().is_some_and(|f| f.matches(&repository.name)));
        }
        let (filter, accidental) = match best(filters, &repository.name) {
            Some((i, accidental)) => (Some(i), accidental),
            None if whole_registry => (None, false),
            None => {
                preview.others += 1;
                continue;
            }
        };
        preview.images = preview.images.saturating_add(repository.images);
        preview.bytes = preview.bytes.saturating_add(repository.bytes);
        preview.accidental += usize::from(accidental);
        preview.matched.push(Matched {
            name: repository.name.clone(),
            images: repository.images,
            bytes: repository.bytes,
            filter,
            accidental,
        });
    }
    preview
}
