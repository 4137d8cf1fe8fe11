//! What must be known about images before a rule can select from them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use longshore_names::{Digest, RepositoryName, Tag};
use serde::{Deserialize, Serialize};

use crate::rule::{CompiledRule, RepositoryPattern, TagPattern};

/// What is known about one tag of a repository. `None` means *not known yet*, not *none*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// The tag.
    pub tag: Tag,
    /// The digest that it points to.
    pub digest: Option<Digest>,
    /// When it was pushed to the source.
    pub pushed: Option<DateTime<Utc>>,
    /// Labels of its configuration; for a multi-platform image, the labels that all its images
    /// have.
    pub labels: Option<BTreeMap<String, String>>,
    /// Annotations of its manifest or index.
    pub annotations: Option<BTreeMap<String, String>>,
    /// Its platforms, written `os/architecture` or `os/architecture/variant`.
    pub platforms: Option<Vec<String>>,
}

impl ImageFacts {
    /// A tag about which nothing else is known.
    pub fn new(tag: Tag) -> Self {
        Self { tag, digest: None, pushed: None, labels: None, annotations: None, platforms: None }
    }
}

/// Facts that a decision needs. A fact that is not in the list of tags requires a read of the
/// manifest, and on ECR such a read counts as a pull.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needs {
    /// Push times.
    pub pushed: bool,
    /// Labels: the manifest and the configuration.
    pub labels: bool,
    /// Annotations: the manifest.
    pub annotations: bool,
    /// Platforms: the index, or the manifest and the configuration.
    pub platforms: bool,
}

impl Needs {
    /// Whether manifests must be read.
    pub fn manifests(self) -> bool {
        self.labels || self.annotations || self.platforms
    }

    /// Whether any fact is needed.
    pub fn any(self) -> bool {
        self.pushed || self.manifests()
    }
}

impl CompiledRule {
    /// The facts that this rule can need.
    pub fn needs(&self) -> Needs {
        let tags = &self.tags;
        let source = &self.rule.source;
        Needs {
            pushed: tags.minimum_age.is_some()
                || tags.pushed_after.is_some()
                || tags.pushed_before.is_some()
                || tags.newest.is_some_and(|(_, by)| by == crate::rule::NewestBy::Pushed),
            labels: !source.labels.is_empty(),
            annotations: !source.annotations.is_empty(),
            platforms: !self.platforms.is_empty(),
        }
    }

    /// The repositories, if the rule names each of them; `None` if the registry must list them.
    pub fn named_repositories(&self) -> Option<Vec<RepositoryName>> {
        let patterns = &self.rule.source.repositories;
        if patterns.is_empty() {
            return None;
        }
        patterns
            .iter()
            .map(|pattern| match pattern {
                RepositoryPattern::Exact(name) => name.parse::<RepositoryName>().ok(),
                _ => None,
            })
            .collect::<Option<Vec<_>>>()
            .map(|names| names.into_iter().filter(|name| self.takes_repository(name).is_ok()).collect())
    }

    /// The tags, if the rule names each of them; `None` if the repository must list them.
    pub fn named_tags(&self) -> Option<Vec<Tag>> {
        let include = &self.rule.source.tags.as_ref()?.include;
        if include.is_empty() {
            return None;
        }
        include
            .iter()
            .map(|pattern| match pattern {
                TagPattern::Exact(tag) => tag.parse().ok(),
                _ => None,
            })
            .collect()
    }
}
