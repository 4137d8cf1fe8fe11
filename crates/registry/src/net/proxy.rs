//! Which proxy an address is reached through, as the environment says it.

use std::{fmt, net::IpAddr, sync::Arc};

use ipnet::IpNet;
use url::{Host, Url};

use crate::model::reference::is_loopback;

/// Proxies for HTTP and HTTPS, and what is reached without one. Loopback addresses never go through a
/// proxy. Cheap to clone.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ProxyRules(Arc<Rules>);

#[derive(Default, PartialEq, Eq, Hash)]
struct Rules {
    http: Option<Url>,
    https: Option<Url>,
    without: Vec<Without>,
}

/// An entry of `NO_PROXY`.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Without {
    /// `*`
    All,
    /// `example.com`, `.example.com`, `*.example.com`, each with or without a port.
    Domain {
        suffix: String,
        port: Option<u16>,
        /// `*.example.com` is only for names below it.
        below: bool,
    },
    /// `10.0.0.0/8`, or one address.
    Network(IpNet, Option<u16>),
}

/// A proxy that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{shown}` is not the address of a proxy: {problem}")]
pub struct ProxyError {
    shown: String,
    problem: String,
}

impl ProxyRules {
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, also in small letters, which count first.
    ///
    /// # Errors
    /// When a proxy is not an `http`, `https` or `socks5` address.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ProxyError> {
        let text = |name: &str| {
            let found = variable(&name.to_ascii_lowercase()).or_else(|| variable(name));
            found.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let all = text("ALL_PROXY").map(|text| address(&text)).transpose()?;
        let one = |name: &str| match text(name) {
            Some(text) => address(&text).map(Some),
            None => Ok(all.clone()),
        };
        let without = text("NO_PROXY").unwrap_or_default();
        Ok(Self::new(one("HTTP_PROXY")?, one("HTTPS_PROXY")?, &without))
    }

    /// One proxy for everything except for what `without` lists, in the form of `NO_PROXY`.
    ///
    /// # Errors
    /// When it is not an `http`, `https` or `socks5` address.
    pub fn one(proxy: &str, without: &str) -> Result<Self, ProxyError> {
        let proxy = address(proxy.trim())?;
        Ok(Self::new(Some(proxy.clone()), Some(proxy), without))
    }

    fn new(http: Option<Url>, https: Option<Url>, without: &str) -> Self {
        let entries = without.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty());
        Self(Arc::new(Rules { http, https, without: entries.filter_map(entry).collect() }))
    }

    /// The proxy for an address; `None` when it is reached directly.
    pub fn for_url(&self, url: &Url) -> Option<&Url> {
        let host = url.host()?;
        if url.host_str().is_some_and(is_loopback) {
            return None;
        }
        let proxy = match url.scheme() {
            "https" => self.0.https.as_ref(),
            _ => self.0.http.as_ref(),
        }?;
        let port = url.port_or_known_default();
        let direct = self.0.without.iter().any(|without| without.matches(&host, port));
        (!direct).then_some(proxy)
    }

    /// Whether nothing goes through a proxy.
    pub fn is_empty(&self) -> bool {
        self.0.http.is_none() && self.0.https.is_none()
    }
}

/// Addresses of proxies can have passwords in them.
impl fmt::Debug for ProxyRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = |url: &Option<Url>| url.as_ref().and_then(Url::host_str).map(str::to_owned);
        f.debug_struct("ProxyRules")
            .field("http", &host(&self.0.http))
            .field("https", &host(&self.0.https))
            .field("without", &self.0.without)
            .finish()
    }
}

impl Without {
    fn matches(&self, host: &Host<&str>, port: Option<u16>) -> bool {
        let is_port = |wanted: &Option<u16>| wanted.is_none() || *wanted == port;
        match (self, host) {
            (Self::All, _) => true,
            (Self::Domain { suffix, port: wanted, below }, Host::Domain(name)) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                let is_below = name.strip_suffix(suffix.as_str()).is_some_and(|rest| rest.ends_with('.'));
                is_port(wanted) && (is_below || (!below && name == *suffix))
            }
            (Self::Network(network, wanted), Host::Ipv4(address)) => {
                is_port(wanted) && network.contains(&IpAddr::V4(*address))
            }
            (Self::Network(network, wanted), Host::Ipv6(address)) => {
                is_port(wanted) && network.contains(&IpAddr::V6(*address))
            }
            _ => false,
        }
    }
}

/// One entry of `NO_PROXY`; `None` for what nothing can match.
fn entry(text: &str) -> Option<Without> {
    if text == "*" {
        return Some(Without::All);
    }
    let network = |text: &str| {
        let text = text.trim_start_matches('[').trim_end_matches(']');
        text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok()
    };
    if let Some(network) = network(text) {
        return Some(Without::Network(network, None));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (text, None),
    };
    if let Some(network) = network(host) {
        return Some(Without::Network(network, port));
    }
    let below = host.starts_with("*.");
    let suffix =
        host.trim_start_matches('*').trim_start_matches('.').trim_end_matches('.').to_ascii_lowercase();
    (!suffix.is_empty()).then_some(Without::Domain { suffix, port, below })
}

/// An address without a scheme is one of HTTP.
fn address(text: &str) -> Result<Url, ProxyError> {
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    // A password before the host is not shown.
    let shown = text.rsplit('@').next().unwrap_or_default().to_owned();
    let wrong = |problem: String| ProxyError { shown: shown.clone(), problem };
    let url = Url::parse(&full).map_err(|error| wrong(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") {
        return Err(wrong(format!("the scheme `{}` is not supported", url.scheme())));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it has no host".into()));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxied(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let find = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let rules = ProxyRules::of(find).unwrap();
        rules.for_url(&url.parse().unwrap()).map(|url| url.as_str().trim_end_matches('/').to_owned())
    }

    #[test]
    fn what_no_proxy_lists_is_reached_directly_and_the_rest_is_not() {
        let table = [
            ("example.com", "https://example.com/", true),
            ("example.com", "https://api.example.com/", true),
            (".example.com", "https://example.com/", true),
            ("*.example.com", "https://api.example.com/", true),
            ("*.example.com", "https://example.com/", false),
            ("example.com", "https://notexample.com/", false),
            ("EXAMPLE.com", "https://a.Example.COM./", true),
            ("example.com:8443", "https://example.com:8443/", true),
            ("example.com:8443", "https://example.com/", false),
            ("example.com:443", "https://example.com/", true),
            ("10.0.0.0/8", "https://10.1.2.3/", true),
            ("10.0.0.0/8", "https://11.1.2.3/", false),
            ("10.1.2.3", "https://10.1.2.3/", true),
            ("10.1.2.3:5000", "http://10.1.2.3:5000/", true),
            ("10.1.2.3:5000", "http://10.1.2.3/", false),
            ("fd00::/8", "https://[fd12::1]/", true),
            ("[fd12::1]:5000", "https://[fd12::1]:5000/", true),
            ("*", "https://example.com/", true),
            ("a.example, b.example", "https://b.example/", true),
            ("a.example b.example", "https://b.example/", true),
            ("", "https://example.com/", false),
            ("example.com:x", "https://example.com/", false),
        ];
        for (without, url, direct) in table {
            let proxies =
                [("HTTPS_PROXY", "http://p:1"), ("HTTP_PROXY", "http://p:1"), ("NO_PROXY", without)];
            assert_eq!(proxied(&proxies, url).is_none(), direct, "{without} {url}");
        }
    }

    #[test]
    fn each_scheme_has_its_proxy_and_this_machine_has_none() {
        let some = [("HTTPS_PROXY", "p.example:3128"), ("http_proxy", "http://q.example:80")];
        assert_eq!(proxied(&some, "https://a.example/").as_deref(), Some("http://p.example:3128"));
        assert_eq!(proxied(&some, "http://a.example/").as_deref(), Some("http://q.example"));
        assert_eq!(proxied(&some, "https://localhost:5000/"), None);
        assert_eq!(proxied(&some, "http://127.0.0.1:5000/"), None);
        let all = [("ALL_PROXY", "socks5://p.example:1080")];
        assert_eq!(proxied(&all, "https://a.example/").as_deref(), Some("socks5://p.example:1080"));
        assert_eq!(proxied(&[], "https://a.example/"), None);
    }

    #[test]
    fn a_wrong_proxy_is_named_without_its_password() {
        for text in ["ftp://u:secret@p.example", "http://u:secret@"] {
            let error = ProxyRules::one(text, "").unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
        let rules = ProxyRules::one("http://u:secret@p.example:1", "").unwrap();
        assert!(!format!("{rules:?}").contains("secret"));
    }
}
