//! The text that must be typed before a plan runs.

use std::collections::HashSet;

use super::Content;
use crate::{
    accounts::StoredAccount,
    api::{Environment, Space},
};

/// The most accounts whose names must be typed one by one in a window.
const MOST_TYPED: usize = 3;

/// The names, or the numbers of those whose name is shared, of the production accounts whose existing content the plan changes, or which are `guarded`
/// and to which it writes anything; each once, in the order of the steps.
pub(super) fn production(
    content: &Content,
    account: impl Fn(Space, &str) -> Option<StoredAccount>,
    guarded: impl Fn(Space, Environment) -> bool,
) -> Vec<String> {
    let production = |space: Space, id: &str| {
        account(space, id).filter(|known| known.account.environment == Environment::Production)
    };
    let mut seen = HashSet::new();
    let mut names = Vec::new();
    for step in &content.steps {
        let altered = step.action.alters(step.context.as_ref().map(|context| &context.registry));
        let reached = step.reaches().into_iter().filter(|key| guarded(key.space, Environment::Production));
        let reached = reached.map(|key| (key.space, String::from(key.account)));
        for (space, id) in altered.into_iter().chain(reached) {
            if let Some(known) = production(space, &id)
                && seen.insert((space, id))
            {
                names.push((known.account.name, known.account.id));
            }
        }
    }
    // Accounts with the same name are listed by their numbers.
    let is_shared = |name: &str| {
        names.iter().filter(|(other, _)| other.to_lowercase() == name.to_lowercase()).count() > 1
    };
    names.iter().map(|(name, id)| if is_shared(name) { id } else { name }.clone()).collect()
}

/// The text that must be typed for these accounts: their names, or their number if there are many.
pub(super) fn text(production: &[String]) -> Option<String> {
    match production.len() {
        0 => None,
        1..=MOST_TYPED => Some(production.join(", ")),
        many => Some(format!("{many} production accounts")),
    }
}

/// Whether the plan is confirmed: by the text that it asks for, or by the names of all its production
/// accounts, in any order, with commas between them.
pub(crate) fn confirms(typed: Option<&str>, content: &Content) -> bool {
    let Some(wanted) = &content.confirm else { return true };
    let named =
        |name: &String| typed.is_some_and(|typed| typed.split(',').any(|one| is_confirmed(Some(one), name)));
    is_confirmed(typed, wanted) || (!content.production.is_empty() && content.production.iter().all(named))
}

/// Whether the typed text is the requested one. Case and surrounding spaces do not matter.
pub(crate) fn is_confirmed(typed: Option<&str>, wanted: &str) -> bool {
    typed.is_some_and(|typed| typed.trim().to_lowercase() == wanted.to_lowercase())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        api::{Account, CredentialSource, RegistryKey},
        changes::{
            documents::{WritePolicy, WriteReplication},
            repositories::{DeleteRepository, SetBlobMounting},
        },
        steps::{Change, Context, DocumentChange, Step},
    };

    const DEV: &str = "111122223333";
    const PROD: &str = "444455556666";

    fn account(space: Space, id: &str) -> Option<StoredAccount> {
        let (name, environment) =
            if id == PROD { ("Prod", Environment::Production) } else { ("Dev", Environment::Dev) };
        let account = Account {
            space,
            id: id.into(),
            name: name.into(),
            environment,
            colour: "#123456".into(),
            regions: Vec::new(),
            credentials: CredentialSource::Sandbox,
            endpoint: None,
            hosts: Default::default(),
            terraform_state: None,
            roles: Vec::new(),
            principal: None,
            problem: None,
        };
        Some(StoredAccount { account, credential: None })
    }

    fn content(steps: Vec<(&str, Arc<dyn Change>)>) -> Content {
        let mut content = Content::new(Space::Sandbox, "x");
        content.steps = steps
            .into_iter()
            .map(|(account, action)| Step {
                text: "x".into(),
                reason: None,
                context: Some(Context {
                    registry: RegistryKey {
                        space: Space::Sandbox,
                        account: account.parse().unwrap(),
                        region: "us-west-2".parse().unwrap(),
                    },
                    partition: "aws".into(),
                    endpoint: None,
                    principal: None,
                }),
                destructive: false,
                needs: None,
                action,
            })
            .collect();
        content
    }

    fn delete(name: &str) -> Arc<dyn Change> {
        Arc::new(DeleteRepository { name: name.parse().unwrap(), images: Vec::new(), also: Vec::new() })
    }

    fn policy() -> Arc<dyn Change> {
        let change = DocumentChange::of(None, Some("{}".into()));
        Arc::new(WritePolicy(change))
    }

    #[test]
    fn changes_in_production_ask_for_the_accounts_name() {
        let asks = |steps| text(&production(&content(steps), account, |_, _| false));
        assert_eq!(asks(vec![(DEV, delete("a1"))]), None);
        assert_eq!(asks(vec![(PROD, delete("a1"))]).as_deref(), Some("Prod"));
        assert_eq!(asks(vec![(DEV, delete("a1")), (PROD, delete("b1"))]).as_deref(), Some("Prod"));
        assert_eq!(asks(vec![(PROD, policy())]).as_deref(), Some("Prod"));
        assert_eq!(asks(vec![(PROD, Arc::new(SetBlobMounting { enabled: true }))]), None);
    }

    #[test]
    fn accounts_of_one_name_are_each_named_by_their_number() {
        let same = |space, id: &str| {
            let mut known = account(space, id)?;
            known.account.name = if id == PROD { "Prod" } else { "prod" }.into();
            known.account.environment = Environment::Production;
            Some(known)
        };
        let both = content(vec![(DEV, delete("a1")), (PROD, delete("b1"))]);
        assert_eq!(production(&both, same, |_, _| false), [DEV, PROD]);
        assert_eq!(production(&content(vec![(PROD, delete("b1"))]), same, |_, _| false), ["Prod"]);
    }

    #[test]
    fn every_write_to_a_guarded_account_asks() {
        let mounting =
            || content(vec![(PROD, Arc::new(SetBlobMounting { enabled: true }) as Arc<dyn Change>)]);
        assert_eq!(production(&mounting(), account, |_, _| true), ["Prod"]);
        let in_dev = content(vec![(DEV, delete("a1"))]);
        assert_eq!(production(&in_dev, account, |_, _| true), [] as [&str; 0]);
    }

    #[test]
    fn capitals_do_not_matter_and_another_name_does() {
        assert!(is_confirmed(Some(" prod"), "Prod"));
        assert!(!is_confirmed(Some("Production"), "Prod"));
        assert!(!is_confirmed(Some(""), "Prod"));
        assert!(!is_confirmed(None, "Prod"));
    }

    #[test]
    fn several_production_accounts_are_all_named() {
        let of = |names: &[&str]| {
            let mut content = Content::new(Space::Sandbox, "x");
            content.production = names.iter().map(|&name| name.to_owned()).collect();
            content.confirm = text(&content.production);
            content
        };
        let two = of(&["Prod", "Prod EU"]);
        assert_eq!(two.confirm.as_deref(), Some("Prod, Prod EU"));
        for (typed, enough) in [
            ("prod eu, prod", true),
            ("Prod, Prod EU", true),
            ("Prod", false),
            ("Prod, Prod", false),
            ("", false),
        ] {
            assert_eq!(confirms(Some(typed), &two), enough, "{typed}");
        }
        let four = of(&["A", "B", "C", "D"]);
        assert_eq!(four.confirm.as_deref(), Some("4 production accounts"));
        assert!(confirms(Some("4 production accounts"), &four) && confirms(Some("D, C, B, A"), &four));
        assert!(!confirms(Some("A, B, C"), &four) && !confirms(None, &four));
        assert!(confirms(None, &of(&[])));
    }

    #[test]
    fn deletes_that_reach_production_ask_too() {
        let rule = |enabled: bool| {
            format!(
                r#"{{"rules":[{{"destinations":[{{"region":"us-west-2","registryId":"{PROD}"}}],
                "deleteReplication":{{"enabled":{enabled}}}}}]}}"#
            )
        };
        let asks = |before: String, after: String| {
            let change = DocumentChange::of(Some(before), Some(after));
            let content = content(vec![(DEV, Arc::new(WriteReplication(change)))]);
            text(&production(&content, account, |_, _| false))
        };
        assert_eq!(asks(rule(false), rule(true)).as_deref(), Some("Prod"));
        assert_eq!(asks(rule(true), rule(true)), None);
        assert_eq!(asks(rule(true), rule(false)), None);
    }
}
