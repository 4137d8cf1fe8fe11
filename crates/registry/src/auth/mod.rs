//! Who asks: credentials of Docker's configuration, challenges, tokens.

pub(crate) mod authorize;
pub(crate) mod challenge;
pub(crate) mod credentials;
pub(crate) mod docker_config;
pub(crate) mod secret;
pub(crate) mod token;
