//! What a run says: events while it runs, then outcomes, proofs and the record.

pub(crate) mod events;
pub(crate) mod outcome;
pub(crate) mod proof;
pub(crate) mod record;
