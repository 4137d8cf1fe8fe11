//! One private registry: an account in a Region.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Region};

/// Domains that registries live under (IPv4, FIPS and dual-stack, every partition), as in AWS's own
/// credential helper (amazon-ecr-credential-helper, 2026-07).
const SUFFIXES: [&str; 9] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "on.aws",
    "on.amazonwebservices.com.cn",
    "sc2s.sgov.gov",
    "c2s.ic.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
];

/// A private registry. ECR has one per account and Region; settings, policies and replication
/// rules belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RegistryId {
    /// The account that owns the registry.
    pub account: AccountId,
    /// The Region it is in.
    pub region: Region,
}

impl RegistryId {
    /// The registry of `account` in `region`.
    pub fn new(account: AccountId, region: Region) -> Self {
        Self { account, region }
    }

    /// The registry behind a data-plane host such as `111122223333.dkr.ecr.us-west-2.amazonaws.com`,
    /// or `None` when it is not ECR's. A port or path is not expected. Public ECR is another service.
    pub fn of_host(host: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let (account, rest) = host.split_once('.')?;
        let rest = ["dkr.ecr-fips.", "dkr-ecr-fips.", "dkr.ecr.", "dkr-ecr."]
            .iter()
            .find_map(|kind| rest.strip_prefix(kind))?;
        let (region, suffix) = rest.split_once('.')?;
        if !SUFFIXES.contains(&suffix) {
            return None;
        }
        Some(Self::new(account.parse().ok()?, region.parse().ok()?))
    }

    /// The registry's public host name, for example
    /// `111122223333.dkr.ecr.us-west-2.amazonaws.com`.
    pub fn host(&self) -> String {
        format!("{}.dkr.ecr.{}.{}", self.account, self.region, self.region.partition().dns_suffix())
    }
}

impl fmt::Display for RegistryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}
