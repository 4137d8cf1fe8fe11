//! The difference between two texts in the unified format, which `patch` applies.

use crate::{DiffLine, LineKind, line_diff, line_diff::diff_of};

/// Unchanged lines around a change.
const CONTEXT: usize = 3;

/// The change from `before` to `after` of a file; absent for a file that does not exist. Both texts count
/// as ending with a line end. Empty if there is no difference.
pub fn unified_diff(file: &str, before: Option<&str>, after: Option<&str>) -> String {
    let lines = line_diff(before.unwrap_or_default(), after.unwrap_or_default());
    written(file, &lines, [before, after].map(|text| text.is_some()), false)
}

/// As [`unified_diff`], for a file that exists: carriage returns count, and so does a missing line end at
/// the end of the file.
pub fn file_diff(file: &str, before: &str, after: &str) -> String {
    let lines = |text| str::split_inclusive(text, '\n').collect::<Vec<&str>>();
    written(file, &diff_of(&lines(before), &lines(after)), [true; 2], true)
}

/// The difference as text. `exist` says which of the two files exist, `are_whole` that lines have their
/// ends.
fn written(file: &str, lines: &[DiffLine], exist: [bool; 2], are_whole: bool) -> String {
    let mut text = String::new();
    for (start, end) in hunks(lines) {
        let counted = |before: usize, without: LineKind| {
            lines[..before].iter().filter(|line| line.kind != without).count()
        };
        let (old, new) = (counted(start, LineKind::Added), counted(start, LineKind::Removed));
        let (old_end, new_end) = (counted(end, LineKind::Added), counted(end, LineKind::Removed));
        text.push_str(&format!("@@ -{} +{} @@\n", range(old, old_end), range(new, new_end)));
        for line in &lines[start..end] {
            let mark = match line.kind {
                LineKind::Same => ' ',
                LineKind::Added => '+',
                LineKind::Removed => '-',
            };
            text.push(mark);
            text.push_str(&line.text);
            match line.text.ends_with('\n') {
                true => {}
                false if are_whole => text.push_str("\n\\ No newline at end of file\n"),
                false => text.push('\n'),
            }
        }
    }
    if text.is_empty() {
        return text;
    }
    let named = |side: &str, exists: bool| match exists {
        true => format!("{side}/{file}"),
        false => "/dev/null".to_owned(),
    };
    format!("--- {}\n+++ {}\n{text}", named("a", exist[0]), named("b", exist[1]))
}

/// First and last lines of the parts that are shown, the last excluded.
fn hunks(lines: &[DiffLine]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (index, _) in lines.iter().enumerate().filter(|(_, line)| line.kind != LineKind::Same) {
        let (start, end) = (index.saturating_sub(CONTEXT), (index + 1 + CONTEXT).min(lines.len()));
        match found.last_mut() {
            Some(last) if last.1 >= start => last.1 = end,
            _ => found.push((start, end)),
        }
    }
    found
}

/// `line,count`; the line before an empty range.
fn range(start: usize, end: usize) -> String {
    match end - start {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        count => format!("{},{count}", start + 1),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, process::Command};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_change_in_the_middle_has_three_lines_around_it() {
        let before: String = (1..=20).map(|line| format!("{line}\n")).collect();
        let after = before.replace("10\n", "ten\n");
        let expected = "--- a/x.json\n+++ b/x.json\n@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n";
        assert_eq!(unified_diff("x.json", Some(&before), Some(&after)), expected);
        assert_eq!(unified_diff("x.json", Some(&before), Some(&before)), "");
        assert_eq!(unified_diff("x", None, Some("a")), "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n");
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None, cases: 40, ..ProptestConfig::default()
        })]

        #[test]
        fn git_applies_it(a in "([abc]\n){0,30}", b in "([abc]\n){0,30}") {
            let folder = tempfile::tempdir().unwrap();
            let diff = unified_diff("x", Some(&a), Some(&b));
            prop_assume!(!diff.is_empty() && !a.is_empty() && !b.is_empty());
            fs::write(folder.path().join("x"), &a).unwrap();
            fs::write(folder.path().join("x.patch"), diff).unwrap();
            let applied =
                Command::new("git").args(["apply", "x.patch"]).current_dir(folder.path()).output().unwrap();
            prop_assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
            prop_assert_eq!(fs::read_to_string(folder.path().join("x")).unwrap(), b);
        }

        #[test]
        fn git_applies_a_change_of_any_line_ends(
            a in "([abc]\r?\n){0,12}[abc]{1,2}\n?", b in "([abc]\r?\n){0,12}[abc]{1,2}\n?",
        ) {
            let folder = tempfile::tempdir().unwrap();
            let diff = file_diff("x", &a, &b);
            prop_assume!(!diff.is_empty());
            fs::write(folder.path().join("x"), &a).unwrap();
            fs::write(folder.path().join("x.patch"), diff).unwrap();
            let applied =
                Command::new("git").args(["apply", "x.patch"]).current_dir(folder.path()).output().unwrap();
            prop_assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
            prop_assert_eq!(fs::read_to_string(folder.path().join("x")).unwrap(), b);
        }
    }
}
