//! An entry as an in-toto statement, for a referrer.

use serde_json::{Value, json};

use super::Entry;

/// The type of the predicate: an entry of Longshore's record.
pub const PREDICATE_TYPE: &str = "urn:longshore:promotion-record:1";

/// The in-toto statement (in-toto Attestation Framework, Statement v1) of an entry about a build; `None` for
/// one without a build. Its subject has a name for each destination.
pub fn in_toto_statement(entry: &Entry) -> Option<Value> {
    let digest = entry.digest.as_ref()?;
    let hex = json!({ digest.algorithm().as_str(): digest.hex() });
    let named: Vec<Value> = entry
        .destinations
        .iter()
        .map(|one| json!({ "name": one.place.to_string(), "digest": hex }))
        .collect();
    let subject = if named.is_empty() { vec![json!({ "digest": hex })] } else { named };
    Some(json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subject,
        "predicateType": PREDICATE_TYPE,
        "predicate": serde_json::to_value(entry).ok()?,
    }))
}
