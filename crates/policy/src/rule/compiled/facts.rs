//! What must be known of images before a rule can choose among them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use longshore_names::{Digest, RepositoryName, Tag};
use serde::{Deserialize, Serialize};

use crate::rule::{CompiledRule, RepositoryPattern, TagPattern};

/// What is known of one tag of a repository. `None` is *not known yet*, not *there is none*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// The tag.
    pub tag: Tag,
    /// What it points at.
    pub digest: Option<Digest>,
    /// When it was pushed to the source.
    pub pushed: Option<DateTime<Utc>>,
    /// Labels of its configuration; of an image for several platforms, those that all have.
    pub labels: Option<BTreeMap<String, String>>,
    /// Annotations of its manifest or index.
    pub annotations: Option<BTreeMap<String, String>>,
    /// Its platforms, written `os/architecture` or `os/architecture/variant`.
    pub platforms: Option<Vec<String>>,
}

impl ImageFacts {
    /// A tag of which nothing else is known.
    pub fn new(tag: Tag) -> Self {
        Self { tag, digest: None, pushed: None, labels: None, annotations: None, platforms: None }
    }
}

/// Facts that a decision needs. What a list of tags does not tell costs a read of the manifest, and
/// on ECR such a read counts as a pull.
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
    /// Whether manifests have to be read.
    pub fn manifests(self) -> bool {
        self.labels || self.annotations || self.platforms
    }

    /// Whether anything is needed at all.
    pub fn any(self) -> bool {
        self.pushed || self.manifests()
    }
}

impl CompiledRule {
    /// The facts that this rule can ask for.
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

    /// The repositories, when the rule names each of them; `None` when the registry must be asked
    /// which it has.
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

    /// The tags, when the rule names each of them; `None` when the repository must be asked which
    /// it has.
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
