//! Accounts in the database, with a copy in memory that answers every read.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use longshore_names::RegistryId;
use rusqlite::{Row, Transaction, params};
use serde::{Serialize, de::DeserializeOwned};

use super::keys::is_forgotten;
use crate::{
    api::{Account, AccountKey, ApiError, RegistryKey, Side, Space},
    db::Db,
};

/// An account and where its key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredAccount {
    /// What is shown.
    pub(crate) account: Account,
    /// Name of its entry in the keychain.
    pub(crate) credential: Option<String>,
}

/// An AWS account by its number, or by the name that a person gave it if no other has that name. A number
/// is never a name.
pub(crate) fn find_aws<'a>(accounts: &'a [StoredAccount], text: &str) -> Option<&'a StoredAccount> {
    let of_aws = || accounts.iter().filter(|known| known.account.space == Space::Aws);
    let by_name = || {
        let mut named = of_aws().filter(|known| known.account.name == text);
        named.next().filter(|_| named.next().is_none())
    };
    of_aws().find(|known| known.account.id == text).or_else(by_name)
}

/// The AWS account that owns a registry, if it is connected. Its name does not matter.
pub(crate) fn owner_of<'a>(
    accounts: &'a [StoredAccount],
    registry: &RegistryId,
) -> Option<&'a StoredAccount> {
    let mut of_aws = accounts.iter().filter(|known| known.account.space == Space::Aws);
    of_aws.find(|known| known.account.id == registry.account.as_str())
}

/// Every account, in the order in which they were added.
#[derive(Clone)]
pub(crate) struct Accounts {
    db: Db,
    known: Arc<RwLock<Arc<Vec<StoredAccount>>>>,
    /// Counts every put and remove, within that write.
    changes: Arc<AtomicU64>,
}

/// The accounts at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccountsThen {
    changes: Arc<AtomicU64>,
    then: u64,
}

impl AccountsThen {
    /// Whether an account was put or removed since. Inside a write to the database the answer does
    /// not change, because writes run one at a time.
    pub(crate) fn changed(&self) -> bool {
        self.changes.load(Ordering::Acquire) != self.then
    }
}

impl Accounts {
    /// Reads the accounts from the database.
    pub(crate) async fn load(db: Db) -> Result<Self, ApiError> {
        let known = db.read(all).await?;
        Ok(Self { db, known: Arc::new(RwLock::new(Arc::new(known))), changes: Arc::default() })
    }

    /// The accounts as they are now, for a later comparison.
    pub(crate) fn then(&self) -> AccountsThen {
        AccountsThen { changes: self.changes.clone(), then: self.changes.load(Ordering::Acquire) }
    }

    /// Every account as it is now.
    pub(crate) fn all(&self) -> Arc<Vec<StoredAccount>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One account.
    pub(crate) fn find(&self, space: Space, id: &str) -> Option<StoredAccount> {
        self.all().iter().find(|known| known.account.space == space && known.account.id == id).cloned()
    }

    /// One account, or the error that says that it is unknown.
    pub(crate) fn get(&self, key: &AccountKey) -> Result<StoredAccount, ApiError> {
        self.find(key.space, &key.id).ok_or_else(|| Self::unknown(key))
    }

    /// The error that says that an account is unknown.
    pub(crate) fn unknown(key: &AccountKey) -> ApiError {
        ApiError::new("account-unknown", Side::Input, format!("Account {} has not been added.", key.id))
    }

    /// The name that a person gave to an account.
    pub(crate) fn name(&self, space: Space, id: &str) -> Option<String> {
        self.find(space, id).map(|known| known.account.name)
    }

    /// `Prod / us-west-2`, or with the number when the account is not known.
    pub(crate) fn label(&self, registry: &RegistryKey) -> String {
        let name = self.name(registry.space, registry.account.as_str());
        format!("{} / {}", name.as_deref().unwrap_or(registry.account.as_str()), registry.region)
    }

    /// Every registry of every account of a space, or of all.
    pub(crate) fn registries(&self, space: Option<Space>) -> Vec<RegistryKey> {
        let mut registries = Vec::new();
        for StoredAccount { account, .. } in self.all().iter() {
            if space.is_none_or(|space| space == account.space) {
                registries
                    .extend(account.regions.iter().filter_map(|region| RegistryKey::known(account, region)));
            }
        }
        registries
    }

    /// Adds an account, or replaces the stored one.
    pub(crate) async fn put(&self, stored: StoredAccount) -> Result<(), ApiError> {
        let changes = self.changes.clone();
        self.change(move |tx| {
            changes.fetch_add(1, Ordering::AcqRel);
            put(tx, &stored)
        })
        .await
    }

    /// Stores whose key an account has and what is wrong with it. An account that was removed in
    /// the meantime stays removed, and its other fields do not change.
    pub(crate) async fn learn(&self, mut learned: Account) -> Result<(), ApiError> {
        // Whether a key is in memory is known by each process for itself.
        learned.problem = learned.problem.filter(|problem| !is_forgotten(problem));
        self.change(move |tx| {
            tx.execute(
                "UPDATE account SET principal = ?3, problem = ?4, endpoint = ?5
                 WHERE space = ?1 AND id = ?2",
                params![
                    word(&learned.space)?,
                    learned.id,
                    learned.principal.as_deref().unwrap_or_default(),
                    learned.problem.as_ref().map(serde_json::to_string).transpose()?,
                    learned.endpoint,
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// Forgets an account and what was read from it.
    pub(crate) async fn remove(&self, key: AccountKey) -> Result<(), ApiError> {
        let changes = self.changes.clone();
        self.change(move |tx| {
            changes.fetch_add(1, Ordering::AcqRel);
            let space = word(&key.space)?;
            tx.execute("DELETE FROM account WHERE space = ?1 AND id = ?2", [&space, &key.id])?;
            tx.execute("DELETE FROM registry WHERE space = ?1 AND account = ?2", [&space, &key.id])?;
            // One that is connected again is protected again.
            tx.execute("DELETE FROM unlocked WHERE space = ?1 AND id = ?2", [&space, &key.id])?;
            tx.execute("DELETE FROM permit WHERE space = ?1 AND account = ?2", [&space, &key.id])?;
            Ok(())
        })
        .await
    }

    /// Reads the accounts again, which another process may have changed. Returns whether it did.
    pub(crate) async fn reload(&self) -> Result<bool, ApiError> {
        let changes = self.changes.load(Ordering::Acquire);
        let now = self.db.read(all).await?;
        // This process has changed them in the meantime.
        if self.changes.load(Ordering::Acquire) != changes {
            return Ok(false);
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let differs = **known != now;
        if differs {
            *known = Arc::new(now);
            self.changes.fetch_add(1, Ordering::AcqRel);
        }
        Ok(differs)
    }

    /// Forgets what was read from registries of accounts that are not connected.
    pub(crate) async fn forget_unconnected(&self) -> Result<(), ApiError> {
        let forget = "DELETE FROM registry WHERE NOT EXISTS
            (SELECT 1 FROM account a WHERE a.space = registry.space AND a.id = registry.account)";
        self.db.write(move |tx| Ok(tx.execute(forget, []).map(drop)?)).await
    }

    async fn change(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<(), ApiError> + Send + 'static,
    ) -> Result<(), ApiError> {
        let known = self
            .db
            .write(move |tx| {
                work(tx)?;
                all(tx)
            })
            .await?;
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
        Ok(())
    }
}

fn put(tx: &Transaction<'_>, stored: &StoredAccount) -> Result<(), ApiError> {
    let Account {
        space,
        id,
        name,
        environment,
        colour,
        regions,
        credentials,
        endpoint,
        hosts,
        terraform_state,
        roles,
        principal,
        problem,
    } = &stored.account;
    let space = word(space)?;
    let position: i64 = tx.query_row(
        "SELECT coalesce((SELECT min(position) FROM account WHERE space = ?1 AND id = ?2),
                         (SELECT coalesce(max(position), 0) + 1 FROM account))",
        [&space, id],
        |row| row.get(0),
    )?;
    tx.execute("DELETE FROM account WHERE space = ?1 AND id = ?2", [&space, id])?;
    tx.execute(
        "INSERT INTO account (space, id, principal, name, environment, colour, regions, source,
                              credential, problem, position, endpoint, hosts, terraform_state, roles)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        params![
            space,
            id,
            principal.as_deref().unwrap_or_default(),
            name,
            word(environment)?,
            colour,
            serde_json::to_string(regions)?,
            serde_json::to_string(credentials)?,
            stored.credential,
            problem.as_ref().map(serde_json::to_string).transpose()?,
            position,
            endpoint,
            (!hosts.are_usual()).then(|| serde_json::to_string(hosts)).transpose()?,
            terraform_state,
            (!roles.is_empty()).then(|| serde_json::to_string(roles)).transpose()?,
        ],
    )?;
    // What was read from Regions that are no longer shown.
    tx.execute(
        "DELETE FROM registry WHERE space = ?1 AND account = ?2
         AND region NOT IN (SELECT value FROM json_each(?3))",
        params![space, id, serde_json::to_string(regions)?],
    )?;
    Ok(())
}

fn all(tx: &Transaction<'_>) -> Result<Vec<StoredAccount>, ApiError> {
    let mut statement = tx.prepare_cached(
        "SELECT space, id, principal, name, environment, colour, regions, source, credential, problem,
                endpoint, hosts, terraform_state, roles
         FROM account ORDER BY position",
    )?;
    let mut rows = statement.query([])?;
    let mut accounts = Vec::new();
    while let Some(row) = rows.next()? {
        accounts.push(stored(row)?);
    }
    Ok(accounts)
}

fn stored(row: &Row<'_>) -> Result<StoredAccount, ApiError> {
    let principal: String = row.get(2)?;
    let problem: Option<String> = row.get(9)?;
    let hosts: Option<String> = row.get(11)?;
    let roles: Option<String> = row.get(13)?;
    Ok(StoredAccount {
        account: Account {
            space: from_word(&row.get::<_, String>(0)?)?,
            id: row.get(1)?,
            principal: (!principal.is_empty()).then_some(principal),
            name: row.get(3)?,
            environment: from_word(&row.get::<_, String>(4)?)?,
            colour: row.get(5)?,
            regions: serde_json::from_str(&row.get::<_, String>(6)?)?,
            credentials: serde_json::from_str(&row.get::<_, String>(7)?)?,
            endpoint: row.get(10)?,
            hosts: hosts.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default(),
            terraform_state: row.get(12)?,
            roles: roles.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default(),
            problem: problem.as_deref().map(serde_json::from_str).transpose()?,
        },
        credential: row.get(8)?,
    })
}

/// The word for a value of an enum without content, as the API writes it.
pub(crate) fn word<T: Serialize>(value: &T) -> Result<String, ApiError> {
    match serde_json::to_value(value)? {
        serde_json::Value::String(word) => Ok(word),
        other => Err(ApiError::internal(format!("{other} is no word"))),
    }
}

/// The value that a word stands for.
pub(crate) fn from_word<T: DeserializeOwned>(word: &str) -> Result<T, ApiError> {
    Ok(serde_json::from_value(serde_json::Value::String(word.to_owned()))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{CredentialSource, Environment};

    #[tokio::test]
    async fn a_new_name_stays_and_a_removed_account_stays_removed_when_its_key_is_learned_late() {
        let directory = tempfile::tempdir().unwrap();
        let accounts = Accounts::load(Db::open(directory.path()).unwrap()).await.unwrap();
        let before = Account {
            space: Space::Aws,
            id: "111122223333".into(),
            name: "Dev".into(),
            environment: Environment::Dev,
            colour: "#2563eb".into(),
            regions: vec!["us-west-2".into()],
            credentials: CredentialSource::Keychain,
            endpoint: None,
            hosts: Default::default(),
            terraform_state: None,
            roles: Vec::new(),
            principal: None,
            problem: None,
        };
        let key = AccountKey { space: Space::Aws, id: before.id.clone() };
        let renamed = Account { name: "Development".into(), ..before.clone() };
        accounts.put(StoredAccount { account: renamed, credential: Some("entry".into()) }).await.unwrap();

        let arn = "arn:aws:iam::111122223333:user/dev".to_owned();
        let learned = Account { principal: Some(arn.clone()), ..before };
        accounts.learn(learned.clone()).await.unwrap();
        let known = accounts.get(&key).unwrap();
        assert_eq!((known.account.name.as_str(), known.account.principal), ("Development", Some(arn)));
        assert_eq!(known.credential.as_deref(), Some("entry"));

        accounts.remove(key.clone()).await.unwrap();
        accounts.learn(learned).await.unwrap();
        assert_eq!(accounts.get(&key).unwrap_err().code, "account-unknown");
    }
}
