//! Fits texts into the width of a terminal.

/// A text of at most `width` characters: a longer one is cut in the middle, since names differ at
/// both ends.
pub(crate) fn shortened(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let kept = width.saturating_sub(1);
    // The end of a reference, its tag, is more informative than its start.
    let front = kept / 2;
    let back = kept - front;
    let mut out: String = text.chars().take(front).collect();
    if width > 0 {
        out.push('…');
    }
    out.extend(text.chars().skip(length - back));
    out
}

/// Two names around an arrow in at most `width` characters. A short name leaves its room to the
/// other.
pub(crate) fn from_to(source: &str, destination: &str, width: usize) -> String {
    const ARROW: &str = " → ";
    let room = width.saturating_sub(ARROW.chars().count());
    let (from, to) = (source.chars().count(), destination.chars().count());
    let half = room / 2;
    let (from, to) = match (from <= half, to <= room - half) {
        (true, _) => (from, room - from),
        (false, true) => (room - to, to),
        (false, false) => (half, room - half),
    };
    format!("{}{ARROW}{}", shortened(source, from), shortened(destination, to))
}

/// A text for printing: on a terminal, in lines that fit.
pub(crate) fn fitted(text: &str) -> String {
    let terminal = console::Term::stdout();
    match terminal.size_checked().filter(|_| terminal.is_term()) {
        Some((_, columns)) => wrapped(text, usize::from(columns).max(40), 2),
        None => text.to_owned(),
    }
}

/// A text as lines of at most `width` characters, broken at blanks where possible. Lines after the
/// first start with `indent` blanks.
pub(crate) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        loop {
            let is_first = lines.len() == 1;
            let Some(line) = lines.last_mut() else { break };
            let begun = line.chars().count();
            let is_empty = begun == if is_first { 0 } else { indent };
            let room = width.saturating_sub(begun + usize::from(!is_empty)).max(1);
            let fits = word.len() <= room;
            if fits || is_empty {
                if !is_empty {
                    line.push(' ');
                }
                let rest = word.split_off(word.len().min(room));
                line.extend(word);
                if rest.is_empty() {
                    break;
                }
                word = rest;
            }
            lines.push(" ".repeat(indent));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_shortened_in_the_middle() {
        assert_eq!(shortened("short", 5), "short");
        assert_eq!(shortened("localhost:5000/team/app:1", 11), "local…app:1");
        for width in 0..30 {
            assert!(shortened("localhost:5000/team/app:1", width).chars().count() <= width, "{width}");
        }
    }

    #[test]
    fn two_names_share_a_line() {
        assert_eq!(from_to("a:1", "b:1", 80), "a:1 → b:1");
        let long = "registry.example.com/a/very/long/name/of/a/repository:1.2.3";
        for (source, destination) in [("a:1", long), (long, "b:1"), (long, long)] {
            let text = from_to(source, destination, 60);
            assert!(text.chars().count() <= 60, "{text}");
            assert!(text.contains('…') && text.contains(" → "), "{text}");
        }
        assert!(from_to("a:1", long, 60).starts_with("a:1 → "));
    }

    #[test]
    fn a_message_is_broken_at_its_blanks_and_loses_nothing() {
        let text = "failed   localhost:5000/app:1: source: localhost:5000 has no manifest. Look whether it is there.";
        let lines = wrapped(text, 40, 9);
        assert!(lines.lines().all(|line| line.chars().count() <= 40), "{lines}");
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(&lines), words(text));
        let digest = "x".repeat(100);
        let cut = wrapped(&digest, 40, 2);
        assert!(cut.lines().all(|line| line.chars().count() <= 40), "{cut}");
        assert_eq!(cut.replace(['\n', ' '], ""), digest);
    }
}
