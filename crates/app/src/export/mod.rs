//! Configurations in forms that other tools and other people take.

mod administrator;
mod documents;

pub(crate) use administrator::statement_for_administrator;
