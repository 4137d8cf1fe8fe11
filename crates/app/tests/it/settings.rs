//! Settings that replication does not carry are compared and made equal.

use longshore_app::api::{CompareSettings, PlanRequest, RepositorySetting, RunState, SettingsComparison};
use longshore_ecr::TagMutability;

use crate::{
    steps::{create, make, plan},
    support::{DEV, PROD, client, close, registry, repository, with_sandbox},
};

const WEST: &str = "us-west-2";
const LIFECYCLE: &str = r#"{"rules":[{"rulePriority":10,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":800},"action":{"type":"expire"}}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn namesakes_get_the_settings_of_a_repository() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod, elsewhere) = (registry(DEV, WEST), registry(PROD, WEST), registry(PROD, "eu-west-1"));
    let name = "api".parse().unwrap();
    for at in [&dev, &prod] {
        create(&app, at, "api").await;
    }
    let at_dev = client(&app, &dev);
    at_dev.put_tag_mutability(&name, &TagMutability::IMMUTABLE).await.unwrap();
    at_dev.put_scan_on_push(&name, true).await.unwrap();
    at_dev.replace_lifecycle_policy(&name, None, Some(LIFECYCLE)).await.unwrap();

    let compared = async || -> SettingsComparison {
        let with = vec![prod.clone(), elsewhere.clone()];
        app.compare_settings(CompareSettings { repository: repository(&dev, "api"), with }).await.unwrap()
    };
    let before = compared().await;
    let all =
        [RepositorySetting::TagMutability, RepositorySetting::ScanOnPush, RepositorySetting::LifecyclePolicy];
    assert_eq!(before.others[0].different, all);
    // No such repository is not the same as one without settings.
    assert_eq!((&before.others[1].settings, &before.others[1].problem), (&None, &None));

    let request = PlanRequest::MakeEqual {
        repository: repository(&dev, "api"),
        with: vec![prod.clone()],
        settings: all.to_vec(),
    };
    assert_eq!(plan(&app, request.clone()).await.steps.len(), 3);
    assert_eq!(make(&app, request.clone()).await.state, RunState::Done);
    assert_eq!(compared().await.others[0].different, []);
    assert_eq!(plan(&app, request).await.steps.len(), 0);

    // A policy that somebody wrote meanwhile is not overwritten.
    let other = LIFECYCLE.replace("800", "5");
    let at_prod = client(&app, &prod);
    at_prod.replace_lifecycle_policy(&name, Some(LIFECYCLE), Some(&other)).await.unwrap();
    let stale = at_prod.replace_lifecycle_policy(&name, Some(LIFECYCLE), None).await.unwrap_err();
    assert_eq!(stale.code(), "changed-elsewhere");
    at_prod.replace_lifecycle_policy(&name, Some(&other), None).await.unwrap();
    assert_eq!(at_prod.lifecycle_policy(&name).await.unwrap(), None);
    close(&app).await;
}
