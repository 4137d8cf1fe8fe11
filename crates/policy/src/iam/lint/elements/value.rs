//! The values of a condition in words, and whether an operator fits a key. The evaluator says which values an
//! operator can read.
//!
//! Source: IAM reference, "Condition operators".

use crate::iam::{condition::compare::Family, reference::KeyType};

impl Family {
    /// What the operator reads, as a phrase.
    pub(super) fn phrase(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Date => "a date such as `2026-01-31T00:00:00Z`",
            Self::Bool | Self::Null => "`true` or `false`",
            Self::Binary => "bytes in Base64",
            Self::Address => "an IP address or a range such as `203.0.113.0/24`",
            Self::Arn => "an ARN of six parts, which may have wildcards, or `*`",
        }
    }

    /// Whether the operator fits a key. Texts of ARNs can be compared as texts.
    pub(super) fn fits(self, key: KeyType) -> bool {
        match key {
            KeyType::Text | KeyType::Texts => matches!(self, Self::Text | Self::Null | Self::Binary),
            KeyType::Arn | KeyType::Arns => matches!(self, Self::Arn | Self::Text | Self::Null),
            KeyType::Bool => matches!(self, Self::Bool | Self::Null),
            KeyType::Date => matches!(self, Self::Date | Self::Number | Self::Null),
            KeyType::Address => matches!(self, Self::Address | Self::Null),
            KeyType::Number => matches!(self, Self::Number | Self::Null),
        }
    }

    /// The operators for a key of this type, as a phrase.
    pub(super) fn wanted(key: KeyType) -> &'static str {
        match key {
            KeyType::Text | KeyType::Texts => "`StringEquals` or `StringLike`",
            KeyType::Arn | KeyType::Arns => "`ArnLike`",
            KeyType::Bool => "`Bool`",
            KeyType::Date => "a `Date` operator such as `DateLessThan`",
            KeyType::Address => "`IpAddress` or `NotIpAddress`",
            KeyType::Number => "a `Numeric` operator such as `NumericLessThan`",
        }
    }
}
