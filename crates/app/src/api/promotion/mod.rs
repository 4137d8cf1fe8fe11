//! Promotion: paths, plans, holds, the record, requests and approvals.

mod approvals;
mod board;
mod holds;
mod paths;
mod record;
mod view;

pub use approvals::*;
pub use board::*;
pub use holds::*;
pub use paths::*;
pub use record::*;
pub use view::*;
