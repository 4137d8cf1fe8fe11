//! Settings of a registry.

use super::{Check, CheckSide, Fix, RegistryFacts, place};

/// Layers that a destination has already are mounted only if this is on in both registries (user
/// guide, "Private image replication").
pub(super) fn blob_mounting(facts: &RegistryFacts, side: CheckSide, checks: &mut Vec<Check>) {
    const ID: &str = "blob-mounting";
    let id = &facts.registry;
    let request = format!("GetAccountSetting BLOB_MOUNTING in {}", place(id));
    checks.push(match facts.blob_mounting.get() {
        Err(reason) => {
            let what = format!("Whether blob mounting is on in {}", place(id));
            Check::unknown(ID, side, id, &what, (request, reason))
        }
        Ok(true) => Check::ok(ID, side, id, format!("Blob mounting is on in {}.", place(id)))
            .evidence(request, "ENABLED"),
        Ok(false) => {
            let text = format!(
                "Blob mounting is off in {}, so layers that another repository has are sent again.",
                place(id)
            );
            let fix = Fix::SetBlobMounting { registry: id.clone(), enabled: true };
            Check::warning(ID, side, id, text).evidence(request, "DISABLED").fix(fix)
        }
    });
}
