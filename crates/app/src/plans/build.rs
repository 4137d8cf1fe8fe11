//! What planning functions share: a content that grows, words for places, findings.

use std::sync::Arc;

use longshore_names::ForeignText;
use longshore_policy as policy;

use super::Content;
use crate::{
    App,
    api::{ApiError, Finding, RegistryKey, Severity, Side, Space},
    steps::{Change, Context, Step},
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
        change: impl Change + 'static,
    ) {
        self.add(Some(context.clone()), text.into(), reason, Arc::new(change));
    }

    /// Adds a step that is not at one account's registry.
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
        self.content.steps.push(Step { text, reason, context, destructive, action });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{changes::documents::WritePolicy, steps::DocumentChange};

    #[test]
    fn every_step_that_rewrites_a_policy_with_deleted_principals_warns_once() {
        let context = Context {
            registry: RegistryKey {
                space: Space::Sandbox,
                account: "444455556666".into(),
                region: "us-west-2".into(),
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
                let change = DocumentChange {
                    before: Some(document("AROAEXAMPLEEXAMPLE123")),
                    after: after.clone(),
                    made: Vec::new(),
                    unmade: Vec::new(),
                };
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
        assert_eq!(write(None), [], "a policy that goes names nobody");
    }
}
