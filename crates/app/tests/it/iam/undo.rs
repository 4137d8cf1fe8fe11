//! What a run of IAM did is undone: former versions come back, and what was made is deleted.

use super::*;

async fn text(app: &App, at: &RegistryKey) -> String {
    app.iam_policy(GetIamPolicy { registry: at.clone(), arn: POLICY.into() }).await.unwrap().text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_version_of_a_policy_is_restored_and_a_new_policy_is_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    let created = developers_of_randserver(&app, &dev).await;
    let put = IamChange::PutPolicy { arn: POLICY.into(), text: developers("other") };
    let changed = make(&app, iam(&dev, put.clone())).await;
    assert_eq!(changed.versions[0].kind, "managed policy");
    assert!(text(&app, &dev).await.contains("repository/other"));
    make(&app, PlanRequest::Restore { version: changed.versions[0].id.clone() }).await;
    assert!(text(&app, &dev).await.contains("repository/randserver"));
    // It is the former version, and no third one.
    let shown = app.iam_policy(GetIamPolicy { registry: dev.clone(), arn: POLICY.into() }).await.unwrap();
    assert_eq!((shown.version.as_str(), shown.versions), ("v1", Some(2)));

    let undo = plan(&app, PlanRequest::Undo { run: created.id.clone() }).await;
    let steps: Vec<&str> = undo.steps.iter().map(|step| step.text.as_str()).collect();
    assert!(steps[0].starts_with(&format!("Detach policy `{POLICY}` from group `{GROUP}`")), "{steps:?}");
    assert!(steps[1].starts_with(&format!("Delete policy `{POLICY}`")), "{steps:?}");
    let run = begin(&app, &undo).await.unwrap();
    assert_eq!(ended(&app, &run).await.state, RunState::Done);
    assert_eq!(names(&app, &dev, IamList::Policies).await, [] as [&str; 0]);
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_user_comes_back_with_everything_but_the_keys() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    developers_of_randserver(&app, &dev).await;
    let johndoe = named(IamKind::User, "johndoe");
    let inline = IamChange::PutInline { of: johndoe.clone(), policy: "own".into(), text: developers("mine") };
    make(&app, iam(&dev, inline)).await;
    make(&app, iam(&dev, IamChange::CreateKey { user: "johndoe".into() })).await;
    let delete = plan(&app, iam(&dev, IamChange::Delete { of: johndoe.clone() })).await;
    assert_eq!(codes(&delete, Severity::Warning), ["iam-key-gone"]);
    assert_eq!(delete.steps.len(), 4, "{delete:#?}");
    assert!(delete.steps.iter().filter(|step| step.destructive).count() == 3);
    let run = begin(&app, &delete).await.unwrap();
    let deleted = ended(&app, &run).await;
    assert_eq!(deleted.state, RunState::Done, "{deleted:#?}");
    let gone = app.iam_entity(GetIam { registry: dev.clone(), of: johndoe.clone() }).await.unwrap_err();
    assert_eq!(gone.code, "iam-not-found");

    let undo = plan(&app, PlanRequest::Undo { run: deleted.id.clone() }).await;
    assert!(codes(&undo, Severity::Warning).contains(&"iam-key-gone"), "{undo:#?}");
    assert!(undo.steps[0].text.starts_with("Create user `johndoe`"), "{undo:#?}");
    let run = begin(&app, &undo).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    let back = app.iam_entity(GetIam { registry: dev.clone(), of: johndoe.clone() }).await.unwrap();
    assert_eq!((back.groups, back.keys), (Some(vec![GROUP.to_owned()]), Some(Vec::new())));
    assert_eq!(back.inline.unwrap()[0].name, "own");
    assert_eq!(decision(&app, &dev, johndoe, "ecr:PutImage", "randserver").await, PolicyDecision::Allowed);
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_created_trusted_differently_and_deleted_and_comes_back_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    let trust = |service: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})
        .to_string()
    };
    let role = |trust: Option<String>| IamChange::Create {
        of: named(IamKind::Role, "task"),
        path: "/team/".into(),
        trust,
        description: Some("Pulls images".into()),
        policies: vec!["AmazonEC2ContainerRegistryPullOnly".into()],
        with: Vec::new(),
    };
    let none = app.plan(iam(&dev, role(None))).await.unwrap_err();
    assert_eq!((none.code.as_str(), none.field.as_deref()), ("input-missing", Some("trust")));
    make(&app, iam(&dev, role(Some(trust("ec2.amazonaws.com"))))).await;
    let other = IamChange::PutTrust { role: "task".into(), text: trust("lambda.amazonaws.com") };
    make(&app, iam(&dev, other)).await;
    let of = named(IamKind::Role, "task");
    let deleted = make(&app, iam(&dev, IamChange::Delete { of: of.clone() })).await;
    make(&app, PlanRequest::Undo { run: deleted.id }).await;
    let back = app.iam_entity(GetIam { registry: dev.clone(), of }).await.unwrap();
    assert!(back.trust.unwrap().contains("lambda.amazonaws.com"));
    assert!(back.arn.ends_with(":role/team/task"), "{}", back.arn);
    assert_eq!(back.attached.unwrap().len(), 1);
    close(&app).await;
}
