//! The meaning of a pasted or edited policy, and its findings.

use longshore_policy::{
    has_errors,
    registry_policy::{Fix, PasteCheck, PasteKind, Wrapping, check_pasted},
};

use crate::{
    App,
    api::{ApiError, CheckPolicyText, CheckedPolicyText, PolicyFix},
    plans::{finding, place},
};

impl App {
    /// The meaning of a pasted or edited policy, and its findings. No network.
    ///
    /// # Errors
    /// When the given registry is invalid.
    pub async fn check_policy_text(&self, request: CheckPolicyText) -> Result<CheckedPolicyText, ApiError> {
        let CheckPolicyText { registry, text, fixes } = request;
        let id = registry.id();
        let there = place(self, &registry);
        // Long texts take time to parse and compare, so this does not run on the thread that serves
        // windows.
        let checked = tokio::task::spawn_blocking(move || check_pasted(&text, &id))
            .await
            .map_err(|_| ApiError::internal("Checking the text ended without a result."))?;
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
            PasteKind::Command => "A command or a host name without a policy.".into(),
            PasteKind::Unknown => "This is not a policy that can be read.".into(),
        };
        let summary = match checked.unwrapped.iter().find_map(|wrapping| taken_from(*wrapping)) {
            Some(wrapping) if checked.document.is_some() => {
                format!("{summary} It was extracted from {wrapping}.")
            }
            _ => summary,
        };
        Ok(CheckedPolicyText {
            summary,
            writable: checked.kind == PasteKind::Policy
                && checked.document.is_some()
                && checked.unwrapped.is_empty()
                && !has_errors(&checked.findings),
            mended: mended(&checked, &fixes),
            fixes: checked.fixes.iter().map(fix).collect(),
            line: syntax.map(|at| number(at.line)),
            column: syntax.map(|at| number(at.column)),
            findings: checked.findings.iter().map(finding).collect(),
        })
    }
}

/// The text with the repairs and the chosen fixes.
fn mended(checked: &PasteCheck, chosen: &[String]) -> Option<String> {
    let any = checked.fixes.iter().any(|fix| !fix.applied && chosen.contains(&fix.id));
    if any {
        checked.fixed(chosen).map(|policy| policy.pretty())
    } else {
        checked.mended.as_ref().map(|policy| policy.pretty())
    }
}

fn fix(fix: &Fix) -> PolicyFix {
    PolicyFix {
        id: fix.id.clone(),
        code: fix.code.to_owned(),
        what: fix.what.clone(),
        newly_allows: fix.newly_allows.clone(),
        applied: fix.applied,
    }
}

/// The wrapping in a sentence; `None` for one that only concerns how the text is written.
fn taken_from(wrapping: Wrapping) -> Option<&'static str> {
    match wrapping {
        Wrapping::Command => Some("a command"),
        Wrapping::Terraform => Some("Terraform"),
        Wrapping::CloudFormation => Some("a CloudFormation template"),
        Wrapping::Answer => Some("the response or input of an API call"),
        Wrapping::Markdown => Some("the surrounding text"),
        Wrapping::JsonText => Some("escaped text"),
        Wrapping::Yaml => Some("YAML"),
        Wrapping::Encoding | Wrapping::Typography | Wrapping::Comments | Wrapping::TrailingComma => None,
    }
}
