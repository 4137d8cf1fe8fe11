//! The body of a request, hashed as it arrives.

use std::time::Duration;

use axum::body::{Body, Bytes};
use bytes::BytesMut;
use futures::StreamExt;
use http::StatusCode;
use sha2::{Digest as _, Sha256};

use crate::control::wire::error::{ApiError, ApiResult};

/// How long a caller may take to send a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(120);

/// The body and its hash, computed as it arrives. The request announced `announced` bytes.
pub(super) async fn read_body(body: Body, announced: usize, limit: usize) -> ApiResult<(Bytes, String)> {
    let read = async {
        let (mut bytes, mut hasher) = (BytesMut::with_capacity(announced.min(limit)), Sha256::new());
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk
                .map_err(|_| ApiError::new("SerializationException", "The request body ended early."))?;
            if bytes.len() + chunk.len() > limit {
                return Err(ApiError::new(
                    "RequestEntityTooLargeException",
                    "The request body is too large.",
                )
                .with_status(StatusCode::PAYLOAD_TOO_LARGE));
            }
            hasher.update(&chunk);
            bytes.extend_from_slice(&chunk);
        }
        Ok((bytes.freeze(), hex::encode(hasher.finalize())))
    };
    tokio::time::timeout(BODY_TIMEOUT, read).await.unwrap_or_else(|_| {
        Err(ApiError::new("RequestTimeoutException", "The request body did not arrive in time.")
            .with_status(StatusCode::REQUEST_TIMEOUT))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_hashed_as_it_comes_and_has_a_largest_size() {
        let pieces = ["ab", "c"].map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));
        let (body, hash) = read_body(Body::from_stream(futures::stream::iter(pieces)), 0, 3).await.unwrap();
        assert_eq!(body, "abc");
        assert_eq!(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let error = read_body(Body::from("abcd"), 4, 3).await.unwrap_err();
        assert_eq!((error.code, error.status.as_u16()), ("RequestEntityTooLargeException", 413));
        let broken = futures::stream::iter([Err::<Bytes, _>(std::io::Error::other("reset"))]);
        assert_eq!(
            read_body(Body::from_stream(broken), 3, 3).await.unwrap_err().code,
            "SerializationException"
        );
    }
}
