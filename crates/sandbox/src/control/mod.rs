//! The control plane: ECR in awsJson1.1 and a little of STS in AWS Query, on one listener.
//!
//! A request goes through here in this order: who signed it ([`sigv4`], [`sessions`]), for which
//! registry ([`call`]), how often ([`throttle`]), which operation ([`operations`]). Each operation
//! reads its input with [`members`] and [`constraints`] and answers JSON.
//!
//! Sources: ECR API model 2015-09-21 as in botocore 1.44.5, the STS API Reference, the ECR User
//! Guide. Messages whose wording AWS does not publish are the sandbox's own.

mod account_settings;
mod authorization;
mod call;
mod caller;
mod canonical;
mod constraints;
mod endpoint;
mod error;
mod image_ids;
mod image_queries;
mod images;
mod layers;
mod lifecycle_policy;
mod lifecycle_rules;
mod members;
mod operations;
mod page;
mod policy_grammar;
mod policy_rewriting;
mod put_image;
mod registry_policy;
mod replication;
mod repositories;
mod repository_settings;
mod resource_tags;
mod sessions;
mod sigv4;
mod sts;
pub(crate) mod throttle;
mod uploads;
mod xml;

pub(crate) use endpoint::router;
