//! One source for several destinations: each blob is read once and sent to all that want it.
//!
//! A [`Tee`] knows which blobs several runs want. The first run that opens such a blob begins to
//! read it; the others join, and find the bytes read so far in a bounded buffer. No run waits for
//! long: a run that holds the others up, or does not come, is released and reads the rest on its
//! own.

mod blob;
mod branch;
mod hub;
mod reader;

use std::{collections::HashMap, sync::Arc};

use crate::{CopyPlan, EngineError, RunContext, RunOutcome, run};
use branch::Branch;
use hub::Tee;

/// The least memory for blobs in transfer to one of several destinations, in bytes.
const LEAST_MEMORY: usize = 4 * 1024 * 1024;

/// Runs several plans at once. Plans that read the same source read a blob that several of them
/// upload only once: its bytes go to all destinations through a bounded buffer, and every
/// destination verifies them itself. A destination that is paused, slow or failing is released
/// after a short time and reads the rest with a request of its own.
///
/// Outcomes are in the order of the runs. A summary's `requests` counts those of a shared source
/// for each of its runs.
pub async fn run_many(runs: Vec<(CopyPlan, RunContext)>) -> Vec<Result<RunOutcome, EngineError>> {
    let mut sources: Vec<(String, Vec<usize>)> = Vec::new();
    for (index, (_, context)) in runs.iter().enumerate() {
        let name = context.source.name();
        match sources.iter_mut().find(|(known, _)| known == name) {
            Some((_, members)) => members.push(index),
            None => sources.push((name.to_owned(), vec![index])),
        }
    }
    let mut branches: HashMap<usize, Branch> = HashMap::new();
    for (_, members) in sources.into_iter().filter(|(_, members)| members.len() > 1) {
        let plans = members.iter().filter_map(|index| runs.get(*index)).map(|(plan, _)| plan);
        let Some((_, first)) = members.first().and_then(|index| runs.get(*index)) else { continue };
        let tee = Tee::new(first.source.clone(), plans);
        for (reader, index) in members.into_iter().enumerate() {
            branches.insert(index, Branch { tee: tee.clone(), reader });
        }
    }
    let destinations = runs.len().max(1);
    let all = runs.into_iter().enumerate().map(|(index, (plan, mut context))| {
        // Each gets its share, but enough for several blobs in transfer.
        context.options.memory = (context.options.memory / destinations).max(LEAST_MEMORY);
        let branch = branches.remove(&index);
        async move {
            let _leaving = branch.map(|branch| {
                let leaving = Leaving { tee: branch.tee.clone(), reader: branch.reader };
                context.source = Arc::new(branch);
                leaving
            });
            run(plan, context).await
        }
    });
    futures::future::join_all(all).await
}

/// Reports that a run is over, however it ends.
struct Leaving {
    tee: Arc<Tee>,
    reader: usize,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.tee.leave(self.reader);
    }
}
