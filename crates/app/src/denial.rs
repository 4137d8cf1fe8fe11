//! What would allow a denied call, as our own evaluator reads the denial.

use longshore_ecr::{Denied, EcrError, EcrErrorKind};
use longshore_names::RegistryId;
use longshore_policy::{
    iam::PolicyScope as Enforced,
    registry_policy::{DeniedCall, statement_for},
};

/// What has to change so that a denied call is allowed, as far as its refusal says; for errors whose cause
/// nobody asks about.
pub(crate) fn what_would_allow(error: &EcrError) -> Option<String> {
    match &error.kind {
        EcrErrorKind::AccessDenied { .. } => {
            evaluated(&error.call.message, &error.call.registry, Enforced::Unknown)
        }
        EcrErrorKind::NotSent { cause } => Some(format!("Nothing was sent. {}", what_would_allow(cause)?)),
        _ => None,
    }
}

/// What our own evaluator reads in the denial.
pub(crate) fn evaluated(message: &str, registry: &RegistryId, scope: Enforced) -> Option<String> {
    let Denied { principal, action, resource, explicit } = Denied::parse(message);
    let call = DeniedCall {
        principal: principal.as_deref()?,
        action: action.as_deref()?,
        resource: resource.as_deref().unwrap_or("*"),
        registry: Some(registry),
        scope,
        explicit_deny: explicit,
    };
    let text = match statement_for(&call) {
        Ok(allowing) => {
            let statement = format!("The statement: {}", allowing.statement);
            [vec![allowing.sentence], allowing.notes, vec![statement]].concat().join(" ")
        }
        Err(error) => format!("{}. {}", longshore_names::capital(&error.to_string()), error.hint()),
    };
    Some(format!("As Longshore evaluates the denial: {text}"))
}
