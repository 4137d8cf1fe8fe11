//! Adding, changing and forgetting accounts.

use longshore_names::AccountId;
use uuid::Uuid;

use super::{StoredAccount, keys::AccessKey, validate};
use crate::{
    App,
    api::{
        Account, AccountKey, AccountRemoval, AddAccount, ApiError, AppEvent, CredentialSource, RegistryKey,
        Side, Space, UpdateAccount,
    },
    errors::name_error,
};

/// Stands for the account until its number is known.
const UNKNOWN: &str = "000000000000";

impl App {
    /// Every account of every space.
    ///
    /// # Errors
    /// None today.
    pub async fn accounts(&self) -> Result<Vec<Account>, ApiError> {
        let all = self.accounts.all();
        Ok(all.iter().map(|known| self.with_key_problem(known, &all)).collect())
    }

    /// Adds an AWS account; its key goes into the keychain, or stays in memory for this session. An identity
    /// that cannot be determined is stored as the account's problem; a key of another account is an error.
    ///
    /// # Errors
    /// At the field that is wrong; `account-exists`; `identity-mismatch`; errors of the keychain.
    pub async fn add_account(&self, request: AddAccount) -> Result<Account, ApiError> {
        let (account, key) = self.typed_account(&request).await?;
        let id = account.id.clone();
        let credential = format!("account/{id}/{}", Uuid::now_v7());
        let credentials = self.keep_key(&credential, &key, request.session_only).await?;
        // A key that was refused for this number is not used again.
        self.sessions.forget(Some(&id));
        let mut stored = StoredAccount {
            account: Account { credentials, ..account },
            credential: Some(credential.clone()),
        };
        let kept = match self.identify(&mut stored).await {
            Ok(()) => self.accounts.put(stored.clone()).await,
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            self.sessions.forget(Some(&id));
            self.forget_key(&stored.account.credentials, &credential).await;
            return Err(error);
        }
        self.accounts_changed(Space::Aws, Some(&id));
        Ok(stored.account)
    }

    /// The account that [`add_account`](Self::add_account) would add, as AWS proves it; nothing is stored.
    ///
    /// # Errors
    /// As [`add_account`](Self::add_account); what STS says.
    pub async fn prove_key(&self, request: AddAccount) -> Result<Account, ApiError> {
        let (mut account, key) = self.typed_account(&request).await?;
        let unknown = StoredAccount { account: account.clone(), credential: None };
        let caller = self.caller_with_key(&unknown, key.credentials()).await?;
        if caller.account.as_str() != account.id {
            let text = format!("This key belongs to account {}, not to {}.", caller.account, account.id);
            return Err(ApiError::input("identity-mismatch", "id", text));
        }
        account.principal = Some(caller.arn);
        Ok(account)
    }

    /// The account that a request describes, with its key. AWS is asked for a number that was not typed.
    async fn typed_account(&self, request: &AddAccount) -> Result<(Account, AccessKey), ApiError> {
        let mut account = Account {
            space: Space::Aws,
            id: match request.id.trim() {
                "" => String::new(),
                id => AccountId::for_input(id).map_err(name_error("id"))?.to_string(),
            },
            name: validate::typed_name(&request.name, Some(request.id.trim()))?,
            environment: request.environment,
            colour: match &request.colour {
                Some(colour) => validate::colour(colour)?,
                None => {
                    let known = self.accounts.all();
                    validate::free_colour(known.iter().map(|known| known.account.colour.as_str()))
                }
            },
            regions: validate::regions(&request.regions)?,
            credentials: CredentialSource::Keychain,
            endpoint: None,
            hosts: Default::default(),
            terraform_state: None,
            roles: Vec::new(),
            principal: None,
            problem: None,
        };
        let key = AccessKey::typed(
            &request.access_key_id,
            &request.secret_access_key,
            request.session_token.as_deref(),
        )?;
        if account.id.is_empty() {
            let nobody = Account { id: UNKNOWN.into(), ..account.clone() };
            let unknown = StoredAccount { account: nobody, credential: None };
            account.id = self.caller_with_key(&unknown, key.credentials()).await?.account.to_string();
        }
        if self.accounts.find(Space::Aws, &account.id).is_some() {
            let text = format!("Account {} already exists.", account.id);
            return Err(ApiError::input("account-exists", "id", text).hint(
                "To give it another key, replace its key: in Settings, or with `longshore account change`.",
            ));
        }
        Ok((account, key))
    }

    /// A registry of the account answered, so a problem that was noted before is checked again.
    pub(crate) async fn account_works(&self, registry: &RegistryKey) -> Result<(), ApiError> {
        self.identify_if(registry, |account| account.problem.is_some()).await
    }

    /// A registry of the account could not be read. If that is because of the credentials, the account
    /// says so, with the way out.
    pub(crate) async fn account_fails(
        &self,
        registry: &RegistryKey,
        error: &ApiError,
    ) -> Result<(), ApiError> {
        if !error.is_for_a_person() && error.code != "no-credentials" {
            return Ok(());
        }
        self.identify_if(registry, |account| account.problem.is_none()).await
    }

    async fn identify_if(
        &self,
        registry: &RegistryKey,
        is_due: impl FnOnce(&Account) -> bool,
    ) -> Result<(), ApiError> {
        let Some(mut stored) = self.accounts.find(registry.space, registry.account.as_str()) else {
            return Ok(());
        };
        if !is_due(&stored.account) {
            return Ok(());
        }
        let before = stored.account.clone();
        if let Err(error) = self.identify(&mut stored).await {
            stored.account.problem = Some(error);
        }
        if stored.account != before {
            self.accounts.learn(stored.account).await?;
            self.events.send(AppEvent::Accounts);
        }
        Ok(())
    }

    /// Changes what the app stores about an account. The sandbox itself decides which Regions a
    /// sandbox account has; here they say which of them are shown.
    ///
    /// # Errors
    /// At the field that is wrong; `account-unknown`; `confirmation-needed`;
    /// `terraform-state-unreadable`.
    pub async fn update_account(&self, request: UpdateAccount) -> Result<Account, ApiError> {
        let key = AccountKey { space: request.space, id: request.id };
        let mut stored = self.accounts.get(&key)?;
        let regions = validate::regions(&request.regions)?;
        if stored.account.credentials == CredentialSource::Sandbox {
            let has = self.sandbox.accounts().await?;
            let has = has.iter().find(|(id, _)| id.as_str() == key.id).map(|(_, regions)| regions.as_slice());
            for (index, region) in regions.iter().enumerate() {
                if !has.unwrap_or_default().iter().any(|known| known.as_str() == region) {
                    let text = format!("The sandbox account has no Region {region}.");
                    let error =
                        ApiError::input("sandbox-region-not-found", format!("regions[{index}]"), text);
                    return Err(error.hint("Add the Region to the sandbox account first."));
                }
            }
        }
        self.may_leave_production(&stored, request.environment, request.confirm.as_deref())?;
        stored.account.name = validate::typed_name(&request.name, Some(&key.id))?;
        stored.account.environment = request.environment;
        stored.account.colour = validate::colour(&request.colour)?;
        stored.account.regions = regions;
        if let Some(hosts) = request.hosts.map(validate::hosts).transpose()?
            && hosts != stored.account.hosts
        {
            // They also decide whether the endpoint is one of its own.
            stored.account.hosts = hosts;
            stored.account.principal = None;
            self.sessions.forget(Some(&key.id));
        }
        if let Some(typed) = &request.terraform_state {
            let path = validate::terraform_state(typed)?;
            if let Some(path) = &path {
                let at_field = |error: ApiError| ApiError { side: Side::Input, ..error }.at("terraformState");
                self.state_files.read(path).await.map_err(at_field)?;
            }
            stored.account.terraform_state = path;
        }
        if stored.account.principal.is_none() && stored.account.credentials != CredentialSource::Sandbox {
            self.identify(&mut stored).await?;
            // It may have been removed during the request to STS.
            self.accounts.get(&key)?;
        }
        self.accounts.put(stored.clone()).await?;
        self.accounts_changed(key.space, Some(&key.id));
        Ok(stored.account)
    }

    /// Forgets an account, its secrets and what was read from it. The sign-in to IAM Identity Center that
    /// only this account needs is forgotten too. Nothing in the account changes. A sandbox account is added
    /// again at the sandbox's next start.
    ///
    /// # Errors
    /// Those of [`account_removal`](Self::account_removal); errors of the keychain.
    pub async fn remove_account(&self, key: AccountKey) -> Result<(), ApiError> {
        // Two accounts that are removed at the same time would each leave the sign-in to the other.
        let _turn = self.sign_ins.removing.lock().await;
        let stored = self.removable(&key)?;
        if let Some(session) = self.session_only_for(&stored.account).await? {
            match self.forget_sign_in(&session).await {
                // Nothing is in a keychain that does not exist; the session stays listed.
                Err(error) if error.code == "keychain-missing" => {
                    tracing::debug!("the sign-in of a removed account was not looked for");
                }
                forgotten => forgotten?,
            }
        }
        if let Some(credential) = &stored.credential {
            self.delete_key(&stored.account.credentials, credential).await?;
        }
        self.accounts.remove(key.clone()).await?;
        self.accounts_changed(key.space, Some(&key.id));
        Ok(())
    }

    /// What [`remove_account`](Self::remove_account) would forget with an account. Neither AWS nor the
    /// keychain is asked.
    ///
    /// # Errors
    /// `account-unknown`; `account-in-use` while another account is connected by a role that it assumes.
    pub async fn account_removal(&self, key: AccountKey) -> Result<AccountRemoval, ApiError> {
        let stored = self.removable(&key)?;
        let session = self.session_only_for(&stored.account).await?;
        Ok(AccountRemoval { key: stored.credential.is_some(), session: session.map(|session| session.name) })
    }

    fn removable(&self, key: &AccountKey) -> Result<StoredAccount, ApiError> {
        let stored = self.accounts.get(key)?;
        let by_it = self.accounts.all().iter().find_map(|known| match &known.account.credentials {
            CredentialSource::Role { via, .. } if key.space == Space::Aws && *via == key.id => {
                Some(known.account.name.clone())
            }
            _ => None,
        });
        if let Some(other) = by_it {
            let text = format!("{} assumes the role with which {other} is connected.", stored.account.name);
            return Err(ApiError::new("account-in-use", Side::Input, text)
                .hint(format!("Remove {other} first, or connect it in another way.")));
        }
        Ok(stored)
    }

    /// Drops the connections, so that they are opened again, and notifies every window.
    pub(crate) fn accounts_changed(&self, space: Space, account: Option<&str>) {
        self.connections.forget(space, account);
        if space == Space::Aws {
            self.sessions.forget(account);
        }
        self.update_workers();
        self.events.send(AppEvent::Accounts);
    }
}
