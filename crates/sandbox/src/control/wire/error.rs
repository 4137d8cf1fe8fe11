//! Error responses, in the two protocols of the control plane.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value};

use crate::{
    control::wire::{signing::sigv4::AuthFailure, xml::Element},
    error::StorageError,
};

/// The outcome of an operation.
pub(in crate::control) type ApiResult<T = Value> = Result<T, ApiError>;

/// An error as the caller sees it: AWS's code and message, and the members some shapes add.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub(in crate::control) struct ApiError {
    pub(in crate::control) code: &'static str,
    pub(in crate::control) status: StatusCode,
    pub(in crate::control) message: String,
    /// Further members of the error's shape, such as `lastValidByteReceived`.
    pub(in crate::control) members: Map<String, Value>,
}

impl ApiError {
    /// The caller's mistake, HTTP 400 as in every awsJson1.1 service.
    pub(in crate::control) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, status: StatusCode::BAD_REQUEST, message: message.into(), members: Map::new() }
    }

    /// As [`ApiError::new`], with another HTTP status.
    pub(in crate::control) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Adds a member that the error's shape has beside the message.
    pub(in crate::control) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// ECR's wording for a parameter that its model or its rules do not allow.
    pub(in crate::control) fn parameter(member: &str, constraint: impl std::fmt::Display) -> Self {
        Self::new(
            "InvalidParameterException",
            format!("Invalid parameter at '{member}' failed to satisfy constraint: '{constraint}'"),
        )
    }

    /// The fault is on this side. What exactly failed goes to the log, not to the caller.
    pub(in crate::control) fn server(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a control plane call failed inside the sandbox");
        Self::new("ServerException", "The sandbox could not complete the call; its log says why.")
            .with_status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The Region does not answer.
    pub(in crate::control) fn unavailable() -> Self {
        Self::new("ServiceUnavailable", "The service is unavailable in this Region.")
            .with_status(StatusCode::SERVICE_UNAVAILABLE)
    }

    /// A failed signature check in ECR's spelling.
    pub(in crate::control) fn json_auth(failure: &AuthFailure) -> Self {
        let code = match failure {
            AuthFailure::Missing => "MissingAuthenticationTokenException",
            AuthFailure::Incomplete(_) => "IncompleteSignatureException",
            AuthFailure::UnknownKey => "UnrecognizedClientException",
            AuthFailure::Expired => "ExpiredTokenException",
            AuthFailure::Signature(_) => "InvalidSignatureException",
        };
        Self::new(code, failure.to_string())
    }

    /// A failed signature check in STS's spelling.
    pub(in crate::control) fn query_auth(failure: &AuthFailure) -> Self {
        let code = match failure {
            AuthFailure::Missing => "MissingAuthenticationToken",
            AuthFailure::Incomplete(_) => "IncompleteSignature",
            AuthFailure::UnknownKey => "InvalidClientTokenId",
            AuthFailure::Expired => "ExpiredToken",
            AuthFailure::Signature(_) => "SignatureDoesNotMatch",
        };
        Self::new(code, failure.to_string()).with_status(StatusCode::FORBIDDEN)
    }

    /// The awsJson1.1 form.
    pub(in crate::control) fn into_json(self, request_id: &str) -> Response {
        let mut body = Map::new();
        body.insert("__type".into(), self.code.into());
        body.extend(self.members);
        body.insert("message".into(), self.message.into());
        let mut response = json_response(self.status, &Value::Object(body), request_id);
        response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(self.code));
        response
    }

    /// The AWS Query form.
    pub(in crate::control) fn into_xml(self, namespace: &str, request_id: &str) -> Response {
        let side = if self.status.is_server_error() { "Receiver" } else { "Sender" };
        let error =
            Element::new("Error").text("Type", side).text("Code", self.code).text("Message", &self.message);
        let document = Element::new("ErrorResponse").child(error).text("RequestId", request_id);
        xml_response(self.status, &document, namespace, request_id)
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        Self::server(&error)
    }
}

/// A response in awsJson1.1.
pub(in crate::control) fn json_response(status: StatusCode, body: &Value, request_id: &str) -> Response {
    let mut response = (status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
    mark(headers, request_id);
    response
}

/// A response in AWS Query.
pub(in crate::control) fn xml_response(
    status: StatusCode,
    document: &Element,
    namespace: &str,
    request_id: &str,
) -> Response {
    let mut response = (status, document.print(namespace)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    mark(headers, request_id);
    response
}

fn mark(headers: &mut http::HeaderMap, request_id: &str) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
}
