//! The tags that a promotion writes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use longshore_names::{Digest, Tag};
use serde::{Deserialize, Serialize};

use super::mapping::fill;
use crate::scheme::{NextFacts, NoNextTag, Step, TagMutability, TagScheme, moving_tags, next_tag};

/// The tag of a build in a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagPolicy {
    /// The tag of the stage before.
    Keep,
    /// The tag of the stage before, and another one made of it.
    Add(String),
    /// Another tag made of it.
    Template(String),
    /// The next tag of this scheme in the stage's own repository.
    Next(TagScheme),
}

/// What a choice of tags depends on.
#[derive(Debug, Clone, Copy)]
pub struct TagFacts<'a> {
    /// The tag in the stage before; `None` if the build is chosen by its digest.
    pub tag: Option<&'a Tag>,
    /// The tags of the destination's repository, with what they name.
    pub existing: &'a BTreeMap<Tag, Digest>,
    /// The time.
    pub now: DateTime<Utc>,
    /// The build's commit, from its labels.
    pub commit: Option<&'a str>,
    /// The build's upstream version, for a suffix.
    pub upstream: Option<&'a str>,
    /// The part that is raised.
    pub step: Step,
}

/// Why a build gets no tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagPolicyError {
    /// The policy needs the tag of the stage before.
    #[error("the build was chosen by its digest, and this stage keeps tags")]
    NoTag,
    /// The template does not make a tag.
    #[error("{0}")]
    Template(String),
    /// The scheme proposes none.
    #[error(transparent)]
    Next(#[from] NoNextTag),
}

impl TagPolicyError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoTag => "promotion-tag-needed",
            Self::Template(_) => "promotion-tag-template",
            Self::Next(error) => error.code(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        longshore_codes::way_out(self.code())
    }
}

impl TagPolicy {
    /// The tags for a build, the main one first.
    ///
    /// # Errors
    /// See [`TagPolicyError`].
    pub fn tags(
        &self,
        facts: &TagFacts<'_>,
        stage: &str,
        environment: &str,
    ) -> Result<Vec<Tag>, TagPolicyError> {
        let own = || facts.tag.ok_or(TagPolicyError::NoTag);
        Ok(match self {
            Self::Keep => vec![own()?.clone()],
            Self::Add(template) => {
                let tag = own()?;
                let mut tags = vec![tag.clone(), from_template(template, tag.as_str(), stage, environment)?];
                tags.dedup();
                tags
            }
            Self::Template(template) if template.contains("{tag}") => {
                vec![from_template(template, own()?.as_str(), stage, environment)?]
            }
            Self::Template(template) => vec![from_template(template, "", stage, environment)?],
            Self::Next(scheme) => {
                let existing: Vec<Tag> = facts.existing.keys().cloned().collect();
                let next = NextFacts {
                    existing: &existing,
                    now: facts.now,
                    commit: facts.commit,
                    upstream: facts.upstream,
                };
                vec![next_tag(scheme, facts.step, &next)?]
            }
        })
    }
}

fn from_template(template: &str, tag: &str, stage: &str, environment: &str) -> Result<Tag, TagPolicyError> {
    let filled = fill(template, &|name| tag_placeholder(name, tag, stage, environment));
    let filled = filled.map_err(TagPolicyError::Template)?;
    Tag::for_input(&filled).map_err(|error| TagPolicyError::Template(error.to_string()))
}

/// The value of a placeholder in a template for tags.
///
/// # Errors
/// When there is no such placeholder, as a sentence without a full stop.
pub(super) fn tag_placeholder(
    name: &str,
    tag: &str,
    stage: &str,
    environment: &str,
) -> Result<String, String> {
    match name {
        "tag" => Ok(tag.to_owned()),
        "stage" => Ok(stage.to_owned()),
        "environment" => Ok(environment.to_owned()),
        other => Err(format!(
            "`{{{}}}` is not a placeholder; known are `{{tag}}`, `{{stage}}` and `{{environment}}`",
            longshore_names::shown(other, 40)
        )),
    }
}

/// What a promotion does to one tag of one destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum TagChange {
    /// The tag does not exist yet.
    Create,
    /// It names the build already.
    AlreadyThere,
    /// It names another digest, and is moved.
    Move {
        /// The digest that it names.
        from: Digest,
    },
    /// It names another digest and cannot be moved.
    Refused {
        /// The digest that it names.
        from: Digest,
        /// Why, as a sentence.
        reason: String,
    },
}

/// The tags of one destination with what happens to each: those of the policy first, then the moving
/// tags if `scheme` is given.
pub fn tag_changes(
    build: &Digest,
    tags: &[Tag],
    moving: Option<&TagScheme>,
    existing: &BTreeMap<Tag, Digest>,
    mutability: &TagMutability,
) -> Vec<(Tag, TagChange)> {
    let known: Vec<Tag> = existing.keys().cloned().collect();
    let follow = moving.into_iter().flat_map(|scheme| {
        tags.iter().flat_map(|tag| moving_tags(scheme, tag, &known)).map(|moving| moving.tag)
    });
    let mut all: Vec<Tag> = Vec::new();
    for tag in tags.iter().cloned().chain(follow) {
        if !all.contains(&tag) {
            all.push(tag);
        }
    }
    let change = |tag: &Tag| match existing.get(tag) {
        None => TagChange::Create,
        Some(there) if there == build => TagChange::AlreadyThere,
        Some(there) if mutability.can_move(tag.as_str()) => TagChange::Move { from: there.clone() },
        Some(there) => {
            let reason = format!("The tag `{tag}` is immutable and names another image, {}.", there.short());
            TagChange::Refused { from: there.clone(), reason }
        }
    };
    all.into_iter().map(|tag| (tag.clone(), change(&tag))).collect()
}
