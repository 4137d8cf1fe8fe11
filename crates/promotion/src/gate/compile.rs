//! Reads a gate as it is written.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use longshore_names::parse_platform;
use longshore_policy::{
    FieldPath, Finding,
    rule::{parse_duration, parse_moment},
};

use super::{Allowed, AttestationRule, External, Freeze, Gate, GateKind, ScanRule, SignerRule};
use crate::{
    path::{GateText, ScanText},
    scheme::CustomScheme,
};

/// The longest that a command or a web address may take.
const LONGEST_RUN: TimeDelta = TimeDelta::hours(1);

/// A key and its problem, a sentence without a full stop; the key is empty for the whole gate.
type Problem = (&'static str, String);

/// Reads a gate.
///
/// # Errors
/// With the key that is wrong.
pub(crate) fn compile(text: &GateText) -> Result<Gate, Problem> {
    let mut kinds: Vec<Result<GateKind, Problem>> = Vec::new();
    let of = |key: &'static str| move |problem: String| (key, problem);
    let mut add = |kind: Option<Result<GateKind, Problem>>| kinds.extend(kind);
    let duration = |text: &String| parse_duration(text).map(GateKind::MinimumAge).map_err(of("minimum_age"));
    add(text.minimum_age.as_ref().map(duration));
    add(text.in_previous_stage.map(|on| is_on(on, "in_previous_stage", GateKind::InPreviousStage)));
    let scheme = text.tag_scheme.as_ref().map(crate::scheme::SchemeText::scheme);
    add(scheme.map(|scheme| scheme.map(GateKind::TagScheme).map_err(of("tag_scheme"))));
    add(text.labels.as_ref().map(|map| patterns(map, "labels").map(GateKind::Labels)));
    add(text.annotations.as_ref().map(|map| patterns(map, "annotations").map(GateKind::Annotations)));
    add(text.platforms.as_ref().map(|list| platforms(list).map_err(of("platforms"))));
    add(text.maximum_size.as_ref().map(|size| size_of(size).map_err(of("maximum_size"))));
    add(text.scan.as_ref().map(|scan| scan_rule(scan).map(GateKind::Scan).map_err(of("scan"))));
    let signer = text.signature.as_ref().map(|signer| SignerRule::parse(signer).map_err(of("signature")));
    add(signer.map(|signer| signer.map(GateKind::Signature)));
    add(text.attestation.as_ref().map(|attestation| {
        let signer = SignerRule::parse(&attestation.signed_by).map_err(of("attestation"))?;
        Ok(GateKind::Attestation(AttestationRule {
            predicate_type: attestation.predicate_type.clone(),
            signer,
        }))
    }));
    add(text.not_superseded.map(|on| is_on(on, "not_superseded", GateKind::NotSuperseded)));
    add(text.freeze.as_ref().map(|freeze| Freeze::parse(freeze).map(GateKind::Freeze).map_err(of("freeze"))));
    add(text.command.as_ref().map(|command| {
        let timeout = timeout(command.timeout.as_deref()).map_err(of("command"))?;
        Ok(GateKind::Command(External::command(command, timeout)))
    }));
    add(text.webhook.as_ref().map(|webhook| {
        if !webhook.url.starts_with("https://") || webhook.url.contains(longshore_names::is_hidden) {
            return Err(("webhook", "the address of a webhook begins with `https://`".into()));
        }
        let timeout = timeout(webhook.timeout.as_deref()).map_err(of("webhook"))?;
        Ok(GateKind::Webhook(External::webhook(webhook, timeout)))
    }));
    add(text.approvals.map(|count| Ok(GateKind::Approvals(count))));
    let count = kinds.len();
    match kinds.into_iter().next() {
        Some(kind) if count == 1 => {
            Ok(Gate { kind: kind?, if_present: text.if_present, no_override: text.no_override })
        }
        Some(_) => Err(("", format!("a gate asks one thing, this asks {count}; write one item for each"))),
        None => Err(("", "a gate needs a key such as `minimum_age` or `approvals`".into())),
    }
}

/// What is strange about a gate that can be read. `is_first`: its stage has none before.
pub(crate) fn remarks(gate: &Gate, is_first: bool, field: &FieldPath) -> Option<Finding> {
    if is_first && gate.needs_previous() {
        let text = format!("`{}` asks about the stage before, and this is the first.", gate.key());
        return Some(Finding::error("path-gate-first", text).at(field.child(gate.key())));
    }
    let never_missing =
        matches!(gate.kind, GateKind::Approvals(_) | GateKind::Freeze(_) | GateKind::TagScheme(_));
    (gate.if_present && never_missing).then(|| {
        let text = format!("`if_present` has no effect on `{}`.", gate.key());
        Finding::warning("path-gate-if-present", text).at(field.child("if_present"))
    })
}

fn is_on(on: bool, key: &'static str, kind: GateKind) -> Result<GateKind, Problem> {
    if on { Ok(kind) } else { Err((key, format!("`{key}: false` asks nothing; leave the gate out"))) }
}

fn patterns(
    map: &BTreeMap<String, String>,
    key: &'static str,
) -> Result<BTreeMap<String, CustomScheme>, Problem> {
    if map.is_empty() {
        return Err((key, format!("`{key}` is empty, so it asks nothing")));
    }
    let one = |(name, pattern): (&String, &String)| {
        let pattern = CustomScheme::parse(pattern).map_err(|problem| (key, problem))?;
        Ok((name.clone(), pattern))
    };
    map.iter().map(one).collect()
}

fn platforms(list: &[String]) -> Result<GateKind, String> {
    if list.is_empty() {
        return Err("`platforms` is empty, so it asks nothing".into());
    }
    list.iter().try_for_each(|platform| parse_platform(platform).map(drop))?;
    Ok(GateKind::Platforms(list.to_vec()))
}

/// A size has the units of a rate, without the time.
fn size_of(text: &str) -> Result<GateKind, String> {
    let shown = longshore_names::shown(text, 40);
    let is_size = !text.contains('/');
    let size = is_size.then(|| longshore_names::parse_rate(text).ok()).flatten();
    size.map(GateKind::MaximumSize)
        .ok_or(format!("`{shown}` is not a size; write bytes such as `500MB` or `2GiB`"))
}

fn scan_rule(text: &ScanText) -> Result<ScanRule, String> {
    let allowed = text.allow.iter().map(|one| {
        let until = parse_moment(&one.until)?;
        Ok(Allowed { id: one.id.clone(), until, reason: one.reason.clone() })
    });
    Ok(ScanRule {
        max_severity: text.max_severity,
        max_age: text.max_age.as_deref().map(parse_duration).transpose()?,
        allowed: allowed.collect::<Result<_, String>>()?,
    })
}

fn timeout(text: Option<&str>) -> Result<TimeDelta, String> {
    let timeout = text.map_or(Ok(TimeDelta::minutes(1)), parse_duration)?;
    if timeout > LONGEST_RUN { Err("it may take at most an hour".into()) } else { Ok(timeout) }
}
