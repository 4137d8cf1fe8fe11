//! References as a person writes them.

use std::{fmt, net::IpAddr, str::FromStr};

use longshore_names::{Digest, RepositoryName, Tag};

use crate::TagOrDigest;

/// `host[:port]/repository[:tag|@digest]`.
///
/// Nothing is made up: a reference without a host is an error (no `docker.io`), and one without a
/// tag means the whole repository (no `latest`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The registry, `host` or `host:port`, in lower case.
    pub host: String,
    /// The repository.
    pub repository: RepositoryName,
    /// Tag or digest, if one was given.
    pub reference: Option<TagOrDigest>,
}

/// A text that is no reference, and what would make it one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid image reference: {problem}")]
pub struct ReferenceError {
    /// The text as given, cut to 200 characters.
    pub text: String,
    /// What is wrong and what to change.
    pub problem: String,
}

impl ReferenceError {
    /// A stable code for tables of texts and actions.
    pub fn code(&self) -> &'static str {
        "reference"
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let whole = text.trim();
        let error = |problem: String| ReferenceError { text: whole.chars().take(200).collect(), problem };
        if let Some((scheme, rest)) = whole.split_once("://") {
            return Err(error(format!("leave `{scheme}://` out and write `{}`", rest.trim_end_matches('/'))));
        }
        let Some((host, rest)) = whole.split_once('/') else {
            return Err(error("write host/repository, for example localhost:5000/team/service".into()));
        };
        let host = parse_host(host).map_err(error)?;
        let (name, reference) = match rest.split_once('@') {
            Some((name, _)) if name.contains(':') => {
                return Err(error("give a tag or a digest, not both".into()));
            }
            Some((name, digest)) => {
                let digest = Digest::for_input(digest).map_err(|e| error(e.to_string()))?;
                (name, Some(TagOrDigest::Digest(digest)))
            }
            None => match rest.split_once(':') {
                Some((name, tag)) => {
                    let tag = Tag::for_input(tag).map_err(|e| error(e.to_string()))?;
                    (name, Some(TagOrDigest::Tag(tag)))
                }
                None => (rest, None),
            },
        };
        let repository = name.parse::<RepositoryName>().map_err(|e| error(e.to_string()))?;
        Ok(Self { host, repository, reference })
    }
}

fn parse_host(text: &str) -> Result<String, String> {
    let (name, port) = split_port(text);
    let named = text.contains(['.', ':', '[']) || name == "localhost";
    if !named {
        return Err(format!(
            "`{text}` is not a host; name the registry first, for example docker.io/library/{text} or localhost:5000/{text}"
        ));
    }
    if let Some(port) = port
        && !port.parse::<u16>().is_ok_and(|p| p > 0)
    {
        return Err(format!("`{port}` is not a port"));
    }
    let address = name.strip_prefix('[').and_then(|n| n.strip_suffix(']'));
    let good = match address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => name.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        }),
    };
    if good { Ok(text.to_ascii_lowercase()) } else { Err(format!("`{name}` is not a host name")) }
}

fn split_port(text: &str) -> (&str, Option<&str>) {
    let after_address = text.rfind(']').map_or(0, |at| at + 1);
    match text[after_address..].find(':') {
        Some(at) => (&text[..after_address + at], Some(&text[after_address + at + 1..])),
        None => (text, None),
    }
}

/// Whether `host[:port]` is this machine, where plain HTTP is fine.
pub fn is_loopback(host: &str) -> bool {
    let (name, _) = split_port(host);
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)?;
        match &self.reference {
            None => Ok(()),
            Some(TagOrDigest::Tag(tag)) => write!(f, ":{tag}"),
            Some(TagOrDigest::Digest(digest)) => write!(f, "@{digest}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn references_are_read_and_written_alike() {
        let digest = format!("127.0.0.1:4511/team/service@{DIGEST}");
        for text in [
            "localhost:5000/a",
            "localhost/a:1",
            "[::1]:5000/a/b:1.2-x",
            "111122223333.dkr.ecr.us-west-2.amazonaws.com/prod-microservice:21",
            &digest,
        ] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn no_tag_means_no_tag() {
        assert_eq!("ghcr.io/a/b".parse::<Reference>().unwrap().reference, None);
        assert_eq!("GHCR.io/a/b".parse::<Reference>().unwrap().host, "ghcr.io");
    }

    #[test]
    fn wrong_references_say_what_to_change() {
        let both = format!("ghcr.io/a:1@{DIGEST}");
        for (text, expected) in [
            ("nginx", "write host/repository"),
            ("library/nginx", "name the registry first"),
            ("https://ghcr.io/a/", "write `ghcr.io/a`"),
            ("ghcr.io:99999/a", "is not a port"),
            ("ghcr.io/a:", "at least one character"),
            ("ghcr.io/a/../b", "only dots"),
            ("ghcr..io/a", "not a host name"),
            ("user@ghcr.io/a", "not a host name"),
            ("ghcr.io/a@sha256:12", "64 digits"),
            (&both, "not both"),
            ("[zz::]:1/a", "not a host name"),
        ] {
            let error = text.parse::<Reference>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn loopback_is_this_machine_only() {
        for host in ["localhost", "localhost:1", "127.0.0.9:80", "[::1]:5000"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example.com", "10.0.0.1:80", "127.0.0.1.nip.io", "ghcr.io"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
