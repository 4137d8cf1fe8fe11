//! ECR through the SDK and raw JSON: the sandbox, moto, and scripted responses.
#![allow(clippy::unwrap_used)]

mod api;
mod endpoint;
mod iam;
mod moto;
mod sandbox;
mod services;
mod support;
