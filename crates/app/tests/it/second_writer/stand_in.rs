//! An ECR stand-in with one registry's two documents. Another client writes, and faults occur, at
//! chosen requests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};

pub(super) const ACCOUNT: &str = "111122223333";
/// The Region that every image was replicated to.
pub(super) const REPLICAS: &str = "eu-central-1";

/// The document that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Configuration,
    Policy,
}

/// The fault of the first write, or from a request on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// Carried out; the connection closes without a response.
    LostAnswer,
    /// The same, and this many reads show the old document.
    LostAnswerAndStale(usize),
    /// The first writes, this many, are not carried out; the connection closes.
    LostRequests(usize),
    /// Carried out, with response 500.
    FailedAfter,
    /// The same, and this many reads show the old document.
    FailedAfterAndStale(usize),
    /// Not carried out, with response 500.
    FailedBefore,
    Throttled,
    /// The connection closes, and the write is carried out before the request this many later.
    Late(usize),
    /// Carried out; this many reads show the old document.
    Stale(usize),
    /// Every request from this one on is refused: the session has ended.
    SessionEnded(usize),
    /// The person stops the run while the write is in progress; it is carried out or not.
    Cancelled {
        done: bool,
    },
}

/// When the other client writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Never,
    Before(usize),
    After(usize),
}

/// What the other client writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Theirs {
    /// The current document with an addition.
    Adds,
    /// The original document with an addition: the other client has not seen ours.
    Replaces,
    /// Nothing: it deletes the document.
    Deletes,
    /// The current document with an addition, and this many requests later with another one.
    Twice(usize),
}

/// One interleaving.
#[derive(Debug, Clone, Copy)]
pub(super) struct Script {
    pub(super) which: Which,
    pub(super) fault: Fault,
    pub(super) when: When,
    pub(super) theirs: Theirs,
}

#[derive(Default)]
struct State {
    script: Option<Script>,
    first: Value,
    document: Value,
    /// Requests about the document since the script started.
    requests: usize,
    puts: usize,
    applied: usize,
    /// What the other client has written.
    theirs: Vec<Wrote>,
    /// The request after which the other client writes again.
    again: Option<usize>,
    /// Our write erased a write of the other client that no read of ours had shown, or one had.
    erased_unseen: bool,
    erased_seen: bool,
    /// Our write dropped an unknown field.
    dropped: bool,
    late: Option<(usize, Value)>,
    stale: usize,
    /// What happened, in the order of the server.
    history: String,
    repository: Option<Repository>,
}

/// A write of the other client: the document has the marker, or has it no more.
struct Wrote {
    marker: &'static str,
    has: bool,
    /// One of our reads has shown it.
    seen: bool,
}

impl Wrote {
    fn holds(&self, document: &Value) -> bool {
        has(document, self.marker) == self.has
    }
}

/// A repository to which another client adds images while they are deleted.
#[derive(Debug, Clone, Default)]
pub(super) struct Repository {
    /// Digests, each with its tags and whether it is an index of all others.
    pub(super) images: Vec<(String, Vec<String>, bool)>,
    /// Arrives with the first deletion of images.
    pub(super) arrives: Option<(String, Vec<String>, bool)>,
    /// The requested deletions: images, or the repository with or without force.
    pub(super) deletions: Vec<String>,
    pub(super) gone: bool,
}

impl Repository {
    fn answer(&mut self, target: &str, request: &Value) -> Answer {
        match target {
            "DescribeRepositories" | "DescribeImages" | "DeleteRepository" if self.gone => {
                refused(400, "RepositoryNotFoundException")
            }
            "DescribeRepositories" => Answer::Json(
                200,
                json!({"repositories": [{
                    "repositoryName": "app", "repositoryArn": "arn", "repositoryUri": "127.0.0.1:1/app",
                    "registryId": ACCOUNT, "createdAt": 1.0, "imageTagMutability": "MUTABLE"
                }]}),
            ),
            "DescribeImages" => {
                let kind = |index| if index { "image.index" } else { "image.manifest" };
                let one = |(digest, tags, index): &(String, Vec<String>, bool)| {
                    json!({
                        "imageDigest": digest, "imageTags": tags, "imageSizeInBytes": 1, "imagePushedAt": 1.0,
                        "registryId": ACCOUNT, "repositoryName": "app",
                        "imageManifestMediaType": format!("application/vnd.oci.{}.v1+json", kind(*index))
                    })
                };
                Answer::Json(200, json!({"imageDetails": self.images.iter().map(one).collect::<Vec<_>>()}))
            }
            "DescribeImageReplicationStatus" => {
                let status = json!({"region": REPLICAS, "registryId": ACCOUNT, "status": "COMPLETE"});
                let image = &request["imageId"];
                Answer::Json(
                    200,
                    json!({"repositoryName": "app", "imageId": image, "replicationStatuses": [status]}),
                )
            }
            "BatchDeleteImage" => {
                let ids = request["imageIds"].as_array().cloned().unwrap_or_default();
                assert!(ids.len() <= 100, "{} in one request", ids.len());
                let mut failures = Vec::new();
                for id in &ids {
                    assert!(id.get("imageTag").is_none(), "by digest: {id}");
                    let digest = id["imageDigest"].as_str().unwrap();
                    self.deletions.push(digest.to_owned());
                    let index = self.images.iter().any(|(known, _, index)| *index && known != digest);
                    if index {
                        failures.push(json!({
                            "imageId": id, "failureCode": "ImageReferencedByManifestList",
                            "failureReason": "an index names it"
                        }));
                    } else {
                        self.images.retain(|(known, _, _)| known != digest);
                    }
                }
                self.images.extend(self.arrives.take());
                let gone: Vec<_> = ids
                    .iter()
                    .filter(|id| !failures.iter().any(|failed| failed["imageId"] == **id))
                    .collect();
                Answer::Json(200, json!({"imageIds": gone, "failures": failures}))
            }
            _ => {
                let forced = request["force"] == true;
                self.deletions.push(if forced { "repository, forced" } else { "repository" }.to_owned());
                if !forced && !self.images.is_empty() {
                    return refused(400, "RepositoryNotEmptyException");
                }
                self.gone = true;
                Answer::Json(200, json!({}))
            }
        }
    }
}

/// The outcome of an interleaving.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    /// Writes of ours that were carried out.
    pub(super) applied: usize,
    /// Writes of ours that arrived.
    pub(super) puts: usize,
    /// Ours exists at the end.
    pub(super) ours: bool,
    /// The other client has written.
    pub(super) theirs_written: bool,
    /// Theirs exists at the end.
    pub(super) theirs: bool,
    /// Theirs was erased between our last read and the arrival of our write.
    pub(super) in_the_gap: bool,
    /// Every write of ours had the unknown fields of the original document, and the document still
    /// has them unless the other client deleted it.
    pub(super) unknown_kept: bool,
    /// What happened, in the order of the server.
    pub(super) history: String,
}

/// The server; stops when this is dropped.
pub(super) struct StandIn {
    pub(super) url: String,
    state: Arc<Mutex<State>>,
    /// A write is in progress that the person stops.
    pub(super) held: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn rule(prefix: &str, region: &str) -> Value {
    json!({
        "destinations": [{"region": region, "registryId": ACCOUNT}],
        "repositoryFilters": [{"filter": prefix, "filterType": "PREFIX_MATCH"}]
    })
}

pub(super) fn statement(sid: &str, account: &str) -> Value {
    json!({
        "Sid": sid, "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
        "Action": ["ecr:ReplicateImage"], "Resource": [format!("arn:aws:ecr:us-west-2:{ACCOUNT}:repository/*")]
    })
}

fn parts(document: &Value) -> Vec<Value> {
    let list = document.get("rules").or_else(|| document.get("Statement"));
    list.and_then(Value::as_array).cloned().unwrap_or_default()
}

pub(super) fn with(document: &Value, part: Value) -> Value {
    let mut all = parts(document);
    all.push(part);
    let mut new = document.clone();
    match document.get("rules") {
        Some(_) => new["rules"] = all.into(),
        None if document.is_null() => new = json!({"Version": "2012-10-17", "Statement": all}),
        None => new["Statement"] = all.into(),
    }
    new
}

fn has(document: &Value, word: &str) -> bool {
    document.to_string().contains(word)
}

/// The marker in the rule, or the statement, of the original document.
const FIRST: [&str; 2] = ["first-app", "First"];
/// The marker in our rule or statement; the other client has its own.
pub(super) const OURS: &str = "ours-app";
const OUR_SID: &str = "OursApp";
const THEIRS: &str = "theirs-app";
const THEIRS_AGAIN: &str = "theirs-too";
/// Fields of the original document that no version of the app knows.
const UNKNOWN: [&str; 2] = ["x-of-the-document", "x-of-the-part"];

fn original(which: Which) -> Value {
    match which {
        Which::Configuration => json!({"rules": [rule("first-app", "eu-west-1")]}),
        Which::Policy => {
            json!({"Version": "2012-10-17", "Statement": [statement("First", "222233334444")]})
        }
    }
}

/// The original document with unknown fields: its own, and one of its rule or statement.
fn original_with_unknown(which: Which) -> Value {
    let mut document = original(which);
    document[UNKNOWN[0]] = json!({"of": ["the", 1.50, null]});
    let list = if which == Which::Configuration { "rules" } else { "Statement" };
    document[list][0][UNKNOWN[1]] = json!(["kept", {"as": "it is"}]);
    document
}

impl State {
    fn is_ours(document: &Value) -> bool {
        has(document, OURS) || has(document, OUR_SID)
    }

    fn other_one_writes(&mut self, number: usize) {
        let Some(script) = self.script else { return };
        let mut marker = THEIRS;
        match script.theirs {
            Theirs::Deletes => {
                marker = FIRST[usize::from(script.which == Which::Policy)];
                self.document =
                    if script.which == Which::Policy { Value::Null } else { json!({"rules": []}) };
            }
            Theirs::Replaces => self.document = with(&self.first, Self::addition(script.which, marker)),
            Theirs::Adds | Theirs::Twice(_) => {
                match script.theirs {
                    Theirs::Twice(by) if self.theirs.is_empty() => self.again = Some(number + by),
                    Theirs::Twice(_) => marker = THEIRS_AGAIN,
                    _ => {}
                }
                self.document = with(&self.document, Self::addition(script.which, marker));
            }
        }
        self.theirs.push(Wrote { marker, has: script.theirs != Theirs::Deletes, seen: false });
        self.note("theirs");
    }

    fn addition(which: Which, marker: &str) -> Value {
        match which {
            Which::Configuration => rule(marker, "ap-south-1"),
            Which::Policy => statement(marker, "999900001111"),
        }
    }

    fn note(&mut self, what: &str) {
        self.history.push_str(what);
        self.history.push(' ');
    }

    fn apply(&mut self, document: Value) {
        for theirs in self.theirs.iter().filter(|one| one.holds(&self.document) && !one.holds(&document)) {
            self.erased_seen |= theirs.seen;
            self.erased_unseen |= !theirs.seen;
        }
        self.dropped |= !UNKNOWN.iter().all(|field| has(&document, field));
        self.document = document;
        self.applied += 1;
        self.note("applied");
    }

    fn read(&mut self) -> Value {
        let stale = self.stale > 0;
        self.stale = self.stale.saturating_sub(1);
        let shown = if stale { self.first.clone() } else { self.document.clone() };
        if !stale {
            self.theirs.iter_mut().for_each(|one| one.seen |= one.holds(&self.document));
        }
        let content = [("ours", Self::is_ours(&shown)), ("theirs", has(&shown, THEIRS))];
        let content: Vec<_> = content.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect();
        let age = if stale { "stale" } else { "read" };
        self.note(&format!("{age}({})", content.join("+")));
        shown
    }
}

/// The response to a request.
enum Answer {
    Json(u16, Value),
    Xml(String),
    /// None: the connection closes.
    None,
    /// None until the client has closed the connection.
    Held,
}

fn refused(status: u16, code: &str) -> Answer {
    Answer::Json(status, json!({"__type": code, "message": "as the script says"}))
}

impl StandIn {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (state, held) = (Arc::new(Mutex::new(State::default())), Arc::new(Notify::new()));
        let (shared, bell) = (state.clone(), held.clone());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (state, bell) = (shared.clone(), bell.clone());
                tokio::spawn(async move { serve(client, &state, &bell).await.ok() });
            }
        });
        Self { url, state, held, task }
    }

    /// Resets the document to its initial state for an interleaving.
    pub(super) fn begin(&self, which: Which) {
        self.begin_with(which, original(which));
    }

    /// The same, with unknown fields in the document.
    pub(super) fn begin_with_unknown(&self, which: Which) {
        self.begin_with(which, original_with_unknown(which));
    }

    fn begin_with(&self, which: Which, first: Value) {
        let script = Script { which, fault: Fault::None, when: When::Never, theirs: Theirs::Adds };
        *lock(&self.state) =
            State { script: Some(script), document: first.clone(), first, ..State::default() };
    }

    /// Adds a repository `app`.
    pub(super) fn has(&self, repository: Repository) {
        lock(&self.state).repository = Some(repository);
    }

    pub(super) fn repository(&self) -> Repository {
        lock(&self.state).repository.clone().unwrap()
    }

    /// Another client replaces the document now.
    pub(super) fn put(&self, document: Value) {
        lock(&self.state).document = document;
    }

    /// The current document.
    pub(super) fn document(&self) -> Value {
        lock(&self.state).document.clone()
    }

    /// Starts counting requests for a script.
    pub(super) fn play(&self, script: Script) {
        let mut state = lock(&self.state);
        (state.requests, state.puts, state.applied) = (0, 0, 0);
        state.history.clear();
        state.script = Some(script);
    }

    /// Ends all faults.
    pub(super) fn calm(&self) {
        let mut state = lock(&self.state);
        state.late = None;
        state.stale = 0;
        if let Some(script) = &mut state.script {
            script.fault = Fault::None;
            script.when = When::Never;
        }
    }

    pub(super) fn outcome(&self) -> Outcome {
        let state = lock(&self.state);
        let deleted = state.theirs.last().is_some_and(|last| !last.has);
        let there = UNKNOWN.iter().all(|field| has(&state.document, field));
        Outcome {
            applied: state.applied,
            puts: state.puts,
            ours: State::is_ours(&state.document),
            theirs_written: !state.theirs.is_empty(),
            theirs: !state.theirs.is_empty() && state.theirs.iter().all(|one| one.holds(&state.document)),
            in_the_gap: state.erased_unseen && !state.erased_seen,
            unknown_kept: !state.dropped && (there || deleted),
            history: state.history.clone(),
        }
    }
}

async fn serve(mut client: TcpStream, state: &Mutex<State>, held: &Notify) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let (head, body) = loop {
        let mut part = [0; 8192];
        let count = client.read(&mut part).await?;
        if count == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(&part[..count]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .map_or(0, |value| value.trim().parse().unwrap());
        if bytes.len() >= end + 4 + length {
            break (String::from_utf8_lossy(&bytes[..end]).into_owned(), bytes[end + 4..].to_vec());
        }
    };
    let target = head
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("x-amz-target:"))
        .and_then(|line| line.rsplit('.').next())
        .unwrap_or_default()
        .to_owned();
    let answer = answer(&target, &body, state);
    let (status, kind, text) = match answer {
        Answer::None => return Ok(()),
        Answer::Held => {
            held.notify_one();
            // Until the client closes the connection.
            let _ = client.read(&mut [0; 1]).await;
            return Ok(());
        }
        Answer::Json(status, value) => (status, "application/x-amz-json-1.1", value.to_string()),
        Answer::Xml(text) => (200, "text/xml", text),
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    client.write_all(head.as_bytes()).await?;
    client.write_all(text.as_bytes()).await?;
    client.shutdown().await
}

fn answer(target: &str, body: &[u8], state: &Mutex<State>) -> Answer {
    if String::from_utf8_lossy(body).contains("GetCallerIdentity") {
        return Answer::Xml(format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT}:user/dev</Arn><UserId>AIDA</UserId>\
             <Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        ));
    }
    let mut state = lock(state);
    let of_repository = [
        "DescribeRepositories",
        "DescribeImages",
        "DescribeImageReplicationStatus",
        "BatchDeleteImage",
        "DeleteRepository",
    ];
    if of_repository.contains(&target)
        && let Some(repository) = &mut state.repository
    {
        return repository.answer(target, &serde_json::from_slice(body).unwrap());
    }
    let Some(script) = state.script else { return refused(400, "ValidationException") };
    let of = match target {
        "DescribeRegistry" | "PutReplicationConfiguration" => Which::Configuration,
        "GetRegistryPolicy" | "PutRegistryPolicy" | "DeleteRegistryPolicy" => Which::Policy,
        "DescribeRepositories" => return Answer::Json(200, json!({"repositories": []})),
        _ => return refused(400, "ValidationException"),
    };
    if of != script.which {
        return match target {
            "DescribeRegistry" => {
                Answer::Json(200, json!({"registryId": ACCOUNT, "replicationConfiguration": {"rules": []}}))
            }
            _ => refused(400, "RegistryPolicyNotFoundException"),
        };
    }
    let number = state.requests;
    state.requests += 1;
    if script.when == When::Before(number) {
        state.other_one_writes(number);
    }
    if state.late.as_ref().is_some_and(|(at, _)| *at <= number) {
        let (_, document) = state.late.take().unwrap();
        state.apply(document);
    }
    let answer = one(target, body, number, script, &mut state);
    if script.when == When::After(number) || state.again.take_if(|at| *at == number).is_some() {
        state.other_one_writes(number);
    }
    answer
}

fn one(target: &str, body: &[u8], number: usize, script: Script, state: &mut State) -> Answer {
    if matches!(script.fault, Fault::SessionEnded(from) if number >= from) {
        state.note("expired");
        return refused(400, "ExpiredTokenException");
    }
    match target {
        "DescribeRegistry" => {
            let document = state.read();
            return Answer::Json(200, json!({"registryId": ACCOUNT, "replicationConfiguration": document}));
        }
        "GetRegistryPolicy" => {
            let document = state.read();
            if document.is_null() {
                return refused(400, "RegistryPolicyNotFoundException");
            }
            return Answer::Json(200, json!({"registryId": ACCOUNT, "policyText": document.to_string()}));
        }
        _ => {}
    }
    let request: Value = serde_json::from_slice(body).unwrap();
    let document = match script.which {
        Which::Configuration => request["replicationConfiguration"].clone(),
        Which::Policy => serde_json::from_str(request["policyText"].as_str().unwrap()).unwrap(),
    };
    state.puts += 1;
    let faulty = match script.fault {
        Fault::LostRequests(count) => state.puts <= count,
        _ => state.puts == 1,
    };
    let fault = if faulty { script.fault } else { Fault::None };
    state.note(&format!("put({fault:?})"));
    match fault {
        Fault::LostRequests(_) => Answer::None,
        Fault::FailedBefore => refused(500, "ServerException"),
        Fault::Throttled => refused(400, "ThrottlingException"),
        Fault::Late(by) => {
            state.late = Some((number + by, document));
            Answer::None
        }
        Fault::Cancelled { done } => {
            if done {
                state.apply(document);
            }
            Answer::Held
        }
        applied => {
            state.apply(document);
            if let Fault::Stale(reads)
            | Fault::LostAnswerAndStale(reads)
            | Fault::FailedAfterAndStale(reads) = applied
            {
                state.stale = reads;
            }
            match applied {
                Fault::LostAnswer | Fault::LostAnswerAndStale(_) => Answer::None,
                Fault::FailedAfter | Fault::FailedAfterAndStale(_) => refused(500, "ServerException"),
                _ => Answer::Json(200, json!({})),
            }
        }
    }
}
