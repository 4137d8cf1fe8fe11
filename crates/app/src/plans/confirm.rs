//! The text that must be typed before a plan runs.

use super::Content;
use crate::{
    accounts::StoredAccount,
    api::{Environment, Space},
};

/// The text that must be typed when the plan changes existing production content, or writes anything to
/// a production account that is `guarded`: the account's name.
pub(super) fn needed(
    content: &Content,
    account: impl Fn(Space, &str) -> Option<StoredAccount>,
    guarded: impl Fn(Space, Environment) -> bool,
) -> Option<String> {
    let production = |space: Space, id: &str| {
        account(space, id).filter(|known| known.account.environment == Environment::Production)
    };
    let found = content.steps.iter().find_map(|step| {
        let altered = step.action.alters(step.context.as_ref().map(|context| &context.registry));
        let reached = step.reaches().into_iter().filter(|key| guarded(key.space, Environment::Production));
        let reached = reached.map(|key| (key.space, String::from(key.account)));
        altered.into_iter().chain(reached).find_map(|(space, id)| production(space, &id))
    });
    found.map(|known| known.account.name)
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
        let change = DocumentChange {
            before: None,
            after: Some("{}".into()),
            made: Vec::new(),
            unmade: Vec::new(),
            named: Vec::new(),
        };
        Arc::new(WritePolicy(change))
    }

    #[test]
    fn changes_in_production_ask_for_the_accounts_name() {
        let asks = |steps| needed(&content(steps), account, |_, _| false);
        assert_eq!(asks(vec![(DEV, delete("a1"))]), None);
        assert_eq!(asks(vec![(PROD, delete("a1"))]).as_deref(), Some("Prod"));
        assert_eq!(asks(vec![(DEV, delete("a1")), (PROD, delete("b1"))]).as_deref(), Some("Prod"));
        assert_eq!(asks(vec![(PROD, policy())]).as_deref(), Some("Prod"));
        assert_eq!(asks(vec![(PROD, Arc::new(SetBlobMounting { enabled: true }))]), None);
    }

    #[test]
    fn every_write_to_a_guarded_account_asks() {
        let mounting =
            || content(vec![(PROD, Arc::new(SetBlobMounting { enabled: true }) as Arc<dyn Change>)]);
        assert_eq!(needed(&mounting(), account, |_, _| true).as_deref(), Some("Prod"));
        let in_dev = content(vec![(DEV, delete("a1"))]);
        assert_eq!(needed(&in_dev, account, |_, _| true), None);
    }

    #[test]
    fn capitals_do_not_matter_and_another_name_does() {
        assert!(is_confirmed(Some(" prod"), "Prod"));
        assert!(!is_confirmed(Some("Production"), "Prod"));
        assert!(!is_confirmed(Some(""), "Prod"));
        assert!(!is_confirmed(None, "Prod"));
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
            let change = DocumentChange {
                before: Some(before),
                after: Some(after),
                made: Vec::new(),
                unmade: Vec::new(),
                named: Vec::new(),
            };
            needed(&content(vec![(DEV, Arc::new(WriteReplication(change)))]), account, |_, _| false)
        };
        assert_eq!(asks(rule(false), rule(true)).as_deref(), Some("Prod"));
        assert_eq!(asks(rule(true), rule(true)), None);
        assert_eq!(asks(rule(true), rule(false)), None);
    }
}
