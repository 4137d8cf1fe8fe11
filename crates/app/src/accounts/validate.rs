//! What a person typed about an account.

use std::collections::BTreeMap;

use longshore_names::Region;
use url::Url;

use crate::{
    api::{AccountHosts, ApiError},
    errors::name_error,
};

/// The longest name of an account.
const LONGEST_NAME: usize = 60;

/// The longest path on Linux.
const LONGEST_PATH: usize = 4_096;

/// Colours that are assigned in turn, readable on light and dark.
const COLOURS: [&str; 8] =
    ["#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2", "#db2777", "#65a30d"];

/// A name for people: not empty, not too long, in one line.
pub(crate) fn name(text: &str) -> Result<String, ApiError> {
    let name = text.trim();
    if name.is_empty() {
        return Err(ApiError::input("account-name", "name", "An account needs a name."));
    }
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        let text = format!("A name is one line of at most {LONGEST_NAME} characters.");
        return Err(ApiError::input("account-name", "name", text));
    }
    Ok(name.to_owned())
}

/// A name that a person typed for account `id`. Commands name accounts by it too, so it is no other
/// account's number, and no word or part of an address that they read in another way.
pub(crate) fn typed_name(text: &str, id: Option<&str>) -> Result<String, ApiError> {
    let name = name(text)?;
    let is_number = name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit());
    let problem = if is_number && id != Some(name.as_str()) {
        "is the number of an account"
    } else if name.contains('/') {
        "has a `/`, which separates an account from its Region"
    } else if name.eq_ignore_ascii_case("environment") {
        "stands for the credentials of the environment"
    } else {
        return Ok(name);
    };
    Err(ApiError::input("account-name", "name", format!("The name `{name}` {problem}.")))
}

/// Hosts whose VPC endpoints are those of AWS, each in its Region; Regions without an address are left out.
pub(crate) fn hosts(hosts: AccountHosts) -> Result<AccountHosts, ApiError> {
    let mut checked = BTreeMap::new();
    for (region, typed) in hosts.vpc_endpoints {
        let address = typed.trim();
        if address.is_empty() {
            continue;
        }
        let field = format!("hosts.vpcEndpoints.{region}");
        let of = region_of(address).ok_or_else(|| not_an_endpoint(address, &field))?;
        if of.as_str() != region {
            let text = format!("This VPC endpoint is in {of}, not in {region}.");
            return Err(ApiError::input("vpc-endpoint", field, text));
        }
        checked.insert(region, address.to_owned());
    }
    Ok(AccountHosts { vpc_endpoints: checked, ..hosts })
}

/// VPC endpoints by the Regions that their addresses name.
///
/// # Errors
/// `vpc-endpoint` when an address is none of a VPC endpoint for the ECR API, or two are in one Region.
pub fn vpc_endpoints(addresses: &[String]) -> Result<BTreeMap<String, String>, ApiError> {
    let mut by_region = BTreeMap::new();
    for address in addresses.iter().map(|address| address.trim()).filter(|address| !address.is_empty()) {
        let field = "hosts.vpcEndpoints";
        let region = region_of(address).ok_or_else(|| not_an_endpoint(address, field))?;
        if by_region.insert(region.to_string(), address.to_owned()).is_some() {
            let text = format!("Two VPC endpoints are in {region}.");
            return Err(ApiError::input("vpc-endpoint", field, text).hint("Name one for each Region."));
        }
    }
    Ok(by_region)
}

fn not_an_endpoint(address: &str, field: &str) -> ApiError {
    let text = format!("`{address}` is not the address of a VPC endpoint for the ECR API.");
    ApiError::input("vpc-endpoint", field, text)
}

/// The Region of the address of a VPC endpoint for the ECR API.
fn region_of(address: &str) -> Option<Region> {
    let url: Url = address.parse().ok()?;
    let host = url.host_str()?;
    let rest =
        host.strip_suffix(".vpce.amazonaws.com").or_else(|| host.strip_suffix(".vpce.amazonaws.com.cn"))?;
    let (name, region) = rest.split_once(".api.ecr.")?;
    let is_plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    if is_plain && name.starts_with("vpce-") { Region::for_input(region).ok() } else { None }
}

/// The path of a Terraform state; `None` for none. `~` stands for the home folder.
pub(crate) fn terraform_state(text: &str) -> Result<Option<String>, ApiError> {
    let typed = text.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let home = |rest: &str| Some(dirs::home_dir()?.join(rest));
    let path = match typed.strip_prefix("~/") {
        Some(rest) => home(rest).unwrap_or_else(|| typed.into()),
        None => typed.into(),
    };
    match path.to_str() {
        Some(text)
            if path.is_absolute() && text.len() <= LONGEST_PATH && !text.chars().any(char::is_control) =>
        {
            Ok(Some(text.to_owned()))
        }
        _ => {
            let text = "The path of a Terraform state begins with `/` or `~/`.";
            Err(ApiError::input("terraform-state-path", "terraformState", text)
                .hint("Name a local file such as `/srv/infra/terraform.tfstate`; `terraform state pull` writes one."))
        }
    }
}

/// At least one known Region, without duplicates; each error names its field.
pub(crate) fn regions(texts: &[String]) -> Result<Vec<String>, ApiError> {
    if texts.is_empty() {
        return Err(ApiError::input("regions-missing", "regions", "Name at least one Region."));
    }
    let mut regions: Vec<String> = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let field = format!("regions[{index}]");
        let region = Region::for_input(text).map_err(name_error(field.as_str()))?.to_string();
        if regions.contains(&region) {
            return Err(ApiError::input("region-twice", field, format!("{region} is listed twice.")));
        }
        regions.push(region);
    }
    Ok(regions)
}

/// A colour as `#rrggbb`.
pub(crate) fn colour(text: &str) -> Result<String, ApiError> {
    let colour = text.trim().to_ascii_lowercase();
    let right = colour
        .strip_prefix('#')
        .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if right {
        return Ok(colour);
    }
    Err(ApiError::input("account-colour", "colour", "A colour has the form `#2563eb`."))
}

/// The first colour that no account uses, or the one that has been in use the longest.
pub(crate) fn free_colour<'a>(taken: impl Iterator<Item = &'a str>) -> String {
    let taken: Vec<&str> = taken.collect();
    let free = COLOURS.iter().find(|colour| !taken.contains(colour));
    (*free.unwrap_or(&COLOURS[taken.len() % COLOURS.len()])).to_owned()
}

/// An access key id in AWS's form: 16 to 128 letters and digits.
pub(crate) fn access_key_id(text: &str) -> Result<String, ApiError> {
    let id = text.trim();
    if (16..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(id.to_owned());
    }
    let text = "An access key id consists of 16 to 128 letters and digits, such as AKIA….";
    Err(ApiError::input("access-key-id", "accessKeyId", text))
}

/// A secret, trimmed of what copying adds around it. The text is never quoted.
pub(crate) fn secret(text: &str, field: &str) -> Result<String, ApiError> {
    let secret = text.trim();
    if secret.is_empty()
        || secret.len() > 8_192
        || secret.chars().any(|c| c.is_control() || c.is_whitespace())
    {
        let text = "This is empty, too long or contains spaces; copy it again.";
        return Err(ApiError::input("secret-shape", field, text));
    }
    Ok(secret.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_has_its_field() {
        let typed = ["us-west-2".to_owned(), "us-wset-2".to_owned()];
        let error = regions(&typed).unwrap_err();
        assert_eq!((error.code.as_str(), error.field.as_deref()), ("invalid-region", Some("regions[1]")));
        let twice = ["us-west-2".to_owned(), " us-west-2".to_owned()];
        assert_eq!(regions(&twice).unwrap_err().code, "region-twice");
        assert_eq!(regions(&[]).unwrap_err().field.as_deref(), Some("regions"));
    }

    #[test]
    fn a_vpc_endpoint_is_one_of_its_region() {
        let at = |region: &str| format!("https://vpce-0a1-b2.api.ecr.{region}.vpce.amazonaws.com");
        let hosts_with = |pairs: &[(&str, String)]| {
            let pairs = pairs.iter().map(|(region, address)| ((*region).to_owned(), address.clone()));
            hosts(AccountHosts { fips: true, dual_stack: false, vpc_endpoints: pairs.collect() })
        };
        let typed = [("us-west-2", format!(" {} ", at("us-west-2"))), ("eu-west-1", at("eu-west-1"))];
        let checked = hosts_with(&typed).unwrap();
        assert_eq!(
            (checked.vpc_endpoints["us-west-2"].as_str(), checked.fips),
            (at("us-west-2").as_str(), true)
        );
        assert_eq!(checked.vpc_endpoints.len(), 2);
        assert!(hosts_with(&[("us-west-2", "  ".into())]).unwrap().vpc_endpoints.is_empty());
        let cn = "https://vpce-1.api.ecr.cn-north-1.vpce.amazonaws.com.cn".to_owned();
        assert!(hosts_with(&[("cn-north-1", cn)]).is_ok());
        let wrong = hosts_with(&[("us-west-2", at("eu-west-1"))]).unwrap_err();
        assert_eq!(wrong.field.as_deref(), Some("hosts.vpcEndpoints.us-west-2"));
        assert_eq!(wrong.message, "This VPC endpoint is in eu-west-1, not in us-west-2.");

        let named = vpc_endpoints(&[at("us-west-2"), String::new(), at("eu-west-1")]).unwrap();
        assert_eq!(named.keys().collect::<Vec<_>>(), ["eu-west-1", "us-west-2"]);
        assert_eq!(vpc_endpoints(&[at("us-west-2"), at("us-west-2")]).unwrap_err().code, "vpc-endpoint");
        for wrong in ["vpce-1", "http://vpce-1.api.ecr.us-west-2.vpce.amazonaws.com", "https://example.com"] {
            assert_eq!(vpc_endpoints(&[wrong.to_owned()]).unwrap_err().code, "vpc-endpoint", "{wrong}");
        }
    }

    #[test]
    fn colours_are_taken_in_turn() {
        assert_eq!(free_colour([].into_iter()), COLOURS[0]);
        assert_eq!(free_colour([COLOURS[0]].into_iter()), COLOURS[1]);
        assert_eq!(free_colour(COLOURS.into_iter()), COLOURS[0]);
        assert!(colour("red").is_err());
        assert_eq!(colour(" #AABBCC ").unwrap(), "#aabbcc");
    }

    #[test]
    fn a_secret_is_not_quoted() {
        let error = secret("hunter 2", "secretAccessKey").unwrap_err();
        assert!(!format!("{error:?}").contains("hunter"));
    }
}
