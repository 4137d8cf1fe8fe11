//! Answers of IAM that are lost after it did what was asked, and requests that never arrive.

use std::sync::{Arc, Mutex};

use longshore_app::{
    AppOptions, MemoryStore,
    api::{AddAccount, Environment},
};
use longshore_ecr::WriteTiming;
use longshore_sandbox::{PortChoice, Sandbox, SandboxOptions};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::support::quick;

/// What happens to the next requests of an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It is carried out, and its answer is lost.
    Answer,
    /// It never arrives.
    Request,
}

/// The faults to come, each of an operation.
type Faults = Arc<Mutex<Vec<(&'static str, Fault)>>>;

/// A connection that breaks when it is told to.
struct Line {
    address: String,
    faults: Faults,
}

impl Line {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let faults = Faults::default();
        let shared = Arc::clone(&faults);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, faults) = (server.clone(), Arc::clone(&shared));
                tokio::spawn(async move { serve(client, &server, &faults).await.ok() });
            }
        });
        Self { address, faults }
    }

    fn breaks(&self, operation: &'static str, fault: Fault, times: usize) {
        let all = std::iter::repeat_n((operation, fault), times);
        self.faults.lock().unwrap().extend(all);
    }

    fn is_whole(&self) -> bool {
        self.faults.lock().unwrap().is_empty()
    }
}

async fn serve(mut client: TcpStream, server: &str, faults: &Faults) -> std::io::Result<()> {
    loop {
        let Some(request) = message(&mut client).await? else { return Ok(()) };
        let text = String::from_utf8_lossy(&request).into_owned();
        let fault = {
            let mut all = faults.lock().unwrap();
            let at = all.iter().position(|(operation, _)| text.contains(&format!("Action={operation}&")));
            at.map(|at| all.remove(at).1)
        };
        if fault == Some(Fault::Request) {
            return Ok(());
        }
        let mut upstream = TcpStream::connect(server).await?;
        upstream.write_all(&request).await?;
        let answer = message(&mut upstream).await?.unwrap_or_default();
        if fault == Some(Fault::Answer) {
            return Ok(());
        }
        client.write_all(&answer).await?;
    }
}

/// One message of HTTP with its body.
async fn message(from: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let (mut bytes, mut part) = (Vec::new(), [0; 8_192]);
    loop {
        let read = from.read(&mut part).await?;
        if read == 0 {
            return Ok((!bytes.is_empty()).then_some(bytes));
        }
        bytes.extend_from_slice(&part[..read]);
        let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        if bytes.len() >= head + 4 + length.unwrap_or(0) {
            return Ok(Some(bytes));
        }
    }
}

struct World {
    app: Arc<App>,
    line: Line,
    dev: RegistryKey,
    _sandbox: Sandbox,
    _directory: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let directory = tempfile::tempdir().unwrap();
        let mut options = SandboxOptions::new(directory.path().join("aws"));
        options.port = PortChoice::Any;
        let sandbox = Sandbox::start(options).await.unwrap();
        let ready = sandbox.ready();
        let line = Line::to(ready.control.trim_start_matches("http://").trim_end_matches('/').into()).await;
        let mut options = AppOptions::new(directory.path().join("data"), Arc::new(MemoryStore::default()));
        options.aws_endpoint = Some(line.address.parse().unwrap());
        options.timing = quick();
        let beat = std::time::Duration::from_millis(10);
        options.timing.writes = WriteTiming { looks: 4, look: beat, wait: beat };
        let app = App::open(options).await.unwrap();
        let key = ready.credentials.iter().find(|keys| keys.account.as_str() == DEV).unwrap();
        let account = AddAccount {
            id: DEV.into(),
            name: "Dev".into(),
            environment: Environment::Dev,
            colour: None,
            regions: vec![WEST.into()],
            access_key_id: key.access_key_id.clone(),
            secret_access_key: key.secret_access_key.clone(),
            session_token: None,
        };
        app.add_account(account).await.unwrap();
        let dev = RegistryKey { space: Space::Aws, ..registry(DEV, WEST) };
        Self { app, line, dev, _sandbox: sandbox, _directory: directory }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_followed_by_a_look_and_nothing_is_done_twice() {
    let World { app, line, dev, .. } = &World::start().await;
    line.breaks("CreateUser", Fault::Answer, 1);
    make(app, iam(dev, user("johndoe"))).await;
    line.breaks("CreatePolicy", Fault::Answer, 1);
    line.breaks("AttachUserPolicy", Fault::Request, 2);
    let johndoe = named(IamKind::User, "johndoe");
    let created = make(app, iam(dev, policy(developers("randserver"), vec![johndoe.clone()]))).await;
    assert_eq!(created.versions.len(), 2);
    line.breaks("CreatePolicyVersion", Fault::Answer, 1);
    let put = IamChange::PutPolicy { arn: POLICY.into(), text: developers("other") };
    make(app, iam(dev, put)).await;
    assert!(line.is_whole());
    let shown = app.iam_policy(GetIamPolicy { registry: dev.clone(), arn: POLICY.into() }).await.unwrap();
    assert_eq!(shown.versions, Some(2), "no version was made twice");
    line.breaks("DetachUserPolicy", Fault::Answer, 1);
    let detach = IamChange::Detach { from: vec![johndoe], policies: vec![POLICY.into()] };
    make(app, iam(dev, detach)).await;
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_that_never_arrives_ends_as_unknown_and_a_retry_makes_it() {
    let World { app, line, dev, .. } = &World::start().await;
    make(app, iam(dev, user("johndoe"))).await;
    line.breaks("AttachUserPolicy", Fault::Request, 4);
    let johndoe = named(IamKind::User, "johndoe");
    let attach = IamChange::Attach {
        to: vec![johndoe.clone()],
        policies: vec!["AmazonEC2ContainerRegistryReadOnly".into()],
    };
    let view = try_to(app, iam(dev, attach)).await;
    assert_eq!(view.state, RunState::Failed);
    assert_eq!(view.error.as_ref().unwrap().code, "outcome-unknown", "{view:#?}");
    assert!(line.is_whole());
    let again = app.retry_run(RunKey { run: view.id }).await.unwrap().run;
    assert_eq!(ended(app, &again).await.state, RunState::Done);
    let shown = app.iam_entity(GetIam { registry: dev.clone(), of: johndoe }).await.unwrap();
    assert_eq!(shown.attached.unwrap().len(), 1);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_secret_was_lost_is_named_so_that_it_can_be_deleted() {
    let World { app, line, dev, .. } = &World::start().await;
    make(app, iam(dev, user("johndoe"))).await;
    line.breaks("CreateAccessKey", Fault::Answer, 1);
    let view = try_to(app, iam(dev, IamChange::CreateKey { user: "johndoe".into() })).await;
    let error = view.error.unwrap();
    assert_eq!(error.code, "iam-key-lost");
    let shown = async || {
        let of = named(IamKind::User, "johndoe");
        app.iam_entity(GetIam { registry: dev.clone(), of }).await.unwrap().keys.unwrap()
    };
    let keys = shown().await;
    assert_eq!(keys.len(), 1, "the request was sent once");
    assert!(error.message.contains(&keys[0].id), "{}", error.message);
    // A retry does not make another one.
    let again = app.retry_run(RunKey { run: view.id }).await.unwrap().run;
    assert_eq!(ended(app, &again).await.error.unwrap().code, "iam-key-lost");
    make(app, iam(dev, IamChange::DeleteKey { user: "johndoe".into(), id: keys[0].id.clone() })).await;
    assert_eq!(shown().await, []);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_read_is_named_and_never_none() {
    let World { app, dev, .. } = &World::start().await;
    let iam_reader = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["iam:GetUser", "iam:ListUsers"], "Resource": "*"}]});
    make(app, iam(dev, user("reader"))).await;
    let inline = IamChange::PutInline {
        of: named(IamKind::User, "reader"),
        policy: "own".into(),
        text: iam_reader.to_string(),
    };
    make(app, iam(dev, inline)).await;
    let run = make(app, iam(dev, IamChange::CreateKey { user: "reader".into() })).await;
    let key = app.take_key(RunKey { run: run.id }).await.unwrap();
    app.remove_account(longshore_app::api::AccountKey { space: Space::Aws, id: DEV.into() }).await.unwrap();
    let account = AddAccount {
        id: DEV.into(),
        name: "Dev".into(),
        environment: Environment::Dev,
        colour: None,
        regions: vec![WEST.into()],
        access_key_id: key.id.clone(),
        secret_access_key: key.secret.clone(),
        session_token: None,
    };
    app.add_account(account).await.unwrap();
    let list = |list| app.iam_list(ListIam { registry: dev.clone(), list });
    assert!(list(IamList::Users).await.is_ok());
    let denied = list(IamList::Groups).await.unwrap_err();
    assert_eq!(denied.code, "access-denied");
    assert!(denied.hint.unwrap().contains("iam:ListGroups"));
    let of = named(IamKind::User, "reader");
    let view = app.iam_entity(GetIam { registry: dev.clone(), of: of.clone() }).await.unwrap();
    assert_eq!((view.attached, view.inline, view.groups, view.keys), (None, None, None, None));
    let hints: Vec<String> = view.problems.iter().filter_map(|one| one.hint.clone()).collect();
    for action in [
        "iam:ListAttachedUserPolicies",
        "iam:ListUserPolicies",
        "iam:ListGroupsForUser",
        "iam:ListAccessKeys",
    ] {
        assert!(hints.iter().any(|hint| hint.contains(action)), "{action}: {hints:?}");
    }
    let asked = AskIam {
        registry: dev.clone(),
        of,
        actions: vec!["push".into()],
        repositories: vec!["randserver".into()],
    };
    let answers = app.ask_iam(asked).await.unwrap();
    assert!(answers.answers.is_empty() && !answers.problems.is_empty());
    let value: Value = serde_json::to_value(&answers).unwrap();
    assert!(value["problems"].to_string().contains("iam:ListGroupsForUser"));
    app.close().await;
}
