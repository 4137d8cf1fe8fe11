//! Users, groups, roles and policies: planned, written, looked at, and brought back.

mod undo;
mod unread;
mod wrong;

use longshore_app::{
    App,
    api::{
        AskIam, GetIam, GetIamPolicy, IamChange, IamKind, IamList, IamName, ListIam, PlanRequest,
        PolicyDecision, RegistryKey, RunKey, RunState, RunView, Severity, Space,
    },
};
use serde_json::{Value, json};

use crate::{
    steps::{begin, codes, create, ended, errors, make, plan, try_to},
    support::{DEV, PROD, close, registry, with_sandbox},
};

const WEST: &str = "us-west-2";
const GROUP: &str = "randserver-developers";
const POLICY: &str = "EcrPushPullRandserverDevelopers";

fn named(kind: IamKind, name: &str) -> IamName {
    IamName { kind, name: name.into() }
}

fn iam(at: &RegistryKey, iam: IamChange) -> PlanRequest {
    PlanRequest::Iam { registry: at.clone(), iam }
}

fn new(of: IamName) -> IamChange {
    IamChange::Create {
        of,
        path: String::new(),
        trust: None,
        description: None,
        policies: Vec::new(),
        with: Vec::new(),
    }
}

fn user(name: &str) -> IamChange {
    new(named(IamKind::User, name))
}

/// Push and pull of one repository, and the login in a statement of its own.
fn developers(repository: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "PushPull", "Effect": "Allow", "Action": [
            "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload",
            "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
        ], "Resource": format!("arn:aws:ecr:{WEST}:{DEV}:repository/{repository}")},
        {"Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
    ]})
    .to_string()
}

fn policy(text: String, attach: Vec<IamName>) -> IamChange {
    IamChange::CreatePolicy { name: POLICY.into(), path: String::new(), text, attach }
}

async fn decision(
    app: &App,
    at: &RegistryKey,
    of: IamName,
    action: &str,
    repository: &str,
) -> PolicyDecision {
    let request = AskIam {
        registry: at.clone(),
        of,
        actions: vec![action.into()],
        repositories: vec![repository.into()],
    };
    let found = app.ask_iam(request).await.unwrap();
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    found.answers.into_iter().find(|one| one.resource == repository).unwrap().decision
}

async fn names(app: &App, at: &RegistryKey, list: IamList) -> Vec<String> {
    let rows = app.iam_list(ListIam { registry: at.clone(), list }).await.unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

/// johndoe in the group, which has the policy.
async fn developers_of_randserver(app: &App, at: &RegistryKey) -> RunView {
    make(app, iam(at, user("johndoe"))).await;
    let mut group = new(named(IamKind::Group, GROUP));
    if let IamChange::Create { with, .. } = &mut group {
        with.push("johndoe".into());
    }
    make(app, iam(at, group)).await;
    make(app, iam(at, policy(developers("randserver"), vec![named(IamKind::Group, GROUP)]))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_developer_may_push_where_the_group_may_and_the_plan_says_so_first() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    for name in ["randserver", "other"] {
        create(&app, &dev, name).await;
    }
    let read_only = IamChange::Attach {
        to: vec![named(IamKind::User, "johndoe")],
        policies: vec!["AmazonEC2ContainerRegistryReadOnly".into()],
    };
    let unknown = app.plan(iam(&dev, read_only.clone())).await.unwrap_err();
    assert_eq!((unknown.code.as_str(), unknown.field.as_deref()), ("iam-not-found", Some("to[0]")));
    make(&app, iam(&dev, user("johndoe"))).await;
    let planned = plan(&app, iam(&dev, read_only)).await;
    let step = &planned.steps[0];
    assert!(
        step.text.starts_with("Attach policy `AmazonEC2ContainerRegistryReadOnly` to user `johndoe`"),
        "{}",
        step.text
    );
    assert!(step.newly_allowed.iter().any(|one| one.starts_with("User `johndoe` may")), "{step:?}");
    assert_eq!(step.permissions, ["iam:ListAttachedUserPolicies", "iam:AttachUserPolicy"]);
    let run = begin(&app, &planned).await.unwrap();
    assert_eq!(ended(&app, &run).await.state, RunState::Done);
    let johndoe = || named(IamKind::User, "johndoe");
    let may = async |action, repository| decision(&app, &dev, johndoe(), action, repository).await;
    assert_eq!(may("ecr:BatchGetImage", "other").await, PolicyDecision::Allowed);
    assert_eq!(may("ecr:PutImage", "randserver").await, PolicyDecision::NotAllowed);

    let mut group = new(named(IamKind::Group, GROUP));
    if let IamChange::Create { with, .. } = &mut group {
        with.push("johndoe".into());
    }
    assert_eq!(make(&app, iam(&dev, group)).await.steps.len(), 2);
    let created =
        plan(&app, iam(&dev, policy(developers("randserver"), vec![named(IamKind::Group, GROUP)]))).await;
    assert_eq!(created.steps.len(), 2, "{created:#?}");
    assert!(
        created.steps[1]
            .newly_allowed
            .iter()
            .any(|one| one.starts_with(&format!("Users in group `{GROUP}` may")))
    );
    let run = begin(&app, &created).await.unwrap();
    ended(&app, &run).await;
    assert_eq!(may("ecr:PutImage", "randserver").await, PolicyDecision::Allowed);
    assert_eq!(may("ecr:PutImage", "other").await, PolicyDecision::NotAllowed);
    assert_eq!(may("ecr:BatchDeleteImage", "randserver").await, PolicyDecision::NotAllowed);

    let view = app.iam_entity(GetIam { registry: dev.clone(), of: johndoe() }).await.unwrap();
    assert_eq!(view.groups, Some(vec![GROUP.to_owned()]));
    assert_eq!(view.attached.unwrap()[0].name, "AmazonEC2ContainerRegistryReadOnly");
    assert_eq!((view.keys, view.problems, view.locked), (Some(Vec::new()), Vec::new(), false));
    let shown = app.iam_policy(GetIamPolicy { registry: dev.clone(), arn: POLICY.into() }).await.unwrap();
    assert_eq!(shown.attached_to, Some(vec![named(IamKind::Group, GROUP)]));
    assert_eq!((shown.statements.len(), shown.versions), (2, Some(1)));
    assert!(
        names(&app, &dev, IamList::AwsPolicies)
            .await
            .contains(&"AmazonEC2ContainerRegistryPullOnly".to_owned())
    );
    assert_eq!(names(&app, &dev, IamList::Groups).await, [GROUP]);
    // Another account has nothing of it.
    assert_eq!(names(&app, &registry(PROD, WEST), IamList::Groups).await, [] as [&str; 0]);
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn production_asks_for_its_name_and_nothing_happens_without_it() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let prod = registry(PROD, WEST);
    let planned = plan(&app, iam(&prod, user("johndoe"))).await;
    assert_eq!(planned.confirm.as_deref(), Some("Prod"));
    let unconfirmed = longshore_app::api::RunPlan {
        plan: planned.id,
        hash: planned.hash,
        confirm: None,
        acknowledge: false,
        managed: Vec::new(),
        keep_going: false,
    };
    assert_eq!(app.run_plan(unconfirmed).await.unwrap_err().code, "confirmation-needed");
    assert!(!names(&app, &prod, IamList::Users).await.contains(&"johndoe".to_owned()));
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_another_writer_changed_since_the_plan_is_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    make(&app, iam(&dev, policy(developers("randserver"), Vec::new()))).await;
    let put = |repository: &str| IamChange::PutPolicy { arn: POLICY.into(), text: developers(repository) };
    let ours = plan(&app, iam(&dev, put("ours"))).await;
    assert!(ours.steps[0].newly_allowed.iter().any(|one| one.contains("ours")), "{:?}", ours.steps[0]);
    make(&app, iam(&dev, put("theirs"))).await;
    let run = begin(&app, &ours).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Failed);
    let error = view.error.unwrap();
    assert_eq!(error.code, "changed-elsewhere", "{error:?}");
    let shown = app.iam_policy(GetIamPolicy { registry: dev.clone(), arn: POLICY.into() }).await.unwrap();
    assert!(shown.text.contains("repository/theirs"), "{}", shown.text);
    // A name that was taken meanwhile.
    let mine = plan(&app, iam(&dev, user("johndoe"))).await;
    let theirs = IamChange::Create {
        of: named(IamKind::User, "johndoe"),
        path: "/team/".into(),
        trust: None,
        description: None,
        policies: Vec::new(),
        with: Vec::new(),
    };
    make(&app, iam(&dev, theirs)).await;
    let run = begin(&app, &mine).await.unwrap();
    assert_eq!(ended(&app, &run).await.error.unwrap().code, "changed-elsewhere");
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_a_new_key_is_told_once_and_stored_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    make(&app, iam(&dev, user("johndoe"))).await;
    let run = make(&app, iam(&dev, IamChange::CreateKey { user: "johndoe".into() })).await;
    let key = app.take_key(RunKey { run: run.id.clone() }).await.unwrap();
    assert_eq!(key.user, "johndoe");
    let again = app.take_key(RunKey { run: run.id.clone() }).await.unwrap_err();
    assert_eq!(again.code, "key-not-kept");
    let view =
        app.iam_entity(GetIam { registry: dev.clone(), of: named(IamKind::User, "johndoe") }).await.unwrap();
    assert_eq!(view.keys.unwrap()[0].id, key.id);
    // Deactivated, and an undo activates it again.
    let off = IamChange::SetKey { user: "johndoe".into(), id: key.id.clone(), active: false };
    let off = make(&app, iam(&dev, off)).await;
    make(&app, PlanRequest::Undo { run: off.id }).await;
    let view =
        app.iam_entity(GetIam { registry: dev.clone(), of: named(IamKind::User, "johndoe") }).await.unwrap();
    assert!(view.keys.unwrap()[0].active);
    make(&app, iam(&dev, IamChange::CreateKey { user: "johndoe".into() })).await;
    let third = plan(&app, iam(&dev, IamChange::CreateKey { user: "johndoe".into() })).await;
    assert_eq!(errors(&third), ["iam-quota"]);
    // The undo of a new key deletes it.
    make(&app, PlanRequest::Undo { run: run.id }).await;
    let view =
        app.iam_entity(GetIam { registry: dev.clone(), of: named(IamKind::User, "johndoe") }).await.unwrap();
    assert!(view.keys.unwrap().iter().all(|one| one.id != key.id));
    close(&app).await;
    let mut files = vec![app.data_directory().to_owned()];
    let mut looked = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            // The sandbox plays AWS, which knows the secret.
            let inner = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
            files.extend(inner.filter(|inner| !inner.ends_with("sandbox")));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        looked += 1;
        assert!(
            !bytes.windows(key.secret.len()).any(|part| part == key.secret.as_bytes()),
            "{}",
            path.display()
        );
    }
    assert!(looked > 0);
}
