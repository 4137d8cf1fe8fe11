//! Configurations in formats for other tools and other people.

mod administrator;
mod documents;
mod read;
mod save;
mod subjects;

pub(crate) use administrator::statement_for_administrator;
pub(crate) use documents::document_in;
pub(crate) use subjects::{account_setting, iam_subject, repository_content};
