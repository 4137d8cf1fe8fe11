//! What can be set on a repository: `PutImageTagMutability`, `PutImageScanningConfiguration`,
//! and the same members in `CreateRepository`.

use serde_json::{Map, Value, json};

use crate::control::{
    wire::call::{Call, Refused},
    wire::constraints::{count, length, one_of},
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};
use crate::state::{Mutation, RepositorySettings, TagMutability, managed_key};

const MUTABILITIES: &[&str] = &["IMMUTABLE", "MUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"];
pub(in crate::control) const MUTABILITY: &str = "imageTagMutability";
const FILTERS: &str = "imageTagMutabilityExclusionFilters";

/// Replaces a repository's tag mutability.
pub(in crate::control) async fn put_image_tag_mutability(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let text = input.needed_text(MUTABILITY)?;
    let (mutability, filters) = mutability(input, text)?;
    let settings = change(call, input, move |settings| {
        settings.tag_mutability = mutability;
        settings.exclusion_filters = filters;
    })
    .await?;
    let mut output = settings.1;
    output.extend(mutability_members(settings.0.tag_mutability, &settings.0.exclusion_filters));
    Ok(Value::Object(output))
}

/// Replaces whether pushed images are scanned. The sandbox scans nothing.
pub(in crate::control) async fn put_image_scanning_configuration(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let scan_on_push =
        input.needed_structure("imageScanningConfiguration")?.flag("scanOnPush")?.unwrap_or(false);
    let (_, mut output) = change(call, input, move |settings| settings.scan_on_push = scan_on_push).await?;
    output.insert("imageScanningConfiguration".into(), json!({ "scanOnPush": scan_on_push }));
    Ok(Value::Object(output))
}

async fn change(
    call: &Call,
    input: &Members<'_>,
    change: impl FnOnce(&mut RepositorySettings) + Send + 'static,
) -> ApiResult<(RepositorySettings, Map<String, Value>)> {
    let (registry, repository) = call.repository(input)?;
    let settings = repository
        .commit(move |state| -> Result<_, Refused> {
            let mut settings = state.settings.clone();
            change(&mut settings);
            Ok((vec![Mutation::Settings { settings: settings.clone() }], settings))
        })
        .await
        .map_err(|refused| refused.into_api(&repository))?;
    let mut output = Map::new();
    output.insert("registryId".into(), registry.id.account.as_str().into());
    output.insert("repositoryName".into(), repository.name.as_str().into());
    Ok((settings, output))
}

/// The settings that `CreateRepository` asks for, besides resource tags.
pub(in crate::control) fn of_new_repository(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<RepositorySettings> {
    let mut settings = RepositorySettings::defaults(call.now);
    let text = input.text(MUTABILITY)?.unwrap_or("MUTABLE");
    (settings.tag_mutability, settings.exclusion_filters) = mutability(input, text)?;
    if let Some(scanning) = input.structure("imageScanningConfiguration")? {
        settings.scan_on_push = scanning.flag("scanOnPush")?.unwrap_or(false);
    }
    if let Some(encryption) = input.structure("encryptionConfiguration")? {
        (settings.encryption_type, settings.kms_key) = encryption_of(call, &encryption)?;
    }
    Ok(settings)
}

/// `imageTagMutability` and, for the `…_WITH_EXCLUSION` modes only, its filters.
pub(in crate::control) fn mutability(
    input: &Members<'_>,
    text: &str,
) -> ApiResult<(TagMutability, Vec<String>)> {
    let mutability = match one_of(MUTABILITY, text, MUTABILITIES)? {
        "IMMUTABLE" => TagMutability::Immutable,
        "MUTABLE_WITH_EXCLUSION" => TagMutability::MutableWithExclusion,
        "IMMUTABLE_WITH_EXCLUSION" => TagMutability::ImmutableWithExclusion,
        _ => TagMutability::Mutable,
    };
    let given = input.structures(FILTERS)?;
    if !text.ends_with("_WITH_EXCLUSION") {
        return match given {
            None => Ok((mutability, Vec::new())),
            Some(_) => Err(ApiError::parameter(
                FILTERS,
                format_args!(
                    "ImageTagMutabilityExclusionFilters can't be set when imageTagMutability is set as {text}"
                ),
            )),
        };
    }
    let given = given.ok_or_else(|| {
        ApiError::parameter(
            FILTERS,
            format_args!(
                "ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as {text}"
            ),
        )
    })?;
    count(FILTERS, &given, 1, 5)?;
    let mut filters = Vec::with_capacity(given.len());
    for filter in given {
        one_of(&filter.place("filterType"), filter.needed_text("filterType")?, &["WILDCARD"])?;
        let (place, text) = (filter.place("filter"), filter.needed_text("filter")?);
        length(&place, text, 1, 128)?;
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._*-".contains(&b)) {
            return Err(ApiError::parameter(
                &place,
                "must satisfy regular expression '^[0-9a-zA-Z._*-]{1,128}$'",
            ));
        }
        filters.push(text.to_owned());
    }
    Ok((mutability, filters))
}

/// `encryptionType`, of those that the Region has.
pub(in crate::control) fn encryption_type<'a>(call: &Call, input: &Members<'a>) -> ApiResult<&'a str> {
    let (place, region) = (input.place("encryptionType"), &call.caller.region);
    match one_of(&place, input.needed_text("encryptionType")?, &["AES256", "KMS", "KMS_DSSE"])? {
        "KMS_DSSE" if !region.as_str().starts_with("us-gov-") => {
            Err(ApiError::parameter(&place, format_args!("KMS_DSSE is not supported in {region}")))
        }
        kind => Ok(kind),
    }
}

fn encryption_of(call: &Call, input: &Members<'_>) -> ApiResult<(String, Option<String>)> {
    let kind = encryption_type(call, input)?;
    let key = input.text("kmsKey")?;
    if let Some(key) = key {
        length(&input.place("kmsKey"), key, 1, 2048)?;
    }
    match kind {
        "AES256" if key.is_some() => {
            Err(ApiError::parameter(&input.place("kmsKey"), "can be set with encryptionType KMS only"))
        }
        "AES256" => Ok((kind.to_owned(), None)),
        _ => {
            let own = || managed_key(&call.registry.id);
            Ok((kind.to_owned(), Some(key.map_or_else(own, str::to_owned))))
        }
    }
}

/// The settings' members of a `Repository`.
pub(in crate::control) fn members(settings: &RepositorySettings) -> Map<String, Value> {
    let mut members = mutability_members(settings.tag_mutability, &settings.exclusion_filters);
    members.insert("imageScanningConfiguration".into(), json!({ "scanOnPush": settings.scan_on_push }));
    let mut encryption = json!({ "encryptionType": settings.encryption_type });
    if let Some(key) = &settings.kms_key {
        encryption["kmsKey"] = key.as_str().into();
    }
    members.insert("encryptionConfiguration".into(), encryption);
    members
}

/// `imageTagMutability` and its filters, if there are any.
pub(in crate::control) fn mutability_members(
    mutability: TagMutability,
    filters: &[String],
) -> Map<String, Value> {
    let text = match mutability {
        TagMutability::Mutable => "MUTABLE",
        TagMutability::Immutable => "IMMUTABLE",
        TagMutability::MutableWithExclusion => "MUTABLE_WITH_EXCLUSION",
        TagMutability::ImmutableWithExclusion => "IMMUTABLE_WITH_EXCLUSION",
    };
    let mut members = Map::new();
    members.insert(MUTABILITY.into(), text.into());
    if !filters.is_empty() {
        let filters = filters.iter();
        let filters: Vec<Value> = filters.map(|f| json!({ "filterType": "WILDCARD", "filter": f })).collect();
        members.insert(FILTERS.into(), filters.into());
    }
    members
}
