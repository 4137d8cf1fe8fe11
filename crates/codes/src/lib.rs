//! The codes of errors and findings: what each means, where its cause is, and the way out. The hints of
//! errors and the table of `docs/guide/error-codes.md` are made from it.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod errors;
mod findings;
#[cfg(test)]
mod tests;

pub use errors::ERRORS;
pub use findings::FINDINGS;

/// One code.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// As programs see it.
    pub code: &'static str,
    /// Where something has to change: `input`, `source`, `destination`, `registry`, `network`,
    /// `this computer`, `service`; or `finding` for what a plan or a check says.
    pub side: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to do.
    pub way_out: &'static str,
    /// What to do where it is known on which side of a copy it happened, and that makes a difference.
    pub by_side: Option<BySide>,
}

/// What to do, by the side of a copy on which an error happened.
#[derive(Debug, Clone, Copy)]
pub struct BySide {
    /// Where images are read.
    pub source: &'static str,
    /// Where images are written.
    pub destination: &'static str,
}

/// What to do where a registry, or a proxy in front of it, refuses a body as too large (status 413).
pub const BODY_TOO_LARGE: &str = "Raise the largest request body that the registry or the proxy in front of it accepts (nginx: client_max_body_size).";
/// What to do about errors whose code has no entry: none, as a test proves.
const UNKNOWN: &str = "The message says why.";

/// The entry of a code.
pub fn find(code: &str) -> Option<&'static Code> {
    let entry = |codes: &'static [Code]| {
        let at = codes.binary_search_by_key(&code, |entry| entry.code).ok()?;
        codes.get(at)
    };
    entry(ERRORS).or_else(|| entry(FINDINGS))
}

/// What to do about an error, as a sentence.
pub fn way_out(code: &str) -> &'static str {
    find(code).map_or(UNKNOWN, |entry| entry.way_out)
}

/// As [`way_out`], for an error at the source of a copy.
pub fn way_out_at_source(code: &str) -> &'static str {
    find(code).map_or(UNKNOWN, |entry| entry.by_side.map_or(entry.way_out, |side| side.source))
}

/// As [`way_out`], for an error at the destination of a copy.
pub fn way_out_at_destination(code: &str) -> &'static str {
    find(code).map_or(UNKNOWN, |entry| entry.by_side.map_or(entry.way_out, |side| side.destination))
}

/// All codes: those of errors, then those of findings, each in alphabetical order. A code that is used for
/// both is among the errors; a finding that makes a call fail keeps its code.
pub fn all() -> impl Iterator<Item = &'static Code> {
    ERRORS.iter().chain(FINDINGS)
}

/// The codes as a Markdown document.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Error codes\n\n\
         Every error and every finding has a stable code: programs read it with `--json`, logs contain it, \
         and a request for support should name it. [When something fails](errors.md) explains the common \
         ones and their remedies.\n",
    );
    for (title, codes) in [("Errors", ERRORS), ("Findings", FINDINGS)] {
        text.push_str(&format!("\n## {title}\n\n| code | side | meaning | way out |\n|---|---|---|---|\n"));
        for code in codes {
            let Code { code, side, meaning, way_out, by_side } = code;
            let way_out = match by_side {
                None => (*way_out).to_owned(),
                Some(BySide { source, destination }) => {
                    format!("{way_out} At the source: {source} At the destination: {destination}")
                }
            };
            let (meaning, way_out) = (meaning.replace('|', "\\|"), way_out.replace('|', "\\|"));
            text.push_str(&format!("| `{code}` | {side} | {meaning} | {way_out} |\n"));
        }
    }
    text
}
