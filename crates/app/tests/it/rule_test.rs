//! A rule is tested with an image of its own, of which nothing remains.

use longshore_app::{
    App,
    api::{PlanRequest, RunState, RunView},
};

use crate::{
    steps::{begin, ended, make, names, plan, put_rule, rule},
    support::{DEV, PROD, close, registry, with_sandbox},
};

const WEST: &str = "us-west-2";

async fn tested(app: &App) -> (Vec<String>, RunView) {
    let dev = registry(DEV, WEST);
    let rule = app.replication(dev.clone()).await.unwrap().rules.pop().unwrap().id;
    let planned = plan(app, PlanRequest::TestRule { registry: dev, rule }).await;
    let steps = planned.steps.iter().map(|step| step.text.clone()).collect();
    let run = begin(app, &planned).await.unwrap();
    (steps, ended(app, &run).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_works_is_said_to_work_and_nothing_remains() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod) = (registry(DEV, WEST), registry(PROD, WEST));
    make(&app, put_rule(rule(&dev, &[&prod], &["prod"]), &[&prod])).await;
    let (steps, view) = tested(&app).await;
    assert_eq!(view.state, RunState::Done, "{steps:?} {:?}", view.error);
    assert!(steps[0].contains("`prod-longshore-test-"), "{steps:?}");
    let verdict = view.steps.last().unwrap().result.clone().unwrap();
    assert!(verdict.starts_with("the image arrived in Prod (444455556666) / us-west-2 after "), "{verdict}");
    for account in [DEV, PROD] {
        assert_eq!(names(&app, &registry(account, WEST)).await, Vec::<String>::new());
    }
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_does_not_work_is_said_to_fail_and_nothing_remains() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    // Without the statement in Prod.
    let (dev, prod) = (registry(DEV, WEST), registry(PROD, WEST));
    make(&app, put_rule(rule(&dev, &[&prod], &["prod/"]), &[])).await;
    let (steps, view) = tested(&app).await;
    assert!(steps[0].contains("`prod/longshore-test-"), "{steps:?}");
    let error = view.error.unwrap();
    assert_eq!((view.state, error.code.as_str()), (RunState::Failed, "rule-test-failed"), "{error:?}");
    assert!(error.message.contains("did not arrive in Prod"), "{error:?}");
    for account in [DEV, PROD] {
        assert_eq!(names(&app, &registry(account, WEST)).await, Vec::<String>::new());
    }
    close(&app).await;
}
