//! One private registry: an account in a Region.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Region};

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
