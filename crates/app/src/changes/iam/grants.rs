//! What a policy newly allows and denies, in sentences.

use longshore_policy::iam::{
    explain_text,
    lint::{LintOptions, PolicyKind},
};

use crate::plans::PolicyEffect;

/// Sentences about what is newly allowed and newly denied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Effect {
    pub(super) allowed: Vec<String>,
    pub(super) denied: Vec<String>,
}

impl Effect {
    pub(super) fn of_step(self, step: usize) -> PolicyEffect {
        PolicyEffect { step, newly_allowed: self.allowed, newly_denied: self.denied }
    }
}

/// The statements of a policy: whether they allow, and a sentence about each.
fn statements(text: &str, kind: PolicyKind) -> Vec<(bool, String)> {
    let explained = explain_text(text, &LintOptions { kind: Some(kind), ..LintOptions::default() });
    let all = explained.documents.into_iter().flat_map(|document| document.statements);
    all.map(|one| (one.effect == "Allow", longshore_names::ForeignText::new(one.text).into())).collect()
}

/// About `who` instead of those who have the policy.
fn about(sentence: &str, who: Option<&str>) -> String {
    const ANYBODY: &str = "Users and roles with this policy";
    match (sentence.strip_prefix(ANYBODY), who) {
        (Some(rest), Some(who)) => format!("{who}{rest}"),
        _ => sentence.to_owned(),
    }
}

/// What changes for `who` when the policy `after` takes the place of `before`.
pub(super) fn effect(
    before: Option<&str>,
    after: Option<&str>,
    kind: PolicyKind,
    who: Option<&str>,
) -> Effect {
    let read = |text: Option<&str>| text.map(|text| statements(text, kind)).unwrap_or_default();
    let (before, after) = (read(before), read(after));
    let mut effect = Effect::default();
    for (allows, sentence) in after.iter().filter(|one| !before.contains(one)) {
        let of = if *allows { &mut effect.allowed } else { &mut effect.denied };
        of.push(about(sentence, who));
    }
    for (allows, sentence) in before.iter().filter(|one| !after.contains(one)) {
        let told = about(sentence, who);
        match allows {
            true => effect.denied.push(format!("No longer by this policy: {told}")),
            false => effect.allowed.push(format!("No longer denied by this policy: {told}")),
        }
    }
    effect
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_policy_adds_and_takes_is_told_about_who_has_it() {
        let policy = |actions: &str| {
            format!(
                r#"{{"Version": "2012-10-17", "Statement": [
                {{"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}},
                {{"Effect": "Allow", "Action": [{actions}], "Resource": "*"}}]}}"#
            )
        };
        let (pull, push) = (policy(r#""ecr:BatchGetImage""#), policy(r#""ecr:PutImage""#));
        let who = Some("User `johndoe`");
        let new = effect(None, Some(&pull), PolicyKind::Identity, who);
        assert_eq!((new.allowed.len(), new.denied.len()), (2, 0));
        assert!(new.allowed.iter().all(|one| one.starts_with("User `johndoe` may")), "{new:?}");
        let changed = effect(Some(&pull), Some(&push), PolicyKind::Identity, who);
        assert_eq!((changed.allowed.len(), changed.denied.len()), (1, 1), "{changed:?}");
        assert!(changed.allowed[0].contains("ecr:PutImage"), "{changed:?}");
        assert!(changed.denied[0].starts_with("No longer by this policy: User `johndoe`"), "{changed:?}");
        assert_eq!(effect(Some(&pull), Some(&pull), PolicyKind::Identity, who), Effect::default());
    }
}
