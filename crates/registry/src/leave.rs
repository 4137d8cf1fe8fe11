//! Leave to put a tag: what was seen of it decides.

use longshore_names::{Digest, RepositoryName, Tag};

use crate::{Error, Manifest, digest_of};

/// What became of a tag that was to be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tagged {
    /// It was put, and the registry acknowledged it.
    Put,
    /// It was at the manifest already, and nothing was sent.
    There,
}

/// What became of a tag that was to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untagged {
    /// It was removed.
    Removed,
    /// There is no such tag.
    Gone,
    /// It points at another digest, and stays.
    Moved,
}

/// Whether a tag that is at `there` is at `manifest` already.
///
/// # Errors
/// [`Error::TagTaken`] when it is at anything else than `over`.
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
    Err(Error::TagTaken {
        registry: registry.to_owned(),
        repository: repository.to_string(),
        tag: tag.to_string(),
        existing: there.clone(),
    })
}

/// A registry may name what it has by another algorithm.
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
