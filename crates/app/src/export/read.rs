//! Documents as they are now, for an export.

use longshore_ecr::{IamItem, Repository, RepositorySettings};
use longshore_names::RepositoryName;
use longshore_policy::export::Subject;
use serde_json::{Value, json};

use super::subjects::repository_content;
use crate::{
    access::Connection,
    api::{ApiError, Side},
    documents::{template, value},
};

/// The content now.
///
/// # Errors
/// `export-nothing` when there is none; the reason why it cannot be read.
pub(super) async fn now(
    connection: &Connection,
    subject: &Subject,
    item: Option<&IamItem>,
) -> Result<Value, ApiError> {
    let client = &connection.client;
    let found = match (subject, item) {
        (_, Some(item)) => Some(connection.services.iam_item(item).await?).filter(|found| !found.is_null()),
        (Subject::Repository(name), _) => repository(connection, name).await?,
        (Subject::LifecyclePolicy(name), _) => text(client.lifecycle_policy(name).await?),
        (Subject::RepositoryPolicy(name), _) => text(client.repository_policy(name).await?),
        (Subject::Template { prefix }, _) => {
            let all = client.creation_templates().await?;
            let found = all.iter().find(|one| one.prefix == *prefix);
            found.map(|one| value(Some(&template::written(one))))
        }
        (Subject::PullThroughCacheRule { prefix }, _) => {
            let all = client.pull_through_cache_rules().await?;
            all.into_iter().find(|one| one["ecrRepositoryPrefix"] == *prefix)
        }
        (Subject::RegistryScanning, _) => Some(client.scanning_configuration().await?),
        (Subject::Signing, _) => client.signing_configuration().await?,
        (Subject::PullTimeExclusion { principal }, _) => {
            let all = client.pull_time_exclusions().await?;
            all.contains(principal).then(|| json!({"principalArn": principal}))
        }
        (Subject::AccountSetting { name }, _) => {
            let found = client.account_setting(name).await?;
            found.map(|value| json!({"name": name, "value": value}))
        }
        (Subject::TagMutability(_) | Subject::ScanOnPush(_) | Subject::Iam(_), _) => None,
    };
    found.ok_or_else(|| {
        let text = format!("{} does not exist in {}.", capital(&subject.phrase()), connection.registry);
        ApiError::new("export-nothing", Side::Service, text)
    })
}

fn text(found: Option<String>) -> Option<Value> {
    found.map(|text| value(Some(&text)))
}

/// A repository with its tags and policies.
async fn repository(connection: &Connection, name: &RepositoryName) -> Result<Option<Value>, ApiError> {
    let client = &connection.client;
    let Some(found) = client.repository(name).await? else { return Ok(None) };
    let Repository { tag_mutability, scan_on_push, encryption, .. } = found;
    let tags = client.resource_tags(name).await?;
    let mut content =
        repository_content(&RepositorySettings { tag_mutability, scan_on_push, encryption, tags });
    if let Some(policy) = text(client.lifecycle_policy(name).await?) {
        content["lifecyclePolicy"] = policy;
    }
    if let Some(policy) = text(client.repository_policy(name).await?) {
        content["repositoryPolicy"] = policy;
    }
    Ok(Some(content))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
