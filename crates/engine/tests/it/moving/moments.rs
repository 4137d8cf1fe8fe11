//! Fixed moments at which a run stops, and the journal's content then.

use std::time::Duration;

use longshore_engine::{How, Journal, Kind, RunContext, RunEnd, RunOutcome, plan, resume, run};
use longshore_names::Digest;
use longshore_registry::Manifest;
use tokio_util::sync::CancellationToken;

use crate::support::{
    Memory,
    images::{blob, context, index_of, layer, name, request},
};

const PATIENCE: Duration = Duration::from_secs(20);

struct Stopped {
    prod: Memory,
    context: RunContext,
    run: String,
    child: Digest,
    _folder: tempfile::TempDir,
}

/// An index with one child is copied and stopped when the manifest that `at` chooses is about to be put.
async fn stopped_before(at: impl Fn(&Manifest, &Manifest) -> Digest) -> Stopped {
    let folder = tempfile::tempdir().unwrap();
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let child = dev.with_image("a", "amd", &[&layer(1, 1_000)]);
    let index = index_of(&[&child]);
    dev.add_manifest(&name("a"), &index, Some("1"));
    let held = at(&child, &index);
    prod.hold(&held);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "b:1")])).await.unwrap();
    let mut context = context(&source, &sink);
    context.journal = Some(Journal::at(folder.path().join("data")));
    let running = tokio::spawn(run(plan, context.clone()));
    tokio::time::timeout(PATIENCE, prod.arrived(&held)).await.unwrap();
    context.cancel.cancel();
    let outcome = tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap().unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Cancelled);
    prod.release(&held);
    let context = RunContext { cancel: CancellationToken::new(), ..context };
    Stopped { prod, context, run: outcome.summary.run, child: child.digest, _folder: folder }
}

impl Stopped {
    async fn goes_on(&self) -> RunOutcome {
        let resumed = resume(&self.run, self.context.clone());
        let outcome = tokio::time::timeout(PATIENCE, resumed).await.unwrap().unwrap();
        assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
        assert!(self.prod.tag(&name("b"), "1").is_some());
        outcome
    }
}

#[tokio::test]
async fn a_child_whose_put_was_under_way_is_put_by_the_run_that_goes_on() {
    let stopped = stopped_before(|child, _| child.digest.clone()).await;
    assert_eq!(stopped.prod.puts_of(&stopped.child), 0);
    stopped.goes_on().await;
    assert_eq!(stopped.prod.puts_of(&stopped.child), 1);
    assert_eq!(stopped.prod.lacking(), 0, "the index did not come before its child");
}

#[tokio::test]
async fn a_child_that_was_put_is_in_the_journal_and_is_not_put_again() {
    let stopped = stopped_before(|_, index| index.digest.clone()).await;
    assert_eq!(stopped.prod.puts_of(&stopped.child), 1);
    stopped.goes_on().await;
    assert_eq!((stopped.prod.puts_of(&stopped.child), stopped.prod.lacking()), (1, 0));
}

#[tokio::test]
async fn the_proof_says_asked_for_what_was_only_asked_for() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let (there, new) = (layer(1, 1_000), layer(2, 1_000));
    dev.with_image("a", "1", &[&there, &new]);
    prod.with_image("b", "old", &[&there]);
    let (source, sink) = (dev.arc(), prod.arc());
    for (round, tag) in [(0, How::Acknowledged), (1, How::Asked)] {
        let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "b:1")])).await.unwrap();
        let outcome = run(plan, context(&source, &sink)).await.unwrap();
        let proof = &outcome.images[0].proof;
        let how = |kind, digest: &Digest| {
            proof.iter().find(|entry| entry.kind == kind && entry.digest == *digest).map(|entry| entry.how)
        };
        let root = outcome.images[0].digest.clone().unwrap();
        assert_eq!((how(Kind::Tag, &root), how(Kind::Manifest, &root)), (Some(tag), Some(tag)), "{round}");
        if round == 0 {
            assert_eq!(how(Kind::Blob, &blob(&there).digest), Some(How::Asked));
            assert_eq!(how(Kind::Blob, &blob(&new).digest), Some(How::Acknowledged));
        }
    }
}
