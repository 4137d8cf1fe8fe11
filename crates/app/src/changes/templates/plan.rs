//! Plans about creation templates.

use longshore_ecr::{CreationTemplate, Encryption, ROOT, ResourceTag, TagMutability};
use serde_json::Value;

use super::perform::{CreateTemplate, DeleteTemplate, differs};
use crate::{
    App,
    api::{ApiError, RegistryKey, Side},
    plans::{Content, Draft, place},
};

/// Creates a template. `text` is the input of `CreateRepositoryCreationTemplate` as JSON.
pub(crate) async fn plan_put(app: &App, registry: &RegistryKey, text: &str) -> Result<Content, ApiError> {
    let template = parse(text)?;
    let (connection, context) = app.place(registry).await?;
    let mut draft = Draft::new(registry.space, "Create a creation template");
    let found = connection.client.creation_templates().await?;
    match found.iter().find(|one| one.prefix == template.prefix) {
        Some(there) if *there == template => draft.note("nothing-to-do", "This template exists already."),
        Some(there) => {
            let error = differs(&there.prefix);
            draft.error(
                "template-already-exists",
                error.message,
                "Change that template, or delete it first.",
            );
        }
        None => {}
    }
    let needs_role = template.encryption != Encryption::Aes256 || !template.resource_tags.is_empty();
    if needs_role && template.custom_role_arn.is_none() {
        draft.error(
            "template-needs-role",
            "A template with a KMS key or resource tags needs a role that ECR can assume.",
            "Add `customRoleArn`: without it, ECR cannot create the repositories.",
        );
    }
    let names = match template.prefix.as_str() {
        ROOT => "every repository that no other template is for".to_owned(),
        prefix => format!("repositories whose names begin with `{prefix}/`"),
    };
    let text = format!("Create a creation template for {names} in {}", place(app, registry));
    let reason = "ECR uses it only when it creates a repository itself; existing ones stay as they are.";
    draft.step(&context, text, Some(reason.into()), CreateTemplate { template });
    Ok(draft.content)
}

/// Deletes a template.
pub(crate) async fn plan_delete(
    app: &App,
    registry: &RegistryKey,
    prefix: &str,
) -> Result<Content, ApiError> {
    let (connection, context) = app.place(registry).await?;
    let found = connection.client.creation_templates().await?;
    let template = found.into_iter().find(|one| one.prefix == prefix).ok_or_else(|| {
        let text = format!("The registry has no creation template for `{prefix}`.");
        ApiError::new("template-not-found", Side::Input, text)
            .hint("Refresh the list; it may have been removed.")
    })?;
    let mut draft = Draft::new(registry.space, "Delete a creation template");
    let text = format!("Delete the creation template for `{prefix}` in {}", place(app, registry));
    draft.step(&context, text, None, DeleteTemplate { template });
    draft.content.stays.push("repositories that it made".into());
    Ok(draft.content)
}

fn parse(text: &str) -> Result<CreationTemplate, ApiError> {
    let wrong = |problem: &str| {
        ApiError::input("template-invalid", "text", format!("This is not a creation template: {problem}."))
            .hint("Use the input of `CreateRepositoryCreationTemplate` as JSON.")
    };
    let value: Value = serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
    let object = value.as_object().ok_or_else(|| wrong("it is not an object"))?;
    let word = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let list = |name: &str| object.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let text_of = |value: &Value| value.as_str().map(str::to_owned);
    let except: Vec<String> = list("imageTagMutabilityExclusionFilters")
        .iter()
        .filter_map(|filter| filter.get("filter").and_then(text_of))
        .collect();
    let encryption = object.get("encryptionConfiguration");
    let key = encryption.and_then(|of| of.get("kmsKey")).and_then(text_of);
    let tag = |tag: &Value| {
        let part = |name: &str| tag.get(name).and_then(text_of).unwrap_or_default();
        ResourceTag { key: part("Key"), value: part("Value") }
    };
    Ok(CreationTemplate {
        prefix: word("prefix")
            .filter(|prefix| !prefix.is_empty())
            .ok_or_else(|| wrong("it has no prefix"))?,
        description: word("description"),
        applied_for: list("appliedFor").iter().filter_map(text_of).collect(),
        mutability: match word("imageTagMutability").as_deref() {
            None | Some("MUTABLE") => TagMutability::MUTABLE,
            Some("IMMUTABLE") => TagMutability::IMMUTABLE,
            Some("MUTABLE_WITH_EXCLUSION") => TagMutability::Mutable { except },
            Some("IMMUTABLE_WITH_EXCLUSION") => TagMutability::Immutable { except },
            Some(other) => return Err(wrong(&format!("`{other}` is no tag mutability"))),
        },
        encryption: match encryption.and_then(|of| of.get("encryptionType")).and_then(Value::as_str) {
            None | Some("AES256") => Encryption::Aes256,
            Some("KMS") => Encryption::Kms { key },
            Some("KMS_DSSE") => Encryption::KmsDsse { key },
            Some(other) => return Err(wrong(&format!("`{other}` is no kind of encryption"))),
        },
        repository_policy: word("repositoryPolicy"),
        lifecycle_policy: word("lifecyclePolicy"),
        resource_tags: list("resourceTags").iter().map(tag).collect(),
        custom_role_arn: word("customRoleArn"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_read_as_the_api_takes_it() {
        let text = r#"{"prefix":"prod","appliedFor":["REPLICATION"],"imageTagMutability":"IMMUTABLE_WITH_EXCLUSION",
            "imageTagMutabilityExclusionFilters":[{"filterType":"WILDCARD","filter":"latest"}],
            "encryptionConfiguration":{"encryptionType":"KMS"},"customRoleArn":"arn:aws:iam::1:role/ecr"}"#;
        let template = parse(text).unwrap();
        assert_eq!(template.mutability, TagMutability::Immutable { except: vec!["latest".into()] });
        assert_eq!(template.encryption, Encryption::Kms { key: None });
        for wrong in ["", "[]", "{}", r#"{"prefix":"a","imageTagMutability":"SOMETIMES"}"#] {
            assert_eq!(parse(wrong).unwrap_err().code, "template-invalid", "{wrong}");
        }
    }
}
