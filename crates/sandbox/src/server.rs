//! Loopback listeners: binding ports, and HTTP/1.1 with bounded headers and timeouts.

use std::{convert::Infallible, io, net::Ipv4Addr, sync::Arc, time::Duration};

use axum::{Router, body::Body, response::Response};
use futures::StreamExt;
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{error::SandboxError, guard};

/// A client that does not send its headers for this long is cut off.
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
    /// This one; `remembered` tells the state's from the caller's.
    Exactly { port: u16, remembered: bool },
    /// This one, or any if it is taken.
    Preferably(u16),
    /// The first free one from here on.
    From(u16),
    /// Any.
    Any,
}

/// Binds a loopback port.
pub(crate) async fn bind(wanted: Wanted, purpose: &str) -> Result<(TcpListener, u16), SandboxError> {
    let listen = |source| SandboxError::Listen { purpose: purpose.to_owned(), source };
    let listener = match wanted {
        Wanted::Exactly { port, remembered } => {
            bind_port(port).await.map_err(|source| match source.kind() {
                io::ErrorKind::AddrInUse => {
                    SandboxError::PortTaken { port, purpose: purpose.to_owned(), remembered, source }
                }
                _ => listen(source),
            })?
        }
        Wanted::Preferably(port) => match bind_port(port).await {
            Ok(listener) => listener,
            Err(_) => bind_port(0).await.map_err(listen)?,
        },
        Wanted::From(first) => {
            let mut last = io::Error::from(io::ErrorKind::AddrInUse);
            let mut found = None;
            for port in first..=first.saturating_add(SEARCH) {
                match bind_port(port).await {
                    Ok(listener) => {
                        found = Some(listener);
                        break;
                    }
                    Err(error) => last = error,
                }
            }
            found.ok_or_else(|| listen(last))?
        }
        Wanted::Any => bind_port(0).await.map_err(listen)?,
    };
    let port = listener.local_addr().map_err(listen)?.port();
    Ok((listener, port))
}

async fn bind_port(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Serves `router` until `cancel`; connections end their present request.
pub(crate) fn serve(
    listener: TcpListener,
    port: u16,
    router: Router,
    cancel: CancellationToken,
    tasks: &TaskTracker,
) {
    let connections = tasks.clone();
    tasks.spawn(async move {
        let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
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
    let service = service_fn(move |request: Request<Incoming>| {
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
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
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
