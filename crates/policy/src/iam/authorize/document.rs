//! A policy document, prepared for evaluation.

use super::answer::{Layer, StatementAt};
use crate::{
    DocumentError,
    iam::{
        Effect, Element, Policy, Principal,
        condition::{self, Test},
    },
};

/// A document of one layer, with the label under which answers name it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub(super) layer: Layer,
    label: String,
    /// Whether `${…}` is a variable in it; in older versions of the language it is text.
    pub(super) variables: bool,
    pub(super) statements: Vec<Prepared>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prepared {
    index: usize,
    sid: Option<String>,
    pub(super) effect: Effect,
    pub(super) principals: Element<Principal>,
    pub(super) actions: Element<String>,
    pub(super) resources: Element<String>,
    /// The tests of its condition; `None` if it cannot be read.
    pub(super) tests: Option<Vec<Test>>,
}

impl Document {
    /// A policy as a document of `layer`.
    ///
    /// # Errors
    /// When the policy is none of this layer: only resource policies and RCPs name principals.
    pub fn new(layer: Layer, label: impl Into<String>, policy: &Policy) -> Result<Self, DocumentError> {
        let mut statements = Vec::new();
        for view in policy.statements() {
            let path = |key: &str| format!("Statement[{}].{key}", view.index);
            let named = view.principals != Element::Missing;
            if named && !layer.names_principals() {
                let key = if view.raw.get("Principal").is_some() { "Principal" } else { "NotPrincipal" };
                let problem = format!(
                    "statement {} names a principal, as only resource policies do; {} name none",
                    view.phrase(),
                    plural(layer)
                );
                return Err(DocumentError::shape(&path(key), problem));
            }
            if !named && layer.names_principals() {
                let problem =
                    format!("statement {} names no principal, as {} do", view.phrase(), plural(layer));
                return Err(DocumentError::shape(&format!("Statement[{}]", view.index), problem));
            }
            let tests = match &view.condition {
                None => Some(Vec::new()),
                Some(raw) => condition::tests(raw).map(|tests| tests.into_iter().map(spelled).collect()),
            };
            statements.push(Prepared {
                index: view.index,
                sid: view.sid,
                effect: view.effect,
                principals: view.principals,
                actions: view.actions,
                resources: view.resources,
                tests,
            });
        }
        let variables = policy.raw.get("Version").and_then(|version| version.as_str()) == Some("2012-10-17");
        Ok(Self { layer, label: label.into(), variables, statements })
    }

    /// The label.
    pub fn label(&self) -> &str {
        &self.label
    }

    pub(super) fn at(&self, statement: &Prepared) -> StatementAt {
        StatementAt {
            layer: self.layer,
            document: self.label.clone(),
            sid: statement.sid.clone(),
            index: statement.index,
        }
    }
}

fn plural(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "identity policies",
        Layer::Resource => "resource policies",
        Layer::Boundary => "permissions boundaries",
        Layer::Session => "session policies",
        Layer::Scp => "SCPs",
        Layer::Rcp => "RCPs",
    }
}

/// The test with its operator as AWS spells it.
fn spelled(test: Test) -> Test {
    let operator = condition::spelled_operator(&test.operator).unwrap_or_else(|| test.operator.clone());
    Test { operator, ..test }
}
