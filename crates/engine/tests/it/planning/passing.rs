//! Failures that pass while a plan is made.

use longshore_engine::{Action, CopyRequest, Journal, RunEnd, plan, resume, run};

use crate::support::{
    Memory,
    images::{context, layer, name, request},
};

/// Images `0` to `9` of `a`, to `b`; the manifest of number 4 cannot be read for so many times.
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
    assert!(plan.images[4].explanation.contains("was not looked at"), "{}", plan.images[4].explanation);
    assert_eq!((plan.totals.copy, plan.totals.unavailable), (9, 1));

    let mut context = context(&source, &sink);
    context.journal = Some(Journal::at(folder.path().join("data")));
    let outcome = run(plan, context.clone()).await.unwrap();
    assert_eq!((outcome.summary.end, outcome.summary.copied), (RunEnd::Incomplete, 9));
    assert_eq!(outcome.images[4].error.as_ref().unwrap().code, "not-looked-at");
    assert_eq!(prod.tag(&name("b"), "4"), None);

    let id = outcome.summary.run.clone();
    // It cannot be read yet: what can be done stays done.
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
