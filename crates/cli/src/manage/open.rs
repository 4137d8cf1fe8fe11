//! The app of a command, and the registries that it names.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::PathBuf,
    sync::Arc,
};

use longshore_app::{
    App, AppOptions, CommandChoice,
    api::{Account, ApiError, MfaCode, RegistryKey, Side, Space},
    default_data_directory,
};
use longshore_names::{AccountId, Region};

use super::arguments::{Change, Manage};
use crate::{arguments, failure::Failure, keys, output};

/// An app for one command.
pub(crate) struct Managed {
    pub(crate) app: Arc<App>,
    pub(crate) space: Space,
    pub(crate) json: bool,
    mfa_code: Option<String>,
    acting: arguments::Acting,
}

impl Managed {
    /// Opens the app of the data directory, beside a window if there is one.
    pub(crate) async fn open(manage: Manage) -> Result<Self, Failure> {
        let directory = default_data_directory().ok_or_else(|| {
            ApiError::new("no-home", Side::ThisMachine, "There is no home folder, so no accounts are known.")
        })?;
        let mut options = AppOptions::new(directory, keys::store()?);
        options.network = keys::network()?;
        let acting = arguments::Acting { account: manage.account.clone(), state: manage.state.clone() };
        options.command = Some(CommandChoice { account: manage.account, sandbox_state: manage.state.state });
        let space = if manage.sandbox { Space::Sandbox } else { Space::Aws };
        Ok(Self {
            app: App::open(options).await?,
            space,
            json: manage.json,
            mfa_code: manage.mfa_code,
            acting,
        })
    }

    /// The arguments with which `sync` runs a rule file at the same place and as the same caller.
    pub(crate) fn sync(&self, file: PathBuf, change: Change) -> arguments::Sync {
        arguments::Sync {
            file,
            plan: change.plan,
            json: self.json,
            rules: Vec::new(),
            shard: None,
            rate_share: None,
            accept_expiry: false,
            confirm: change.confirm,
            resume: None,
            report: None,
            speed: arguments::Speed { bandwidth: None, concurrency: None },
            journal: None,
            open: arguments::Open {
                insecure_hosts: Vec::new(),
                tls: Vec::new(),
                ca_files: Vec::new(),
                skip_verify: Vec::new(),
                acting: self.acting.clone(),
            },
        }
    }

    /// Does something with the app, and closes it.
    pub(crate) async fn through<T>(
        self,
        work: impl AsyncFnOnce(&Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let done = tokio::select! {
            done = work(&self) => done,
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
        };
        self.app.close().await;
        done
    }

    /// Asks something of AWS; a code of an MFA device is entered when it is needed.
    pub(crate) async fn asking<T>(&self, ask: impl AsyncFn() -> Result<T, ApiError>) -> Result<T, ApiError> {
        let mut given = self.mfa_code.clone();
        loop {
            let error = match ask().await {
                Err(error) if error.code == "mfa-code-needed" => error,
                other => return other,
            };
            let serial = error.field.clone().unwrap_or_default();
            let code = match given.take() {
                Some(code) => code,
                None => prompt(&serial).ok_or(error)?,
            };
            self.app.enter_mfa_code(MfaCode { serial, code }).await?;
        }
    }

    /// The account that `--account` names.
    pub(crate) fn acting_account(&self) -> Option<String> {
        self.acting.account.clone()
    }

    /// A registry by `ACCOUNT/REGION`.
    pub(crate) async fn registry(&self, text: &str) -> Result<RegistryKey, Failure> {
        let (account, region) = text.split_once('/').ok_or_else(|| unlike(text))?;
        let region: Region = region.trim().parse().map_err(|_| unlike(text))?;
        let account: AccountId = self.number(account).await?.parse().map_err(ApiError::from)?;
        let accounts = self.app.accounts_in(self.space).await?;
        accounts
            .iter()
            .filter(|known| known.id == account.as_str())
            .for_each(|known| self.name_endpoint(known));
        Ok(RegistryKey { space: self.space, account, region })
    }

    /// Says where an account is that is not in AWS.
    pub(crate) fn name_endpoint(&self, account: &Account) {
        if let Some(endpoint) = custom_endpoint(account) {
            output::custom_endpoint(&account.name, &account.id, endpoint, self.json);
        }
    }

    /// The number of an account by its number or name.
    pub(crate) async fn number(&self, text: &str) -> Result<String, Failure> {
        if let Ok(account) = text.trim().parse::<AccountId>() {
            return Ok(account.to_string());
        }
        Ok(self.find(text).await?.id)
    }

    /// A connected account by its number or name.
    pub(crate) async fn find(&self, text: &str) -> Result<Account, ApiError> {
        let text = text.trim();
        let mut found: Vec<Account> = self.app.accounts_in(self.space).await?;
        found.retain(|account| account.id == text || account.name == text);
        match (found.pop(), found.is_empty()) {
            (Some(account), true) => Ok(account),
            (Some(_), false) => {
                let text = format!("Several accounts are named `{text}`.");
                Err(ApiError::new("account-ambiguous", Side::Input, text))
            }
            (None, _) => {
                let text = format!("Account {text} is not connected.");
                let hint = match self.space {
                    Space::Sandbox => {
                        "`longshore account list --sandbox` lists the accounts of the sandbox while it runs."
                    }
                    Space::Aws => {
                        "`longshore account list` shows the connected accounts; --sandbox chooses those of the sandbox."
                    }
                };
                Err(ApiError::new("account-unknown", Side::Input, text).hint(hint))
            }
        }
    }
}

impl Managed {
    /// An account that is stored here, by its number or name. An account of a sandbox that no window has
    /// connected is known, and nothing of it is stored.
    pub(crate) async fn stored(&self, text: &str) -> Result<Account, ApiError> {
        let found = self.find(text).await?;
        let stored = self.app.accounts().await?;
        if stored.iter().any(|known| known.space == found.space && known.id == found.id) {
            return Ok(found);
        }
        let text = format!("Nothing is stored here about account {} of the sandbox.", found.id);
        let hint = "The window connects the accounts of its sandbox. Other commands take the number or the name \
                    as it is.";
        Err(ApiError::new("account-unknown", Side::Input, text).hint(hint))
    }
}

/// `ACCOUNT/REGION` and the name of a repository, from `ACCOUNT/REGION/NAME`.
pub(crate) fn registry_and_name(text: &str) -> Result<(String, String), Failure> {
    let mut parts = text.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(account), Some(region), Some(name)) if !name.is_empty() => {
            Ok((format!("{account}/{region}"), name.to_owned()))
        }
        _ => Err(Failure::Usage(format!(
            "`{text}` is not ACCOUNT/REGION/NAME, such as 111122223333/us-west-2/team/app."
        ))),
    }
}

/// The custom endpoint of an account, which a VPC endpoint of AWS is not.
pub(super) fn custom_endpoint(account: &Account) -> Option<&String> {
    let vpc_endpoints = &account.hosts.vpc_endpoints;
    account.endpoint.as_ref().filter(|endpoint| !vpc_endpoints.values().any(|vpc| vpc == *endpoint))
}

/// How `ACCOUNT/REGION` is written.
fn unlike(text: &str) -> Failure {
    Failure::Usage(format!("`{text}` is not ACCOUNT/REGION, such as 111122223333/us-west-2."))
}

/// Asks the person at the terminal, if there is one.
fn prompt(serial: &str) -> Option<String> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return None;
    }
    let mut output = io::stderr().lock();
    write!(output, "Code of MFA device {}: ", longshore_names::shown(serial, 200)).ok()?;
    output.flush().ok()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).ok()?;
    let code = line.trim().to_owned();
    (!code.is_empty()).then_some(code)
}
