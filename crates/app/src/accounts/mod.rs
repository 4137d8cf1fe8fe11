//! The accounts that the app knows.

mod commands;
mod key_places;
mod keys;
mod replace;
mod sandbox;
mod store;
pub(crate) mod validate;
mod watch;

pub(crate) use keys::key_credentials;
pub(crate) use store::{Accounts, AccountsThen, StoredAccount, find_aws, from_word, owner_of, word};
pub use validate::vpc_endpoints;
pub(crate) use watch::watch;
