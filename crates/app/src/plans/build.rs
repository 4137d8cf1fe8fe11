//! What planning functions share: a content that grows, words for places, findings.

use longshore_names::ForeignText;
use longshore_policy as policy;

use super::{Action, Content, Context, Step};
use crate::{
    App,
    api::{ApiError, Finding, RegistryKey, Severity, Side, Space},
};

/// A plan in the making.
pub(crate) struct Draft {
    pub(crate) content: Content,
}

impl Draft {
    pub(crate) fn new(space: Space, title: impl Into<String>) -> Self {
        Self { content: Content::new(space, ForeignText::new(title.into())) }
    }

    /// Adds a step at the end.
    pub(crate) fn step(
        &mut self,
        context: &Context,
        text: impl Into<String>,
        reason: Option<String>,
        action: Action,
    ) {
        let destructive = match &action {
            Action::DeleteRepository { .. } | Action::DeleteImages { .. } | Action::ClearReplicas { .. } => {
                true
            }
            Action::WriteReplication(change) | Action::WritePolicy(change) => !change.unmade.is_empty(),
            _ => false,
        };
        let context = Some(context.clone());
        let (text, reason) = (ForeignText::new(text.into()).into(), shown(reason));
        self.content.steps.push(Step { text, reason, context, destructive, action });
    }

    /// Adds a step that is not at one account's registry.
    pub(crate) fn step_elsewhere(
        &mut self,
        text: impl Into<String>,
        reason: Option<String>,
        destructive: bool,
        action: Action,
    ) {
        let (text, reason) = (ForeignText::new(text.into()).into(), shown(reason));
        self.content.steps.push(Step { text, reason, context: None, destructive, action });
    }

    fn find(&mut self, severity: Severity, code: &str, text: String, hint: Option<&str>) {
        let (text, hint) = (ForeignText::new(text).into(), shown(hint));
        self.content.findings.push(Finding { code: code.into(), severity, field: None, text, hint });
    }

    /// Something that forbids running.
    pub(crate) fn error(&mut self, code: &str, text: impl Into<String>, hint: &str) {
        self.find(Severity::Error, code, text.into(), Some(hint));
    }

    /// Something that is probably not meant.
    pub(crate) fn warning(&mut self, code: &str, text: impl Into<String>, hint: Option<&str>) {
        self.find(Severity::Warning, code, text.into(), hint);
    }

    /// Something worth knowing.
    pub(crate) fn note(&mut self, code: &str, text: impl Into<String>) {
        self.find(Severity::Note, code, text.into(), None);
    }
}

/// A registry in words: `Prod (444455556666) / us-west-2`.
pub(crate) fn place(app: &App, registry: &RegistryKey) -> String {
    match app.accounts.name(registry.space, &registry.account) {
        Some(name) if name != registry.account => {
            format!("{name} ({}) / {}", registry.account, registry.region)
        }
        _ => format!("{} / {}", registry.account, registry.region),
    }
}

/// A finding as windows see it.
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
    }
}

fn shown(text: Option<impl AsRef<str>>) -> Option<String> {
    text.map(|text| ForeignText::new(text).into())
}

/// A finding that stands in the way, as the error of a call.
pub(crate) fn finding_error(finding: &Finding) -> ApiError {
    ApiError {
        code: finding.code.clone(),
        message: finding.text.clone(),
        hint: finding.hint.clone(),
        side: Side::Input,
        field: finding.field.clone(),
    }
}

/// `create_repository` as the fields of requests are written: `createRepository`.
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
