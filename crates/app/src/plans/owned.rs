//! Documents of a plan that something else manages.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, TryStreamExt, stream};
use longshore_names::ForeignText;

use super::{Content, Plan, confirm::is_confirmed, model::Managed};
use crate::{
    App,
    api::{ApiError, DocumentKey, Finding, ManagedDocument, OwnerSource, Ownership, Severity, Side},
    owners::{hides_an_owner, label, managed, managed_text, ownership, way_out},
    steps::Step,
};

/// Concurrent questions. CloudFormation allows few a second.
const AT_ONCE: usize = 4;

/// Asks who manages what the plan writes. A plan that writes what a tool manages cannot run; what a person
/// marked must be named.
pub(crate) async fn look_for_owners(app: &App, content: &mut Content) -> Result<(), ApiError> {
    let mut keys: Vec<DocumentKey> = content.steps.iter().flat_map(Step::documents).collect();
    let mut seen = HashSet::new();
    keys.retain(|key| seen.insert(key.clone()));
    let asked = keys.into_iter().map(|key| async move { ownership(app, &key).await });
    let found: Vec<Ownership> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    for Ownership { key, owner, unknown, .. } in &found {
        let shown = |text: &str| ForeignText::new(text).into();
        content.findings.extend(owner.iter().map(|owner| Finding {
            code: "managed-elsewhere".into(),
            severity: if owner.source == OwnerSource::Mark { Severity::Warning } else { Severity::Error },
            field: None,
            text: shown(&managed_text(app, key, owner)),
            hint: Some(shown(&way_out(key, owner.source))),
            registry: Some(key.registry.clone()),
        }));
        content.findings.extend(unknown.iter().map(|problem| Finding {
            code: "owner-unknown".into(),
            severity: if owner.is_none() && hides_an_owner(problem) {
                Severity::Error
            } else {
                Severity::Note
            },
            field: None,
            text: shown(&problem.message),
            hint: problem.hint.as_deref().map(shown),
            registry: Some(key.registry.clone()),
        }));
    }
    let owners: HashMap<_, _> = found.into_iter().filter_map(|one| Some((one.key, one.owner?))).collect();
    content.managed = content
        .steps
        .iter()
        .enumerate()
        .flat_map(|(step, of)| of.documents().into_iter().map(move |key| (step, key)))
        .filter_map(|(step, key)| Some(Managed { step, owner: owners.get(&key)?.clone(), key }))
        .collect();
    Ok(())
}

/// What the owners have to change.
pub(super) fn managed_documents(content: &Content) -> Vec<ManagedDocument> {
    let document = |one: &Managed| {
        let step = content.steps.get(one.step)?;
        let rewrites = step.action.rewrites();
        let rewrite = rewrites.iter().find(|rewrite| rewrite.document == one.key.document);
        Some(managed(step.context.as_ref()?, &one.key, &one.owner, rewrite))
    };
    content.managed.iter().filter_map(document).collect()
}

/// Whether a person named every marked document that the plan writes.
///
/// # Errors
/// `managed-elsewhere`.
pub(super) fn agreed(plan: &Plan, app: &App, typed: &[String]) -> Result<(), ApiError> {
    let open = plan.content.managed.iter().find(|one| {
        let label = label(&one.key);
        one.owner.source == OwnerSource::Mark && !typed.iter().any(|text| is_confirmed(Some(text), &label))
    });
    let Some(one) = open else { return Ok(()) };
    let text = managed_text(app, &one.key, &one.owner);
    Err(ApiError::new("managed-elsewhere", Side::Input, text)
        .at("managed")
        .hint(way_out(&one.key, one.owner.source)))
}

/// The plan with the agreement to change its marked documents.
pub(super) fn with_overrides(mut plan: Plan) -> Plan {
    let marked = plan.content.managed.iter().filter(|one| one.owner.source == OwnerSource::Mark);
    plan.content.overrides = marked.map(|one| label(&one.key)).collect();
    plan
}
