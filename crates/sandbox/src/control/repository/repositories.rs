//! `CreateRepository`, `DescribeRepositories`, `DeleteRepository`.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::control::{
    repository::repository_settings,
    repository::resource_tags,
    wire::call::{Call, no_repository},
    wire::constraints::{count, parse_repository, repository_name},
    wire::endpoint::timestamp,
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
    wire::page::Page,
};
use crate::{
    Change,
    state::{CreateError, DeleteError, Registry, Repository},
};

pub(in crate::control) async fn create_repository(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let name = repository_name(input)?;
    let registry = call.registry_for(input, Some(&name))?;
    let mut settings = repository_settings::of_new_repository(call, input)?;
    if let Some(tags) = input.structures("tags")? {
        resource_tags::add(&mut settings.resource_tags, &tags)?;
    }
    let repository = registry.create_repository(&name, settings).await.map_err(|error| match error {
        CreateError::Exists => ApiError::new(
            "RepositoryAlreadyExistsException",
            format!(
                "The repository with name '{name}' already exists in the registry with id '{}'",
                registry.id.account
            ),
        ),
        CreateError::Storage(error) => ApiError::server(&error),
    })?;
    call.state.announce(Change::RepositoryCreated { registry: registry.id.clone(), repository: name });
    Ok(json!({ "repository": describe(&registry, &repository) }))
}

pub(in crate::control) async fn describe_repositories(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    if let Some(names) = input.texts("repositoryNames")? {
        count("repositoryNames", &names, 1, 100)?;
        for member in ["nextToken", "maxResults"] {
            if input.raw().get(member).is_some_and(|value| !value.is_null()) {
                return Err(ApiError::parameter(member, "can not be used together with repositoryNames"));
            }
        }
        let mut repositories: Vec<Value> = Vec::with_capacity(names.len());
        for text in names {
            let name = parse_repository("repositoryNames", text)?;
            let registry = call.registry_for(input, Some(&name))?;
            let repository = registry.repository(&name).ok_or_else(|| no_repository(&registry.id, &name))?;
            repositories.push(describe(&registry, &repository));
        }
        return Ok(json!({ "repositories": repositories }));
    }
    let registry = call.registry_for(input, None)?;
    let request = ["DescribeRepositories", &registry.id.to_string()];
    let page = Page::read(input, &call.state.signing_key, &request)?;
    let (repositories, token) = page.cut(registry.repositories(), |repository| repository.name.to_string());
    let mut output =
        json!({ "repositories": repositories.iter().map(|r| describe(&registry, r)).collect::<Vec<_>>() });
    if let Some(token) = token {
        output["nextToken"] = token.into();
    }
    Ok(output)
}

pub(in crate::control) async fn delete_repository(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let name = repository_name(input)?;
    let registry = call.registry_for(input, Some(&name))?;
    let force = input.flag("force")?.unwrap_or(false);
    let repository = registry.delete_repository(&name, force).await.map_err(|error| match error {
        DeleteError::NotFound => no_repository(&registry.id, &name),
        DeleteError::NotEmpty => ApiError::new(
            "RepositoryNotEmptyException",
            format!(
                "The repository with name '{name}' in registry with id '{}' cannot be deleted because it still contains images",
                registry.id.account
            ),
        ),
        DeleteError::Storage(error) => ApiError::server(&error),
    })?;
    call.state.announce(Change::RepositoryDeleted { registry: registry.id.clone(), repository: name });
    let mut output = describe(&registry, &repository);
    // The response to a deletion has the identity only (API Reference, DeleteRepository).
    if let Some(members) = output.as_object_mut() {
        members.remove("imageScanningConfiguration");
        members.remove("encryptionConfiguration");
    }
    Ok(json!({ "repository": output }))
}

/// The `Repository` structure.
fn describe(registry: &Registry, repository: &Arc<Repository>) -> Value {
    let settings = repository.read(|state| state.settings.clone());
    let mut output = json!({
        "repositoryArn": repository.name.arn(&registry.id.account, &registry.id.region),
        "registryId": registry.id.account,
        "repositoryName": repository.name,
        "repositoryUri": format!("{}/{}", registry.host, repository.name),
        "createdAt": timestamp(settings.created_at),
    });
    if let Some(members) = output.as_object_mut() {
        members.extend(repository_settings::members(&settings));
    }
    output
}
