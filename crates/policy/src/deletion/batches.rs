//! The order of a deletion.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{BATCH, Deleted, Repository, graph::Graph};

/// The places of the deleted images in batches of at most 100. An index comes before its members and an image
/// before its referrers; what belongs together is in one batch if it fits.
pub fn batches(repository: &Repository<'_>, deleted: &[Deleted]) -> Vec<Vec<usize>> {
    let graph = Graph::of(repository);
    let going: HashSet<usize> = deleted.iter().map(|of| of.image).collect();
    let mut seen = HashSet::new();
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for of in deleted {
        if !seen.insert(of.image) {
            continue;
        }
        let mut together = vec![of.image];
        let mut next = 0;
        while let Some(at) = together.get(next).copied() {
            next += 1;
            for other in graph.above(at).chain(graph.below(at)) {
                if going.contains(&other) && seen.insert(other) {
                    together.push(other);
                }
            }
        }
        let ordered = ordered(&graph, &together);
        match batches.last_mut() {
            Some(last) if last.len() + ordered.len() <= BATCH => last.extend(ordered),
            _ => batches.extend(ordered.chunks(BATCH).map(<[usize]>::to_vec)),
        }
    }
    batches
}

/// What is above comes first. Tags can claim a circle; what is in one comes last.
fn ordered(graph: &Graph, together: &[usize]) -> Vec<usize> {
    let here: HashSet<usize> = together.iter().copied().collect();
    let above = |at: usize| graph.above(at).filter(|above| here.contains(above)).count();
    let mut waits: HashMap<usize, usize> = together.iter().map(|at| (*at, above(*at))).collect();
    let mut open: VecDeque<usize> = together.iter().copied().filter(|at| waits[at] == 0).collect();
    let mut out = Vec::with_capacity(together.len());
    let mut done = HashSet::new();
    while let Some(at) = open.pop_front() {
        out.push(at);
        done.insert(at);
        for below in graph.below(at) {
            if let Some(left) = waits.get_mut(&below) {
                *left = left.saturating_sub(1);
                if *left == 0 && !done.contains(&below) {
                    open.push_back(below);
                }
            }
        }
    }
    out.extend(together.iter().filter(|at| !done.contains(at)));
    out
}
