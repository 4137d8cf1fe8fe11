//! Platforms of images.

use std::fmt;

use longshore_names::parse_platform;

/// `os/architecture` with an optional variant; without one, every variant matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rule) struct PlatformPattern {
    os: String,
    architecture: String,
    variant: Option<String>,
}

impl PlatformPattern {
    /// Reads `linux/amd64` or `linux/arm64/v8`.
    ///
    /// # Errors
    /// With what is wrong, as a sentence without a full stop.
    pub(in crate::rule) fn parse(text: &str) -> Result<Self, String> {
        let (os, architecture, variant) = parse_platform(text)?;
        Ok(Self { os, architecture, variant })
    }

    /// Whether an image's platform, in the same notation, matches.
    pub(in crate::rule) fn fits(&self, platform: &str) -> bool {
        let mut parts = platform.split('/');
        parts.next() == Some(&self.os)
            && parts.next() == Some(&self.architecture)
            && (self.variant.is_none() || parts.next() == self.variant.as_deref())
    }
}

impl fmt::Display for PlatformPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.as_ref().map_or(Ok(()), |variant| write!(f, "/{variant}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_fit_with_any_variant_or_the_one() {
        let any = PlatformPattern::parse("linux/arm64").unwrap();
        assert!(any.fits("linux/arm64") && any.fits("linux/arm64/v8") && !any.fits("linux/arm"));
        let one = PlatformPattern::parse("linux/arm/v7").unwrap();
        assert!(one.fits("linux/arm/v7") && !one.fits("linux/arm/v6") && !one.fits("linux/arm"));
        for wrong in ["amd64", "linux/", "linux/arm/v7/x", "Linux/amd64", ""] {
            assert!(PlatformPattern::parse(wrong).is_err(), "{wrong}");
        }
    }
}
