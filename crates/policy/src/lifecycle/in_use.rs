//! Who uses images: an image in use is never acted on.

use std::collections::HashMap;

/// Something that knows which images of a repository are used.
///
/// Each source of such knowledge implements it: files with references, the stages of a promotion, the
/// targets of a rollback. Several are asked through a list of them.
pub trait InUse {
    /// Who or what uses the image, as the end of a sentence that begins with *It is used by*, without a
    /// full stop; `None` if nothing is known to use it. Digest and tags are as ECR gives them.
    fn used_by(&self, digest: &str, tags: &[&str]) -> Option<String>;
}

/// Nothing is in use.
#[derive(Debug, Clone, Copy, Default)]
pub struct NothingInUse;

impl InUse for NothingInUse {
    fn used_by(&self, _: &str, _: &[&str]) -> Option<String> {
        None
    }
}

/// Images that are used, by digest and by tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsedImages {
    digests: HashMap<String, String>,
    tags: HashMap<String, String>,
}

impl UsedImages {
    /// Adds a digest that `by` uses. The first user of a digest is the one that is named.
    pub fn digest(&mut self, digest: impl Into<String>, by: impl Into<String>) {
        self.digests.entry(digest.into()).or_insert_with(|| by.into());
    }

    /// Adds a tag that `by` uses, likewise.
    pub fn tag(&mut self, tag: impl Into<String>, by: impl Into<String>) {
        self.tags.entry(tag.into()).or_insert_with(|| by.into());
    }

    /// Adds everything that another source knows; the first user of an image stays the one that is named.
    pub fn merge(&mut self, other: Self) {
        for (digest, by) in other.digests {
            self.digest(digest, by);
        }
        for (tag, by) in other.tags {
            self.tag(tag, by);
        }
    }

    /// How many digests and tags are used.
    pub fn len(&self) -> usize {
        self.digests.len() + self.tags.len()
    }

    /// Whether nothing is used.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl InUse for UsedImages {
    fn used_by(&self, digest: &str, tags: &[&str]) -> Option<String> {
        self.digests.get(digest).or_else(|| tags.iter().find_map(|tag| self.tags.get(*tag))).cloned()
    }
}

/// The first that knows a user names it.
impl<T: InUse> InUse for Vec<T> {
    fn used_by(&self, digest: &str, tags: &[&str]) -> Option<String> {
        self.iter().find_map(|known| known.used_by(digest, tags))
    }
}

impl<T: InUse + ?Sized> InUse for &T {
    fn used_by(&self, digest: &str, tags: &[&str]) -> Option<String> {
        (*self).used_by(digest, tags)
    }
}

impl<T: InUse + ?Sized> InUse for Box<T> {
    fn used_by(&self, digest: &str, tags: &[&str]) -> Option<String> {
        (**self).used_by(digest, tags)
    }
}
