//! A TCP proxy with a round-trip time: every piece is delayed by half of it. The number of pieces
//! in flight is not limited, so the bandwidth does not change. It also counts the requests.
//!
//! Opening a connection is not delayed. The system's timers have a resolution of one millisecond,
//! so a round trip is up to two milliseconds longer.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::Instant,
};

use crate::requests::{Follower, Requests};

/// Bytes read at a time.
const PIECE: usize = 64 * 1024;
/// Pieces in flight in one direction of a connection: 128 MiB, far more than sockets buffer.
const UNDER_WAY: usize = 2048;

/// The requests that passed, shared by all connections.
pub type Counted = Arc<Mutex<Requests>>;

/// Serves until it is dropped: carries every connection to `target`, each piece `half` late.
///
/// # Errors
/// If no more connections can be accepted.
pub async fn serve(
    listener: TcpListener,
    target: String,
    half: Duration,
    counted: Counted,
) -> io::Result<()> {
    loop {
        let (client, _) = listener.accept().await?;
        let (target, counted) = (target.clone(), counted.clone());
        // The two ends notice a broken connection themselves.
        tokio::spawn(async move { connection(client, &target, half, counted).await.ok() });
    }
}

async fn connection(mut client: TcpStream, target: &str, half: Duration, counted: Counted) -> io::Result<()> {
    let mut server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let mut follower = Follower::default();
    let count = |piece: &[u8]| {
        follower.feed(piece, |method, path| {
            counted.lock().unwrap_or_else(PoisonError::into_inner).add(method, path);
        });
    };
    tokio::try_join!(
        carry(from_client, to_server, half, count),
        carry(from_server, to_client, half, |_| ())
    )?;
    Ok(())
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    late: Duration,
    mut look: impl FnMut(&[u8]),
) -> io::Result<()> {
    let (sender, mut pieces) = mpsc::channel::<(Instant, Bytes)>(UNDER_WAY);
    let take = async move {
        let mut buffer = BytesMut::new();
        loop {
            buffer.reserve(PIECE);
            if from.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
            let piece = buffer.split().freeze();
            look(&piece);
            if sender.send((Instant::now() + late, piece)).await.is_err() {
                return Ok(());
            }
        }
    };
    let give = async move {
        while let Some((due, piece)) = pieces.recv().await {
            if !late.is_zero() {
                tokio::time::sleep_until(due).await;
            }
            to.write_all(&piece).await?;
        }
        to.shutdown().await
    };
    tokio::try_join!(take, give).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_goes_in_comes_out_and_is_counted() {
        let echo = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = echo.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            let (mut stream, _) = echo.accept().await.unwrap();
            let (mut from, mut to) = stream.split();
            tokio::io::copy(&mut from, &mut to).await.unwrap();
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let counted = Counted::default();
        let proxy = tokio::spawn(serve(listener, target, Duration::from_millis(5), counted.clone()));

        let mut client = TcpStream::connect(address).await.unwrap();
        let sent = b"GET /v2/a/manifests/1 HTTP/1.1\r\n\r\n".repeat(100);
        let begun = Instant::now();
        client.write_all(&sent).await.unwrap();
        client.shutdown().await.unwrap();
        let mut back = Vec::new();
        client.read_to_end(&mut back).await.unwrap();
        assert_eq!(back, sent);
        // Each direction is delayed; any further delay depends on the machine.
        assert!(begun.elapsed() >= Duration::from_millis(10));
        assert_eq!(counted.lock().unwrap().kinds["GET manifest"], 100);
        proxy.abort();
    }
}
