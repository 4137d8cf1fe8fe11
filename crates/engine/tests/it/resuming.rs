//! Runs that are stopped and resumed.

use std::{path::Path, time::Duration};

use longshore_engine::{
    CopyPlan, Journal, Left, RunContext, RunEnd, RunState, UnfinishedRun, plan, resume, run, run_as,
};

use crate::support::{
    Memory,
    images::{blob, context, layer, name, request},
};

const LAYERS: u8 = 6;

/// An image of several layers, a plan to copy it, and a journal.
async fn prepared(folder: &Path) -> (Memory, Memory, CopyPlan, RunContext) {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod").strict_repositories());
    let layers: Vec<Vec<u8>> = (0..LAYERS).map(|n| layer(n, 50_000)).collect();
    let layers: Vec<&[u8]> = layers.iter().map(Vec::as_slice).collect();
    dev.with_image("a", "1", &layers);
    dev.with_image("a", "2", &[&layer(100, 10)]);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "a:1"), ("a:2", "a:2")])).await.unwrap();
    let mut context = context(&source, &sink);
    context.journal = Some(Journal::at(folder.join("data")));
    (dev, prod, plan, context)
}

/// Waits until the stopped run has released the journal.
async fn unfinished(context: &RunContext) -> UnfinishedRun {
    let journal = context.journal.clone().unwrap();
    let wait = async {
        loop {
            if let Some(run) = journal.unfinished().await.unwrap().pop() {
                return run;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.unwrap()
}

fn each_upload_once(registry: &Memory) {
    let mut uploads = registry.uploads();
    let all = uploads.len();
    uploads.sort();
    uploads.dedup();
    assert_eq!(uploads.len(), all, "nothing was uploaded twice");
}

#[tokio::test]
async fn a_run_that_was_killed_goes_on_and_uploads_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (_dev, prod, plan, context) = prepared(folder.path()).await;
    prod.close_gate_after(3);
    let mut running = Box::pin(run(plan, context.clone()));
    // Three uploads are through and the others wait at the gate when the process dies.
    tokio::select! {
        _ = &mut running => panic!("the gate is closed"),
        () = prod.uploads_at_gate(u32::from(LAYERS) + 3) => {}
    }
    drop(running);
    assert_eq!(prod.uploads().len(), 3);
    assert_eq!(prod.tag(&name("a"), "1"), None, "no tag points at something incomplete");

    prod.open_gate();
    let left = unfinished(&context).await;
    assert_eq!((left.left, left.images), (Left::Interrupted, 2));
    let outcome = resume(&left.run, context.clone()).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done);
    assert_eq!(outcome.summary.run, left.run);
    each_upload_once(&prod);
    assert!(prod.tag(&name("a"), "1").is_some() && prod.tag(&name("a"), "2").is_some());
    let journal = context.journal.clone().unwrap();
    assert!(journal.unfinished().await.unwrap().is_empty());
    let listed = journal.list().await.unwrap();
    assert_eq!((listed.len(), listed[0].state, listed[0].finished), (1, RunState::Done, 2));
    assert_eq!(listed[0].summary.as_ref(), Some(&outcome.summary));
    assert!(listed[0].ended >= Some(listed[0].started));
    assert_eq!(resume(&left.run, context).await.unwrap_err().code(), "no-such-run");
    let files: Vec<_> = std::fs::read_dir(folder.path().join("data")).unwrap().collect();
    let locks =
        files.iter().filter(|file| file.as_ref().unwrap().path().extension() == Some("lock".as_ref()));
    assert_eq!(locks.count(), 0, "no lock file is left: {files:?}");
}

#[tokio::test]
async fn a_tag_that_somebody_took_while_the_run_was_stopped_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (_dev, prod, plan, context) = prepared(folder.path()).await;
    prod.close_gate_after(3);
    let mut running = Box::pin(run(plan, context.clone()));
    tokio::select! {
        _ = &mut running => panic!("the gate is closed"),
        () = prod.uploads_at_gate(4) => {}
    }
    drop(running);
    prod.open_gate();
    let theirs = prod.with_image("a", "1", &[&layer(77, 10)]);
    let left = unfinished(&context).await;
    let outcome = resume(&left.run, context).await.unwrap();
    assert_eq!((outcome.summary.conflicts, outcome.summary.copied), (1, 1));
    assert_eq!(prod.tag(&name("a"), "1"), Some(theirs.digest));
}

#[tokio::test]
async fn the_newest_two_hundred_finished_runs_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let (dev, prod, plan, context) = prepared(folder.path()).await;
    run_as("first".into(), plan, context.clone()).await.unwrap();
    for n in 0..200 {
        let tag = format!("a:t{n}");
        let planned =
            longshore_engine::plan(dev.arc(), prod.arc(), &request(&[("a:2", &tag)])).await.unwrap();
        run_as(format!("run-{n}"), planned, context.clone()).await.unwrap();
    }
    let listed = context.journal.unwrap().list().await.unwrap();
    assert_eq!((listed.len(), listed[0].run.as_str()), (200, "run-199"));
    assert!(listed.iter().all(|run| run.run != "first" && run.state == RunState::Done));
}

#[tokio::test]
async fn a_cancelled_run_ends_at_once_and_goes_on_later() {
    let folder = tempfile::tempdir().unwrap();
    let (_dev, prod, plan, mut context) = prepared(folder.path()).await;
    prod.close_gate_after(2);
    let cancel = context.cancel.clone();
    let running = tokio::spawn(run(plan, context.clone()));
    prod.uploads_at_gate(u32::from(LAYERS)).await;
    cancel.cancel();
    let outcome = tokio::time::timeout(Duration::from_secs(1), running).await.unwrap().unwrap().unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Cancelled);
    assert_eq!(prod.uploads().len(), 2);
    assert_eq!(unfinished(&context).await.left, Left::Cancelled);

    prod.open_gate();
    context.cancel = tokio_util::sync::CancellationToken::new();
    let outcome = resume(&outcome.summary.run, context).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done);
    each_upload_once(&prod);
}

#[tokio::test]
async fn a_living_owner_keeps_its_run() {
    let folder = tempfile::tempdir().unwrap();
    let (_dev, prod, plan, context) = prepared(folder.path()).await;
    prod.close_gate_after(0);
    let running = tokio::spawn(run_as("my-run".into(), plan, context.clone()));
    prod.uploads_at_gate(1).await;
    let journal = context.journal.clone().unwrap();
    assert!(journal.unfinished().await.unwrap().is_empty());
    assert_eq!(resume("my-run", context.clone()).await.unwrap_err().code(), "run-owned");
    assert_eq!(journal.forget("my-run").await.unwrap_err().code(), "run-owned");
    prod.open_gate();
    assert_eq!(running.await.unwrap().unwrap().summary.end, RunEnd::Done);
}

#[tokio::test]
async fn only_what_failed_is_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let (dev, prod, plan, context) = prepared(folder.path()).await;
    let bad = blob(&layer(3, 50_000)).digest;
    dev.corrupt(&bad);
    let outcome = run(plan, context.clone()).await.unwrap();
    assert_eq!(
        (outcome.summary.end, outcome.summary.failed, outcome.summary.copied),
        (RunEnd::Incomplete, 1, 1)
    );
    let left = unfinished(&context).await;
    assert_eq!((left.left, left.finished), (Left::Failed, 1));
    dev.mend(&bad);
    let outcome = resume(&left.run, context).await.unwrap();
    assert_eq!((outcome.summary.end, outcome.summary.copied, outcome.summary.skipped), (RunEnd::Done, 1, 1));
    each_upload_once(&prod);
}

#[tokio::test]
async fn what_the_destination_lost_meanwhile_is_uploaded_again() {
    let folder = tempfile::tempdir().unwrap();
    let (dev, prod, plan, context) = prepared(folder.path()).await;
    let (bad, lost) = (blob(&layer(3, 50_000)).digest, blob(&layer(2, 50_000)).digest);
    dev.corrupt(&bad);
    run(plan, context.clone()).await.unwrap();
    assert!(prod.has_blob(&name("a"), &lost));
    prod.remove_blob(&name("a"), &lost);
    dev.mend(&bad);
    let left = unfinished(&context).await;
    let outcome = resume(&left.run, context).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(prod.uploads_of(&lost), 2);
}

#[tokio::test]
async fn a_run_with_nothing_to_do_opens_no_journal() {
    let folder = tempfile::tempdir().unwrap();
    let (dev, prod, plan, context) = prepared(folder.path()).await;
    let mut without = context.clone();
    without.journal = None;
    run(plan, without).await.unwrap();
    let again = longshore_engine::plan(dev.arc(), prod.arc(), &request(&[("a:1", "a:1")])).await.unwrap();
    assert!(again.is_empty());
    run(again, context.clone()).await.unwrap();
    assert!(!folder.path().join("data").exists());
    assert!(context.journal.unwrap().unfinished().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_journal_that_cannot_be_written_stops_the_run_before_anything_moves() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data"), "a file where the directory should be").unwrap();
    let (_dev, prod, plan, context) = prepared(folder.path()).await;
    let outcome = run(plan, context).await.unwrap();
    assert_eq!(outcome.summary.failed, 2);
    let error = outcome.images[0].error.clone().unwrap();
    assert_eq!((error.code.as_str(), error.side), ("journal", longshore_engine::Side::ThisMachine));
    assert!(prod.uploads().is_empty() && prod.puts().is_empty());
}

#[tokio::test]
async fn a_forgotten_run_is_gone_and_odd_ids_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (dev, _prod, plan, context) = prepared(folder.path()).await;
    dev.corrupt(&blob(&layer(3, 50_000)).digest);
    run(plan, context.clone()).await.unwrap();
    let left = unfinished(&context).await;
    let journal = context.journal.clone().unwrap();
    assert_eq!(journal.plan(&left.run).await.unwrap().images.len(), 2);
    journal.forget(&left.run).await.unwrap();
    assert!(journal.unfinished().await.unwrap().is_empty());
    for odd in ["../x", "", "a/b"] {
        assert_eq!(resume(odd, context.clone()).await.unwrap_err().code(), "no-such-run");
    }
}

#[tokio::test]
async fn a_journal_that_breaks_midway_does_not_stop_the_copy_and_the_outcome_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (_dev, prod, plan, context) = prepared(folder.path()).await;
    prod.close_gate_after(1);
    let running = tokio::spawn(run(plan, context.clone()));
    prod.uploads_at_gate(2).await;
    let database = rusqlite::Connection::open(folder.path().join("data/journal.db")).unwrap();
    database.execute_batch("DROP TABLE blobs").unwrap();
    prod.open_gate();
    let outcome = running.await.unwrap().unwrap();
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Done, 2));
    assert_eq!(outcome.journal.unwrap().code, "journal");
}

#[tokio::test]
async fn a_journal_of_the_first_form_is_brought_to_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let (_dev, _prod, plan, context) = prepared(folder.path()).await;
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let database = rusqlite::Connection::open(folder.path().join("data/journal.db")).unwrap();
    let first_form = "
        CREATE TABLE runs (run TEXT PRIMARY KEY, started TEXT NOT NULL, source TEXT NOT NULL,
            destination TEXT NOT NULL, images INTEGER NOT NULL, state TEXT NOT NULL, plan TEXT NOT NULL);
        CREATE TABLE blobs (run TEXT NOT NULL REFERENCES runs ON DELETE CASCADE, repository TEXT, digest TEXT);
        CREATE TABLE manifests (run TEXT NOT NULL REFERENCES runs ON DELETE CASCADE, repository TEXT, digest TEXT);
        CREATE TABLE images (run TEXT NOT NULL REFERENCES runs ON DELETE CASCADE, image INTEGER NOT NULL);
        INSERT INTO runs VALUES ('old', '2026-01-01T00:00:00Z', 'dev', 'prod', 1, 'running', '{}');
        INSERT INTO images VALUES ('old', 0);
        PRAGMA user_version = 1;";
    database.execute_batch(first_form).unwrap();
    drop(database);
    assert!(context.journal.clone().unwrap().list().await.unwrap().is_empty());
    assert_eq!(run(plan, context.clone()).await.unwrap().summary.end, RunEnd::Done);
    assert_eq!(context.journal.unwrap().list().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_journal_is_set_aside_once_by_many_who_find_it() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let (dev, prod, _, mut context) = prepared(folder.path()).await;
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join("journal.db"), "no database at all, but long enough".repeat(200)).unwrap();
        let (source, sink) = (dev.arc(), prod.arc());
        let mut runs = Vec::new();
        for tag in 0..8 {
            let to = format!("to-{tag}:1");
            let plan = plan(source.clone(), sink.clone(), &request(&[("a:2", to.as_str())])).await.unwrap();
            context.journal = Some(Journal::at(&data));
            runs.push(tokio::spawn(run(plan, context.clone())));
        }
        for run in runs {
            assert_eq!(run.await.unwrap().unwrap().summary.end, RunEnd::Done);
        }
        let kept = Journal::at(&data).list().await.unwrap();
        assert_eq!(kept.len(), 8, "what each of them wrote is there");
    }
}

#[tokio::test]
async fn a_damaged_journal_is_set_aside_and_one_of_a_newer_longshore_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let (_dev, _prod, plan, context) = prepared(folder.path()).await;
    let (data, journal) = (folder.path().join("data"), context.journal.clone().unwrap());
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("journal.db"), "no database at all, but long enough to be one".repeat(100))
        .unwrap();
    assert!(journal.list().await.unwrap().is_empty());
    assert!(data.join("journal.damaged").exists());
    assert_eq!(run(plan.clone(), context.clone()).await.unwrap().summary.end, RunEnd::Done);
    let database = rusqlite::Connection::open(data.join("journal.db")).unwrap();
    database.execute_batch("PRAGMA user_version = 99").unwrap();
    let error = journal.list().await.unwrap_err();
    assert_eq!(error.code(), "journal");
    assert!(error.to_string().contains("newer Longshore"), "{error}");
}
