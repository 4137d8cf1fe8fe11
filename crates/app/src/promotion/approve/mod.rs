//! Requests and approvals: who asks, who approves with which key, and which approvals count.

mod check;
mod keys;
mod request;

pub(super) use check::checked;
