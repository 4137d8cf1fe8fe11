//! A rule whose source could not be read entirely.

use chrono::TimeDelta;
use longshore_app::api::{RunState, Severity};

use crate::{
    engine_rules::{Hands, open, run_now, save, text, the_rule, to_prod},
    steps::codes,
    support::{DEV, PROD, Pusher, registry, until},
};

const REPOSITORIES: &str = "      repositories:\n        - exact: team/api\n        - exact: team/gone\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_names_a_missing_repository_is_not_done_by_hand_and_by_itself() {
    let (directory, hands) = (tempfile::tempdir().unwrap(), Hands::new());
    let app = open(&directory, &hands).await;
    let dev = Pusher::new(&app, &registry(DEV, "us-west-2")).await;
    dev.create("team/api").await;
    dev.push("team/api", "1").await;
    let schedule = to_prod("    schedule:\n      cron: \"0 * * * *\"\n");
    let kept = save(&app, text(&format!("{REPOSITORIES}{schedule}"))).await;

    // On demand: everything that could be read is copied, and the rest is named.
    let view = run_now(&app, &kept).await;
    let error = view.error.unwrap_or_else(|| panic!("{:?}", view.state));
    assert_eq!((view.state, error.code.as_str()), (RunState::Failed, "not-looked-at"));
    assert!(error.message.contains("`team/gone`") && error.message.contains("1 copied"), "{}", error.message);
    assert_eq!(view.transfer.unwrap().counts.done, 1);
    let prod = registry(PROD, "us-west-2");
    assert!(crate::steps::digest_of(&app, &prod, "team/api", "1").await.is_some());

    // On schedule, when everything that could be read is already at the destination.
    let mut events = app.subscribe();
    hands.forward(TimeDelta::hours(1));
    let last = until(&mut events, "the scheduled run", || async {
        the_rule(&app).await.last.filter(|last| last.run.is_none())
    })
    .await;
    assert_eq!(last.state, RunState::Failed, "{}", last.text);
    assert!(last.text.contains("`team/gone`"), "{}", last.text);
    assert_eq!(last.error.unwrap().code, "not-looked-at");

    // The plan does not claim that everything is at the destination either.
    let planned =
        crate::steps::plan(&app, longshore_app::api::PlanRequest::RunEngineRule { rule: kept.id }).await;
    assert_eq!(codes(&planned, Severity::Warning), ["repository-missing"]);
    assert!(!codes(&planned, Severity::Note).contains(&"nothing-to-do"));
    crate::support::close(&app).await;
}
