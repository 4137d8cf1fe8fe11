//! `BatchGetRepositoryScanningConfiguration`. The sandbox scans nothing; a registry has basic scanning
//! and no rules of its own, so each repository's own setting holds.

use serde_json::{Value, json};

use crate::control::{
    wire::call::{Call, no_repository},
    wire::constraints::{count, parse_repository},
    wire::error::ApiResult,
    wire::members::Members,
};

/// When the images of up to 25 repositories are scanned.
pub(in crate::control) async fn batch_get_repository_scanning_configuration(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let names = input.texts("repositoryNames")?.ok_or_else(|| input.missing("repositoryNames"))?;
    count("repositoryNames", &names, 1, 25)?;
    let (mut configurations, mut failures) = (Vec::new(), Vec::new());
    for text in names {
        let name = parse_repository("repositoryNames", text)?;
        let registry = call.registry_for(input, Some(&name))?;
        match registry.repository(&name) {
            Some(repository) => {
                let on_push = repository.read(|state| state.settings.scan_on_push);
                configurations.push(json!({
                    "repositoryArn": name.arn(&registry.id.account, &registry.id.region),
                    "repositoryName": name,
                    "scanOnPush": on_push,
                    "scanFrequency": if on_push { "SCAN_ON_PUSH" } else { "MANUAL" },
                    "appliedScanFilters": [],
                }));
            }
            None => failures.push(json!({
                "repositoryName": name,
                "failureCode": "REPOSITORY_NOT_FOUND",
                "failureReason": no_repository(&registry.id, &name).message,
            })),
        }
    }
    Ok(json!({ "scanningConfigurations": configurations, "failures": failures }))
}
