//! Requests and receipts: how two teams without shared credentials set up replication.
//!
//! The developers write a [`Request`]: what the other registry should allow. Its administrator opens
//! the file, sees what it would newly allow, applies it and returns a [`Receipt`]. Neither file has
//! secrets, endpoints or local paths.
//!
//! Both are JSON objects with a `hash`, the SHA-256 of the canonical text of everything else. It finds
//! what was changed on the way, but it is no signature: anybody can compute it. Only the receipt's
//! `request_hash` proves something, to the one who wrote the request.
//!
//! ```
//! # use longshore_policy::request::{Request, RequestFile};
//! let text = r#"{"longshore":"request/1"}"#;
//! let error = Request::read(text).unwrap_err();
//! assert_eq!(error.code(), "request-field-missing");
//! ```
//!
//! A file comes from somebody else: it is bounded, its strings have no hidden characters, every field
//! has one type, and fields that this version does not know are named to the reader.

mod document;
mod error;
mod fields;
mod receipt;
mod want;

pub use document::{Applied, Request, RequestFile, RequestId, RequestedBy};
pub use error::RequestError;
pub use receipt::{Belonging, Receipt, ReceiptFile, ReceiptState};
pub use want::{StatedRepositories, Want};

/// A file has at most this many bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// A request has at most this many wants.
pub const MAX_WANTS: usize = 50;
/// A reason or a note has at most this many characters.
pub const MAX_TEXT: usize = 2_000;
