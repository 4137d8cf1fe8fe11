//! *Paste and check*: adapts a statement or policy from a guide to one registry.

pub(crate) mod clean;
mod commands;
mod fix;
mod fixes;
mod proposed_sid;

use longshore_names::RegistryId;
use serde::Serialize;
use serde_json::{Map, Value, json};

use clean::cleaned;
pub use fix::Fix;
use fix::apply;
use fixes::fixes;
pub use proposed_sid::DEFAULT_SID;

use crate::iam::{
    CREATE_REPOSITORY, Effect, Element, Policy, Principal, REPLICATE_IMAGE, StatementView,
    evaluate::action_fits,
    validate::{PolicyContext, path, validate_policy},
};
use crate::{
    FieldPath, Finding, json,
    paste::{self, Document, DocumentKind, Wrapping},
};

/// The policy with every fix of these codes, chosen or not.
pub(crate) fn with_fixes(policy: &Policy, registry: &RegistryId, codes: &[&str]) -> Policy {
    let all = fixes(policy, registry, None);
    apply(policy, all.iter().filter(|fix| codes.contains(&fix.code)))
}

/// The kind of a pasted text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PasteKind {
    /// A whole policy.
    Policy,
    /// One statement.
    Statement,
    /// A command or a host name, without a document.
    Command,
    /// Something else.
    Unknown,
}

/// The result of checking a pasted text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PasteCheck {
    /// What it is.
    pub kind: PasteKind,
    /// The kind of document in it; `None` if it has none.
    pub document_kind: Option<DocumentKind>,
    /// The wrappings that were removed.
    pub unwrapped: Vec<Wrapping>,
    /// Its problems, in terms of the pasted text.
    pub findings: Vec<Finding>,
    /// The policy as far as it could be read, unchanged.
    pub document: Option<Policy>,
    /// The policy with the fixes that keep its meaning; `None` if there is nothing to fix or
    /// nothing could be read.
    pub mended: Option<Policy>,
    /// All fixes, including those in [`mended`](Self::mended).
    pub fixes: Vec<Fix>,
    /// The problems that remain after every fix.
    pub remaining: Vec<Finding>,
    #[serde(skip)]
    base: Option<Policy>,
}

impl PasteCheck {
    fn without_document(
        kind: PasteKind,
        document_kind: Option<DocumentKind>,
        unwrapped: Vec<Wrapping>,
        findings: Vec<Finding>,
    ) -> Self {
        Self {
            kind,
            document_kind,
            unwrapped,
            findings,
            document: None,
            mended: None,
            fixes: Vec::new(),
            remaining: Vec::new(),
            base: None,
        }
    }

    /// The policy with the applied fixes and the ones chosen by id; unknown ids are ignored. `None`
    /// if nothing could be read.
    pub fn fixed(&self, chosen: &[String]) -> Option<Policy> {
        let base = self.base.as_ref()?;
        Some(apply(base, self.fixes.iter().filter(|fix| fix.applied || chosen.contains(&fix.id))))
    }

    /// The policy with every fix made.
    pub fn fixed_entirely(&self) -> Option<Policy> {
        Some(apply(self.base.as_ref()?, self.fixes.iter()))
    }
}

/// Checks a text that was pasted as the policy of `registry`, or as a statement of it.
pub fn check_pasted(text: &str, registry: &RegistryId) -> PasteCheck {
    let pasted = paste::read(text, registry);
    let mut findings = pasted.findings;
    let trimmed = text.trim();
    let Some(document) = chosen(&pasted.documents) else {
        let about_commands = commands::check(trimmed);
        let call = pasted.unwrapped.contains(&Wrapping::Command) || commands::looks_like_one(trimmed);
        if call || (!trimmed.contains(['{', '[']) && !about_commands.is_empty()) {
            findings.retain(|finding| {
                finding.code != "json-invalid" || pasted.unwrapped.contains(&Wrapping::Command)
            });
            findings.extend(about_commands);
            return PasteCheck::without_document(PasteKind::Command, None, pasted.unwrapped, findings);
        }
        return PasteCheck::without_document(PasteKind::Unknown, None, pasted.unwrapped, findings);
    };
    if pasted.documents.len() > 1 {
        let text = format!(
            "The text holds {} documents; only {} is read.",
            pasted.documents.len(),
            document.kind.phrase()
        );
        findings.push(Finding::warning("several-documents", text).hint("Paste the others one by one."));
    }
    let about = about_kind(document);
    if about.iter().any(Finding::is_error) {
        findings.extend(about);
        return PasteCheck::without_document(
            PasteKind::Unknown,
            Some(document.kind),
            pasted.unwrapped,
            findings,
        );
    }
    findings.extend(about);
    let (kind, policy) = match &document.value {
        Value::Array(list) => (PasteKind::Policy, around(list.clone())),
        one if one.get("Statement").is_none() && document.kind == DocumentKind::Statement => {
            (PasteKind::Statement, around(vec![one.clone()]))
        }
        whole => (PasteKind::Policy, whole.clone()),
    };
    let policy = match Policy::from_value(policy) {
        Ok(policy) => policy,
        Err(error) => {
            findings.push(error.finding());
            return PasteCheck::without_document(
                PasteKind::Unknown,
                Some(document.kind),
                pasted.unwrapped,
                findings,
            );
        }
    };
    let context = PolicyContext::new(registry.clone());
    findings.extend(odd_characters(document));
    let mut own = validate_policy(&policy, &context);
    for statement in policy.statements() {
        own.extend(from_guides(&statement));
    }
    findings.extend(own.into_iter().map(|finding| placed(finding, document)));
    let (base, mut all) = cleaned(&policy);
    all.extend(fixes(&base, registry, document.repository.as_deref()));
    let unreadable: Vec<Finding> =
        findings.iter().filter(|f| f.code == "variable-unreadable").cloned().collect();
    let mut check = PasteCheck {
        kind,
        document_kind: Some(document.kind),
        unwrapped: pasted.unwrapped,
        findings,
        document: Some(policy),
        mended: None,
        fixes: all,
        remaining: unreadable,
        base: Some(base),
    };
    let mended = check.fixed(&[]);
    let changed = !check.unwrapped.is_empty()
        || kind == PasteKind::Statement
        || mended.as_ref().zip(check.document.as_ref()).is_some_and(|(m, p)| !same(m, p));
    check.mended = mended.filter(|_| changed);
    if let Some(entire) = check.fixed_entirely() {
        check.remaining.extend(validate_policy(&entire, &context).into_iter().filter(Finding::is_error));
    }
    check
}

/// A single statement and a list of one are written differently, but need no fix.
fn same(a: &Policy, b: &Policy) -> bool {
    let listed = |policy: &Policy| {
        let mut raw = policy.raw.clone();
        let statements: Vec<Value> = policy.raw_statements().into_iter().cloned().collect();
        raw.insert("Statement".into(), Value::Array(statements));
        Value::Object(raw)
    };
    json::same_json(&listed(a), &listed(b))
}

/// The document to check: the first registry policy, else the first document.
fn chosen(documents: &[Document]) -> Option<&Document> {
    let ours = [DocumentKind::RegistryPolicy, DocumentKind::Statement, DocumentKind::RepositoryPolicy];
    ours.iter().find_map(|kind| documents.iter().find(|d| d.kind == *kind)).or(documents.first())
}

/// The findings for a document of another kind.
fn about_kind(document: &Document) -> Vec<Finding> {
    let whole = FieldPath::new("document");
    let other = |code, hint: &str| {
        let text = format!("This is {}, not a registry policy.", document.kind.phrase());
        Finding::error(code, text).at(whole.clone()).hint(hint)
    };
    match document.kind {
        DocumentKind::RegistryPolicy | DocumentKind::Statement => Vec::new(),
        DocumentKind::RepositoryPolicy => {
            let text = match &document.repository {
                Some(name) => {
                    format!("This is the policy of the repository `{name}`, not a registry policy.")
                }
                None => "This is the policy of a repository, not a registry policy.".to_owned(),
            };
            let hint = "A registry policy applies to every repository that its resources name. Keep it with its repository, or check the resources.";
            vec![Finding::warning("repository-policy", text).hint(hint)]
        }
        DocumentKind::LifecyclePolicy => {
            let mut all = vec![other(
                "lifecycle-policy",
                "It belongs to a repository, not to the registry's permissions.",
            )];
            if let Ok(policy) = crate::lifecycle::LifecyclePolicy::from_value(document.value.clone()) {
                all.extend(
                    crate::lifecycle::validate(&policy).into_iter().map(|finding| placed(finding, document)),
                );
            }
            all
        }
        DocumentKind::IdentityPolicy => vec![other(
            "identity-policy",
            "It says what a user or role may do, so it names no principal. A registry policy names who may do something here.",
        )],
        DocumentKind::TrustPolicy => {
            vec![other("trust-policy", "It says who may assume a role, and belongs to that role.")]
        }
        DocumentKind::ReplicationConfiguration => match Policy::from_value(json!({ "rules": [] })) {
            Err(error) => vec![error.finding()],
            Ok(_) => Vec::new(),
        },
        DocumentKind::Other => match Policy::from_value(document.value.clone()) {
            Err(error) => vec![error.finding()],
            Ok(_) => Vec::new(),
        },
    }
}

/// Wraps statements in a policy.
fn around(statements: Vec<Value>) -> Value {
    let mut policy = Map::new();
    policy.insert("Version".into(), "2012-10-17".into());
    policy.insert("Statement".into(), Value::Array(statements));
    Value::Object(policy)
}

/// The finding with its position in the pasted text.
fn placed(finding: Finding, document: &Document) -> Finding {
    let Some(field) = finding.field.clone().filter(|_| finding.position.is_none()) else { return finding };
    let text = field.as_str();
    let inside = match (&document.value, document.kind) {
        (Value::Array(_), _) => text.strip_prefix("Statement").unwrap_or(text),
        (_, DocumentKind::Statement) => text.strip_prefix("Statement[0]").unwrap_or(text),
        _ => text,
    };
    let at = document.place(&FieldPath::new(inside));
    finding.in_text(at.line, at.column)
}

/// Invisible characters in strings where every character counts.
fn odd_characters(document: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (field, c, at) in document.odd_characters().into_iter().take(20) {
        let finding = odd_character(&field, c);
        let field = match (&document.value, document.kind) {
            (Value::Array(_), _) => FieldPath::new(format!("Statement{field}")),
            (_, DocumentKind::Statement) => FieldPath::new(format!("Statement[0].{field}")),
            _ => field,
        };
        findings
            .push(finding.at(field).in_text(at.line, at.column).hint("It is removed in the fixed document."));
    }
    findings
}

/// The finding for an invisible character in a string of the field.
pub(crate) fn odd_character(field: &FieldPath, c: char) -> Finding {
    let text = format!("There is an invisible character here, U+{:04X}{}.", u32::from(c), called(c));
    if field.as_str().contains("Condition") {
        Finding::warning("invisible-character", text)
    } else {
        Finding::error("invisible-character", text)
    }
}

fn called(c: char) -> &'static str {
    match c {
        '\u{a0}' => " (no-break space)",
        '\u{ad}' => " (soft hyphen)",
        '\u{200b}' => " (zero-width space)",
        '\u{200c}' | '\u{200d}' => " (zero-width joiner)",
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => " (text direction)",
        '\u{202f}' => " (narrow no-break space)",
        '\u{2060}' => " (word joiner)",
        '\u{feff}' => " (byte order mark)",
        _ => "",
    }
}

/// Omissions of guides that ECR accepts.
fn from_guides(statement: &StatementView) -> Vec<Finding> {
    let mut findings = Vec::new();
    let at = path(statement.index);
    if lacks_create(statement) {
        findings.push(
            Finding::warning(
                "create-repository-missing",
                "`ecr:CreateRepository` is missing: images arrive only in existing repositories.",
            )
            .at(at.child("Action"))
            .hint("Add it, or create the repositories beforehand."),
        );
    }
    let bare = |p: &Principal| matches!(p, Principal::Account { partition: None, .. });
    if statement.principals.items().iter().any(bare) {
        findings.push(
            Finding::note(
                "principal-bare",
                "A bare account id means the whole account; AWS writes it as an ARN.",
            )
            .at(at.child("Principal")),
        );
    }
    findings
}

fn lacks_create(statement: &StatementView) -> bool {
    let Element::Only(actions) = &statement.actions else { return false };
    let names = |action: &str| actions.iter().any(|pattern| action_fits(pattern, action));
    statement.effect == Effect::Allow && names(REPLICATE_IMAGE) && !names(CREATE_REPOSITORY)
}
