//! Bandwidth of a rule: `50MB/s`.

use longshore_names::parse_rate;

/// The lowest rate; below it, connections would run into the timeouts of registries.
const LEAST: u64 = 1_000;

/// Reads the rate of a rule, which ends in `/s`.
///
/// # Errors
/// With what is wrong, as a sentence without a full stop.
pub(in crate::rule) fn parse_bandwidth(text: &str) -> Result<u64, String> {
    if !text.trim_end().ends_with("/s") {
        return Err(format!("`{text}` is not a bandwidth; write bytes per second, such as `50MB/s`"));
    }
    match parse_rate(text) {
        Ok(rate) if rate < LEAST => Err("a bandwidth must be at least `1kB/s`".into()),
        other => other,
    }
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
            ("0MB/s", "zero"),
            ("10B/s", "at least"),
            ("5.5MB/s", "is not a bandwidth"),
        ] {
            let problem = parse_bandwidth(text).unwrap_err();
            assert!(problem.contains(expected), "{text}: {problem}");
        }
    }
}
