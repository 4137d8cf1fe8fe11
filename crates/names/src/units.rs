//! Amounts as people write them: rates, durations, platforms. One reader each, for rule files, the
//! command line and the window.

use std::time::Duration;

/// Reads bytes per second, such as `50MB/s` or `20 MiB/s`: a whole number with a unit. `kB MB GB` are
/// powers of 1,000, `KiB MiB GiB` of 1,024; the `B` and the `/s` may be left out.
///
/// # Errors
/// With what is wrong, as a sentence without a full stop.
pub fn parse_rate(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a bandwidth; write bytes per second, such as `50MB/s`");
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (number, unit) = number_and_unit(compact.strip_suffix("/s").unwrap_or(&compact));
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(wrong()),
    };
    if let Some(bits) = unit.strip_suffix('b') {
        return Err(format!("`{unit}` are bits; write bytes, such as `{number}{bits}B/s`"));
    }
    let rate = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(wrong)?;
    if rate == 0 { Err("a bandwidth of zero would never transfer anything".to_owned()) } else { Ok(rate) }
}

const UNITS: [(&str, u64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads whole numbers, each with a unit (`w d h m s ms`), largest unit first, each unit at most once:
/// `7d`, `1d12h`, `500ms`.
///
/// # Errors
/// With what is wrong, as a sentence without a full stop.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("a duration is a number and a unit, such as `7d` or `12h`".into());
    }
    let mut units = UNITS.iter();
    let mut sum = 0_u64;
    while !rest.is_empty() {
        let (number, after) = number_and_unit(rest);
        if number.is_empty() {
            return Err(format!(
                "`{text}` is not a duration; write a number and a unit, such as `7d` or `12h`"
            ));
        }
        let number: u64 = number.parse().map_err(|_| format!("`{number}` is too large"))?;
        let letters = after.len() - after.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let (unit, after) = after.split_at(letters);
        let Some((_, factor)) = units.find(|(known, _)| *known == unit) else {
            return Err(if unit.is_empty() {
                format!("`{number}` has no unit; write `{number}d` for days, or w, h, m, s")
            } else if UNITS.iter().any(|(known, _)| *known == unit) {
                format!("`{unit}` is repeated or out of order; write the largest unit first")
            } else {
                format!("`{unit}` is not a unit; write w, d, h, m or s")
            });
        };
        let more = number.checked_mul(*factor).and_then(|more| sum.checked_add(more));
        sum = more.ok_or_else(|| format!("`{text}` is too long"))?;
        rest = after;
    }
    Ok(Duration::from_millis(sum))
}

/// The parts of `os/architecture[/variant]`, such as `linux/amd64` or `linux/arm64/v8`.
///
/// # Errors
/// With what is wrong, as a sentence without a full stop.
pub fn parse_platform(text: &str) -> Result<(String, String, Option<String>), String> {
    let parts: Vec<&str> = text.split('/').collect();
    let plain = |part: &&str| {
        (1..=64).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
    };
    match parts.as_slice() {
        [os, architecture, variant @ ..] if variant.len() <= 1 && parts.iter().all(plain) => {
            let variant = variant.first().map(|variant| (*variant).to_owned());
            Ok(((*os).to_owned(), (*architecture).to_owned(), variant))
        }
        _ => Err(format!("`{text}` is not a platform; write one such as `linux/amd64` or `linux/arm64/v8`")),
    }
}

fn number_and_unit(text: &str) -> (&str, &str) {
    text.split_at(text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_bytes_per_second() {
        for (text, rate) in [
            ("50MB/s", 50_000_000),
            ("20 MiB/s", 20 << 20),
            ("800KiB/s", 800 << 10),
            ("2g", 2_000_000_000),
            ("1B/s", 1),
        ] {
            assert_eq!(parse_rate(text), Ok(rate), "{text}");
        }
        for wrong in ["", "50", "MB/s", "0MB/s", "1.5MB/s", "-1MB/s", "18446744073709551615GB", "50Mb/s"] {
            assert!(parse_rate(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_have_units_from_large_to_small() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("2s", 2_000),
            ("1m", 60_000),
            ("1d12h", 129_600_000),
            ("1s500ms", 1_500),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for wrong in ["", "2", "s", "-1s", "1.5s", "2 s", "1h1d", "1h1h", "18446744073709551615m", "3y"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn platforms_have_two_or_three_parts() {
        let parts = |os: &str, architecture: &str, variant: Option<&str>| {
            Ok((os.to_owned(), architecture.to_owned(), variant.map(str::to_owned)))
        };
        assert_eq!(parse_platform("linux/arm64/v8"), parts("linux", "arm64", Some("v8")));
        assert_eq!(parse_platform("windows/amd64"), parts("windows", "amd64", None));
        for wrong in ["", "linux", "linux/", "/amd64", "a/b/c/d", "linux/a b", "Linux/amd64"] {
            assert!(parse_platform(wrong).is_err(), "{wrong}");
        }
    }
}
