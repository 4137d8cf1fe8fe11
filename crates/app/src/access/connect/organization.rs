//! Accounts of an organization, each with a role that the organization's account assumes.

use longshore_ecr::{JsonCall, JsonTarget};
use longshore_names::{Partition, RegistryId};
use serde_json::{Value, json};

use super::own_address;
use crate::{
    App,
    access::Origin,
    accounts::find_aws,
    api::{ApiError, CredentialSource, ImportCandidate, ListOrganization, Side},
};

/// The Region whose endpoint of AWS Organizations serves all Regions of a partition (botocore 1.44.5,
/// `endpoints.json`).
fn home(partition: Partition) -> &'static str {
    match partition {
        Partition::Aws => "us-east-1",
        Partition::AwsCn => "cn-northwest-1",
        Partition::AwsUsGov => "us-gov-west-1",
        Partition::AwsEusc => "eusc-de-east-1",
        Partition::AwsIso => "us-iso-east-1",
        Partition::AwsIsoB => "us-isob-east-1",
        Partition::AwsIsoE => "eu-isoe-west-1",
        Partition::AwsIsoF => "us-isof-south-1",
    }
}
/// The most pages of an organization.
const PAGES: usize = 500;

impl App {
    /// The active accounts of the organization of a connected account, each with a role by a template in
    /// which `{name}` and `{id}` stand for the account's.
    ///
    /// # Errors
    /// `account-unknown`; what AWS Organizations says: the caller needs `organizations:ListAccounts`.
    pub async fn organization_accounts(
        &self,
        request: ListOrganization,
    ) -> Result<Vec<ImportCandidate>, ApiError> {
        let accounts = self.accounts.all();
        let via = find_aws(&accounts, &request.via).ok_or_else(|| {
            let text = format!("Account {} is not connected.", request.via);
            ApiError::new("account-unknown", Side::Input, text).at("via")
        })?;
        let region = via.account.regions.first().map(String::as_str).unwrap_or("us-east-1");
        let registry = RegistryId::new(via.account.id.parse()?, region.parse()?);
        let partition = registry.region.partition();
        let at = home(partition);
        let endpoint = format!("https://organizations.{at}.{}/", partition.dns_suffix());
        check_template(&request.role_name)?;
        let origin = Origin::of_account(&self.sources(&accounts), via, registry.clone()).await?;
        let configured = origin.service_endpoints().organizations.clone();
        let endpoint = configured.map_or_else(|| own_address(&endpoint), Ok)?;
        let mut found = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..PAGES {
            let mut input = json!({});
            if let Some(next) = &next {
                input["NextToken"] = next.as_str().into();
            }
            let answer = origin
                .json_call(JsonCall {
                    registry: registry.clone(),
                    service: "organizations",
                    region: at,
                    endpoint: endpoint.clone(),
                    target: JsonTarget::Header("AWSOrganizationsV20161128.ListAccounts"),
                    operation: "ListAccounts",
                    input,
                })
                .await?;
            let listed = answer.get("Accounts").and_then(Value::as_array).cloned().unwrap_or_default();
            found.extend(listed.iter().filter_map(|one| candidate(one, &via.account.id, &request.role_name)));
            next = answer.get("NextToken").and_then(Value::as_str).map(str::to_owned);
            if next.is_none() {
                break;
            }
        }
        Ok(found)
    }
}

/// Whether a character may be in the name of a role (IAM API model), or part a path from it.
fn of_role(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c)
}

/// A template of role names, in which only `{name}` and `{id}` stand for something.
fn check_template(template: &str) -> Result<(), ApiError> {
    let rest = template.replace("{name}", "").replace("{id}", "");
    match rest.chars().find(|c| !of_role(*c)) {
        None if !template.is_empty() => Ok(()),
        None => Err(ApiError::input("role-name", "roleName", "The name of the role is missing.")),
        Some(c) => {
            let text = format!(
                "The template of the role's name has `{}`.",
                longshore_names::shown(&c.to_string(), 8)
            );
            Err(ApiError::input("role-name", "roleName", text))
        }
    }
}

fn candidate(from: &Value, via: &str, template: &str) -> Option<ImportCandidate> {
    let text = |name: &str| from.get(name).and_then(Value::as_str);
    let (id, name) = (text("Id")?, text("Name").unwrap_or_default());
    // The organization's own account acts without a role.
    if id == via || text("Status").is_some_and(|status| status != "ACTIVE") {
        return None;
    }
    // Names of accounts may have characters that names of roles may not.
    let plain: String = name.chars().map(|c| if of_role(c) { c } else { '-' }).collect();
    let role = template.replace("{name}", &plain).replace("{id}", id);
    let partition = text("Arn").and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
    Some(ImportCandidate {
        account: id.to_owned(),
        name: longshore_names::shown(if name.is_empty() { id } else { name }, 60),
        credentials: CredentialSource::Role {
            role_arn: format!("arn:{partition}:iam::{id}:role/{role}"),
            via: via.to_owned(),
            external_id: None,
            session_name: None,
            mfa_serial: None,
            duration: None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_active_account_gets_the_role_of_the_template() {
        let one = json!({"Id": "444455556666", "Name": "Prod", "Status": "ACTIVE",
            "Arn": "arn:aws-cn:organizations::111122223333:account/o-1/444455556666"});
        let found = candidate(&one, "111122223333", "ecr-{name}-{id}").unwrap();
        let CredentialSource::Role { role_arn, .. } = &found.credentials else { panic!("{found:?}") };
        assert_eq!(role_arn, "arn:aws-cn:iam::444455556666:role/ecr-Prod-444455556666");
        assert!(candidate(&one, "444455556666", "x").is_none(), "the account itself");
        let mut suspended = one;
        suspended["Status"] = "SUSPENDED".into();
        assert!(candidate(&suspended, "111122223333", "x").is_none());
    }

    #[test]
    fn only_name_and_id_stand_for_something_in_a_template() {
        for good in ["Admin", "ecr-{name}", "{id}/ecr", "team/{name}+{id}"] {
            assert!(check_template(good).is_ok(), "{good}");
        }
        for bad in ["", "ecr-{foo}", "a b", "{Name}"] {
            let error = check_template(bad).unwrap_err();
            assert_eq!(
                (error.code.as_str(), error.field.as_deref()),
                ("role-name", Some("roleName")),
                "{bad}"
            );
        }
        let one = json!({"Id": "444455556666", "Name": "Prod (EU) Süd"});
        let found = candidate(&one, "111122223333", "ecr-{name}").unwrap();
        let CredentialSource::Role { role_arn, .. } = &found.credentials else { panic!("{found:?}") };
        assert_eq!(role_arn, "arn:aws:iam::444455556666:role/ecr-Prod--EU--S-d");
    }
}
