//! Repository creation templates: what repositories get that ECR creates on its own (User Guide,
//! "repository-creation-templates").

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use longshore_names::{RegistryId, RepositoryName};
use serde::{Deserialize, Serialize};

use super::{RegistryDocument, RepositorySettings, TagMutability};

/// The prefix of the template for all repositories that no other template covers.
const ROOT: &str = "ROOT";

/// For which kinds of creation a template is (`RCTAppliedFor` of the API model).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Occasion {
    Replication,
    PullThroughCache,
    CreateOnPush,
}

/// `encryptionConfiguration` of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Encryption {
    /// `AES256`, `KMS` or `KMS_DSSE`.
    pub(crate) kind: String,
    /// ARN of the key; without one it is the key that AWS manages.
    pub(crate) key: Option<String>,
}

impl Default for Encryption {
    fn default() -> Self {
        Self { kind: "AES256".to_owned(), key: None }
    }
}

/// A repository creation template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CreationTemplate {
    /// As it was put, so perhaps with a slash at its end, or `ROOT`.
    pub(crate) prefix: String,
    pub(crate) description: Option<String>,
    pub(crate) encryption: Encryption,
    pub(crate) resource_tags: BTreeMap<String, String>,
    pub(crate) tag_mutability: TagMutability,
    pub(crate) exclusion_filters: Vec<String>,
    pub(crate) repository_policy: Option<String>,
    pub(crate) lifecycle_policy: Option<String>,
    pub(crate) applied_for: BTreeSet<Occasion>,
    /// ARN of the role that ECR creates the repository with.
    pub(crate) custom_role: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// The template needs a role of its own to create a repository, and has none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the template for '{prefix}' has resource tags or a KMS key, and no customRoleArn")]
pub(crate) struct RoleMissing {
    prefix: String,
}

impl CreationTemplate {
    /// What a repository created by the template gets.
    fn settings(&self, registry: &RegistryId, now: DateTime<Utc>) -> Result<RepositorySettings, RoleMissing> {
        let kms = self.encryption.kind != Encryption::default().kind;
        if (kms || !self.resource_tags.is_empty()) && self.custom_role.is_none() {
            return Err(RoleMissing { prefix: self.prefix.clone() });
        }
        let managed = || kms.then(|| managed_key(registry));
        Ok(RepositorySettings {
            tag_mutability: self.tag_mutability,
            exclusion_filters: self.exclusion_filters.clone(),
            encryption_type: self.encryption.kind.clone(),
            kms_key: self.encryption.key.clone().or_else(managed),
            resource_tags: self.resource_tags.clone(),
            lifecycle_policy: self.lifecycle_policy.clone(),
            policy: self.repository_policy.clone(),
            ..RepositorySettings::defaults(now)
        })
    }
}

impl RegistryDocument {
    /// What `name` gets when ECR creates it in `registry` on this occasion; `None` if no template
    /// covers it. Of several the one with the longest prefix counts.
    ///
    /// # Errors
    /// When the template cannot create a repository.
    pub(crate) fn settings_by_template(
        &self,
        registry: &RegistryId,
        name: &RepositoryName,
        occasion: Occasion,
        now: DateTime<Utc>,
    ) -> Result<Option<RepositorySettings>, RoleMissing> {
        let covers =
            |prefix: &str| name.as_str().strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'));
        let root = self.templates.get(ROOT);
        let named = self.templates.iter().filter(|(prefix, _)| covers(prefix)).map(|(_, template)| template);
        let meant = named
            .filter(|template| template.applied_for.contains(&occasion))
            .max_by_key(|template| template.prefix.trim_end_matches('/').len())
            .or_else(|| root.filter(|template| template.applied_for.contains(&occasion)));
        meant.map(|template| template.settings(registry, now)).transpose()
    }
}

/// The KMS key that AWS manages for ECR in a registry.
pub(crate) fn managed_key(registry: &RegistryId) -> String {
    format!("arn:{}:kms:{}:{}:alias/aws/ecr", registry.region.partition(), registry.region, registry.account)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(prefix: &str, change: impl FnOnce(&mut CreationTemplate)) -> (String, CreationTemplate) {
        let mut template = CreationTemplate {
            prefix: prefix.to_owned(),
            description: None,
            encryption: Encryption::default(),
            resource_tags: BTreeMap::new(),
            tag_mutability: TagMutability::Immutable,
            exclusion_filters: vec![prefix.to_owned()],
            repository_policy: None,
            lifecycle_policy: None,
            applied_for: BTreeSet::from([Occasion::Replication]),
            custom_role: None,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        change(&mut template);
        (prefix.trim_end_matches('/').to_owned(), template)
    }

    fn settings(
        templates: impl IntoIterator<Item = (String, CreationTemplate)>,
        name: &str,
    ) -> Result<Option<RepositorySettings>, RoleMissing> {
        let templates = templates.into_iter().collect();
        let document = RegistryDocument { templates, ..RegistryDocument::default() };
        let registry = RegistryId::new("444455556666".parse().unwrap(), "us-west-2".parse().unwrap());
        let name = name.parse().unwrap();
        document.settings_by_template(&registry, &name, Occasion::Replication, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn the_longest_prefix_counts_and_a_slash_is_implied() {
        let all = || {
            [
                template("prod/", |_| {}),
                template("prod/team", |_| {}),
                template("ROOT", |_| {}),
                template("push", |t| t.applied_for = BTreeSet::from([Occasion::CreateOnPush])),
            ]
        };
        for (name, expected) in [
            ("prod/app", "prod/"),
            ("prod/team/app", "prod/team"),
            ("prod/teams", "prod/"),
            ("production", "ROOT"),
            ("prod", "ROOT"),
            ("push/app", "ROOT"),
        ] {
            let found = settings(all(), name).unwrap().unwrap();
            assert_eq!(found.exclusion_filters, [expected], "{name}");
        }
        assert_eq!(settings([template("prod", |_| {})], "prod-app"), Ok(None));
    }

    #[test]
    fn tags_and_keys_need_a_role() {
        let tagged = |t: &mut CreationTemplate| drop(t.resource_tags.insert("team".into(), "a".into()));
        let with_key = |t: &mut CreationTemplate| t.encryption.kind = "KMS".to_owned();
        for needs in [&tagged as &dyn Fn(&mut CreationTemplate), &with_key] {
            assert!(settings([template("prod", needs)], "prod/app").is_err());
            let with_role = template("prod", |t| {
                needs(t);
                t.custom_role = Some("arn:aws:iam::444455556666:role/ecr".to_owned());
            });
            assert!(settings([with_role], "prod/app").unwrap().is_some());
        }
        let found = settings(
            [template("prod", |t| {
                with_key(t);
                t.custom_role = Some("arn:aws:iam::444455556666:role/ecr".to_owned());
            })],
            "prod/app",
        );
        let key = "arn:aws:kms:us-west-2:444455556666:alias/aws/ecr";
        assert_eq!(found.unwrap().unwrap().kms_key.as_deref(), Some(key));
    }
}
