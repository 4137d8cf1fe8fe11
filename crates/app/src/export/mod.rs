//! Configurations in formats for other tools and other people.

mod administrator;
mod documents;
mod save;

pub(crate) use administrator::statement_for_administrator;
pub(crate) use documents::document_in;
