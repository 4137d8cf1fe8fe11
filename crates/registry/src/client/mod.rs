//! A registry over HTTP: one host with its connections, tokens, pace and abilities.

pub(crate) mod exchange;
pub(crate) mod host;
pub(crate) mod http_registry;
pub(crate) mod pages;
pub(crate) mod profile;
pub(crate) mod rest;
pub(crate) mod wire;
