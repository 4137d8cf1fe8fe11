//! Looks up many references at once.
//!
//! `DescribeImages` answers for a hundred images by name, but refuses all of them when one does not
//! exist; or it lists a thousand a page. Which way needs fewer calls depends on the repository's
//! content, so each has a budget of calls, after which the other one takes over.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, TryStreamExt};
use longshore_names::RepositoryName;
use longshore_registry::{Descriptor, Error, RegistryErrorKind, Source, TagOrDigest};

use crate::{EcrEndpoint, EcrError, EcrErrorKind, ImageDetail, ImageId, ImageScope, ImageStatus};

/// The most images that one request may name.
const BATCH: usize = 100;
/// The largest page that ECR gives.
const PAGE: i32 = 1_000;
/// In a batch this small, the missing images are found by halving it.
const FEW: usize = 8;
/// Concurrent requests by name.
const ASKED_AT_ONCE: usize = 8;

/// The wanted references, and those that were found.
struct Lookup {
    wanted: HashSet<TagOrDigest>,
    found: HashMap<TagOrDigest, Descriptor>,
    /// Wanted references that cannot be pulled, or were found not to exist.
    absent: HashSet<TagOrDigest>,
    registry: String,
}

impl Lookup {
    fn is_open(&self, name: &TagOrDigest) -> bool {
        !self.found.contains_key(name) && !self.absent.contains(name)
    }

    fn open(&self) -> Vec<TagOrDigest> {
        self.wanted.iter().filter(|name| self.is_open(name)).cloned().collect()
    }

    fn is_done(&self) -> bool {
        self.found.len() + self.absent.len() == self.wanted.len()
    }

    /// Records an image under each of its wanted names.
    fn see(&mut self, detail: &ImageDetail) -> Result<(), Error> {
        let tags = detail.tags.iter().map(|tag| TagOrDigest::Tag(tag.clone()));
        let names: Vec<_> = tags
            .chain([TagOrDigest::Digest(detail.digest.clone())])
            .filter(|name| self.wanted.contains(name))
            .collect();
        names.into_iter().try_for_each(|name| self.answer(name, detail))
    }

    fn answer(&mut self, name: TagOrDigest, detail: &ImageDetail) -> Result<(), Error> {
        if detail.status != ImageStatus::Active {
            self.absent.insert(name);
            return Ok(());
        }
        let Some(media_type) = detail.media_type.clone() else {
            return Err(self.protocol(format!("it names no media type for {}", detail.digest)));
        };
        self.found.insert(name, Descriptor { media_type, digest: detail.digest.clone(), size: 0 });
        Ok(())
    }

    /// Records the response to a request for one image.
    fn see_only(&mut self, name: TagOrDigest, details: &[ImageDetail]) -> Result<(), Error> {
        let Some(detail) = details.first() else {
            self.absent.insert(name);
            return Ok(());
        };
        match &name {
            TagOrDigest::Digest(asked) if *asked != detail.digest => {
                Err(self.protocol(format!("it answered for {} when asked for {asked}", detail.digest)))
            }
            _ => self.answer(name, detail),
        }
    }

    fn protocol(&self, message: String) -> Error {
        RegistryErrorKind::Protocol { message }.at(self.registry.clone())
    }
}

/// The result of one request by names.
enum Asked {
    Answered(Vec<TagOrDigest>, Vec<ImageDetail>),
    /// At least one of them does not exist.
    Refused(Vec<TagOrDigest>),
    NoRepository,
}

impl EcrEndpoint {
    pub(crate) async fn look_up(
        &self,
        repository: &RepositoryName,
        references: &[TagOrDigest],
    ) -> Result<HashMap<TagOrDigest, Descriptor>, Error> {
        let mut lookup = Lookup {
            wanted: references.iter().cloned().collect(),
            found: HashMap::new(),
            absent: HashSet::new(),
            registry: self.name().to_owned(),
        };
        let wanted = lookup.wanted.len();
        if wanted > BATCH {
            // As many pages as there would be requests by name.
            self.list_for(repository, &mut lookup, wanted.div_ceil(BATCH)).await?;
        }
        let mut listed = wanted > BATCH;
        let mut waiting: Vec<Vec<TagOrDigest>> = lookup.open().chunks(BATCH).map(<[_]>::to_vec).collect();
        while !waiting.is_empty() {
            let asked = waiting.drain(..).map(|names| self.ask(repository, names));
            let asked: Vec<_> = asked.collect();
            let answers: Vec<Asked> =
                futures::stream::iter(asked).buffer_unordered(ASKED_AT_ONCE).try_collect().await?;
            let mut refused = Vec::new();
            for answer in answers {
                match answer {
                    Asked::NoRepository => return Ok(HashMap::new()),
                    Asked::Answered(names, details) => {
                        if let [only] = &names[..] {
                            lookup.see_only(only.clone(), &details)?;
                            continue;
                        }
                        for detail in &details {
                            lookup.see(detail)?;
                        }
                        // ECR left it out, or did not say under which name it answers.
                        let silent = names.into_iter().filter(|name| lookup.is_open(name));
                        waiting.extend(silent.map(|name| vec![name]));
                    }
                    Asked::Refused(names) if names.len() == 1 => lookup.absent.extend(names),
                    Asked::Refused(names) => refused.push(names),
                }
            }
            let many = refused.iter().map(Vec::len).sum::<usize>() > FEW;
            if many && !listed {
                listed = true;
                self.list_for(repository, &mut lookup, 1 + wanted / (2 * FEW)).await?;
            }
            for names in refused {
                let open: Vec<_> = names.into_iter().filter(|name| lookup.is_open(name)).collect();
                let (first, second) = open.split_at(open.len().div_ceil(2));
                waiting
                    .extend([first, second].into_iter().filter(|half| !half.is_empty()).map(<[_]>::to_vec));
            }
        }
        Ok(lookup.found)
    }

    async fn ask(&self, repository: &RepositoryName, names: Vec<TagOrDigest>) -> Result<Asked, Error> {
        let ids: Vec<ImageId> = names.iter().cloned().map(ImageId::from).collect();
        match self.client().describe_images(repository, &ids).await {
            Ok(details) => Ok(Asked::Answered(names, details)),
            Err(EcrError { kind: EcrErrorKind::ImageNotFound, .. }) => Ok(Asked::Refused(names)),
            Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => Ok(Asked::NoRepository),
            Err(error) => Err(self.error(error)),
        }
    }

    /// Lists pages until everything is found, the list ends (references that it lacks do not
    /// exist), or the budget is used up.
    async fn list_for(
        &self,
        repository: &RepositoryName,
        lookup: &mut Lookup,
        pages: usize,
    ) -> Result<(), Error> {
        let tags_only = lookup.wanted.iter().all(|name| matches!(name, TagOrDigest::Tag(_)));
        let scope = if tags_only { ImageScope::Tagged } else { ImageScope::Active };
        let mut next: Option<String> = None;
        for _ in 0..pages {
            let page = match self.client().images_page(repository, scope, next.as_deref(), PAGE).await {
                Ok(page) => page,
                Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => {
                    lookup.absent.extend(lookup.open());
                    return Ok(());
                }
                Err(error) => return Err(self.error(error)),
            };
            for detail in &page.items {
                lookup.see(detail)?;
            }
            if page.next.is_none() {
                lookup.absent.extend(lookup.open());
            }
            if lookup.is_done() || page.next == next {
                return Ok(());
            }
            next = page.next;
        }
        Ok(())
    }
}
