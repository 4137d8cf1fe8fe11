//! What a registry policy takes from the account that owns the registry.

use longshore_policy::iam::{PolicyChange, self_lock_out};

use crate::plans::Draft;

/// Adds what the registry's own account would newly lose. A change after which nobody could manage the
/// policy any more does not run; `way_out` says what to do then.
pub(super) fn warn_of_lock_out(
    change: &PolicyChange<'_>,
    principal: Option<&str>,
    way_out: &str,
    draft: &mut Draft,
) {
    let Some(lost) = self_lock_out(change, principal) else { return };
    match &lost.management {
        Some(management) if management.certain => {
            draft.error("policy-lock-out", management.sentence(), way_out);
        }
        Some(management) => {
            let hint = "Make sure that the condition does not apply to those who manage the policy.";
            draft.warning("policy-lock-out-possible", management.sentence(), Some(hint));
        }
        None => draft.warning("policy-own-account", lost.sentence(), Some("Review what the policy denies.")),
    }
}
