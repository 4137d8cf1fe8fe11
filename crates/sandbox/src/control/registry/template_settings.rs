//! The settings of a repository creation template as a request gives them.

use std::collections::{BTreeMap, BTreeSet};

use longshore_names::AccountId;

use crate::control::{
    repository::lifecycle_rules,
    repository::repository_policy::{self, LONGEST_POLICY},
    repository::repository_settings::{MUTABILITY, encryption_type, mutability},
    repository::resource_tags,
    wire::call::Call,
    wire::constraints::{length, one_of},
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};
use crate::state::{CreationTemplate, Encryption, Occasion, TagMutability};

const KEY_PATTERN: &str = r"^$|arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key\/[a-z0-9-]+";
/// `LifecyclePolicyTextForRepositoryCreationTemplate` of the API model.
const LONGEST_LIFECYCLE: usize = 30_720;
const LONGEST_ROLE: usize = 2048;

/// `RCTAppliedFor` of the API model.
pub(super) const OCCASIONS: [(&str, Occasion); 3] = [
    ("REPLICATION", Occasion::Replication),
    ("PULL_THROUGH_CACHE", Occasion::PullThroughCache),
    ("CREATE_ON_PUSH", Occasion::CreateOnPush),
];

/// The settings that a request gives; the others stay.
pub(super) struct Changes {
    description: Option<String>,
    encryption: Option<Encryption>,
    resource_tags: Option<BTreeMap<String, String>>,
    mutability: Option<(TagMutability, Vec<String>)>,
    repository_policy: Option<String>,
    lifecycle_policy: Option<String>,
    applied_for: Option<BTreeSet<Occasion>>,
    custom_role: Option<String>,
}

impl Changes {
    /// Reads and checks them.
    pub(super) fn read(call: &Call, input: &Members<'_>) -> ApiResult<Self> {
        let description = input.text("description")?;
        length("description", description.unwrap_or_default(), 0, 256)?;
        let repository_policy = input.text("repositoryPolicy")?;
        if let Some(text) = repository_policy.filter(|text| !text.is_empty()) {
            length("repositoryPolicy", text, 0, LONGEST_POLICY)?;
            repository_policy::accept(call, "RepositoryPolicy", text)?;
        }
        let lifecycle_policy = input.text("lifecyclePolicy")?;
        if let Some(text) = lifecycle_policy.filter(|text| !text.is_empty()) {
            length("lifecyclePolicy", text, 0, LONGEST_LIFECYCLE)?;
            lifecycle_rules::check(text).map_err(|problem| {
                let problem = format!("Lifecycle policy validation failure: {problem}");
                ApiError::parameter("LifecyclePolicy", problem)
            })?;
        }
        // Filters belong to a mode; without one they are refused as for a mutable repository.
        let filters = input.structures("imageTagMutabilityExclusionFilters")?.is_some();
        let mode = input.text(MUTABILITY)?.or(filters.then_some("MUTABLE"));
        Ok(Self {
            description: description.map(str::to_owned),
            encryption: input
                .structure("encryptionConfiguration")?
                .map(|encryption| encryption_of(call, &encryption))
                .transpose()?,
            resource_tags: input.structures("resourceTags")?.map(|tags| tags_of(&tags)).transpose()?,
            mutability: mode.map(|mode| mutability(input, mode)).transpose()?,
            repository_policy: repository_policy.map(str::to_owned),
            lifecycle_policy: lifecycle_policy.map(str::to_owned),
            applied_for: applied_for(input)?,
            custom_role: custom_role(call, input)?,
        })
    }

    /// Whether `appliedFor` is among them.
    pub(super) fn say_for_what(&self) -> bool {
        self.applied_for.is_some()
    }

    /// Makes them.
    pub(super) fn make(self, template: &mut CreationTemplate) {
        let text = |given: Option<String>, held: &mut Option<String>| {
            if let Some(given) = given {
                *held = Some(given).filter(|text| !text.is_empty());
            }
        };
        text(self.description, &mut template.description);
        text(self.repository_policy, &mut template.repository_policy);
        text(self.lifecycle_policy, &mut template.lifecycle_policy);
        text(self.custom_role, &mut template.custom_role);
        if let Some(encryption) = self.encryption {
            template.encryption = encryption;
        }
        if let Some(tags) = self.resource_tags {
            template.resource_tags = tags;
        }
        if let Some((mutability, filters)) = self.mutability {
            template.tag_mutability = mutability;
            template.exclusion_filters = filters;
        }
        if let Some(applied_for) = self.applied_for {
            template.applied_for = applied_for;
        }
    }
}

fn encryption_of(call: &Call, input: &Members<'_>) -> ApiResult<Encryption> {
    let kind = encryption_type(call, input)?.to_owned();
    let (place, key) = (input.place("kmsKey"), input.text("kmsKey")?.unwrap_or_default());
    length(&place, key, 0, 2048)?;
    if key.is_empty() {
        return Ok(Encryption { kind, key: None });
    }
    if kind == "AES256" {
        return Err(ApiError::parameter(&place, "can be set with encryptionType KMS only"));
    }
    let parts: Vec<&str> = key.splitn(6, ':').collect();
    let is_key = |resource: &str| {
        let id = resource.strip_prefix("key/").unwrap_or_default();
        !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let right = matches!(parts[..], ["arn", partition, "kms", region, account, resource]
        if partition.starts_with("aws") && !region.is_empty() && account.parse::<AccountId>().is_ok() && is_key(resource));
    match right {
        true => Ok(Encryption { kind, key: Some(key.to_owned()) }),
        false => {
            Err(ApiError::parameter(&place, format_args!("must satisfy regular expression '{KEY_PATTERN}'")))
        }
    }
}

fn tags_of(given: &[Members<'_>]) -> ApiResult<BTreeMap<String, String>> {
    let mut tags = BTreeMap::new();
    // These operations declare no errors of their own for tags.
    resource_tags::add(&mut tags, given)
        .map_err(|error| ApiError::new("InvalidParameterException", error.message))?;
    Ok(tags)
}

fn applied_for(input: &Members<'_>) -> ApiResult<Option<BTreeSet<Occasion>>> {
    let Some(given) = input.texts("appliedFor")? else { return Ok(None) };
    if given.is_empty() {
        return Err(ApiError::parameter("appliedFor", "must not be empty"));
    }
    let names = OCCASIONS.map(|(name, _)| name);
    for text in &given {
        one_of("appliedFor", text, &names)?;
    }
    Ok(Some(OCCASIONS.into_iter().filter(|(name, _)| given.contains(name)).map(|(_, found)| found).collect()))
}

/// A role of the registry's own account; an empty text removes it.
fn custom_role(call: &Call, input: &Members<'_>) -> ApiResult<Option<String>> {
    let Some(text) = input.text("customRoleArn")? else { return Ok(None) };
    length("customRoleArn", text, 0, LONGEST_ROLE)?;
    let id = &call.registry.id;
    let roles = format!("arn:{}:iam::{}:role/", id.region.partition(), id.account);
    match text.is_empty() || text.strip_prefix(&roles).is_some_and(|name| !name.is_empty()) {
        true => Ok(Some(text.to_owned())),
        false => Err(ApiError::parameter(
            "customRoleArn",
            format_args!("must be the ARN of a role of the account {}", id.account),
        )),
    }
}
