//! Transient failures while a plan is made.

use std::time::Duration;

use longshore_engine::{
    Action, CopyPlan, CopyRequest, ImageEnd, Journal, OnConflict, PlannedWrite, RunContext, RunEnd,
    RunOutcome, plan, resume, run,
};
use tempfile::TempDir;

use crate::support::{
    Memory,
    images::{context, layer, name, request},
};

/// Images `0` to `9` of `a`, to `b`; the manifest of number 4 cannot be read this many times.
fn source(times: u32) -> (Memory, CopyRequest) {
    let dev = Memory::new("dev");
    let mut pairs = Vec::new();
    for n in 0..10_u8 {
        let image = dev.with_image("a", &n.to_string(), &[&layer(n, 100)]);
        if n == 4 {
            dev.unreadable(&image.digest, times);
        }
        pairs.push((format!("a:{n}"), format!("b:{n}")));
    }
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    (dev, request(&pairs))
}

#[tokio::test]
async fn one_passing_error_does_not_end_a_plan_and_the_run_goes_on_with_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let (dev, request) = source(2);
    let prod = Memory::new("prod");
    let (source, sink) = (dev.arc(), prod.arc());
    let plan = plan(source.clone(), sink.clone(), &request).await.unwrap();
    let Action::Unavailable { failure } = &plan.images[4].action else { panic!("{:?}", plan.images[4]) };
    assert_eq!(failure.code, "not-looked-at");
    assert!(plan.images[4].explanation.contains("could not be read"), "{}", plan.images[4].explanation);
    assert_eq!((plan.totals.copy, plan.totals.unavailable), (9, 1));

    let mut context = context(&source, &sink);
    context.journal = Some(Journal::at(folder.path().join("data")));
    let outcome = run(plan, context.clone()).await.unwrap();
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Incomplete, 9));
    assert_eq!(outcome.images[4].error.as_ref().unwrap().code, "not-looked-at");
    assert_eq!(prod.tag(&name("b"), "4"), None);

    let id = outcome.summary.run.clone();
    // It still cannot be read, and finished work stays done.
    assert!(resume(&id, context.clone()).await.is_err());
    let outcome = resume(&id, context).await.unwrap();
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Done, 1), "{:?}", outcome.images);
    assert!(prod.tag(&name("b"), "4").is_some());
    assert_eq!(prod.puts().len(), 10, "each once");
}

#[tokio::test]
async fn a_plan_of_which_nothing_could_be_looked_at_is_an_error() {
    let dev = Memory::new("dev");
    let image = dev.with_image("a", "0", &[&layer(1, 100)]);
    dev.unreadable(&image.digest, 100);
    let error = plan(dev.arc(), Memory::new("prod").arc(), &request(&[("a:0", "b:0")])).await.unwrap_err();
    assert_eq!(error.code(), "server");
}

/// Image `x:1`, which cannot be read this many times, and `a:1`.
fn two(times: u32) -> Memory {
    let dev = Memory::new("dev");
    dev.with_image("a", "1", &[&layer(1, 100)]);
    let image = dev.with_image("x", "1", &[&layer(2, 100)]);
    dev.unreadable(&image.digest, times);
    dev
}

/// A run of a plan, and the context to resume it with.
async fn begun(dev: &Memory, prod: &Memory, plan: CopyPlan) -> (RunOutcome, RunContext, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut context = context(&dev.arc(), &prod.arc());
    context.journal = Some(Journal::at(folder.path().join("data")));
    (run(plan, context.clone()).await.unwrap(), context, folder)
}

#[tokio::test]
async fn a_run_goes_on_with_images_of_a_new_repository_that_could_not_be_looked_at() {
    let (dev, prod) = (two(1), Memory::new("prod").strict_repositories());
    let request = request(&[("a:1", "a:1"), ("x:1", "b:1")]);
    let plan = plan(dev.arc(), prod.arc(), &request).await.unwrap();
    assert!(matches!(plan.images[1].action, Action::Unavailable { .. }));
    assert_eq!(plan.create_repositories, [name("a"), name("b")], "the person agrees to it");
    assert!(plan.writes().contains(&PlannedWrite::Repository(name("b"))));
    let (outcome, context, _folder) = begun(&dev, &prod, plan).await;
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Incomplete, 1));
    assert!(prod.all_tags(&name("b")).is_empty());
    let outcome = resume(&outcome.summary.run, context).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert!(prod.tag(&name("b"), "1").is_some());
    assert_eq!((outcome.planned.copy, outcome.planned.unavailable), (2, 0), "the sums are of all");
}

#[tokio::test]
async fn a_repository_that_the_plan_did_not_know_is_not_said_to_have_been_deleted() {
    let (dev, prod) = (two(1), Memory::new("prod").strict_repositories());
    let request = request(&[("a:1", "a:1"), ("x:1", "b:1")]);
    let mut plan = plan(dev.arc(), prod.arc(), &request).await.unwrap();
    // As if the destination could not be asked either.
    plan.create_repositories.retain(|name| name.as_str() != "b");
    let (outcome, context, _folder) = begun(&dev, &prod, plan).await;
    for _ in 0..2 {
        let outcome = resume(&outcome.summary.run, context.clone()).await.unwrap();
        let error = outcome.images[1].error.as_ref().unwrap();
        assert_eq!((outcome.images[1].end, error.code.as_str()), (ImageEnd::Failed, "creation-not-planned"));
        assert!(error.hint.contains("Plan the copy again"), "{error:?}");
        assert!(prod.all_tags(&name("b")).is_empty());
    }
    prod.create(&name("b"));
    let outcome = resume(&outcome.summary.run, context).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "it exists now: {:?}", outcome.images);
}

#[tokio::test]
async fn a_name_that_another_image_of_the_plan_has_is_not_taken_away_when_the_run_goes_on() {
    let (dev, prod) = (two(1), Memory::new("prod"));
    let mut request = request(&[("a:1", "b:1"), ("x:1", "b:1")]);
    request.on_conflict = OnConflict::Overwrite;
    let plan = plan(dev.arc(), prod.arc(), &request).await.unwrap();
    let first = plan.images[0].digest.clone();
    let (outcome, context, _folder) = begun(&dev, &prod, plan).await;
    assert_eq!(prod.tag(&name("b"), "1"), first);
    let outcome = resume(&outcome.summary.run, context).await.unwrap();
    assert_eq!(outcome.images[1].end, ImageEnd::Conflict, "{:?}", outcome.images);
    assert_eq!(prod.tag(&name("b"), "1"), first);
}

#[tokio::test]
async fn an_image_that_could_not_be_looked_at_is_copied_as_it_was_chosen() {
    let (dev, prod) = (two(1), Memory::new("prod"));
    let mut request = request(&[("a:1", "a:1"), ("x:1", "b:1")]);
    let chosen = dev.tag(&name("x"), "1");
    request.items[1].digest.clone_from(&chosen);
    let plan = plan(dev.arc(), prod.arc(), &request).await.unwrap();
    let (outcome, context, _folder) = begun(&dev, &prod, plan).await;
    dev.with_image("x", "1", &[&layer(7, 100)]);
    let outcome = resume(&outcome.summary.run, context).await.unwrap();
    assert_eq!(outcome.summary.end, RunEnd::Done, "{:?}", outcome.images);
    assert_eq!(prod.tag(&name("b"), "1"), chosen);
}

#[tokio::test]
async fn a_run_that_looks_at_the_rest_can_be_stopped() {
    let (dev, prod) = (two(1), Memory::new("prod"));
    let plan = plan(dev.arc(), prod.arc(), &request(&[("a:1", "a:1"), ("x:1", "b:1")])).await.unwrap();
    let (outcome, context, _folder) = begun(&dev, &prod, plan).await;
    let slow = dev.tag(&name("x"), "1").unwrap();
    dev.stall(&slow);
    let run = outcome.summary.run;
    let stop = async {
        dev.stalls(&slow).await;
        context.cancel.cancel();
    };
    let resumed = tokio::time::timeout(Duration::from_secs(10), resume(&run, context.clone()));
    let (outcome, ()) = tokio::join!(resumed, stop);
    let outcome = outcome.expect("it is stopped");
    assert_eq!(outcome.unwrap().summary.end, RunEnd::Cancelled);
    let listed = context.journal.unwrap().list().await.unwrap();
    assert!(listed[0].state.can_go_on(), "{listed:?}");
}
