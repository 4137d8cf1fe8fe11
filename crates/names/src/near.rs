//! The word that was probably meant.

/// The entry of `known` that is nearest to `text`, or `None` when all of them are too different: by
/// more than a third of the letters, and by more than two.
pub fn did_you_mean<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_ascii_lowercase();
    // A distance is never smaller than the difference in length, so hostile texts cost nothing.
    let farthest = (text.chars().count() / 3).clamp(2, 4);
    known
        .into_iter()
        .filter(|word| word.chars().count().abs_diff(text.chars().count()) <= farthest)
        .map(|word| (edit_distance(&text, &word.to_ascii_lowercase()), word))
        .filter(|(distance, _)| *distance <= farthest)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Levenshtein distance in single-character edits.
pub(crate) fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substitute = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substitute.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let keys = ["repositories", "registry", "exclude", "tags"];
        assert_eq!(did_you_mean("repositry", keys), Some("registry"));
        assert_eq!(did_you_mean("Repositories", keys), Some("repositories"));
        assert_eq!(did_you_mean("excludes", keys), Some("exclude"));
        assert_eq!(did_you_mean("bandwidth", keys), None);
        assert_eq!(did_you_mean(&"x".repeat(100_000), keys), None);
    }
}
