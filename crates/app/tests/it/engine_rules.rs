//! Engine rules: saved, previewed with reasons, planned, run, stopped and resumed, run
//! automatically.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use longshore_app::{
    App, AppOptions, Clock, MemoryStore, Secret, SecretStore,
    api::{
        ApiError, AppEvent, CheckEngineRule, EnginePreviewShow, EngineRuleInput, EngineRulePreview,
        EngineRulePreviewRequest, EngineRuleView, EngineSettings, EngineVerdict, EngineWindow,
        ExportEngineRules, Keychain, ListPlanImages, ListRunImages, ListRuns, PauseEngineRule,
        PlanImageAction, PlanImageShow, PlanRequest, PutRegistry, RegistryHost, RegistryKey, RunKey,
        RunLimits, RunPause, RunState, RunView, Scope, Severity, Space,
    },
    transfer::Journal,
};
use longshore_ecr::RepositorySettings;
use tempfile::TempDir;

use crate::{
    expiry::keep_newest,
    steps::{begin, codes, create, digest_of, ended, make, plan, refused},
    support::{DEV, PATIENCE, PROD, Pusher, client, options, registry, until},
};

const SPACE: Space = Space::Sandbox;

/// A clock that a test sets forward.
#[derive(Clone)]
pub(crate) struct Hands(Arc<Mutex<TimeDelta>>);

impl Hands {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(TimeDelta::zero())))
    }

    fn now(&self) -> DateTime<Utc> {
        Utc::now() + *self.0.lock().unwrap()
    }

    pub(crate) fn forward(&self, by: TimeDelta) {
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

pub(crate) async fn open(directory: &TempDir, hands: &Hands) -> Arc<App> {
    let app = App::open(with_clock(directory, hands)).await.unwrap();
    app.start_sandbox().await.unwrap();
    app
}

pub(crate) fn text(rest: &str) -> EngineRuleInput {
    let text = format!(
        "version: 1\nrules:\n  - name: releases\n    source:\n      registry: {DEV}/us-west-2\n{rest}"
    );
    EngineRuleInput::Yaml { text }
}

pub(crate) fn to_prod(more: &str) -> String {
    format!("    destinations:\n      - registry: {PROD}/us-west-2\n{more}")
}

pub(crate) async fn save(app: &App, rule: EngineRuleInput) -> EngineRuleView {
    make(app, PlanRequest::SaveEngineRule { space: SPACE, id: None, rule }).await;
    the_rule(app).await
}

pub(crate) async fn the_rule(app: &App) -> EngineRuleView {
    app.engine_rules(Scope { space: Some(SPACE), ..Scope::default() }).await.unwrap().pop().unwrap()
}

async fn preview(app: &App, rule: &EngineRuleInput) -> EngineRulePreview {
    let request = EngineRulePreviewRequest {
        space: SPACE,
        rule: rule.clone(),
        offset: 0,
        limit: 100,
        show: EnginePreviewShow::All,
        search: String::new(),
    };
    app.preview_engine_rule(request).await.unwrap()
}

fn images_of(run: &str) -> ListRunImages {
    ListRunImages {
        run: run.into(),
        offset: 0,
        limit: 100,
        only_failed: false,
        search: String::new(),
        layers_of: Vec::new(),
    }
}

pub(crate) async fn run_now(app: &App, rule: &EngineRuleView) -> RunView {
    let planned = plan(app, PlanRequest::RunEngineRule { rule: rule.id.clone() }).await;
    let run = begin(app, &planned).await.unwrap();
    ended(app, &run).await
}

/// A window in which no byte may be transferred now.
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
        view.transfer.and_then(|transfer| transfer.paused).filter(|paused| *paused == wanted)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_previewed_with_reasons_planned_and_run() {
    let directory = tempfile::tempdir().unwrap();
    let app = open(&directory, &Hands::new()).await;
    let dev = Pusher::new(&app, &registry(DEV, "us-west-2")).await;
    dev.create("team/api").await;
    for tag in ["1.4.0", "1.5.0", "1.6.0", "2.0.0", "dev"] {
        dev.push("team/api", tag).await;
    }
    let rule = text(&format!(
        "      repositories:\n        - glob: team/*\n      tags:\n        include:\n          - semver: \">=1.4, <2\"\n        exclude:\n          - exact: 1.5.0\n{}",
        to_prod("        rename:\n          template: mirror/{repository}\n")
    ));

    let mut events = app.subscribe();
    let seen = until(&mut events, "a read of the source", || async {
        Some(preview(&app, &rule).await).filter(|seen| seen.rows.len() == 5)
    })
    .await;
    assert!(seen.known && seen.read.is_some());
    assert_eq!((seen.selected, seen.not_selected, seen.undecided, seen.repositories), (2, 3, 0, 1));
    let row = |tag: &str| seen.rows.iter().find(|row| row.tag == tag).unwrap();
    assert_eq!(row("1.4.0").verdict, EngineVerdict::Selected);
    assert!(row("1.4.0").destinations[0].ends_with("/mirror/team/api:1.4.0"), "{:?}", row("1.4.0"));
    let codes: Vec<_> = ["1.5.0", "2.0.0", "dev"].map(|tag| row(tag).code.clone().unwrap()).into();
    assert_eq!(codes, ["tag-excluded", "tag-not-included", "tag-not-included"]);
    assert!(seen.bytes > 0 && seen.unknown.iter().any(|line| line.contains("destinations")));

    let kept = save(&app, rule).await;
    assert!(!kept.driver.native && !kept.driver.reasons.is_empty() && kept.next.is_none());
    assert_eq!(kept.destinations[0].registry, Some(registry(PROD, "us-west-2")));

    let planned = plan(&app, PlanRequest::RunEngineRule { rule: kept.id.clone() }).await;
    let totals = planned.engine.clone().unwrap().totals;
    assert_eq!((totals.copy, totals.create, totals.remove, totals.conflict), (2, 1, 0, 0));
    assert!(totals.bytes_to_move > 0 && planned.bytes_to_move == totals.bytes_to_move);
    let ask =
        |show| ListPlanImages { plan: planned.id.clone(), offset: 0, limit: 10, show, search: String::new() };
    let work = app.plan_images(ask(PlanImageShow::Work)).await.unwrap();
    assert_eq!((work.total, work.rows[0].action), (2, PlanImageAction::Copy));
    assert_eq!(app.plan_images(ask(PlanImageShow::NotSelected)).await.unwrap().total, 3);

    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    let engine = view.transfer.unwrap();
    assert_eq!((engine.counts.images, engine.counts.done, engine.counts.waiting), (2, 2, 0));
    assert_eq!(view.bytes_moved, planned.bytes_to_move);
    let images = app.run_images(images_of(&run)).await.unwrap();
    assert!(images.total == 2 && images.rows.iter().all(|row| row.image.state == RunState::Done));

    // Both its source and its destination have it in their lists of runs.
    for (account, listed) in [(DEV, true), (PROD, true), ("999988887777", false)] {
        let scope =
            Scope { account: Some(account.into()), region: Some("us-west-2".into()), ..Scope::default() };
        let request = ListRuns { offset: 0, limit: 10, active: false, scope, state: None, text: None };
        let rows = app.runs(request).await.unwrap().rows;
        assert_eq!(rows.iter().any(|row| row.id == run), listed, "{account}");
    }

    let again = run_now(&app, &kept).await;
    assert_eq!((again.bytes_moved, again.transfer.unwrap().counts.skipped), (0, 2));
    let last = the_rule(&app).await.last.unwrap();
    assert_eq!((last.state, last.run), (RunState::Skipped, Some(again.id)));
    crate::support::close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_rule_is_told_at_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let app = open(&directory, &Hands::new()).await;
    let check = |rule| app.check_engine_rule(CheckEngineRule { space: SPACE, rule });
    let wrong = check(text(&format!("      tag: x\n{}", to_prod("")))).await.unwrap();
    let finding = wrong.findings.iter().find(|found| found.severity == Severity::Error).unwrap();
    assert!(!wrong.good && finding.line == Some(6) && finding.column.is_some(), "{finding:?}");

    let good = check(text(&to_prod("    schedule:\n      cron: \"0 3 * * *\"\n"))).await.unwrap();
    assert!(good.good && good.next.len() == 3 && !good.sentences.is_empty(), "{good:?}");
    let mut form = good.rule.unwrap();
    let same = check(EngineRuleInput::Form { rule: form.clone() }).await.unwrap();
    assert_eq!((same.yaml, same.rule.as_ref()), (good.yaml, Some(&form)));
    form.schedule.as_mut().unwrap().cron = Some("never".into());
    let wrong = check(EngineRuleInput::Form { rule: form.clone() }).await.unwrap();
    let field = wrong.findings[0].field.clone().unwrap();
    assert!(!wrong.good && field.starts_with("schedule"), "{field}");
    let refusal = refused(
        &app,
        PlanRequest::SaveEngineRule { space: SPACE, id: None, rule: EngineRuleInput::Form { rule: form } },
    );
    assert!(refusal.await.field.unwrap().starts_with("schedule"));
    crate::support::close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quarantine_ends_with_time() {
    let (directory, hands) = (tempfile::tempdir().unwrap(), Hands::new());
    let app = open(&directory, &hands).await;
    let dev = Pusher::new(&app, &registry(DEV, "us-west-2")).await;
    dev.create("team/api").await;
    dev.push("team/api", "1").await;
    let rule = text(&format!("      tags:\n        minimum_age: 7d\n{}", to_prod("")));
    let mut events = app.subscribe();
    let young =
        until(&mut events, "a read of the source", || async { preview(&app, &rule).await.rows.pop() }).await;
    assert_eq!((young.verdict, young.code.as_deref()), (EngineVerdict::NotSelected, Some("too-young")));
    let kept = save(&app, rule.clone()).await;
    assert_eq!(run_now(&app, &kept).await.transfer.unwrap().counts.images, 0);

    hands.forward(TimeDelta::days(8));
    assert_eq!(preview(&app, &rule).await.selected, 1);
    assert_eq!(run_now(&app, &kept).await.transfer.unwrap().counts.done, 1);
    crate::support::close(&app).await;
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
    let engine = app.run(key()).await.unwrap().transfer.unwrap();
    assert_eq!((engine.bandwidth, engine.concurrency), (Some(1_000_000), Some(2)));
    let zero = RunLimits { run: run.clone(), bandwidth: Some(0), concurrency: None };
    assert_eq!(app.set_run_limits(zero).await.unwrap_err().code, "limit-zero");
    let busy = plan(&app, PlanRequest::RunEngineRule { rule: kept.id.clone() }).await;
    let second = begin(&app, &busy).await.unwrap();
    assert_eq!(ended(&app, &second).await.error.unwrap().code, "rule-under-way");
    app.continue_run(key()).await.unwrap();
    paused_by(&app, &run, RunPause::Window).await;
    crate::support::close(&app).await;
    drop(app);

    let app = open(&directory, &hands).await;
    let left = app.run(key()).await.unwrap();
    assert_eq!((left.state, left.can_retry), (RunState::Interrupted, true));
    assert_eq!(app.pause_run(key()).await.unwrap_err().code, "run-not-steerable");
    app.set_engine_settings(always()).await.unwrap();
    app.retry_run(key()).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!((view.state, view.transfer.unwrap().counts.done), (RunState::Done, 1), "{:?}", view.error);
    crate::support::close(&app).await;
}

/// A rule with two destinations is killed when one had started and failed because its repository
/// was deleted, and nothing was written to the other yet. When the run resumes, both are filled.
async fn goes_on_with_both(destinations: &str, failing: (RegistryKey, &str), other: (RegistryKey, &str)) {
    let directory = tempfile::tempdir().unwrap();
    let app = open(&directory, &Hands::new()).await;
    let dev = Pusher::new(&app, &registry(DEV, "us-west-2")).await;
    dev.create("team/api").await;
    dev.push("team/api", "1").await;
    let both = [&failing, &other];
    for (key, name) in both {
        create(&app, key, name).await;
    }
    let kept = save(&app, text(&format!("    destinations:\n{destinations}"))).await;
    let planned = plan(&app, PlanRequest::RunEngineRule { rule: kept.id.clone() }).await;
    client(&app, &failing.0).delete_repository(&failing.1.parse().unwrap(), true).await.unwrap();
    let run = begin(&app, &planned).await.unwrap();
    assert_eq!(ended(&app, &run).await.state, RunState::Failed);
    assert!(digest_of(&app, &other.0, other.1, "1").await.is_some());

    // As if the process had been killed before anything was written to the other one.
    let journal = Journal::at(app.data_directory());
    let written = journal.list().await.unwrap();
    let done = written.iter().find(|record| record.finished == record.images).unwrap();
    journal.forget(&done.run).await.unwrap();
    for (key, name) in both {
        let name = name.parse().unwrap();
        let _ = client(&app, key).delete_repository(&name, true).await;
        client(&app, key).create_repository(&name, &RepositorySettings::default()).await.unwrap();
    }
    app.retry_run(RunKey { run: run.clone() }).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{:?}", view.error);
    for (key, name) in both {
        assert!(digest_of(&app, key, name, "1").await.is_some(), "{key:?} {name}");
    }
    crate::support::close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_of_which_the_journal_knows_nothing_is_not_forgotten_by_a_run_that_goes_on() {
    let destinations = format!(
        "      - registry: {PROD}/us-west-2\n        create: never\n      - registry: {PROD}/eu-west-1\n"
    );
    let (west, europe) = (registry(PROD, "us-west-2"), registry(PROD, "eu-west-1"));
    goes_on_with_both(&destinations, (west, "team/api"), (europe, "team/api")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_destinations_in_one_registry_are_told_apart_by_a_run_that_goes_on() {
    let destinations = format!(
        "      - registry: {PROD}/us-west-2\n      - registry: {PROD}/us-west-2\n        create: never\n        \
         rename:\n          prefix: {{from: team/, to: mirror/}}\n"
    );
    let west = registry(PROD, "us-west-2");
    goes_on_with_both(&destinations, (west.clone(), "mirror/api"), (west, "team/api")).await;
}

/// The rule was agreed to at another moment, so it is refused where images would expire.
#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_is_refused_hides_nothing_of_the_others_in_a_run_that_goes_on() {
    let (directory, hands) = (tempfile::tempdir().unwrap(), Hands::new());
    let app = open(&directory, &hands).await;
    let (dev, west) = (registry(DEV, "us-west-2"), registry(PROD, "us-west-2"));
    let here = Pusher::new(&app, &dev).await;
    here.create("team/api").await;
    here.push("team/api", "1").await;
    here.push("team/api", "2").await;
    create(&app, &west, "team/api").await;
    keep_newest(&app, &west, "team/api", 1).await;
    let europe = registry(PROD, "eu-west-1");
    let there = Pusher::new(&app, &europe).await;
    there.create("team/api").await;
    let taken = there.push_index("team/api", "1").await;
    let destinations = format!(
        "    destinations:\n      - registry: {PROD}/us-west-2\n      - registry: {PROD}/eu-west-1\n"
    );
    let kept = save(&app, text(&destinations)).await;
    app.set_engine_settings(closed(hands.now())).await.unwrap();
    let planned = plan(&app, PlanRequest::RunEngineRule { rule: kept.id.clone() }).await;
    let run = begin(&app, &planned).await.unwrap();
    paused_by(&app, &run, RunPause::Window).await;
    crate::support::close(&app).await;
    drop(app);

    let app = open(&directory, &hands).await;
    app.set_engine_settings(always()).await.unwrap();
    app.retry_run(RunKey { run: run.clone() }).await.unwrap();
    let view = ended(&app, &run).await;
    let error = view.error.unwrap();
    assert_eq!((view.state, error.code.as_str()), (RunState::Failed, "expiry-not-accepted"), "{error:?}");
    for said in ["1 not copied; 1 copied and verified", " A destination failed: ", " First error: "] {
        assert!(error.message.contains(said), "{}", error.message);
    }
    assert_eq!(digest_of(&app, &europe, "team/api", "1").await.unwrap(), taken.to_string());
    assert!(digest_of(&app, &europe, "team/api", "2").await.is_some());
    assert!(digest_of(&app, &west, "team/api", "2").await.is_none());
    crate::support::close(&app).await;
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
    assert!(view.rule.unwrap().scheduled);
    crate::support::close(&app).await;
    drop(app);

    hands.forward(TimeDelta::hours(5));
    let app = open(&directory, &hands).await;
    let mut events = app.subscribe();
    let last = until(&mut events, "the missed run", || async {
        the_rule(&app).await.last.filter(|last| last.state == RunState::Skipped)
    })
    .await;
    assert_eq!(last.run, None, "there was nothing to do");
    assert!(the_rule(&app).await.next.unwrap() > hands.now());
    crate::support::close(&app).await;
}

/// A keychain whose first answer is a panic.
#[derive(Default)]
struct Panicking {
    kept: MemoryStore,
    asked: AtomicU32,
}

#[async_trait]
impl SecretStore for Panicking {
    async fn get(&self, name: &str) -> Result<Option<Secret>, ApiError> {
        assert!(self.asked.fetch_add(1, Ordering::AcqRel) > 0, "the first answer");
        self.kept.get(name).await
    }

    async fn set(&self, name: &str, secret: Secret) -> Result<(), ApiError> {
        self.kept.set(name, secret).await
    }

    async fn delete(&self, name: &str) -> Result<(), ApiError> {
        self.kept.delete(name).await
    }

    async fn state(&self) -> Keychain {
        self.kept.state().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_panicked_is_told_and_runs_at_its_next_time() {
    let (directory, hands) = (tempfile::tempdir().unwrap(), Hands::new());
    let mut options = with_clock(&directory, &hands);
    options.secrets = Arc::new(Panicking::default());
    let app = App::open(options).await.unwrap();
    app.start_sandbox().await.unwrap();
    // Nothing listens there, so the second run ends with a network error.
    let host = "127.0.0.1:9";
    let put = PutRegistry {
        host: host.into(),
        user: Some("me".into()),
        password: Some("secret".into()),
        insecure: true,
    };
    app.put_registry(put).await.unwrap();
    let rule = format!(
        "version: 1\nrules:\n  - name: releases\n    source:\n      registry: {host}\n      repositories:\n        - exact: team/api\n{}",
        to_prod("    schedule:\n      cron: \"0 * * * *\"\n")
    );
    save(&app, EngineRuleInput::Yaml { text: rule }).await;

    let mut events = app.subscribe();
    hands.forward(TimeDelta::hours(1));
    let told = async {
        loop {
            if let Some(AppEvent::Notice { title, text }) = events.next().await {
                return (title, text);
            }
        }
    };
    let (title, text) = tokio::time::timeout(PATIENCE, told).await.unwrap();
    assert!(title.contains("releases") && text.contains("bug in Longshore"), "{title}: {text}");
    let last = the_rule(&app).await.last.unwrap();
    assert_eq!((last.state, last.error.unwrap().code.as_str()), (RunState::Failed, "internal"));

    hands.forward(TimeDelta::hours(1));
    let again = until(&mut events, "the next time", || async {
        let error = the_rule(&app).await.last?.error?;
        (error.code != "internal").then_some(error)
    });
    assert_eq!(again.await.code, "network");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_go_into_a_file_and_come_back_and_a_directory_is_a_destination() {
    let (directory, hands) = (tempfile::tempdir().unwrap(), Hands::new());
    let app = open(&directory, &hands).await;
    let dev = Pusher::new(&app, &registry(DEV, "us-west-2")).await;
    dev.create("team/api").await;
    let digest = dev.push("team/api", "1").await;
    let layout = directory.path().join("layout");
    let to = format!("    destinations:\n      - registry: oci:{}\n", layout.display());
    let kept = save(&app, text(&to)).await;
    assert_eq!(kept.destinations[0].registry, None);
    let view = run_now(&app, &kept).await;
    assert_eq!(view.state, RunState::Done, "{:?}", view.error);
    let index = std::fs::read_to_string(layout.join("index.json")).unwrap();
    assert!(index.contains(digest.as_str()), "{index}");

    let file = app.export_engine_rules(ExportEngineRules { space: SPACE, rules: Vec::new() }).await.unwrap();
    assert_eq!(file.text, kept.yaml);
    let import = || PlanRequest::ImportEngineRules { space: SPACE, text: file.text.clone() };
    assert!(codes(&plan(&app, import()).await, Severity::Error).contains(&"nothing-to-do"));
    make(&app, PlanRequest::RemoveEngineRule { rule: kept.id }).await;
    assert!(app.engine_rules(Scope::default()).await.unwrap().is_empty());
    make(&app, import()).await;
    assert_eq!(the_rule(&app).await.yaml, file.text);
    crate::support::close(&app).await;
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
    crate::support::close(&app).await;
}
