//! Creation templates are listed, created, changed as they were opened, and deleted.

use longshore_app::api::{PlanRequest, RunState, TemplateView};

use crate::{
    steps::{errors, make, plan},
    support::{PROD, close, registry, with_sandbox},
};

const ROLE: &str = "arn:aws:iam::444455556666:role/ecr-templates";

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_changed_only_as_it_was_opened() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let prod = registry(PROD, "us-west-2");
    let put = |text: &str, base: Option<&str>| PlanRequest::PutTemplate {
        registry: prod.clone(),
        text: text.to_owned(),
        base: base.map(str::to_owned),
    };
    let listed = async || -> Vec<TemplateView> { app.templates(prod.clone()).await.unwrap() };
    let first = format!(
        r#"{{"prefix":"prod","appliedFor":["REPLICATION"],"imageTagMutability":"IMMUTABLE","customRoleArn":"{ROLE}"}}"#
    );
    assert_eq!(make(&app, put(&first, None)).await.state, RunState::Done);
    let [opened] = listed().await.try_into().unwrap();
    assert_eq!((opened.prefix.as_str(), opened.mutability.immutable), ("prod", true));
    assert_eq!(opened.custom_role_arn.as_deref(), Some(ROLE));

    // Without what was opened, the prefix must be free; the same again is nothing to do.
    let changed = opened.text.replace("IMMUTABLE", "MUTABLE");
    assert_eq!(errors(&plan(&app, put(&changed, None)).await), ["template-already-exists"]);
    let planned = plan(&app, put(&changed, Some(&opened.text))).await;
    assert!(planned.steps[0].before.is_some() && planned.steps[0].after.is_some(), "{planned:?}");
    assert_eq!(make(&app, put(&changed, Some(&opened.text))).await.state, RunState::Done);
    assert!(!listed().await[0].mutability.immutable);

    // What was opened is no longer there.
    let stale = opened.text.replace("prod\"", "prod\",\"description\":\"mine\"");
    assert_eq!(errors(&plan(&app, put(&stale, Some(&opened.text))).await), ["changed-elsewhere"]);
    let now = listed().await[0].text.clone();
    let without = now.replace(&format!(",\"customRoleArn\":\"{ROLE}\""), "");
    let without = without.replace(&format!("\"customRoleArn\":\"{ROLE}\","), "");
    assert_eq!(errors(&plan(&app, put(&without, Some(&now))).await), ["template-keeps-role"]);

    let delete = PlanRequest::DeleteTemplate { registry: prod.clone(), prefix: "prod".into() };
    assert_eq!(make(&app, delete).await.state, RunState::Done);
    assert_eq!(listed().await, []);
    close(&app).await;
}
