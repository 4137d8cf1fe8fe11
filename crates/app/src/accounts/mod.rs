//! The accounts that the app knows.

mod commands;
mod connect;
mod import;
mod keys;
mod sandbox;
mod sso;
mod store;
mod validate;
mod watch;

pub(crate) use keys::key_credentials;
pub(crate) use store::{Accounts, AccountsThen, StoredAccount, from_word, word};
pub(crate) use watch::watch;
