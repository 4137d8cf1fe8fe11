//! Uploads in parts continue where they stopped.

use std::{path::Path, time::Duration};

use longshore_engine::{CopyPlan, Journal, RunContext, RunEnd, UnfinishedRun, plan, resume, run};

use crate::support::{
    Memory,
    images::{blob, context, layer, name, request},
};

const PART: usize = 100_000;
const SIZE: usize = 1_000_000;

async fn prepared(folder: &Path) -> (Memory, Memory, CopyPlan, RunContext) {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod").in_parts(PART));
    dev.with_image("a", "1", &[&layer(1, SIZE)]);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "a:1")])).await.unwrap();
    let mut context = context(&source, &sink);
    context.journal = Some(Journal::at(folder));
    (dev, prod, plan, context)
}

/// Kills a run after some parts were acknowledged.
async fn killed(prod: &Memory, plan: CopyPlan, context: &RunContext) -> UnfinishedRun {
    // Six uploads of parts or the configuration pass, and the next one waits.
    prod.close_gate_after(6);
    let mut running = Box::pin(run(plan, context.clone()));
    tokio::select! {
        outcome = &mut running => panic!("the gate is closed: {outcome:?}"),
        () = prod.uploads_at_gate(7) => {}
    }
    drop(running);
    prod.open_gate();
    let journal = context.journal.clone().unwrap();
    loop {
        if let Some(left) = journal.unfinished().await.unwrap().pop() {
            return left;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_half_done_layer_goes_on_from_its_last_part() {
    let folder = tempfile::tempdir().unwrap();
    let (dev, prod, plan, context) = prepared(folder.path()).await;
    let left = killed(&prod, plan, &context).await;
    let sent = prod.bytes_of_parts();
    assert!(sent >= 5 * PART);
    let outcome = resume(&left.run, context).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(prod.bytes_of_parts(), SIZE, "no part was sent twice");
    assert!(outcome.summary.bytes_moved <= (SIZE - sent + 1_000) as u64);
    let digest = blob(&layer(1, SIZE)).digest;
    assert!(prod.has_blob(&name("a"), &digest));
    assert_eq!(dev.opened(&digest), [0, 0], "every byte was read and hashed by the second part too");
}

#[tokio::test]
async fn a_forgotten_half_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (_dev, prod, plan, context) = prepared(folder.path()).await;
    let left = killed(&prod, plan, &context).await;
    let sent = prod.bytes_of_parts();
    prod.forget_halves();
    let outcome = resume(&left.run, context).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(prod.bytes_of_parts(), SIZE + sent);
}

#[tokio::test]
async fn a_half_of_wrong_bytes_is_never_completed() {
    let folder = tempfile::tempdir().unwrap();
    let (dev, prod, plan, context) = prepared(folder.path()).await;
    dev.corrupt_once(&blob(&layer(1, SIZE)).digest);
    let outcome = tokio::time::timeout(Duration::from_secs(20), run(plan, context)).await.unwrap().unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert!(prod.has_blob(&name("a"), &blob(&layer(1, SIZE)).digest));
    assert!(prod.bytes_of_parts() > SIZE && prod.uploads().len() == 2);
}
