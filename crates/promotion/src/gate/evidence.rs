//! What is known about a build.

/// Something that a gate asks for: it is there, it is not, or nobody could look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence<T> {
    /// It was read.
    Known(T),
    /// It was looked for, and there is none.
    Missing,
    /// It could not be read, or was not looked for; with the reason, without a full stop.
    NotKnown(String),
}

impl<T> Evidence<T> {
    /// Nobody looked.
    pub fn not_asked() -> Self {
        Self::NotKnown("Longshore did not look".to_owned())
    }

    /// What was read.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Missing | Self::NotKnown(_) => None,
        }
    }
}
