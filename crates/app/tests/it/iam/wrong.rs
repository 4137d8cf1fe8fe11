//! What cannot be planned: wrong input, quotas, and who must not be changed.

use super::*;

async fn refused(app: &App, at: &RegistryKey, change: IamChange) -> (String, String) {
    let error = app.plan(iam(at, change)).await.unwrap_err();
    (error.code, error.field.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_input_is_named_at_its_field() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    make(&app, iam(&dev, user("johndoe"))).await;
    let johndoe = || named(IamKind::User, "johndoe");
    let at = |code: &str, field: &str| (code.to_owned(), field.to_owned());
    let long = "x".repeat(65);
    for name in ["", "john doe", "a/b", "\u{202e}eod", long.as_str()] {
        assert_eq!(refused(&app, &dev, user(name)).await, at("iam-name-invalid", "name"), "{name}");
    }
    assert_eq!(refused(&app, &dev, user("johndoe")).await, at("iam-already-exists", "name"));
    let path = IamChange::Create {
        of: named(IamKind::Group, "a"),
        path: "a b".into(),
        trust: None,
        description: None,
        policies: Vec::new(),
        with: Vec::new(),
    };
    assert_eq!(refused(&app, &dev, path).await, at("iam-path-invalid", "path"));
    let text = |text: &str| policy(text.to_owned(), Vec::new());
    for wrong in ["", "no policy", "{", r#"{"Version": "2012-10-17"}"#] {
        assert_eq!(refused(&app, &dev, text(wrong)).await.1, "text", "{wrong}");
    }
    let sid = "x".repeat(6_200);
    let too_long = developers("a").replace("PushPull", &sid);
    assert_eq!(refused(&app, &dev, text(&too_long)).await, at("iam-policy-too-long", "text"));
    let nowhere = policy(developers("a"), vec![named(IamKind::Group, "nowhere")]);
    assert_eq!(refused(&app, &dev, nowhere).await, at("iam-not-found", "attach[0]"));
    let attach = |policy: &str| IamChange::Attach { to: vec![johndoe()], policies: vec![policy.into()] };
    let near = app.plan(iam(&dev, attach("AmazonEC2ContainerRegistryReadonly"))).await.unwrap_err();
    assert_eq!(near.code, "iam-policy-unknown");
    assert_eq!(near.hint.as_deref(), Some("Did you mean `AmazonEC2ContainerRegistryReadOnly`?"));
    let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    let theirs = IamChange::PutPolicy { arn: arn.into(), text: developers("a") };
    assert_eq!(refused(&app, &dev, theirs).await, at("iam-unmodifiable", "arn"));
    let inline = IamChange::PutInline {
        of: johndoe(),
        policy: "own".into(),
        text: developers("a").replace("PushPull", &"x".repeat(2_100)),
    };
    assert_eq!(refused(&app, &dev, inline).await, at("iam-policy-too-long", "text"));
    let key = IamChange::DeleteKey { user: "johndoe".into(), id: "AKIANOBODY".into() };
    assert_eq!(refused(&app, &dev, key).await, at("iam-not-found", "id"));
    let nobody = IamChange::AddToGroup { group: "nowhere".into(), users: vec!["johndoe".into()] };
    assert_eq!(refused(&app, &dev, nobody).await, at("iam-not-found", "group"));
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_administrator_and_who_acts_are_never_changed() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    let administrator = || named(IamKind::User, "administrator");
    let read_only = || vec!["AmazonEC2ContainerRegistryReadOnly".to_owned()];
    for change in [
        IamChange::Delete { of: administrator() },
        IamChange::Attach { to: vec![administrator()], policies: read_only() },
        IamChange::CreateKey { user: "administrator".into() },
        IamChange::PutInline { of: administrator(), policy: "own".into(), text: developers("a") },
    ] {
        let planned = plan(&app, iam(&dev, change.clone())).await;
        assert!(errors(&planned).contains(&"iam-administrator"), "{change:?}: {planned:#?}");
    }
    assert!(app.iam_entity(GetIam { registry: dev.clone(), of: administrator() }).await.unwrap().locked);
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quotas_are_said_before_the_plan_runs() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, WEST);
    make(&app, iam(&dev, user("johndoe"))).await;
    let johndoe = || named(IamKind::User, "johndoe");
    let group = |n: usize| format!("g{n}");
    for n in 0..10 {
        let IamChange::Create { of, path, trust, description, policies, .. } =
            new(named(IamKind::Group, &group(n)))
        else {
            unreachable!()
        };
        let with = vec!["johndoe".to_owned()];
        make(&app, iam(&dev, IamChange::Create { of, path, trust, description, policies, with })).await;
        let create = IamChange::CreatePolicy {
            name: format!("p{n}"),
            path: String::new(),
            text: developers(&group(n)),
            attach: vec![johndoe(), named(IamKind::Group, "g0")],
        };
        make(&app, iam(&dev, create)).await;
    }
    make(&app, iam(&dev, new(named(IamKind::Group, "g10")))).await;
    let more = IamChange::AddToGroup { group: "g10".into(), users: vec!["johndoe".into()] };
    assert_eq!(errors(&plan(&app, iam(&dev, more)).await), ["iam-quota"]);
    let eleventh = |to: IamName| IamChange::Attach {
        to: vec![to],
        policies: vec!["AmazonEC2ContainerRegistryReadOnly".into()],
    };
    // That of a user can be raised, that of a group cannot.
    let of_user = plan(&app, iam(&dev, eleventh(johndoe()))).await;
    assert_eq!(codes(&of_user, Severity::Warning), ["iam-quota"]);
    let of_group = plan(&app, iam(&dev, eleventh(named(IamKind::Group, "g0")))).await;
    assert_eq!(errors(&of_group), ["iam-quota"]);
    // Without a raised quota IAM refuses, and the run says so.
    let view = try_to(&app, iam(&dev, eleventh(johndoe()))).await;
    assert_eq!(view.error.unwrap().code, "limit-exceeded");

    for n in 0..4 {
        let put = IamChange::PutPolicy { arn: "p0".into(), text: developers(&format!("v{n}")) };
        assert!(codes(&plan(&app, iam(&dev, put.clone())).await, Severity::Warning).is_empty());
        make(&app, iam(&dev, put)).await;
    }
    let sixth = IamChange::PutPolicy { arn: "p0".into(), text: developers("v5") };
    assert_eq!(codes(&plan(&app, iam(&dev, sixth)).await, Severity::Warning), ["iam-version-lost"]);
    close(&app).await;
}
