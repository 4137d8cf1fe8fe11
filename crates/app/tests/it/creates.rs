//! A run creates only what its plan lists, and a rule that matches nothing is not a success.

use chrono::TimeDelta;
use longshore_app::{
    App,
    api::{
        EngineRuleInput, EngineRuleView, PlanRequest, PlanView, RegistryKey, RunKey, RunState, RunView,
        Scope, Severity, Space,
    },
    transfer::Journal,
};

use crate::{
    engine_rules::{self, Hands, the_rule},
    steps::{begin, codes, create, digest_of, ended, image_key, make, plan, push},
    support::{self, DEV, PROD, Pusher, client, registry, repository, until, with_sandbox},
};

const SPACE: Space = Space::Sandbox;

fn dev() -> RegistryKey {
    registry(DEV, "us-west-2")
}

fn prod() -> RegistryKey {
    registry(PROD, "us-west-2")
}

fn promote(digest: &str) -> PlanRequest {
    PlanRequest::Promote {
        source: image_key(&dev(), "app", digest),
        destination: prod(),
        repository: "app".into(),
        tag: "21".into(),
        enable_blob_mounting: false,
        create_repository: false,
    }
}

async fn save(app: &App, more: &str) -> EngineRuleView {
    let text = format!(
        "version: 1\nrules:\n  - name: releases\n    source:\n      registry: {DEV}/us-west-2\n{more}    destinations:\n      - registry: {PROD}/us-west-2\n"
    );
    let rule = EngineRuleInput::Yaml { text };
    make(app, PlanRequest::SaveEngineRule { space: SPACE, id: None, rule }).await;
    app.engine_rules(Scope { space: Some(SPACE), ..Scope::default() }).await.unwrap().pop().unwrap()
}

/// Another client deletes the repository, as with `aws ecr delete-repository --force`.
async fn delete(app: &App, key: &RegistryKey) {
    client(app, key).delete_repository(&"app".parse().unwrap(), true).await.unwrap();
}

async fn is_there(app: &App, key: &RegistryKey) -> bool {
    client(app, key).repository(&"app".parse().unwrap()).await.unwrap().is_some()
}

fn code(view: &RunView) -> &str {
    let error = view.steps.iter().find_map(|step| step.error.as_ref());
    error.map_or("", |error| error.code.as_str())
}

async fn run(app: &App, plan: &PlanView) -> RunView {
    let run = begin(app, plan).await.unwrap();
    ended(app, &run).await
}

/// Every type of plan that copies, run and then retried after its repository was deleted.
#[tokio::test(flavor = "multi_thread")]
async fn no_run_creates_a_repository_that_was_deleted_after_its_plan() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    for kind in ["promote", "replicate again", "sample", "rule"] {
        let pusher = Pusher::new(&app, &dev()).await;
        pusher.create("app").await;
        pusher.push("app", "1").await;
        Pusher::new(&app, &prod()).await.create("app").await;
        let digest = digest_of(&app, &dev(), "app", "1").await.unwrap();
        let request = match kind {
            "promote" => promote(&digest),
            "replicate again" => {
                PlanRequest::ReplicateAgain { image: image_key(&dev(), "app", &digest), destination: prod() }
            }
            "sample" => PlanRequest::PushSample { repository: repository(&prod(), "app"), tag: "7".into() },
            _ => {
                let rule = save(&app, "      repositories:\n        - exact: app\n").await;
                PlanRequest::RunEngineRule { rule: rule.id }
            }
        };
        let planned = plan(&app, request).await;
        delete(&app, &prod()).await;
        let view = run(&app, &planned).await;
        assert_eq!((view.state, code(&view)), (RunState::Failed, "changed-elsewhere"), "{kind}: {view:#?}");
        assert!(!is_there(&app, &prod()).await, "{kind}: it was created");
        app.retry_run(RunKey { run: view.id.clone() }).await.unwrap();
        let view = ended(&app, &view.id).await;
        assert_eq!((view.state, code(&view)), (RunState::Failed, "changed-elsewhere"), "{kind}: {view:#?}");
        assert!(!is_there(&app, &prod()).await, "{kind}: it was created by the retry");
        delete(&app, &dev()).await;
    }
    support::close(&app).await;
}

/// The creation was planned and done; the repository was deleted before the image was copied.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_tried_again_does_not_create_what_its_first_try_created() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    create(&app, &dev(), "app").await;
    push(&app, &dev(), "app", "1").await;
    let digest = digest_of(&app, &dev(), "app", "1").await.unwrap();
    let PlanRequest::Promote { source, destination, repository, tag, enable_blob_mounting, .. } =
        promote(&digest)
    else {
        panic!()
    };
    let request = PlanRequest::Promote {
        source,
        destination,
        repository,
        tag,
        enable_blob_mounting,
        create_repository: true,
    };
    let planned = plan(&app, request).await;
    // The source is deleted, so that the copy fails after the creation.
    delete(&app, &dev()).await;
    let view = run(&app, &planned).await;
    assert_eq!((view.state, view.steps[0].state), (RunState::Failed, RunState::Done), "{view:#?}");
    delete(&app, &prod()).await;
    create(&app, &dev(), "app").await;
    push(&app, &dev(), "app", "1").await;
    app.retry_run(RunKey { run: view.id.clone() }).await.unwrap();
    let view = ended(&app, &view.id).await;
    assert_eq!((view.state, code(&view)), (RunState::Failed, "changed-elsewhere"), "{view:#?}");
    assert!(!is_there(&app, &prod()).await);
    support::close(&app).await;
}

/// The journal knows nothing of the first try, as when the app is killed before it writes anything.
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_tried_again_and_planned_anew_creates_only_what_its_plan_listed() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let pusher = Pusher::new(&app, &dev()).await;
    pusher.create("app").await;
    pusher.push("app", "1").await;
    Pusher::new(&app, &prod()).await.create("app").await;
    let rule = save(&app, "      repositories:\n        - exact: app\n").await;
    let planned = plan(&app, PlanRequest::RunEngineRule { rule: rule.id }).await;
    delete(&app, &prod()).await;
    let view = run(&app, &planned).await;
    assert_eq!((view.state, code(&view)), (RunState::Failed, "changed-elsewhere"), "{view:#?}");
    let journal = Journal::at(app.data_directory());
    for known in journal.list().await.unwrap() {
        journal.forget(&known.run).await.unwrap();
    }

    app.retry_run(RunKey { run: view.id.clone() }).await.unwrap();
    let view = ended(&app, &view.id).await;
    assert!(!is_there(&app, &prod()).await, "it was created: {view:#?}");
    assert_eq!((view.state, code(&view)), (RunState::Failed, "changed-elsewhere"), "{view:#?}");
    support::close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_matches_nothing_is_no_success_when_it_runs_by_itself() {
    let (directory, hands) = (tempfile::tempdir().unwrap(), Hands::new());
    let app = engine_rules::open(&directory, &hands).await;
    let pusher = Pusher::new(&app, &dev()).await;
    pusher.create("app").await;
    pusher.push("app", "1").await;
    let repositories = "      repositories:\n        - exact: app\n";
    let tags = "      tags:\n        include:\n          - semver: \">=9\"\n";
    let hourly = engine_rules::to_prod("    schedule:\n      cron: \"0 * * * *\"\n");
    engine_rules::save(&app, engine_rules::text(&format!("{repositories}{tags}{hourly}"))).await;

    let mut events = app.subscribe();
    hands.forward(TimeDelta::hours(1));
    let last = until(&mut events, "the run by itself", || async { the_rule(&app).await.last }).await;
    assert_eq!(last.state, RunState::Failed, "{}", last.text);
    assert_eq!(last.error.unwrap().code, "nothing-selected");
    support::close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_matches_nothing_says_so_and_is_no_success() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let pusher = Pusher::new(&app, &dev()).await;
    pusher.create("app").await;
    pusher.push("app", "1").await;
    for (matches_nothing, expected) in [
        ("      repositories:\n        - glob: nothing/*\n", "nothing-selected"),
        // A repository that the rule names and that does not exist is named.
        ("      repositories:\n        - exact: nothing\n", "not-looked-at"),
        (
            "      repositories:\n        - exact: app\n      tags:\n        include:\n          - semver: \">=9\"\n",
            "nothing-selected",
        ),
    ] {
        let rule = save(&app, matches_nothing).await;
        let planned = plan(&app, PlanRequest::RunEngineRule { rule: rule.id.clone() }).await;
        let warnings = codes(&planned, Severity::Warning);
        assert!(warnings.contains(&"nothing-selected"), "{matches_nothing}: {:?}", planned.findings);
        assert!(!codes(&planned, Severity::Note).contains(&"nothing-to-do"), "{:?}", planned.findings);
        let view = run(&app, &planned).await;
        assert_eq!((view.state, code(&view)), (RunState::Failed, expected), "{view:#?}");
        make(&app, PlanRequest::RemoveEngineRule { rule: rule.id }).await;
    }
    support::close(&app).await;
}
