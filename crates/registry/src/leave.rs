//! Leave to put a tag, decided by what it points at.

use longshore_names::{Digest, RepositoryName, Tag};

use crate::{Error, Manifest, RegistryErrorKind, digest_of};

/// The outcome of putting a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tagged {
    /// It was put, and the registry acknowledged it.
    Put,
    /// It pointed at the manifest already, and nothing was sent.
    There,
}

/// The outcome of removing a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untagged {
    /// It was removed.
    Removed,
    /// There is no such tag.
    Gone,
    /// It points at another digest, and was not removed.
    Moved,
}

/// Whether a tag that points at `there` already points at `manifest`.
///
/// # Errors
/// [`RegistryErrorKind::TagTaken`] when it points at anything but `over`.
pub fn leave(
    registry: &str,
    repository: &RepositoryName,
    tag: &Tag,
    there: Option<&Digest>,
    manifest: &Manifest,
    over: Option<&Digest>,
) -> Result<bool, Error> {
    let Some(there) = there else { return Ok(false) };
    if is_of(there, manifest) {
        return Ok(true);
    }
    if over == Some(there) {
        return Ok(false);
    }
    Err(RegistryErrorKind::TagTaken {
        repository: repository.to_string(),
        tag: tag.to_string(),
        existing: there.clone(),
    }
    .at(registry.to_owned()))
}

/// A registry may name its content by a digest of another algorithm.
fn is_of(digest: &Digest, manifest: &Manifest) -> bool {
    match digest.algorithm() == manifest.digest.algorithm() {
        true => *digest == manifest.digest,
        false => *digest == digest_of(digest.algorithm(), &manifest.bytes),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use longshore_names::Algorithm;

    use super::*;

    #[test]
    fn only_what_the_plan_showed_is_moved() {
        let bytes = Bytes::from_static(b"{}");
        let manifest =
            Manifest { media_type: "m".into(), digest: digest_of(Algorithm::Sha256, &bytes), bytes };
        let [old, other] = ["old", "other"].map(|text| digest_of(Algorithm::Sha256, text.as_bytes()));
        let ask = |there: Option<&Digest>, over: Option<&Digest>| {
            let answer = leave("r", &"a".parse().unwrap(), &"1".parse().unwrap(), there, &manifest, over);
            answer.map_err(|error| error.code())
        };
        assert_eq!(ask(None, None), Ok(false));
        assert_eq!(ask(None, Some(&old)), Ok(false));
        assert_eq!(ask(Some(&manifest.digest), None), Ok(true));
        assert_eq!(ask(Some(&digest_of(Algorithm::Sha512, b"{}")), None), Ok(true));
        assert_eq!(ask(Some(&old), Some(&old)), Ok(false));
        assert_eq!(ask(Some(&old), None), Err("tag-conflict"));
        assert_eq!(ask(Some(&other), Some(&old)), Err("tag-conflict"));
    }
}
