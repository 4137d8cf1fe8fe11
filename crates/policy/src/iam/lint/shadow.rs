//! Statements without effect: what they allow, another one allows, or a denial takes back.

use std::collections::BTreeSet;

use super::{Linter, statement::Seen};
use crate::{
    Finding,
    iam::{Element, Principal, StatementView, condition},
    pattern, sentence,
};

/// The most comparisons of a triple of principal, action and resource with a statement. A document with
/// more is not looked at: what is said must be sure, and need not be all.
pub(super) const MAX_COMPARISONS: usize = 200_000;

impl Linter<'_> {
    pub(super) fn shadowed(&mut self, statements: &[Seen<'_>]) {
        let views: Vec<&StatementView> = statements.iter().map(|statement| &statement.view).collect();
        if comparisons(&views) > MAX_COMPARISONS {
            return;
        }
        let kinds: Vec<(bool, bool)> = statements
            .iter()
            .map(|one| (one.allows(), one.view.effect == crate::iam::Effect::Deny))
            .collect();
        for (index, statement) in statements.iter().enumerate() {
            if !kinds[index].0 {
                continue;
            }
            let others = |want: fn(&(bool, bool)) -> bool, before: bool| -> Vec<&StatementView> {
                let all = views.iter().enumerate().filter(|(at, _)| *at != index && want(&kinds[*at]));
                // Of two statements that are equal, the second one is superfluous.
                let all = all.filter(|(at, other)| {
                    !before || *at < index || is_covered(other, &[&statement.view]).is_none()
                });
                all.map(|(_, view)| *view).collect()
            };
            if let Some(by) = is_covered(&statement.view, &others(|kind| kind.1, false)) {
                let text = format!("The statement has no effect: {} denies all of it.", phrases(&views, &by));
                let finding = Finding::warning("statement-denied", text);
                self.push(
                    &statement.cursor.spot,
                    finding.hint("A denial wins. Remove the statement, or limit the denial."),
                );
            } else if let Some(by) = is_covered(&statement.view, &others(|kind| kind.0, true)) {
                let text =
                    format!("The statement changes nothing: {} allows all of it.", phrases(&views, &by));
                let finding = Finding::warning("statement-shadowed", text);
                let fix = super::LintFix::remove(&statement.cursor.spot.pointer, "The statement is removed.");
                let in_list = statement.cursor.spot.pointer.ends_with(|c: char| c.is_ascii_digit());
                self.push_fixed(
                    &statement.cursor.spot,
                    finding.hint("Remove one of the two."),
                    Some(fix).filter(|_| in_list),
                );
            }
        }
    }
}

/// The comparisons that a document takes if every statement is compared with every other one.
pub(super) fn comparisons(views: &[&StatementView]) -> usize {
    let triples = |view: &&StatementView| {
        let of = |count: usize| count.max(1);
        of(view.principals.items().len()) * of(view.actions.items().len()) * of(view.resources.items().len())
    };
    views.iter().map(triples).sum::<usize>().saturating_mul(views.len())
}

/// `` statement `Pull` ``, `statements 2 and 3`.
fn phrases(views: &[&StatementView], by: &BTreeSet<usize>) -> String {
    let names: Vec<String> =
        views.iter().filter(|view| by.contains(&view.index)).map(|view| view.phrase()).collect();
    let word = if names.len() == 1 { "statement" } else { "statements" };
    format!("{word} {}", sentence::list(&names, "and"))
}

/// The statements of `others` that together include everything of `one`; `None` if they do not, as far
/// as that shows.
pub(super) fn is_covered(one: &StatementView, others: &[&StatementView]) -> Option<BTreeSet<usize>> {
    let candidates: Vec<&&StatementView> =
        others.iter().filter(|other| condition_is_weaker(other, one)).collect();
    if candidates.is_empty() {
        return None;
    }
    let principals = match &one.principals {
        Element::Only(all) if !all.is_empty() => all.iter().map(Some).collect(),
        Element::Missing => vec![None],
        _ => return None,
    };
    let (Element::Only(actions), resources) = (&one.actions, &one.resources) else { return None };
    let resources: Vec<Option<&String>> = match resources {
        Element::Only(all) if !all.is_empty() => all.iter().map(Some).collect(),
        Element::Missing => vec![None],
        _ => return None,
    };
    if actions.is_empty() {
        return None;
    }
    let mut by = BTreeSet::new();
    for principal in &principals {
        for action in actions {
            for resource in &resources {
                let includes = |other: &&&&StatementView| {
                    covers_principal(&other.principals, *principal, &other.effect)
                        && covers_text(&other.actions, Some(action), true)
                        && covers_text(&other.resources, *resource, false)
                };
                by.insert(candidates.iter().find(includes)?.index);
            }
        }
    }
    Some(by)
}

/// Whether the condition of `wide` holds whenever that of `narrow` does.
fn condition_is_weaker(wide: &StatementView, narrow: &StatementView) -> bool {
    let Some(wide) = &wide.condition else { return true };
    let (Some(wide), Some(narrow)) =
        (condition::tests(wide), narrow.condition.as_ref().and_then(condition::tests))
    else {
        return false;
    };
    let same = |a: &condition::Test, b: &condition::Test| {
        let sorted = |test: &condition::Test| test.values.iter().cloned().collect::<BTreeSet<_>>();
        a.operator == b.operator && a.key.eq_ignore_ascii_case(&b.key) && sorted(a) == sorted(b)
    };
    wide.iter().all(|test| narrow.iter().any(|other| same(test, other)))
}

fn covers_principal(
    wide: &Element<Principal>,
    narrow: Option<&Principal>,
    effect: &crate::iam::Effect,
) -> bool {
    let Some(narrow) = narrow else { return *wide == Element::Missing };
    let Element::Only(wide) = wide else { return false };
    let account = |principal: &Principal| match principal {
        Principal::Account { account, .. } => Some(account.to_string()),
        Principal::Aws(arn) => arn.split(':').nth(4).map(str::to_owned),
        _ => None,
    };
    wide.iter().any(|wide| match wide {
        Principal::Everyone => true,
        // A denial of an account is one of its users and roles; what an account is allowed, its own
        // policies have to allow them as well.
        Principal::Account { .. } => {
            account(wide) == account(narrow)
                && (matches!(narrow, Principal::Account { .. }) || *effect == crate::iam::Effect::Deny)
        }
        _ => wide == narrow,
    })
}

fn covers_text(wide: &Element<String>, narrow: Option<&String>, ignore_case: bool) -> bool {
    let Some(narrow) = narrow else { return *wide == Element::Missing };
    let plain = |text: &str| if ignore_case { text.to_ascii_lowercase() } else { text.to_owned() };
    let narrow = plain(narrow);
    match wide {
        Element::Only(all) => all.iter().any(|one| {
            // A variable may stand for anything, so it only covers itself.
            one.contains("${") && *one == narrow
                || !one.contains("${") && pattern::covers(&plain(one), &narrow)
        }),
        Element::AllBut(all) => {
            !narrow.contains(['*', '?', '$'])
                && !all.iter().any(|one| one.contains("${") || pattern::matches(&plain(one), &narrow))
        }
        Element::Missing | Element::Unreadable => false,
    }
}
