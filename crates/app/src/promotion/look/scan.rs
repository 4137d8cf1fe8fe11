//! What the registry's scans found, for each platform of a build by itself.

use futures::{StreamExt, stream};
use longshore_ecr::{EcrClient, EcrErrorKind, ImageScan};
use longshore_promotion::{
    Place,
    gate::{ChildScan, Evidence, PlatformFacts, ScanState, Vulnerability, VulnerabilitySeverity},
};

use super::places::without_stop;
use crate::api::ApiError;

/// Concurrent questions.
const AT_ONCE: usize = 4;

/// Asks about the scan of every platform. Registries outside ECR have none.
pub(in crate::promotion) async fn read(
    client: Option<&EcrClient>,
    place: &Place,
    platforms: &Evidence<Vec<PlatformFacts>>,
) -> Evidence<Vec<ChildScan>> {
    let Some(client) = client else {
        return Evidence::NotKnown(format!("{} is not ECR, so it has no scans", place.registry));
    };
    let Evidence::Known(platforms) = platforms else {
        return Evidence::NotKnown("the platforms of the build are not known".to_owned());
    };
    let asks = platforms.iter().map(|platform| async move {
        let state = match client.image_scan(&place.repository, &platform.digest).await {
            Ok(scan) => state(scan),
            Err(error) if error.code() == "scan-not-found" => ScanState::Missing,
            Err(error) if matches!(error.kind, EcrErrorKind::UnknownOperation) => {
                ScanState::Unsupported("this registry offers no scans".to_owned())
            }
            Err(error) => ScanState::Failed(without_stop(&ApiError::from(error).message)),
        };
        ChildScan { digest: platform.digest.clone(), state }
    });
    Evidence::Known(stream::iter(asks.collect::<Vec<_>>()).buffered(AT_ONCE).collect().await)
}

fn state(scan: ImageScan) -> ScanState {
    let ImageScan { status, description, at, found } = scan;
    let said = description.unwrap_or_else(|| status.clone());
    match (status.as_str(), at) {
        ("COMPLETE" | "ACTIVE", Some(at)) => ScanState::Complete {
            at,
            found: found
                .into_iter()
                .map(|(id, severity)| Vulnerability {
                    id,
                    severity: VulnerabilitySeverity::from_ecr(&severity),
                })
                .collect(),
        },
        ("COMPLETE" | "ACTIVE", None) => ScanState::Failed("the scan does not say when it ended".to_owned()),
        ("IN_PROGRESS" | "PENDING", _) => ScanState::InProgress,
        ("UNSUPPORTED_IMAGE", _) => ScanState::Unsupported(without_stop(&said)),
        _ => ScanState::Failed(without_stop(&said)),
    }
}
