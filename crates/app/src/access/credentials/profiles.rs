//! Profiles of the AWS configuration files of this computer, read by AWS's own parser.

use aws_config::profile::{Profile, ProfileSet, load};
use aws_runtime::env_config::{
    file::{EnvConfigFileKind, EnvConfigFiles},
    get_service_env_config,
};
use aws_types::{
    os_shim_internal::{Env, Fs},
    service_config::ServiceConfigKey,
};
use longshore_ecr::Hosts;
use longshore_registry::Network;
use url::Url;

use crate::{
    access::SsoSession,
    api::{ApiError, ProfileKind, ProfileView, Side},
};

/// The profiles, and the one that is used.
pub(crate) struct Profiles(ProfileSet);

/// A service whose address can be configured.
#[derive(Clone, Copy)]
pub(super) enum Service {
    Ecr,
    Sts,
    Sso,
    SsoOidc,
    Iam,
    Kms,
    IamToolbox,
    CloudFormation,
    Account,
    Organizations,
}

impl Profiles {
    /// Reads the files. Missing files are empty.
    ///
    /// # Errors
    /// `profiles-unreadable`.
    pub(crate) async fn read(used: Option<&str>) -> Result<Self, ApiError> {
        Self::of(EnvConfigFiles::default(), used).await
    }

    /// No profiles: only the environment is configured.
    ///
    /// # Errors
    /// None today.
    pub(super) async fn none() -> Result<Self, ApiError> {
        let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, "").build();
        Self::of(files, None).await
    }

    async fn of(files: EnvConfigFiles, used: Option<&str>) -> Result<Self, ApiError> {
        let used = used.map(|name| name.to_owned().into());
        let read = load(&Fs::real(), &Env::real(), &files, used).await;
        read.map(Self).map_err(|error| {
            let causes = longshore_ecr::causes(&error);
            let text = format!("The AWS configuration files cannot be read: {causes}.");
            ApiError::new("profiles-unreadable", Side::ThisMachine, text)
                .hint("Correct ~/.aws/config or ~/.aws/credentials, or the files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name.")
        })
    }

    /// The profiles in alphabetical order.
    pub(crate) fn views(&self) -> Vec<ProfileView> {
        let mut names: Vec<&str> = self.0.profiles().collect();
        names.sort_unstable();
        names.into_iter().filter_map(|name| self.view(name).ok()).collect()
    }

    /// One profile.
    ///
    /// # Errors
    /// `profile-unknown`.
    pub(crate) fn view(&self, name: &str) -> Result<ProfileView, ApiError> {
        let profile = self.get(name)?;
        let text = |key: &str| profile.get(key).map(str::to_owned);
        let kind = kind(profile);
        let role = match kind {
            ProfileKind::SsoSession | ProfileKind::SsoLegacy => text("sso_role_name"),
            _ => text("role_arn"),
        };
        let of_role = || text("role_arn").and_then(|arn| arn.split(':').nth(4).map(str::to_owned));
        let of_login = || text("login_session").and_then(|arn| arn.split(':').nth(4).map(str::to_owned));
        let account = text("sso_account_id").or_else(|| text("aws_account_id")).or_else(of_role);
        Ok(ProfileView {
            name: name.to_owned(),
            kind,
            region: text("region"),
            account: account.or_else(of_login).filter(|account| !account.is_empty()),
            role,
            mfa_serial: text("mfa_serial"),
            command: self.program(name),
            endpoint: None,
            connected: None,
        })
    }

    pub(super) fn get(&self, name: &str) -> Result<&Profile, ApiError> {
        self.0.get_profile(name).ok_or_else(|| {
            let text = format!("There is no profile `{name}` in the AWS configuration files.");
            let mut known: Vec<&str> = self.0.profiles().collect();
            known.sort_unstable();
            let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-/.%@:+".contains(letter);
            let hint = match known.as_slice() {
                _ if !name.chars().all(is_plain) => {
                    "Rename the profile: AWS's SDK reads no names with spaces or quotation marks.".to_owned()
                }
                [] => "~/.aws/config and ~/.aws/credentials have no profiles.".to_owned(),
                known => format!("The profiles are: {}.", known.join(", ")),
            };
            ApiError::new("profile-unknown", Side::Input, text).at("profile").hint(hint)
        })
    }

    /// A session of IAM Identity Center.
    ///
    /// # Errors
    /// `sso-session-unknown`; `endpoint-invalid`.
    pub(crate) fn sso_session(&self, name: &str) -> Result<SsoSession, ApiError> {
        let unknown = || {
            let text = format!("There is no complete SSO session `{name}` in the AWS configuration files.");
            let mut known: Vec<&str> = self.0.sso_sessions().collect();
            known.sort_unstable();
            let hint = match known.as_slice() {
                [] => "Run `aws configure sso-session` first.".to_owned(),
                known => format!("The sessions are: {}.", known.join(", ")),
            };
            ApiError::new("sso-session-unknown", Side::Input, text).at("session").hint(hint)
        };
        let session = self.0.sso_session(name).ok_or_else(unknown)?;
        let (Some(start_url), Some(region)) = (session.get("sso_start_url"), session.get("sso_region"))
        else {
            return Err(unknown());
        };
        let (portal, oidc) = self.sso_endpoints()?;
        Ok(SsoSession {
            name: name.to_owned(),
            start_url: start_url.to_owned(),
            region: region.to_owned(),
            in_files: true,
            portal,
            oidc,
        })
    }

    /// The session, the account and the role of a profile that is one of IAM Identity Center.
    ///
    /// # Errors
    /// `profile-unknown`; `sso-session-unknown`; `endpoint-invalid`.
    pub(super) fn center_role(&self, name: &str) -> Result<Option<(SsoSession, String, String)>, ApiError> {
        let profile = self.get(name)?;
        if kind(profile) != ProfileKind::SsoSession {
            return Ok(None);
        }
        let text = |key: &str| profile.get(key).map(str::to_owned);
        let named = (text("sso_session"), text("sso_account_id"), text("sso_role_name"));
        let (Some(session), Some(account), Some(role)) = named else { return Ok(None) };
        Ok(Some((self.sso_session(&session)?, account, role)))
    }

    /// The session that a profile needs, or the profile at the end of its chain of roles.
    pub(crate) fn session_behind(&self, name: &str) -> Option<SsoSession> {
        let (mut next, mut seen) = (Some(name), Vec::new());
        while let Some(name) = next.filter(|name| !seen.contains(name)) {
            if let Some((session, ..)) = self.center_role(name).ok()? {
                return Some(session);
            }
            seen.push(name);
            next = self.0.get_profile(name)?.get("source_profile");
        }
        None
    }

    /// The names of the sessions of IAM Identity Center.
    pub(crate) fn sso_sessions(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.sso_sessions().map(str::to_owned).collect();
        names.sort_unstable();
        names
    }

    /// Where the portal and the OIDC service of Identity Center answer, in place of AWS's own addresses.
    ///
    /// # Errors
    /// `endpoint-invalid`.
    pub(crate) fn sso_endpoints(&self) -> Result<(Option<Url>, Option<Url>), ApiError> {
        Ok((self.endpoint(Service::Sso)?, self.endpoint(Service::SsoOidc)?))
    }

    /// The program that gives the credentials of a profile, or of the profile at the end of its chain of roles.
    fn program(&self, name: &str) -> Option<String> {
        let (mut next, mut seen) = (Some(name), Vec::new());
        while let Some(profile) =
            next.filter(|name| !seen.contains(name)).and_then(|name| self.0.get_profile(name))
        {
            match kind(profile) {
                ProfileKind::CredentialProcess => {
                    return profile.get("credential_process").map(str::to_owned);
                }
                // The chain ends at the first source with keys.
                ProfileKind::RoleFromProfile
                    if seen.is_empty() || profile.get("aws_access_key_id").is_none() => {}
                _ => return None,
            }
            seen.push(profile.name());
            next = profile.get("source_profile");
        }
        None
    }

    /// The address that the environment or the used profile configures for a service; `None` for AWS's
    /// own (AWS SDKs and Tools Reference Guide, *Service-specific endpoints*).
    ///
    /// # Errors
    /// `endpoint-invalid`.
    pub(super) fn endpoint(&self, service: Service) -> Result<Option<Url>, ApiError> {
        let id = match service {
            Service::Ecr => "ecr",
            Service::Sts => "sts",
            Service::Sso => "sso",
            Service::SsoOidc => "sso_oidc",
            Service::Iam => "iam",
            Service::Kms => "kms",
            Service::IamToolbox => "iam_toolbox",
            Service::CloudFormation => "cloudformation",
            Service::Account => "account",
            Service::Organizations => "organizations",
        };
        let env = Env::real();
        let setting = |name: &'static str, key: &'static str| {
            ServiceConfigKey::builder().service_id(id).env(name).profile(key).build()
        };
        let wrong = |text: String| ApiError::new("endpoint-invalid", Side::ThisMachine, text);
        let ignored = env.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").ok();
        let selected = self.0.get("ignore_configured_endpoint_urls").map(str::to_owned);
        if ignored.or(selected).is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        let Ok(key) = setting("AWS_ENDPOINT_URL", "endpoint_url") else { return Ok(None) };
        let parse = |text: &str| match text.trim() {
            "" => Ok(None),
            text => text.parse::<Url>().map(Some),
        };
        let found = get_service_env_config(key, &env, Some(&self.0), parse)
            .map_err(|error| wrong(format!("The endpoint of {id} is not a valid URL: {error}.")))?
            .flatten();
        match found {
            Some(url) if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() => {
                Err(wrong(format!("The endpoint `{url}` of {id} is not an http or https address.")))
            }
            found => Ok(found),
        }
    }

    /// The address that is configured for ECR, as text; as it is written if it is not valid, which connecting
    /// then says.
    pub(crate) fn ecr_endpoint(&self) -> Option<String> {
        match self.endpoint(Service::Ecr) {
            Ok(url) => url.map(|url| url.as_str().trim_end_matches('/').to_owned()),
            Err(_) => {
                let of_environment = || std::env::var("AWS_ENDPOINT_URL").ok();
                let text = self.0.get("endpoint_url").map(str::to_owned).or_else(of_environment);
                Some(longshore_names::shown(&text.unwrap_or_default(), 200))
            }
        }
    }

    /// The network with the certificates that the used profile trusts too.
    pub(super) fn network(&self, network: &Network) -> Network {
        let mut network = network.clone();
        let bundle = self.0.get("ca_bundle").map(str::trim).filter(|path| !path.is_empty());
        network.ca_files.extend(bundle.map(std::path::PathBuf::from));
        network
    }

    /// Which of AWS's hosts the environment or the used profile asks for (AWS SDKs and Tools Reference Guide,
    /// *Dual-stack and FIPS endpoints*).
    pub(super) fn hosts(&self) -> Hosts {
        let is_on = |variable: &str, key: &str| {
            let chosen = Env::real().get(variable).ok().or_else(|| self.0.get(key).map(str::to_owned));
            chosen.is_some_and(|text| text.trim().eq_ignore_ascii_case("true"))
        };
        Hosts {
            fips: is_on("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
            dual_stack: is_on("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
        }
    }

    /// The Region of the used profile.
    pub(crate) fn region(&self) -> Option<&str> {
        self.0.get("region")
    }
}

/// As the SDK decides it: a role comes first, then what is in the profile itself.
fn kind(profile: &Profile) -> ProfileKind {
    let has = |key: &str| profile.get(key).is_some();
    if has("web_identity_token_file") {
        ProfileKind::WebIdentity
    } else if has("role_arn") && has("credential_source") {
        ProfileKind::RoleFromEnvironment
    } else if has("role_arn") {
        ProfileKind::RoleFromProfile
    } else if has("credential_source") {
        ProfileKind::RoleFromEnvironment
    } else if has("sso_session") {
        ProfileKind::SsoSession
    } else if has("sso_start_url") || has("sso_account_id") {
        ProfileKind::SsoLegacy
    } else if has("login_session") {
        ProfileKind::LoginSession
    } else if has("credential_process") {
        ProfileKind::CredentialProcess
    } else if has("aws_access_key_id") {
        ProfileKind::Static
    } else {
        ProfileKind::None
    }
}
