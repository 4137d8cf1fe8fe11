//! The images that one team expects another team's registry to have: a list that it is given.
//!
//! A person with access only to the destination of a replication cannot see what should arrive there. The
//! list tells them, one image per line: the repository with a tag, a digest or both, as in an `image:` line.
//! A registry's host in front says where the image was read, and is not compared. [`ExpectedImage::found`]
//! decides from what a registry has. Only what a line states is expected.
//!
//! ```
//! use longshore_policy::expected::{Found, parse};
//!
//! let list = parse("# of Dev\nprod-microservice:42\n").unwrap();
//! let found = list[0].found(&[]);
//! assert_eq!((list[0].line, found), (2, Found::Absent));
//! ```

use longshore_names::{Digest, RepositoryName, Tag, shown};

/// A list has at most this many bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// A list has at most this many images.
pub const MAX_IMAGES: usize = 1_000;

/// An image that a line states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedImage {
    /// The line, from 1.
    pub line: u32,
    /// The repository.
    pub repository: RepositoryName,
    /// Its tag; there is a tag or a digest.
    pub tag: Option<Tag>,
    /// Its digest.
    pub digest: Option<Digest>,
}

/// An image that a repository has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentImage {
    /// Its digest.
    pub digest: Digest,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// What a repository has of an expected image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It is there; the digest is the one that is stated, or the one of the tag.
    Present(Digest),
    /// The tag points at another image.
    OtherImage(Digest),
    /// The image is there, without the tag.
    Untagged,
    /// Nothing of it is there.
    Absent,
}

/// Why a text is not such a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpectedError {
    /// A line names no image.
    #[error("line {line} names no image: `{text}`")]
    Line {
        /// The line, from 1.
        line: u32,
        /// Its beginning.
        text: String,
    },
    /// It names no image at all.
    #[error("the list names no images")]
    Empty,
    /// It is too long.
    #[error("the list has more than {MAX_IMAGES} images, or more than 1 MiB")]
    TooLong,
}

impl ExpectedImage {
    /// What of it is among the images of its repository.
    pub fn found(&self, images: &[PresentImage]) -> Found {
        let tagged = |tag: &Tag| images.iter().find(|image| image.tags.contains(tag));
        let is_here = |digest: &Digest| images.iter().any(|image| image.digest == *digest);
        match (&self.tag, &self.digest) {
            (Some(tag), stated) => match (tagged(tag), stated) {
                (Some(image), Some(digest)) if image.digest != *digest => {
                    Found::OtherImage(image.digest.clone())
                }
                (Some(image), _) => Found::Present(image.digest.clone()),
                (None, Some(digest)) if is_here(digest) => Found::Untagged,
                (None, _) => Found::Absent,
            },
            (None, Some(digest)) if is_here(digest) => Found::Present(digest.clone()),
            (None, _) => Found::Absent,
        }
    }
}

/// A line of a list.
pub fn line(repository: &RepositoryName, tag: Option<&Tag>, digest: &Digest) -> String {
    match tag {
        Some(tag) => format!("{repository}:{tag}@{digest}"),
        None => format!("{repository}@{digest}"),
    }
}

/// Reads a list. Empty lines and what follows `#` are left out; `image:` in front and quotes are allowed.
///
/// # Errors
/// [`ExpectedError`].
pub fn parse(text: &str) -> Result<Vec<ExpectedImage>, ExpectedError> {
    if text.len() > MAX_BYTES {
        return Err(ExpectedError::TooLong);
    }
    let mut images = Vec::new();
    for (number, written) in (1..).zip(text.lines()) {
        // A tag or a digest has no `#`.
        let stated = written.split('#').next().unwrap_or_default().trim();
        if stated.is_empty() {
            continue;
        }
        let wrong = || ExpectedError::Line { line: number, text: shown(stated, 80).to_string() };
        images.push(image(number, stated).ok_or_else(wrong)?);
        if images.len() > MAX_IMAGES {
            return Err(ExpectedError::TooLong);
        }
    }
    if images.is_empty() { Err(ExpectedError::Empty) } else { Ok(images) }
}

fn image(line: u32, text: &str) -> Option<ExpectedImage> {
    let text = text.strip_prefix("- ").unwrap_or(text);
    let text = text.strip_prefix("image:").unwrap_or(text).trim();
    let text = text.trim_matches(['"', '\'']);
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest.parse::<Digest>().ok()?)),
        None => (text, None),
    };
    // As Docker tells a host from a part of a name.
    let name = match name.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => rest,
        _ => name,
    };
    let (name, tag) = match name.split_once(':') {
        Some((name, tag)) => (name, Some(tag.parse::<Tag>().ok()?)),
        None => (name, None),
    };
    let repository = RepositoryName::for_input(name).ok()?;
    (tag.is_some() || digest.is_some()).then_some(ExpectedImage { line, repository, tag, digest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(letter: char) -> Digest {
        format!("sha256:{}", letter.to_string().repeat(64)).parse().unwrap()
    }

    fn present(letter: char, tags: &[&str]) -> PresentImage {
        PresentImage { digest: digest(letter), tags: tags.iter().map(|tag| tag.parse().unwrap()).collect() }
    }

    fn one(text: &str) -> ExpectedImage {
        parse(text).unwrap().remove(0)
    }

    #[test]
    fn a_line_is_read_as_people_have_it() {
        let both = format!("team/app:42@{}", digest('a'));
        for written in [
            both.clone(),
            format!("  {both}  # release"),
            format!("image: \"{both}\""),
            format!("- image: {both}"),
            format!("111122223333.dkr.ecr.us-west-2.amazonaws.com/{both}"),
            format!("127.0.0.1:4511/{both}"),
            format!("localhost/{both}"),
        ] {
            let image = one(&written);
            assert_eq!(image.repository.to_string(), "team/app", "{written}");
            assert_eq!((image.tag.unwrap().as_str(), image.digest), ("42", Some(digest('a'))), "{written}");
        }
        let image = one(&format!("app@{}", digest('a')));
        assert_eq!((image.tag, image.digest.is_some()), (None, true));
        assert_eq!(one(&line(&"app".parse().unwrap(), None, &digest('b'))).digest, Some(digest('b')));
        assert_eq!(one(&line(&"app".parse().unwrap(), Some(&"1".parse().unwrap()), &digest('b'))).line, 1);
    }

    #[test]
    fn a_line_that_states_no_image_is_named() {
        for wrong in ["app", "app:", "app@sha256:12", "a b:1", "UPPER:1", "{\"a\": 1}", "app:1:2"] {
            let text = format!("# list\n\n{wrong}\n");
            let error = parse(&text).unwrap_err();
            assert!(matches!(&error, ExpectedError::Line { line: 3, .. }), "{wrong}: {error:?}");
        }
        assert_eq!(parse("# nothing\n"), Err(ExpectedError::Empty));
        assert_eq!(parse(&"app:1\n".repeat(MAX_IMAGES + 1)), Err(ExpectedError::TooLong));
        assert!(parse(&"app:1\n".repeat(MAX_IMAGES)).is_ok());
    }

    #[test]
    fn what_is_there_decides() {
        let images = [present('a', &["1", "latest"]), present('b', &[])];
        let table = [
            ("app:1".to_owned(), Found::Present(digest('a'))),
            (format!("app:1@{}", digest('a')), Found::Present(digest('a'))),
            (format!("app:1@{}", digest('b')), Found::OtherImage(digest('a'))),
            (format!("app:2@{}", digest('b')), Found::Untagged),
            (format!("app:2@{}", digest('c')), Found::Absent),
            ("app:2".to_owned(), Found::Absent),
            (format!("app@{}", digest('b')), Found::Present(digest('b'))),
            (format!("app@{}", digest('c')), Found::Absent),
        ];
        for (text, found) in table {
            assert_eq!(one(&text).found(&images), found, "{text}");
        }
    }
}
