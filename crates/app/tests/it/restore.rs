//! *Restore this version…* for every kind of document and setting that a run replaces.

use longshore_app::{
    App,
    api::{
        DocumentType, KeptVersion, ListVersions, PlanRequest, RegistryKey, RepositorySetting, RunView,
        Severity, VersionView,
    },
};
use longshore_ecr::TagMutability;

use crate::{
    steps::{codes, create, make, plan, refused},
    support::{DEV, PROD, client, close, registry, repository, with_sandbox},
};

const WEST: &str = "us-west-2";
const LIFECYCLE: &str = r#"{"rules":[{"rulePriority":10,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":800},"action":{"type":"expire"}}]}"#;

fn of_kind(view: &RunView, kind: &str) -> VersionView {
    let found = view.versions.iter().find(|version| version.kind == kind);
    found.unwrap_or_else(|| panic!("{kind}: {:?}", view.versions)).clone()
}

async fn restore(app: &App, version: &VersionView) -> RunView {
    make(app, PlanRequest::Restore { version: version.id.clone() }).await
}

async fn kept(app: &App, at: &RegistryKey, document: DocumentType, name: Option<&str>) -> Vec<KeptVersion> {
    let request = ListVersions { registry: at.clone(), document, name: name.map(str::to_owned) };
    app.kept_versions(request).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_a_repository_are_restored_one_by_one_and_together() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod) = (registry(DEV, WEST), registry(PROD, WEST));
    let name = "api".parse().unwrap();
    for at in [&dev, &prod] {
        create(&app, at, "api").await;
    }
    let (at_dev, at_prod) = (client(&app, &dev), client(&app, &prod));
    at_dev.put_tag_mutability(&name, &TagMutability::IMMUTABLE).await.unwrap();
    at_dev.put_scan_on_push(&name, true).await.unwrap();
    at_dev.replace_lifecycle_policy(&name, None, Some(LIFECYCLE)).await.unwrap();
    let equal = PlanRequest::MakeEqual {
        repository: repository(&dev, "api"),
        with: vec![prod.clone()],
        settings: vec![
            RepositorySetting::TagMutability,
            RepositorySetting::ScanOnPush,
            RepositorySetting::LifecyclePolicy,
        ],
    };
    let now = async || {
        let found = at_prod.repository(&name).await.unwrap().unwrap();
        (found.tag_mutability, found.scan_on_push, at_prod.lifecycle_policy(&name).await.unwrap().is_some())
    };
    let (before, after) = ((TagMutability::MUTABLE, false, false), (TagMutability::IMMUTABLE, true, true));
    let view = make(&app, equal.clone()).await;
    assert_eq!((now().await, view.versions.len()), (after.clone(), 3));

    for kind in ["tag mutability", "scanning of pushed images", "lifecycle policy"] {
        let version = of_kind(&view, kind);
        assert_eq!(version.name.as_deref(), Some("api"));
        restore(&app, &version).await;
        let again = plan(&app, PlanRequest::Restore { version: version.id }).await;
        assert!(codes(&again, Severity::Note).contains(&"nothing-to-do"), "{again:?}");
    }
    assert_eq!(now().await, before);
    let lifecycle = kept(&app, &prod, DocumentType::LifecyclePolicy, Some("api")).await;
    assert_eq!(
        lifecycle.iter().map(|one| (one.none, one.parts)).collect::<Vec<_>>(),
        [(false, 1), (true, 0)]
    );
    assert!(kept(&app, &prod, DocumentType::TagMutability, Some("other")).await.is_empty());

    // The whole run at once; documents that another client has changed since are left alone.
    let view = make(&app, equal).await;
    at_prod.put_scan_on_push(&name, false).await.unwrap();
    at_prod.put_tag_mutability(&name, &TagMutability::Mutable { except: vec!["v*".into()] }).await.unwrap();
    let undo = PlanRequest::Undo { run: view.id };
    let planned = plan(&app, undo.clone()).await;
    let warnings = codes(&planned, Severity::Warning);
    assert!(warnings.contains(&"changed-since"), "{planned:#?}");
    assert_eq!(planned.steps.len(), 1);
    make(&app, undo).await;
    assert_eq!(now().await, (TagMutability::Mutable { except: vec!["v*".into()] }, false, false));
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_template_is_restored_also_when_it_was_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let prod = registry(PROD, WEST);
    let put = |text: &str, base: Option<&str>| PlanRequest::PutTemplate {
        registry: prod.clone(),
        text: text.to_owned(),
        base: base.map(str::to_owned),
    };
    let first = r#"{"prefix":"team","appliedFor":["REPLICATION"],"imageTagMutability":"IMMUTABLE"}"#;
    let created = make(&app, put(first, None)).await;
    let opened = app.templates(prod.clone()).await.unwrap().remove(0).text;
    let changed = make(&app, put(&opened.replace("IMMUTABLE", "MUTABLE"), Some(&opened))).await;
    let delete = PlanRequest::DeleteTemplate { registry: prod.clone(), prefix: "team".into() };
    let deleted = make(&app, delete).await;
    let immutable = async || {
        let found = app.templates(prod.clone()).await.unwrap();
        found.first().map(|template| template.mutability.immutable)
    };
    assert_eq!(immutable().await, None);
    let version = |view: &RunView| of_kind(view, "creation template");
    restore(&app, &version(&deleted)).await;
    assert_eq!(immutable().await, Some(false));
    restore(&app, &version(&changed)).await;
    assert_eq!(immutable().await, Some(true));
    restore(&app, &version(&created)).await;
    assert_eq!(immutable().await, None);
    assert_eq!(kept(&app, &prod, DocumentType::Template, None).await.len(), 6);
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blob_mounting_is_restored_and_settings_of_a_deleted_repository_are_not() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    let on = make(&app, PlanRequest::SetBlobMounting { registry: dev.clone(), enabled: true }).await;
    restore(&app, &of_kind(&on, "blob mounting")).await;
    assert!(!client(&app, &dev).blob_mounting().await.unwrap());

    create(&app, &dev, "api").await;
    let set = PlanRequest::SetMutability {
        repository: repository(&dev, "api"),
        mutability: longshore_app::api::Mutability { immutable: true, exclusions: Vec::new() },
    };
    let set = make(&app, set).await;
    let delete = PlanRequest::DeleteRepository { repository: repository(&dev, "api"), with_images: false };
    make(&app, delete).await;
    let version = of_kind(&set, "tag mutability").id;
    assert_eq!(refused(&app, PlanRequest::Restore { version }).await.code, "repository-not-found");
    close(&app).await;
}
