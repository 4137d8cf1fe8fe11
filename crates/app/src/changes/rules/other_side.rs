//! What the destinations of a rule need, and whether they have it.

use futures::{StreamExt, TryStreamExt, stream};
use longshore_names::{AccountId, Prefix, RegistryId};
use longshore_policy::registry_policy::{
    CrossAccountReplication, DEFAULT_SID, PermissionCheck, RegistryPolicy, RepositoryScope, Statement,
    check_replication,
};

use super::{input, sources};
use crate::{
    App,
    api::{ApiError, CheckOtherSide, OtherSide, OtherSideState, RegistryKey, Side, Space},
    documents::parse_policy,
    export::statement_for_administrator,
    plans::{account_name, finding, finding_error},
};

impl App {
    /// What the destinations of a rule need, in the order of the rule: one statement each, for the accounts
    /// of all sources that lack it.
    ///
    /// # Errors
    /// What is wrong with the rule, at its field.
    pub async fn check_other_side(&self, request: CheckOtherSide) -> Result<Vec<OtherSide>, ApiError> {
        let CheckOtherSide { rule, all_repositories, create_repository } = request;
        let (draft, findings) = input::check(self, &rule).await?;
        // The rule need not be valid as a whole for its destinations to be checked.
        let Some(draft) = draft else {
            let first = findings.iter().find(|finding| finding.is_error()).map(finding);
            return Err(first.as_ref().map_or_else(
                || ApiError::new("invalid-rule", Side::Input, "This is not a rule yet."),
                finding_error,
            ));
        };
        let keys = sources::keys(&rule)?;
        let side = |destination: RegistryId| {
            let (keys, draft) = (&keys, &draft);
            async move {
                let accounts = sources::accounts(keys, &destination);
                let need = Need {
                    accounts: &accounts,
                    destination: &destination,
                    prefixes: &draft.filters,
                    all_repositories,
                    create_repository,
                };
                self.other_side(rule.registry.space, &need).await
            }
        };
        stream::iter(draft.destinations.clone()).map(side).buffered(sources::AT_ONCE).try_collect().await
    }

    async fn other_side(&self, space: Space, need: &Need<'_>) -> Result<OtherSide, ApiError> {
        let key = RegistryKey::of(space, need.destination);
        let mut side = OtherSide {
            account_name: self.accounts.name(key.space, key.account.as_str()),
            registry: key.clone(),
            state: OtherSideState::NotNeeded,
            explanation: "Same account: no statement is needed.".into(),
            allowed_by: None,
            statement: None,
            cli: None,
            can_add: false,
        };
        if need.accounts.is_empty() {
            return Ok(side);
        }
        let policy = match self.read_policy(&key).await {
            Ok(text) => Ok(parse_policy(text.as_deref())?),
            Err(error) => Err(error),
        };
        match &policy {
            Ok(policy) => {
                let name = |account: &AccountId| account_name(self, space, account);
                (side.state, side.explanation, side.allowed_by) = need.words(policy, name);
                side.can_add = true;
            }
            Err(error) => {
                side.state = OtherSideState::CannotBeSeen;
                side.explanation = if error.code == "account-unknown" {
                    format!("The app has no account {}, so its policy cannot be read.", key.account)
                } else {
                    format!("The policy cannot be read: {}", error.message)
                };
            }
        }
        if side.state != OtherSideState::Present {
            let statement = match &policy {
                Ok(policy) => need.statement(policy, &need.lacking(policy))?,
                Err(_) => need.statement(&RegistryPolicy::empty(), need.accounts)?,
            };
            side.statement = Some(longshore_policy::pretty(&statement.to_value()));
            let endpoint = self.connection(&key).await.ok().and_then(|connection| connection.endpoint);
            side.cli = Some(statement_for_administrator(need.destination, endpoint.as_ref(), &statement));
        } else {
            side.can_add = false;
        }
        Ok(side)
    }
}

/// The needs of a rule at one destination.
pub(super) struct Need<'a> {
    /// The accounts of the rule's sources, without the destination's own.
    pub(super) accounts: &'a [AccountId],
    pub(super) destination: &'a RegistryId,
    pub(super) prefixes: &'a [Prefix],
    pub(super) all_repositories: bool,
    pub(super) create_repository: bool,
}

impl Need<'_> {
    /// Prefixes that the policy is checked for: what the statement would allow.
    fn asked(&self) -> &[Prefix] {
        if self.all_repositories { &[] } else { self.prefixes }
    }

    fn check(&self, policy: &RegistryPolicy, account: &AccountId) -> PermissionCheck {
        check_replication(Some(policy), account, self.destination, self.asked())
    }

    /// The accounts that the policy does not allow all of it.
    pub(super) fn lacking(&self, policy: &RegistryPolicy) -> Vec<AccountId> {
        let lacks = |account: &&AccountId| is_lacking(&self.check(policy, account), self.create_repository);
        self.accounts.iter().filter(lacks).cloned().collect()
    }

    /// The state of all accounts together, which is that of the one that lacks most; in words, by account
    /// if they differ; and the statement that allows the first.
    fn words(
        &self,
        policy: &RegistryPolicy,
        name: impl Fn(&AccountId) -> String,
    ) -> (OtherSideState, String, Option<String>) {
        let mut grouped: Vec<(OtherSideState, String, Option<String>, Vec<String>)> = Vec::new();
        for account in self.accounts {
            let (state, text, by) = words(&self.check(policy, account), self.create_repository);
            match grouped.iter_mut().find(|(_, known, _, _)| *known == text) {
                Some((_, _, _, names)) => names.push(name(account)),
                None => grouped.push((state, text, by, vec![name(account)])),
            }
        }
        let rank = |state: OtherSideState| match state {
            OtherSideState::NotNeeded => 0,
            OtherSideState::Present => 1,
            OtherSideState::CannotBeSeen => 2,
            OtherSideState::Insufficient => 3,
            OtherSideState::Missing => 4,
        };
        let state = grouped.iter().map(|(state, ..)| *state).max_by_key(|state| rank(*state));
        let by = grouped.iter().find_map(|(_, _, by, _)| by.clone());
        let text = match grouped.as_slice() {
            [(_, text, _, _)] => text.clone(),
            many => {
                let one = |(_, text, _, names): &(_, String, _, Vec<String>)| {
                    format!("{}: {text}", names.join(", "))
                };
                many.iter().map(one).collect::<Vec<_>>().join(" ")
            }
        };
        (state.unwrap_or(OtherSideState::NotNeeded), text, by)
    }

    /// The statement for these accounts, with a Sid that the policy does not use for anything else.
    pub(super) fn statement(
        &self,
        policy: &RegistryPolicy,
        accounts: &[AccountId],
    ) -> Result<Statement, ApiError> {
        let with = |sid: &str| {
            CrossAccountReplication {
                sid: sid.to_owned(),
                sources: accounts.to_vec(),
                destination: self.destination.clone(),
                repositories: if self.asked().is_empty() {
                    RepositoryScope::All
                } else {
                    RepositoryScope::Prefixes(self.asked().to_vec())
                },
                create_repository: self.create_repository,
            }
            .statement()
        };
        let statement = with(DEFAULT_SID);
        match policy.clone().add_statement(&statement) {
            Err(longshore_policy::EditError::SidTaken { proposed, .. }) => Ok(with(&proposed)),
            _ => Ok(statement),
        }
    }
}

/// Whether a statement has to be written for this check.
fn is_lacking(check: &PermissionCheck, create_repository: bool) -> bool {
    !matches!(words(check, create_repository).0, OtherSideState::Present | OtherSideState::NotNeeded)
}

fn words(check: &PermissionCheck, create_repository: bool) -> (OtherSideState, String, Option<String>) {
    let allowed = |by: &[String]| {
        let by: Vec<_> = by.iter().map(|sid| format!("`{sid}`")).collect();
        format!("Already allowed by {}.", by.join(" and "))
    };
    match check {
        PermissionCheck::NotNeeded => {
            (OtherSideState::NotNeeded, "Same account: no statement is needed.".into(), None)
        }
        PermissionCheck::Present { by } => (OtherSideState::Present, allowed(by), by.first().cloned()),
        PermissionCheck::Insufficient { missing } => {
            let lacks: Vec<_> = missing
                .iter()
                .map(|missing| match &missing.denied_by {
                    Some(sid) => {
                        format!("`{}` on `{}` is denied by `{sid}`", missing.action, missing.repositories)
                    }
                    None => {
                        let never =
                            missing.never.as_deref().map(|why| format!(" ({})", why.trim_end_matches('.')));
                        let never = never.unwrap_or_default();
                        format!("`{}` on `{}` is missing{never}", missing.action, missing.repositories)
                    }
                })
                .collect();
            // No permission to create repositories is needed if they are created beforehand.
            let only_creation = missing
                .iter()
                .all(|missing| missing.action == longshore_policy::registry_policy::CREATE_REPOSITORY);
            if only_creation && !create_repository {
                let text = "Images may be replicated; repositories must already exist.";
                return (OtherSideState::Present, text.into(), None);
            }
            (
                OtherSideState::Insufficient,
                format!("There is a statement, but {}.", lacks.join(" and ")),
                None,
            )
        }
        PermissionCheck::Missing => {
            (OtherSideState::Missing, "No statement allows this account to replicate here.".into(), None)
        }
        PermissionCheck::Unknown { reason, .. } => (
            OtherSideState::CannotBeSeen,
            format!("Whether this is allowed depends on a condition that cannot be evaluated: {reason}."),
            None,
        ),
    }
}
