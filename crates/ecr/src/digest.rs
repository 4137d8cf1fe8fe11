//! Digests of manifests.

use longshore_names::{Algorithm, Digest};
use sha2::{Digest as _, Sha256, Sha512};

/// The digest of `bytes`.
pub(crate) fn of(algorithm: Algorithm, bytes: &[u8]) -> Digest {
    let hex = match algorithm {
        Algorithm::Sha256 => hex::encode(Sha256::digest(bytes)),
        Algorithm::Sha512 => hex::encode(Sha512::digest(bytes)),
    };
    // A hash in hexadecimal always is a digest.
    match Digest::from_hex(algorithm, &hex) {
        Ok(digest) => digest,
        Err(error) => unreachable!("{error}"),
    }
}

/// The media type that a manifest says it has.
pub(crate) fn media_type_of(manifest: &str) -> Option<String> {
    let document: serde_json::Value = serde_json::from_str(manifest).ok()?;
    Some(document.get("mediaType")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_text_has_its_well_known_digest() {
        assert_eq!(
            of(Algorithm::Sha256, b"").as_str(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(of(Algorithm::Sha512, b"").hex().len(), 128);
        assert_eq!(media_type_of("{\"mediaType\":\"a/b\"}").as_deref(), Some("a/b"));
        assert_eq!(media_type_of("{}"), None);
    }
}
