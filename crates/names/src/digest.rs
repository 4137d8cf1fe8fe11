//! Content digests.

use std::{str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{NameError, NameKind, text::text_type};

/// A digest algorithm that Longshore can compute (OCI image specification, "Digests").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// SHA-256, 64 hexadecimal digits.
    Sha256,
    /// SHA-512, 128 hexadecimal digits.
    Sha512,
}

impl Algorithm {
    /// The algorithm's name in front of the colon.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    fn hex_length(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }
}

/// A content digest such as `sha256:9f86…`, hexadecimal in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(Arc<str>);

text_type!(Digest);

impl Digest {
    /// The digest of `algorithm` whose hexadecimal digits are `hex`.
    ///
    /// # Errors
    /// When `hex` has another length or other characters.
    pub fn from_hex(algorithm: Algorithm, hex: &str) -> Result<Self, NameError> {
        format!("{}:{hex}", algorithm.as_str()).parse()
    }

    /// Takes what a person typed or pasted: surrounding blanks are dropped.
    ///
    /// # Errors
    /// As for parsing.
    pub fn for_input(text: &str) -> Result<Self, NameError> {
        text.trim().parse()
    }

    /// The algorithm in front of the colon.
    pub fn algorithm(&self) -> Algorithm {
        if self.0.starts_with("sha512:") { Algorithm::Sha512 } else { Algorithm::Sha256 }
    }

    /// The hexadecimal digits after the colon.
    pub fn hex(&self) -> &str {
        &self.0[self.algorithm().as_str().len() + 1..]
    }

    /// The algorithm and the first 12 digits, for lists.
    pub fn short(&self) -> String {
        format!("{}:{}", self.algorithm().as_str(), &self.hex()[..12])
    }
}

impl FromStr for Digest {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let error = |problem: String| Err(NameError::new(NameKind::Digest, text, problem));
        let Some((algorithm, hex)) = text.split_once(':') else {
            return error("a digest has an algorithm, a colon and hexadecimal digits".into());
        };
        let algorithm = match algorithm {
            "sha256" => Algorithm::Sha256,
            "sha512" => Algorithm::Sha512,
            other => return error(format!("`{other}` is not a supported algorithm; use sha256 or sha512")),
        };
        if hex.len() != algorithm.hex_length() {
            return error(format!(
                "{} has {} digits, this has {}",
                algorithm.as_str(),
                algorithm.hex_length(),
                hex.len()
            ));
        }
        if !hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return error("the digits after the colon are 0-9 and a-f in lower case".into());
        }
        Ok(Self(text.into()))
    }
}
