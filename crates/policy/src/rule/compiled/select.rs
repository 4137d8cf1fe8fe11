//! Selects the tags that a rule copies, with their new names, and says why the others are not
//! copied.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use longshore_names::{Digest, RepositoryName, Tag};
use serde::Serialize;

use crate::rule::{
    CompiledRule, ImageFacts, Needs, NotSelectedReason, Referrers,
    compiled::newest::{Place, newest},
};

/// The result of a rule for one repository of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Selection {
    /// The repository.
    pub repository: RepositoryName,
    /// What is copied, in the order in which tags are put: oldest push first, so that a lifecycle
    /// policy at the destination sees the same order of ages as at the source.
    pub selected: Vec<Selected>,
    /// What is not copied, in the given order.
    pub not_selected: Vec<NotSelected>,
    /// What cannot be decided before more is known, in the given order.
    pub undecided: Vec<Undecided>,
}

/// A tag that is copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Selected {
    /// The tag.
    pub tag: Tag,
    /// The digest that it points to, if known.
    pub digest: Option<Digest>,
    /// When it was pushed to the source.
    pub pushed: Option<DateTime<Utc>>,
    /// Its name at each destination.
    pub destinations: Vec<DestinationName>,
}

/// The name of a tag at a destination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct DestinationName {
    /// The index of the destination in the rule.
    pub destination: usize,
    /// The repository there.
    pub repository: RepositoryName,
    /// The tag there.
    pub tag: Tag,
}

/// A tag that is not copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotSelected {
    /// The tag.
    pub tag: Tag,
    /// The destination that it is not copied to; `None` for all.
    pub destination: Option<usize>,
    /// Why.
    pub reason: NotSelectedReason,
}

/// A tag about which more facts are needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Undecided {
    /// The tag.
    pub tag: Tag,
    /// The digest that it points to, if known.
    pub digest: Option<Digest>,
    /// The missing facts; none if only other tags must be decided first.
    pub needs: Needs,
}

/// Two or more tags that would get the same name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Collision {
    /// The name.
    pub name: DestinationName,
    /// The tags that would get it.
    pub sources: Vec<(RepositoryName, Tag)>,
}

enum Verdict {
    Yes,
    No(NotSelectedReason),
    Unknown(Needs),
}

/// Decides what `rule` does with the `images` (one for each tag) of `repository` at the time `now`.
///
/// Unknown facts leave a tag undecided only if all known facts select it, so that a caller reads
/// few manifests: list, select, read what [`Selection::undecided`] needs, select again.
pub fn select(
    rule: &CompiledRule,
    now: DateTime<Utc>,
    repository: &RepositoryName,
    images: &[ImageFacts],
) -> Selection {
    let mut selection = Selection {
        repository: repository.clone(),
        selected: Vec::new(),
        not_selected: Vec::new(),
        undecided: Vec::new(),
    };
    let refused = rule.takes_repository(repository).err();
    let mut verdicts: Vec<Verdict> = images
        .iter()
        .map(|image| refused.clone().map_or_else(|| rule.verdict(now, image), Verdict::No))
        .collect();
    if let Some((wanted, by)) = rule.tags.newest {
        apply_newest(&mut verdicts, images, |candidates| newest(candidates, wanted, by));
    }
    for (image, verdict) in images.iter().zip(verdicts) {
        match verdict {
            Verdict::Yes => rule.name_at_destinations(repository, image, &mut selection),
            Verdict::No(reason) => {
                selection.not_selected.push(NotSelected {
                    tag: image.tag.clone(),
                    destination: None,
                    reason,
                });
            }
            Verdict::Unknown(needs) => {
                selection.undecided.push(Undecided {
                    tag: image.tag.clone(),
                    digest: image.digest.clone(),
                    needs,
                });
            }
        }
    }
    selection.selected.sort_by(|a, b| a.pushed.cmp(&b.pushed).then_with(|| a.tag.cmp(&b.tag)));
    selection
}

fn apply_newest(
    verdicts: &mut [Verdict],
    images: &[ImageFacts],
    newest: impl Fn(&[(&ImageFacts, bool)]) -> Vec<Place>,
) {
    let at: Vec<usize> = (0..verdicts.len()).filter(|i| !matches!(verdicts[*i], Verdict::No(_))).collect();
    let candidates: Vec<(&ImageFacts, bool)> =
        at.iter().map(|i| (&images[*i], matches!(verdicts[*i], Verdict::Yes))).collect();
    for (i, place) in at.into_iter().zip(newest(&candidates)) {
        match (place, &verdicts[i]) {
            (Place::Out(reason), _) => verdicts[i] = Verdict::No(reason),
            (Place::Open, Verdict::Yes) => verdicts[i] = Verdict::Unknown(Needs::default()),
            _ => {}
        }
    }
}

/// Tags of these selections that would get the same name at the same destination, unless they are
/// known to be the same image.
pub fn collisions(selections: &[Selection]) -> Vec<Collision> {
    type Claim<'a> = (&'a RepositoryName, &'a Selected);
    let mut claims: BTreeMap<&DestinationName, Vec<Claim<'_>>> = BTreeMap::new();
    for selection in selections {
        for selected in &selection.selected {
            for name in &selected.destinations {
                claims.entry(name).or_default().push((&selection.repository, selected));
            }
        }
    }
    claims
        .into_iter()
        .filter(|(_, claims)| {
            let first = &claims[0].1.digest;
            claims.len() > 1
                && (first.is_none() || claims.iter().any(|(_, selected)| selected.digest != *first))
        })
        .map(|(name, claims)| Collision {
            name: name.clone(),
            sources: claims
                .into_iter()
                .map(|(repository, selected)| (repository.clone(), selected.tag.clone()))
                .collect(),
        })
        .collect()
}

/// The digest of the image that a tag of the referrers' tag schema (`sha256-…`, distribution
/// specification, "Referrers Tag Schema") or of cosign (`sha256-….sig`) belongs to.
fn subject_of(tag: &Tag) -> Option<String> {
    let (algorithm, rest) = tag.as_str().split_once('-')?;
    let hex = rest.split_once('.').map_or(rest, |(hex, _)| hex);
    format!("{algorithm}:{hex}").parse::<Digest>().ok().map(|digest| digest.to_string())
}

impl CompiledRule {
    /// Checks whether the rule covers `repository`.
    ///
    /// # Errors
    /// With the reason if it does not.
    pub fn takes_repository(&self, repository: &RepositoryName) -> Result<(), NotSelectedReason> {
        let name = repository.as_str();
        if !self.repositories.is_empty() && !self.repositories.iter().any(|matcher| matcher.fits(name)) {
            return Err(NotSelectedReason::RepositoryNotIncluded);
        }
        match self.excluded.iter().position(|matcher| matcher.fits(name)) {
            None => Ok(()),
            Some(at) => {
                let pattern = &self.rule.source.exclude[at];
                let pattern = format!("{} `{}`", pattern.kind(), pattern.text());
                Err(NotSelectedReason::RepositoryExcluded { pattern })
            }
        }
    }

    fn verdict(&self, now: DateTime<Utc>, image: &ImageFacts) -> Verdict {
        let mut needs = Needs::default();
        let decided = self
            .by_tag(&image.tag)
            .and_then(|()| self.by_push_time(now, image))
            .and_then(|()| self.by_platform(image, &mut needs))
            .and_then(|()| {
                let wanted = &self.rule.source.labels;
                by_pairs(wanted, image.labels.as_ref(), &mut needs.labels, |key, wanted, found| {
                    NotSelectedReason::Label { key, wanted, found }
                })
            })
            .and_then(|()| {
                let wanted = &self.rule.source.annotations;
                by_pairs(wanted, image.annotations.as_ref(), &mut needs.annotations, |key, wanted, found| {
                    NotSelectedReason::Annotation { key, wanted, found }
                })
            });
        match decided {
            Err(reason) => Verdict::No(reason),
            Ok(()) if needs.any() => Verdict::Unknown(needs),
            Ok(()) => Verdict::Yes,
        }
    }

    fn by_tag(&self, tag: &Tag) -> Result<(), NotSelectedReason> {
        if let Some(subject) = subject_of(tag) {
            return Err(match self.referrers() {
                Referrers::Without => NotSelectedReason::ReferrersLeftOut { subject },
                Referrers::With | Referrers::WherePossible => {
                    NotSelectedReason::CopiedWithSubject { subject }
                }
            });
        }
        let fits = |matcher: &crate::rule::compiled::matcher::Matcher| matcher.fits(tag.as_str());
        if !self.tags.include.is_empty() && !self.tags.include.iter().any(fits) {
            return Err(NotSelectedReason::TagNotIncluded);
        }
        match (self.tags.exclude.iter().position(fits), &self.rule.source.tags) {
            (Some(at), Some(filter)) => {
                let pattern = &filter.exclude[at];
                let pattern = format!("{} `{}`", pattern.kind(), pattern.text());
                Err(NotSelectedReason::TagExcluded { pattern })
            }
            _ => Ok(()),
        }
    }

    fn by_push_time(&self, now: DateTime<Utc>, image: &ImageFacts) -> Result<(), NotSelectedReason> {
        let tags = &self.tags;
        if tags.pushed_after.is_none() && tags.pushed_before.is_none() && tags.minimum_age.is_none() {
            return Ok(());
        }
        let pushed = image.pushed.ok_or(NotSelectedReason::PushTimeUnknown)?;
        if let Some(after) = tags.pushed_after.filter(|after| pushed < *after) {
            return Err(NotSelectedReason::PushedBefore { pushed, after });
        }
        if let Some(before) = tags.pushed_before.filter(|before| pushed >= *before) {
            return Err(NotSelectedReason::PushedAfter { pushed, before });
        }
        match tags.minimum_age {
            Some(wanted) if now.signed_duration_since(pushed) < wanted => Err(NotSelectedReason::TooYoung {
                age: now.signed_duration_since(pushed).num_seconds().max(0),
                wanted: wanted.num_seconds(),
                from: pushed.checked_add_signed(wanted).unwrap_or(DateTime::<Utc>::MAX_UTC),
            }),
            _ => Ok(()),
        }
    }

    fn by_platform(&self, image: &ImageFacts, needs: &mut Needs) -> Result<(), NotSelectedReason> {
        match &image.platforms {
            _ if self.platforms.is_empty() => Ok(()),
            None => {
                needs.platforms = true;
                Ok(())
            }
            Some(found)
                if found.iter().any(|found| self.platforms.iter().any(|wanted| wanted.fits(found))) =>
            {
                Ok(())
            }
            Some(found) => Err(NotSelectedReason::Platform {
                wanted: self.platforms.iter().map(ToString::to_string).collect(),
                found: found.clone(),
            }),
        }
    }

    fn name_at_destinations(
        &self,
        repository: &RepositoryName,
        image: &ImageFacts,
        selection: &mut Selection,
    ) {
        let mut destinations = Vec::with_capacity(self.destinations.len());
        for (i, destination) in self.destinations.iter().enumerate() {
            let naming = &destination.naming;
            match naming.repository(repository).and_then(|name| Ok((name, naming.tag(&image.tag)?))) {
                Ok((repository, tag)) => {
                    destinations.push(DestinationName { destination: i, repository, tag })
                }
                Err(problem) => selection.not_selected.push(NotSelected {
                    tag: image.tag.clone(),
                    destination: Some(i),
                    reason: NotSelectedReason::Name {
                        destination: destination.registry.to_string(),
                        problem: problem.to_string(),
                    },
                }),
            }
        }
        if !destinations.is_empty() {
            selection.selected.push(Selected {
                tag: image.tag.clone(),
                digest: image.digest.clone(),
                pushed: image.pushed,
                destinations,
            });
        }
    }
}

fn by_pairs(
    wanted: &BTreeMap<String, String>,
    found: Option<&BTreeMap<String, String>>,
    needed: &mut bool,
    reason: impl Fn(String, String, Option<String>) -> NotSelectedReason,
) -> Result<(), NotSelectedReason> {
    let Some(found) = found else {
        *needed |= !wanted.is_empty();
        return Ok(());
    };
    match wanted.iter().find(|(key, value)| found.get(*key) != Some(value)) {
        None => Ok(()),
        Some((key, value)) => Err(reason(key.clone(), value.clone(), found.get(key).cloned())),
    }
}
