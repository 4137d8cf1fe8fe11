//! ECR through the SDK and raw JSON: the sandbox, moto, and answers of ours.
#![allow(clippy::unwrap_used)]

mod api;
mod endpoint;
mod moto;
mod sandbox;
mod support;
