//! `BatchGetRepositoryScanningConfiguration`. The rules of the registry hold, and without one that matches the
//! repository's own setting.

use serde_json::{Value, json};

use crate::control::{
    features::scanning_rules::of_repository,
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
                let by_rule = of_repository(&registry.document(), &name);
                let (frequency, filters) = by_rule.unwrap_or_else(|| {
                    (if on_push { "SCAN_ON_PUSH" } else { "MANUAL" }.to_owned(), Vec::new())
                });
                configurations.push(json!({
                    "repositoryArn": name.arn(&registry.id.account, &registry.id.region),
                    "repositoryName": name,
                    "scanOnPush": frequency == "SCAN_ON_PUSH",
                    "scanFrequency": frequency,
                    "appliedScanFilters": filters,
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
