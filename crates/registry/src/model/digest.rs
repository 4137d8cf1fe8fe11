//! Computing digests.

use longshore_names::{Algorithm, Digest};
use sha2::{Digest as _, Sha256, Sha512};

/// A running hash with the algorithm that a digest names.
pub struct Hasher(Inner);

enum Inner {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Hasher {
    /// Begins a hash.
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Sha256 => Inner::Sha256(Sha256::new()),
            Algorithm::Sha512 => Inner::Sha512(Sha512::new()),
        })
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            Inner::Sha256(hash) => hash.update(bytes),
            Inner::Sha512(hash) => hash.update(bytes),
        }
    }

    /// The digest as it is written, `algorithm:hex`.
    pub fn finish(self) -> String {
        match self.0 {
            Inner::Sha256(hash) => format!("sha256:{}", hex::encode(hash.finalize())),
            Inner::Sha512(hash) => format!("sha512:{}", hex::encode(hash.finalize())),
        }
    }
}

/// The digest of bytes in memory.
pub fn digest_of(algorithm: Algorithm, bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(bytes);
    parse(hasher.finish())
}

/// What [`Hasher::finish`] wrote is a digest by construction.
pub(crate) fn parse(text: String) -> Digest {
    match text.parse() {
        Ok(digest) => digest,
        Err(error) => unreachable!("a computed digest is one: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_the_known_ones() {
        let empty256 = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest_of(Algorithm::Sha256, b"").as_str(), empty256);
        assert!(digest_of(Algorithm::Sha512, b"abc").as_str().starts_with("sha512:ddaf35a193617aba"));
    }
}
