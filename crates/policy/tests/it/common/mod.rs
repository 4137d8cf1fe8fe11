//! Small helpers that the tests share.

use longshore_names::{AccountId, RegistryId};
use longshore_policy::{Finding, Severity};

pub(crate) const DEV: &str = "111122223333";
pub(crate) const PROD: &str = "444455556666";

pub(crate) fn registry(account: &str, region: &str) -> RegistryId {
    RegistryId::new(account.parse().unwrap(), region.parse().unwrap())
}

pub(crate) fn dev() -> RegistryId {
    registry(DEV, "us-west-2")
}

pub(crate) fn prod() -> RegistryId {
    registry(PROD, "us-west-2")
}

pub(crate) fn names(account: &AccountId) -> Option<String> {
    match account.as_str() {
        DEV => Some("Dev".into()),
        PROD => Some("Prod".into()),
        _ => None,
    }
}

/// `E code@field` and so on, one per finding.
pub(crate) fn told(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|f| {
            let letter = match f.severity {
                Severity::Error => 'E',
                Severity::Warning => 'W',
                Severity::Note => 'N',
            };
            match &f.field {
                Some(field) => format!("{letter} {}@{field}", f.code),
                None => format!("{letter} {}", f.code),
            }
        })
        .collect()
}
