//! Request bodies that are written here and not by the SDK.
//!
//! The SDK leaves out fields that its types do not know, and a `false` that it takes for a default.
//! It also copies a layer's part twice on the way into its JSON.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use serde_json::Value;

/// For `mutate_request`, which runs before signing: the signature is over what is really sent.
pub(crate) fn replace(body: &Value) -> impl Fn(&mut HttpRequest) + Send + Sync + 'static {
    replace_with(body.to_string().into())
}

/// As [`replace`], for an existing body, which is shared and not copied.
pub(crate) fn replace_with(body: Bytes) -> impl Fn(&mut HttpRequest) + Send + Sync + 'static {
    move |request| {
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body.clone());
    }
}
