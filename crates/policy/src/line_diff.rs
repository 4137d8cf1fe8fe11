//! The difference between two texts, line by line, for display.

use serde::Serialize;
use similar::{Algorithm, ChangeTag};

/// What happened to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    /// In both texts.
    Same,
    /// In the second only.
    Added,
    /// In the first only.
    Removed,
}

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiffLine {
    /// What happened to it.
    pub kind: LineKind,
    /// The line without its end.
    pub text: String,
}

/// The kept, removed and added lines that turn `before` into `after`.
pub fn line_diff(before: &str, after: &str) -> Vec<DiffLine> {
    diff_of(&before.lines().collect::<Vec<&str>>(), &after.lines().collect::<Vec<&str>>())
}

/// The same, of lines.
pub(crate) fn diff_of(before: &[&str], after: &[&str]) -> Vec<DiffLine> {
    let operations = similar::capture_diff_slices(Algorithm::Myers, before, after);
    let changes = operations.iter().flat_map(|operation| operation.iter_changes(before, after));
    let line = |change: similar::Change<&str>| DiffLine {
        kind: match change.tag() {
            ChangeTag::Equal => LineKind::Same,
            ChangeTag::Delete => LineKind::Removed,
            ChangeTag::Insert => LineKind::Added,
        },
        text: change.value().to_owned(),
    };
    changes.map(line).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn side(lines: &[DiffLine], without: LineKind) -> Vec<&str> {
        lines.iter().filter(|l| l.kind != without).map(|l| l.text.as_str()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn both_texts_can_be_read_from_the_difference(a in "([abc]\n){0,12}", b in "([abc]\n){0,12}") {
            let lines = line_diff(&a, &b);
            prop_assert_eq!(side(&lines, LineKind::Added), a.lines().collect::<Vec<_>>());
            prop_assert_eq!(side(&lines, LineKind::Removed), b.lines().collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_added_line_is_one_added_line() {
        let lines = line_diff("a\nb\nc", "a\nx\nb\nc");
        let kinds: Vec<_> = lines.iter().map(|l| l.kind).collect();
        assert_eq!(kinds, [LineKind::Same, LineKind::Added, LineKind::Same, LineKind::Same]);
        assert!(line_diff("a\nb", "a\nb").iter().all(|l| l.kind == LineKind::Same));
    }

    #[test]
    fn huge_texts_that_have_nothing_in_common_are_compared_quickly() {
        let (a, b) = ("a\n".repeat(2100), "b\n".repeat(2100));
        let lines = line_diff(&a, &b);
        assert_eq!(lines.len(), 4200);
        assert_eq!(lines[0].kind, LineKind::Removed);
    }
}
