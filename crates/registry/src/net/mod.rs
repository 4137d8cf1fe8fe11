//! Connections: which hosts may be reached and how, pace, retries, and what an answer says.

pub(crate) mod answer;
pub(crate) mod clients;
pub(crate) mod network;
pub(crate) mod pacer;
pub(crate) mod proxy;
pub(crate) mod reach;
pub(crate) mod refusal;
pub(crate) mod retry;
pub(crate) mod tls;
pub(crate) mod trickle;
