//! Destinations with a lifecycle policy: plans list what expires afterwards, and run only after
//! agreement.

use std::sync::{Arc, Mutex};

use aws_sdk_ecr::{Client, config::BehaviorVersion};
use chrono::{DateTime, TimeDelta, Utc};
use longshore_app::{
    App, Clock,
    api::{
        ApiError, EngineRuleInput, EngineRuleView, PlanExpiring, PlanRequest, PlanView, RegistryKey, RunPlan,
        RunState, Scope, Severity, Space,
    },
};
use longshore_ecr::ImageScope;

use crate::{
    steps::{begin, codes, digest_of, ended, image_key, make, plan, push},
    support::{DEV, PROD, Pusher, by_hand, client, options, ready, registry, until, with_sandbox},
};

const SPACE: Space = Space::Sandbox;

fn dev() -> RegistryKey {
    registry(DEV, "us-west-2")
}

fn prod() -> RegistryKey {
    registry(PROD, "us-west-2")
}

/// Gives a repository a policy that keeps the newest images, as its administrator would.
pub(crate) async fn keep_newest(app: &App, key: &RegistryKey, repository: &str, count: u32) {
    let ready = ready(app);
    let config = aws_sdk_ecr::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_sdk_ecr::config::Region::new(key.region.to_string()))
        .credentials_provider(by_hand(app, key))
        .endpoint_url(&ready.control);
    let selection =
        serde_json::json!({"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count});
    let policy = serde_json::json!({
        "rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]
    });
    let client = Client::from_conf(config.build());
    let put = client.put_lifecycle_policy().repository_name(repository);
    put.lifecycle_policy_text(policy.to_string()).send().await.unwrap();
}

/// Tags of a repository, the oldest push first.
async fn by_push(app: &App, key: &RegistryKey, repository: &str) -> Vec<String> {
    let images = client(app, key).images(&repository.parse().unwrap(), ImageScope::Tagged).await.unwrap();
    let mut images: Vec<_> = images.into_iter().map(|image| (image.pushed_at, image.tags)).collect();
    images.sort();
    images.into_iter().flat_map(|(_, tags)| tags).map(|tag| tag.to_string()).collect()
}

fn shown(rows: &[PlanExpiring]) -> Vec<(&str, bool)> {
    rows.iter().map(|row| (row.tags.first().map_or("", String::as_str), row.incoming)).collect()
}

async fn without_agreeing(app: &App, plan: &PlanView) -> ApiError {
    let request = RunPlan {
        plan: plan.id.clone(),
        hash: plan.hash.clone(),
        confirm: plan.confirm.clone(),
        acknowledge: false,
        managed: Vec::new(),
        keep_going: false,
    };
    app.run_plan(request).await.unwrap_err()
}

/// Dev has `c`, `a`, `b`, pushed in this order; Prod has the repository with an image `old`.
async fn filled(app: &App) {
    let (here, there) = (Pusher::new(app, &dev()).await, Pusher::new(app, &prod()).await);
    here.create("app").await;
    there.create("app").await;
    there.push("app", "old").await;
    for tag in ["c", "a", "b"] {
        here.push("app", tag).await;
    }
}

async fn save(app: &App, more: &str) -> EngineRuleView {
    let text = format!(
        "version: 1\nrules:\n  - name: releases\n    source:\n      registry: {DEV}/us-west-2\n      repositories:\n        - exact: app\n    destinations:\n      - registry: {PROD}/us-west-2\n{more}"
    );
    make(app, PlanRequest::SaveEngineRule { space: SPACE, id: None, rule: EngineRuleInput::Yaml { text } })
        .await;
    the_rule(app).await
}

async fn the_rule(app: &App) -> EngineRuleView {
    app.engine_rules(Scope { space: Some(SPACE), ..Scope::default() }).await.unwrap().pop().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_run_of_a_rule_lists_what_expires_and_asks_before_it_copies_the_oldest_first() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    filled(&app).await;
    keep_newest(&app, &prod(), "app", 2).await;
    let rule = save(&app, "").await;
    let planned = plan(&app, PlanRequest::RunEngineRule { rule: rule.id.clone() }).await;
    let expiry = planned.expiry.as_ref().unwrap();
    assert_eq!((expiry.total, expiry.incoming), (2, 1));
    assert_eq!(shown(&expiry.rows), [("c", true), ("old", false)]);
    assert_eq!((expiry.rows[0].rule, expiry.rows[0].at.as_str()), (1, "Prod / us-west-2"));
    assert_eq!(expiry.rows[0].reason, "Images expire, except the 2 pushed last.");
    assert_eq!(expiry.acknowledge.len(), 1);
    assert!(
        expiry.acknowledge[0].contains("policies of Prod / us-west-2 will expire 2 images"),
        "{:?}",
        expiry.acknowledge
    );

    let error = without_agreeing(&app, &planned).await;
    assert_eq!(
        (error.code.as_str(), error.field.as_deref()),
        ("acknowledgement-needed", Some("acknowledge"))
    );
    assert_eq!(by_push(&app, &prod(), "app").await, ["old"]);
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    assert_eq!(by_push(&app, &prod(), "app").await, ["old", "c", "a", "b"]);

    let again = plan(&app, PlanRequest::RunEngineRule { rule: rule.id }).await;
    assert_eq!(again.expiry, None, "nothing is copied, so nothing needs agreement");
    crate::support::close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_says_what_expires_and_is_refused_when_more_would_than_was_shown() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    filled(&app).await;
    let digest = digest_of(&app, &dev(), "app", "a").await.unwrap();
    let promote = || PlanRequest::Promote {
        source: image_key(&dev(), "app", &digest),
        destination: prod(),
        repository: "app".into(),
        tag: "21".into(),
        enable_blob_mounting: false,
        create_repository: false,
    };
    let before = plan(&app, promote()).await;
    assert_eq!(before.expiry, None);
    keep_newest(&app, &prod(), "app", 1).await;
    let run = begin(&app, &before).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Failed, "{view:#?}");
    assert_eq!(view.steps[0].error.as_ref().unwrap().code, "expiry-not-accepted");
    assert_eq!(by_push(&app, &prod(), "app").await, ["old"], "nothing was copied");

    let planned = plan(&app, promote()).await;
    assert_eq!(shown(&planned.expiry.as_ref().unwrap().rows), [("old", false)]);
    assert!(planned.steps[0].permissions.contains(&"ecr:GetLifecyclePolicy".to_owned()));
    assert_eq!(without_agreeing(&app, &planned).await.code, "acknowledgement-needed");
    let run = begin(&app, &planned).await.unwrap();
    assert_eq!(ended(&app, &run).await.state, RunState::Done);
    assert_eq!(by_push(&app, &prod(), "app").await, ["old", "21"]);
    assert!(codes(&planned, Severity::Warning).is_empty(), "{:?}", planned.findings);
    crate::support::close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_runs_by_itself_waits_for_a_word_unless_the_rule_has_given_it() {
    let directory = tempfile::tempdir().unwrap();
    let hands = Arc::new(Mutex::new(Utc::now()));
    let mut with_clock = options(&directory);
    let of_app = hands.clone();
    with_clock.timing.clock = Clock::new(move || -> DateTime<Utc> { *of_app.lock().unwrap() });
    with_clock.timing.schedule = std::time::Duration::from_millis(20);
    let app = App::open(with_clock).await.unwrap();
    app.start_sandbox().await.unwrap();
    filled(&app).await;
    keep_newest(&app, &prod(), "app", 2).await;
    let hourly = "    schedule:\n      cron: '0 * * * *'\n";
    save(&app, hourly).await;
    let mut events = app.subscribe();
    *hands.lock().unwrap() += TimeDelta::hours(1);
    let last = until(&mut events, "the refusal", || async { the_rule(&app).await.last }).await;
    assert_eq!((last.state, last.error.unwrap().code.as_str()), (RunState::Failed, "expiry-not-accepted"));
    assert_eq!(by_push(&app, &prod(), "app").await, ["old"]);

    let rule = the_rule(&app).await;
    let text = format!(
        "version: 1\nrules:\n  - name: releases\n    source:\n      registry: {DEV}/us-west-2\n      repositories:\n        - exact: app\n    destinations:\n      - registry: {PROD}/us-west-2\n        on_expiry: accept\n{hourly}"
    );
    let input = EngineRuleInput::Yaml { text };
    make(&app, PlanRequest::SaveEngineRule { space: SPACE, id: Some(rule.id), rule: input }).await;
    *hands.lock().unwrap() += TimeDelta::hours(1);
    let done = until(&mut events, "the run", || async {
        the_rule(&app).await.last.filter(|last| last.state == RunState::Done)
    })
    .await;
    assert!(done.run.is_some());
    assert_eq!(by_push(&app, &prod(), "app").await, ["old", "c", "a", "b"]);
    crate::support::close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_no_word_is_not_asked_for_one() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    filled(&app).await;
    keep_newest(&app, &prod(), "app", 50).await;
    let rule = save(&app, "").await;
    let planned = plan(&app, PlanRequest::RunEngineRule { rule: rule.id }).await;
    assert_eq!(planned.expiry, None);
    push(&app, &prod(), "app", "new").await;
    crate::support::close(&app).await;
}

/// Every type of plan that copies images to a repository where a lifecycle policy expires some.
#[tokio::test(flavor = "multi_thread")]
async fn every_plan_after_which_images_expire_can_be_agreed_to_and_runs() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    filled(&app).await;
    keep_newest(&app, &prod(), "app", 1).await;
    let rule = save(&app, "").await;
    let image =
        async |tag: &str| image_key(&dev(), "app", &digest_of(&app, &dev(), "app", tag).await.unwrap());
    let requests = [
        PlanRequest::Promote {
            source: image("a").await,
            destination: prod(),
            repository: "app".into(),
            tag: "21".into(),
            enable_blob_mounting: false,
            create_repository: false,
        },
        PlanRequest::ReplicateAgain { image: image("b").await, destination: prod() },
        PlanRequest::PushSample {
            repository: crate::support::repository(&prod(), "app"),
            tag: "sample".into(),
        },
        PlanRequest::RunEngineRule { rule: rule.id },
    ];
    for request in requests {
        let planned = plan(&app, request.clone()).await;
        assert!(!planned.expiry.as_ref().unwrap().acknowledge.is_empty(), "{request:?}");
        assert_eq!(without_agreeing(&app, &planned).await.code, "acknowledgement-needed", "{request:?}");
        let run = begin(&app, &planned).await.unwrap();
        let view = ended(&app, &run).await;
        assert_eq!(view.state, RunState::Done, "{view:#?}");
    }
    crate::support::close(&app).await;
}
