//! Bandwidth as people write it: `50MB/s`.

/// Reads a whole number with a unit; `kB MB GB` are powers of 1,000, `KiB MiB GiB` of 1,024.
///
/// # Errors
/// With what is wrong, as a sentence without a full stop.
pub(in crate::rule) fn parse_bandwidth(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a bandwidth; write bytes per second, such as `50MB/s`");
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let amount = compact.strip_suffix("/s").ok_or_else(wrong)?;
    let digits = amount.len() - amount.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = amount.split_at(digits);
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(wrong()),
    };
    if let Some(bits) = unit.strip_suffix('b') {
        return Err(format!("`{unit}` are bits; write bytes, such as `{number}{bits}B/s`"));
    }
    let rate = number.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(wrong)?;
    // At a lower rate, connections would run into the timeouts of registries.
    if rate < 1_000 {
        return Err("a bandwidth must be at least `1kB/s`".into());
    }
    Ok(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bandwidths_are_read() {
        for (text, rate) in [
            ("50MB/s", 50_000_000),
            ("20 MiB/s", 20 << 20),
            ("1GB/s", 1_000_000_000),
            ("1000B/s", 1_000),
            ("1KiB/s", 1_024),
        ] {
            assert_eq!(parse_bandwidth(text), Ok(rate), "{text}");
        }
        for (text, expected) in [
            ("50MB", "is not a bandwidth"),
            ("50Mb/s", "are bits; write bytes, such as `50MB/s`"),
            ("MB/s", "is not a bandwidth"),
            ("99999999999999GB/s", "is not a bandwidth"),
            ("0MB/s", "at least"),
            ("5.5MB/s", "is not a bandwidth"),
        ] {
            let problem = parse_bandwidth(text).unwrap_err();
            assert!(problem.contains(expected), "{text}: {problem}");
        }
    }
}
