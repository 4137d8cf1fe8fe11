//! The result of a rule's run, over all its destinations.

use longshore_engine::{EngineError, EngineErrorKind, RunEnd, RunOutcome, bytes_in_words};

use crate::{
    api::{ApiError, Side},
    steps::Outcome,
};

/// Repositories that a sentence names.
const MOST_NAMED: usize = 5;

/// The results of all destinations.
#[derive(Default)]
pub(super) struct Ended {
    pub(super) runs: Vec<RunOutcome>,
    pub(super) refused: usize,
    pub(super) first_refused: Option<ApiError>,
    pub(super) removed: usize,
    /// Why destinations failed as a whole. Images that failed are in `runs`.
    pub(super) problems: Vec<ApiError>,
    /// What was not read from the source, one sentence each.
    not_looked_at: Vec<String>,
}

impl Ended {
    pub(super) fn is_nothing(&self) -> bool {
        self.runs.is_empty() && self.problems.is_empty()
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.runs.iter().any(|run| run.summary.end == RunEnd::Cancelled)
    }

    /// Adds a destination's result. The failure of one destination hides nothing about the others.
    pub(super) fn came(&mut self, run: Result<RunOutcome, ApiError>) {
        match run {
            Ok(run) => self.runs.push(run),
            Err(problem) => self.problems.push(problem),
        }
    }

    /// Notes what was not read, each once.
    pub(super) fn not_looked_at(&mut self, sentences: &[String]) {
        for sentence in sentences {
            if !self.not_looked_at.contains(sentence) {
                self.not_looked_at.push(sentence.clone());
            }
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.not_looked_at(&other.not_looked_at);
        self.runs.extend(other.runs);
        self.refused += other.refused;
        self.first_refused = self.first_refused.take().or(other.first_refused);
        self.removed += other.removed;
        self.problems.extend(other.problems);
    }
}

/// The final result of the run.
///
/// # Errors
/// What was not done, and why.
pub(super) fn told(ended: &Ended) -> Result<Outcome, ApiError> {
    let sum = |of: fn(&RunOutcome) -> usize| ended.runs.iter().map(of).sum::<usize>();
    if ended.is_cancelled() {
        return Err(EngineError::here(EngineErrorKind::Cancelled).into());
    }
    if let (true, 0, [problem]) = (ended.runs.is_empty(), ended.refused, ended.problems.as_slice()) {
        return Err(problem.clone());
    }
    let copied = sum(|run| run.summary.copied + run.summary.retagged + run.summary.mounted);
    let skipped = sum(|run| run.summary.skipped);
    let failed = sum(|run| run.summary.failed + run.summary.conflicts) + ended.refused;
    let not_linked = sum(|run| run.summary.not_linked);
    let mut text = format!("{copied} copied and verified, {skipped} already there");
    if failed + not_linked > 0 || !ended.problems.is_empty() || !ended.not_looked_at.is_empty() {
        return Err(failure(ended, failed, not_linked, &text));
    }
    if ended.removed > 0 {
        text.push_str(&format!(", {} removed", ended.removed));
    }
    let moved: u64 = ended.runs.iter().map(|run| run.summary.bytes_moved).sum();
    let saved: u64 = ended.runs.iter().map(|run| run.summary.bytes_saved).sum();
    text.push_str(&format!("; {} uploaded, {} reused", bytes_in_words(moved), bytes_in_words(saved)));
    if copied == 0 && ended.removed == 0 { Ok(Outcome::Skipped(text)) } else { Ok(Outcome::Done(text)) }
}

/// The failure of a rule whose source was not read entirely; `None` if it was.
pub(super) fn incomplete(not_looked_at: &[String]) -> Option<ApiError> {
    let more = not_looked_at.len().saturating_sub(MOST_NAMED);
    let mut text = not_looked_at.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(" ");
    if more > 0 {
        text.push_str(&format!(" Not read either: {more} more."));
    }
    let hint = "Run the rule again to copy the rest. Remove repositories that do not exist from the rule.";
    (!not_looked_at.is_empty()).then(|| ApiError::new("not-looked-at", Side::Source, text).hint(hint))
}

/// The error that says what was not done: destinations that failed as a whole first, since nothing
/// else reports them.
fn failure(ended: &Ended, failed: usize, not_linked: usize, done: &str) -> ApiError {
    let of_run = |run: &RunOutcome| run.images.iter().find_map(|image| image.error.clone());
    let first =
        ended.runs.iter().find_map(of_run).map(ApiError::from).or_else(|| ended.first_refused.clone());
    let unlinked = |run: &&RunOutcome| run.summary.not_linked > 0;
    let unlinked = ended.runs.iter().filter(unlinked).flat_map(|run| &run.images);
    let unlinked =
        unlinked.flat_map(|image| &image.refused).next().map(|it| ApiError::from(it.failure.clone()));
    let mut text = match (failed, not_linked) {
        (0, 0) => format!("Not everything was copied; {done}."),
        (0, 1) => format!("1 signature, SBOM or attestation was not copied; {done}."),
        (0, many) => format!("{many} signatures, SBOMs and attestations were not copied; {done}."),
        _ => format!("{failed} not copied; {done}."),
    };
    for problem in &ended.problems {
        text.push_str(&format!(" A destination failed: {}", problem.message));
    }
    if let Some(first) = &first {
        text.push_str(&format!(" First error: {}", first.message));
    } else if let Some(unlinked) = &unlinked {
        text.push_str(&format!(" First error: {}", unlinked.message));
    }
    let left = incomplete(&ended.not_looked_at);
    if let Some(left) = &left {
        text.push_str(&format!(" {}", left.message));
    }
    let cause = ended.problems.first().cloned().or(first).or(unlinked).or(left);
    let code = cause.as_ref().map_or_else(|| "images-failed".to_owned(), |cause| cause.code.clone());
    let side = cause.as_ref().map_or(Side::Destination, |cause| cause.side);
    let mut error = ApiError::new(code, side, text);
    error.hint = cause.and_then(|cause| cause.hint);
    error
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use longshore_engine::{Failure, ImageEnd, ImageOutcome, PlanTotals, ProofTotals, Refused, Summary};

    use super::*;

    fn digest(fill: char) -> longshore_names::Digest {
        format!("sha256:{}", String::from(fill).repeat(64)).parse().unwrap()
    }

    /// A run that copied an image but could not copy its signature.
    fn not_linked() -> RunOutcome {
        let failure = Failure {
            code: "not-linkable".into(),
            side: longshore_engine::Side::Destination,
            message: "The tag is an image's.".into(),
            hint: "Remove it.".into(),
        };
        let refused = Refused { digest: digest('b'), subject: digest('a'), failure };
        let image = ImageOutcome {
            source: "app:1".into(),
            destination: "app:1".into(),
            digest: Some(digest('a')),
            action: "copy".into(),
            end: ImageEnd::Done,
            error: None,
            proof: Vec::new(),
            refused: vec![refused],
        };
        let summary = Summary {
            run: "1".into(),
            end: RunEnd::Incomplete,
            copied: 1,
            retagged: 0,
            mounted: 0,
            skipped: 0,
            conflicts: 0,
            failed: 0,
            not_linked: 1,
            bytes_moved: 1,
            bytes_saved: 0,
            requests: 1,
            proof: ProofTotals::default(),
        };
        RunOutcome {
            summary,
            images: vec![image],
            source: "from".into(),
            destination: "to".into(),
            planned: PlanTotals::default(),
            started: Utc::now(),
            ended: Utc::now(),
            journal: None,
        }
    }

    #[test]
    fn a_rule_whose_signatures_could_not_be_attached_is_not_done() {
        let mut ended = Ended::default();
        ended.came(Ok(not_linked()));
        let error = told(&ended).err().unwrap();
        assert_eq!((error.code.as_str(), error.side), ("not-linkable", Side::Destination));
        assert!(error.message.starts_with("1 signature, SBOM or attestation was not copied"), "{error:?}");
        assert!(error.message.contains("The tag is an image's."), "{error:?}");
    }

    #[test]
    fn a_run_that_left_repositories_unread_is_no_success() {
        let mut ended = Ended::default();
        assert!(told(&ended).is_ok());
        let names: Vec<String> =
            (0..7).map(|i| format!("`team/{i}` could not be read: throttled.")).collect();
        ended.not_looked_at(&names);
        ended.not_looked_at(&names);
        let error = told(&ended).unwrap_err();
        assert_eq!(error.code, "not-looked-at");
        assert!(error.message.contains("`team/0`") && error.message.contains("2 more"), "{}", error.message);
    }
}
