//! Whether the statements of a document are about a request.

mod conditions;
mod fit;
mod principals;
mod statement;
mod variables;

pub(super) use fit::{Fit, Gap};
pub(super) use principals::Grant;
pub(super) use statement::{Found, found_in};
