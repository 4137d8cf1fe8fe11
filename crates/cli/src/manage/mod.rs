//! Commands that manage accounts, replication and permissions: the window's own functions.

mod account;
pub(crate) mod arguments;
mod backfill;
pub(crate) mod changes;
mod clean;
pub(crate) mod cost;
mod doctor;
mod expected;
mod guard;
pub(crate) mod iam;
mod import;
mod new_key;
mod open;
mod owner;
pub(crate) mod policy;
mod profiles;
mod replication;
pub(crate) mod repository;
mod request;
mod sign_in;
mod status;

pub(crate) use account::run as account;
pub(crate) use cost::run as cost;
pub(crate) use doctor::run as doctor;
pub(crate) use expected::run as expected;
pub(crate) use guard::run as guard;
pub(crate) use iam::run as iam;
pub(crate) use open::{Managed, registry_and_name};
pub(crate) use owner::run as owner;
pub(crate) use policy::run as policy;
pub(crate) use replication::run as replication;
pub(crate) use repository::run as repository;
pub(crate) use request::{receipt, request};
