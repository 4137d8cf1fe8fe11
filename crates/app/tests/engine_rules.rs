//! Engine rules: kept, planned, run, stopped and gone on with, run by themselves.
#![allow(clippy::unwrap_used)]

mod steps;
mod support;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use longshore_app::{
    App, AppOptions, Clock,
    api::{
        EngineRuleInput, EngineRuleView, EngineSettings, EngineWindow, PauseEngineRule, PlanRequest,
        PutRegistry, RegistryHost, RunKey, RunLimits, RunPause, RunState, Scope, Space,
    },
};
use steps::{begin, ended, make, plan};
use support::{DEV, PROD, Pusher, options, registry, until};
use tempfile::TempDir;

const SPACE: Space = Space::Sandbox;

/// A clock that a test puts forward.
#[derive(Clone)]
struct Hands(Arc<Mutex<DateTime<Utc>>>);

impl Hands {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Utc::now())))
    }

    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn forward(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

fn with_clock(directory: &TempDir, hands: &Hands) -> AppOptions {
    let mut options = options(directory);
    let hands = hands.clone();
    options.timing.clock = Clock::new(move || hands.now());
    options.timing.schedule = std::time::Duration::from_millis(20);
    options
}

async fn open(directory: &TempDir, hands: &Hands) -> Arc<App> {
    let app = App::open(with_clock(directory, hands)).await.unwrap();
    app.start_sandbox().await.unwrap();
    app
}

fn text(rest: &str) -> EngineRuleInput {
    let text = format!(
        "version: 1\nrules:\n  - name: releases\n    source:\n      registry: {DEV}/us-west-2\n{rest}"
    );
    EngineRuleInput::Yaml { text }
}

fn to_prod(more: &str) -> String {
    format!("    destinations:\n      - registry: {PROD}/us-west-2\n{more}")
}

async fn save(app: &App, rule: EngineRuleInput) -> EngineRuleView {
    make(app, PlanRequest::SaveEngineRule { space: SPACE, id: None, rule }).await;
    the_rule(app).await
}

async fn the_rule(app: &App) -> EngineRuleView {
    app.engine_rules(Scope { space: Some(SPACE), ..Scope::default() }).await.unwrap().pop().unwrap()
}

/// A window in which no byte moves now.
fn closed(now: DateTime<Utc>) -> EngineSettings {
    let at = |hours| (now + TimeDelta::hours(hours)).format("%H:%M").to_string();
    let window = EngineWindow { days: Vec::new(), from: at(3), to: at(4), time_zone: None };
    EngineSettings { bandwidth: None, windows: vec![window], go_on: true }
}

fn always() -> EngineSettings {
    EngineSettings { bandwidth: None, windows: Vec::new(), go_on: true }
}

async fn paused_by(app: &App, run: &str, wanted: RunPause) {
    let mut events = app.subscribe();
    until(&mut events, "the pause", || async {
        let view = app.run(RunKey { run: run.into() }).await.unwrap();
        view.engine.and_then(|engine| engine.paused).filter(|paused| *paused == wanted)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_stands_still_for_a_window_and_for_a_person_and_goes_on_after_a_restart() {
    let (directory, hands) = (tempfile::tempdir().unwrap(), Hands::new());
    let app = open(&directory, &hands).await;
    let dev = Pusher::new(&app, &registry(DEV, "us-west-2")).await;
    dev.create("team/api").await;
    dev.push("team/api", "1").await;
    let kept = save(&app, text(&to_prod(""))).await;
    app.set_engine_settings(closed(hands.now())).await.unwrap();
    let planned = plan(&app, PlanRequest::RunEngineRule { rule: kept.id.clone() }).await;
    let run = begin(&app, &planned).await.unwrap();
    paused_by(&app, &run, RunPause::Window).await;
    let key = || RunKey { run: run.clone() };
    app.pause_run(key()).await.unwrap();
    paused_by(&app, &run, RunPause::Person).await;
    let limits = RunLimits { run: run.clone(), bandwidth: Some(1_000_000), concurrency: Some(2) };
    app.set_run_limits(limits).await.unwrap();
    let engine = app.run(key()).await.unwrap().engine.unwrap();
    assert_eq!((engine.bandwidth, engine.concurrency), (Some(1_000_000), Some(2)));
    let zero = RunLimits { run: run.clone(), bandwidth: Some(0), concurrency: None };
    assert_eq!(app.set_run_limits(zero).await.unwrap_err().code, "limit-zero");
    let busy = plan(&app, PlanRequest::RunEngineRule { rule: kept.id.clone() }).await;
    let second = begin(&app, &busy).await.unwrap();
    assert_eq!(ended(&app, &second).await.error.unwrap().code, "rule-under-way");
    app.continue_run(key()).await.unwrap();
    paused_by(&app, &run, RunPause::Window).await;
    app.close().await;
    drop(app);

    let app = open(&directory, &hands).await;
    let left = app.run(key()).await.unwrap();
    assert_eq!((left.state, left.can_retry), (RunState::Interrupted, true));
    assert_eq!(app.pause_run(key()).await.unwrap_err().code, "run-not-steerable");
    app.set_engine_settings(always()).await.unwrap();
    app.retry_run(key()).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!((view.state, view.engine.unwrap().counts.done), (RunState::Done, 1), "{:?}", view.error);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_runs_by_itself_when_it_is_due_and_a_missed_time_is_run_once() {
    let (directory, hands) = (tempfile::tempdir().unwrap(), Hands::new());
    let app = open(&directory, &hands).await;
    let dev = Pusher::new(&app, &registry(DEV, "us-west-2")).await;
    dev.create("team/api").await;
    dev.push("team/api", "1").await;
    let kept = save(&app, text(&to_prod("    schedule:\n      cron: \"0 * * * *\"\n"))).await;
    let due = kept.next.unwrap();
    assert!(due > hands.now() && kept.last.is_none() && kept.missed.is_none());

    let pause = |paused| app.pause_engine_rule(PauseEngineRule { rule: kept.id.clone(), paused });
    pause(true).await.unwrap();
    assert_eq!(the_rule(&app).await.next, None);
    pause(false).await.unwrap();

    hands.forward(TimeDelta::hours(1));
    let mut events = app.subscribe();
    let last = until(&mut events, "the run", || async { the_rule(&app).await.last }).await;
    assert_eq!(last.state, RunState::Done, "{last:?}");
    let view = app.run(RunKey { run: last.run.unwrap() }).await.unwrap();
    assert!(view.engine.unwrap().scheduled);
    app.close().await;
    drop(app);

    hands.forward(TimeDelta::hours(5));
    let app = open(&directory, &hands).await;
    let mut events = app.subscribe();
    let last = until(&mut events, "the missed run", || async {
        the_rule(&app).await.last.filter(|last| last.state == RunState::Skipped)
    })
    .await;
    assert_eq!(last.run, None, "nothing was to do");
    assert!(the_rule(&app).await.next.unwrap() > hands.now());
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registrys_password_goes_in_and_never_comes_out() {
    let (directory, hands) = (tempfile::tempdir().unwrap(), Hands::new());
    let app = open(&directory, &hands).await;
    let put = |user: Option<&str>, password: Option<&str>| {
        app.put_registry(PutRegistry {
            host: " Registry.Example.com:5000 ".into(),
            user: user.map(str::to_owned),
            password: password.map(str::to_owned),
            insecure: true,
        })
    };
    assert_eq!(put(Some("me"), None).await.unwrap_err().code, "password-needed");
    let known = put(Some("me"), Some("correct horse")).await.unwrap();
    assert_eq!((known[0].host.as_str(), known[0].user.as_deref()), ("registry.example.com:5000", Some("me")));
    put(Some("me"), None).await.unwrap();
    let places = app.engine_places(Scope::default()).await.unwrap();
    assert!(places.iter().any(|place| place.text == "registry.example.com:5000"));
    let database = std::fs::read(app.data_directory().join("longshore.db-wal")).unwrap();
    assert!(!database.windows(13).any(|part| part == b"correct horse"));
    let host = RegistryHost { host: "registry.example.com:5000".into() };
    assert!(app.remove_registry(host).await.unwrap().is_empty());
    app.close().await;
}
