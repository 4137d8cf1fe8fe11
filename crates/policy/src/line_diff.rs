//! The difference between two texts, line by line, for display.

use serde::Serialize;

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

/// Above this many cells the whole middle is shown as removed and added.
const MAX_CELLS: usize = 4_000_000;

/// The shortest list of kept, removed and added lines that turns `before` into `after`.
pub fn line_diff(before: &str, after: &str) -> Vec<DiffLine> {
    let (a, b): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (middle_a, middle_b) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let mut lines = Vec::with_capacity(a.len() + middle_b.len());
    let mut push = |kind, texts: &[&str]| {
        lines.extend(texts.iter().map(|text| DiffLine { kind, text: (*text).to_owned() }));
    };
    push(LineKind::Same, &a[..head]);
    if middle_a.len().saturating_mul(middle_b.len()) > MAX_CELLS {
        push(LineKind::Removed, middle_a);
        push(LineKind::Added, middle_b);
    } else {
        let lengths = common_lengths(middle_a, middle_b);
        let (mut i, mut j) = (0, 0);
        while i < middle_a.len() || j < middle_b.len() {
            if i < middle_a.len() && j < middle_b.len() && middle_a[i] == middle_b[j] {
                push(LineKind::Same, &middle_a[i..=i]);
                (i, j) = (i + 1, j + 1);
            } else if j >= middle_b.len() || (i < middle_a.len() && lengths[i + 1][j] >= lengths[i][j + 1]) {
                push(LineKind::Removed, &middle_a[i..=i]);
                i += 1;
            } else {
                push(LineKind::Added, &middle_b[j..=j]);
                j += 1;
            }
        }
    }
    push(LineKind::Same, &a[a.len() - tail..]);
    lines
}

/// For each pair of positions, how many lines the rest of both texts have in common.
fn common_lengths(a: &[&str], b: &[&str]) -> Vec<Vec<u32>> {
    let mut lengths = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i][j] = if a[i] == b[j] {
                lengths[i + 1][j + 1] + 1
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    lengths
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
    fn huge_texts_fall_back_to_whole_blocks() {
        let (a, b) = ("a\n".repeat(2100), "b\n".repeat(2100));
        let lines = line_diff(&a, &b);
        assert_eq!(lines.len(), 4200);
        assert_eq!(lines[0].kind, LineKind::Removed);
    }
}
