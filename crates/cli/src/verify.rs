//! `longshore verify`

use longshore_app::{
    access::Endpoints,
    transfer::{
        Verification, VerifyOptions, VerifyOutcome, read_report, verify as verify_places, verify_records,
    },
};
use serde_json::json;

use crate::{arguments::Verify, copy, failure::Failure, output};

/// Verifies, and reports what is wrong.
pub(crate) async fn run(options: Verify) -> Result<(), Failure> {
    let Verify { references, against, deep, referrers, report, json, open } = options;
    let endpoints = Endpoints::new(copy::endpoint_options(open).await?);
    let how = VerifyOptions { deep, referrers, ..VerifyOptions::default() };
    let cancel = how.cancel.clone();
    let verifying = async {
        match report {
            Some(report) => verify_records(&endpoints, &read_report(&report)?, how).await,
            None => {
                let locations = references.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
                let against = against.as_deref().map(str::parse).transpose()?;
                verify_places(&endpoints, &Verification { locations, against }, how).await
            }
        }
    };
    tokio::pin!(verifying);
    let outcome = tokio::select! {
        outcome = &mut verifying => outcome?,
        _ = tokio::signal::ctrl_c() => {
            cancel.cancel();
            tokio::select! {
                outcome = verifying => outcome?,
                // A list that is being read does not check whether it was cancelled.
                _ = tokio::signal::ctrl_c() => return Err(Failure::Interrupted),
            }
        }
    };
    output::notes(&endpoints.remarks().await, json);
    end(&outcome, json)
}

fn end(outcome: &VerifyOutcome, as_json: bool) -> Result<(), Failure> {
    let VerifyOutcome { images, checked, bytes, missing, mismatched, failed, cancelled, problems } = outcome;
    if as_json {
        for problem in problems {
            let mut value = serde_json::to_value(problem).unwrap_or_default();
            value["event"] = "problem".into();
            output::json(&value);
        }
        output::summary(&json!({
            "event": "summary", "images": images, "checked": checked, "missing": missing,
            "mismatched": mismatched, "failed": failed, "bytes": bytes, "cancelled": cancelled,
            "problems": problems,
        }));
    } else {
        for problem in problems {
            output::line(&format!("{}: {} ({})", problem.image, problem.message, problem.code));
        }
        let plural = if *images == 1 { "" } else { "s" };
        output::line(&format!(
            "{images} image{plural}, {checked} manifests and layers: {missing} missing, \
             {mismatched} mismatched, {failed} could not be checked."
        ));
    }
    match () {
        () if *images == 0 && !*cancelled => Err(Failure::Failed(match missing + failed {
            0 => "There is no image to verify, so nothing was checked.".to_owned(),
            _ => "There is no image to verify: the verified place has none.".to_owned(),
        })),
        () if *cancelled => Err(Failure::Interrupted),
        () if missing + mismatched + failed > 0 => {
            Err(Failure::Failed("Not everything is present and correct.".to_owned()))
        }
        () => Ok(()),
    }
}
