//! Policies of any kind in a text: what they mean, what is wrong, and one fix at a time.

use longshore_names::ForeignText;
use longshore_policy::iam::{
    ExplainedText, explain_text,
    lint::{self, LIST_DATE, LintFinding, LintOptions, LintReport, LintedDocument},
};

use crate::{
    App,
    api::{
        ApiError, CheckPolicies, CheckedDocument, CheckedPolicies, FixPolicies, FixedPolicies, PlacedFinding,
        PolicyKind, StatementMeaning,
    },
    plans::finding,
};

impl App {
    /// What the policies in a text mean, and what is wrong with them. No network.
    ///
    /// # Errors
    /// None but an internal one: what is wrong is a finding.
    pub async fn check_policies(&self, request: CheckPolicies) -> Result<CheckedPolicies, ApiError> {
        apart(move || checked(&request)).await
    }

    /// The policy that a finding is about, with the finding's fix.
    ///
    /// # Errors
    /// `fix-gone` when the text has no such finding, or the finding no fix.
    pub async fn fix_policies(&self, request: FixPolicies) -> Result<FixedPolicies, ApiError> {
        apart(move || fixed(&request)).await?
    }
}

/// Long texts take time, so they are not read on the thread that serves windows.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ApiError::internal("Reading the policies ended without a result."))
}

fn options(request: &CheckPolicies) -> LintOptions {
    let kind = request.kind.and_then(|kind| match kind {
        PolicyKind::Registry => Some(lint::PolicyKind::Registry),
        PolicyKind::Repository => Some(lint::PolicyKind::Repository),
        PolicyKind::Identity => Some(lint::PolicyKind::Identity),
        PolicyKind::Trust => Some(lint::PolicyKind::Trust),
        PolicyKind::Other => None,
    });
    LintOptions { kind, registry: request.registry.as_ref().map(|key| key.id()), ..LintOptions::default() }
}

fn checked(request: &CheckPolicies) -> CheckedPolicies {
    let options = options(request);
    let LintReport { documents, findings, .. } = lint::lint(&request.text, &options);
    let explained = explain_text(&request.text, &options);
    CheckedPolicies {
        documents: documents.iter().map(|document| told(document, &explained)).collect(),
        findings: findings.iter().map(placed).collect(),
        list: LIST_DATE.to_owned(),
    }
}

/// A document with the sentences about its statements.
fn told(document: &LintedDocument, explained: &ExplainedText) -> CheckedDocument {
    let same = explained.documents.iter().find(|one| one.position == document.position);
    let statements = same.into_iter().flat_map(|one| &one.statements).map(|one| StatementMeaning {
        sid: one.sid.as_ref().map(|sid| ForeignText::new(sid).into()),
        effect: ForeignText::new(&one.effect).into(),
        text: ForeignText::new(&one.text).into(),
    });
    CheckedDocument {
        what: document.phrase.to_owned(),
        kind: document.kind.map(|kind| match kind {
            lint::PolicyKind::Registry => PolicyKind::Registry,
            lint::PolicyKind::Repository => PolicyKind::Repository,
            lint::PolicyKind::Identity => PolicyKind::Identity,
            lint::PolicyKind::Trust => PolicyKind::Trust,
            lint::PolicyKind::Other => PolicyKind::Other,
        }),
        repository: document.repository.as_ref().map(|name| ForeignText::new(name).into()),
        statements: statements.collect(),
        line: number(document.position.line),
    }
}

fn placed(found: &LintFinding) -> PlacedFinding {
    let at = found.position();
    let mut told = finding(&found.finding);
    // The same may be wrong at two places.
    told.field = told.field.or_else(|| found.pointer.clone());
    PlacedFinding {
        finding: told,
        line: number(at.line),
        column: number(at.column),
        fix: found.fix.as_ref().map(|fix| ForeignText::new(&fix.text).into()),
    }
}

fn fixed(request: &FixPolicies) -> Result<FixedPolicies, ApiError> {
    let report = lint::lint(&request.checked.text, &options(&request.checked));
    let fixed =
        usize::try_from(request.finding).ok().and_then(|at| report.findings.get(at)).and_then(|found| {
            let document = report.documents.get(found.document?)?;
            found.fix.as_ref()?.applied(&document.value)
        });
    let Some(fixed) = fixed else {
        return Err(ApiError::input("fix-gone", "finding", "The text has no such finding with a fix."));
    };
    let text = serde_json::to_string_pretty(&fixed).map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(FixedPolicies { text, alone: !report.unwrapped.is_empty() || report.documents.len() > 1 })
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TYPO: &str = "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\",\n \"Action\": \"ecr:PutImagee\", \"Resource\": \"*\"}}";

    fn request(text: &str) -> CheckPolicies {
        CheckPolicies { text: text.into(), kind: None, registry: None }
    }

    #[test]
    fn a_fix_heals_its_finding() {
        let wrong = checked(&request(TYPO));
        let finding = &wrong.findings[0];
        assert_eq!((finding.finding.code.as_str(), finding.line), ("action-unknown", 2));
        assert!(finding.fix.is_some());
        let fixed = fixed(&FixPolicies { checked: request(TYPO), finding: 0 }).unwrap();
        assert!(!fixed.alone);
        let healed = checked(&request(&fixed.text));
        assert!(healed.findings.iter().all(|found| found.finding.code != "action-unknown"), "{healed:?}");
    }

    #[test]
    fn a_statement_is_explained_beside_its_document() {
        let all = checked(&request(TYPO));
        assert_eq!(all.documents.len(), 1);
        assert_eq!(all.documents[0].kind, Some(PolicyKind::Identity));
        assert_eq!(all.documents[0].statements.len(), 1);
        assert_eq!(all.documents[0].statements[0].effect, "Allow");
    }

    #[test]
    fn a_policy_out_of_a_markdown_text_is_fixed_alone() {
        let text = format!("Here it is:\n\n```json\n{TYPO}\n```\n");
        let at = checked(&request(&text)).findings.iter().position(|found| found.fix.is_some()).unwrap();
        let fix = FixPolicies { checked: request(&text), finding: u32::try_from(at).unwrap() };
        assert!(fixed(&fix).unwrap().alone);
        let gone = fixed(&FixPolicies { checked: request("{}"), finding: 9 }).unwrap_err();
        assert_eq!(gone.code, "fix-gone");
    }
}
