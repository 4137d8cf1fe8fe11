//! Every code that the sources use has an entry, and every entry is used.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::*;

/// What stands directly before a code, apart from spaces and line ends. A letter, `_` or `.` in front
/// makes it another name.
#[rustfmt::skip]
const BEFORE: &[&str] = &[
    "ApiError::new(", "ApiError::input(", "Self::new(", "Self::of_table(",
    "Finding::new(", "Finding::error(", "Finding::warning(", "Finding::note(",
    "draft.error(", "draft.warning(", "draft.note(", "planning.error(", "planning.warning(", "reader.error(", "reader.note(",
    "self.error(", "self.warning(", "self.note(", "self.add(", "self.take(", "self.optional(",
    "compiler.error(", "compiler.take(", "reasons.add(",
    "Fix::repair(", "PatternProblem::new(", "Mismatched(",
    "of_whole(", "of_service(", "problem(", "other(", "warn(", "plain(",
    "code: ", "\"code\": ", "let code =", "NOT_READ: &str =", "NOTHING_SELECTED: &str =",
];

/// The text after each `mark` that is not the end of a longer name, without blanks at its beginning.
fn after<'t>(text: &'t str, mark: &'t str) -> impl Iterator<Item = &'t str> {
    let whole = move |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || "_.".contains(c));
    let rest = move |at: usize| text[at + mark.len()..].trim_start();
    text.match_indices(mark).filter(move |(at, _)| whole(*at)).map(move |(at, _)| rest(at))
}

/// The literal at the beginning of a text, if it can be a code.
fn literal(text: &str) -> Option<&str> {
    let (code, _) = text.strip_prefix('"')?.split_once('"')?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (code.starts_with(|c: char| c.is_ascii_lowercase()) && code.chars().all(plain)).then_some(code)
}

/// The codes in the text of a file.
fn codes_of(text: &str, of_names: bool) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for rest in BEFORE.iter().flat_map(|mark| after(text, mark)) {
        // A literal, or `if … { "one" } else { "other" }`.
        let choice = rest.split([',', ';']).next().filter(|text| text.starts_with("if "));
        let chosen = choice.into_iter().flat_map(|choice| choice.split("{ ").filter_map(literal));
        codes.extend(literal(rest).into_iter().chain(chosen).map(str::to_owned));
    }
    // A match arm with several values, the code first: `=> ("code", …)`, `=> { ("code", …) }`. Only
    // codes with a dash, since other arms have plain words.
    for rest in after(text, "=> (").chain(after(text, "=> {").filter_map(|rest| rest.strip_prefix('('))) {
        codes.extend(literal(rest.trim_start()).filter(|code| code.contains('-')).map(str::to_owned));
    }
    // `Side` of crates/ecr has a function `code` too; sides are no codes.
    let bodies = after(text, "fn code(").filter_map(|rest| Some(rest.split_once("\n    }\n")?.0));
    for body in bodies.filter(|body| !body.contains("Self::ThisMachine")) {
        let literals = body.match_indices("=> \"").filter_map(|(at, _)| literal(&body[at + 3..]));
        let bare = body.lines().filter_map(|line| literal(line.trim()));
        // Kinds of names; the error of a name has the code `invalid-…`.
        let prefix = if of_names { "invalid-" } else { "" };
        codes.extend(literals.chain(bare).map(|code| format!("{prefix}{code}")));
    }
    codes
}

/// The codes in the files of a folder and of those below it, each with one of its files. Comments and
/// tests are left out; `#[cfg(test)]` alone may stand before a single function.
fn collect(folder: &Path, found: &mut BTreeMap<String, String>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() && !path.ends_with("codes/src") {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("mod tests {").next().unwrap_or_default();
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let text = lines.collect::<Vec<_>>().join("\n");
            let file = path.display().to_string();
            let codes = codes_of(&text, file.contains("/names/src/"));
            found.extend(codes.into_iter().map(|code| (code, file.clone())));
        }
    }
}

#[test]
fn every_code_in_the_sources_has_an_entry() {
    let crates = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let members = fs::read_dir(crates).unwrap().map(|member| member.unwrap().path().join("src"));
    let mut found = BTreeMap::new();
    for folder in members.chain([crates.join("../src-tauri/src")]).filter(|folder| folder.is_dir()) {
        collect(&folder, &mut found);
    }
    let known: BTreeSet<&str> = all().map(|code| code.code).collect();
    let missing: Vec<_> = found.iter().filter(|(code, _)| !known.contains(code.as_str())).collect();
    assert!(missing.is_empty(), "without an entry in crates/codes: {missing:#?}");
    let unused: Vec<_> = known.iter().filter(|code| !found.contains_key(**code)).collect();
    assert!(unused.is_empty(), "no longer used: {unused:?}");
    assert_eq!(known.len(), all().count(), "a code has two entries");
    for codes in [ERRORS, FINDINGS] {
        assert!(codes.is_sorted_by_key(|code| code.code), "not in alphabetical order");
    }
}

#[test]
fn every_entry_is_whole() {
    let sides =
        ["input", "source", "destination", "registry", "network", "this computer", "service", "finding"];
    for code in all() {
        assert!(sides.contains(&code.side), "{code:?}");
        assert!(code.meaning.ends_with('.') && code.way_out.ends_with('.'), "{code:?}");
    }
    let by_side = all().filter_map(|code| code.by_side);
    let texts: Vec<_> = by_side.flat_map(|side| [side.source, side.destination]).collect();
    assert!(!texts.is_empty() && texts.iter().all(|text| text.ends_with('.')));
    let rows = markdown().lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, all().count());
}

#[test]
fn the_way_out_depends_on_the_side_where_that_makes_a_difference() {
    assert_eq!(way_out("denied"), find("denied").unwrap().way_out);
    assert!(way_out_at_source("denied").contains("pull from the source"));
    assert!(way_out_at_destination("denied").contains("push to the destination"));
    assert_eq!(way_out_at_source("kms"), way_out("kms"));
    assert_eq!(way_out("no-such-code"), UNKNOWN);
}
