//! What has to be typed before a plan runs.

use super::{Action, Content, Context, EngineRuleChange, RunEngineRule};
use crate::{
    accounts::StoredAccount,
    api::{Environment, Space},
};

/// The text that must be typed, when the plan changes what is in production: the repository's
/// name when the plan is about one there, otherwise the account's name.
pub(super) fn needed(
    content: &Content,
    account: impl Fn(Space, &str) -> Option<StoredAccount>,
) -> Option<String> {
    let production = |space: Space, id: &str| {
        account(space, id).filter(|known| known.account.environment == Environment::Production)
    };
    let mut repositories = Vec::new();
    let mut name = None;
    for step in &content.steps {
        if let Action::WriteEngineRule(EngineRuleChange { production: registries, .. })
        | Action::RunEngineRule(RunEngineRule { destinations: registries, .. }) = &step.action
        {
            let first = registries.iter().find_map(|to| production(to.space, &to.account));
            name = name.or(first.map(|known| known.account.name));
            continue;
        }
        let Some(Context { registry, .. }) = &step.context else { continue };
        if let Action::WriteReplication(change) = &step.action {
            // Deletes that are replicated into production delete there.
            name = name.or_else(|| {
                deletes_into(change.after.as_deref(), change.before.as_deref())
                    .iter()
                    .find_map(|id| production(registry.space, id))
                    .map(|known| known.account.name)
            });
        }
        let repository = match &step.action {
            Action::DeleteRepository { name, .. }
            | Action::DeleteImages { name, .. }
            | Action::SetMutability { name, .. }
            | Action::ClearReplicas { name, .. } => Some(name),
            Action::Copy(copy) => Some(&copy.to),
            Action::WriteReplication(_) | Action::WritePolicy(_) => None,
            // Adding something new, or only looking, takes nothing away.
            Action::CreateRepository { .. }
            | Action::PushSample { .. }
            | Action::SetBlobMounting { .. }
            | Action::RuleIsGone { .. }
            | Action::WaitForReplication { .. }
            | Action::WriteEngineRule(_)
            | Action::RunEngineRule(_) => continue,
        };
        if let Some(known) = production(registry.space, &registry.account) {
            name = name.or(Some(known.account.name));
            repositories.push(repository.cloned());
        }
    }
    repositories.dedup();
    match repositories.as_slice() {
        [Some(one)] => Some(one.to_string()),
        _ => name,
    }
}

/// Accounts that `after` replicates deletes to and `before` did not.
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
    fn production_asks_for_the_repository_or_the_account() {
        let asks = |steps| needed(&content(steps), account);
        assert_eq!(asks(vec![(DEV, delete("a1"))]), None);
        assert_eq!(asks(vec![(PROD, delete("a1"))]).as_deref(), Some("a1"));
        assert_eq!(asks(vec![(DEV, delete("a1")), (PROD, delete("b1"))]).as_deref(), Some("b1"));
        assert_eq!(asks(vec![(PROD, delete("a1")), (PROD, delete("b1"))]).as_deref(), Some("Prod"));
        assert_eq!(asks(vec![(PROD, policy())]).as_deref(), Some("Prod"));
        assert_eq!(asks(vec![(PROD, Action::SetBlobMounting { enabled: true })]), None);
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
