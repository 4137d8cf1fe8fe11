//! What the statements of a document come to together, with the reason why it matters.

use super::{
    Linter, PolicyKind,
    cursor::Word,
    shadow::{covered_by, is_comparable},
    statement::Seen,
};
use crate::{
    Finding,
    iam::{Effect, Element, StatementView, actions, condition, evaluate::action_fits, resource::is_open},
    sentence,
};

const REPLICATION: &str = "ecr:PutReplicationConfiguration";

/// Actions by which a caller can give itself, or anyone, more permissions.
const GRANTS: [&str; 14] = [
    "ecr:PutRegistryPolicy",
    "ecr:SetRepositoryPolicy",
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "kms:PutKeyPolicy",
];

/// Actions that delete images, at once or by a rule.
const DELETES: [&str; 3] = ["ecr:BatchDeleteImage", "ecr:DeleteRepository", "ecr:PutLifecyclePolicy"];

/// An action that a statement allows, and the word that says so.
struct Allowed<'s, 'a> {
    statement: &'s Seen<'a>,
    word: Word,
    action: &'static str,
}

impl Linter<'_> {
    pub(super) fn risks(&mut self, statements: &[Seen<'_>]) {
        if matches!(self.kind, PolicyKind::Trust | PolicyKind::Other) {
            return;
        }
        let views: Vec<&StatementView> = statements.iter().map(|one| &one.view).collect();
        let is_small = is_comparable(&views);
        let denials: Vec<&StatementView> =
            views.into_iter().filter(|view| is_small && view.effect == Effect::Deny).collect();
        let kind = self.kind;
        let allowed = |wanted: &[&'static str]| -> Vec<Allowed<'_, '_>> {
            let all =
                statements.iter().filter(|statement| statement.allows() && !statement.excludes("Action"));
            all.flat_map(|statement| {
                let words = statement.words("Action");
                let of = |action: &&'static str| {
                    let word = words.iter().find(|word| action_fits(&word.text, action))?.clone();
                    if kind == PolicyKind::Repository && actions::is_on_registry(action) {
                        return None; // Without effect there.
                    }
                    (!is_denied(statement, action, &denials)).then_some(Allowed { statement, word, action })
                };
                wanted.iter().filter_map(of).collect::<Vec<_>>()
            })
            .collect()
        };
        let replicating = allowed(&[REPLICATION]);
        for one in &replicating {
            let text = format!(
                "`{REPLICATION}` copies images out: its caller can send every later push to any account that accepts it."
            );
            let finding = Finding::warning("risk-copies-out", text);
            self.push(&one.word.spot, finding.hint("Give it to the administrators of the registry only."));
        }
        self.grants(&allowed(&GRANTS));
        if self.kind == PolicyKind::Identity {
            for one in allowed(&["ecr:PutImage"]) {
                self.code_at_deploy(&one);
            }
        }
        if let (Some(replication), deleting) = (replicating.first(), allowed(&DELETES))
            && let Some(first) = deleting.first()
        {
            let mut names: Vec<String> = Vec::new();
            for one in &deleting {
                let name = format!("`{}`", one.action);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            let text = format!(
                "Together with `{}`, {} {} at the destinations: a rule with `deleteReplication` carries deletions on to every destination.",
                replication.action,
                sentence::list(&names, "and"),
                if names.len() == 1 { "deletes" } else { "delete" },
            );
            let finding = Finding::warning("risk-deletes-at-destinations", text);
            self.push(&first.word.spot, finding.hint("Give the two to different people."));
        }
    }

    fn grants(&mut self, granting: &[Allowed<'_, '_>]) {
        let mut done: Vec<usize> = Vec::new();
        for one in granting {
            let index = one.statement.view.index;
            if done.contains(&index) {
                continue;
            }
            done.push(index);
            let of_statement = granting.iter().filter(|other| other.statement.view.index == index);
            let all: Vec<&Allowed<'_, '_>> = of_statement.collect();
            let names: Vec<String> = all.iter().take(6).map(|one| format!("`{}`", one.action)).collect();
            let what = if names.iter().all(|name| name.contains("ecr:")) {
                "the caller can allow itself, and any other account, everything on these repositories"
            } else {
                "the caller can give itself more permissions than this policy has"
            };
            let text = format!("{} are self-grants: {what}.", sentence::list(&names, "and"));
            let text =
                if names.len() == 1 { text.replace(" are self-grants", " is a self-grant") } else { text };
            let finding = Finding::warning("risk-self-grant", text);
            self.push(
                &one.word.spot,
                finding.hint("Give it to administrators only, or limit it by a permissions boundary."),
            );
        }
    }

    /// Pushing to repositories that nothing limits.
    fn code_at_deploy(&mut self, one: &Allowed<'_, '_>) {
        let resources = one.statement.words("Resource");
        let wide = one.statement.excludes("Resource")
            || resources.iter().any(|word| is_open(&word.text) && word.text.ends_with('*'));
        let limited = one
            .statement
            .view
            .condition
            .as_ref()
            .and_then(condition::tests)
            .is_some_and(|tests| !tests.is_empty());
        if !wide || limited {
            return;
        }
        let text = "`ecr:PutImage` moves tags: where production deploys by a mutable tag, its caller decides which code runs there.";
        let finding = Finding::note("risk-code-at-deploy", text);
        self.push(
            &one.word.spot,
            finding.hint("Limit it to repositories, or make the tags of production immutable."),
        );
    }
}

/// Whether a denial of the document takes the action back, wherever the statement allows it.
fn is_denied(statement: &Seen<'_>, action: &str, denials: &[&StatementView]) -> bool {
    let mut narrow = statement.view.clone();
    narrow.actions = Element::Only(vec![action.to_owned()]);
    covered_by(&narrow, denials).is_some()
}
