//! The names under which an archive holds an image.

use longshore_names::{RepositoryName, Tag};

use crate::model::reference::is_hub;

/// A name of an image in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ArchivedName {
    /// The repository, without a registry's host; `None` where only a tag was saved.
    pub repository: Option<RepositoryName>,
    /// The tag.
    pub tag: Tag,
}

impl ArchivedName {
    /// Reads a whole name such as `registry.example.com:5000/team/app:1`, as docker writes them.
    /// `docker.io/` and its `library/` are left out, as docker does.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (name, tag) = text.rsplit_once(':')?;
        let path = match name.split_once('/') {
            Some((host, rest)) if is_hub(host) => rest.strip_prefix("library/").unwrap_or(rest),
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => rest,
            _ => name,
        };
        Some(Self { repository: Some(path.parse().ok()?), tag: tag.parse().ok()? })
    }

    /// A tag without a repository.
    pub(crate) fn tag(tag: &str) -> Option<Self> {
        Some(Self { repository: None, tag: tag.parse().ok()? })
    }

    /// Whether it is `tag` of `repository`. A name without a repository matches every repository.
    pub(crate) fn is_in(&self, repository: &RepositoryName) -> bool {
        self.repository.as_ref().is_none_or(|own| own == repository)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_left_out() {
        for (text, repository, tag) in [
            ("busybox:latest", "busybox", "latest"),
            ("docker.io/library/busybox:1.36", "busybox", "1.36"),
            ("registry-1.docker.io/library/busybox:1", "busybox", "1"),
            ("docker.io/team/app:1", "team/app", "1"),
            ("registry.example.com:5000/team/app:1", "team/app", "1"),
            ("localhost/app:1", "app", "1"),
            ("team/app:1", "team/app", "1"),
        ] {
            let name = ArchivedName::parse(text).unwrap();
            assert_eq!((name.repository.unwrap().as_str(), name.tag.as_str()), (repository, tag), "{text}");
        }
        for text in ["busybox", "a/b:", ":1", "a@sha256:00"] {
            assert_eq!(ArchivedName::parse(text), None, "{text}");
        }
    }
}
