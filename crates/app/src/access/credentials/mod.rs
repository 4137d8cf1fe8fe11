//! What signs the requests of an account: a key of the keychain, a profile, a role, or the environment of
//! this process.

mod cached;
mod mfa;
mod problem;
mod profiles;
mod role;
mod signed_in;
mod signing;

pub(crate) use problem::problem;
pub(crate) use profiles::Profiles;
pub(crate) use signing::{Sessions, Sources};
