//! Image locations, as a person types them.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use longshore_names::{Digest, Tag};
use longshore_registry::{ArchiveForm, Reference, TagOrDigest};

use crate::api::{ApiError, Side};

const LAYOUT: &str = "oci:";
const ARCHIVES: [ArchiveForm; 2] = [ArchiveForm::Docker, ArchiveForm::Oci];
/// Standard input.
const STDIN: &str = "-";

/// A place to read images from or write images to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// `host[:port]/repository[:tag|@digest]`.
    Registry(Reference),
    /// `oci:DIR[:TAG|@DIGEST]`: a directory in OCI image layout.
    Layout {
        /// The directory.
        directory: PathBuf,
        /// Which image in it; `None` for all, or for the image of `name`.
        reference: Option<TagOrDigest>,
        /// The full name of an image, `docker.io/library/app:1`, as some tools write it. Known only
        /// after the directory has been looked up ([`settled`](Location::settled)).
        name: Option<String>,
    },
    /// `docker-archive:FILE[:REF]` or `oci-archive:FILE[:REF]`: an archive from `docker save` or of
    /// an OCI layout, optionally compressed with gzip; the file `-` is standard input. It is
    /// read-only.
    Archive {
        /// The form that was typed.
        form: ArchiveForm,
        /// The file.
        file: PathBuf,
        /// Which image in it, in Docker's notation (`repository:tag`); `None` for all.
        reference: Option<String>,
    },
}

impl Location {
    /// The given tag or digest; `None` for everything.
    pub fn reference(&self) -> Option<&TagOrDigest> {
        match self {
            Self::Registry(reference) => reference.reference.as_ref(),
            Self::Layout { reference, .. } => reference.as_ref(),
            Self::Archive { .. } => None,
        }
    }

    /// The same place without tag, digest or name.
    #[must_use]
    pub fn whole(&self) -> Self {
        let mut whole = self.clone();
        match &mut whole {
            Self::Registry(of) => (of.reference, of.tag) = (None, None),
            Self::Layout { reference, name, .. } => (*reference, *name) = (None, None),
            Self::Archive { reference, .. } => *reference = None,
        }
        whole
    }

    /// The given tag, even if a digest says which image.
    pub fn tag(&self) -> Option<&Tag> {
        match (self, self.reference()) {
            (Self::Registry(reference), _) => reference.tag.as_ref(),
            (_, Some(TagOrDigest::Tag(tag))) => Some(tag),
            _ => None,
        }
    }

    /// The same place. A layout directory that does not exist is split if it is an existing
    /// directory followed by an image's full name: `oci:images:docker.io/library/app:1`.
    #[must_use]
    pub fn settled(self) -> Self {
        let Self::Layout { directory, reference, name: None } = &self else { return self };
        if directory.exists() {
            return self;
        }
        let text = match reference {
            Some(TagOrDigest::Tag(tag)) => format!("{}:{tag}", directory.display()),
            Some(TagOrDigest::Digest(_)) => return self,
            None => directory.display().to_string(),
        };
        let splits = text.match_indices(':').filter_map(|(at, _)| text.split_at_checked(at));
        let mut found = splits.map(|(path, name)| (path, name.trim_start_matches(':')));
        match found.rfind(|(path, name)| !name.is_empty() && Path::new(path).is_dir()) {
            Some((path, name)) => {
                Self::Layout { directory: path.into(), reference: None, name: Some(name.to_owned()) }
            }
            None => self,
        }
    }

    /// The registry's host, `host[:port]`, if there is one.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Registry(reference) => Some(&reference.host),
            Self::Layout { .. } | Self::Archive { .. } => None,
        }
    }
}

impl FromStr for Location {
    type Err = ApiError;

    fn from_str(text: &str) -> Result<Self, ApiError> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix(LAYOUT) {
            return layout(text, rest);
        }
        if text == STDIN {
            return Ok(Self::Archive { form: ArchiveForm::Docker, file: STDIN.into(), reference: None });
        }
        for form in ARCHIVES {
            if let Some(rest) = text.strip_prefix(&format!("{form}:")) {
                return archive(text, form, rest);
            }
        }
        match text.parse() {
            Ok(reference) => Ok(Self::Registry(reference)),
            Err(error) => Err(ApiError::new(error.code(), Side::Input, error.to_string())),
        }
    }
}

fn archive(text: &str, form: ArchiveForm, rest: &str) -> Result<Location, ApiError> {
    let (file, reference) = match rest.split_once(':') {
        Some((file, reference)) => (file, Some(reference)),
        None => (rest, None),
    };
    if file.is_empty() || reference == Some("") {
        return Err(wrong(text, &format!("write {form}:FILE or {form}:FILE:REPOSITORY:TAG")));
    }
    Ok(Location::Archive { form, file: file.into(), reference: reference.map(str::to_owned) })
}

fn layout(text: &str, rest: &str) -> Result<Location, ApiError> {
    let directory = |directory: &str| {
        if directory.is_empty() {
            return Err(wrong(text, "write oci:DIR or oci:DIR:TAG"));
        }
        Ok(PathBuf::from(directory))
    };
    if let Some((path, digest)) = rest.rsplit_once('@')
        && digest.contains(':')
    {
        let reference = Some(TagOrDigest::Digest(Digest::for_input(digest)?));
        return Ok(Location::Layout { directory: directory(path)?, reference, name: None });
    }
    match rest.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => {
            let reference = Some(TagOrDigest::Tag(Tag::for_input(tag)?));
            Ok(Location::Layout { directory: directory(path)?, reference, name: None })
        }
        _ => Ok(Location::Layout { directory: directory(rest)?, reference: None, name: None }),
    }
}

fn wrong(text: &str, problem: &str) -> ApiError {
    let text: String = text.chars().take(200).collect();
    ApiError::new("reference", Side::Input, format!("`{text}` is not a valid image location: {problem}."))
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(reference) => reference.fmt(f),
            Self::Layout { directory, reference, name } => {
                write!(f, "{LAYOUT}{}", directory.display())?;
                match (reference, name) {
                    (Some(TagOrDigest::Tag(tag)), _) => write!(f, ":{tag}"),
                    (Some(TagOrDigest::Digest(digest)), _) => write!(f, "@{digest}"),
                    (None, Some(name)) => write!(f, ":{name}"),
                    (None, None) => Ok(()),
                }
            }
            Self::Archive { form, file, reference } => {
                write!(f, "{form}:{}", file.display())?;
                reference.iter().try_for_each(|reference| write!(f, ":{reference}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Location {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn every_form_is_read_and_written_back() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for text in [
            "localhost:5000/team/app".to_owned(),
            "localhost:5000/team/app:1.2".to_owned(),
            format!("registry.example.com/app@{digest}"),
            "oci:images".to_owned(),
            "oci:/srv/images:1.2".to_owned(),
            "oci:./a:b/images".to_owned(),
            format!("oci:images@{digest}"),
            "docker-archive:/srv/app.tar".to_owned(),
            "docker-archive:app.tar:team/app:1.2".to_owned(),
            "oci-archive:app.tar".to_owned(),
            "oci-archive:-:1.2".to_owned(),
            format!("localhost:5000/team/app:1.2@{digest}"),
        ] {
            assert_eq!(parse(&text).to_string(), text);
        }
    }

    #[test]
    fn a_layouts_directory_may_have_a_colon_before_a_slash() {
        let Location::Layout { directory, reference, .. } = parse("oci:/srv/a:b/c:1") else { panic!() };
        assert_eq!(directory, PathBuf::from("/srv/a:b/c"));
        assert_eq!(reference, Some(TagOrDigest::Tag("1".parse().unwrap())));
    }

    #[test]
    fn a_whole_name_after_a_layouts_directory_is_no_part_of_the_directory() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().display().to_string();
        for name in ["docker.io/library/app:1", "team/app:1", "app:1", "localhost:5000/app:1"] {
            let text = format!("oci:{directory}:{name}");
            let settled = parse(&text).settled();
            let Location::Layout { directory: found, reference, name: known } = &settled else { panic!() };
            assert_eq!(found, folder.path(), "{text}");
            assert_eq!((reference, known.as_deref()), (&None, Some(name)), "{text}");
            assert_eq!(settled.to_string(), text);
        }
        for text in
            [format!("oci:{directory}:1"), format!("oci:{directory}"), format!("oci:{directory}/new:a/b:1")]
        {
            assert_eq!(parse(&text).settled(), parse(&text));
        }
    }

    #[test]
    fn an_archives_reference_has_colons_of_its_own() {
        let Location::Archive { file, reference, .. } = parse("docker-archive:a.tar:team/app:1") else {
            panic!()
        };
        assert_eq!((file, reference.as_deref()), (PathBuf::from("a.tar"), Some("team/app:1")));
    }

    #[test]
    fn a_dash_is_standard_input() {
        for text in ["-", "docker-archive:-", "oci-archive:-"] {
            let Location::Archive { file, reference, .. } = parse(text) else { panic!("{text}") };
            assert_eq!((file, reference), (PathBuf::from("-"), None));
        }
    }

    #[test]
    fn what_is_no_place_is_refused_with_a_way_out() {
        for text in ["", "app", "app:1", "oci:", "oci::1", "oci:dir:", "docker-archive:", "docker-archive:a:"]
        {
            let error = text.parse::<Location>().expect_err(text);
            assert!(!error.message.is_empty(), "{text}");
        }
    }
}
