//! Two teams without shared credentials: requests that one writes and the other applies, and receipts.

mod answers;
mod apply;
mod expected;
mod receipt;
mod show;
mod store;
mod write;

pub(crate) use answers::{Needed, Stated, stated};
use longshore_policy::request::RequestError;

use crate::api::{ApiError, Side};

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        let text = longshore_names::capital(&format!("{error}."));
        Self::new(error.code(), Side::Input, text).hint(error.hint())
    }
}
