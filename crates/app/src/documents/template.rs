//! A creation template as the API takes it.

use longshore_ecr::{CreationTemplate, Encryption, ResourceTag, TagMutability};
use serde_json::{Value, json};

use super::{mutability_members, mutability_of};
use crate::api::ApiError;

/// The input of `CreateRepositoryCreationTemplate` as JSON; [`parse`] reads it back.
pub(crate) fn written(template: &CreationTemplate) -> String {
    let (mutability, except) = mutability_members(&template.mutability);
    let encryption = encryption_members(&template.encryption);
    let tags = tag_members(&template.resource_tags);
    let mut value = json!({
        "prefix": template.prefix,
        "description": template.description,
        "appliedFor": template.applied_for,
        "imageTagMutability": mutability,
        "imageTagMutabilityExclusionFilters": except,
        "encryptionConfiguration": encryption,
        "repositoryPolicy": template.repository_policy,
        "lifecyclePolicy": template.lifecycle_policy,
        "resourceTags": tags,
        "customRoleArn": template.custom_role_arn,
    });
    without_absent(&mut value);
    value.to_string()
}

/// `encryptionConfiguration`.
pub(crate) fn encryption_members(encryption: &Encryption) -> Value {
    let mut members = match encryption {
        Encryption::Aes256 => json!({"encryptionType": "AES256"}),
        Encryption::Kms { key } => json!({"encryptionType": "KMS", "kmsKey": key}),
        Encryption::KmsDsse { key } => json!({"encryptionType": "KMS_DSSE", "kmsKey": key}),
        Encryption::Other { name } => json!({"encryptionType": name}),
    };
    without_absent(&mut members);
    members
}

/// `tags` or `resourceTags`.
pub(crate) fn tag_members(tags: &[ResourceTag]) -> Vec<Value> {
    tags.iter().map(|tag| json!({"Key": tag.key, "Value": tag.value})).collect()
}

fn without_absent(value: &mut Value) {
    let Value::Object(members) = value else { return };
    members.values_mut().for_each(without_absent);
    members.retain(|_, value| !value.is_null() && *value != json!([]));
}

pub(crate) fn parse(text: &str) -> Result<CreationTemplate, ApiError> {
    let wrong = |problem: &str| {
        ApiError::input("template-invalid", "text", format!("This is not a creation template: {problem}."))
    };
    let value: Value = serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
    let object = value.as_object().ok_or_else(|| wrong("it is not an object"))?;
    let word = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    let list = |name: &str| object.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let text_of = |value: &Value| value.as_str().map(str::to_owned);
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
        mutability: match word("imageTagMutability") {
            None => TagMutability::MUTABLE,
            Some(other) => {
                mutability_of(&value).ok_or_else(|| wrong(&format!("`{other}` is no tag mutability")))?
            }
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
        assert_eq!(parse(&written(&template)).unwrap(), template);
        for wrong in ["", "[]", "{}", r#"{"prefix":"a","imageTagMutability":"SOMETIMES"}"#] {
            assert_eq!(parse(wrong).unwrap_err().code, "template-invalid", "{wrong}");
        }
    }
}
