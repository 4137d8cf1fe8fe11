//! `CreateRepositoryCreationTemplate`, `DescribeRepositoryCreationTemplates`,
//! `UpdateRepositoryCreationTemplate`, `DeleteRepositoryCreationTemplate`.
//!
//! What is left out of an update stays as it is; an empty text or list removes the setting. A slash at
//! the end of a prefix is implied, so `prod` and `prod/` are one template. Source: API model and User
//! Guide, "repository-creation-templates".

use std::collections::{BTreeMap, BTreeSet};

use longshore_names::RepositoryName;
use serde_json::{Map, Value, json};

use crate::control::{
    registry::template_settings::{Changes, OCCASIONS},
    repository::repository_settings::mutability_members,
    wire::call::{Call, Refused},
    wire::constraints::length,
    wire::endpoint::timestamp,
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
    wire::page::Page,
};
use crate::state::{CreationTemplate, Encryption, TagMutability};

const PREFIX_PATTERN: &str =
    r"^([a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\/?|ROOT)$";

pub(in crate::control) async fn create_repository_creation_template(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let (prefix, key) = prefix(input)?;
    let mut template = CreationTemplate {
        prefix,
        description: None,
        encryption: Encryption::default(),
        resource_tags: BTreeMap::new(),
        tag_mutability: TagMutability::Mutable,
        exclusion_filters: Vec::new(),
        repository_policy: None,
        lifecycle_policy: None,
        applied_for: BTreeSet::new(),
        custom_role: None,
        created_at: call.now,
        updated_at: call.now,
    };
    let changes = Changes::read(call, input)?;
    if !changes.say_for_what() {
        return Err(input.missing("appliedFor"));
    }
    changes.make(&mut template);
    let created = template.clone();
    call.registry
        .update(move |document| -> Result<(), Refused> {
            if document.templates.contains_key(&key) {
                return Err(Refused::Api(ApiError::new(
                    "TemplateAlreadyExistsException",
                    format!(
                        "A repository creation template with the prefix '{}' already exists",
                        template.prefix
                    ),
                )));
            }
            document.templates.insert(key, template);
            Ok(())
        })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(answer(call, &created))
}

pub(in crate::control) async fn update_repository_creation_template(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let (prefix, key) = prefix(input)?;
    let changes = Changes::read(call, input)?;
    let (now, missing) = (call.now, not_found(call, &prefix));
    let updated = call
        .registry
        .update(move |document| -> Result<_, Refused> {
            let template = document.templates.get_mut(&key).ok_or(Refused::Api(missing))?;
            changes.make(template);
            template.updated_at = now;
            Ok(template.clone())
        })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(answer(call, &updated))
}

pub(in crate::control) async fn delete_repository_creation_template(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let (prefix, key) = prefix(input)?;
    let missing = not_found(call, &prefix);
    let deleted = call
        .registry
        .update(move |document| -> Result<_, Refused> {
            document.templates.remove(&key).ok_or(Refused::Api(missing))
        })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(answer(call, &deleted))
}

/// All templates, or those of some prefixes. A prefix without a template is left out.
pub(in crate::control) async fn describe_repository_creation_templates(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let wanted: Option<BTreeSet<String>> = input
        .texts("prefixes")?
        .map(|prefixes| prefixes.iter().map(|text| key_of("prefixes", text)).collect())
        .transpose()?;
    let named: Vec<&str> = wanted.iter().flatten().map(String::as_str).collect();
    let registry = call.registry.id.to_string();
    let mut request = vec!["DescribeRepositoryCreationTemplates", &registry];
    request.extend(&named);
    let page = Page::read(input, &call.state.signing_key, &request)?;
    let document = call.registry.document();
    let all = document.templates.iter();
    let found = all.filter(|(key, _)| wanted.as_ref().is_none_or(|wanted| wanted.contains(*key)));
    let (templates, token) = page.cut(found.collect(), |(key, _)| (*key).clone());
    let templates: Vec<Value> = templates.into_iter().map(|(_, template)| describe(template)).collect();
    let mut output =
        json!({ "registryId": call.registry.id.account, "repositoryCreationTemplates": templates });
    if let Some(token) = token {
        output["nextToken"] = token.into();
    }
    Ok(output)
}

/// The required member `prefix`: as it was given, and as the key of its template.
fn prefix(input: &Members<'_>) -> ApiResult<(String, String)> {
    let text = input.needed_text("prefix")?;
    Ok((text.to_owned(), key_of("prefix", text)?))
}

fn key_of(place: &str, text: &str) -> ApiResult<String> {
    length(place, text, 1, 256)?;
    let key = text.strip_suffix('/').unwrap_or(text);
    // A repository name has two characters at least, a prefix one.
    let named =
        RepositoryName::for_input(&format!("{key}/x")).is_ok_and(|name| name.as_str().starts_with(key));
    match text == "ROOT" || named {
        true => Ok(key.to_owned()),
        false => Err(ApiError::parameter(
            place,
            format_args!("must satisfy regular expression '{PREFIX_PATTERN}'"),
        )),
    }
}

fn not_found(call: &Call, prefix: &str) -> ApiError {
    ApiError::new(
        "TemplateNotFoundException",
        format!(
            "The repository creation template with the prefix '{prefix}' does not exist in the registry with id '{}'",
            call.registry.id.account
        ),
    )
}

fn answer(call: &Call, template: &CreationTemplate) -> Value {
    json!({ "registryId": call.registry.id.account, "repositoryCreationTemplate": describe(template) })
}

/// The `RepositoryCreationTemplate` structure. Settings that it does not have are left out.
fn describe(template: &CreationTemplate) -> Value {
    let mut output = Map::new();
    output.insert("prefix".into(), template.prefix.as_str().into());
    let texts = [
        ("description", &template.description),
        ("repositoryPolicy", &template.repository_policy),
        ("lifecyclePolicy", &template.lifecycle_policy),
        ("customRoleArn", &template.custom_role),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            output.insert(name.into(), text.as_str().into());
        }
    }
    let mut encryption = json!({ "encryptionType": template.encryption.kind });
    if let Some(key) = &template.encryption.key {
        encryption["kmsKey"] = key.as_str().into();
    }
    output.insert("encryptionConfiguration".into(), encryption);
    let tags = template.resource_tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value }));
    if !template.resource_tags.is_empty() {
        output.insert("resourceTags".into(), tags.collect());
    }
    output.extend(mutability_members(template.tag_mutability, &template.exclusion_filters));
    let applied = OCCASIONS.iter().filter(|(_, occasion)| template.applied_for.contains(occasion));
    output.insert("appliedFor".into(), applied.map(|(name, _)| *name).collect());
    output.insert("createdAt".into(), timestamp(template.created_at));
    output.insert("updatedAt".into(), timestamp(template.updated_at));
    Value::Object(output)
}
