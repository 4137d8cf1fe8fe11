//! The text that must be typed before a plan runs.

use super::{Action, Content, Context, EngineRuleChange, RunEngineRule};
use crate::{
    accounts::StoredAccount,
    api::{Environment, Space},
};

/// The text that must be typed when the plan changes existing production content: the account's
/// name.
pub(super) fn needed(
    content: &Content,
    account: impl Fn(Space, &str) -> Option<StoredAccount>,
) -> Option<String> {
    let production = |space: Space, id: &str| {
        let known = account(space, id)?;
        (known.account.environment == Environment::Production).then_some(known.account.name)
    };
    content.steps.iter().find_map(|step| match &step.action {
        Action::WriteEngineRule(EngineRuleChange { production: registries, .. })
        | Action::RunEngineRule(RunEngineRule { destinations: registries, .. }) => {
            registries.iter().find_map(|to| production(to.space, &to.account))
        }
        // Adding something new, or only reading, takes nothing away.
        Action::CreateRepository { .. }
        | Action::PushSample { .. }
        | Action::SetBlobMounting { .. }
        | Action::RuleIsGone { .. }
        | Action::WaitForReplication { .. } => None,
        action => {
            let Context { registry, .. } = step.context.as_ref()?;
            // Deletions that are replicated into production delete there.
            let reached = match action {
                Action::WriteReplication(change) => {
                    deletes_into(change.after.as_deref(), change.before.as_deref())
                }
                _ => Vec::new(),
            };
            let mut accounts = reached.iter().map(String::as_str).chain([registry.account.as_str()]);
            accounts.find_map(|id| production(registry.space, id))
        }
    })
}

/// Whether the typed text is the requested one. Case and surrounding spaces do not matter.
pub(super) fn is_confirmed(typed: Option<&str>, wanted: &str) -> bool {
    typed.is_some_and(|typed| typed.trim().to_lowercase() == wanted.to_lowercase())
}

/// Accounts to which `after` replicates deletions and `before` did not.
fn deletes_into(after: Option<&str>, before: Option<&str>) -> Vec<String> {
    let accounts = |text: Option<&str>| -> Vec<String> {
        let document: serde_json::Value =
            text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let rules = document["rules"].as_array().cloned().unwrap_or_default();
        rules
            .iter()
            .filter(|rule| rule["deleteReplication"]["enabled"] == true)
            .flat_map(|rule| rule["destinations"].as_array().cloned().unwrap_or_default())
            .filter_map(|destination| Some(destination["registryId"].as_str()?.to_owned()))
            .collect()
    };
    let known = accounts(before);
    accounts(after).into_iter().filter(|account| !known.contains(account)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::{Account, CredentialSource, RegistryKey},
        plans::{DocumentChange, Step},
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
            principal: None,
            problem: None,
        };
        Some(StoredAccount { account, credential: None })
    }

    fn content(steps: Vec<(&str, Action)>) -> Content {
        let mut content = Content::new(Space::Sandbox, "x");
        content.steps = steps
            .into_iter()
            .map(|(account, action)| Step {
                text: "x".into(),
                reason: None,
                context: Some(Context {
                    registry: RegistryKey {
                        space: Space::Sandbox,
                        account: account.into(),
                        region: "us-west-2".into(),
                    },
                    partition: "aws".into(),
                    endpoint: None,
                    principal: None,
                }),
                destructive: false,
                action,
            })
            .collect();
        content
    }

    fn delete(name: &str) -> Action {
        Action::DeleteRepository { name: name.parse().unwrap(), images: Vec::new() }
    }

    fn policy() -> Action {
        let change =
            DocumentChange { before: None, after: Some("{}".into()), made: Vec::new(), unmade: Vec::new() };
        Action::WritePolicy(change)
    }

    #[test]
    fn changes_in_production_ask_for_the_accounts_name() {
        let asks = |steps| needed(&content(steps), account);
        assert_eq!(asks(vec![(DEV, delete("a1"))]), None);
        assert_eq!(asks(vec![(PROD, delete("a1"))]).as_deref(), Some("Prod"));
        assert_eq!(asks(vec![(DEV, delete("a1")), (PROD, delete("b1"))]).as_deref(), Some("Prod"));
        assert_eq!(asks(vec![(PROD, policy())]).as_deref(), Some("Prod"));
        assert_eq!(asks(vec![(PROD, Action::SetBlobMounting { enabled: true })]), None);
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
            };
            needed(&content(vec![(DEV, Action::WriteReplication(change))]), account)
        };
        assert_eq!(asks(rule(false), rule(true)).as_deref(), Some("Prod"));
        assert_eq!(asks(rule(true), rule(true)), None);
        assert_eq!(asks(rule(true), rule(false)), None);
    }
}
