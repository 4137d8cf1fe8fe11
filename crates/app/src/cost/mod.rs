//! What repositories store and what rules replicate, in bytes: the policy crate makes prices of it.

mod months;
mod replicated;
mod samples;
mod storage;
mod view;
mod what_if;

pub use months::ReplicatedMonth;
pub use replicated::Replicated;
pub use samples::Growth;
pub use storage::StoredRepository;
pub use what_if::{WhatIf, WhatIfResult};
