//! Mistakes of registries, and their consequences.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use longshore_engine::{
    EngineError, Event, How, ImageEnd, Journal, Kind, RunContext, RunEnd, RunOutcome, Side, plan, resume, run,
};
use longshore_registry::Sink;
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::support::{
    Memory,
    images::{blob, context, image_of, layer, name, request},
};

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn wrong_bytes_are_read_once_more_and_only_once() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let (once, always) = (layer(1, 100_000), layer(2, 100_000));
    dev.with_image("a", "1", &[&once]);
    dev.with_image("a", "2", &[&always]);
    dev.corrupt_once(&blob(&once).digest);
    dev.corrupt(&blob(&always).digest);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "a:1"), ("a:2", "a:2")])).await.unwrap();
    let outcome = run(plan, context(&source, &sink)).await.unwrap();
    assert_eq!((outcome.summary.copied, outcome.summary.failed), (1, 1));
    assert_eq!(
        (dev.opened(&blob(&once).digest), dev.opened(&blob(&always).digest)),
        (vec![0, 0], vec![0, 0])
    );
    let error = outcome.images[1].error.clone().unwrap();
    assert_eq!((error.code.as_str(), error.side), ("digest-mismatch", Side::Source));
    assert!(error.message.contains("dev"), "{}", error.message);
    assert!(!prod.has_blob(&name("a"), &blob(&always).digest));
}

#[tokio::test]
async fn a_repository_that_the_run_made_and_somebody_deleted_is_made_again() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod").strict_repositories());
    let (first, second) = (layer(1, 60_000), layer(2, 100));
    dev.with_image("a", "1", &[&first, &second]);
    prod.hold(&blob(&second).digest);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "b:1")])).await.unwrap();
    let running = tokio::spawn(run(plan, context(&source, &sink)));
    tokio::time::timeout(Duration::from_secs(10), prod.uploaded(2)).await.unwrap();
    prod.remove_repository(&name("b"));
    prod.release(&blob(&second).digest);
    let outcome = running.await.unwrap().unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert!(prod.tag(&name("b"), "1").is_some() && prod.has_blob(&name("b"), &blob(&first).digest));
    assert_eq!(prod.uploads_of(&blob(&first).digest), 2, "what was lost with it was uploaded again");
}

#[tokio::test]
async fn a_repository_that_was_there_and_was_deleted_is_an_error_of_its_images() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod").strict_repositories());
    let (first, second) = (layer(1, 60_000), layer(2, 100));
    dev.with_image("a", "1", &[&first, &second]);
    dev.with_image("a", "2", &[&layer(3, 100)]);
    prod.create(&name("b"));
    prod.hold(&blob(&second).digest);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "b:1"), ("a:2", "c:2")])).await.unwrap();
    let running = tokio::spawn(run(plan, context(&source, &sink)));
    tokio::time::timeout(Duration::from_secs(10), prod.uploaded(4)).await.unwrap();
    prod.remove_repository(&name("b"));
    prod.release(&blob(&second).digest);
    let outcome = running.await.unwrap().unwrap();
    assert_eq!((outcome.summary.failed, outcome.summary.copied), (1, 1));
    let error = outcome.images[0].error.clone().unwrap();
    assert_eq!((error.code.as_str(), error.side), ("changed-elsewhere", Side::Destination));
    assert!(sink.exists_many(&name("b"), &[]).await.is_err(), "it was not created again silently");
}

/// A copy of two images into one repository: the first is finished and the second under way, with
/// its layer held.
struct BetweenTwo {
    prod: Memory,
    context: RunContext,
    /// Notified for each image that is finished.
    finished: Arc<Notify>,
    running: JoinHandle<Result<RunOutcome, EngineError>>,
}

impl BetweenTwo {
    /// The second image also has the layer of the first when it `shares`.
    async fn new(there_before: bool, shares: bool, journal: Option<Journal>) -> Self {
        let (dev, prod) = (Memory::new("dev"), Memory::new("prod").strict_repositories());
        let (first, second) = (layer(1, 60_000), layer(2, 100));
        dev.with_image("a", "1", &[&first]);
        let layers: &[&[u8]] = if shares { &[&first, &second] } else { &[&second] };
        dev.with_image("a", "2", layers);
        if there_before {
            prod.create(&name("b"));
        }
        prod.hold(&blob(&second).digest);
        let (source, sink) = (dev.arc(), prod.arc());
        let pairs = [("a:1", "b:1"), ("a:2", "b:2")];
        let plan = plan(source.clone(), sink.clone(), &request(&pairs)).await.unwrap();
        let finished = Arc::new(Notify::new());
        let mut context = context(&source, &sink);
        context.journal = journal;
        let tell = finished.clone();
        context.reporter = Arc::new(move |event: Event| {
            if matches!(event, Event::Finished { .. }) {
                tell.notify_one();
            }
        });
        let running = tokio::spawn(run(plan, context.clone()));
        tokio::time::timeout(PATIENCE, finished.notified()).await.unwrap();
        Self { prod, context, finished, running }
    }

    async fn end(self) -> RunOutcome {
        tokio::time::timeout(PATIENCE, self.running).await.unwrap().unwrap().unwrap()
    }
}

/// The repository is deleted between the two.
async fn deleted_between_two(there_before: bool) -> (Memory, RunOutcome) {
    let run = BetweenTwo::new(there_before, false, None).await;
    let prod = run.prod.clone();
    prod.remove_repository(&name("b"));
    prod.release(&blob(&layer(2, 100)).digest);
    (prod, run.end().await)
}

#[tokio::test]
async fn a_tag_that_somebody_put_in_place_of_what_was_lost_stays_theirs() {
    let run = BetweenTwo::new(false, true, None).await;
    let prod = run.prod.clone();
    prod.remove_repository(&name("b"));
    let theirs = prod.with_image("b", "1", &[b"theirs"]);
    prod.release(&blob(&layer(2, 100)).digest);
    let outcome = run.end().await;
    // The image that was put under the tag is missing: that is no success.
    assert_eq!(outcome.summary.end, RunEnd::Incomplete, "{:?}", outcome.images);
    let code = outcome.images[0].error.as_ref().map(|error| error.code.as_str());
    assert_eq!(code, Some("tag-moved"));
    assert_eq!(prod.tag(&name("b"), "1"), Some(theirs.digest));
    assert!(
        prod.tag(&name("b"), "2").is_some() && prod.has_blob(&name("b"), &blob(&layer(1, 60_000)).digest)
    );
}

#[tokio::test]
async fn a_run_that_is_stopped_while_it_brings_back_what_was_lost_goes_on_with_that() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::at(folder.path().join("data"));
    let run = BetweenTwo::new(false, false, Some(journal)).await;
    let (prod, context) = (run.prod.clone(), run.context.clone());
    let first = blob(&layer(1, 60_000)).digest;
    prod.remove_repository(&name("b"));
    prod.hold(&first);
    prod.release(&blob(&layer(2, 100)).digest);
    // The second image is over: only the layer of the first still has to be uploaded again, and it
    // is held.
    tokio::time::timeout(PATIENCE, run.finished.notified()).await.unwrap();
    context.cancel.cancel();
    let outcome = run.end().await;
    assert_eq!(outcome.summary.end, RunEnd::Cancelled, "{:?}", outcome.images);

    prod.release(&first);
    let context = RunContext { cancel: CancellationToken::new(), ..context };
    let outcome = resume(&outcome.summary.run, context).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert!(prod.tag(&name("b"), "1").is_some() && prod.tag(&name("b"), "2").is_some());
    assert!(prod.has_blob(&name("b"), &first) && prod.has_blob(&name("b"), &blob(&layer(2, 100)).digest));
}

#[tokio::test]
async fn what_was_finished_in_a_repository_that_somebody_deleted_is_brought_again() {
    let (prod, outcome) = deleted_between_two(false).await;
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Done, 2), "{:?}", outcome.images);
    assert!(prod.tag(&name("b"), "1").is_some() && prod.tag(&name("b"), "2").is_some());
    let (first, second) = (blob(&layer(1, 60_000)).digest, blob(&layer(2, 100)).digest);
    assert!(prod.has_blob(&name("b"), &first) && prod.has_blob(&name("b"), &second));
}

/// Nothing was refused: the repository came back before anything more was written.
#[tokio::test]
async fn what_was_finished_in_a_repository_that_came_back_empty_is_brought_again() {
    let run = BetweenTwo::new(true, false, None).await;
    let prod = run.prod.clone();
    let second = blob(&layer(2, 100)).digest;
    prod.empty_but_for(&name("b"), &image_of("2", &[]).1[0].0.digest);
    prod.release(&second);
    let outcome = run.end().await;
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Done, 2), "{:?}", outcome.images);
    assert!(prod.tag(&name("b"), "1").is_some() && prod.tag(&name("b"), "2").is_some());
    assert!(prod.has_blob(&name("b"), &blob(&layer(1, 60_000)).digest) && prod.has_blob(&name("b"), &second));
    let put_again =
        prod.puts().iter().filter(|(_, tag)| tag.as_ref().is_some_and(|tag| tag.as_str() == "1")).count();
    assert_eq!(put_again, 2);
}

/// Copies three images. When the last one is finished, calls `then` with the order in which they
/// finished.
async fn three_finished(
    prod: &Memory,
    then: impl Fn(&Memory, &[usize]) + Send + Sync + 'static,
) -> RunOutcome {
    let dev = Memory::new("dev");
    for n in 0..3 {
        dev.with_image("a", &n.to_string(), &[&layer(n, 1_000)]);
    }
    let (source, sink) = (dev.arc(), prod.arc());
    let pairs = [("a:0", "b:0"), ("a:1", "b:1"), ("a:2", "b:2")];
    let plan = plan(source.clone(), sink.clone(), &request(&pairs)).await.unwrap();
    let mut context = context(&source, &sink);
    let (finished, registry) = (Mutex::new(Vec::new()), prod.clone());
    context.reporter = Arc::new(move |event: Event| {
        if let Event::Finished { image } = event {
            let mut finished = finished.lock().unwrap();
            finished.push(image);
            if finished.len() == 3 {
                then(&registry, &finished);
            }
        }
    });
    tokio::time::timeout(PATIENCE, run(plan, context)).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_repository_that_goes_when_everything_is_finished_is_made_and_filled_again() {
    let prod = Memory::new("prod").strict_repositories();
    let outcome = three_finished(&prod, |prod, _| prod.remove_repository(&name("b"))).await;
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Done, 3), "{:?}", outcome.images);
    for n in 0..3 {
        assert!(prod.tag(&name("b"), &n.to_string()).is_some());
        assert!(prod.has_blob(&name("b"), &blob(&layer(n, 1_000)).digest));
    }
}

/// The first and the last of three images are deleted. The repository stays: it has the layers of
/// the first, and everything that was put before the last.
#[tokio::test]
async fn a_tag_that_somebody_deletes_during_the_run_stays_deleted_is_no_success_and_no_layer_moves() {
    let prod = Memory::new("prod");
    let order = Arc::new(Mutex::new(Vec::new()));
    let told = order.clone();
    let outcome = three_finished(&prod, move |prod, finished| {
        prod.remove_tag(&name("b"), &finished[0].to_string());
        prod.remove_tag(&name("b"), &finished[2].to_string());
        told.lock().unwrap().extend_from_slice(finished);
    })
    .await;
    let order = order.lock().unwrap();
    assert_eq!((outcome.summary.end, outcome.summary.failed), (RunEnd::Incomplete, 2));
    for place in [order[0], order[2]] {
        assert_eq!(outcome.images[place].error.as_ref().unwrap().code, "not-kept");
    }
    let is_there = |place: usize| prod.tag(&name("b"), &order[place].to_string()).is_some();
    assert_eq!([0, 1, 2].map(is_there), [false, true, false]);
    assert_eq!(prod.uploads().len(), 6, "three configurations and three layers, once");
}

#[tokio::test]
async fn a_tag_that_somebody_deletes_during_the_run_stays_deleted_when_it_is_the_only_one() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    dev.with_image("a", "1", &[&layer(1, 1_000)]);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "b:1")])).await.unwrap();
    let (mut context, registry) = (context(&source, &sink), prod.clone());
    context.reporter = Arc::new(move |event: Event| {
        if matches!(event, Event::Finished { .. }) {
            registry.remove_tag(&name("b"), "1");
        }
    });
    let outcome = run(plan, context).await.unwrap();
    assert_eq!(outcome.images[0].error.as_ref().unwrap().code, "not-kept", "{outcome:?}");
    assert_eq!(prod.tag(&name("b"), "1"), None);
}

/// The process dies when the first of two images is finished; then `happens` is called, and the run
/// is resumed.
async fn killed_between_two(happens: impl Fn(&Memory)) -> (Memory, RunOutcome) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::at(folder.path().join("data"));
    let BetweenTwo { prod, context, running, .. } = BetweenTwo::new(true, false, Some(journal.clone())).await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    let wait = async {
        loop {
            if let Some(run) = journal.unfinished().await.unwrap().pop() {
                return run.run;
            }
            tokio::task::yield_now().await;
        }
    };
    let run = tokio::time::timeout(PATIENCE, wait).await.unwrap();
    happens(&prod);
    prod.release(&blob(&layer(2, 100)).digest);
    let outcome = tokio::time::timeout(PATIENCE, resume(&run, context)).await.unwrap().unwrap();
    (prod, outcome)
}

#[tokio::test]
async fn what_was_finished_before_a_kill_is_asked_for_by_the_run_that_goes_on() {
    let (_, outcome) = killed_between_two(|_| {}).await;
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(outcome.images[0].end, ImageEnd::Skipped);
    let kinds: Vec<_> = outcome.images[0].proof.iter().map(|proof| (proof.kind, proof.how)).collect();
    assert_eq!(kinds, [(Kind::Manifest, How::Asked), (Kind::Tag, How::Asked)]);
}

#[tokio::test]
async fn what_was_finished_before_a_kill_and_is_not_there_is_no_success_of_the_run_that_goes_on() {
    let (prod, outcome) = killed_between_two(|prod| assert!(prod.remove_tag(&name("b"), "1"))).await;
    assert_eq!(outcome.summary.end, RunEnd::Incomplete, "{:?}", outcome.images);
    assert_eq!(outcome.images[0].error.as_ref().unwrap().code, "not-kept");
    assert!(outcome.images[0].proof.is_empty(), "{:?}", outcome.images[0].proof);
    assert_eq!(prod.tag(&name("b"), "1"), None);
    let (prod, outcome) = killed_between_two(|prod| drop(prod.with_image("b", "1", &[b"theirs"]))).await;
    assert_eq!(outcome.images[0].error.as_ref().unwrap().code, "tag-moved");
    assert!(prod.tag(&name("b"), "1").is_some());
}

#[tokio::test]
async fn what_was_finished_in_a_repository_that_stays_deleted_is_not_done() {
    let (_, outcome) = deleted_between_two(true).await;
    assert_eq!(
        (outcome.summary.end, outcome.summary.failed),
        (RunEnd::Incomplete, 2),
        "{:?}",
        outcome.images
    );
    for image in &outcome.images {
        assert_eq!(image.error.as_ref().unwrap().code, "changed-elsewhere");
    }
}

/// The repository is deleted between plan and run, and again before the run is resumed.
#[tokio::test]
async fn a_repository_that_was_deleted_after_the_plan_is_not_created_by_the_run_or_by_going_on_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod").strict_repositories());
    for (repository, tag) in [("a", "1"), ("a", "2"), ("x", "1")] {
        dev.with_image(repository, tag, &[&layer(1, 1_000)]);
    }
    prod.create(&name("b"));
    let (source, sink) = (dev.arc(), prod.arc());
    let pairs = [("a:1", "b:1"), ("a:2", "b:2"), ("x:1", "new:1")];
    let plan = plan(source.clone(), sink.clone(), &request(&pairs)).await.unwrap();
    assert_eq!(plan.create_repositories, [name("new")]);
    prod.remove_repository(&name("b"));
    let mut context = context(&source, &sink);
    context.journal = Some(Journal::at(folder.path().join("data")));
    let outcome = run(plan, context.clone()).await.unwrap();
    let again = resume(&outcome.summary.run, context).await.unwrap();
    for outcome in [outcome, again] {
        let ends: Vec<_> = outcome
            .images
            .iter()
            .map(|image| image.error.as_ref().map(|error| error.code.as_str()))
            .collect();
        assert_eq!(
            ends,
            [Some("changed-elsewhere"), Some("changed-elsewhere"), None],
            "{:?}",
            outcome.images
        );
        assert!(sink.exists_many(&name("b"), &[]).await.is_err(), "it was not created");
    }
    assert!(prod.tag(&name("new"), "1").is_some(), "what the plan creates is created");
}

#[tokio::test]
async fn the_end_of_a_run_asks_for_what_it_did_not_bring_and_brings_what_is_gone() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let there = layer(1, 5_000);
    prod.with_image("b", "old", &[&there]);
    dev.with_image("a", "1", &[&there, &layer(2, 10)]);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "b:1")])).await.unwrap();
    let digest = blob(&there).digest;
    let (gone, registry, lost) = (Arc::new(AtomicBool::new(false)), prod.clone(), digest.clone());
    let mut context = context(&source, &sink);
    let happened = gone.clone();
    context.reporter = Arc::new(move |event: Event| {
        if matches!(event, Event::Finished { .. }) {
            registry.remove_blob(&name("b"), &lost);
            happened.store(true, Ordering::Relaxed);
        }
    });
    let outcome = run(plan, context).await.unwrap();
    assert!(gone.load(Ordering::Relaxed));
    assert_eq!(outcome.summary.end, RunEnd::Done);
    assert!(prod.has_blob(&name("b"), &digest), "it is there again");
    let proof = outcome.images[0].proof.iter().find(|proof| proof.digest == digest).unwrap();
    assert_eq!((proof.kind, proof.how), (Kind::Blob, How::Acknowledged));
}

#[tokio::test]
async fn one_burst_of_503_while_an_image_is_mended_does_not_fail_it() {
    let (dev, prod) = (Memory::new("dev"), Memory::new("prod"));
    let layers: Vec<Vec<u8>> = (0..8).map(|n| layer(n, 1_000)).collect();
    let layers: Vec<&[u8]> = layers.iter().map(Vec::as_slice).collect();
    dev.with_image("a", "1", &layers);
    prod.with_image("b", "old", &layers[1..]);
    prod.lie_about(&blob(layers[0]).digest);
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request(&[("a:1", "b:1")])).await.unwrap();
    layers.iter().for_each(|layer| prod.busy(&blob(layer).digest));
    let outcome = run(plan, context(&source, &sink)).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert!(prod.lacking() > 0 && prod.has_blob(&name("b"), &blob(layers[0]).digest));
}
