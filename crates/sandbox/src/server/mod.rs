//! Loopback listeners: binding ports, and HTTP/1.1 with bounded headers and timeouts.

pub(crate) mod guard;
pub(crate) mod ready;

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, response::Response};
use futures::StreamExt;
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::error::SandboxError;

/// A client that has connected and does not send its first request's headers for this long is cut
/// off: a connection that is half open must not keep the place of one that works.
const FIRST_REQUEST: Duration = Duration::from_secs(5);
/// The same between the requests of one connection.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// A client that sends nothing of its body for this long is cut off.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);
const MAX_HEADER_BYTES: usize = 64 * 1024;
const MAX_HEADERS: usize = 100;
const MAX_CONNECTIONS: usize = 1024;
/// How many ports after the wanted one are tried on a first start.
const SEARCH: u16 = 500;

/// How a port may be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// This one; `remembered` says whether it comes from the state or from the caller.
    Exactly { port: u16, remembered: bool },
    /// This one, or any if it is taken.
    Preferably(u16),
    /// The first free one from here on.
    From(u16),
    /// Any.
    Any,
}

/// One port on loopback, for `127.0.0.1` and for every address of `localhost`.
#[derive(Debug)]
pub(crate) struct Listener {
    v4: TcpListener,
    /// Absent where the machine has no IPv6.
    v6: Option<TcpListener>,
}

impl Listener {
    async fn bind(port: u16) -> io::Result<Self> {
        let mut tries = 0;
        loop {
            let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            let bound = v4.local_addr()?.port();
            match TcpListener::bind((Ipv6Addr::LOCALHOST, bound)).await {
                Ok(v6) => return Ok(Self { v4, v6: Some(v6) }),
                // Otherwise another program would answer clients that use `localhost`.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    tries += 1;
                    if port != 0 || tries == SEARCH {
                        return Err(error);
                    }
                }
                Err(_) => return Ok(Self { v4, v6: None }),
            }
        }
    }

    fn port(&self) -> io::Result<u16> {
        Ok(self.v4.local_addr()?.port())
    }
}

/// Binds a loopback port.
pub(crate) async fn bind(wanted: Wanted, purpose: &str) -> Result<(Listener, u16), SandboxError> {
    let listen = |source| SandboxError::Listen { purpose: purpose.to_owned(), source };
    let listener = match wanted {
        Wanted::Exactly { port, remembered } => {
            Listener::bind(port).await.map_err(|source| match source.kind() {
                io::ErrorKind::AddrInUse => {
                    SandboxError::PortTaken { port, purpose: purpose.to_owned(), remembered, source }
                }
                _ => listen(source),
            })?
        }
        Wanted::Preferably(port) => match Listener::bind(port).await {
            Ok(listener) => listener,
            Err(_) => Listener::bind(0).await.map_err(listen)?,
        },
        Wanted::From(first) => {
            let mut last = io::Error::from(io::ErrorKind::AddrInUse);
            let mut found = None;
            for port in first..=first.saturating_add(SEARCH) {
                match Listener::bind(port).await {
                    Ok(listener) => {
                        found = Some(listener);
                        break;
                    }
                    Err(error) => last = error,
                }
            }
            found.ok_or_else(|| listen(last))?
        }
        Wanted::Any => Listener::bind(0).await.map_err(listen)?,
    };
    let port = listener.port().map_err(listen)?;
    Ok((listener, port))
}

/// Serves `router` until `cancel`; connections finish their current request.
pub(crate) fn serve(
    listener: Listener,
    port: u16,
    router: Router,
    cancel: CancellationToken,
    tasks: &TaskTracker,
) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    for listener in [Some(listener.v4), listener.v6].into_iter().flatten() {
        let (slots, router, cancel) = (slots.clone(), router.clone(), cancel.clone());
        let connections = tasks.clone();
        tasks.spawn(async move {
            loop {
                let stream = tokio::select! {
                    () = cancel.cancelled() => return,
                    accepted = accept(&listener, &slots) => accepted,
                };
                let Some((stream, slot)) = stream else { continue };
                let (router, cancel) = (router.clone(), cancel.clone());
                connections.spawn(async move {
                    connection(stream, port, router, cancel).await;
                    drop(slot);
                });
            }
        });
    }
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = slots.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, slot)),
        Err(error) => {
            // Out of file descriptors, for example: let others finish before the next try.
            tracing::warn!(%error, "a connection was not accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

async fn connection(stream: TcpStream, port: u16, router: Router, cancel: CancellationToken) {
    let _ = stream.set_nodelay(true);
    let begun = Arc::new(Notify::new());
    let first = begun.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        first.notify_one();
        let router = router.clone();
        async move { Ok::<_, Infallible>(answer(request, port, router).await) }
    });
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEADER_BYTES)
        .max_headers(MAX_HEADERS);
    let connection = server.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let idle = async {
        if tokio::time::timeout(FIRST_REQUEST, begun.notified()).await.is_ok() {
            std::future::pending::<()>().await;
        }
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = idle => return,
        () = cancel.cancelled() => {
            connection.as_mut().graceful_shutdown();
            match tokio::time::timeout(Duration::from_secs(5), connection).await {
                Ok(ended) => ended,
                Err(_) => return,
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

async fn answer(request: Request<Incoming>, port: u16, router: Router) -> Response {
    if let Err(refusal) = guard::check(request.headers(), port) {
        return *refusal;
    }
    let request = request.map(|body| {
        let chunks = Body::new(body).into_data_stream();
        Body::from_stream(futures::stream::unfold(chunks, |mut chunks| async {
            let chunk = match tokio::time::timeout(BODY_TIMEOUT, chunks.next()).await {
                Ok(chunk) => chunk?.map_err(io::Error::other),
                Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut)),
            };
            Some((chunk, chunks))
        }))
    });
    let service = hyper_util::service::TowerToHyperService::new(router);
    match hyper::service::Service::call(&service, request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
