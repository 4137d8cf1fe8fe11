//! A session of IAM Identity Center: of the AWS configuration files, or one that was signed in to here.

use longshore_names::Region;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::{
    access::Profiles,
    api::{ApiError, SsoSessionKey},
    errors::name_error,
};

/// A session of IAM Identity Center.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SsoSession {
    /// Its name.
    pub(crate) name: String,
    /// Where people sign in.
    pub(crate) start_url: String,
    /// The Region of Identity Center.
    pub(crate) region: String,
    /// It is in the AWS configuration files.
    pub(crate) in_files: bool,
    /// Where its portal answers; `None` for AWS's own address.
    pub(crate) portal: Option<Url>,
    /// Where its OIDC service answers; `None` for AWS's own address.
    pub(crate) oidc: Option<Url>,
}

impl SsoSession {
    /// The session that a key names: with a start URL the one there, otherwise that of the AWS
    /// configuration files.
    ///
    /// # Errors
    /// `sso-session-unknown`; `start-url`; `region`.
    pub(crate) async fn of(key: &SsoSessionKey) -> Result<Self, ApiError> {
        let profiles = Profiles::read(None).await?;
        let (Some(start_url), Some(region)) = (&key.start_url, &key.region) else {
            return profiles.sso_session(&key.session);
        };
        let start_url = checked(start_url)?;
        let region = Region::for_input(region).map_err(name_error("region"))?.to_string();
        let (portal, oidc) = profiles.sso_endpoints()?;
        let name = match key.session.trim() {
            "" => named(&start_url),
            name => name.to_owned(),
        };
        Ok(Self { name, start_url, region, in_files: false, portal, oidc })
    }

    /// The key that names it.
    pub(crate) fn key(&self) -> SsoSessionKey {
        let outside = |text: &String| (!self.in_files).then(|| text.clone());
        SsoSessionKey {
            session: self.name.clone(),
            start_url: outside(&self.start_url),
            region: outside(&self.region),
        }
    }

    /// The name under which its token is stored. The start URL is not secret, but long.
    pub(super) fn secret_name(&self) -> String {
        let hash = Sha256::digest(format!("{} {}", self.start_url, self.region));
        format!("sso/{}", hex::encode(&hash[..16]))
    }

    /// An address of the portal.
    pub(super) fn portal(&self, path: &str) -> Result<Url, ApiError> {
        self.address(self.portal.as_ref(), "portal.sso", path)
    }

    /// An address of the OIDC service.
    pub(super) fn oidc(&self, path: &str) -> Result<Url, ApiError> {
        self.address(self.oidc.as_ref(), "oidc", path)
    }

    fn address(&self, custom: Option<&Url>, service: &str, path: &str) -> Result<Url, ApiError> {
        let suffix =
            self.region.parse::<Region>().map_or("amazonaws.com", |region| region.partition().dns_suffix());
        let aws = || format!("https://{service}.{}.{suffix}/", self.region).parse::<Url>();
        let mut url = match custom {
            Some(custom) => custom.clone(),
            None => aws().map_err(|_| {
                ApiError::input("sso-session-unknown", "session", "The SSO session's Region is not valid.")
            })?,
        };
        url.set_path(path);
        Ok(url)
    }
}

/// `https://acme.awsapps.com/start`, as people copy it from a browser: without what follows `#`.
fn checked(text: &str) -> Result<String, ApiError> {
    let wrong = |text: String| {
        ApiError::input("start-url", "startUrl", text).hint(
            "It looks like https://acme.awsapps.com/start or https://identitycenter.amazonaws.com/ssoins-….",
        )
    };
    let text = text.trim();
    let mut url: Url = text.parse().map_err(|_| wrong(format!("`{text}` is not a URL.")))?;
    let is_local = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
    if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
        return Err(wrong(format!("`{text}` does not begin with https://.")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("A start URL has no user name.".into()));
    }
    url.set_fragment(None);
    url.set_query(None);
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// `acme` for `https://acme.awsapps.com/start`.
fn named(start_url: &str) -> String {
    let url = start_url.parse::<Url>().ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or("sso");
    match host.split('.').next() {
        Some(first) if host.ends_with("awsapps.com") => first.to_owned(),
        _ => url.as_ref().and_then(|url| url.path_segments()?.next_back()).unwrap_or(host).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_url_is_taken_as_people_copy_it() {
        assert_eq!(checked(" https://acme.awsapps.com/start/#/ ").unwrap(), "https://acme.awsapps.com/start");
        assert_eq!(named("https://acme.awsapps.com/start"), "acme");
        let issued = "https://identitycenter.amazonaws.com/ssoins-1234567890abcdef";
        assert_eq!(checked(issued).unwrap(), issued);
        assert_eq!(named(issued), "ssoins-1234567890abcdef");
        for wrong in
            ["acme", "http://acme.awsapps.com/start", "ftp://x/y", "https://a:b@acme.awsapps.com/start"]
        {
            assert_eq!(checked(wrong).unwrap_err().code, "start-url", "{wrong}");
        }
    }
}
