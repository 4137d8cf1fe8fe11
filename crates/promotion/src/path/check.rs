//! What is wrong with the stages of paths together.

use std::collections::{HashMap, HashSet};

use longshore_policy::{FieldPath, Finding};

use super::{Path, PathText, Stage};

/// The order of a path's stages: names that occur twice, stages that builds never reach, cycles.
pub(super) fn order(path: &PathText, at: &FieldPath) -> Vec<Finding> {
    let list = at.child("stages");
    let mut findings = Vec::new();
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    for (i, stage) in path.stages.iter().enumerate() {
        if by_name.insert(&stage.name, i).is_some() {
            let text = format!("The path has two stages `{}`.", longshore_names::shown(&stage.name, 64));
            findings.push(Finding::error("path-stage-twice", text).at(list.item(i).child("name")));
        }
    }
    if !findings.is_empty() {
        return findings;
    }
    let mut from: Vec<Option<usize>> = Vec::new();
    for (i, stage) in path.stages.iter().enumerate() {
        let known = stage.from.as_deref().map(|name| by_name.get(name).copied());
        if known == Some(None) {
            let name = longshore_names::shown(stage.from.as_deref().unwrap_or_default(), 64);
            let text = format!("The path has no stage `{name}`.");
            findings.push(Finding::error("path-stage-unknown", text).at(list.item(i).child("from")));
        }
        from.push(known.unwrap_or(i.checked_sub(1)));
    }
    for start in 0..from.len() {
        // A way back that has more steps than there are stages never ends.
        let (mut stage, mut steps) = (start, 0);
        while let Some(before) = from[stage].filter(|_| steps <= from.len()) {
            (stage, steps) = (before, steps + 1);
            if stage == start {
                break;
            }
        }
        if steps > 0 && stage == start {
            let text = format!(
                "The stages form a cycle: a build of `{}` would come from itself.",
                longshore_names::shown(&path.stages[start].name, 64)
            );
            let finding = Finding::error("path-cycle", text).at(list.item(start).child("from"));
            findings.push(finding.hint("Remove `from` where builds are pushed, or name an earlier stage."));
            break;
        }
    }
    findings
}

/// Two stages of a path in one repository.
pub(super) fn stages(stages: &[Stage], list: &FieldPath) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (i, later) in stages.iter().enumerate() {
        for earlier in &stages[..i] {
            let Some(registry) = shared(earlier, later) else { continue };
            if earlier.mapping.meets(&later.mapping) {
                let text = format!(
                    "The stages `{}` and `{}` are the same repositories in `{registry}`.",
                    earlier.name, later.name
                );
                let finding =
                    Finding::error("path-same-repository", text).at(list.item(i).child("repositories"));
                findings.push(finding.hint("Give one of them another registry or other repository names."));
            }
        }
    }
    findings
}

fn shared(one: &Stage, two: &Stage) -> Option<String> {
    let in_two = |registry: &longshore_policy::rule::Registry| {
        two.destinations.iter().any(|other| other.registry.is_same(registry))
    };
    one.destinations.iter().find(|one| in_two(&one.registry)).map(|one| one.registry.to_string())
}

/// Several paths: names that occur twice, and paths that lead back into each other.
pub(super) fn across(paths: &[Path]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let field = |path: usize| FieldPath::new("paths").item(path);
    for (i, path) in paths.iter().enumerate() {
        if paths[..i].iter().any(|other| other.name == path.name) {
            let text = format!("There are two paths `{}`.", path.name);
            findings.push(Finding::error("path-twice", text).at(field(i).child("name")));
        }
    }
    findings.extend(cycle(paths).map(|(one, two)| {
        let text = format!(
            "The paths `{}` and `{}` form a cycle: builds would come back to the repository they came from.",
            paths[one].name, paths[two].name
        );
        Finding::error("path-cycle", text).at(field(two))
    }));
    findings
}

/// Two paths that lead back into each other: from repositories to those that builds come from, what is
/// left when repositories that nothing leads to are removed again and again (Kahn's algorithm).
fn cycle(paths: &[Path]) -> Option<(usize, usize)> {
    let mut numbers: HashMap<(String, String), usize> = HashMap::new();
    let mut edges: Vec<(usize, usize, usize)> = Vec::new();
    for (i, path) in paths.iter().enumerate() {
        for stage in &path.stages {
            let Some(from) = stage.from.and_then(|from| path.stages.get(from)) else { continue };
            let mut number = |stage: &Stage, registry: &longshore_policy::rule::Registry| {
                let registry = registry.ecr().map_or(registry.to_string(), |ecr| ecr.to_string());
                let count = numbers.len();
                *numbers.entry((registry, format!("{:?}", stage.mapping))).or_insert(count)
            };
            let sources: Vec<usize> =
                from.destinations.iter().map(|one| number(from, &one.registry)).collect();
            for one in &stage.destinations {
                let here = number(stage, &one.registry);
                edges.extend(sources.iter().map(|source| (*source, here, i)));
            }
        }
    }
    loop {
        let reached: HashSet<usize> = edges.iter().map(|(_, to, _)| *to).collect();
        let before = edges.len();
        edges.retain(|(from, ..)| reached.contains(from));
        if edges.len() == before {
            break;
        }
    }
    // What is left has a cycle, and maybe what follows it.
    let mut left: Vec<usize> = edges.iter().map(|(.., path)| *path).collect();
    left.dedup();
    let pair = |(i, one): (usize, &usize)| {
        let other = left[i + 1..].iter().find(|two| *two != one && overlaps(paths, *one, **two))?;
        Some((*one, *other))
    };
    left.iter().enumerate().find_map(pair)
}

/// Whether two paths can have a service in common.
fn overlaps(paths: &[Path], one: usize, two: usize) -> bool {
    let (one, two) = (&paths[one].services, &paths[two].services);
    let is_pattern = |text: &String| text.contains('*');
    let fits = longshore_policy::lifecycle::tag_matches;
    one.is_empty()
        || two.is_empty()
        || one
            .iter()
            .any(|a| two.iter().any(|b| fits(a, b) || fits(b, a) || (is_pattern(a) && is_pattern(b))))
}
