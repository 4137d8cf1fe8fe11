//! `longshore lifecycle lint`

use longshore_app::api::{ApiError, Side};
use serde_json::json;

use super::{
    arguments::Lint,
    checked,
    print::{Counts, findings},
};
use crate::{failure::Failure, files, output};

/// Checks the policies of a file.
pub(super) fn run(options: &Lint) -> Result<(), Failure> {
    let Lint { file, json } = options;
    let found = checked(file)?;
    findings(file, &found.findings, *json);
    let name = files::shown(file);
    if found.found == 0 {
        let text = format!("{name} has no lifecycle policy that can be read.");
        return Err(ApiError::new("lifecycle-unreadable", Side::Input, text).into());
    }
    let counts = Counts::of(&found.findings);
    let rules = found.rules();
    if *json {
        let documents: Vec<_> = found.policies.iter().map(|policy| policy.to_value()).collect();
        output::summary(&json!({
            "event": "summary", "file": name, "unwrapped": found.unwrapped, "policies": found.found,
            "rules": rules, "errors": counts.errors, "warnings": counts.warnings, "infos": counts.notes,
            "documents": documents,
        }));
    }
    let in_rules = if rules == 1 { "1 rule".to_owned() } else { format!("{rules} rules") };
    match counts.in_words() {
        None if *json => Ok(()),
        None => {
            output::line(&format!("{name}: {in_rules}, nothing wrong."));
            Ok(())
        }
        Some(counts) => Err(Failure::Incomplete(format!("{name}: {in_rules}, {counts}."))),
    }
}
