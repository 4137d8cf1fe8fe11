//! Accounts that are connected by a profile or a role: their id is the one that STS proves.

use longshore_names::{AccountId, RegistryId};

use crate::{
    App,
    access::{Origin, Profiles},
    accounts::{StoredAccount, validate},
    api::{
        Account, AccountKey, ApiError, AppEvent, ConnectAccount, CredentialSource, Environment, MfaCode,
        ProfileView, Space,
    },
    errors::name_error,
};

/// Stands for the account until its id is known.
const UNKNOWN: &str = "000000000000";

impl App {
    /// Profiles of the AWS configuration files of this computer, in alphabetical order.
    ///
    /// # Errors
    /// `profiles-unreadable`.
    pub async fn profiles(&self) -> Result<Vec<ProfileView>, ApiError> {
        let mut views = Profiles::read(None).await?.views();
        let accounts = self.accounts.all();
        for view in &mut views {
            view.endpoint = Profiles::read(Some(&view.name)).await?.ecr_endpoint();
            let source = CredentialSource::Profile { profile: view.name.clone() };
            let connected = accounts.iter().find(|known| known.account.credentials == source);
            view.connected = connected.map(|known| known.account.id.clone());
        }
        Ok(views)
    }

    /// Connects an AWS account by a profile or a role. Nothing is stored unless STS accepts the
    /// credentials.
    ///
    /// # Errors
    /// At the field that is wrong; `profile-unknown`; `account-unknown`; `account-exists`;
    /// `mfa-code-needed`; what the provider of the credentials and STS say.
    pub async fn connect_account(&self, request: ConnectAccount) -> Result<Account, ApiError> {
        let mut account = self.prove_account(request).await?;
        account.roles = self.roles_of(&account).await;
        self.accounts.put(StoredAccount { account: account.clone(), credential: None }).await?;
        self.accounts_changed(Space::Aws, Some(&account.id));
        Ok(account)
    }

    /// The account that [`connect_account`](Self::connect_account) would connect; nothing is stored.
    ///
    /// # Errors
    /// As [`connect_account`](Self::connect_account).
    pub async fn prove_account(&self, request: ConnectAccount) -> Result<Account, ApiError> {
        let credentials = checked(request.credentials)?;
        let regions = match (&credentials, request.regions.is_empty()) {
            (_, false) => validate::regions(&request.regions)?,
            // A role is seen where the account is that assumes it.
            (CredentialSource::Role { via, .. }, true) => self.via(via)?.account.regions,
            (_, true) => vec![default_region(&credentials).await?],
        };
        let name = match &request.name {
            Some(typed) => validate::typed_name(typed, None)?,
            None => validate::name(&suggested(&credentials))?,
        };
        let known = self.accounts.all();
        let colour = match &request.colour {
            Some(colour) => validate::colour(colour)?,
            None => validate::free_colour(known.iter().map(|known| known.account.colour.as_str())),
        };
        let mut account = Account {
            space: Space::Aws,
            id: UNKNOWN.into(),
            environment: request.environment.unwrap_or_else(|| environment_of(&name)),
            name,
            colour,
            regions,
            credentials,
            endpoint: None,
            hosts: Default::default(),
            terraform_state: None,
            roles: Vec::new(),
            principal: None,
            problem: None,
        };
        self.prove(&mut account).await?;
        if let CredentialSource::Sso { account: wanted, .. } = &account.credentials
            && *wanted != account.id
        {
            let text = format!("The role belongs to account {}, not to {wanted}.", account.id);
            return Err(ApiError::input("identity-mismatch", "account", text)
                .hint("Choose the account in IAM Identity Center again."));
        }
        if let Some(other) = self.accounts.find(Space::Aws, &account.id) {
            let text = format!("Account {} is already connected as `{}`.", account.id, other.account.name);
            return Err(ApiError::input("account-exists", "credentials", text));
        }
        Ok(account)
    }

    /// The account that assumes a role.
    fn via(&self, id: &str) -> Result<StoredAccount, ApiError> {
        self.accounts.get(&AccountKey { space: Space::Aws, id: id.to_owned() })
    }

    /// Asks STS whose credentials they are.
    pub(super) async fn prove(&self, account: &mut Account) -> Result<(), ApiError> {
        let region = account.regions.first().map(String::as_str).unwrap_or_default();
        let registry = RegistryId::new(UNKNOWN.parse::<AccountId>()?, region.parse()?);
        let unproven = registry.to_string();
        let nobody = Account { id: UNKNOWN.into(), ..account.clone() };
        let stored = StoredAccount { account: nobody, credential: None };
        self.sessions.forget(Some(UNKNOWN));
        let origin = Origin::of_account(&self.sources(&self.accounts.all()), &stored, registry).await?;
        let caller = origin.client().caller_identity().await;
        self.sessions.forget(Some(UNKNOWN));
        // No number is known yet, so errors name STS, which was asked, or what should give it.
        let caller = caller.map_err(ApiError::from).map_err(|error| {
            let message = match error.message.strip_prefix(&unproven) {
                Some(rest) => format!("STS{rest}"),
                None => error.message.replace(&unproven, &in_words(&account.credentials)),
            };
            ApiError { message, ..error }
        })?;
        account.id = caller.account.to_string();
        account.principal = Some(caller.arn);
        account.endpoint = origin.custom_endpoint();
        Ok(())
    }

    /// Asks again whose credentials an account has, with new sessions.
    ///
    /// # Errors
    /// `account-unknown`; errors of the keychain. Credentials that are not accepted are the account's
    /// problem.
    pub async fn check_account(&self, key: AccountKey) -> Result<Account, ApiError> {
        let mut stored = match self.accounts.get(&key) {
            Ok(stored) => stored,
            // One of the sandbox that no window has connected.
            Err(error) => {
                let known = self.accounts_in(key.space).await?;
                return known.into_iter().find(|account| account.id == key.id).ok_or(error);
            }
        };
        if stored.account.credentials != CredentialSource::Sandbox {
            self.accounts_changed(key.space, Some(&key.id));
            if let Err(error) = self.identify(&mut stored).await {
                stored.account.problem = Some(error);
            }
            self.accounts.learn(stored.account.clone()).await?;
            self.events.send(AppEvent::Accounts);
        }
        Ok(stored.account)
    }

    /// Passes a code of an MFA device on. Accounts that wait for it are checked again.
    ///
    /// # Errors
    /// `mfa-code` when it is not six digits; `mfa-code-refused` when AWS does not accept it.
    pub async fn enter_mfa_code(&self, entered: MfaCode) -> Result<(), ApiError> {
        let code: String = entered.code.chars().filter(|c| !c.is_whitespace()).collect();
        if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ApiError::input("mfa-code", "code", "A code of an MFA device is six digits."));
        }
        self.sessions.mfa.enter(&entered.serial, code);
        let waits = |account: &Account| {
            account.problem.as_ref().is_some_and(|problem| problem.code.starts_with("mfa-code"))
        };
        for known in self.accounts.all().iter().filter(|known| waits(&known.account)) {
            let account = &known.account;
            let checked =
                self.check_account(AccountKey { space: account.space, id: account.id.clone() }).await?;
            if let Some(problem) = checked.problem.filter(|problem| problem.code == "mfa-code-refused") {
                return Err(problem.at("code"));
            }
        }
        Ok(())
    }
}

/// A source that can be connected, with its fields checked.
fn checked(source: CredentialSource) -> Result<CredentialSource, ApiError> {
    let filled =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match source {
        CredentialSource::Profile { profile } => {
            Ok(CredentialSource::Profile { profile: profile.trim().to_owned() })
        }
        CredentialSource::Sso { session, account, role, start_url, region } => Ok(CredentialSource::Sso {
            session: session.trim().to_owned(),
            account: account.parse::<AccountId>().map_err(name_error("account"))?.to_string(),
            role: role.trim().to_owned(),
            start_url,
            region,
        }),
        CredentialSource::Role { role_arn, via, external_id, session_name, mfa_serial, duration } => {
            let role_arn = role_arn.trim().to_owned();
            let parts: Vec<&str> = role_arn.splitn(6, ':').collect();
            let is_role = matches!(
                parts.as_slice(),
                ["arn", partition, "iam", "", account, resource]
                    if partition.starts_with("aws") && resource.starts_with("role/") && resource.len() > 5
                        && account.parse::<AccountId>().is_ok()
            );
            if !is_role {
                let text = format!("`{role_arn}` is not the ARN of a role.");
                return Err(ApiError::input("role-arn", "roleArn", text)
                    .hint("It looks like `arn:aws:iam::444455556666:role/release`."));
            }
            let session_name = filled(session_name);
            let of_session = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
            if session_name
                .as_ref()
                .is_some_and(|name| !(2..=64).contains(&name.len()) || !name.chars().all(of_session))
            {
                let text = "A session name has 2 to 64 letters, digits and `_+=,.@-`.";
                return Err(ApiError::input("session-name", "sessionName", text));
            }
            if duration.is_some_and(|seconds| !(900..=43_200).contains(&seconds)) {
                let text = "A session lasts from 15 minutes (900 seconds) to 12 hours (43,200).";
                return Err(ApiError::input("session-duration", "duration", text));
            }
            Ok(CredentialSource::Role {
                role_arn,
                via: via.trim().to_owned(),
                external_id: filled(external_id),
                session_name,
                mfa_serial: filled(mfa_serial),
                duration,
            })
        }
        _ => Err(ApiError::input("credentials", "credentials", "Choose a profile or a role.")),
    }
}

/// The Region of the profile, or of this process's environment.
async fn default_region(source: &CredentialSource) -> Result<String, ApiError> {
    let profile = match source {
        CredentialSource::Profile { profile } => Some(profile.as_str()),
        _ => None,
    };
    let profiles = Profiles::read(profile).await?;
    if let Some(profile) = profile {
        profiles.view(profile)?;
    }
    let of_environment =
        ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(|name| std::env::var(name).ok());
    let region = profiles.region().map(str::to_owned).or(of_environment).ok_or_else(|| {
        ApiError::input("regions-needed", "regions", "No Region is configured for these credentials.")
            .hint("Choose the Regions to show; on the command line with --region.")
    })?;
    Ok(region.parse::<longshore_names::Region>().map_err(name_error("regions[0]"))?.to_string())
}

/// What gives the credentials, for sentences.
fn in_words(source: &CredentialSource) -> String {
    match source {
        CredentialSource::Profile { profile } => format!("profile `{profile}`"),
        CredentialSource::Sso { role, account, .. } => format!("role `{role}` of account {account}"),
        CredentialSource::Role { role_arn, .. } => format!("role `{role_arn}`"),
        _ => "these credentials".into(),
    }
}

/// The name of an account until a person gives it another.
fn suggested(source: &CredentialSource) -> String {
    let name = match source {
        CredentialSource::Profile { profile } => profile,
        CredentialSource::Sso { account, .. } => account,
        CredentialSource::Role { role_arn, .. } => role_arn.rsplit('/').next().unwrap_or(role_arn),
        _ => UNKNOWN,
    };
    name.chars().take(60).collect()
}

/// What an account is probably for, by a word in its name.
fn environment_of(name: &str) -> Environment {
    let name = name.to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    if has(&["staging", "stage", "stg", "uat", "preprod", "qa"]) {
        Environment::Staging
    } else if has(&["prod", "production", "prd", "live"]) {
        Environment::Production
    } else {
        Environment::Dev
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_is_named_production_is_guarded() {
        let table = [
            ("prod", Environment::Production),
            ("acme-PRD-eu", Environment::Production),
            ("Production", Environment::Production),
            ("preprod", Environment::Staging),
            ("uat_1", Environment::Staging),
            ("products", Environment::Dev),
            ("default", Environment::Dev),
        ];
        for (name, environment) in table {
            assert_eq!(environment_of(name), environment, "{name}");
        }
    }

    #[test]
    fn a_role_is_refused_at_the_field_that_is_wrong() {
        let role = |role_arn: &str, session_name: Option<&str>, duration| CredentialSource::Role {
            role_arn: role_arn.into(),
            via: "111122223333".into(),
            external_id: Some(" ".into()),
            session_name: session_name.map(str::to_owned),
            mfa_serial: None,
            duration,
        };
        let good = "arn:aws:iam::444455556666:role/release";
        let field = |source| checked(source).unwrap_err().field.unwrap();
        assert_eq!(field(role("arn:aws:iam::444455556666:user/dev", None, None)), "roleArn");
        assert_eq!(field(role("arn:aws:iam::4444:role/release", None, None)), "roleArn");
        assert_eq!(field(role(good, Some("a b"), None)), "sessionName");
        assert_eq!(field(role(good, None, Some(60))), "duration");
        let CredentialSource::Role { external_id, .. } = checked(role(good, Some("ci"), Some(900))).unwrap()
        else {
            panic!("not a role");
        };
        assert_eq!(external_id, None);
    }
}
