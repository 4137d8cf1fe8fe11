//! Numbers of bytes in words.

const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];

/// A number of bytes for people, in decimal units with three figures, as the window writes them:
/// `999 B`, `1.54 kB`, `48.2 MB`.
pub fn bytes_in_words(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    let digits = match value {
        _ if unit == 0 => 0,
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    format!("{value:.digits$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_have_three_figures() {
        let numbers = [0, 999, 1_000, 1_536, 48_211_337, 999_500, 5_062_239, 2_310_000_000];
        let texts = numbers.map(bytes_in_words);
        let wanted = ["0 B", "999 B", "1.00 kB", "1.54 kB", "48.2 MB", "1.00 MB", "5.06 MB", "2.31 GB"];
        assert_eq!(texts, wanted);
    }
}
