//! Compares the evaluation with an independent engine: iam-simulate, in a process of its own (AGPL-3,
//! for tests only). Each difference must be of a kind that [`kinds`] names.

mod generate;
mod kinds;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use longshore_policy::iam::authorize::Decision;
use serde_json::{Map, Value, json};

use self::{
    generate::{Dice, FEDERATED, LINKED, ROLE, ROOT, SERVICE, SESSION, USER, case},
    kinds::{KINDS, Kind},
};
use super::Case;

const CASES: usize = 4_000;
const SEED: u64 = 20_261_130;

#[test]
fn an_independent_engine_agrees() {
    let mut dice = Dice::new(SEED);
    let cases: Vec<Case> = (0..CASES).map(|_| case(&mut dice)).collect();
    let ours: Vec<_> = cases.iter().map(Case::ask).collect();
    let theirs = simulate(&cases);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    ours.iter().for_each(|answer| *counts.entry(format!("{:?}", answer.decision)).or_default() += 1);
    let differing = (0..CASES).filter(|i| ours[*i].decision != theirs[*i]);

    // What AWS documents and the engine does otherwise is put into the question: by one kind at a time,
    // and by all that apply.
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    let mut open = Vec::new();
    for i in differing {
        let kinds: Vec<&Kind> = KINDS.iter().filter(|kind| (kind.applies)(&cases[i], &ours[i])).collect();
        match kinds.iter().find(|kind| kind.undecided && ours[i].decision == Decision::Unknown) {
            Some(kind) => *found.entry(kind.name).or_default() += 1,
            None => open.push((i, kinds)),
        }
    }
    let told = |i: usize, kinds: &[&Kind]| {
        let mut told = cases[i].clone();
        kinds.iter().for_each(|kind| (kind.as_documented)(&mut told));
        told
    };
    let alone =
        |(i, kinds): &(usize, Vec<&Kind>)| kinds.iter().map(|kind| told(*i, &[kind])).collect::<Vec<_>>();
    let singles = simulate(&open.iter().flat_map(alone).collect::<Vec<_>>());
    let together = simulate(&open.iter().map(|(i, kinds)| told(*i, kinds)).collect::<Vec<_>>());
    let mut singles = singles.into_iter();
    let mut unexplained = Vec::new();
    for ((i, kinds), together) in open.into_iter().zip(together) {
        let alone: Vec<Decision> = singles.by_ref().take(kinds.len()).collect();
        let agrees = |(kind, decision)| (decision == ours[i].decision).then_some(kind);
        let enough: Vec<&Kind> = kinds.iter().copied().zip(alone).filter_map(agrees).collect();
        if together != ours[i].decision {
            unexplained.push(i);
        }
        let by = if enough.is_empty() { &kinds } else { &enough };
        by.iter().for_each(|kind| *found.entry(kind.name).or_default() += 1);
    }
    let shown = |i: &usize| {
        format!("case {i}: {:?} by the engine, {:?}\n{}", theirs[*i], ours[*i], simulation(&cases[*i]))
    };
    let shown: Vec<String> = unexplained.iter().take(5).map(shown).collect();
    assert!(unexplained.is_empty(), "{} of no kind; {found:#?}\n{}", unexplained.len(), shown.join("\n\n"));
    let unused: Vec<&str> =
        KINDS.iter().map(|kind| kind.name).filter(|name| !found.contains_key(name)).collect();
    assert!(unused.is_empty(), "no case differs by {unused:?}");
    assert!(
        KINDS
            .iter()
            .all(|kind| kind.document.contains(" user guide, ") || kind.document.contains(" reference, "))
    );
    for decision in ["Allowed", "Denied", "NotAllowed"] {
        assert!(counts[decision] > CASES / 10, "{counts:?}");
    }
}

/// The decisions of the engine.
fn simulate(cases: &[Case]) -> Vec<Decision> {
    let cache = std::env::var_os("LONGSHORE_CACHE").map(PathBuf::from).unwrap_or_else(|| {
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache");
        std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("longshore")
    });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/interop/iam_simulate/simulate.mjs");
    let mut node = Command::new("node")
        .args([script.as_ref(), cache.join("iam-simulate").as_os_str()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node.js is installed; run `make setup`");
    let lines: String = cases.iter().map(|case| format!("{}\n", simulation(case))).collect();
    let mut input = node.stdin.take().unwrap();
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "iam-simulate failed; `make setup` installs it");
    writing.join().unwrap().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let results: Vec<Result<Decision, String>> = lines.lines().map(decision).collect();
    assert_eq!(results.len(), cases.len());
    let refused: BTreeSet<&String> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    assert!(refused.is_empty(), "questions that the engine refuses: {refused:#?}");
    results.into_iter().map(Result::unwrap).collect()
}

/// The decision of a line, or why there is none.
fn decision(line: &str) -> Result<Decision, String> {
    let answer: Value = serde_json::from_str(line).unwrap();
    let ignored = answer["ignored"].as_array().is_some_and(|keys| !keys.is_empty());
    match answer["result"].as_str().unwrap() {
        _ if ignored => Err(line.to_owned()),
        "Allowed" => Ok(Decision::Allowed),
        "ExplicitlyDenied" => Ok(Decision::Denied),
        "ImplicitlyDenied" => Ok(Decision::NotAllowed),
        other => Err(other.to_owned()),
    }
}

/// A case as iam-simulate takes it. The keys that follow from the question are written out.
fn simulation(case: &Case) -> Value {
    let resource_account = case.resource.split(':').nth(4).unwrap_or("111122223333");
    let mut context = Map::new();
    let mut add = |key: &str, value: &str| {
        match context.get_mut(key) {
            Some(Value::Array(values)) => values.push(value.into()),
            Some(one) => *one = json!([one.clone(), value]),
            None => drop(context.insert(key.to_owned(), value.into())),
        };
    };
    let principal = case.principal.as_str();
    let kind = match principal {
        USER => Some("User"),
        ROOT => Some("Account"),
        FEDERATED => Some("FederatedUser"),
        ROLE | SESSION | LINKED => Some("AssumedRole"),
        _ => None,
    };
    if let Some(kind) = kind {
        add("aws:PrincipalType", kind);
        add("aws:PrincipalAccount", "111122223333");
        add("aws:PrincipalArn", if principal == SESSION { ROLE } else { principal });
    }
    if principal == USER {
        add("aws:username", "ana");
    }
    add("aws:PrincipalIsAWSService", if principal == SERVICE { "true" } else { "false" });
    if case.resource != "*" {
        add("aws:ResourceAccount", resource_account);
    }
    if let Some(region) = case.resource.split(':').nth(3).filter(|region| !region.is_empty()) {
        add("aws:RequestedRegion", region);
    }
    case.context.iter().for_each(|(key, value)| add(key, value));
    let named = |all: &Option<Vec<Value>>| {
        let all = all.iter().flatten().enumerate();
        all.map(|(i, policy)| json!({"name": format!("{i}"), "policy": policy})).collect::<Vec<_>>()
    };
    let level = |all: &Option<Vec<Value>>| match all {
        Some(_) => json!([{"orgIdentifier": "one-level", "policies": named(all)}]),
        None => json!([]),
    };
    let mut simulation = json!({
        "request": {
            "principal": principal,
            "action": case.action,
            "resource": {"resource": case.resource, "accountId": resource_account},
            "contextVariables": context,
        },
        "identityPolicies": named(&case.identity),
        "serviceControlPolicies": level(&case.scp),
        "resourceControlPolicies": level(&case.rcp),
    });
    if let Some([policy]) = case.resource_policy.as_deref() {
        simulation["resourcePolicy"] = policy.clone();
    }
    if let Some([policy]) = case.session.as_deref() {
        simulation["sessionPolicy"] = policy.clone();
    }
    if case.boundary.is_some() {
        simulation["permissionBoundaryPolicies"] = named(&case.boundary).into();
    }
    simulation
}
