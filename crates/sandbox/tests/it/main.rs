//! The sandbox as a client sees it.
#![allow(clippy::unwrap_used)]

mod backfill;
mod connections;
mod control_access;
mod control_auth;
mod control_client;
mod control_images;
mod control_registry;
mod control_repositories;
mod control_uploads;
mod create_on_push;
mod data_access;
mod data_blobs;
mod data_client;
mod data_manifests;
mod deletions;
mod documents;
mod iam;
mod iam_enforced;
mod immutability;
mod lifecycle;
mod policy_scope;
mod redirects;
mod replication;
mod repository_policy;
mod session_token;
mod templates;
