//! Pause, resume, bandwidth, and a stop from another process.

use std::{sync::Arc, time::Duration};

use longshore_engine::{Bandwidth, Control, Event, Journal, RunContext, RunEnd, RunState, plan, run, run_as};

use crate::support::{
    Memory,
    images::{Told, context, layer, request},
};

const SOON: Duration = Duration::from_secs(10);

async fn prepared() -> (Memory, longshore_engine::CopyPlan, RunContext, Arc<Told>) {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let layers: Vec<Vec<u8>> = (0..4).map(|n| layer(n, 100_000)).collect();
    let layers: Vec<&[u8]> = layers.iter().map(Vec::as_slice).collect();
    dev.with_image("a", "1", &layers);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "a:1")])).await.unwrap();
    let mut context = context(&source, &sink);
    let told = Arc::new(Told::default());
    context.reporter = told.clone();
    (prod, plan, context, told)
}

#[tokio::test]
async fn a_paused_run_begins_nothing_and_goes_on_at_once() {
    let (prod, plan, mut context, told) = prepared().await;
    context.options.blobs = 1;
    prod.close_gate_after(0);
    let control = context.control.clone();
    let running = tokio::spawn(run(plan, context));
    tokio::time::timeout(SOON, prod.uploads_at_gate(1)).await.unwrap();
    control.pause();
    prod.open_gate();
    // Bytes that were already sent may be accepted; nothing follows them.
    tokio::time::timeout(SOON, prod.uploaded(1)).await.unwrap();
    let next = tokio::time::timeout(Duration::from_millis(100), prod.uploads_at_gate(1)).await;
    assert!(next.is_err() && prod.uploads().len() == 1, "something began while the run was paused");
    assert!(told.events().contains(&Event::Paused) && !told.events().contains(&Event::Resumed));
    control.resume();
    let outcome = tokio::time::timeout(SOON, running).await.unwrap().unwrap().unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done);
    assert!(told.events().contains(&Event::Resumed));
}

#[tokio::test]
async fn a_paused_run_can_be_stopped() {
    let (prod, plan, context, _) = prepared().await;
    context.control.pause();
    let cancel = context.cancel.clone();
    let running = tokio::spawn(run(plan, context));
    cancel.cancel();
    let outcome = tokio::time::timeout(Duration::from_secs(1), running).await.unwrap().unwrap().unwrap();
    assert_eq!((outcome.summary.end, prod.uploads().len()), (RunEnd::Cancelled, 0));
}

#[tokio::test]
async fn bytes_stop_in_the_middle_of_a_blob_and_the_bandwidth_can_be_changed() {
    let (prod, plan, context, told) = prepared().await;
    let control = context.control.clone();
    control.set_bandwidth(Some(1));
    let running = tokio::spawn(run(plan, context));
    let through = tokio::time::timeout(Duration::from_millis(200), prod.uploaded(1)).await;
    assert!(through.is_err(), "one byte a second is not a blob in a moment");
    assert_eq!(control.bandwidth(), Some(1));
    control.set_bandwidth(None);
    let outcome = tokio::time::timeout(SOON, running).await.unwrap().unwrap().unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done);
    assert!(!told.events().contains(&Event::Paused));
}

#[tokio::test]
async fn a_run_takes_as_long_as_a_limit_that_it_shares_says() {
    let (_, plan, mut context, _) = prepared().await;
    context.control = Control::sharing(Bandwidth::new(Some(1_000_000)));
    let began = std::time::Instant::now();
    let outcome = run(plan, context).await.unwrap();
    // 400 kB at 1 MB/s; a tenth of a second's bytes and the last piece are sent at once.
    assert!(outcome.summary.bytes_moved >= 400_000);
    assert!(began.elapsed() >= Duration::from_millis(250), "{:?}", began.elapsed());
}

#[tokio::test]
async fn another_process_can_ask_a_run_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::at(folder.path());
    let (prod, plan, mut context, _) = prepared().await;
    context.journal = Some(journal.clone());
    context.note = Some("dev/a → prod/a".into());
    prod.close_gate_after(0);
    let running = tokio::spawn(run_as("mine".into(), plan, context));
    tokio::time::timeout(SOON, prod.uploads_at_gate(1)).await.unwrap();
    let listed = journal.list().await.unwrap();
    assert_eq!((listed.len(), listed[0].state), (1, RunState::Running));
    assert_eq!(listed[0].note.as_deref(), Some("dev/a → prod/a"));
    assert_eq!(journal.ask_to_stop("none").await.unwrap_err().code(), "no-such-run");
    assert!(journal.ask_to_stop("mine").await.unwrap());
    let outcome = tokio::time::timeout(SOON, running).await.unwrap().unwrap().unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Cancelled);
    let listed = journal.list().await.unwrap();
    assert_eq!(listed[0].state, RunState::Cancelled);
    assert_eq!(listed[0].summary, Some(outcome.summary));
    assert!(!journal.ask_to_stop("mine").await.unwrap(), "no process works on it");
}
