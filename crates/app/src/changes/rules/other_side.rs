//! What the destinations of a rule need, and whether they have it.

use longshore_names::{Prefix, RegistryId};
use longshore_policy::registry_policy::{
    CrossAccountReplication, DEFAULT_SID, PermissionCheck, RegistryPolicy, RepositoryScope, Statement,
    check_replication,
};

use super::input;
use crate::{
    App,
    api::{ApiError, CheckOtherSide, OtherSide, OtherSideState, RegistryKey, Side},
    documents::parse_policy,
    export::statement_for_administrator,
    plans::{finding, finding_error},
};

impl App {
    /// What the destinations of a rule need, in the order of the rule.
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
        let source = rule.registry.id();
        let mut sides = Vec::with_capacity(draft.destinations.len());
        for destination in &draft.destinations {
            let need = Need {
                source: &source,
                destination,
                prefixes: &draft.filters,
                all_repositories,
                create_repository,
            };
            sides.push(self.other_side(&rule.registry, &need).await?);
        }
        Ok(sides)
    }

    async fn other_side(&self, source: &RegistryKey, need: &Need<'_>) -> Result<OtherSide, ApiError> {
        let key = RegistryKey::of(source.space, need.destination);
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
        if need.source.account == need.destination.account {
            return Ok(side);
        }
        let policy = match self.read_policy(&key).await {
            Ok(text) => Ok(parse_policy(text.as_deref())?),
            Err(error) => Err(error),
        };
        match &policy {
            Ok(policy) => {
                let check =
                    check_replication(Some(policy), &need.source.account, need.destination, need.asked());
                (side.state, side.explanation, side.allowed_by) = words(&check, need.create_repository);
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
            let empty = RegistryPolicy::empty();
            let statement = need.statement(policy.as_ref().unwrap_or(&empty))?;
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
    pub(super) source: &'a RegistryId,
    pub(super) destination: &'a RegistryId,
    pub(super) prefixes: &'a [Prefix],
    pub(super) all_repositories: bool,
    pub(super) create_repository: bool,
}

impl Need<'_> {
    /// Prefixes that the policy is checked for: what the statement would allow.
    pub(super) fn asked(&self) -> &[Prefix] {
        if self.all_repositories { &[] } else { self.prefixes }
    }

    /// The statement, with a Sid that the policy does not use for anything else.
    pub(super) fn statement(&self, policy: &RegistryPolicy) -> Result<Statement, ApiError> {
        let with = |sid: &str| {
            CrossAccountReplication {
                sid: sid.to_owned(),
                sources: vec![self.source.account.clone()],
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
pub(super) fn is_lacking(check: &PermissionCheck, create_repository: bool) -> bool {
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
