//! The sandbox's accounts as accounts of the app. Only this module knows that some accounts belong
//! to the sandbox.

use std::time::Duration;

use longshore_names::{AccountId, Partition, Region};

use super::{StoredAccount, validate};
use crate::{
    App,
    api::{
        Account, AccountKey, AddSandboxAccount, AddSandboxRegion, ApiError, AppEvent, AppStatus,
        CredentialSource, Environment, SandboxSettings, Space,
    },
    errors::name_error,
    made, settings,
};

/// The setting that says whether the sandbox is used.
const SANDBOX_USED: &str = "sandbox-used";
/// The key under which [`SandboxSettings`] are stored.
const SANDBOX_SETTINGS: &str = "sandbox-settings";
/// The longest time that a replication in the sandbox can take.
const LONGEST_DELAY_MS: u32 = 10 * 60 * 1_000;

impl App {
    /// Starts the sandbox and adds its accounts.
    ///
    /// # Errors
    /// The reason why it does not start; [`status`](Self::status) has it too.
    pub async fn start_sandbox(&self) -> Result<AppStatus, ApiError> {
        let started = self.sandbox.start(self.replication_delay().await?).await;
        if let Err(error) = started {
            self.events.send(AppEvent::Accounts);
            return Err(error);
        }
        settings::set(&self.db, SANDBOX_USED, &true).await?;
        self.sync_sandbox().await?;
        self.status().await
    }

    /// Starts the sandbox again if it was in use. [`status`](Self::status) says why it does not
    /// start.
    pub(crate) async fn resume_sandbox(&self) -> Result<(), ApiError> {
        let used: Option<bool> = settings::get(&self.db, SANDBOX_USED).await?;
        if used != Some(true) {
            return Ok(());
        }
        match self.sandbox.start(self.replication_delay().await?).await {
            Ok(()) => self.sync_sandbox().await,
            Err(_) => Ok(()),
        }
    }

    /// Makes the app's sandbox accounts match those of the sandbox.
    async fn sync_sandbox(&self) -> Result<(), ApiError> {
        let has = self.sandbox.accounts().await?;
        for known in self.accounts.all().iter().filter(|known| known.account.space == Space::Sandbox) {
            if !has.iter().any(|(id, _)| id.as_str() == known.account.id) {
                let key = AccountKey { space: Space::Sandbox, id: known.account.id.clone() };
                self.accounts.remove(key).await?;
            }
        }
        for (id, regions) in has {
            self.sync_sandbox_account(&id, &regions, None, None).await?;
        }
        self.accounts_changed(Space::Sandbox, None);
        Ok(())
    }

    async fn sync_sandbox_account(
        &self,
        id: &AccountId,
        regions: &[Region],
        name: Option<String>,
        environment: Option<Environment>,
    ) -> Result<Account, ApiError> {
        let regions: Vec<String> = regions.iter().map(ToString::to_string).collect();
        let stored = match self.accounts.find(Space::Sandbox, id.as_str()) {
            Some(mut stored) => {
                stored.account.regions.retain(|region| regions.contains(region));
                if stored.account.regions.is_empty() {
                    stored.account.regions = regions;
                }
                stored
            }
            None => {
                let mut account = self.new_sandbox_account(id, regions);
                account.name = name.unwrap_or(account.name);
                account.environment = environment.unwrap_or(account.environment);
                StoredAccount { account, credential: None }
            }
        };
        self.accounts.put(stored.clone()).await?;
        Ok(stored.account)
    }

    /// An account of the sandbox as it is connected first.
    fn new_sandbox_account(&self, id: &AccountId, regions: Vec<String>) -> Account {
        let (name, environment) = match id.as_str() {
            "111122223333" => ("Dev", Environment::Dev),
            "444455556666" => ("Prod", Environment::Production),
            other => (other, Environment::Dev),
        };
        let all = self.accounts.all();
        Account {
            space: Space::Sandbox,
            id: id.to_string(),
            name: name.to_owned(),
            environment,
            colour: validate::free_colour(all.iter().map(|known| known.account.colour.as_str())),
            regions,
            credentials: CredentialSource::Sandbox,
            endpoint: None,
            hosts: Default::default(),
            terraform_state: None,
            roles: Vec::new(),
            principal: Some(id.root_arn(Partition::Aws)),
            problem: None,
        }
    }

    /// The accounts of a space, for a command: of the sandbox also those that only its process knows,
    /// because no window has connected them.
    ///
    /// # Errors
    /// When the accounts cannot be read.
    pub async fn accounts_in(&self, space: Space) -> Result<Vec<Account>, ApiError> {
        let mut found: Vec<Account> = self.accounts().await?;
        found.retain(|account| account.space == space);
        if space == Space::Sandbox {
            for (id, regions) in self.sandbox.accounts_of_running().await {
                if !found.iter().any(|known| known.id == id.as_str()) {
                    let regions = regions.iter().map(ToString::to_string).collect();
                    found.push(self.new_sandbox_account(&id, regions));
                }
            }
        }
        Ok(found)
    }

    /// Adds an account to the sandbox.
    ///
    /// # Errors
    /// At the field that is wrong; `sandbox-account-exists`; the reason why the sandbox does not
    /// run.
    pub async fn add_sandbox_account(&self, request: AddSandboxAccount) -> Result<Account, ApiError> {
        let id = AccountId::for_input(&request.id).map_err(name_error("id"))?;
        let name = match request.name.trim() {
            "" => id.to_string(),
            name => validate::name(name)?,
        };
        let regions = parsed(&validate::regions(&request.regions)?)?;
        self.sandbox.add_account(id.clone(), regions.clone()).await?;
        let account = self.sync_sandbox_account(&id, &regions, Some(name), Some(request.environment)).await?;
        self.accounts_changed(Space::Sandbox, Some(id.as_str()));
        Ok(account)
    }

    /// Adds a Region to a sandbox account.
    ///
    /// # Errors
    /// At the field that is wrong; `sandbox-region-exists`; the reason why the sandbox does not
    /// run.
    pub async fn add_sandbox_region(&self, request: AddSandboxRegion) -> Result<Account, ApiError> {
        let id = AccountId::for_input(&request.id).map_err(name_error("id"))?;
        let region = Region::for_input(&request.region).map_err(name_error("region"))?;
        let mut stored = self.accounts.get(&AccountKey { space: Space::Sandbox, id: id.to_string() })?;
        self.sandbox.add_region(id.clone(), region.clone()).await?;
        stored.account.regions.push(region.to_string());
        self.accounts.put(stored.clone()).await?;
        self.accounts_changed(Space::Sandbox, Some(id.as_str()));
        Ok(stored.account)
    }

    /// Resets the sandbox; everything in it is lost.
    ///
    /// # Errors
    /// The reason why the sandbox does not run or could not be reset.
    pub async fn reset_sandbox(&self) -> Result<AppStatus, ApiError> {
        self.sandbox.reset().await?;
        // A later resource of the same name is not the one that was created before.
        let forget = |tx: &rusqlite::Transaction<'_>| {
            made::forget_space(tx, Space::Sandbox)?;
            tx.execute("DELETE FROM document_owner WHERE space = ?1", [Space::Sandbox.word()])?;
            tx.execute("DELETE FROM rule_name WHERE space = ?1", [Space::Sandbox.word()])?;
            Ok(())
        };
        self.db.write(forget).await?;
        for known in self.accounts.all().iter().filter(|known| known.account.space == Space::Sandbox) {
            let key = AccountKey { space: Space::Sandbox, id: known.account.id.clone() };
            self.accounts.remove(key).await?;
        }
        self.sync_sandbox().await?;
        self.status().await
    }

    /// Settings of the sandbox.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sandbox_settings(&self) -> Result<SandboxSettings, ApiError> {
        let delay = self.replication_delay().await?.as_millis();
        let regions_down = self.sandbox.regions_down().await.iter().map(ToString::to_string).collect();
        Ok(SandboxSettings { replication_delay_ms: u32::try_from(delay).unwrap_or(u32::MAX), regions_down })
    }

    /// Changes settings of the sandbox, from the next replication on.
    ///
    /// # Errors
    /// `replication-delay` when it is longer than ten minutes; `invalid-region`.
    pub async fn set_sandbox_settings(&self, settings: SandboxSettings) -> Result<SandboxSettings, ApiError> {
        if settings.replication_delay_ms > LONGEST_DELAY_MS {
            let text = "A replication in the sandbox takes at most ten minutes.";
            return Err(ApiError::input("replication-delay", "replicationDelayMs", text));
        }
        let down = parsed(&settings.regions_down).map_err(|error| error.at("regionsDown"))?;
        // An outage is not remembered: the next sandbox has none.
        let kept = SandboxSettings { regions_down: Vec::new(), ..settings };
        settings::set(&self.db, SANDBOX_SETTINGS, &kept).await?;
        self.sandbox.set_regions_down(down.into_iter().collect()).await;
        let delay = Duration::from_millis(settings.replication_delay_ms.into());
        self.sandbox.set_replication_delay(delay).await;
        Ok(settings)
    }

    async fn replication_delay(&self) -> Result<Duration, ApiError> {
        let kept: Option<SandboxSettings> = settings::get(&self.db, SANDBOX_SETTINGS).await?;
        Ok(kept.map_or(self.sandbox.default_delay(), |kept| {
            Duration::from_millis(kept.replication_delay_ms.into())
        }))
    }
}

fn parsed(regions: &[String]) -> Result<Vec<Region>, ApiError> {
    Ok(regions.iter().map(|region| region.parse()).collect::<Result<_, _>>()?)
}
