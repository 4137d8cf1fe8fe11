//! IAM Identity Center: signing in from the window, the tokens of sessions, and their accounts and roles.

mod call;
mod callback;
mod flow;
mod portal;
mod role;
mod session;
mod sign_in;
mod tokens;

pub(crate) use role::CenterRole;
pub(crate) use session::SsoSession;
pub(crate) use sign_in::SignIns;
pub(crate) use tokens::Tokens;
