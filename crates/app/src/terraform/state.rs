//! A state in format version 4 (Terraform since 0.12, OpenTofu): which documents of ECR it lists.

use std::collections::{BTreeMap, BTreeSet};

use longshore_names::{AccountId, Region, shown};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

use crate::api::OwnedDocument;

/// The longest address that is kept.
const LONGEST: usize = 300;

/// A resource of ECR that Terraform manages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resource {
    /// What it is.
    pub(crate) document: OwnedDocument,
    /// Its address: `module.ecr.aws_ecr_registry_policy.this[0]`.
    pub(crate) address: String,
    /// The account; `None` when the state does not tell.
    pub(crate) account: Option<AccountId>,
    /// The Region; `None` when the state does not tell. It is an attribute only since version 6 of the AWS
    /// provider.
    pub(crate) region: Option<Region>,
}

#[derive(Deserialize)]
struct State {
    version: u64,
    #[serde(default)]
    resources: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    module: Option<String>,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    #[serde(default)]
    index_key: Option<Value>,
    #[serde(default)]
    attributes: Option<Attributes>,
}

/// Of all attributes, those that name a resource.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Attributes {
    registry_id: Text,
    repository: Text,
    name: Text,
    prefix: Text,
    id: Text,
    region: Text,
    arn: Text,
}

/// Resources of other services have other values under the same names.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Of(String),
    Other(IgnoredAny),
}

impl Default for Text {
    fn default() -> Self {
        Self::Other(IgnoredAny)
    }
}

impl Text {
    fn get(&self) -> Option<&str> {
        match self {
            Self::Of(text) => Some(text.as_str()).filter(|text| !text.is_empty()),
            Self::Other(IgnoredAny) => None,
        }
    }
}

/// The account and the Region of an ARN.
fn place_of(arn: &Text) -> (Option<AccountId>, Option<Region>) {
    let mut parts = arn.get().unwrap_or_default().split(':').skip(3);
    let region = parts.next().and_then(|region| region.parse().ok());
    (parts.next().and_then(|account| account.parse().ok()), region)
}

/// Reads a state.
///
/// # Errors
/// Why it cannot be read, without any of its contents.
pub(super) fn resources(text: &[u8]) -> Result<Vec<Resource>, String> {
    let wrong = |error: serde_json::Error| {
        format!("it is no Terraform state (line {}, column {})", error.line(), error.column())
    };
    let state: State = serde_json::from_slice(text).map_err(wrong)?;
    if state.version != 4 {
        return Err(format!("it has format version {}, and only 4 is known", state.version));
    }
    let places = Places::of(&state.resources);
    let mut found = Vec::new();
    for entry in state.resources.iter().filter(|entry| entry.mode == "managed") {
        for instance in &entry.instances {
            let Some(of) = &instance.attributes else { continue };
            let Some(document) = document(&entry.kind, of) else { continue };
            let (account, region) = place_of(&of.arn);
            let (known_account, known_region) = places.of_provider(&entry.provider);
            let digits = |text: &Text| text.get().and_then(|text| text.parse::<AccountId>().ok());
            found.push(Resource {
                document,
                address: address(entry, instance),
                account: digits(&of.registry_id).or(account).or_else(|| digits(&of.id)).or(known_account),
                region: of.region.get().and_then(|region| region.parse().ok()).or(region).or(known_region),
            });
        }
    }
    Ok(found)
}

fn document(kind: &str, of: &Attributes) -> Option<OwnedDocument> {
    let name = |text: &Text| text.get().or(of.id.get()).map(str::to_owned);
    Some(match kind {
        "aws_ecr_replication_configuration" => OwnedDocument::Replication,
        "aws_ecr_registry_policy" => OwnedDocument::Policy,
        "aws_ecr_repository" => OwnedDocument::Repository { name: name(&of.name)? },
        "aws_ecr_repository_policy" => OwnedDocument::RepositoryPolicy { name: name(&of.repository)? },
        "aws_ecr_lifecycle_policy" => OwnedDocument::LifecyclePolicy { name: name(&of.repository)? },
        "aws_ecr_repository_creation_template" => OwnedDocument::Template { prefix: name(&of.prefix)? },
        _ => return None,
    })
}

fn address(entry: &Entry, instance: &Instance) -> String {
    let module = entry.module.as_ref().map(|module| format!("{module}.")).unwrap_or_default();
    let index = match &instance.index_key {
        None | Some(Value::Null) => String::new(),
        Some(key) => format!("[{key}]"),
    };
    shown(&format!("{module}{}.{}{index}", entry.kind, entry.name), LONGEST)
}

/// Where providers work, from the ARNs of everything that they manage.
struct Places(BTreeMap<String, BTreeSet<(AccountId, Region)>>);

impl Places {
    fn of(entries: &[Entry]) -> Self {
        let mut places: BTreeMap<String, BTreeSet<(AccountId, Region)>> = BTreeMap::new();
        for entry in entries {
            let arns = entry.instances.iter().filter_map(|one| one.attributes.as_ref()).map(|of| &of.arn);
            for (account, region) in arns.map(place_of) {
                if let (Some(account), Some(region)) = (account, region) {
                    places.entry(entry.provider.clone()).or_default().insert((account, region));
                }
            }
        }
        Self(places)
    }

    /// Of a provider that works in one place only.
    fn of_provider(&self, provider: &str) -> (Option<AccountId>, Option<Region>) {
        let places = self.0.get(provider);
        let accounts: BTreeSet<_> = places.into_iter().flatten().map(|(account, _)| account).collect();
        let regions: BTreeSet<_> = places.into_iter().flatten().map(|(_, region)| region).collect();
        let account = accounts.first().filter(|_| accounts.len() == 1).map(|&account| account.clone());
        (account, regions.first().filter(|_| regions.len() == 1).map(|&region| region.clone()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(resources_of: Value) -> Vec<Resource> {
        let state = json!({"version": 4, "terraform_version": "1.9.0", "serial": 7, "lineage": "x",
            "outputs": {"password": {"value": "hunter2", "type": "string"}}, "resources": resources_of});
        resources(state.to_string().as_bytes()).unwrap()
    }

    fn entry(kind: &str, provider: &str, attributes: Value) -> Value {
        json!({"mode": "managed", "type": kind, "name": "this", "provider": provider,
            "instances": [{"schema_version": 0, "attributes": attributes}]})
    }

    #[test]
    fn every_kind_is_found_with_its_place() {
        let west = r#"provider["registry.terraform.io/hashicorp/aws"].west"#;
        let found = read(json!([
            entry(
                "aws_ecr_replication_configuration",
                "new",
                json!({"id": "111122223333", "registry_id": "111122223333", "region": "eu-west-1"})
            ),
            entry("aws_ecr_registry_policy", west, json!({"id": "444455556666", "registry_id": null})),
            entry(
                "aws_sqs_queue",
                west,
                json!({"arn": "arn:aws:sqs:us-west-2:444455556666:q", "name": ["x"]})
            ),
            entry(
                "aws_ecr_repository",
                "x",
                json!({"name": "team/app", "id": "team/app",
                "arn": "arn:aws:ecr:us-east-2:111122223333:repository/team/app"})
            ),
            entry(
                "aws_ecr_repository_policy",
                "y",
                json!({"repository": "a1", "registry_id": "111122223333"})
            ),
            entry("aws_ecr_lifecycle_policy", "y", json!({"repository": "a1"})),
            entry("aws_ecr_repository_creation_template", "y", json!({"prefix": "ROOT"})),
        ]));
        let name = || "a1".to_owned();
        let seen: Vec<_> = found
            .iter()
            .map(|one| {
                let account = one.account.as_ref().map_or("", |account| account.as_str());
                (one.document.clone(), account, one.region.as_ref().map_or("", |region| region.as_str()))
            })
            .collect();
        assert_eq!(
            seen,
            [
                (OwnedDocument::Replication, "111122223333", "eu-west-1"),
                (OwnedDocument::Policy, "444455556666", "us-west-2"),
                (OwnedDocument::Repository { name: "team/app".into() }, "111122223333", "us-east-2"),
                (OwnedDocument::RepositoryPolicy { name: name() }, "111122223333", ""),
                (OwnedDocument::LifecyclePolicy { name: name() }, "", ""),
                (OwnedDocument::Template { prefix: "ROOT".into() }, "", ""),
            ]
        );
    }

    #[test]
    fn what_is_only_read_is_not_managed_and_addresses_are_whole() {
        let found = read(json!([
            {"mode": "data", "type": "aws_ecr_repository", "name": "a", "instances": [{"attributes": {"name": "a"}}]},
            {"module": "module.ecr[\"x\"]", "mode": "managed", "type": "aws_ecr_repository", "name": "b",
                "instances": [{"index_key": "k", "attributes": {"name": "b"}},
                    {"index_key": 1, "attributes": {"name": "c"}}, {"index_key": 2}]},
        ]));
        let addresses: Vec<_> = found.iter().map(|one| one.address.as_str()).collect();
        assert_eq!(
            addresses,
            [r#"module.ecr["x"].aws_ecr_repository.b["k"]"#, r#"module.ecr["x"].aws_ecr_repository.b[1]"#]
        );
    }

    #[test]
    fn a_hostile_state_is_refused_without_its_contents() {
        let deep = format!(r#"{{"version":4,"resources":[{{"mode":{}"#, "[".repeat(100_000));
        let texts = [
            "hunter2",
            r#"{"version":4,"resources":{"hunter2":1}}"#,
            r#"{"version":"hunter2"}"#,
            r#"{"version":4,"version":4}"#,
            r#"{"version":5,"resources":[]}"#,
            &deep,
        ];
        for text in texts {
            let why = resources(text.as_bytes()).unwrap_err();
            assert!(!why.contains("hunter2"), "{why}");
        }
        let hidden = read(json!([entry("aws_ecr_repository\u{202e}", "x", json!({"name": "a"}))]));
        assert!(hidden.is_empty());
    }
}
