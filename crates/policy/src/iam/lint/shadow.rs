//! Statements without effect: what they allow, another one allows, or a denial takes back.

use std::collections::BTreeSet;

use super::{LintFix, Linter, statement::Seen};
use crate::{
    Finding,
    iam::{Effect, Element, Principal, StatementView, condition},
    pattern, sentence,
};

/// The most characters of names and patterns in a document whose statements are compared, and the most
/// triples of principal, action and resource. What is said must be sure, and need not be all.
const MAX_CHARACTERS: usize = 20_000;
const MAX_TRIPLES: usize = 20_000;

/// Whether the statements of a document are few and short enough to be compared with each other.
pub(super) fn is_comparable(views: &[&StatementView]) -> bool {
    let length = |texts: &[String]| texts.iter().map(String::len).sum::<usize>();
    let characters = |view: &&StatementView| length(view.actions.items()) + length(view.resources.items());
    let triples = |view: &&StatementView| {
        let of = |count: usize| count.max(1);
        of(view.principals.items().len())
            .saturating_mul(of(view.actions.items().len()))
            .saturating_mul(of(view.resources.items().len()))
    };
    views.iter().map(characters).sum::<usize>() <= MAX_CHARACTERS
        && views.iter().map(triples).fold(0, usize::saturating_add) <= MAX_TRIPLES
}

impl Linter<'_> {
    pub(super) fn shadowed(&mut self, statements: &[Seen<'_>]) {
        let views: Vec<&StatementView> = statements.iter().map(|statement| &statement.view).collect();
        if !is_comparable(&views) {
            return;
        }
        let with = |effect: &Effect, but: usize| -> Vec<&StatementView> {
            let all = views.iter().enumerate().filter(|(at, view)| *at != but && view.effect == *effect);
            all.map(|(_, view)| *view).collect()
        };
        for (index, statement) in statements.iter().enumerate().filter(|(_, one)| one.allows()) {
            let own = &statement.view;
            let spot = statement.cursor.spot.clone();
            if let Some(by) = covered_by(own, &with(&Effect::Deny, index)) {
                let by = phrases(&views, &by, "denies", "deny");
                let finding = Finding::warning(
                    "statement-denied",
                    format!("The statement has no effect: {by} all of it."),
                );
                self.push(&spot, finding.hint("A denial wins. Remove the statement, or limit the denial."));
                continue;
            }
            // Of two statements that allow the same, the second one is superfluous.
            let mut others = with(&Effect::Allow, index);
            others.retain(|other| other.index < index || covered_by(other, &[own]).is_none());
            if let Some(by) = covered_by(own, &others) {
                let by = phrases(&views, &by, "allows", "allow");
                let finding = Finding::warning(
                    "statement-shadowed",
                    format!("The statement changes nothing: {by} all of it."),
                );
                let in_list = spot.pointer.ends_with(|c: char| c.is_ascii_digit());
                let fix = LintFix::remove(&spot.pointer, "The statement is removed.");
                self.push_fixed(&spot, finding.hint("Remove one of the two."), Some(fix).filter(|_| in_list));
            }
        }
    }
}

/// `` statement `Pull` denies ``, `statements 2 and 3 deny`.
fn phrases(views: &[&StatementView], by: &BTreeSet<usize>, one: &str, many: &str) -> String {
    let names: Vec<String> =
        views.iter().filter(|view| by.contains(&view.index)).map(|view| view.phrase()).collect();
    let (word, verb) = if names.len() == 1 { ("statement", one) } else { ("statements", many) };
    format!("{word} {} {verb}", sentence::list(&names, "and"))
}

/// Which principals, actions and resources of a statement another one includes.
struct Includes {
    index: usize,
    principals: Vec<bool>,
    actions: Vec<bool>,
    resources: Vec<bool>,
}

/// The statements of `others` that together include everything of `one`; `None` if they do not, as far
/// as that shows.
pub(super) fn covered_by(one: &StatementView, others: &[&StatementView]) -> Option<BTreeSet<usize>> {
    let principals = parts(&one.principals)?;
    let actions = parts(&one.actions)?;
    let resources = parts(&one.resources)?;
    let includes: Vec<Includes> = others
        .iter()
        .filter(|other| condition_is_weaker(other, one))
        .map(|other| Includes {
            index: other.index,
            principals: principals.iter().map(|own| covers_principal(other, *own)).collect(),
            actions: actions.iter().map(|own| covers_text(&other.actions, *own, true)).collect(),
            resources: resources.iter().map(|own| covers_text(&other.resources, *own, false)).collect(),
        })
        .collect();
    let mut by = BTreeSet::new();
    for principal in 0..principals.len() {
        for action in 0..actions.len() {
            for resource in 0..resources.len() {
                let all = |one: &&Includes| {
                    one.principals[principal] && one.actions[action] && one.resources[resource]
                };
                by.insert(includes.iter().find(all)?.index);
            }
        }
    }
    Some(by)
}

/// The items of an element that lists what it includes; one `None` if the element is missing, as in
/// policies that have none.
fn parts<T>(element: &Element<T>) -> Option<Vec<Option<&T>>> {
    match element {
        Element::Only(all) if !all.is_empty() => Some(all.iter().map(Some).collect()),
        Element::Missing => Some(vec![None]),
        _ => None,
    }
}

/// Whether the condition of `wide` holds whenever that of `narrow` does.
fn condition_is_weaker(wide: &StatementView, narrow: &StatementView) -> bool {
    let Some(wide) = &wide.condition else { return true };
    let narrow = narrow.condition.as_ref().and_then(condition::tests);
    let (Some(wide), Some(narrow)) = (condition::tests(wide), narrow) else { return false };
    let sorted = |test: &condition::Test| test.values.iter().cloned().collect::<BTreeSet<_>>();
    let same = |a: &condition::Test, b: &condition::Test| {
        a.operator == b.operator && a.key.eq_ignore_ascii_case(&b.key) && sorted(a) == sorted(b)
    };
    wide.iter().all(|test| narrow.iter().any(|other| same(test, other)))
}

fn covers_principal(wide: &StatementView, narrow: Option<&Principal>) -> bool {
    let Some(narrow) = narrow else { return wide.principals == Element::Missing };
    let Element::Only(all) = &wide.principals else { return false };
    let account = |principal: &Principal| match principal {
        Principal::Account { account, .. } => Some(account.to_string()),
        Principal::Aws(arn) => arn.split(':').nth(4).map(str::to_owned),
        _ => None,
    };
    all.iter().any(|one| match one {
        Principal::Everyone => true,
        // A denial of an account is one of its users and roles; what an account is allowed, its own
        // policies have to allow them as well.
        Principal::Account { .. } => {
            account(one) == account(narrow)
                && (matches!(narrow, Principal::Account { .. }) || wide.effect == Effect::Deny)
        }
        _ => one == narrow,
    })
}

fn covers_text(wide: &Element<String>, narrow: Option<&String>, ignore_case: bool) -> bool {
    let Some(narrow) = narrow else { return *wide == Element::Missing };
    let plain = |text: &str| if ignore_case { text.to_ascii_lowercase() } else { text.to_owned() };
    let narrow = plain(narrow);
    match wide {
        Element::Only(all) => all.iter().any(|one| {
            // A variable may stand for anything, so it only covers itself.
            if one.contains("${") { *one == narrow } else { pattern::covers(&plain(one), &narrow) }
        }),
        Element::AllBut(all) => {
            !narrow.contains(['*', '?', '$'])
                && !all.iter().any(|one| one.contains("${") || pattern::matches(&plain(one), &narrow))
        }
        Element::Missing | Element::Unreadable => false,
    }
}
