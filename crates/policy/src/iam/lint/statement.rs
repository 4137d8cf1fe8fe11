//! One statement: its elements, and what each of them must be.

use super::{
    Linter, PolicyKind,
    cursor::{Cursor, Spot, Word},
    fix::LintFix,
};
use crate::{
    Finding,
    iam::{Effect, StatementView, actions, statement::KNOWN, validate},
};

/// A statement as it was pasted.
pub(super) struct Seen<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) view: StatementView,
    /// The elements that are misspelt, as they are meant.
    meant: Vec<&'static str>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(index: usize, cursor: Cursor<'a>) -> Self {
        let unknown = cursor.entries().into_iter().filter(|entry| !KNOWN.contains(&entry.key.as_str()));
        let meant = unknown.filter_map(|entry| element_meant(&entry.key, &KNOWN)).collect();
        Self { view: StatementView::read(index, &cursor.node.value()), cursor, meant }
    }

    pub(super) fn allows(&self) -> bool {
        self.view.effect == Effect::Allow
    }

    /// The element `name` or its opposite, and the name that it has.
    pub(super) fn element(&self, name: &str) -> Option<(String, Cursor<'a>)> {
        let not = format!("Not{name}");
        [name.to_owned(), not].into_iter().find_map(|name| Some((name.clone(), self.cursor.get(&name)?)))
    }

    /// The strings of the element `name` or its opposite, without those that are too long for it.
    pub(super) fn words(&self, name: &str) -> Vec<Word> {
        let mut words = self.element(name).map(|(_, cursor)| cursor.words()).unwrap_or_default();
        words.retain(|word| word.text.len() <= longest(name));
        words
    }

    /// Whether the element is in its form that lists what it does not include.
    pub(super) fn excludes(&self, name: &str) -> bool {
        self.element(name).is_some_and(|(found, _)| found != name)
    }

    /// Where the element or its opposite is, or the statement if it has neither.
    pub(super) fn key(&self, name: &str) -> Spot {
        self.element(name).map_or_else(|| self.cursor.spot.clone(), |(name, _)| self.cursor.key(&name))
    }
}

/// The most bytes of a string of an element: far more than the longest action, and the longest ARN.
fn longest(name: &str) -> usize {
    if name == "Action" { 256 } else { 2_048 }
}

/// The element that a key is meant to be.
pub(super) fn element_meant(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    let exact = known.iter().copied().find(|one| one.eq_ignore_ascii_case(&plain));
    exact.or_else(|| {
        let near = longshore_names::did_you_mean(&plain, known.iter().copied())?;
        (plain.len() > 3 && plain.len().abs_diff(near.len()) <= 2).then_some(near)
    })
}

impl Linter<'_> {
    pub(super) fn statement(&mut self, statement: &Seen<'_>) {
        let cursor = &statement.cursor;
        for entry in cursor.entries().iter().filter(|entry| !KNOWN.contains(&entry.key.as_str())) {
            self.unknown_element(&entry.key, &entry.spot, cursor, &KNOWN, "statement");
        }
        if !statement.meant.contains(&"Sid") {
            self.sid(cursor);
        }
        if !statement.meant.contains(&"Effect") {
            self.effect(cursor);
        }
        for name in ["Principal", "Action", "Resource"] {
            self.either(statement, name);
        }
    }

    fn sid(&mut self, cursor: &Cursor<'_>) {
        let Some(sid) = cursor.get("Sid") else {
            if self.kind == PolicyKind::Registry {
                let finding = Finding::note("sid-missing", "The statement has no id.");
                self.push(&cursor.spot, finding.hint("An id makes it easier to refer to."));
            }
            return;
        };
        let Some(word) = sid.word() else {
            self.push(&sid.spot, Finding::error("element-type", "`Sid` must be a text."));
            return;
        };
        let Some(mut finding) = validate::sid_problem(&word.text) else { return };
        // Services other than IAM accept more characters in the policies of their resources.
        let lenient = matches!(self.kind, PolicyKind::Repository | PolicyKind::Other);
        if lenient && !word.text.is_empty() {
            finding = Finding { severity: crate::Severity::Note, ..finding };
        }
        let plain: String = word.text.chars().filter(char::is_ascii_alphanumeric).collect();
        let fix = match plain.as_str() {
            "" if word.text.is_empty() => {
                Some(LintFix::remove(&word.spot.pointer, "The empty id is removed."))
            }
            "" => None,
            _ => Some(LintFix::replace(
                &word.spot.pointer,
                plain.clone(),
                format!("The id becomes `{plain}`."),
            )),
        };
        self.push_fixed(&word.spot, finding, fix);
    }

    fn effect(&mut self, cursor: &Cursor<'_>) {
        let Some(effect) = cursor.get("Effect") else {
            let finding = Finding::error("effect-invalid", "`Effect` is missing.");
            self.push(&cursor.spot, finding.hint("Use `Allow` or `Deny`."));
            return;
        };
        let text = effect.word().map(|word| word.text).unwrap_or_default();
        if ["Allow", "Deny"].contains(&text.as_str()) {
            return;
        }
        let finding = Finding::error("effect-invalid", format!("`{text}` is not an effect."));
        let meant = longshore_names::did_you_mean(text.trim(), ["Allow", "Deny"]).filter(|_| text.len() > 2);
        let fix = meant.map(|meant| {
            LintFix::replace(&effect.spot.pointer, meant, format!("The effect becomes `{meant}`."))
        });
        self.push_fixed(&effect.spot, finding.hint("Use `Allow` or `Deny`."), fix);
    }

    /// An element that is there once, in one of its two forms, and holds something.
    fn either(&mut self, statement: &Seen<'_>, name: &'static str) {
        let cursor = &statement.cursor;
        let not = format!("Not{name}");
        if cursor.get(name).is_some() && cursor.get(&not).is_some() {
            let finding =
                Finding::error("element-both", format!("The statement has both `{name}` and `{not}`."));
            self.push(&cursor.key(&not), finding.hint("Keep one of the two."));
        }
        let Some((found, value)) = statement.element(name) else {
            if statement.meant.iter().any(|meant| *meant == name || *meant == not) {
                return;
            }
            if let Some((finding, fix)) = self.missing(statement, name) {
                self.push_fixed(&cursor.spot, finding, fix);
            }
            return;
        };
        let spot = cursor.key(&found);
        let prohibited = match (self.kind, name) {
            (PolicyKind::Identity, "Principal") => Some(Finding::error(
                "principal-not-allowed",
                "A policy for users and roles has no principal: it applies to whom it is attached to.",
            )),
            (PolicyKind::Trust, "Resource") => Some(Finding::error(
                "resource-not-allowed",
                "A trust policy has no resource: it applies to its role.",
            )),
            _ => None,
        };
        if let Some(finding) = prohibited {
            let fix = LintFix::remove(&spot.pointer, format!("`{found}` is removed."));
            self.push_fixed(&spot, finding.hint("Remove it."), Some(fix));
            return;
        }
        if name == "Principal" {
            return;
        }
        let items = value.items();
        if items.is_empty() {
            let finding = Finding::error("element-empty", format!("`{found}` is empty."));
            self.push(&spot, finding.hint("Name something, or remove the statement."));
        }
        for item in items {
            match item.word() {
                Some(word) if word.text.trim().is_empty() => {
                    self.push(
                        &item.spot,
                        Finding::error("element-empty", format!("`{found}` has an empty text.")),
                    );
                }
                Some(word) if word.text.len() > longest(name) => {
                    let text = format!("`{found}` has a text of more than {} characters.", longest(name));
                    self.push(&item.spot, Finding::error("element-type", text));
                }
                Some(_) => {}
                None => {
                    let text = format!("`{found}` must be a text or a list of texts.");
                    self.push(&item.spot, Finding::error("element-type", text));
                }
            }
        }
    }

    fn missing(&self, statement: &Seen<'_>, name: &str) -> Option<(Finding, Option<LintFix>)> {
        let own = &statement.cursor.spot.pointer;
        match name {
            "Principal" if self.kind == PolicyKind::Identity => None,
            "Principal" => {
                let finding = Finding::error("principal-missing", "`Principal` is missing.");
                Some((finding.hint("Name accounts, roles or a service."), None))
            }
            "Action" => Some((Finding::error("action-missing", "`Action` is missing."), None)),
            _ if matches!(self.kind, PolicyKind::Registry | PolicyKind::Identity) => {
                let text = "`Resource` is missing; without it the statement is refused.";
                let words = statement.words("Action");
                let on_star =
                    !words.is_empty() && words.iter().all(|word| actions::is_on_registry(&word.text));
                let arn = match self.registry {
                    Some(here) if self.kind == PolicyKind::Registry => Some(format!(
                        "arn:{}:ecr:{}:{}:repository/*",
                        here.region.partition(),
                        here.region,
                        here.account
                    )),
                    _ => (on_star || self.kind == PolicyKind::Registry).then(|| "*".to_owned()),
                };
                let fix = arn.map(|arn| {
                    let text = format!("`Resource` is added: `{arn}`.");
                    LintFix::add(format!("{own}/Resource"), arn, text)
                });
                let finding = Finding::error("resource-missing", text);
                Some((finding.hint("Name what the statement is about, or `*`."), fix))
            }
            _ => None,
        }
    }
}
