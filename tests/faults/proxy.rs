//! A proxy in front of a registry that causes one fault at a chosen moment.
//!
//! Every request gets its own connection to the registry, so that a fault affects nothing else.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What goes wrong.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The connection is reset before the request reaches the registry.
    ResetBefore,
    /// The connection is reset after this many bytes of the request's body.
    ResetInRequest(usize),
    /// The registry handles the request, and the connection is reset instead of the response.
    ResetInsteadOfAnswer,
    /// The connection is reset after this many bytes of the response body.
    ResetInBody(usize),
    /// The connection is closed properly after this many bytes of the response body.
    CutBody(usize),
    /// One byte of the response body is changed.
    FlipByte(usize),
    /// The response stalls after this many bytes of its body.
    StallInBody(usize),
    /// There is no response.
    StallBeforeAnswer,
    /// Another response: status line without the version, header lines, body.
    Answer(&'static str, Vec<String>, Vec<u8>),
}

/// When it goes wrong.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// The request's method.
    pub(crate) method: &'static str,
    /// A part of the request's path.
    pub(crate) path: String,
    /// How many matching requests pass first.
    pub(crate) after: usize,
    /// How many matching requests fail after that.
    pub(crate) times: usize,
    /// What happens to them.
    pub(crate) fault: Fault,
}

/// A request as it was received.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) authorized: bool,
}

#[derive(Default)]
struct State {
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<Seen>>,
    hits: Mutex<usize>,
    stored: Mutex<u64>,
}

/// The proxy, which stops when the value is dropped.
pub(crate) struct FaultProxy {
    /// `host:port` to use in place of the registry's.
    pub(crate) host: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl FaultProxy {
    pub(crate) async fn before(registry: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let state = Arc::new(State::default());
        let (registry, shared) = (registry.to_owned(), state.clone());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (registry, state) = (registry.clone(), shared.clone());
                // A client that disconnects in the middle does not fail the test.
                tokio::spawn(async move { pass(client, &registry, &state).await.ok() });
            }
        });
        Self { host, state, task }
    }

    /// From now on, `times` requests fail.
    pub(crate) fn fail(&self, method: &'static str, path: &str, times: usize, fault: Fault) {
        self.fail_after(method, path, 0, times, fault);
    }

    pub(crate) fn fail_after(
        &self,
        method: &'static str,
        path: &str,
        after: usize,
        times: usize,
        fault: Fault,
    ) {
        lock(&self.state.rules).push(Rule { method, path: path.to_owned(), after, times, fault });
    }

    /// How many requests failed.
    pub(crate) fn hits(&self) -> usize {
        *lock(&self.state.hits)
    }

    /// Bytes of blobs that the registry received and acknowledged.
    pub(crate) fn stored_bytes(&self) -> u64 {
        *lock(&self.state.stored)
    }

    /// Every request so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        lock(&self.state.seen).clone()
    }

    pub(crate) fn count(&self, method: &str, path: &str) -> usize {
        self.seen().iter().filter(|seen| seen.method == method && seen.path.contains(path)).count()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn fault(&self, method: &str, path: &str) -> Option<Fault> {
        for rule in lock(&self.rules).iter_mut() {
            if rule.method != method || !path.contains(&rule.path) {
                continue;
            }
            if rule.after > 0 {
                rule.after -= 1;
            } else if rule.times > 0 {
                rule.times -= 1;
                *lock(&self.hits) += 1;
                return Some(rule.fault.clone());
            }
        }
        None
    }
}

/// The head of a request or a response, and the bytes after it from the same read.
struct Head {
    text: String,
    rest: Vec<u8>,
}

async fn head(stream: &mut TcpStream) -> std::io::Result<Option<Head>> {
    let mut buffer = Vec::new();
    let mut piece = [0; 16 * 1024];
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = buffer.split_off(end + 4);
            return Ok(Some(Head { text: String::from_utf8_lossy(&buffer).into_owned(), rest }));
        }
        let count = stream.read(&mut piece).await?;
        if count == 0 {
            return Ok(None);
        }
        buffer.extend_from_slice(&piece[..count]);
    }
}

impl Head {
    fn value(&self, name: &str) -> Option<&str> {
        self.text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then(|| value.trim()))
    }

    fn length(&self) -> usize {
        self.value("content-length").and_then(|value| value.parse().ok()).unwrap_or(0)
    }

    /// The same head, for a connection with no other request.
    fn closing(&self) -> String {
        let lines = self.text.trim_end().lines();
        let kept = lines.filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
        let mut text = kept.collect::<Vec<_>>().join("\r\n");
        text.push_str("\r\nConnection: close\r\n\r\n");
        text
    }
}

/// Ends a connection like a crash: the peer sees a reset.
fn reset(stream: TcpStream) {
    stream.set_zero_linger().ok();
    drop(stream);
}

async fn stall(mut stream: TcpStream) -> std::io::Result<()> {
    // Until the peer gives up.
    let mut piece = [0; 1024];
    while stream.read(&mut piece).await? > 0 {}
    Ok(())
}

async fn pass(mut client: TcpStream, registry: &str, state: &State) -> std::io::Result<()> {
    let Some(request) = head(&mut client).await? else { return Ok(()) };
    assert!(request.value("transfer-encoding").is_none(), "the client always says how long a body is");
    let mut words = request.text.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let authorized = request.value("authorization").is_some();
    lock(&state.seen).push(Seen { method: method.to_owned(), path: path.to_owned(), authorized });
    let fault = state.fault(method, path);
    match &fault {
        Some(Fault::ResetBefore) => {
            reset(client);
            return Ok(());
        }
        Some(Fault::Answer(status, headers, body)) => {
            read_all(&mut client, &request).await?;
            let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
            let length = if headers.to_ascii_lowercase().contains("content-length:") {
                String::new()
            } else {
                format!("Content-Length: {}\r\n", body.len())
            };
            let text = format!("HTTP/1.1 {status}\r\n{headers}{length}Connection: close\r\n\r\n");
            client.write_all(text.as_bytes()).await?;
            if method != "HEAD" {
                client.write_all(body).await?;
            }
            return client.shutdown().await;
        }
        Some(Fault::StallBeforeAnswer) => return stall(client).await,
        _ => {}
    }

    let mut upstream = TcpStream::connect(registry).await?;
    upstream.write_all(request.closing().as_bytes()).await?;
    let whole = request.length();
    let limit = match fault {
        Some(Fault::ResetInRequest(bytes)) => bytes.min(whole),
        _ => whole,
    };
    let mut sent = request.rest.len().min(limit);
    upstream.write_all(&request.rest[..sent]).await?;
    let mut piece = vec![0; 64 * 1024];
    while sent < limit {
        let count = client.read(&mut piece).await?;
        if count == 0 {
            return Ok(());
        }
        let count = count.min(limit - sent);
        upstream.write_all(&piece[..count]).await?;
        sent += count;
    }
    if matches!(fault, Some(Fault::ResetInRequest(_))) {
        reset(upstream);
        reset(client);
        return Ok(());
    }
    let Some(answer) = head(&mut upstream).await? else { return Ok(()) };
    if method == "PUT" && path.contains("/blobs/uploads/") && answer.text.contains(" 201 ") {
        *lock(&state.stored) += whole as u64;
    }
    if matches!(fault, Some(Fault::ResetInsteadOfAnswer)) {
        reset(client);
        return Ok(());
    }
    client.write_all(answer.closing().as_bytes()).await?;
    body(client, upstream, answer.rest, fault.as_ref()).await
}

async fn read_all(client: &mut TcpStream, request: &Head) -> std::io::Result<()> {
    let (mut left, mut piece) = (request.length().saturating_sub(request.rest.len()), vec![0; 64 * 1024]);
    while left > 0 {
        let count = client.read(&mut piece).await?;
        if count == 0 {
            break;
        }
        left = left.saturating_sub(count);
    }
    Ok(())
}

/// Forwards the response body, with its fault.
async fn body(
    mut client: TcpStream,
    mut upstream: TcpStream,
    first: Vec<u8>,
    fault: Option<&Fault>,
) -> std::io::Result<()> {
    let limit = match fault {
        Some(Fault::ResetInBody(bytes) | Fault::CutBody(bytes) | Fault::StallInBody(bytes)) => *bytes,
        _ => usize::MAX,
    };
    let (mut piece, mut passed) = (first, 0_usize);
    loop {
        let mut count = piece.len().min(limit - passed);
        if let Some(Fault::FlipByte(at)) = fault
            && (passed..passed + count).contains(at)
        {
            piece[at - passed] ^= 0x20;
        }
        client.write_all(&piece[..count]).await?;
        passed += count;
        if passed == limit {
            client.flush().await?;
            match fault {
                Some(Fault::ResetInBody(_)) => reset(client),
                Some(Fault::StallInBody(_)) => return stall(client).await,
                _ => return client.shutdown().await,
            }
            return Ok(());
        }
        piece.resize(64 * 1024, 0);
        count = upstream.read(&mut piece).await?;
        if count == 0 {
            return client.shutdown().await;
        }
        piece.truncate(count);
    }
}
