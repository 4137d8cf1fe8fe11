//! The Regions that an account has enabled.

use longshore_ecr::{JsonCall, JsonTarget};
use longshore_names::{Partition, Region, RegistryId};
use serde_json::{Value, json};

use super::own_address;
use crate::{
    App,
    access::Origin,
    accounts::{Accounts, StoredAccount},
    api::{AccountKey, AccountRegions, ApiError, RegionChoice, Side, Space},
};

/// Where AWS Account Management answers, and the Region in signatures (botocore's endpoints).
fn account_service(partition: Partition) -> Option<(&'static str, &'static str)> {
    match partition {
        Partition::Aws => Some(("https://account.us-east-1.amazonaws.com/", "us-east-1")),
        Partition::AwsCn => Some(("https://account.cn-northwest-1.amazonaws.com.cn/", "cn-northwest-1")),
        _ => None,
    }
}
/// The most pages of a list.
const PAGES: usize = 20;

impl App {
    /// The Regions that an account has enabled, asked of AWS (`account:ListRegions`). Where that cannot be
    /// asked, all Regions of its partition that this version of Longshore knows, and why.
    ///
    /// # Errors
    /// `account-unknown`.
    pub async fn account_regions(&self, key: AccountKey) -> Result<AccountRegions, ApiError> {
        if key.space == Space::Sandbox {
            let mut all = self.sandbox.accounts_of_running().await.into_iter();
            let of_account = all.find(|(id, _)| id.as_str() == key.id);
            let (_, regions) = of_account.ok_or_else(|| Accounts::unknown(&key))?;
            let choice = |region: Region| RegionChoice { region: region.to_string(), enabled: Some(true) };
            return Ok(AccountRegions { regions: regions.into_iter().map(choice).collect(), problem: None });
        }
        let stored = self.accounts.get(&key)?;
        let first = stored.account.regions.first().map(String::as_str).unwrap_or("us-east-1");
        let home: Region = first.parse()?;
        match self.listed_regions(&stored, &home).await {
            Ok(regions) => Ok(AccountRegions { regions, problem: None }),
            Err(error) => {
                let known = home.partition().regions().iter();
                let choice = |region: &&str| RegionChoice { region: (*region).to_owned(), enabled: None };
                Ok(AccountRegions { regions: known.map(choice).collect(), problem: Some(error) })
            }
        }
    }

    async fn listed_regions(
        &self,
        stored: &StoredAccount,
        home: &Region,
    ) -> Result<Vec<RegionChoice>, ApiError> {
        let registry = RegistryId::new(stored.account.id.parse()?, home.clone());
        let origin =
            Origin::of_account(&self.sources(&self.accounts.all()), stored, registry.clone()).await?;
        let Some((address, region)) = account_service(home.partition()) else {
            let text = "AWS does not say in this partition which Regions an account has enabled.";
            return Err(ApiError::new("unsupported", Side::Service, text)
                .hint("Choose the Regions that the account uses."));
        };
        let configured = origin.service_endpoints().account.clone();
        let mut endpoint = configured.map_or_else(|| own_address(address), Ok)?;
        endpoint.set_path("listRegions");
        let (mut found, mut next) = (Vec::new(), None::<String>);
        for _ in 0..PAGES {
            let mut input = json!({"MaxResults": 50});
            if let Some(next) = &next {
                input["NextToken"] = next.as_str().into();
            }
            let answer = origin
                .json_call(JsonCall {
                    registry: registry.clone(),
                    service: "account",
                    region,
                    endpoint: endpoint.clone(),
                    target: JsonTarget::Path,
                    operation: "ListRegions",
                    input,
                })
                .await?;
            let listed = answer.get("Regions").and_then(Value::as_array).cloned().unwrap_or_default();
            found.extend(listed.iter().filter_map(choice));
            next = answer.get("NextToken").and_then(Value::as_str).map(str::to_owned);
            if next.is_none() {
                break;
            }
        }
        found.sort_by(|one, other| one.region.cmp(&other.region));
        Ok(found)
    }
}

/// `ENABLED`, `ENABLED_BY_DEFAULT`, `ENABLING`, `DISABLING`, `DISABLED`.
fn choice(from: &Value) -> Option<RegionChoice> {
    let region: Region = from.get("RegionName")?.as_str()?.parse().ok()?;
    let status = from.get("RegionOptStatus").and_then(Value::as_str).unwrap_or_default();
    Some(RegionChoice { region: region.to_string(), enabled: Some(status.starts_with("ENABLED")) })
}
