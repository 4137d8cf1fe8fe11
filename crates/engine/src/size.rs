//! Numbers of bytes in words.

const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];

/// A number of bytes for people, in decimal units with three figures: `999 B`, `1.54 kB`,
/// `48.2 MB`. The window's `formatBytes` writes the same; `size.json` holds both to it.
pub fn bytes_in_words(bytes: u64) -> String {
    let bytes = u128::from(bytes);
    let mut unit = 1;
    for (place, name) in UNITS.iter().enumerate() {
        let is_last = place + 1 == UNITS.len();
        for decimals in (0..=if place == 0 { 0 } else { 2 }).rev() {
            let scale = 10_u128.pow(decimals);
            let rounded = (bytes * scale + unit / 2) / unit;
            if rounded < 1_000 || (is_last && decimals == 0) {
                let (whole, rest) = (rounded / scale, rounded % scale);
                return match decimals {
                    0 => format!("{whole} {name}"),
                    _ => format!("{whole}.{rest:0width$} {name}", width = decimals as usize),
                };
            }
        }
        unit *= 1_000;
    }
    format!("{bytes} B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_have_three_figures_and_are_those_of_the_window() {
        let table: Vec<(u64, String)> = serde_json::from_str(include_str!("size.json")).unwrap();
        assert!(table.len() > 10);
        for (bytes, expected) in table {
            assert_eq!(bytes_in_words(bytes), expected, "{bytes}");
        }
        assert_eq!(bytes_in_words(u64::MAX), "18447 PB");
    }
}
