//! `GetRegistryScanningConfiguration`, `PutRegistryScanningConfiguration`.
//!
//! The configuration is stored, and says how the images of a repository would be scanned. Nothing is scanned by it.

use longshore_names::RepositoryName;
use serde_json::{Value, json};

use crate::{
    access::policy::wildcard,
    control::wire::{
        call::{Call, Refused},
        constraints::{count, length, one_of},
        error::{ApiError, ApiResult},
        members::Members,
    },
    state::RegistryDocument,
};

pub(in crate::control) async fn get_registry_scanning_configuration(
    call: &Call,
    _input: &Members<'_>,
) -> ApiResult<Value> {
    let document = call.registry.document();
    Ok(json!({
        "registryId": call.registry.id.account,
        "scanningConfiguration": configuration(&document),
    }))
}

pub(in crate::control) async fn put_registry_scanning_configuration(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let scan_type = match input.text("scanType")? {
        Some(text) => one_of("scanType", text, &["BASIC", "ENHANCED"])?,
        None => "BASIC",
    };
    let mut rules = Vec::new();
    let given = input.structures("rules")?.unwrap_or_default();
    count("rules", &given, 0, 2)?;
    for rule in given {
        let frequency = rule.needed_text("scanFrequency")?;
        let place = rule.place("scanFrequency");
        let frequency = one_of(&place, frequency, &["SCAN_ON_PUSH", "CONTINUOUS_SCAN", "MANUAL"])?;
        if scan_type == "BASIC" && frequency == "CONTINUOUS_SCAN" {
            let text = "The scan frequency CONTINUOUS_SCAN is only supported with the scan type ENHANCED";
            return Err(ApiError::new("ValidationException", text));
        }
        let mut filters = Vec::new();
        let all = rule.needed_structures("repositoryFilters")?;
        count(&rule.place("repositoryFilters"), &all, 0, 100)?;
        for filter in all {
            let text = filter.needed_text("filter")?;
            length(&filter.place("filter"), text, 1, 255)?;
            if !is_filter(text) {
                let rule = r"must satisfy regular expression '^[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*$'";
                return Err(ApiError::parameter(&filter.place("filter"), rule));
            }
            one_of(&filter.place("filterType"), filter.needed_text("filterType")?, &["WILDCARD"])?;
            filters.push(json!({ "filter": text, "filterType": "WILDCARD" }));
        }
        rules.push(json!({ "scanFrequency": frequency, "repositoryFilters": filters }));
    }
    let configuration = json!({ "scanType": scan_type, "rules": rules });
    let stored = configuration.clone();
    call.registry
        .update(move |document| -> Result<(), Refused> {
            document.scanning = Some(stored);
            Ok(())
        })
        .await
        .map_err(Refused::into_registry_api)?;
    Ok(json!({ "registryScanningConfiguration": configuration }))
}

fn is_filter(text: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '*';
    let between = |c: char| word(c) || "._-/".contains(c);
    // Between two separators there is a word, and one at both ends.
    text.starts_with(word)
        && text.ends_with(word)
        && text.chars().all(between)
        && !text.as_bytes().windows(2).any(|pair| pair.iter().all(|b| b"._-/".contains(b)))
}

fn configuration(document: &RegistryDocument) -> Value {
    document.scanning.clone().unwrap_or_else(|| json!({ "scanType": "BASIC", "rules": [] }))
}

/// How the images of a repository are scanned by the registry's rules: the frequency and the filters that say so. The
/// more frequent one wins.
pub(in crate::control) fn of_repository(
    document: &RegistryDocument,
    name: &RepositoryName,
) -> Option<(String, Vec<Value>)> {
    const ORDER: [&str; 3] = ["CONTINUOUS_SCAN", "SCAN_ON_PUSH", "MANUAL"];
    let configuration = configuration(document);
    let rules = configuration["rules"].as_array().cloned().unwrap_or_default();
    let matching = rules.into_iter().filter_map(|rule| {
        let filters = rule["repositoryFilters"].as_array().cloned().unwrap_or_default();
        let applied: Vec<Value> = filters
            .into_iter()
            .filter(|one| wildcard(one["filter"].as_str().unwrap_or_default(), name.as_str(), false))
            .collect();
        let frequency = rule["scanFrequency"].as_str()?.to_owned();
        (!applied.is_empty()).then_some((frequency, applied))
    });
    matching.min_by_key(|(frequency, _)| ORDER.iter().position(|one| one == frequency))
}
