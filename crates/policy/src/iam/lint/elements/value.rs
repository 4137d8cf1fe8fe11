//! The values of a condition: whether the operator can read them, and whether it fits the key.
//!
//! Source: IAM reference, "Condition operators".

use std::net::IpAddr;

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::Arn;
use crate::iam::reference::KeyType;

/// What an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Text,
    Number,
    Date,
    Bool,
    Binary,
    Address,
    Arn,
    Null,
}

impl Family {
    /// The family of an operator without `ForAnyValue:` and `IfExists`.
    pub(super) fn of(operator: &str) -> Option<Self> {
        Some(match operator {
            _ if operator.starts_with("String") => Self::Text,
            _ if operator.starts_with("Numeric") => Self::Number,
            _ if operator.starts_with("Date") => Self::Date,
            _ if operator.starts_with("Arn") => Self::Arn,
            "Bool" => Self::Bool,
            "BinaryEquals" => Self::Binary,
            "IpAddress" | "NotIpAddress" => Self::Address,
            "Null" => Self::Null,
            _ => return None,
        })
    }

    /// Whether the operator can read a value. Variables are read when the request is there.
    pub(super) fn reads(self, value: &str) -> bool {
        if value.contains("${") {
            return true;
        }
        match self {
            Self::Text | Self::Binary => true,
            Self::Number => value.parse::<f64>().is_ok_and(f64::is_finite),
            Self::Date => is_date(value),
            Self::Bool | Self::Null => ["true", "false"].iter().any(|word| value.eq_ignore_ascii_case(word)),
            Self::Address => is_range(value),
            Self::Arn => {
                value == "*" || Arn::read(value).is_some() || value.starts_with("arn:") && value.contains('*')
            }
        }
    }

    /// What the operator reads, as a phrase.
    pub(super) fn phrase(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Date => "a date such as `2026-01-31T00:00:00Z`",
            Self::Bool | Self::Null => "`true` or `false`",
            Self::Binary => "bytes in Base64",
            Self::Address => "an IP address or a range such as `203.0.113.0/24`",
            Self::Arn => "an ARN",
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

/// ISO 8601, or seconds since 1970.
fn is_date(text: &str) -> bool {
    text.parse::<i64>().is_ok()
        || DateTime::parse_from_rfc3339(text).is_ok()
        || ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M"]
            .iter()
            .any(|form| NaiveDateTime::parse_from_str(text, form).is_ok())
        || NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

/// An address, or a range in CIDR notation.
fn is_range(text: &str) -> bool {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    bits.is_none_or(|bits| bits.parse::<u8>().is_ok_and(|bits| bits <= most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operator_reads_values_of_its_type() {
        for (operator, good, bad) in [
            ("Bool", &["true", "False"][..], &["yes", "1", ""][..]),
            ("Null", &["true"], &["null"]),
            ("NumericLessThan", &["3600", "1.5", "-1"], &["ten", "3,600", "NaN"]),
            (
                "DateGreaterThan",
                &["2026-01-31T00:00:00Z", "2026-01-31", "1767225600"],
                &["31.1.2026", "soon"],
            ),
            (
                "IpAddress",
                &["203.0.113.0/24", "::1", "2001:db8::/32"],
                &["203.0.113.0/33", "10.0.0", "office"],
            ),
            ("ArnLike", &["arn:aws:iam::*:role/x", "arn:aws:ecr:*", "*"], &["role/x", "111122223333"]),
            ("StringLike", &["", "x*"], &[]),
        ] {
            let family = Family::of(operator).unwrap();
            assert!(good.iter().all(|value| family.reads(value)), "{operator}: {good:?}");
            assert!(!bad.iter().any(|value| family.reads(value)), "{operator}: {bad:?}");
            assert!(family.reads("${aws:CurrentTime}"));
        }
        assert_eq!(Family::of("Equals"), None);
    }
}
