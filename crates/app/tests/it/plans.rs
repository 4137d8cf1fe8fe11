//! Plans before changes, runs that carry them out: journeys J1 and J2, invalid input, cancel,
//! resume.

use longshore_app::{
    App,
    api::{
        AddSandboxAccount, AppEvent, Encryption, Environment, ImageSelection, ListRuns, Mutability,
        OtherSideState, PlanRequest, RegistryKey, ReplicationState, RunKey, RunPlan, RunState,
        SandboxSettings, Scope, Severity, Space,
    },
};

use crate::{
    steps::{
        begin, codes, create, create_request, digest_of, ended, errors, image, image_key, make, names, plan,
        push, put_rule, refused, replicated, rule, statement, try_to,
    },
    support::{DEV, PROD, options, registry, repository, until, with_sandbox},
};

const WEST: &str = "us-west-2";

#[tokio::test]
async fn j1_production_images_only_across_accounts() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod) = (registry(DEV, WEST), registry(PROD, WEST));
    create(&app, &dev, "dev-microservice").await;
    create(&app, &dev, "prod-microservice").await;

    // Step 3 ends at *copy for the administrator*: only the rule is written.
    let wish = rule(&dev, &[&prod], &["prod-microservice"]);
    let sides = app
        .check_other_side(longshore_app::api::CheckOtherSide {
            rule: wish.clone(),
            all_repositories: false,
            create_repository: true,
        })
        .await
        .unwrap();
    assert_eq!(sides[0].state, OtherSideState::Missing);
    assert!(sides[0].can_add);
    assert!(sides[0].cli.as_ref().unwrap().contains(PROD));
    let needed = sides[0].statement.clone().unwrap();
    assert!(needed.contains("repository/prod-microservice*"), "{needed}");
    let planned = plan(&app, put_rule(wish, &[])).await;
    assert_eq!(codes(&planned, Severity::Warning), ["permission-missing"]);
    let run = begin(&app, &planned).await.unwrap();
    assert_eq!(ended(&app, &run).await.state, RunState::Done);

    // Step 4: the statement, added at the destination.
    make(&app, PlanRequest::AddStatement { statement: statement(&prod, DEV, &["prod-microservice"]) }).await;

    // Step 5 and 6: images pushed to the other repository are not replicated.
    push(&app, &dev, "dev-microservice", "42").await;
    let pushed = image(&app, &dev, "dev-microservice", "42").await;

    // Step 7: the promotion.
    let promoted = make(
        &app,
        PlanRequest::Promote {
            source: image_key(&dev, "dev-microservice", &pushed.digest),
            destination: dev.clone(),
            repository: "prod-microservice".into(),
            tag: "21".into(),
            enable_blob_mounting: true,
            create_repository: false,
        },
    )
    .await;
    assert_eq!(promoted.bytes_moved, 0, "with mounting on, no layer is uploaded");

    // Step 8: automatic replication, with a notification of the run's end before it.
    replicated(&app, &dev, "prod-microservice", "21", &prod, ReplicationState::Complete).await;
    assert_eq!(digest_of(&app, &prod, "prod-microservice", "21").await.unwrap(), pushed.digest);
    assert_eq!(names(&app, &prod).await, ["prod-microservice"]);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn j2_a_region_closer_to_the_users() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let account = AddSandboxAccount {
        id: "123456789012".into(),
        name: "Team".into(),
        environment: Environment::Dev,
        regions: vec![WEST.into(), "eu-west-1".into()],
    };
    app.add_sandbox_account(account).await.unwrap();
    let (west, ireland) = (registry("123456789012", WEST), registry("123456789012", "eu-west-1"));
    let wish = rule(&west, &[&ireland], &[]);
    let check = longshore_app::api::CheckOtherSide {
        rule: wish.clone(),
        all_repositories: false,
        create_repository: true,
    };
    let sides = app.check_other_side(check).await.unwrap();
    assert_eq!(sides[0].state, OtherSideState::NotNeeded);
    assert!(sides[0].statement.is_none());
    make(&app, put_rule(wish, &[])).await;
    create(&app, &west, "mservice").await;
    push(&app, &west, "mservice", "42").await;
    let row = replicated(&app, &west, "mservice", "42", &ireland, ReplicationState::Complete).await;
    assert_eq!(digest_of(&app, &ireland, "mservice", "42").await.unwrap(), row.digest);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_statement_that_was_missing_is_mended_and_the_image_sent_again() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod) = (registry(DEV, WEST), registry(PROD, WEST));
    create(&app, &dev, "prod-api").await;
    make(&app, put_rule(rule(&dev, &[&prod], &["prod-"]), &[])).await;
    push(&app, &dev, "prod-api", "1").await;
    let failed = replicated(&app, &dev, "prod-api", "1", &prod, ReplicationState::Failed).await;
    assert!(names(&app, &prod).await.is_empty());
    // *Fix*: fixing the policy does not resend failed images, which the plan and the run list …
    let other = PlanRequest::AddStatement { statement: statement(&prod, DEV, &["other-"]) };
    assert_eq!(plan(&app, other).await.unhealed, None);
    let fix = PlanRequest::AddStatement { statement: statement(&prod, DEV, &["prod-"]) };
    let unhealed = plan(&app, fix.clone()).await.unhealed.unwrap();
    assert_eq!(unhealed.total, 1);
    assert_eq!(unhealed.listed[0].image, image_key(&dev, "prod-api", &failed.digest));
    assert_eq!((unhealed.listed[0].tag.as_deref(), &unhealed.listed[0].destination), (Some("1"), &prod));
    assert_eq!(make(&app, fix).await.unhealed, Some(unhealed));
    assert!(names(&app, &prod).await.is_empty());
    // … *Replicate again* does.
    let again = PlanRequest::ReplicateAgain {
        image: image_key(&dev, "prod-api", &failed.digest),
        destination: prod.clone(),
    };
    let run = make(&app, again.clone()).await;
    assert!(run.bytes_moved > 0);
    assert!(!run.images[0].layers.is_empty());
    assert_eq!(digest_of(&app, &prod, "prod-api", "1").await.unwrap(), failed.digest);
    let twice = make(&app, again).await;
    assert_eq!(twice.bytes_moved, 0);
    assert_eq!(twice.steps.last().unwrap().state, RunState::Skipped);
    crate::support::close(&app).await;
}

fn first_runs() -> ListRuns {
    ListRuns { offset: 0, limit: 10, active: false, scope: Scope::default(), state: None, text: None }
}

#[tokio::test]
async fn runs_are_listed_by_the_account_and_region_of_their_steps_by_state_and_by_title() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod) = (registry(DEV, WEST), registry(PROD, WEST));
    create(&app, &dev, "team/a_b").await;
    create(&app, &dev, "team/axb").await;
    create(&app, &prod, "shop").await;
    let titles = async |wanted: ListRuns| {
        let window = app.runs(wanted).await.unwrap();
        assert_eq!(window.total as usize, window.rows.len());
        window.rows.into_iter().map(|run| run.title).collect::<Vec<_>>()
    };
    assert_eq!(titles(first_runs()).await.len(), 3);
    let of_prod = Scope { account: Some(PROD.into()), ..Scope::default() };
    let found = titles(ListRuns { scope: of_prod.clone(), ..first_runs() }).await;
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("shop"), "{found:?}");
    let elsewhere = Scope { region: Some("eu-central-1".into()), ..of_prod };
    assert!(titles(ListRuns { scope: elsewhere, ..first_runs() }).await.is_empty());
    let aws = Scope { space: Some(Space::Aws), ..Scope::default() };
    assert!(titles(ListRuns { scope: aws, ..first_runs() }).await.is_empty());
    // The underscore is a character here, not a pattern.
    let found = titles(ListRuns { text: Some("TEAM/A_B".into()), ..first_runs() }).await;
    assert_eq!(found.len(), 1);
    assert_eq!(titles(ListRuns { state: Some(RunState::Done), ..first_runs() }).await.len(), 3);
    assert!(titles(ListRuns { state: Some(RunState::Failed), ..first_runs() }).await.is_empty());
}

#[tokio::test]
async fn a_plan_runs_once_as_it_was_shown_and_confirmed() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod) = (registry(DEV, WEST), registry(PROD, WEST));
    let planned = plan(&app, create_request(&dev, "team/service")).await;
    let other = RunPlan {
        plan: planned.id.clone(),
        hash: "0".repeat(64),
        confirm: None,
        acknowledge: false,
        managed: Vec::new(),
        keep_going: false,
    };
    assert_eq!(app.run_plan(other).await.unwrap_err().code, "plan-differs");
    let run = begin(&app, &planned).await.unwrap();
    assert_eq!(begin(&app, &planned).await.unwrap_err().code, "plan-unknown");
    let view = ended(&app, &run).await;
    assert_eq!(view.steps[0].result.as_deref().unwrap().split(' ').next(), Some("created"));
    let (code, listed) = {
        let error = app
            .run_plan(RunPlan {
                plan: "x".into(),
                hash: String::new(),
                confirm: None,
                acknowledge: false,
                managed: Vec::new(),
                keep_going: false,
            })
            .await;
        let window = app.runs(first_runs()).await.unwrap();
        (error.unwrap_err().code, window)
    };
    assert_eq!(code, "plan-unknown");
    assert_eq!((listed.total, listed.rows[0].id.as_str()), (1, run.as_str()));

    // Production requires the typed name.
    create(&app, &prod, "shop").await;
    let delete = PlanRequest::DeleteRepository { repository: repository(&prod, "shop"), with_images: false };
    let planned = plan(&app, delete).await;
    assert_eq!(planned.confirm.as_deref(), Some("Prod"));
    for typed in [None, Some("shop".to_owned())] {
        let request = RunPlan {
            plan: planned.id.clone(),
            hash: planned.hash.clone(),
            confirm: typed,
            acknowledge: false,
            managed: Vec::new(),
            keep_going: false,
        };
        let error = app.run_plan(request).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.field.as_deref()), ("confirmation-needed", Some("confirm")));
    }
    let run = begin(&app, &planned).await.unwrap();
    assert_eq!(ended(&app, &run).await.state, RunState::Done);
    assert!(names(&app, &prod).await.is_empty());
    crate::support::close(&app).await;
}

#[tokio::test]
async fn repositories_and_images_are_created_changed_and_deleted_by_plans() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    let key = repository(&dev, "service");
    create(&app, &dev, "service").await;
    assert_eq!(errors(&plan(&app, create_request(&dev, "service")).await), ["repository-already-exists"]);
    push(&app, &dev, "service", "1").await;
    push(&app, &dev, "service", "2").await;

    // A repository with images is refused, with the number of images.
    let planned =
        plan(&app, PlanRequest::DeleteRepository { repository: key.clone(), with_images: false }).await;
    assert_eq!(errors(&planned), ["repository-not-empty"]);
    assert!(planned.findings[0].text.contains("2 images"), "{:?}", planned.findings);
    assert_eq!(begin(&app, &planned).await.unwrap_err().code, "repository-not-empty");
    assert_eq!(names(&app, &dev).await, ["service"]);

    // An image that arrives between plan and run prevents the deletion.
    let planned =
        plan(&app, PlanRequest::DeleteRepository { repository: key.clone(), with_images: true }).await;
    assert!(planned.steps[0].destructive);
    push(&app, &dev, "service", "3").await;
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!((view.state, view.error.unwrap().code.as_str()), (RunState::Failed, "changed-elsewhere"));
    assert_eq!(names(&app, &dev).await, ["service"]);

    let immutable = Mutability { immutable: true, exclusions: vec!["dev-*".into()] };
    make(&app, PlanRequest::SetMutability { repository: key.clone(), mutability: immutable.clone() }).await;
    let planned =
        plan(&app, PlanRequest::SetMutability { repository: key.clone(), mutability: immutable }).await;
    assert_eq!(codes(&planned, Severity::Note), ["nothing-to-do"]);

    let digest = digest_of(&app, &dev, "service", "2").await.unwrap();
    let images = vec![ImageSelection { digest, tag: None }];
    let delete = PlanRequest::DeleteImages { repository: key.clone(), images };
    make(&app, delete.clone()).await;
    assert!(digest_of(&app, &dev, "service", "2").await.is_none());
    let again = make(&app, delete).await;
    assert_eq!(again.steps[0].state, RunState::Skipped);
    assert_eq!(again.steps[0].result.as_deref(), Some("already gone: nothing to do"));
    make(&app, PlanRequest::DeleteRepository { repository: key, with_images: true }).await;
    assert!(names(&app, &dev).await.is_empty());
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_tag_that_was_moved_since_it_was_shown_is_not_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    create(&app, &dev, "service").await;
    push(&app, &dev, "service", "1").await;
    push(&app, &dev, "service", "2").await;
    let key = repository(&dev, "service");
    let shown = digest_of(&app, &dev, "service", "1").await.unwrap();
    let images = vec![ImageSelection { digest: shown, tag: Some("1".into()) }];
    let planned = plan(&app, PlanRequest::DeleteImages { repository: key, images }).await;

    // Another client moves tag 1 to the other image, whose only other tag is 2.
    let other = digest_of(&app, &dev, "service", "2").await.unwrap();
    make(&app, promote(&dev, &other, "1")).await;
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!((view.state, view.error.unwrap().code.as_str()), (RunState::Failed, "changed-elsewhere"));
    assert_eq!(digest_of(&app, &dev, "service", "1").await.as_ref(), Some(&other));

    // After a new plan, the tag is deleted, and only the tag.
    let images = vec![ImageSelection { digest: other.clone(), tag: Some("1".into()) }];
    make(&app, PlanRequest::DeleteImages { repository: repository(&dev, "service"), images }).await;
    assert_eq!(digest_of(&app, &dev, "service", "1").await, None);
    assert_eq!(digest_of(&app, &dev, "service", "2").await, Some(other));
    crate::support::close(&app).await;
}

#[tokio::test]
async fn an_image_that_got_another_tag_since_it_was_shown_stays_with_all_its_tags() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    create(&app, &dev, "service").await;
    push(&app, &dev, "service", "1").await;
    let digest = digest_of(&app, &dev, "service", "1").await.unwrap();
    let delete = || PlanRequest::DeleteImages {
        repository: repository(&dev, "service"),
        images: vec![ImageSelection { digest: digest.clone(), tag: None }],
    };
    let planned = plan(&app, delete()).await;
    assert!(planned.steps[0].text.contains("with the tag `1`"), "{}", planned.steps[0].text);

    make(&app, promote(&dev, &digest, "release")).await;
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    let error = view.error.unwrap();
    assert_eq!((view.state, error.code.as_str()), (RunState::Failed, "changed-elsewhere"));
    assert!(error.message.contains("`release`"), "{error:?}");
    for tag in ["1", "release"] {
        assert_eq!(digest_of(&app, &dev, "service", tag).await.as_ref(), Some(&digest));
    }

    // After a new plan, the image is deleted, with both tags.
    let planned = plan(&app, delete()).await;
    let run = begin(&app, &planned).await.unwrap();
    assert_eq!(ended(&app, &run).await.steps[0].result.as_deref(), Some("1 deleted"));
    assert_eq!(digest_of(&app, &dev, "service", "1").await, None);
    assert_eq!(digest_of(&app, &dev, "service", "release").await, None);
    crate::support::close(&app).await;
}

fn promote(registry: &RegistryKey, digest: &str, tag: &str) -> PlanRequest {
    PlanRequest::Promote {
        source: image_key(registry, "service", digest),
        destination: registry.clone(),
        repository: "service".into(),
        tag: tag.into(),
        enable_blob_mounting: false,
        create_repository: false,
    }
}

#[tokio::test]
async fn what_is_typed_wrong_is_said_at_its_field_and_nothing_is_changed() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    let with = |name: &str, exclusions: Vec<String>| PlanRequest::CreateRepository {
        registry: dev.clone(),
        name: name.into(),
        mutability: Mutability { immutable: true, exclusions },
        scan_on_push: false,
        encryption: Encryption::Aes256,
    };
    for (request, field) in [
        (with("Upper", vec![]), "name"),
        (with("a", vec![]), "name"),
        (with("a//b", vec![]), "name"),
        (with("fine", vec!["has blank".into()]), "mutability.exclusions[0]"),
        (with("fine", vec!["*".into(); 6]), "mutability.exclusions[5]"),
        (PlanRequest::PushSample { repository: repository(&dev, "fine"), tag: "x".repeat(129) }, "tag"),
        (PlanRequest::PushSample { repository: repository(&dev, "fine"), tag: String::new() }, "tag"),
        (PlanRequest::DeleteImages { repository: repository(&dev, "fine"), images: Vec::new() }, "images"),
    ] {
        let error = refused(&app, request).await;
        assert_eq!(error.field.as_deref(), Some(field), "{error:?}");
    }
    let request = PlanRequest::PushSample { repository: repository(&dev, "absent"), tag: "1".into() };
    assert_eq!(refused(&app, request).await.code, "repository-not-found");
    assert!(names(&app, &dev).await.is_empty());
    crate::support::close(&app).await;
}

/// A run that waits for a replication in progress: clean-up of a rule whose image has not arrived
/// yet.
async fn waiting_run(app: &std::sync::Arc<App>) -> String {
    let (dev, east) = (registry(DEV, WEST), registry(DEV, "us-east-2"));
    make(app, put_rule(rule(&dev, &[&east], &[]), &[])).await;
    create(app, &dev, "service").await;
    push(app, &dev, "service", "1").await;
    let id = app.replication(dev.clone()).await.unwrap().rules[0].id.clone();
    let clean_up = PlanRequest::CleanUp {
        source: dev,
        rule: Some(id),
        source_repositories: Vec::new(),
        destination_repositories: Vec::new(),
        statements: Vec::new(),
    };
    let planned = plan(app, clean_up).await;
    let run = begin(app, &planned).await.unwrap();
    let mut events = app.subscribe();
    let key = RunKey { run: run.clone() };
    until(&mut events, "waiting", || async {
        let view = app.run(key.clone()).await.unwrap();
        let text = view.steps[0].result.clone().unwrap_or_default();
        text.starts_with("waiting").then_some(())
    })
    .await;
    run
}

#[tokio::test]
async fn a_run_is_cancelled_within_a_second_and_goes_on_later() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    app.set_sandbox_settings(SandboxSettings { replication_delay_ms: 5_000, regions_down: Vec::new() })
        .await
        .unwrap();
    let run = waiting_run(&app).await;
    let key = RunKey { run: run.clone() };
    assert_eq!(app.retry_run(key.clone()).await.unwrap_err().code, "run-under-way");
    let window = app.runs(ListRuns { active: true, ..first_runs() }).await.unwrap();
    assert_eq!(window.total, 1);
    let begin = std::time::Instant::now();
    app.cancel_run(key.clone()).await.unwrap();
    let view = ended(&app, &run).await;
    // A second, plus the delay of a busy machine; waiting for the replication would take five.
    assert!(begin.elapsed() < std::time::Duration::from_secs(3), "{:?}", begin.elapsed());
    assert_eq!(view.state, RunState::Cancelled);
    assert_eq!(view.steps[0].state, RunState::Cancelled);
    assert_eq!(view.steps[1].state, RunState::Waiting);
    assert!(view.can_retry && !view.can_cancel);
    assert_eq!(app.replication(registry(DEV, WEST)).await.unwrap().rules.len(), 1);

    app.retry_run(key.clone()).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    assert_eq!(app.retry_run(key).await.unwrap_err().code, "run-is-done");
    assert!(app.replication(registry(DEV, WEST)).await.unwrap().rules.is_empty());
    crate::support::close(&app).await;
}

#[tokio::test]
async fn an_interrupted_run_goes_on_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    app.set_sandbox_settings(SandboxSettings { replication_delay_ms: 3_000, regions_down: Vec::new() })
        .await
        .unwrap();
    let run = waiting_run(&app).await;
    crate::support::close(&app).await;
    drop(app);

    let app = App::open(options(&directory)).await.unwrap();
    let key = RunKey { run: run.clone() };
    let view = app.run(key.clone()).await.unwrap();
    assert_eq!(view.state, RunState::Interrupted);
    assert!(view.can_retry);
    let mut events = app.subscribe();
    assert_eq!(events.next().await, Some(AppEvent::Snapshot { runs: Vec::new() }));
    app.retry_run(key).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    assert!(app.replication(registry(DEV, WEST)).await.unwrap().rules.is_empty());
    crate::support::close(&app).await;
}

#[tokio::test]
async fn the_end_of_a_run_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let mut events = app.subscribe();
    create(&app, &registry(DEV, WEST), "service").await;
    let told = async {
        let (mut run, mut notice) = (false, false);
        while !(run && notice) {
            match events.next().await.unwrap() {
                AppEvent::Run { run: view } => run |= view.state == RunState::Done,
                AppEvent::Notice { title, .. } => notice |= title == "Create repository service",
                _ => {}
            }
        }
    };
    tokio::time::timeout(crate::support::PATIENCE, told).await.unwrap();
    let view =
        try_to(&app, PlanRequest::SetBlobMounting { registry: registry(DEV, WEST), enabled: true }).await;
    assert_eq!(view.steps[0].result.as_deref(), Some("turned on"));
    crate::support::close(&app).await;
}
