//! References as a person writes them.

use std::{fmt, net::IpAddr, str::FromStr};

use longshore_names::{Digest, RepositoryName, Tag};

use crate::TagOrDigest;

/// `host[:port]/repository[:tag][@digest]`.
///
/// Nothing is made up: a reference without a host is an error (no `docker.io`), and one without a
/// tag means the whole repository (no `latest`). Docker's hub goes by one name, `docker.io`, and
/// `docker.io/nginx` is its `library/nginx`, as everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The registry, `host` or `host:port`, in lower case.
    pub host: String,
    /// The repository.
    pub repository: RepositoryName,
    /// Tag or digest, if one was given; the digest when both were.
    pub reference: Option<TagOrDigest>,
    /// The tag, even when a digest says which image is meant.
    pub tag: Option<Tag>,
}

/// Text that is not a valid reference, and how to fix it.
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
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => {
                (rest, Some(Digest::for_input(digest).map_err(|e| error(e.to_string()))?))
            }
            None => (rest, None),
        };
        let (name, tag) = match rest.split_once(':') {
            Some((name, tag)) => (name, Some(Tag::for_input(tag).map_err(|e| error(e.to_string()))?)),
            None => (rest, None),
        };
        let repository = name.parse::<RepositoryName>().map_err(|e| error(e.to_string()))?;
        let reference = digest.map(TagOrDigest::Digest).or_else(|| tag.clone().map(TagOrDigest::Tag));
        if is_hub(&host) {
            return Ok(Self { host: HUB.to_owned(), repository: hub_name(&repository), reference, tag });
        }
        Ok(Self { host, repository, reference, tag })
    }
}

/// The name under which references name docker's own hub.
pub(crate) const HUB: &str = "docker.io";
/// Where docker's hub answers.
pub(crate) const HUB_REGISTRY: &str = "registry-1.docker.io";

/// Whether a host is docker's own hub, which has several names.
pub(crate) fn is_hub(host: &str) -> bool {
    matches!(host, "docker.io" | "index.docker.io" | "registry-1.docker.io")
}

/// A repository of docker's hub by its whole name: official images are in `library`.
pub(crate) fn hub_name(repository: &RepositoryName) -> RepositoryName {
    if repository.as_str().contains('/') {
        return repository.clone();
    }
    format!("library/{repository}").parse().unwrap_or_else(|_| repository.clone())
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
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.reference {
            Some(TagOrDigest::Digest(digest)) => write!(f, "@{digest}"),
            Some(TagOrDigest::Tag(_)) | None => Ok(()),
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
        let both = format!("127.0.0.1:4511/team/service:1.2@{DIGEST}");
        for text in [
            "localhost:5000/a",
            "localhost/a:1",
            "[::1]:5000/a/b:1.2-x",
            "111122223333.dkr.ecr.us-west-2.amazonaws.com/prod-microservice:21",
            &digest,
            &both,
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
    fn a_tag_with_a_digest_is_both() {
        let both: Reference = format!("ghcr.io/a:1@{DIGEST}").parse().unwrap();
        assert_eq!(both.reference, Some(TagOrDigest::Digest(DIGEST.parse().unwrap())));
        assert_eq!(both.tag.unwrap().as_str(), "1");
        assert!(format!("ghcr.io/a:@{DIGEST}").parse::<Reference>().is_err());
    }

    #[test]
    fn dockers_hub_has_one_name_and_its_official_images_are_in_library() {
        for (text, expected) in [
            ("docker.io/nginx:1", "docker.io/library/nginx:1"),
            ("index.docker.io/nginx", "docker.io/library/nginx"),
            ("Registry-1.docker.io/library/nginx:1", "docker.io/library/nginx:1"),
            ("docker.io/team/app:1", "docker.io/team/app:1"),
            ("localhost:5000/nginx:1", "localhost:5000/nginx:1"),
        ] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), expected);
        }
    }

    #[test]
    fn wrong_references_say_what_to_change() {
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
