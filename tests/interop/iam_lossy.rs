//! Answers of IAM that are lost after it did what was asked, and requests that never arrive.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use longshore_app::{
    App, AppOptions, MemoryStore,
    api::{
        AddAccount, Environment, GetIam, GetIamPolicy, IamChange, IamKind, IamName, PlanRequest, RegistryKey,
        RunKey, RunState, RunView, Space,
    },
};
use longshore_ecr::WriteTiming;
use longshore_tests::{
    moto::Moto,
    person::{make, try_to},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// moto's account for keys that it does not know.
const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-west-2";
const POLICY: &str = "EcrPushPullRandserverDevelopers";

fn iam(at: &RegistryKey, iam: IamChange) -> PlanRequest {
    PlanRequest::Iam { registry: at.clone(), iam }
}

fn johndoe() -> IamName {
    IamName { kind: IamKind::User, name: "johndoe".into() }
}

fn user() -> IamChange {
    IamChange::Create {
        of: johndoe(),
        path: String::new(),
        trust: None,
        description: None,
        policies: Vec::new(),
        with: Vec::new(),
    }
}

/// Push of one repository.
fn push(repository: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "Push", "Effect": "Allow", "Action": ["ecr:PutImage"],
        "Resource": format!("arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{repository}")}]})
    .to_string()
}

/// Retries a run to its end.
async fn again(app: &App, run: &RunView) -> RunView {
    let run = app.retry_run(RunKey { run: run.id.clone() }).await.unwrap().run;
    let mut events = app.subscribe();
    loop {
        let view = app.run(RunKey { run: run.clone() }).await.unwrap();
        if view.ended.is_some() {
            return view;
        }
        events.next().await.unwrap();
    }
}

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
    at: RegistryKey,
    _moto: Moto,
    _directory: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        longshore_tests::tls();
        let directory = tempfile::tempdir().unwrap();
        let moto = Moto::start();
        let line = Line::to(moto.endpoint.trim_start_matches("http://").into()).await;
        let mut options = AppOptions::new(directory.path(), Arc::new(MemoryStore::default()));
        options.aws_endpoint = Some(line.address.parse().unwrap());
        let beat = Duration::from_millis(10);
        options.timing.writes = WriteTiming { looks: 4, look: beat, wait: beat };
        let app = App::open(options).await.unwrap();
        let account = AddAccount {
            id: ACCOUNT.into(),
            name: "Team".into(),
            environment: Environment::Dev,
            colour: None,
            regions: vec![REGION.into()],
            access_key_id: "AKIAEXAMPLE000000001".into(),
            secret_access_key: "secret".into(),
            session_token: None,
            session_only: false,
        };
        app.add_account(account).await.unwrap();
        let at = RegistryKey {
            space: Space::Aws,
            account: ACCOUNT.parse().unwrap(),
            region: REGION.parse().unwrap(),
        };
        Self { app, line, at, _moto: moto, _directory: directory }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_followed_by_a_look_and_nothing_is_done_twice() {
    let World { app, line, at, .. } = &World::start().await;
    line.breaks("CreateUser", Fault::Answer, 1);
    make(app, iam(at, user())).await;
    line.breaks("CreatePolicy", Fault::Answer, 1);
    line.breaks("AttachUserPolicy", Fault::Request, 2);
    let created = make(
        app,
        iam(
            at,
            IamChange::CreatePolicy {
                name: POLICY.into(),
                path: String::new(),
                text: push("randserver"),
                attach: vec![johndoe()],
            },
        ),
    )
    .await;
    assert_eq!(created.versions.len(), 2);
    line.breaks("CreatePolicyVersion", Fault::Answer, 1);
    let put = IamChange::PutPolicy { arn: POLICY.into(), text: push("other") };
    make(app, iam(at, put)).await;
    assert!(line.is_whole());
    let shown = app.iam_policy(GetIamPolicy { registry: at.clone(), arn: POLICY.into() }).await.unwrap();
    assert_eq!(shown.versions, Some(2), "no version was made twice");
    line.breaks("DetachUserPolicy", Fault::Answer, 1);
    let detach = IamChange::Detach { from: vec![johndoe()], policies: vec![POLICY.into()] };
    make(app, iam(at, detach)).await;
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_that_never_arrives_ends_as_unknown_and_a_retry_makes_it() {
    let World { app, line, at, .. } = &World::start().await;
    make(app, iam(at, user())).await;
    line.breaks("AttachUserPolicy", Fault::Request, 4);
    let attach = IamChange::Attach {
        to: vec![johndoe()],
        policies: vec!["AmazonEC2ContainerRegistryReadOnly".into()],
    };
    let view = try_to(app, iam(at, attach)).await;
    assert_eq!(view.state, RunState::Failed);
    assert_eq!(view.error.as_ref().unwrap().code, "outcome-unknown", "{view:#?}");
    assert!(line.is_whole());
    assert_eq!(again(app, &view).await.state, RunState::Done);
    let shown = app.iam_entity(GetIam { registry: at.clone(), of: johndoe() }).await.unwrap();
    assert_eq!(shown.attached.unwrap().len(), 1);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_secret_was_lost_is_named_so_that_it_can_be_deleted() {
    let World { app, line, at, .. } = &World::start().await;
    make(app, iam(at, user())).await;
    line.breaks("CreateAccessKey", Fault::Answer, 1);
    let view = try_to(app, iam(at, IamChange::CreateKey { user: "johndoe".into() })).await;
    let error = view.error.clone().unwrap();
    assert_eq!(error.code, "iam-key-lost");
    let shown = async || {
        let of = johndoe();
        app.iam_entity(GetIam { registry: at.clone(), of }).await.unwrap().keys.unwrap()
    };
    let keys = shown().await;
    assert_eq!(keys.len(), 1, "the request was sent once");
    assert!(error.message.contains(&keys[0].id), "{}", error.message);
    // A retry does not make another one.
    assert_eq!(again(app, &view).await.error.unwrap().code, "iam-key-lost");
    make(app, iam(at, IamChange::DeleteKey { user: "johndoe".into(), id: keys[0].id.clone() })).await;
    assert_eq!(shown().await, []);
    app.close().await;
}
