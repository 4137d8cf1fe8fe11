//! Bytes that look random, are the same every time, and are not kept in memory.

use rand::{RngCore, SeedableRng, rngs::StdRng};
use sha2::{Digest as _, Sha256};

use crate::Failure;

/// Bytes generated at a time.
const PIECE: usize = 256 * 1024;
/// Copiers recognize compressed layers by their first bytes; skopeo would compress others during a
/// copy.
const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// A layer's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Content {
    /// Equal seeds and sizes give equal bytes.
    pub seed: u64,
    /// Bytes.
    pub size: u64,
}

impl Content {
    /// Yields the bytes piece by piece.
    ///
    /// # Errors
    /// The error of `each`.
    pub fn pieces(self, mut each: impl FnMut(&[u8]) -> Result<(), Failure>) -> Result<(), Failure> {
        let mut random = StdRng::seed_from_u64(self.seed);
        let mut left = usize::try_from(self.size).unwrap_or(usize::MAX);
        let mut piece = vec![0; PIECE.min(left)];
        let mut first = true;
        while left > 0 {
            piece.truncate(left);
            random.fill_bytes(&mut piece);
            if std::mem::take(&mut first) {
                let size = GZIP.len().min(piece.len());
                piece[..size].copy_from_slice(&GZIP[..size]);
            }
            each(&piece)?;
            left -= piece.len();
        }
        Ok(())
    }

    /// `sha256:…` of the bytes.
    ///
    /// # Errors
    /// Returns no error of its own.
    pub fn digest(self) -> Result<String, Failure> {
        let mut hash = Sha256::new();
        self.pieces(|piece| {
            hash.update(piece);
            Ok(())
        })?;
        Ok(format!("sha256:{}", hex::encode(hash.finalize())))
    }
}

/// `sha256:…` of bytes in memory.
pub fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_are_equal_bytes() {
        let content = Content { seed: 7, size: 600_001 };
        let mut bytes = Vec::new();
        content
            .pieces(|piece| {
                bytes.extend_from_slice(piece);
                Ok(())
            })
            .unwrap();
        assert_eq!(bytes.len(), 600_001);
        assert_eq!(content.digest().unwrap(), digest_of(&bytes));
        assert_ne!(content.digest().unwrap(), Content { seed: 8, size: 600_001 }.digest().unwrap());
    }
}
