//! Parsers for the values of options.

use longshore_app::transfer::Platform;
use longshore_names::parse_platform;

/// A part of a whole: more than 0, at most 1.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if share > 0.0 && share <= 1.0 => Ok(share),
        _ => Err("use a number above 0 and up to 1, such as 0.25".to_owned()),
    }
}

/// `os/architecture[/variant]`.
pub(crate) fn platform(text: &str) -> Result<Platform, String> {
    let (os, architecture, variant) = parse_platform(text)?;
    Ok(Platform { os, architecture, variant, os_version: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_part_of_a_whole() {
        assert_eq!(share("0.25"), Ok(0.25));
        assert_eq!(share("1"), Ok(1.0));
        for wrong in ["0", "-1", "1.1", "NaN", "inf", "1/4", ""] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
