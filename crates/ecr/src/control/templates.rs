//! Repository creation templates: the settings of repositories that ECR creates itself.

use aws_sdk_ecr::types as sdk;
use longshore_names::RepositoryName;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    EcrClient, EcrError, Encryption, Page, ResourceTag, TagMutability, client::convert, control::write::once,
};

/// The largest page.
const PAGE: i32 = 100;
/// The prefix of the template for everything that no other takes.
pub const ROOT: &str = "ROOT";
/// The occasion on which replication creates a repository.
pub const REPLICATION: &str = "REPLICATION";

/// A repository creation template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreationTemplate {
    /// The beginning of names, before a `/`; or `ROOT`.
    pub prefix: String,
    /// A text for people.
    pub description: Option<String>,
    /// When it applies: `REPLICATION`, `PULL_THROUGH_CACHE`, `CREATE_ON_PUSH`.
    pub applied_for: Vec<String>,
    /// Whether tags may move.
    pub mutability: TagMutability,
    /// Encryption.
    pub encryption: Encryption,
    /// The repository's policy.
    pub repository_policy: Option<String>,
    /// The repository's lifecycle policy.
    pub lifecycle_policy: Option<String>,
    /// Tags of the repository itself.
    pub resource_tags: Vec<ResourceTag>,
    /// The role that ECR assumes to use a KMS key and to set tags.
    pub custom_role_arn: Option<String>,
}

impl CreationTemplate {
    /// Whether two templates mean the same: policies as JSON, lists as sets.
    pub fn means(&self, other: &Self) -> bool {
        let policy = |text: &Option<String>| {
            text.as_deref().map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
        };
        let sorted = |list: &[String]| {
            let mut list = list.to_vec();
            list.sort();
            list
        };
        let tags = |of: &Self| {
            let mut tags: Vec<_> = of.resource_tags.iter().map(|tag| (&tag.key, &tag.value)).collect();
            tags.sort();
            format!("{tags:?}")
        };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        self.prefix == other.prefix
            && text(&self.description) == text(&other.description)
            && sorted(&self.applied_for) == sorted(&other.applied_for)
            && self.mutability == other.mutability
            && self.encryption == other.encryption
            && policy(&self.repository_policy) == policy(&other.repository_policy)
            && policy(&self.lifecycle_policy) == policy(&other.lifecycle_policy)
            && tags(self) == tags(other)
            && text(&self.custom_role_arn) == text(&other.custom_role_arn)
    }

    /// Whether it is for a repository that replication creates.
    pub fn is_for(&self, name: &RepositoryName) -> bool {
        let below = name.as_str().strip_prefix(&self.prefix).is_some_and(|rest| rest.starts_with('/'));
        (self.prefix == ROOT || below) && self.applied_for.iter().any(|occasion| occasion == REPLICATION)
    }
}

impl EcrClient {
    /// Every creation template of the registry.
    ///
    /// # Errors
    /// [`WrongRegistry`](crate::EcrErrorKind::WrongRegistry) when the credentials are of another account, and as
    /// `DescribeRepositoryCreationTemplates`.
    pub async fn creation_templates(&self) -> Result<Vec<CreationTemplate>, EcrError> {
        self.own_registry("DescribeRepositoryCreationTemplates").await?;
        let call = self.call("DescribeRepositoryCreationTemplates", None);
        self.collect(call.clone(), |next| {
            let operation =
                self.ecr().describe_repository_creation_templates().max_results(PAGE).set_next_token(next);
            let call = call.clone();
            async move {
                let answer = self.send(call, operation.send()).await?;
                let next = answer.next_token().map(str::to_owned);
                Ok(Page {
                    items: answer.repository_creation_templates().iter().filter_map(template).collect(),
                    next,
                })
            }
        })
        .await
    }

    /// Creates a template; one of the same prefix is an error. Sent once.
    ///
    /// # Errors
    /// `template-already-exists`, [`WrongRegistry`](crate::EcrErrorKind::WrongRegistry),
    /// and as `CreateRepositoryCreationTemplate`.
    pub async fn create_template(&self, template: &CreationTemplate) -> Result<(), EcrError> {
        self.own_registry("CreateRepositoryCreationTemplate").await?;
        let call = self.call("CreateRepositoryCreationTemplate", None);
        let wrong = |text: String| self.invalid(call.clone(), &text);
        let (mode, filters) = convert::mutability_request(&template.mutability).map_err(wrong)?;
        let encryption = encryption_request(&template.encryption).map_err(wrong)?;
        let tags = tags_request(&template.resource_tags).map_err(wrong)?;
        let operation = self
            .ecr()
            .create_repository_creation_template()
            .prefix(&template.prefix)
            .set_description(template.description.clone())
            .set_applied_for(Some(occasions(template)))
            .image_tag_mutability(mode)
            .set_image_tag_mutability_exclusion_filters(filters)
            .encryption_configuration(encryption)
            .set_repository_policy(template.repository_policy.clone())
            .set_lifecycle_policy(template.lifecycle_policy.clone())
            .set_resource_tags(tags)
            .set_custom_role_arn(template.custom_role_arn.clone())
            .customize()
            .config_override(once());
        self.send(call.clone(), operation.send()).await.map(drop)
    }

    /// Changes a template as a whole: what `template` does not have is removed. Sent once.
    ///
    /// # Errors
    /// `template-not-found`, [`WrongRegistry`](crate::EcrErrorKind::WrongRegistry),
    /// and as `UpdateRepositoryCreationTemplate`.
    pub async fn update_template(&self, template: &CreationTemplate) -> Result<(), EcrError> {
        self.own_registry("UpdateRepositoryCreationTemplate").await?;
        let call = self.call("UpdateRepositoryCreationTemplate", None);
        let wrong = |text: String| self.invalid(call.clone(), &text);
        let (mode, filters) = convert::mutability_request(&template.mutability).map_err(wrong)?;
        let encryption = encryption_request(&template.encryption).map_err(wrong)?;
        let tags = tags_request(&template.resource_tags).map_err(wrong)?.unwrap_or_default();
        // An absent member stays as it is, and an empty one is removed.
        let text = |text: &Option<String>| Some(text.clone().unwrap_or_default());
        let operation = self
            .ecr()
            .update_repository_creation_template()
            .prefix(&template.prefix)
            .set_description(text(&template.description))
            .set_applied_for(Some(occasions(template)))
            .image_tag_mutability(mode)
            .set_image_tag_mutability_exclusion_filters(filters)
            .encryption_configuration(encryption)
            .set_repository_policy(text(&template.repository_policy))
            .set_lifecycle_policy(text(&template.lifecycle_policy))
            .set_resource_tags(Some(tags))
            .set_custom_role_arn(template.custom_role_arn.clone())
            .customize()
            .config_override(once());
        self.send(call.clone(), operation.send()).await.map(drop)
    }

    /// Deletes a template; repositories that it made stay. A missing one is no error.
    ///
    /// # Errors
    /// [`WrongRegistry`](crate::EcrErrorKind::WrongRegistry), and as `DeleteRepositoryCreationTemplate`.
    pub async fn delete_template(&self, prefix: &str) -> Result<(), EcrError> {
        self.own_registry("DeleteRepositoryCreationTemplate").await?;
        let call = self.call("DeleteRepositoryCreationTemplate", None);
        let operation = self
            .ecr()
            .delete_repository_creation_template()
            .prefix(prefix)
            .customize()
            .config_override(once());
        match self.send(call, operation.send()).await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == "template-not-found" => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn template(from: &sdk::RepositoryCreationTemplate) -> Option<CreationTemplate> {
    let encryption = from.encryption_configuration();
    Some(CreationTemplate {
        prefix: from.prefix()?.to_owned(),
        description: from.description().map(str::to_owned),
        applied_for: from.applied_for().iter().map(|occasion| occasion.as_str().to_owned()).collect(),
        mutability: convert::mutability(
            from.image_tag_mutability(),
            from.image_tag_mutability_exclusion_filters(),
        ),
        encryption: encryption.map_or(Encryption::Aes256, |found| {
            convert::encryption_of(found.encryption_type().as_str(), found.kms_key())
        }),
        repository_policy: from.repository_policy().map(str::to_owned),
        lifecycle_policy: from.lifecycle_policy().map(str::to_owned),
        resource_tags: from
            .resource_tags()
            .iter()
            .map(|tag| ResourceTag { key: tag.key().to_owned(), value: tag.value().to_owned() })
            .collect(),
        custom_role_arn: from.custom_role_arn().map(str::to_owned),
    })
}

fn occasions(template: &CreationTemplate) -> Vec<sdk::RctAppliedFor> {
    template.applied_for.iter().map(|occasion| sdk::RctAppliedFor::from(occasion.as_str())).collect()
}

fn encryption_request(
    encryption: &Encryption,
) -> Result<sdk::EncryptionConfigurationForRepositoryCreationTemplate, String> {
    let of_repository = convert::encryption_request(encryption)?;
    sdk::EncryptionConfigurationForRepositoryCreationTemplate::builder()
        .encryption_type(of_repository.encryption_type().clone())
        .set_kms_key(of_repository.kms_key().map(str::to_owned))
        .build()
        .map_err(|error| error.to_string())
}

fn tags_request(tags: &[ResourceTag]) -> Result<Option<Vec<sdk::Tag>>, String> {
    let made = tags.iter().map(|tag| sdk::Tag::builder().key(&tag.key).value(&tag.value).build());
    let made: Vec<sdk::Tag> = made.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    Ok((!made.is_empty()).then_some(made))
}
