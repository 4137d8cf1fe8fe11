//! `longshore promotion list`, `show` and `verify`

use longshore_app::api::{ListPromotions, PromotionEntry, PromotionKey, VerifyPromotions};
use serde_json::{Value, json};

use super::{arguments::Wanted, moment};
use crate::{failure::Failure, manage::Managed, output};

/// Lists entries, newest first.
pub(super) async fn list(managed: &Managed, wanted: Wanted) -> Result<(), Failure> {
    let request = ListPromotions {
        space: managed.space,
        path: wanted.path,
        stage: wanted.stage,
        service: wanted.service,
        digest: wanted.digest,
        from: None,
        until: wanted.at.as_deref().map(moment).transpose()?,
        moves_only: false,
        text: wanted.text,
        limit: Some(wanted.limit),
    };
    let entries = managed.app.promotions(request).await?;
    for entry in &entries {
        match managed.json {
            true => output::json(&event(entry)),
            false => output::line(&line(entry)),
        }
    }
    match managed.json {
        true => output::summary(&json!({"event": "summary", "entries": entries.len()})),
        false if entries.is_empty() => output::note("The record has no such entry."),
        false => {}
    }
    Ok(())
}

/// Shows one entry.
pub(super) async fn show(managed: &Managed, sequence: u64) -> Result<(), Failure> {
    let entry = managed.app.promotion(PromotionKey { space: managed.space, sequence }).await?;
    if managed.json {
        let mut summary = event(&entry);
        summary["event"] = "summary".into();
        summary["what"] = entry.event.as_str().into();
        output::summary(&summary);
        return Ok(());
    }
    output::line(&line(&entry));
    output::line(&format!("  by {}", entry.by));
    entry.digest.iter().for_each(|digest| output::line(&format!("  {digest}")));
    for one in &entry.destinations {
        let tag = one.tag.as_deref().map(|tag| format!(":{tag}")).unwrap_or_default();
        let before = one.before.as_deref().map(|digest| format!(", before {digest}")).unwrap_or_default();
        output::line(&format!("  {}/{}{tag}{before}", one.registry, one.repository));
    }
    for gate in &entry.gates {
        let state = serde_json::to_value(gate.state).unwrap_or_default();
        output::line(&format!(
            "  {:<10}  {}: {}",
            state.as_str().unwrap_or_default(),
            gate.gate,
            gate.evidence
        ));
    }
    entry.override_reason.iter().for_each(|reason| output::line(&format!("  overridden: {reason}")));
    entry.approvers.iter().for_each(|person| output::line(&format!("  approved by {person}")));
    entry.reason.iter().for_each(|reason| output::line(&format!("  reason: {reason}")));
    output::line(&format!("  hash {}", entry.hash));
    Ok(())
}

/// Verifies the record.
pub(super) async fn verify(managed: &Managed, end: Option<String>) -> Result<(), Failure> {
    let found = managed.app.verify_promotions(VerifyPromotions { space: managed.space, end }).await?;
    if managed.json {
        output::summary(&json!({
            "event": "summary", "entries": found.entries, "hash": found.hash, "anchored": found.anchored,
        }));
        return Ok(());
    }
    output::line(&format!(
        "The record is whole: {} entries, end {}:{}",
        found.entries, found.entries, found.hash
    ));
    match found.anchored {
        Some(number) => {
            output::note(&format!("The keychain knows entry {number}, and the record continues it."))
        }
        None => output::note(
            "The keychain knows no end of the record, so a removed end is found only with --end.",
        ),
    }
    Ok(())
}

fn line(entry: &PromotionEntry) -> String {
    let about = [&entry.path, &entry.stage, &entry.service].map(|part| part.as_deref().unwrap_or("-"));
    let tag = entry.destinations.first().and_then(|one| one.tag.as_deref()).unwrap_or("-");
    let digest = entry.digest.as_deref().map_or("-", |digest| digest.get(..19).unwrap_or(digest));
    let at = entry.at.format("%Y-%m-%d %H:%M:%S");
    format!("{:>5}  {at}  {:<11}  {}  {tag}  {digest}", entry.sequence, entry.event, about.join("/"))
}

/// An entry for programs.
pub(super) fn event(entry: &PromotionEntry) -> Value {
    let destinations: Vec<Value> = entry
        .destinations
        .iter()
        .map(|one| {
            json!({
                "registry": one.registry, "repository": one.repository, "tag": one.tag, "before": one.before,
            })
        })
        .collect();
    let gates: Vec<Value> = entry
        .gates
        .iter()
        .map(|gate| json!({
            "gate": gate.gate, "state": gate.state, "evidence": gate.evidence, "satisfied_by": gate.satisfied_by,
            "not_checked": gate.not_checked,
        }))
        .collect();
    json!({
        "event": "entry", "number": entry.sequence, "hash": entry.hash, "at": entry.at, "what": entry.event,
        "holds": entry.holds, "by": entry.by, "path": entry.path, "stage": entry.stage, "service": entry.service,
        "digest": entry.digest, "destinations": destinations, "gates": gates,
        "override_reason": entry.override_reason, "approvers": entry.approvers, "plan_hash": entry.plan_hash,
        "reason": entry.reason,
    })
}
