//! Web addresses and commands that do not answer as they should.

use longshore_promotion::{
    Place,
    plan::{PlannedSource, PromotionPlan},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

fn plan() -> PromotionPlan {
    let place = Place::new("111122223333/us-west-2".parse().unwrap(), "dev-api".parse().unwrap());
    PromotionPlan {
        path: "shop".parse().unwrap(),
        path_hash: "0".repeat(64),
        stage: "production".parse().unwrap(),
        service: "api".parse().unwrap(),
        digest: format!("sha256:{}", "a".repeat(64)).parse().unwrap(),
        source: PlannedSource { place, tag: None },
        destinations: Vec::new(),
        referrers: Vec::new(),
    }
}

/// A web address that answers every request with these bytes, and then keeps the connection open.
async fn address(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = vec![0; 8 * 1024];
                let _ = connection.read(&mut asked).await;
                let _ = connection.write_all(answer).await;
                if !answer.is_empty() {
                    return;
                }
                std::future::pending::<()>().await;
            });
        }
    });
    format!("http://{address}/gate")
}

async fn asked(answer: &'static [u8], limit: Duration) -> Outcome {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let network = longshore_registry::Network::default();
    ask(&network.client("the gate").unwrap(), &address(answer).await, &plan(), limit).await
}

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_web_address_passes_or_fails_in_its_own_words() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 29\r\n\r\n{\"pass\":true,\"reason\":\"fine\"}";
    assert_eq!(asked(answer, LONG).await, Outcome::Passed("fine".into()));
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"pass\":false}";
    assert_eq!(asked(answer, LONG).await, Outcome::Failed(String::new()));
}

#[tokio::test]
async fn a_web_address_that_hangs_is_not_waited_for() {
    assert_eq!(asked(b"", Duration::from_millis(200)).await, Outcome::TimedOut);
}

#[tokio::test]
async fn a_web_address_that_lies_about_its_length_is_refused() {
    let short = b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\nConnection: close\r\n\r\n{\"pass\":true}";
    assert!(matches!(asked(short, LONG).await, Outcome::Refused(_)));
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n{\"pass\":true}";
    assert!(matches!(asked(cut, LONG).await, Outcome::Refused(_)));
    let endless = b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n{\"pass\":true}";
    assert!(matches!(asked(endless, LONG).await, Outcome::Refused(_)));
}

#[tokio::test]
async fn a_web_address_that_redirects_is_not_followed() {
    let answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(asked(answer, LONG).await, Outcome::Refused("it redirects, and is not followed".into()));
    let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
    assert_eq!(asked(answer, LONG).await, Outcome::Refused("it answered with status 204".into()));
}

#[tokio::test]
async fn a_command_learns_what_it_is_about_and_its_end_counts() {
    let shell = |script: &str| ["sh", "-c", script].map(str::to_owned).to_vec();
    let said = run(&shell("echo $LONGSHORE_PATH $LONGSHORE_STAGE $LONGSHORE_SERVICE"), &plan(), LONG).await;
    assert_eq!(said, Outcome::Passed("shop production api\n".into()));
    assert!(matches!(run(&shell("echo no; exit 3"), &plan(), LONG).await, Outcome::Failed(_)));
    let slow = run(&["sleep".to_owned(), "60".to_owned()], &plan(), Duration::from_millis(200)).await;
    assert_eq!(slow, Outcome::TimedOut);
    assert!(matches!(run(&["/nowhere/at-all".to_owned()], &plan(), LONG).await, Outcome::Refused(_)));
}
