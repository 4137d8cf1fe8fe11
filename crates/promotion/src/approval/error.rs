//! Why a request or an approval is not taken.

/// Why a file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The file is larger than any request.
    #[error("the file has {bytes} bytes; a request or an approval has at most {}", super::MAX_BYTES)]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// It is not a file of this kind.
    #[error("the file is not a {kind}: {problem}")]
    Shape {
        /// `promotion request` or `approval`.
        kind: &'static str,
        /// What is wrong, without a full stop.
        problem: String,
    },
    /// The content is not the one that the hash in the file was computed from.
    #[error("the request was changed: its content has the hash {computed}, the file says {written}")]
    HashDiffers {
        /// The hash in the file.
        written: String,
        /// The hash of the content.
        computed: String,
    },
}

impl RequestError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "promotion-request-too-large",
            Self::Shape { .. } => "promotion-request-shape",
            Self::HashDiffers { .. } => "promotion-request-changed",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        longshore_codes::way_out(self.code())
    }
}
