//! What an image's configuration says.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Platform;

/// The largest configuration that is read, in bytes.
pub const MAX_CONFIG_BYTES: usize = 4 * 1024 * 1024;

/// The parts of an image configuration that are shown (OCI image specification, "Image
/// Configuration"; Docker's has the same names).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageConfig {
    /// When the image was made, if the text is a date.
    pub created: Option<DateTime<Utc>>,
    /// Who made it.
    pub author: Option<String>,
    /// What it runs on.
    pub platform: Option<Platform>,
    /// Labels. An empty value stays: it is often a build argument under another name.
    pub labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Document {
    created: Option<String>,
    author: Option<String>,
    architecture: Option<String>,
    os: Option<String>,
    variant: Option<String>,
    #[serde(rename = "os.version")]
    os_version: Option<String>,
    config: Option<Inner>,
}

#[derive(Deserialize)]
struct Inner {
    #[serde(rename = "Labels")]
    labels: Option<BTreeMap<String, Option<String>>>,
}

impl ImageConfig {
    /// Reads a configuration blob. Fields that are missing or odd are left empty; an artifact's
    /// `{}` is an empty configuration.
    ///
    /// # Errors
    /// When the bytes are not a JSON object, or more than [`MAX_CONFIG_BYTES`].
    pub fn parse(bytes: &[u8]) -> Result<Self, crate::ManifestError> {
        if bytes.len() > MAX_CONFIG_BYTES {
            return Err(crate::ManifestError::TooLarge(format!("{} bytes", bytes.len())));
        }
        let document: Document = serde_json::from_slice(bytes)
            .map_err(|error| crate::ManifestError::Unreadable(error.to_string()))?;
        let platform = match (document.os, document.architecture) {
            (Some(os), Some(architecture)) => {
                let (variant, os_version) = (document.variant, document.os_version);
                Some(Platform { os, architecture, variant, os_version })
            }
            _ => None,
        };
        let created = document.created.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
        let labels = document.config.and_then(|inner| inner.labels).unwrap_or_default();
        Ok(Self {
            created: created.map(|time| time.with_timezone(&Utc)),
            author: document.author.filter(|text| !text.is_empty()),
            platform,
            labels: labels.into_iter().map(|(name, value)| (name, value.unwrap_or_default())).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_date_and_platform_are_read() {
        let config = ImageConfig::parse(
            br#"{"created":"2026-03-01T10:00:00.5+02:00","architecture":"arm64","os":"linux","variant":"v8",
                "config":{"Labels":{"git-commit":"abc","empty":""}},"rootfs":{"type":"layers","diff_ids":[]}}"#,
        )
        .unwrap();
        assert_eq!(config.created.unwrap().to_rfc3339(), "2026-03-01T08:00:00.500+00:00");
        assert_eq!(config.platform.unwrap().to_string(), "linux/arm64/v8");
        assert_eq!(config.labels["git-commit"], "abc");
        assert_eq!(config.labels["empty"], "");
    }

    #[test]
    fn odd_configurations_are_empty_and_wrong_ones_errors() {
        assert_eq!(ImageConfig::parse(b"{}").unwrap(), ImageConfig::default());
        let odd = br#"{"created":"yesterday","config":{"Labels":null}}"#;
        assert_eq!(ImageConfig::parse(odd).unwrap(), ImageConfig::default());
        assert!(ImageConfig::parse(b"[]").is_err());
        assert!(ImageConfig::parse(&vec![b' '; MAX_CONFIG_BYTES + 1]).is_err());
    }
}
