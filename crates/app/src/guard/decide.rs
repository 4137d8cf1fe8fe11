//! Whether something may be written, from what is stored.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction};

use super::{READ_ONLY, SANDBOX, store};
use crate::{
    accounts::StoredAccount,
    api::{AccountKey, ApiError, Environment, GuardedAccount, Permit, RegistryKey, Side, Space},
    plans::is_confirmed,
};

/// Why a write may be meant.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Leave<'a> {
    /// A person is there, who may have unlocked the account.
    pub(crate) attended: bool,
    /// What the person typed as the names of accounts, for this write alone.
    pub(crate) named: &'a [String],
    /// The hash of the rule that writes, which may have a permit.
    pub(crate) rule: Option<&'a str>,
}

/// What protects production at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) read_only: bool,
    pub(super) sandbox: bool,
    pub(super) accounts: Vec<GuardedAccount>,
    /// Also expired ones.
    pub(super) permits: Vec<Permit>,
}

impl State {
    pub(super) fn read(
        tx: &Transaction<'_>,
        accounts: &[StoredAccount],
        now: DateTime<Utc>,
    ) -> Result<Self, ApiError> {
        let setting = |name: &str| -> Result<bool, ApiError> {
            let sql = "SELECT value = 'true' FROM setting WHERE name = ?1";
            Ok(tx.query_row(sql, [name], |row| row.get(0)).optional()?.unwrap_or(false))
        };
        let sandbox = setting(SANDBOX)?;
        let unlocked = store::unlocked(tx, now)?;
        let until = |key: &AccountKey| unlocked.iter().find(|(known, _)| known == key).map(|(_, at)| *at);
        let guarded = |known: &&StoredAccount| {
            known.account.environment == Environment::Production
                && (known.account.space == Space::Aws || sandbox)
        };
        let accounts = accounts.iter().filter(guarded).map(|StoredAccount { account, .. }| {
            let key = AccountKey { space: account.space, id: account.id.clone() };
            GuardedAccount {
                unlocked_until: until(&key),
                space: key.space,
                id: key.id,
                name: account.name.clone(),
            }
        });
        Ok(Self {
            read_only: setting(READ_ONLY)?,
            sandbox,
            accounts: accounts.collect(),
            permits: store::permits(tx)?,
        })
    }
}

/// Whether registries may be written to.
///
/// # Errors
/// `read-only-mode`, `account-locked`, `permit-needed`.
pub(super) fn may_write(
    state: &State,
    reached: &[RegistryKey],
    leave: Leave<'_>,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    if state.read_only {
        return Err(ApiError::new("read-only-mode", Side::ThisMachine, "Longshore is in read-only mode."));
    }
    for registry in reached {
        let is_it =
            |known: &&GuardedAccount| known.space == registry.space && known.id == registry.account.as_str();
        let Some(account) = state.accounts.iter().find(is_it) else { continue };
        let has_permit = leave.rule.is_some_and(|hash| {
            state
                .permits
                .iter()
                .any(|permit| permit.rule_hash == hash && permit.registry == *registry && permit.until > now)
        });
        let unlocked = leave.attended && account.unlocked_until.is_some_and(|until| until > now);
        let named = leave.attended && leave.named.iter().any(|name| is_confirmed(Some(name), &account.name));
        if !(has_permit || unlocked || named) {
            return Err(locked(account, registry, leave));
        }
    }
    Ok(())
}

/// Asks for the names of the production accounts that are written to by a person, unlocked or not, as a plan
/// does. What a permit allows is not asked about.
///
/// # Errors
/// `confirmation-needed`.
pub(super) fn must_be_named(
    state: &State,
    reached: &[RegistryKey],
    leave: Leave<'_>,
    now: DateTime<Utc>,
) -> Result<(), ApiError> {
    // Nobody has unlocked anything, as far as this question goes.
    let mut locked = state.clone();
    locked.accounts.iter_mut().for_each(|account| account.unlocked_until = None);
    may_write(&locked, reached, leave, now).map_err(|error| {
        let id = error.field.unwrap_or_default();
        let name =
            state.accounts.iter().find(|known| known.id == id).map_or(id.as_str(), |known| &known.name);
        let text = format!("{name} ({id}) is a production account, so writing to it has to be confirmed.");
        ApiError::input("confirmation-needed", "confirm", text).hint(format!("Pass --confirm '{name}'."))
    })
}

fn locked(account: &GuardedAccount, registry: &RegistryKey, leave: Leave<'_>) -> ApiError {
    let GuardedAccount { name, id, .. } = account;
    if leave.attended {
        let text = format!("{name} ({id}) is a production account and read-only until it is unlocked.");
        return ApiError::new("account-locked", Side::ThisMachine, text).at(id.as_str());
    }
    let text = format!("The rule has no permit to write to {name} ({id}) / {} unattended.", registry.region);
    ApiError::new("permit-needed", Side::ThisMachine, text)
        .hint("Grant the rule a permit, or run it manually. A permit ends when the rule is changed.")
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    const PROD: &str = "444455556666";

    fn registry(account: &str, region: &str) -> RegistryKey {
        RegistryKey { space: Space::Aws, account: account.parse().unwrap(), region: region.parse().unwrap() }
    }

    fn state(unlocked: Option<TimeDelta>, permit: Option<TimeDelta>) -> State {
        let account = GuardedAccount {
            space: Space::Aws,
            id: PROD.into(),
            name: "Prod".into(),
            unlocked_until: unlocked.map(|time| DateTime::UNIX_EPOCH + time),
        };
        let permit = permit.map(|time| Permit {
            id: "1".into(),
            rule: "nightly".into(),
            rule_hash: "aa".into(),
            registry: registry(PROD, "us-west-2"),
            granted: DateTime::UNIX_EPOCH,
            until: DateTime::UNIX_EPOCH + time,
        });
        State { accounts: vec![account], permits: permit.into_iter().collect(), ..State::default() }
    }

    fn answer(state: &State, to: &RegistryKey, leave: Leave<'_>) -> Option<String> {
        may_write(state, std::slice::from_ref(to), leave, DateTime::UNIX_EPOCH).err().map(|error| error.code)
    }

    const PERSON: Leave<'_> = Leave { attended: true, named: &[], rule: None };

    #[test]
    fn a_production_account_is_read_only_until_it_is_unlocked_and_again_afterwards() {
        let prod = registry(PROD, "us-west-2");
        let minute = TimeDelta::minutes(1);
        assert_eq!(answer(&state(None, None), &prod, PERSON).as_deref(), Some("account-locked"));
        assert_eq!(answer(&state(Some(minute), None), &prod, PERSON), None);
        assert_eq!(answer(&state(Some(-minute), None), &prod, PERSON).as_deref(), Some("account-locked"));
        assert_eq!(answer(&state(None, None), &prod, Leave { named: &["prod".into()], ..PERSON }), None);
        let other = ["Other".to_owned()];
        let another = Leave { named: &other, ..PERSON };
        assert_eq!(answer(&state(None, None), &prod, another).as_deref(), Some("account-locked"));
        assert_eq!(answer(&state(None, None), &registry("111122223333", "us-west-2"), PERSON), None);
    }

    #[test]
    fn a_schedule_needs_a_permit_for_this_rule_this_registry_and_this_time() {
        let (prod, day) = (registry(PROD, "us-west-2"), TimeDelta::days(1));
        let schedule = |hash| Leave { rule: Some(hash), ..Leave::default() };
        let needed = Some("permit-needed");
        assert_eq!(answer(&state(None, Some(day)), &prod, schedule("aa")), None);
        assert_eq!(answer(&state(None, Some(-day)), &prod, schedule("aa")).as_deref(), needed);
        assert_eq!(answer(&state(None, Some(day)), &prod, schedule("bb")).as_deref(), needed);
        let elsewhere = registry(PROD, "eu-west-1");
        assert_eq!(answer(&state(None, Some(day)), &elsewhere, schedule("aa")).as_deref(), needed);
        // Somebody who works there has not agreed to what a schedule does meanwhile.
        assert_eq!(answer(&state(Some(day), None), &prod, schedule("aa")).as_deref(), needed);
        assert_eq!(
            answer(&state(None, None), &prod, Leave { named: &["Prod".into()], ..schedule("aa") }).as_deref(),
            needed
        );
    }

    #[test]
    fn read_only_mode_stops_every_write() {
        let state = State { read_only: true, ..state(Some(TimeDelta::days(1)), None) };
        for account in [PROD, "111122223333"] {
            let name = ["Prod".to_owned()];
            let named = Leave { named: &name, ..PERSON };
            let code = answer(&state, &registry(account, "us-west-2"), named);
            assert_eq!(code.as_deref(), Some("read-only-mode"));
        }
    }
}
