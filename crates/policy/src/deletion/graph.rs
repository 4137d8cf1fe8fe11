//! Which images of a repository belong to each other.

use std::collections::HashMap;

use longshore_names::Tag;

use crate::lifecycle::DescribedImage;

/// The images of a repository, and what its indexes list.
#[derive(Debug, Clone, Copy)]
pub struct Repository<'a> {
    /// All images, archived ones too.
    pub images: &'a [DescribedImage],
    /// The members of each index that could be read, by digest.
    pub members: &'a HashMap<String, Vec<String>>,
}

/// The edges between images, by their places.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// The images that an index lists and the repository has.
    pub(super) members: Vec<Vec<usize>>,
    /// The indexes that list an image.
    pub(super) parents: Vec<Vec<usize>>,
    /// What a signature, an SBOM or another referrer is about, if the repository has it.
    pub(super) subjects: Vec<Vec<usize>>,
    /// What refers to an image.
    pub(super) referrers: Vec<Vec<usize>>,
    /// Indexes whose members are not known.
    pub(super) unread: Vec<usize>,
}

impl Graph {
    pub(super) fn of(repository: &Repository<'_>) -> Self {
        let images = repository.images;
        let places: HashMap<&str, usize> =
            images.iter().enumerate().map(|(at, image)| (image.digest.as_str(), at)).collect();
        let empty = || vec![Vec::new(); images.len()];
        let mut graph = Self {
            members: empty(),
            parents: empty(),
            subjects: empty(),
            referrers: empty(),
            unread: Vec::new(),
        };
        for (at, image) in images.iter().enumerate() {
            match repository.members.get(&image.digest) {
                Some(members) => {
                    for member in members.iter().filter_map(|digest| places.get(digest.as_str())) {
                        if *member != at && !graph.members[at].contains(member) {
                            graph.members[at].push(*member);
                            graph.parents[*member].push(at);
                        }
                    }
                }
                None if image.is_index => graph.unread.push(at),
                None => {}
            }
            let by_tag = image.tags.iter().filter_map(|tag| subject_of(tag));
            for subject in image.subject.iter().cloned().chain(by_tag) {
                let Some(subject) = places.get(subject.as_str()).copied().filter(|subject| *subject != at)
                else {
                    continue;
                };
                if !graph.subjects[at].contains(&subject) {
                    graph.subjects[at].push(subject);
                    graph.referrers[subject].push(at);
                }
            }
        }
        graph
    }

    /// What an image is a part of or refers to.
    pub(super) fn above(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        self.parents[at].iter().chain(&self.subjects[at]).copied()
    }

    /// The members of an index and the referrers of an image.
    pub(super) fn below(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        self.members[at].iter().chain(&self.referrers[at]).copied()
    }
}

/// The digest that a tag of cosign's scheme is about.
pub(super) fn subject_of(tag: &str) -> Option<String> {
    Some(tag.parse::<Tag>().ok()?.subject()?.to_string())
}

/// The tags of an image that are not made from the digest of another one.
pub(super) fn own_tags(image: &DescribedImage) -> impl Iterator<Item = &String> {
    image.tags.iter().filter(|tag| subject_of(tag).is_none())
}
