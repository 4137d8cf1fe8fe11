//! Requests and approvals: one person prepares a promotion, another approves it on their own machine.
//!
//! An approval is a signature over digest, path, stage, hash of the plan and expiry. Nothing here signs or
//! verifies: the caller hands in what verification proved.

mod envelope;
mod error;
mod request;
mod statement;

pub use envelope::{Envelope, EnvelopeSignature, KeySignature, PAYLOAD_TYPE};
pub use error::RequestError;
pub use request::{MAX_BYTES, PromotionRequest};
pub use statement::{ApprovalProblem, ApprovalStatement, CheckedApproval, SignedApproval, check_approvals};
