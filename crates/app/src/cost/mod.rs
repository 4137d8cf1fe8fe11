//! What repositories store and what rules replicate, in bytes: the policy crate makes prices of it.

mod replicated;
mod storage;

pub use replicated::Replicated;
pub use storage::StoredRepository;
