//! The control plane: ECR in awsJson1.1, IAM and a little of STS in AWS Query, a little of KMS and of IAM Toolbox,
//! on one listener.
//!
//! A request goes through here in this order: who signed it ([`sigv4`], [`sessions`]), for which
//! registry ([`call`]), how often ([`throttle`]), which operation ([`operations`]). Each operation
//! reads its input with [`members`] and [`constraints`] and answers JSON.
//!
//! Sources: ECR API model 2015-09-21 as in botocore 1.44.5, the STS API Reference, the ECR User
//! Guide. Messages whose wording AWS does not publish are the sandbox's own.

mod beside;
mod features;
mod iam;
mod image;
mod operations;
mod registry;
mod repository;
pub(crate) mod wire;

pub(crate) use wire::{endpoint::router, signing::caller::unique_id};
