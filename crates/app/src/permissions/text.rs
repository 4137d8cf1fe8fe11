//! What a pasted or edited policy is, and what is wrong with it.

use longshore_policy::{
    has_errors,
    registry_policy::{PasteKind, check_pasted},
};

use crate::{
    App,
    api::{ApiError, CheckPolicyText, CheckedPolicyText},
    plans::{finding, place},
};

impl App {
    /// What a pasted or edited policy is, and what is wrong with it. No network.
    ///
    /// # Errors
    /// When the registry named is none.
    pub async fn check_policy_text(&self, request: CheckPolicyText) -> Result<CheckedPolicyText, ApiError> {
        let CheckPolicyText { registry, text } = request;
        let id = registry.id()?;
        let there = place(self, &registry);
        // Long texts are read and compared; not on the thread that serves windows.
        let checked = tokio::task::spawn_blocking(move || check_pasted(&text, &id))
            .await
            .map_err(|_| ApiError::internal("Checking the text ended before its time."))?;
        let place_in_text = checked.findings.iter().find_map(|found| found.position);
        let syntax = checked
            .findings
            .iter()
            .find(|found| found.is_error())
            .and_then(|found| found.position)
            .or(place_in_text);
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        let count = checked.document.as_ref().map_or(0, |policy| policy.statements().len());
        let summary = match checked.kind {
            PasteKind::Policy if count == 1 => format!("A policy with one statement, checked for {there}."),
            PasteKind::Policy => format!("A policy with {count} statements, checked for {there}."),
            PasteKind::Statement => format!("A single statement, checked for {there}."),
            PasteKind::Command => "A command or a host name, not a policy.".into(),
            PasteKind::Unknown => "This is not a policy that can be read.".into(),
        };
        Ok(CheckedPolicyText {
            summary,
            writable: checked.kind == PasteKind::Policy
                && checked.document.is_some()
                && !has_errors(&checked.findings)
                && !checked.findings.iter().any(|found| found.code == "typographic-quotes"),
            mended: checked.mended.as_ref().map(|policy| policy.pretty()),
            line: syntax.map(|at| number(at.line)),
            column: syntax.map(|at| number(at.column)),
            findings: checked.findings.iter().map(finding).collect(),
        })
    }
}
