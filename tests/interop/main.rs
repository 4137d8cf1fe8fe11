//! Tests our parts with third-party programs.
#![allow(clippy::unwrap_used, missing_docs)]

mod audit;
mod aws_accounts;
mod by_hand;
mod commands;
mod copying;
mod demo;
mod disk;
mod docker_daemon;
mod endings;
mod exports;
mod iam;
mod iam_lossy;
mod inspect;
mod keychain;
mod lifecycle;
mod login;
mod many_accounts;
mod ministack;
mod permissions;
mod repositories;
mod serve;
mod skopeo;
mod terminal;
