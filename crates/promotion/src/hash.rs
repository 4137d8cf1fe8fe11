//! SHA-256 of canonical texts.

use longshore_policy::canonical_text;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of some bytes, in hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The SHA-256 of a value's canonical JSON text (keys sorted, no blanks), in hexadecimal.
pub fn canonical_hash(value: &impl Serialize) -> String {
    sha256_hex(canonical(value).as_bytes())
}

/// The canonical JSON text of a value.
pub(crate) fn canonical(value: &impl Serialize) -> String {
    canonical_text(&serde_json::to_value(value).unwrap_or_default())
}
