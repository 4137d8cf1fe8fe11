//! Parsers for the values of options.

use std::time::Duration;

use longshore_app::transfer::Platform;

/// A duration with its unit.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = number_and_unit(text)?;
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        "m" => {
            let seconds = number.checked_mul(60).ok_or_else(|| format!("`{text}` is too long"))?;
            Ok(Duration::from_secs(seconds))
        }
        _ => Err(format!("`{text}` needs a unit: ms, s or m")),
    }
}

/// Bytes a second: `50MB/s`, `800KiB/s`, `2GB`.
pub(crate) fn rate(text: &str) -> Result<u64, String> {
    let (number, unit) = number_and_unit(text.strip_suffix("/s").unwrap_or(text))?;
    let bytes: u64 = match unit.to_ascii_lowercase().as_str() {
        "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(format!("`{text}` needs a unit, for example 50MB/s or 800KiB/s")),
    };
    match number.checked_mul(bytes) {
        Some(0) => Err("the rate must be above 0".to_owned()),
        Some(rate) => Ok(rate),
        None => Err(format!("`{text}` is too large")),
    }
}

/// A part of a whole: more than 0, at most 1.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if share > 0.0 && share <= 1.0 => Ok(share),
        _ => Err("use a number above 0 and up to 1, such as 0.25".to_owned()),
    }
}

/// `os/architecture[/variant]`.
pub(crate) fn platform(text: &str) -> Result<Platform, String> {
    let parts: Vec<&str> = text.split('/').collect();
    let (os, architecture, variant) = match parts.as_slice() {
        [os, architecture] => (os, architecture, None),
        [os, architecture, variant] => (os, architecture, Some((*variant).to_owned())),
        _ => return Err("use os/architecture or os/architecture/variant, such as linux/arm64".to_owned()),
    };
    let good = |part: &&str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    if !parts.iter().all(good) {
        return Err(format!("`{text}` is not a platform; an example is linux/arm64/v8"));
    }
    Ok(Platform { os: (*os).to_owned(), architecture: (*architecture).to_owned(), variant, os_version: None })
}

fn number_and_unit(text: &str) -> Result<(u64, &str), String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = &text[..text.len() - unit.len()];
    if digits.is_empty() {
        return Err(format!("`{text}` does not start with a whole number"));
    }
    let number = digits.parse().map_err(|_| format!("`{digits}` is too large"))?;
    Ok((number, unit))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_length_of_time_has_a_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("1m"), Ok(Duration::from_secs(60)));
        for wrong in
            ["", "2", "s", "-1s", "1.5s", "2 s", "3h", "18446744073709551615m", "99999999999999999999s"]
        {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_rate_has_a_unit_and_moves_something() {
        assert_eq!(rate("50MB/s"), Ok(50_000_000));
        assert_eq!(rate("800KiB/s"), Ok(800 * 1024));
        assert_eq!(rate("2g"), Ok(2_000_000_000));
        assert_eq!(rate("1b/s"), Ok(1));
        for wrong in ["", "50", "MB/s", "0MB/s", "5 MB/s", "1.5MB/s", "18446744073709551615GB"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_share_is_a_part_of_a_whole() {
        assert_eq!(share("0.25"), Ok(0.25));
        assert_eq!(share("1"), Ok(1.0));
        for wrong in ["0", "-1", "1.1", "NaN", "inf", "1/4", ""] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_platform_has_two_or_three_parts() {
        let written = |text: &str| platform(text).map(|platform| platform.to_string());
        assert_eq!(written("linux/arm64/v8"), Ok("linux/arm64/v8".to_owned()));
        assert_eq!(written("windows/amd64"), Ok("windows/amd64".to_owned()));
        for wrong in ["", "linux", "linux/", "/amd64", "a/b/c/d", "linux/a b"] {
            assert!(platform(wrong).is_err(), "{wrong}");
        }
    }
}
