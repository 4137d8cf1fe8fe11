//! A lifecycle policy is tried on the images that are there before it is written.

use longshore_app::api::{
    CheckLifecycle, DocumentType, ListVersions, PlanRequest, PreviewLifecycle, ProtectImage,
    ReplicationState, RepositoryKey, RuleInput, RunPlan, RunState, Severity, UsageSearch,
};

use crate::{
    steps::{begin, codes, create, make, plan, push, put_rule, refused, replicated, rule},
    support::{DEV, PROD, client, close, registry, repository, with_sandbox},
};

const WEST: &str = "us-west-2";

fn keep(number: u32) -> String {
    format!(
        r#"{{"rules":[{{"rulePriority":10,"selection":{{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":{number}}},"action":{{"type":"expire"}}}}]}}"#
    )
}

fn put(repositories: &[&RepositoryKey], text: Option<&str>, base: Option<&str>) -> PlanRequest {
    PlanRequest::PutLifecycle {
        repositories: repositories.iter().copied().cloned().collect(),
        text: text.map(str::to_owned),
        base: base.map(str::to_owned),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_shows_what_it_deletes_and_is_written_where_nobody_changed_it() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod) = (registry(DEV, WEST), registry(PROD, WEST));
    let (here, there) = (repository(&dev, "api"), repository(&prod, "api"));
    for at in [&dev, &prod] {
        create(&app, at, "api").await;
    }
    for tag in ["1", "2", "3"] {
        push(&app, &dev, "api", tag).await;
    }
    let opened = app.lifecycle(here.clone()).await.unwrap();
    assert_eq!((opened.document, opened.base.as_str()), (None, "none"));

    let checked = app.check_lifecycle(CheckLifecycle { text: keep(1) }).await.unwrap();
    assert_eq!((checked.rules.len(), checked.rules[0].priority), (1, 10));
    assert_eq!(checked.rules[0].text, "Images expire, except the one pushed last.");
    assert!(checked.document.is_some());
    let preview = async |number: u32| {
        let request = PreviewLifecycle {
            repository: here.clone(),
            text: keep(number),
            days: 0,
            usage: UsageSearch::default(),
        };
        app.preview_lifecycle(request).await.unwrap()
    };
    let found = preview(1).await;
    assert_eq!((found.total, found.expired, found.images.len()), (3, 2, 2));
    assert_eq!(found.images[0].tags, ["1"]);
    assert!(found.bytes_freed > 0 && found.rules[0].expired == 2);
    assert_eq!(preview(800).await.expired, 0);

    let request = put(&[&here, &there], Some(&keep(1)), None);
    let planned = plan(&app, request.clone()).await;
    let reasons: Vec<_> = planned.steps.iter().map(|step| step.reason.clone().unwrap()).collect();
    assert!(reasons[0].starts_with("Of 3 images today it deletes 2 images ("), "{reasons:?}");
    assert!(reasons[1].starts_with("Of 0 images today it deletes nothing;"), "{reasons:?}");
    assert_eq!(make(&app, request.clone()).await.state, RunState::Done);
    assert_eq!(plan(&app, request).await.steps.len(), 0);
    let name = "api".parse().unwrap();
    assert_eq!(client(&app, &prod).lifecycle_policy(&name).await.unwrap().as_deref(), Some(&*keep(1)));

    // An editor that opened nothing does not overwrite what is there now.
    let error = refused(&app, put(&[&here], Some(&keep(5)), Some(&opened.base))).await;
    assert_eq!(error.code, "changed-since-opened");
    let now = app.lifecycle(here.clone()).await.unwrap();
    assert_eq!(make(&app, put(&[&here], None, Some(&now.base))).await.state, RunState::Done);
    assert_eq!(client(&app, &dev).lifecycle_policy(&name).await.unwrap(), None);
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_deletes_what_is_in_use_says_so_and_must_be_agreed_to() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let here = repository(&registry(DEV, WEST), "api");
    create(&app, &here.registry, "api").await;
    for tag in ["1", "2"] {
        push(&app, &here.registry, "api", tag).await;
    }
    let request = put(&[&here], Some(&keep(1)), None);
    assert!(plan(&app, request.clone()).await.agree.is_empty());
    let protect = ProtectImage { repository: here.clone(), image: "1".into(), note: None, protect: true };
    app.protect_image(protect).await.unwrap();
    let usage = UsageSearch::default();
    let preview = PreviewLifecycle { repository: here.clone(), text: keep(1), days: 0, usage };
    let found = app.preview_lifecycle(preview).await.unwrap();
    assert_eq!((found.expired, found.spared, found.in_use.len()), (0, 1, 1));
    assert_eq!(
        (found.in_use[0].image.tags[0].as_str(), found.in_use[0].used_by.as_str()),
        ("1", "a protection")
    );
    let planned = plan(&app, request).await;
    assert!(planned.agree[0].contains("1 image in use: `1` (in use by a protection)"), "{:?}", planned.agree);
    let run = RunPlan {
        plan: planned.id.clone(),
        hash: planned.hash.clone(),
        confirm: None,
        acknowledge: false,
        managed: Vec::new(),
        keep_going: false,
    };
    assert_eq!(app.run_plan(run).await.unwrap_err().code, "acknowledgement-needed");
    assert!(begin(&app, &planned).await.is_ok());
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_names_the_destinations_that_lose_what_it_expires() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod) = (registry(DEV, WEST), registry(PROD, WEST));
    let deleting = RuleInput { delete_replication: true, ..rule(&dev, &[&prod], &["api"]) };
    make(&app, put_rule(deleting, &[&prod])).await;
    create(&app, &dev, "api").await;
    for tag in ["1", "2"] {
        push(&app, &dev, "api", tag).await;
        replicated(&app, &dev, "api", tag, &prod, ReplicationState::Complete).await;
    }
    let here = repository(&dev, "api");
    for (number, said) in [
        (1, "Prod (444455556666) / us-west-2 loses 1 image (`1`) of `api` too"),
        (800, "What the policy expires in `api` is deleted in Prod (444455556666) / us-west-2 too"),
    ] {
        let planned = plan(&app, put(&[&here], Some(&keep(number)), None)).await;
        assert_eq!(codes(&planned, Severity::Warning), ["deletion-replicated"]);
        assert!(planned.findings[0].text.starts_with(said), "{:?}", planned.findings);
        assert_eq!(planned.confirm.as_deref(), Some("Prod"));
    }
    // Restoring a version writes a policy too.
    for text in [Some(keep(1)), None] {
        assert_eq!(make(&app, put(&[&here], text.as_deref(), None)).await.state, RunState::Done);
    }
    let (document, name) = (DocumentType::LifecyclePolicy, Some("api".to_owned()));
    let of = ListVersions { registry: dev.clone(), document, name };
    let version = app.kept_versions(of).await.unwrap().remove(0).version.id;
    let planned = plan(&app, PlanRequest::Restore { version }).await;
    assert!(codes(&planned, Severity::Warning).contains(&"deletion-replicated"), "{:?}", planned.findings);
    assert_eq!(planned.confirm.as_deref(), Some("Prod"));
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_ecr_refuses_is_neither_tried_nor_written() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let here = repository(&registry(DEV, WEST), "api");
    create(&app, &here.registry, "api").await;
    let wrong = keep(0);
    let checked = app.check_lifecycle(CheckLifecycle { text: wrong.clone() }).await.unwrap();
    assert!(checked.document.is_none());
    assert!(checked.findings.iter().any(|found| found.finding.severity == Severity::Error), "{checked:?}");
    let request = PreviewLifecycle {
        repository: here.clone(),
        text: wrong.clone(),
        days: 0,
        usage: UsageSearch::default(),
    };
    assert_eq!(app.preview_lifecycle(request).await.unwrap_err().code, "lifecycle-refused");
    assert_eq!(refused(&app, put(&[&here], Some(&wrong), None)).await.code, "lifecycle-refused");
    assert_eq!(refused(&app, put(&[], None, None)).await.code, "nothing-selected");
    close(&app).await;
}
