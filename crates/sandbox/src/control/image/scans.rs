//! `StartImageScan` and `DescribeImageScanFindings`.
//!
//! The sandbox knows no vulnerabilities: a scan ends at once, and finds what the file `findings.json` in the state
//! directory says about the digest.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    control::{
        image::image_ids::ImageId,
        wire::{
            call::{Call, Refused},
            endpoint::timestamp,
            error::{ApiError, ApiResult},
            members::Members,
            page::Page,
        },
    },
    state::{ImageRecord, Mutation, RepositoryState, Scan},
};

/// `imageScanStatus`.
pub(in crate::control) fn scan_status(image: &ImageRecord, scan: &Scan) -> Value {
    let status = match (image.storage.archived, scan.enhanced.is_empty()) {
        (true, _) => "IMAGE_ARCHIVED",
        (false, true) => "COMPLETE",
        // Enhanced scanning is continuous.
        (false, false) => "ACTIVE",
    };
    json!({ "status": status })
}

/// `imageScanFindingsSummary`.
pub(in crate::control) fn scan_summary(scan: &Scan) -> Value {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for finding in scan.findings.iter().chain(&scan.enhanced) {
        *counts.entry(finding["severity"].as_str().unwrap_or("UNDEFINED")).or_default() += 1;
    }
    json!({
        "imageScanCompletedAt": timestamp(scan.completed_at),
        "vulnerabilitySourceUpdatedAt": timestamp(scan.completed_at),
        "findingSeverityCounts": counts,
    })
}

pub(in crate::control) async fn start_image_scan(call: &Call, input: &Members<'_>) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let id = ImageId::read(&input.needed_structure("imageId")?)?;
    let found = repository
        .read(|state| id.find(state).map(|image| image.digest.clone()))
        .map_err(|_| id.not_found(&registry.id, &repository.name))?;
    let found = call.state.findings(&found).map_err(|error| ApiError::server(&error))?;
    let (wanted, owner, name, now) = (id.clone(), registry.id.clone(), repository.name.clone(), call.now);
    let digest = repository
        .commit(move |state: &RepositoryState| -> Result<_, Refused> {
            let image = wanted.find(state).map_err(|_| Refused::Api(wanted.not_found(&owner, &name)))?;
            if image.storage.status(now) != "ACTIVE" {
                let text = format!("The image {} is archived", image.digest);
                return Err(Refused::Api(ApiError::new("ImageArchivedException", text)));
            }
            if image.blobs.is_empty() {
                let text = "The operating system and/or package manager are not supported.";
                return Err(Refused::Api(ApiError::new("UnsupportedImageTypeException", text)));
            }
            let (findings, enhanced) = (found.findings, found.enhanced_findings);
            let scan = Scan { completed_at: now, findings, enhanced };
            let digest = image.digest.clone();
            Ok((vec![Mutation::Scanned { digest: digest.clone(), scan }], digest))
        })
        .await
        .map_err(|refused| refused.into_api(&repository))?;
    Ok(json!({
        "registryId": registry.id.account,
        "repositoryName": repository.name,
        "imageId": id.resolved(&digest),
        "imageScanStatus": { "status": "IN_PROGRESS" },
    }))
}

pub(in crate::control) async fn describe_image_scan_findings(
    call: &Call,
    input: &Members<'_>,
) -> ApiResult<Value> {
    let (registry, repository) = call.repository(input)?;
    let id = ImageId::read(&input.needed_structure("imageId")?)?;
    let image = repository
        .read(|state| id.find(state).cloned())
        .map_err(|_| id.not_found(&registry.id, &repository.name))?;
    let scan = image.scan.as_ref().ok_or_else(|| {
        let text = format!(
            "Image scan does not exist for the image with imageId {} in the repository with name '{}' in the registry with \
             id '{}'",
            id.to_json(),
            repository.name,
            registry.id.account
        );
        ApiError::new("ScanNotFoundException", text)
    })?;
    let request = [call.operation, &registry.id.to_string(), repository.name.as_str(), image.digest.as_str()];
    let page = Page::read(input, &call.state.signing_key, &request)?;
    let all: Vec<(usize, bool, &Value)> = scan
        .findings
        .iter()
        .map(|one| (false, one))
        .chain(scan.enhanced.iter().map(|one| (true, one)))
        .enumerate()
        .map(|(at, (enhanced, one))| (at, enhanced, one))
        .collect();
    let (page, token) = page.cut(all, |(at, ..)| format!("{at:08}"));
    let of = |wanted: bool| -> Vec<&Value> {
        page.iter().filter(|(_, enhanced, _)| *enhanced == wanted).map(|(.., one)| *one).collect()
    };
    let mut findings = match scan_summary(scan) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    let name = if scan.enhanced.is_empty() { "findings" } else { "enhancedFindings" };
    findings.insert(name.into(), json!(of(!scan.enhanced.is_empty())));
    let mut output = json!({
        "registryId": registry.id.account,
        "repositoryName": repository.name,
        "imageId": id.resolved(&image.digest),
        "imageScanStatus": scan_status(&image, scan),
        "imageScanFindings": findings,
    });
    if let Some(token) = token {
        output["nextToken"] = token.into();
    }
    Ok(output)
}
