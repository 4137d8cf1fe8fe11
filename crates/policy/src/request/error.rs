//! Why a file is not taken.

use crate::JsonError;

/// Why a request or a receipt is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The file is larger than any request or receipt.
    #[error("the file has {bytes} bytes; a request or receipt has at most {}", super::MAX_BYTES)]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// It is not JSON.
    #[error("the file is not JSON: {0}")]
    Json(#[from] JsonError),
    /// It is JSON, but of another kind.
    #[error("the file is not a Longshore {wanted}")]
    OtherKind {
        /// `request` or `receipt`.
        wanted: &'static str,
    },
    /// A newer Longshore wrote it.
    #[error("the file has version `{found}`; this Longshore reads version 1")]
    Version {
        /// The version in the file.
        found: String,
    },
    /// A field is missing.
    #[error("`{field}` is missing")]
    Missing {
        /// Its path.
        field: String,
    },
    /// A field cannot be used.
    #[error("`{field}`: {problem}")]
    Invalid {
        /// Its path.
        field: String,
        /// What is wrong, without a full stop.
        problem: String,
    },
    /// A text has characters that nobody can see.
    #[error("`{field}` has hidden characters")]
    Hidden {
        /// Its path.
        field: String,
    },
    /// A want of a kind that this version does not know, and would not apply.
    #[error("`{field}` is of the kind `{kind}`, which this Longshore does not know")]
    UnknownWant {
        /// Its path.
        field: String,
        /// The kind.
        kind: String,
    },
    /// The content is not the one that the file's hash was computed from.
    #[error("the content has the hash {computed}, the file says {written}")]
    HashDiffers {
        /// The hash in the file.
        written: String,
        /// The hash of the content.
        computed: String,
    },
    /// The receipt is for another request.
    #[error("the receipt is for the request {found}, not for {wanted}")]
    OtherRequest {
        /// The request that the receipt names.
        found: String,
        /// The request that it was compared with.
        wanted: String,
    },
    /// The receipt is for a request of this id with other content.
    #[error("the receipt is for the request {id} with other content")]
    ChangedRequest {
        /// The request.
        id: String,
    },
    /// The receipt is from another registry than the one that was asked.
    #[error("the receipt is from {found}; the request was for {wanted}")]
    OtherRegistry {
        /// The registry of the receipt.
        found: String,
        /// The registry of the request.
        wanted: String,
    },
}

impl RequestError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "request-too-large",
            Self::Json(_) => "request-not-json",
            Self::OtherKind { .. } => "request-other-kind",
            Self::Version { .. } => "request-version",
            Self::Missing { .. } => "request-field-missing",
            Self::Invalid { .. } => "request-field-invalid",
            Self::Hidden { .. } => "request-hidden-characters",
            Self::UnknownWant { .. } => "request-want-unknown",
            Self::HashDiffers { .. } => "request-hash-differs",
            Self::OtherRequest { .. } => "receipt-other-request",
            Self::ChangedRequest { .. } => "receipt-changed-request",
            Self::OtherRegistry { .. } => "receipt-other-registry",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        longshore_codes::way_out(self.code())
    }
}
