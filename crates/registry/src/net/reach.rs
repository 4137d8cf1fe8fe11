//! How far a registry may send us: not to link-local addresses, where clouds keep the credentials of
//! their machines, and not from the Internet into a private network.

use std::{
    collections::HashSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Mutex, PoisonError},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::model::reference::is_loopback;

/// Where an address is, from far to near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Area {
    Public,
    /// A private network, shared address space included (RFC 1918, 4193, 6598).
    Private,
    /// This machine.
    Loopback,
    /// This link only (RFC 3927, 4291), and the addresses of instance metadata.
    Link,
}

impl Area {
    pub(crate) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => Self::of_v6(v6),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        let [a, b, ..] = address.octets();
        if address.is_link_local() {
            Self::Link
        } else if address.is_loopback() || a == 0 {
            Self::Loopback
        } else if address.is_private() || (a == 100 && (64..128).contains(&b)) {
            Self::Private
        } else {
            Self::Public
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        // `::a.b.c.d`, `::ffff:a.b.c.d` and the NAT64 prefix lead to an IPv4 address.
        let segments = address.segments();
        if let Some(v4) = address.to_ipv4_mapped() {
            return Self::of_v4(v4);
        }
        if segments[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
            let [.., a, b, c, d] = address.octets();
            return Self::of_v4(Ipv4Addr::new(a, b, c, d));
        }
        if address.is_loopback() || address.is_unspecified() {
            Self::Loopback
        } else if address.is_unicast_link_local() || segments[..2] == [0xfd00, 0x0ec2] {
            Self::Link
        } else if address.is_unique_local() {
            Self::Private
        } else {
            Self::Public
        }
    }

    fn called(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Loopback => "loopback",
            Self::Link => "link-local",
        }
    }
}

/// Why an address that a registry named is not contacted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{host}` is a {} address, and a registry on {} may not send there", area.called(), from_words(*from))]
pub(crate) struct OutOfReach {
    host: String,
    area: Area,
    from: Option<Area>,
}

fn from_words(area: Option<Area>) -> &'static str {
    match area {
        Some(Area::Public) => "a public address",
        Some(Area::Private) => "a private network",
        Some(Area::Loopback) => "this machine",
        Some(Area::Link) | None => "another host",
    }
}

/// Where a host is, and to which other names it sent us. Names are judged when they are resolved
/// for the connection itself, so that a second DNS response changes nothing.
pub(crate) struct Reach {
    own: String,
    from: Mutex<Option<Area>>,
    sent_to: Mutex<HashSet<String>>,
}

impl Reach {
    pub(crate) fn new(base: &Url) -> Self {
        let own = base.host_str().unwrap_or_default().to_owned();
        let from = match base.host() {
            Some(Host::Ipv4(address)) => Some(Area::of(address.into())),
            Some(Host::Ipv6(address)) => Some(Area::of(address.into())),
            Some(Host::Domain(name)) if is_loopback(name) => Some(Area::Loopback),
            _ => None,
        };
        Self { own, from: Mutex::new(from), sent_to: Mutex::default() }
    }

    /// Whether we may connect to an address that the host named. An address with a host name is
    /// judged when the name is resolved.
    pub(crate) fn check(&self, url: &Url) -> Result<(), OutOfReach> {
        let address: IpAddr = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(name)) if name == self.own => return Ok(()),
            Some(Host::Domain(name)) if is_loopback(name) => Ipv4Addr::LOCALHOST.into(),
            Some(Host::Domain(name)) => {
                self.sent_to.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
                return Ok(());
            }
            None => return Ok(()),
        };
        if url.host_str() == Some(self.own.as_str()) {
            return Ok(());
        }
        self.judge(url.host_str().unwrap_or_default(), address)
    }

    fn judge(&self, host: &str, address: IpAddr) -> Result<(), OutOfReach> {
        let from = *self.from.lock().unwrap_or_else(PoisonError::into_inner);
        let area = Area::of(address);
        // Behind a proxy the registry's own name is not resolved here; then only links are refused.
        if area == Area::Link || from.is_some_and(|from| area > from) {
            return Err(OutOfReach { host: host.to_owned(), area, from });
        }
        Ok(())
    }

    /// Judges the addresses that a name was resolved to.
    fn resolved(&self, name: &str, addresses: &[SocketAddr]) -> Result<(), OutOfReach> {
        if name == self.own {
            // The nearest, so that a registry in a private network may send to it.
            let nearest = addresses.iter().map(|address| Area::of(address.ip())).max();
            if let Some(nearest) = nearest {
                *self.from.lock().unwrap_or_else(PoisonError::into_inner) = Some(nearest);
            }
            return Ok(());
        }
        // Any other name is a proxy's.
        if self.sent_to.lock().unwrap_or_else(PoisonError::into_inner).contains(name) {
            addresses.iter().try_for_each(|address| self.judge(name, address.ip()))?;
        }
        Ok(())
    }
}

/// Resolves with a registry's [`Reach`].
pub(crate) struct Resolver(pub(crate) std::sync::Arc<Reach>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            reach.resolved(name.as_str(), &found)?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn from(base: &str, resolved: Option<&str>) -> Reach {
        let reach = Reach::new(&url(base));
        if let Some(address) = resolved {
            let own = reach.own.clone();
            reach.resolved(&own, &[SocketAddr::new(address.parse().unwrap(), 0)]).unwrap();
        }
        reach
    }

    #[test]
    fn a_registry_does_not_send_to_a_nearer_network_than_its_own() {
        let public = || from("https://registry.example.com/", Some("93.184.216.34"));
        let private = || from("https://registry.corp/", Some("10.1.2.3"));
        let local = || from("http://127.0.0.1:5000/", None);
        let unknown = || from("https://behind.proxy/", None);
        for (reach, address, fine) in [
            (public(), "https://8.8.8.8/x", true),
            (public(), "https://10.0.0.1/x", false),
            (public(), "https://172.16.3.4/x", false),
            (public(), "https://192.168.1.1/x", false),
            (public(), "https://100.64.0.1/x", false),
            (public(), "https://127.0.0.1/x", false),
            (public(), "https://localhost/x", false),
            (public(), "https://[::1]/x", false),
            (public(), "https://[fd12::1]/x", false),
            (public(), "https://[::ffff:10.0.0.1]/x", false),
            (public(), "https://[64:ff9b::a00:1]/x", false),
            (public(), "https://0.0.0.0/x", false),
            (public(), "https://169.254.169.254/latest", false),
            (private(), "https://10.9.9.9/x", true),
            (private(), "https://8.8.8.8/x", true),
            (private(), "https://127.0.0.1/x", false),
            (private(), "https://[fe80::1]/x", false),
            (local(), "http://127.0.0.1:9/x", true),
            (local(), "http://localhost:9/x", true),
            (local(), "http://10.0.0.1:9/x", true),
            (local(), "http://169.254.169.254/x", false),
            (local(), "http://[fd00:ec2::254]/x", false),
            (unknown(), "https://10.0.0.1/x", true),
            (unknown(), "https://169.254.170.2/x", false),
        ] {
            assert_eq!(reach.check(&url(address)).is_ok(), fine, "{:?} {address}", reach.from);
        }
        let own = from("http://169.254.7.7:5000/", None);
        assert_eq!(own.check(&url("http://169.254.7.7:5000/v2/")), Ok(()), "the user's host is contacted");
    }

    #[test]
    fn a_name_that_leads_to_a_private_address_is_refused_when_it_is_resolved() {
        let reach = from("https://registry.example.com/", Some("93.184.216.34"));
        let private = [SocketAddr::new("10.0.0.1".parse().unwrap(), 0)];
        assert_eq!(reach.resolved("proxy.corp", &private), Ok(()), "the registry did not send us there");
        reach.check(&url("https://storage.example.com/x")).unwrap();
        let error = reach.resolved("storage.example.com", &private).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`storage.example.com` is a private address, and a registry on a public address may not send there"
        );
    }
}
