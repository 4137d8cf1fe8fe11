//! The accounts that the app knows.

mod commands;
mod connect;
mod keys;
mod sandbox;
mod store;
mod validate;

pub(crate) use keys::key_credentials;
pub(crate) use store::{Accounts, AccountsThen, StoredAccount, from_word, word};
