//! What planning functions share: content that is built up, words for places, findings.

use std::sync::Arc;

use longshore_names::{AccountId, ForeignText};
use longshore_policy as policy;

use super::Content;
use crate::{
    App,
    api::{ApiError, Finding, RegistryKey, Severity, Side, Space},
    steps::{Change, Context, Step},
};

/// A plan that is being built.
pub(crate) struct Draft {
    pub(crate) content: Content,
}

impl Draft {
    pub(crate) fn new(space: Space, title: impl Into<String>) -> Self {
        Self { content: Content::new(space, ForeignText::new(title.into())) }
    }

    /// Appends a step.
    pub(crate) fn step(
        &mut self,
        context: &Context,
        text: impl Into<String>,
        reason: Option<String>,
        change: impl Change + 'static,
    ) {
        self.add(Some(context.clone()), text.into(), reason, Arc::new(change));
    }

    /// Appends a step that needs only those of the given indices. Returns its own.
    pub(crate) fn row(
        &mut self,
        context: &Context,
        text: impl Into<String>,
        reason: Option<String>,
        change: impl Change + 'static,
        needs: Vec<usize>,
    ) -> usize {
        self.row_of(context, text, reason, Arc::new(change), needs)
    }

    /// As [`step`](Self::step), with a change of any type.
    pub(crate) fn step_of(
        &mut self,
        context: &Context,
        text: impl Into<String>,
        reason: Option<String>,
        change: Arc<dyn Change>,
    ) {
        self.add(Some(context.clone()), text.into(), reason, change);
    }

    /// As [`row`](Self::row), with a change of any type.
    pub(crate) fn row_of(
        &mut self,
        context: &Context,
        text: impl Into<String>,
        reason: Option<String>,
        change: Arc<dyn Change>,
        needs: Vec<usize>,
    ) -> usize {
        self.step_of(context, text, reason, change);
        let index = self.content.steps.len() - 1;
        self.content.steps[index].needs = Some(needs);
        index
    }

    /// Appends the steps and findings of another draft of the same space.
    pub(crate) fn append(&mut self, other: Self) {
        let first = self.content.steps.len();
        let Content { steps, findings, stays, .. } = other.content;
        self.content.steps.extend(steps.into_iter().map(|mut step| {
            step.needs.iter_mut().flatten().for_each(|index| *index += first);
            step
        }));
        self.content.findings.extend(findings);
        self.content.stays.extend(stays);
    }

    /// Appends a step that does not belong to the registry of one account.
    pub(crate) fn step_elsewhere(
        &mut self,
        text: impl Into<String>,
        reason: Option<String>,
        change: impl Change + 'static,
    ) {
        self.add(None, text.into(), reason, Arc::new(change));
    }

    fn add(
        &mut self,
        context: Option<Context>,
        text: String,
        reason: Option<String>,
        action: Arc<dyn Change>,
    ) {
        let findings = &mut self.content.findings;
        if let Some(warning) = action.warning()
            && !findings.iter().any(|known| known.code == warning.code)
        {
            findings.push(warning);
        }
        let destructive = action.is_destructive();
        let (text, reason) = (ForeignText::new(text).into(), shown(reason));
        self.content.steps.push(Step { text, reason, context, destructive, needs: None, action });
    }

    fn find(&mut self, severity: Severity, code: &str, text: String, hint: Option<&str>) {
        let (text, hint) = (ForeignText::new(text).into(), shown(hint));
        let code = code.into();
        self.content.findings.push(Finding { code, severity, field: None, text, hint, registry: None });
    }

    /// Says which registry the last finding is about.
    pub(crate) fn about(&mut self, registry: &RegistryKey) {
        if let Some(last) = self.content.findings.last_mut() {
            last.registry = Some(registry.clone());
        }
    }

    /// Adds a finding that prevents the run.
    pub(crate) fn error(&mut self, code: &str, text: impl Into<String>, hint: &str) {
        self.find(Severity::Error, code, text.into(), Some(hint));
    }

    /// Adds a finding about something that is probably not intended.
    pub(crate) fn warning(&mut self, code: &str, text: impl Into<String>, hint: Option<&str>) {
        self.find(Severity::Warning, code, text.into(), hint);
    }

    /// Adds a finding that is worth knowing.
    pub(crate) fn note(&mut self, code: &str, text: impl Into<String>) {
        self.find(Severity::Note, code, text.into(), None);
    }
}

/// A registry in words: `Prod (444455556666) / us-west-2`.
pub(crate) fn place(app: &App, registry: &RegistryKey) -> String {
    match app.accounts.name(registry.space, registry.account.as_str()) {
        Some(name) if name != registry.account.as_str() => {
            format!("{name} ({}) / {}", registry.account, registry.region)
        }
        _ => format!("{} / {}", registry.account, registry.region),
    }
}

/// An account in words: `Prod (444455556666)`, or its number when it has no name.
pub(crate) fn account_name(app: &App, space: Space, id: &AccountId) -> String {
    match app.accounts.name(space, id.as_str()) {
        Some(name) if name != id.as_str() => format!("{name} ({id})"),
        _ => id.to_string(),
    }
}

/// A count in words: `1 image`, `2 images`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A finding for display.
pub(crate) fn finding(finding: &policy::Finding) -> Finding {
    Finding {
        code: finding.code.to_owned(),
        severity: match finding.severity {
            policy::Severity::Note => Severity::Note,
            policy::Severity::Warning => Severity::Warning,
            policy::Severity::Error => Severity::Error,
        },
        field: finding.field.as_ref().map(|field| camel_case(field.as_str())),
        text: ForeignText::new(&finding.text).into(),
        hint: shown(finding.hint.as_ref()),
        registry: None,
    }
}

fn shown(text: Option<impl AsRef<str>>) -> Option<String> {
    text.map(|text| ForeignText::new(text).into())
}

/// A finding that prevents a run, as the error of a call.
pub(crate) fn finding_error(finding: &Finding) -> ApiError {
    ApiError {
        code: finding.code.clone(),
        message: finding.text.clone(),
        hint: finding.hint.clone(),
        side: Side::Input,
        field: finding.field.clone(),
    }
}

/// `create_repository` in the notation of request fields: `createRepository`.
fn camel_case(field: &str) -> String {
    let mut out = String::with_capacity(field.len());
    let mut upper = false;
    for character in field.chars() {
        if character == '_' {
            upper = true;
        } else if upper {
            out.extend(character.to_uppercase());
            upper = false;
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{changes::documents::WritePolicy, steps::DocumentChange};

    #[test]
    fn every_step_that_rewrites_a_policy_with_deleted_principals_warns_once() {
        let context = Context {
            registry: RegistryKey {
                space: Space::Sandbox,
                account: "444455556666".parse().unwrap(),
                region: "us-west-2".parse().unwrap(),
            },
            partition: "aws".into(),
            endpoint: None,
            principal: None,
        };
        let document = |who: &str| {
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":["{who}"]}},"Action":"ecr:ReplicateImage","Resource":"*"}}]}}"#
            )
        };
        let write = |after: Option<String>| {
            let mut draft = Draft::new(Space::Sandbox, "Write");
            for _ in 0..2 {
                let change = DocumentChange::of(Some(document("AROAEXAMPLEEXAMPLE123")), after.clone());
                draft.step(&context, "Write the policy", None, WritePolicy(change));
            }
            draft.content.findings
        };
        for orphan in ["AROAEXAMPLEEXAMPLE123", "AIDAEXAMPLEEXAMPLE456"] {
            let findings = write(Some(document(orphan)));
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert_eq!(findings[0].code, "principal-orphaned");
            assert!(findings[0].text.contains(orphan));
        }
        assert_eq!(write(Some(document("arn:aws:iam::111122223333:root"))), []);
        assert_eq!(write(None), [], "a removed policy names no principal");
    }
}
