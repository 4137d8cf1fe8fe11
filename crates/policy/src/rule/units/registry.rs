//! Registries as a rule names them.

use std::{fmt, str::FromStr};

use longshore_names::{AccountId, Region, RegistryId};
use serde::{Deserialize, Serialize};

/// A registry that a rule reads or writes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Registry {
    /// An ECR registry, by its account and Region.
    Ecr(RegistryId),
    /// Any registry, `host` or `host:port`; also an unusual ECR host (FIPS, dual-stack), and a
    /// sandbox's hosts.
    Host(String),
    /// A directory in OCI image layout.
    Layout(String),
}

impl Registry {
    /// The ECR registry, as far as its name shows.
    pub fn ecr(&self) -> Option<RegistryId> {
        match self {
            Self::Ecr(registry) => Some(registry.clone()),
            Self::Host(host) => RegistryId::of_host(host),
            Self::Layout(_) => None,
        }
    }

    /// The host to talk to; `None` for a directory.
    pub fn host(&self) -> Option<String> {
        match self {
            Self::Ecr(registry) => Some(registry.host()),
            Self::Host(host) => Some(host.clone()),
            Self::Layout(_) => None,
        }
    }

    /// Whether it can be an ECR registry: by its name, or because it is on this machine and may be
    /// a sandbox.
    pub fn may_be_ecr(&self) -> bool {
        let local = |host: String| ["localhost", "127.", "[::1]"].iter().any(|begin| host.starts_with(begin));
        self.ecr().is_some() || self.host().is_some_and(local)
    }

    /// Whether both are the same registry.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self.ecr(), other.ecr()) {
            (Some(one), Some(two)) => one == two,
            _ => self == other,
        }
    }
}

/// A text that does not name a registry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RegistryError(String);

impl RegistryError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        "rule-registry"
    }
}

impl FromStr for Registry {
    type Err = RegistryError;

    fn from_str(text: &str) -> Result<Self, RegistryError> {
        let text = text.trim();
        let shown = longshore_names::shown(text, 200);
        let error = |problem: String| Err(RegistryError(problem));
        if text.is_empty() {
            return error("a registry is a host, ACCOUNT/REGION or oci:DIR".into());
        }
        if text.chars().count() > 1_024 || text.contains(char::is_control) {
            return error(format!("`{shown}` is not a registry"));
        }
        if let Some(directory) = text.strip_prefix("oci:") {
            if directory.is_empty() {
                return error("`oci:` needs a directory, such as `oci:/srv/mirror`".into());
            }
            return Ok(Self::Layout(directory.to_owned()));
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            return error(format!("leave `{scheme}://` out and write `{}`", rest.trim_end_matches('/')));
        }
        if let Some((first, second)) = text.split_once('/') {
            if let Ok(account) = first.parse::<AccountId>() {
                return match Region::for_input(second) {
                    Ok(region) => Ok(Self::Ecr(RegistryId::new(account, region))),
                    Err(problem) => error(problem.to_string()),
                };
            }
            let name = if second.is_empty() {
                ""
            } else {
                "; repositories are chosen by `repositories` and named by `rename`"
            };
            return error(format!("write the host alone, `{first}`{name}"));
        }
        if text.parse::<AccountId>().is_ok() {
            return error(format!("an account has one registry in each Region: write `{text}/us-west-2`"));
        }
        let host = text.to_ascii_lowercase();
        if !is_host(&host) {
            return error(format!("`{shown}` is not a host, ACCOUNT/REGION or oci:DIR"));
        }
        Ok(match RegistryId::of_host(&host) {
            Some(registry) if registry.host() == host => Self::Ecr(registry),
            // Docker Hub has several names.
            _ if matches!(host.as_str(), "index.docker.io" | "registry-1.docker.io") => {
                Self::Host("docker.io".to_owned())
            }
            _ => Self::Host(host),
        })
    }
}

/// `name`, `name:port` or `[address]:port`.
fn is_host(text: &str) -> bool {
    let after_address = text.rfind(']').map_or(0, |at| at + 1);
    let (name, port) = match text[after_address..].find(':') {
        Some(at) => (&text[..after_address + at], Some(&text[after_address + at + 1..])),
        None => (text, None),
    };
    let port_is_fine = port.is_none_or(|p| p.parse::<u16>().is_ok_and(|p| p > 0));
    let name_is_fine = match name.strip_prefix('[').and_then(|n| n.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        }),
    };
    // A single word usually means that the host was forgotten.
    let named = name.contains(['.', '[']) || port.is_some() || name == "localhost";
    port_is_fine && name_is_fine && named
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ecr(registry) => f.write_str(&registry.host()),
            Self::Host(host) => f.write_str(host),
            Self::Layout(directory) => write!(f, "oci:{directory}"),
        }
    }
}

impl TryFrom<String> for Registry {
    type Error = RegistryError;

    fn try_from(text: String) -> Result<Self, RegistryError> {
        text.parse()
    }
}

impl From<Registry> for String {
    fn from(registry: Registry) -> Self {
        registry.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Registry {
        text.parse().unwrap()
    }

    #[test]
    fn registries_are_read_and_written_alike() {
        for text in [
            "111122223333.dkr.ecr.us-west-2.amazonaws.com",
            "ghcr.io",
            "localhost:5000",
            "[::1]:5000",
            "oci:/srv/x",
        ] {
            assert_eq!(parse(text).to_string(), text);
        }
        assert!(matches!(parse("111122223333/us-west-2"), Registry::Ecr(_)));
        assert_eq!(parse("111122223333/us-west-2"), parse("111122223333.DKR.ecr.us-west-2.amazonaws.com"));
        let fips = parse("111122223333.dkr.ecr-fips.us-west-2.amazonaws.com");
        assert!(matches!(fips, Registry::Host(_)) && fips.is_same(&parse("111122223333/us-west-2")));
        assert!(
            parse("index.docker.io").is_same(&parse("registry-1.docker.io")),
            "docker's hub has several names"
        );
        assert!(!parse("oci:a").is_same(&parse("oci:b")));
    }

    #[test]
    fn what_is_no_registry_says_what_to_write() {
        for (text, expected) in [
            ("", "a host, ACCOUNT/REGION or oci:DIR"),
            ("https://ghcr.io/", "write `ghcr.io`"),
            ("ghcr.io/team", "write the host alone, `ghcr.io`"),
            ("111122223333", "write `111122223333/us-west-2`"),
            ("111122223333/us-west-22", "did you mean"),
            ("prod", "is not a host"),
            ("ghcr.io:99999", "is not a host"),
            ("oci:", "needs a directory"),
            ("a b.example", "is not a host"),
        ] {
            let problem = text.parse::<Registry>().unwrap_err().to_string();
            assert!(problem.contains(expected), "{text}: {problem}");
        }
    }
}
