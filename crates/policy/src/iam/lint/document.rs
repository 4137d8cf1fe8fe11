//! The document as a whole: its elements, its version, its size.

use std::collections::BTreeMap;

use super::{
    Linter, PolicyKind,
    cursor::{Cursor, Spot, visible},
    fix::LintFix,
    statement::{Seen, element_meant},
};
use crate::{
    FieldPath, Finding,
    iam::{MAX_CHARACTERS, paste::odd_character},
    json,
    paste::{Document, node::Kind, node::Node, text::Text},
};

const ELEMENTS: [&str; 3] = ["Version", "Id", "Statement"];
const VERSION: &str = "2012-10-17";

/// The longest document of any kind (IAM API model, `policyDocumentType`).
const MAX_DOCUMENT: usize = 131_072;
/// A managed policy (IAM quotas), without white space.
const MAX_MANAGED: usize = 6_144;
/// All inline policies together of a user, a group and a role (IAM quotas), without white space.
const MAX_INLINE: [(&str, usize); 3] = [("user", 2_048), ("group", 5_120), ("role", 10_240)];
/// A trust policy, without and with a raised quota (IAM quotas), without white space.
const MAX_TRUST: (usize, usize) = (2_048, 8_192);

/// What a policy is too long for, as it is sent; `None` if it fits everywhere.
pub fn size(kind: PolicyKind, value: &serde_json::Value) -> Option<Finding> {
    let sent = json::minified(value);
    // White space inside strings does not count either, according to the quotas of IAM.
    let dense = sent.chars().filter(|c| !c.is_whitespace()).count();
    let long = |limit: usize, count: usize, what: &str| {
        let text = format!("The policy has {count} characters; {what} may have {limit}.");
        Finding::error("policy-too-long", text)
    };
    let split = "Split it, or use fewer and shorter actions and resources.";
    match kind {
        PolicyKind::Registry | PolicyKind::Repository => {
            let count = sent.chars().count();
            let finding = || long(MAX_CHARACTERS, count, kind.phrase());
            let hint = "Put accounts that need the same permissions into one statement.";
            (count > MAX_CHARACTERS).then(|| finding().hint(hint))
        }
        PolicyKind::Trust => {
            let (usual, most) = MAX_TRUST;
            if dense > most {
                return Some(long(most, dense, "a trust policy").hint(split));
            }
            let text = format!(
                "The policy has {dense} characters without white space; a trust policy may have {usual}, and up to {most} if the quota was raised."
            );
            (dense > usual).then(|| Finding::warning("policy-size", text).hint(split))
        }
        PolicyKind::Identity if dense > MAX_DOCUMENT => {
            Some(long(MAX_DOCUMENT, dense, "a document of IAM").hint(split))
        }
        PolicyKind::Identity if dense > MAX_MANAGED => {
            let hint = "Split it, or put it into a role as an inline policy, which may have 10,240.";
            Some(long(MAX_MANAGED, dense, "a managed policy").hint(hint))
        }
        PolicyKind::Identity => {
            let short: Vec<String> = MAX_INLINE
                .iter()
                .filter(|(_, limit)| dense > *limit)
                .map(|(who, limit)| format!("of a {who} ({limit})"))
                .collect();
            let text = format!(
                "The policy has {dense} characters without white space: more than the inline policies {} may have.",
                crate::sentence::list(&short, "or")
            );
            (!short.is_empty()).then(|| Finding::note("policy-size", text).hint("Use a managed policy."))
        }
        PolicyKind::Other => None,
    }
}

impl Linter<'_> {
    /// Checks a document, and returns its statements.
    pub(super) fn document<'a>(&mut self, root: &Cursor<'a>, document: &'a Document) -> Vec<Seen<'a>> {
        self.size(document, &root.spot);
        let listed = match root.get("Statement") {
            Some(statements) => {
                self.elements(root);
                self.version(root, document);
                statements
            }
            None => {
                let text = "This is a part of a policy; IAM and ECR take whole ones.";
                let finding = Finding::note("statement-bare", text);
                self.push(&root.spot, finding.hint("Put it under `Statement` of a policy."));
                root.clone()
            }
        };
        let items = listed.items();
        if items.is_empty() {
            let finding = Finding::error("policy-empty", "The policy has no statement.");
            self.push(&root.key("Statement"), finding.hint("Delete the policy instead."));
        }
        let mut statements = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            if item.is_object() {
                statements.push(Seen::new(index, item));
            } else {
                let finding = Finding::error("element-type", "A statement must be an object.");
                self.push(&item.spot, finding);
            }
        }
        self.sids(&statements);
        self.statements(&statements);
        statements
    }

    fn elements(&mut self, root: &Cursor<'_>) {
        for entry in root.entries().iter().filter(|entry| !ELEMENTS.contains(&entry.key.as_str())) {
            self.unknown_element(&entry.key, &entry.spot, root, &ELEMENTS, "policy");
        }
        if let Some(id) = root.get("Id").filter(|id| id.word().is_none()) {
            self.push(&id.spot, Finding::error("element-type", "`Id` must be a text."));
        }
    }

    /// An element that the policy language does not have.
    pub(super) fn unknown_element(
        &mut self,
        key: &str,
        spot: &Spot,
        parent: &Cursor<'_>,
        known: &[&'static str],
        what: &str,
    ) {
        if visible(key) != key {
            return; // That is a finding of its own.
        }
        let text = format!("`{key}` is not an element of a {what}.");
        match element_meant(key, known) {
            Some(meant) => {
                let fix = LintFix::rename(&spot.pointer, meant, format!("`{key}` becomes `{meant}`."));
                let finding = Finding::error("field-misspelt", text).hint(format!("Use `{meant}`."));
                self.push_fixed(spot, finding, Some(fix).filter(|_| parent.get(meant).is_none()));
            }
            None => {
                let fix = LintFix::remove(&spot.pointer, format!("`{key}` is removed."));
                let finding = Finding::error("element-unknown", text);
                let hint = "The policy is refused because of it. Remove it; policies have no comments.";
                self.push_fixed(spot, finding.hint(hint), Some(fix));
            }
        }
    }

    fn version(&mut self, root: &Cursor<'_>, document: &Document) {
        let variables = document.value.to_string().contains("${aws:");
        let vain = if variables { " Its variables are read as plain text." } else { "" };
        let Some(version) = root.get("Version") else {
            let fix = LintFix::add("/Version".into(), VERSION, format!("`Version` is added: `{VERSION}`."));
            let text = format!("`Version` is missing, so the language is that of 2008.{vain}");
            let finding = Finding::warning("version-missing", text).hint(format!("Use `{VERSION}`."));
            self.push_fixed(&root.spot, finding, Some(fix));
            return;
        };
        let text = version.word().map(|word| word.text).unwrap_or_default();
        let fix = LintFix::replace("/Version", VERSION, format!("The version becomes `{VERSION}`."));
        let finding = match text.as_str() {
            VERSION => return,
            "2008-10-17" => {
                Finding::warning("version-old", format!("The policy language version is `{text}`.{vain}"))
            }
            _ => {
                Finding::error("policy-version", format!("`{text}` is not a version of the policy language."))
            }
        };
        self.push_fixed(&version.spot, finding.hint(format!("Use `{VERSION}`.")), Some(fix));
    }

    fn size(&mut self, document: &Document, spot: &Spot) {
        if let Some(finding) = size(self.kind, &document.value) {
            self.push(spot, finding);
        }
    }

    /// Ids that occur twice.
    fn sids(&mut self, statements: &[Seen<'_>]) {
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let all: Vec<_> = statements.iter().filter_map(|one| one.cursor.get("Sid")?.word()).collect();
        for sid in all.iter().filter(|sid| !sid.text.is_empty()) {
            let count = known.entry(sid.text.clone()).or_default();
            *count += 1;
            if *count == 1 {
                continue;
            }
            let text = format!("The statement id `{}` occurs twice.", sid.text);
            // ECR accepts it in the policy of a repository.
            let finding = match self.kind {
                PolicyKind::Repository | PolicyKind::Other => Finding::warning("sid-duplicate", text),
                _ => Finding::error("sid-duplicate", text),
            };
            let free =
                (2..).map(|n| format!("{}{n}", sid.text)).find(|new| !all.iter().any(|w| w.text == *new));
            let fix = free.map(|new| {
                LintFix::replace(&sid.spot.pointer, new.clone(), format!("The id becomes `{new}`."))
            });
            self.push_fixed(&sid.spot, finding.hint("Give each statement another id."), fix);
        }
    }
}

impl Linter<'_> {
    /// Invisible characters and unusual spaces in strings and keys.
    pub(super) fn invisible(&mut self, value: &Cursor<'_>) {
        if let Some(text) = value.node.as_text() {
            self.odd(text, &value.spot, |pointer, clean, what| LintFix::replace(pointer, clean, what));
        }
        for entry in value.entries() {
            if let Some((key, _)) = value.node.entries().iter().find(|(key, _)| key.to_string() == entry.key)
            {
                self.odd(key, &entry.spot, LintFix::rename);
            }
            self.invisible(&entry.value);
        }
        if value.is_list() {
            value.items().iter().for_each(|item| self.invisible(item));
        }
    }

    fn odd(&mut self, text: &Text, spot: &Spot, fix: impl Fn(&str, &str, String) -> LintFix) {
        let plain = text.to_string();
        let clean = visible(&plain);
        if clean == plain {
            return;
        }
        let field = FieldPath::new(spot.pointer.clone());
        for (i, c) in text.chars().iter().enumerate().filter(|(_, c)| !clean.contains(**c)) {
            let place = Spot { at: text.at(i), pointer: spot.pointer.clone() };
            let what = format!("Invisible characters are removed: `{clean}`.");
            self.push_fixed(&place, odd_character(&field, *c), Some(fix(&spot.pointer, &clean, what)));
        }
    }
}

/// A policy whose `Statement` is misspelt, which is therefore not recognised as one.
pub(super) fn misspelt(text: &str) -> Option<Finding> {
    let clean = crate::paste::clean(text);
    let read = crate::paste::lenient_value(&clean)?;
    let Node { kind: Kind::Map(entries), .. } = read else { return None };
    let (key, _) = entries.iter().find(|(key, value)| {
        let near = longshore_names::did_you_mean(&key.to_string(), ["Statement"]).is_some();
        near && matches!(value.kind, Kind::List(_) | Kind::Map(_))
    })?;
    let at = key.at(0);
    let finding = Finding::error("field-misspelt", format!("`{key}` is not an element of a policy."));
    Some(finding.hint("Use `Statement`.").in_text(at.line, at.column))
}
