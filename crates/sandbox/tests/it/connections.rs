//! Connections without a request.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    control_client::{DEV, Fixture, WEST},
    data_client::Data,
};

/// How long it takes until the sandbox ends a connection on which these bytes were sent.
async fn ended_after(host: &str, sent: &[u8]) -> Duration {
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(sent).await.unwrap();
    let begun = Instant::now();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut [0; 16])).await;
    // Nothing more comes, or the connection is reset.
    assert!(matches!(read.expect("it is left open"), Ok(0) | Err(_)), "an answer to no request");
    begun.elapsed()
}

#[tokio::test]
async fn idle_half_open_connections_are_dropped_after_five_seconds() {
    let fixture = Fixture::start().await;
    let ready = fixture.sandbox.ready();
    let registry = Data::of(&fixture.sandbox, DEV, WEST).url;
    let hosts = [ready.control.trim_start_matches("http://"), registry.trim_start_matches("http://")];
    let sent: [&[u8]; 3] = [b"", b"GET /v2/ HTTP/1.1\r\nHost: 127", b"\r\n"];
    let tries = hosts.iter().flat_map(|host| sent.iter().map(|sent| ended_after(host, sent)));
    for elapsed in futures::future::join_all(tries).await {
        assert!((Duration::from_secs(4)..Duration::from_secs(10)).contains(&elapsed), "{elapsed:?}");
    }
}

#[tokio::test]
async fn a_connection_that_has_asked_something_may_be_idle_for_longer() {
    let fixture = Fixture::start().await;
    let url = Data::of(&fixture.sandbox, DEV, WEST).url;
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("GET /v2/ HTTP/1.1\r\nHost: {host}\r\n\r\n");
    for idle in [true, false] {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"}]}") {
            let read = stream.read_buf(&mut answer).await.unwrap();
            assert_ne!(read, 0, "it was dropped");
        }
        if idle {
            // As long as a client that waits for its user.
            let dropped = tokio::time::timeout(Duration::from_secs(6), stream.read(&mut [0; 1])).await;
            assert!(dropped.is_err(), "it was dropped");
        }
    }
}
