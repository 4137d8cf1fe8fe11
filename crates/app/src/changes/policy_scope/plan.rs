//! The plan of an upgrade.

use super::perform::UpgradePolicyScope;
use crate::{
    App,
    api::{ApiError, PolicyScope, RegistryKey},
    documents::parse_policy,
    plans::{Content, Draft, counted, place},
};

/// Upgrades the policy scope of a registry to V2. The step lists what the policy then allows and denies.
pub(crate) async fn plan_upgrade(app: &App, registry: &RegistryKey) -> Result<Content, ApiError> {
    let (_, context) = app.place(registry).await?;
    let scope = app.policy_scope(registry).await?;
    let text = app.read_policy(registry).await?;
    let mut draft = Draft::new(
        registry.space,
        format!("Upgrade the policy scope of {} to V2", app.accounts.label(registry)),
    );
    if scope == PolicyScope::V2 {
        draft.note("nothing-to-do", "The policy scope is V2 already.");
        return Ok(draft.content);
    }
    if text.is_some() {
        let policy = parse_policy(text.as_deref())?;
        let statements = counted(policy.statements().len(), "statement");
        draft.content.stays.push(format!("the policy of {} ({statements})", place(app, registry)));
    }
    draft.warning(
        "policy-scope-stays",
        "This cannot be undone: ECR sets the policy scope only to V2.",
        Some("Review what is newly allowed and denied before you run it."),
    );
    let reason = match text {
        Some(_) => {
            "ECR then enforces every action in the registry policy. V1 enforces only those of \
                    replication and of pull-through caches."
        }
        None => "The registry has no policy, so that nothing changes until one is written.",
    };
    draft.step(
        &context,
        format!("Upgrade the policy scope of {} from V1 to V2", place(app, registry)),
        Some(reason.into()),
        UpgradePolicyScope { policy: text },
    );
    Ok(draft.content)
}
