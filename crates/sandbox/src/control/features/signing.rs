//! `PutSigningConfiguration`, `GetSigningConfiguration`, `DeleteSigningConfiguration`,
//! `DescribeImageSigningStatus`.
//!
//! The sandbox has no AWS Signer. The status of an image that was pushed while a rule matched is FAILED, and says so.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::{
    access::policy::wildcard,
    control::{
        image::image_ids::ImageId,
        wire::{
            call::{Call, Refused},
            constraints::{count, length, one_of},
            error::{ApiError, ApiResult},
            members::Members,
        },
    },
};

pub(in crate::control) async fn put_signing_configuration(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let configuration = input.needed_structure("signingConfiguration")?;
    let given = configuration.needed_structures("rules")?;
    count(&configuration.place("rules"), &given, 0, 10)?;
    let mut rules = Vec::new();
    for rule in given {
        let arn = rule.needed_text("signingProfileArn")?;
        let place = rule.place("signingProfileArn");
        length(&place, arn, 1, 200)?;
        let region = profile_region(arn).ok_or_else(|| {
            let text = r"must satisfy regular expression '^arn:aws(-[a-z]+)*:signer:[a-z0-9-]+:[0-9]{12}:\/signing-profiles\/[a-zA-Z0-9_]{2,}$'";
            ApiError::parameter(&place, text)
        })?;
        if region != call.registry.id.region.as_str() {
            let text = format!("The signing profile {arn} is not in the Region of the registry");
            return Err(ApiError::new("ValidationException", text));
        }
        let mut stored = json!({ "signingProfileArn": arn });
        if let Some(filters) = rule.structures("repositoryFilters")? {
            count(&rule.place("repositoryFilters"), &filters, 1, 100)?;
            let mut all = Vec::new();
            for filter in filters {
                let text = filter.needed_text("filter")?;
                length(&filter.place("filter"), text, 1, 256)?;
                one_of(&filter.place("filterType"), filter.needed_text("filterType")?, &["WILDCARD_MATCH"])?;
                all.push(json!({ "filter": text, "filterType": "WILDCARD_MATCH" }));
            }
            stored["repositoryFilters"] = all.into();
        }
        rules.push(stored);
    }
    let configuration = json!({ "rules": rules });
    let (stored, now) = (configuration.clone(), call.now);
    call.registry
        .update(move |document| -> Result<(), Refused> {
            document.signing = Some((stored, now));
            Ok(())
        })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(json!({ "signingConfiguration": configuration }))
}

pub(in crate::control) async fn get_signing_configuration(
    call: &Call,
    _input: &Members<'_>,
) -> ApiResult<Value> {
    let document = call.registry.document();
    let (configuration, _) = document.signing.as_ref().ok_or_else(|| missing(call))?;
    Ok(json!({ "registryId": call.registry.id.account, "signingConfiguration": configuration }))
}

pub(in crate::control) async fn delete_signing_configuration(
    call: &Call,
    _input: &Members<'_>,
) -> ApiResult<Value> {
    let none = missing(call);
    let (configuration, _) = call
        .registry
        .update(move |document| -> Result<(Value, DateTime<Utc>), Refused> {
            document.signing.take().ok_or(Refused::Api(none))
        })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(json!({ "registryId": call.registry.id.account, "signingConfiguration": configuration }))
}

pub(in crate::control) async fn describe_image_signing_status(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let id = ImageId::read(&input.needed_structure("imageId")?)?;
    let image = repository
        .read(|state| id.find(state).cloned())
        .map_err(|_| id.not_found(&registry.id, &repository.name))?;
    let document = registry.document();
    let mut statuses = Vec::new();
    if let Some((configuration, since)) = &document.signing
        && image.pushed_at >= *since
    {
        for rule in configuration["rules"].as_array().into_iter().flatten() {
            let filters = rule["repositoryFilters"].as_array();
            let matches = filters.is_none_or(|filters| {
                let one = |filter: &Value| {
                    wildcard(filter["filter"].as_str().unwrap_or_default(), repository.name.as_str(), false)
                };
                filters.iter().any(one)
            });
            if matches {
                statuses.push(json!({
                    "signingProfileArn": rule["signingProfileArn"],
                    "status": "FAILED",
                    "failureCode": "SIGNER_NOT_SIMULATED",
                    "failureReason": "The sandbox has no AWS Signer.",
                }));
            }
        }
    }
    Ok(json!({
        "registryId": registry.id.account,
        "repositoryName": repository.name,
        "imageId": id.resolved(&image.digest),
        "signingStatuses": statuses,
    }))
}

/// The Region of a signing profile's ARN.
fn profile_region(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, "signer", region, account, rest] = parts[..] else { return None };
    let name = rest.strip_prefix("/signing-profiles/")?;
    let good = partition.starts_with("aws")
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && name.len() >= 2
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    good.then_some(region)
}

fn missing(call: &Call) -> ApiError {
    let text =
        format!("There is no signing configuration for the registry with id '{}'", call.registry.id.account);
    ApiError::new("SigningConfigurationNotFoundException", text)
}
