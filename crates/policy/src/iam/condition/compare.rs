//! Compares one value of a request with one value of a condition.
//!
//! Source: IAM user guide, "IAM JSON policy elements: Condition operators".

use std::{cmp::Ordering, net::IpAddr};

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use crate::pattern::Pattern;

/// The meaning of an operator, without `ForAnyValue:`, `ForAllValues:` and `IfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Comparison {
    kind: Kind,
    /// Whether the request's value must match none of the condition's.
    pub(crate) negated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Equals,
    EqualsIgnoringCase,
    Like,
    Number(Order),
    Moment(Order),
    Bool,
    Binary,
    Ip,
    Arn,
}

/// How the request's value must be related to the condition's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl Comparison {
    /// The comparison of an operator such as `StringNotLike`, in any case. `None` for `Null`, which
    /// compares nothing, and for what is no operator.
    pub(crate) fn of(operator: &str) -> Option<Self> {
        let (kind, negated) = match operator.to_ascii_lowercase().as_str() {
            "stringequals" => (Kind::Equals, false),
            "stringnotequals" => (Kind::Equals, true),
            "stringequalsignorecase" => (Kind::EqualsIgnoringCase, false),
            "stringnotequalsignorecase" => (Kind::EqualsIgnoringCase, true),
            "stringlike" => (Kind::Like, false),
            "stringnotlike" => (Kind::Like, true),
            "numericequals" => (Kind::Number(Order::Equal), false),
            "numericnotequals" => (Kind::Number(Order::Equal), true),
            "numericlessthan" => (Kind::Number(Order::Less), false),
            "numericlessthanequals" => (Kind::Number(Order::LessOrEqual), false),
            "numericgreaterthan" => (Kind::Number(Order::Greater), false),
            "numericgreaterthanequals" => (Kind::Number(Order::GreaterOrEqual), false),
            "dateequals" => (Kind::Moment(Order::Equal), false),
            "datenotequals" => (Kind::Moment(Order::Equal), true),
            "datelessthan" => (Kind::Moment(Order::Less), false),
            "datelessthanequals" => (Kind::Moment(Order::LessOrEqual), false),
            "dategreaterthan" => (Kind::Moment(Order::Greater), false),
            "dategreaterthanequals" => (Kind::Moment(Order::GreaterOrEqual), false),
            "bool" => (Kind::Bool, false),
            "binaryequals" => (Kind::Binary, false),
            "ipaddress" => (Kind::Ip, false),
            "notipaddress" => (Kind::Ip, true),
            "arnequals" | "arnlike" => (Kind::Arn, false),
            "arnnotequals" | "arnnotlike" => (Kind::Arn, true),
            _ => return None,
        };
        Some(Self { kind, negated })
    }

    /// Whether policy variables are replaced in the condition's values.
    pub(crate) fn takes_variables(self) -> bool {
        use Kind::{Arn, Bool, Equals, EqualsIgnoringCase, Like};
        matches!(self.kind, Equals | EqualsIgnoringCase | Like | Arn | Bool)
    }

    /// Whether the request's value matches the condition's, negation aside. Values that are not of
    /// the operator's type match nothing.
    pub(crate) fn matches(self, expected: &Pattern, actual: &str) -> bool {
        match self.kind {
            Kind::Equals => expected.text() == actual,
            Kind::EqualsIgnoringCase => expected.text().to_lowercase() == actual.to_lowercase(),
            Kind::Like => expected.matches(actual),
            Kind::Number(order) => {
                let expected = expected.text();
                let numbers = Number::parse(actual).zip(Number::parse(&expected));
                numbers.is_some_and(|(actual, expected)| order.holds(actual.cmp(&expected)))
            }
            Kind::Moment(order) => {
                let moments = moment(actual).zip(moment(&expected.text()));
                moments.is_some_and(|(actual, expected)| order.holds(actual.cmp(&expected)))
            }
            Kind::Bool => {
                let truth = truth(actual);
                truth.is_some() && truth == self::truth(&expected.text())
            }
            Kind::Binary => expected.text().trim_end_matches('=') == actual.trim_end_matches('='),
            Kind::Ip => is_in_range(&expected.text(), actual),
            Kind::Arn => arn_matches(expected, actual),
        }
    }
}

/// What an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
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
    /// The family of an operator, as [`Comparison::of`] takes it, or of `Null`.
    pub(crate) fn of(operator: &str) -> Option<Self> {
        if operator.eq_ignore_ascii_case("Null") {
            return Some(Self::Null);
        }
        Some(match Comparison::of(operator)?.kind {
            Kind::Equals | Kind::EqualsIgnoringCase | Kind::Like => Self::Text,
            Kind::Number(_) => Self::Number,
            Kind::Moment(_) => Self::Date,
            Kind::Bool => Self::Bool,
            Kind::Binary => Self::Binary,
            Kind::Ip => Self::Address,
            Kind::Arn => Self::Arn,
        })
    }

    /// Whether a value of a condition can match anything: values that are not of the operator's type never
    /// do. A variable is a value of any type where it is replaced.
    pub(crate) fn reads(self, value: &str) -> bool {
        if value.contains("${") && matches!(self, Self::Text | Self::Binary | Self::Bool | Self::Arn) {
            return true;
        }
        match self {
            Self::Text | Self::Binary => true,
            Self::Number => Number::parse(value).is_some(),
            Self::Date => moment(value).is_some(),
            Self::Bool | Self::Null => truth(value).is_some(),
            Self::Address => Range::parse(value).is_some(),
            Self::Arn => ArnPattern::of(&Pattern::new(value)).is_some(),
        }
    }
}

/// A boolean of a condition or a request.
pub(crate) fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// An integer or decimal number of any length.
#[derive(Debug, PartialEq, Eq)]
struct Number<'a> {
    negative: bool,
    /// Without leading zeros.
    whole: &'a str,
    /// Without trailing zeros.
    fraction: &'a str,
}

impl<'a> Number<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !plain(whole) || !plain(fraction) {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self { negative: text.starts_with('-') && !zero, whole, fraction })
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let size = |a: &Self, b: &Self| {
            let whole = a.whole.len().cmp(&b.whole.len()).then_with(|| a.whole.cmp(b.whole));
            whole.then_with(|| a.fraction.cmp(b.fraction))
        };
        match (self.negative, other.negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

/// A moment in one of the W3C's forms of ISO 8601, or in seconds since 1970.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() != 4 {
        return DateTime::from_timestamp(text.parse().ok()?, 0);
    }
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.to_utc());
    }
    let start = |day: NaiveDate| day.and_hms_opt(0, 0, 0).map(|midnight| midnight.and_utc());
    match text.len() {
        4 => return start(NaiveDate::from_ymd_opt(text.parse().ok()?, 1, 1)?),
        7 => return start(NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?),
        10 => return start(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?),
        _ => {}
    }
    // Without seconds: `2026-01-31T12:00Z`, `2026-01-31T12:00+01:00`.
    if let Some(plain) = text.strip_suffix('Z') {
        return Some(NaiveDateTime::parse_from_str(plain, "%Y-%m-%dT%H:%M").ok()?.and_utc());
    }
    Some(DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%:z").ok()?.to_utc())
}

/// A range such as `203.0.113.0/24`, or an address that stands alone.
struct Range {
    base: IpAddr,
    /// How many leading bits are the same for all of it.
    length: u32,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let (base, length) = match text.split_once('/') {
            Some((base, length)) => (base, Some(length)),
            None => (text, None),
        };
        let base: IpAddr = base.parse().ok()?;
        let bits = if base.is_ipv4() { 32 } else { 128 };
        let length = length.map_or(Some(bits), |length| length.parse().ok())?;
        (length <= bits).then_some(Self { base, length })
    }

    fn has(&self, address: IpAddr) -> bool {
        let (base, address, bits) = match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                (u128::from(base.to_bits()), u128::from(address.to_bits()), 32)
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => (base.to_bits(), address.to_bits(), 128),
            _ => return false,
        };
        // A shift by all bits is no shift.
        (base ^ address).checked_shr(bits - self.length).unwrap_or(0) == 0
    }
}

/// Whether an address is in a range, or is the address that stands alone.
fn is_in_range(range: &str, address: &str) -> bool {
    let address: Option<IpAddr> = address.parse().ok();
    Range::parse(range).zip(address).is_some_and(|(range, address)| range.has(address))
}

/// An ARN in a condition: each of its six parts may have wildcards; or `*`.
enum ArnPattern {
    Everything,
    Parts(Vec<Pattern>),
}

impl ArnPattern {
    fn of(expected: &Pattern) -> Option<Self> {
        if expected.is_everything() {
            return Some(Self::Everything);
        }
        let parts = expected.split_at_colons(6);
        (parts.len() == 6).then_some(Self::Parts(parts))
    }
}

/// Each of the six parts of an ARN is compared by itself.
fn arn_matches(expected: &Pattern, actual: &str) -> bool {
    match ArnPattern::of(expected) {
        None => false,
        Some(ArnPattern::Everything) => true,
        Some(ArnPattern::Parts(parts)) => {
            let actual: Vec<&str> = actual.splitn(6, ':').collect();
            actual.len() == 6 && parts.iter().zip(&actual).all(|(part, actual)| part.matches(actual))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(operator: &str, expected: &str, actual: &str) -> bool {
        let comparison = Comparison::of(operator).unwrap();
        comparison.matches(&Pattern::new(expected), actual) != comparison.negated
    }

    #[test]
    fn strings_are_equal_or_alike() {
        assert!(holds("StringEquals", "a*", "a*") && !holds("StringEquals", "a*", "ab"));
        assert!(holds("stringequalsignorecase", "ÄB", "äb") && !holds("StringEquals", "AB", "ab"));
        assert!(holds("StringLike", "a?c*", "abcd") && !holds("StringLike", "A*", "ab"));
        assert!(holds("StringNotLike", "b*", "ab") && holds("StringNotEquals", "a", "b"));
        assert!(Comparison::of("Null").is_none() && Comparison::of("StringMatches").is_none());
    }

    #[test]
    fn numbers_of_any_length_are_exact() {
        assert!(holds("NumericEquals", "10", "10.0") && holds("NumericEquals", "-0", "0"));
        assert!(holds("NumericEquals", "007", "7") && holds("NumericLessThan", "10", "9.99"));
        let long = "12345678901234567890123456789";
        assert!(holds("NumericGreaterThan", long, "12345678901234567890123456790"));
        assert!(holds("NumericNotEquals", long, "12345678901234567890123456790"));
        assert!(holds("NumericLessThan", "-1", "-2") && holds("NumericLessThan", "0.5", "-3"));
        assert!(holds("NumericLessThan", "0.5", "0.25") && holds("NumericGreaterThanEquals", "5", "5"));
        for (expected, actual) in [("ten", "10"), ("10", "ten"), ("", ""), (".", "."), ("1e3", "1000")] {
            assert!(!holds("NumericEquals", expected, actual), "{expected} {actual}");
        }
    }

    #[test]
    fn moments_are_iso_8601_or_seconds() {
        let same = ["2026-01-01T00:00:00Z", "2026-01-01", "2026-01", "2026", "2026-01-01T01:00:00+01:00"];
        for text in same.into_iter().chain(["1767225600", "2026-01-01T00:00Z", "2025-12-31T23:00-01:00"]) {
            assert!(holds("DateEquals", "2026-01-01T00:00:00.000Z", text), "{text}");
        }
        assert!(holds("DateLessThan", "2026-01-01", "2025-12-31T23:59:59Z"));
        assert!(holds("DateGreaterThan", "0", "1970-01-01T00:00:01Z"));
        assert!(!holds("DateEquals", "yesterday", "yesterday") && !holds("DateEquals", "é2026-01", "2026"));
    }

    #[test]
    fn addresses_are_in_ranges_of_their_own_version() {
        assert!(holds("IpAddress", "203.0.113.0/24", "203.0.113.255"));
        assert!(!holds("IpAddress", "203.0.113.0/24", "203.0.114.0"));
        assert!(holds("IpAddress", "0.0.0.0/0", "8.8.8.8") && !holds("IpAddress", "0.0.0.0/0", "::1"));
        assert!(holds("IpAddress", "203.0.113.7", "203.0.113.7"));
        assert!(holds("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1"));
        assert!(holds("IpAddress", "::/0", "2001:db8::1") && !holds("IpAddress", "::1", "::2"));
        assert!(holds("NotIpAddress", "203.0.113.0/33", "203.0.113.1"));
        assert!(!holds("IpAddress", "somewhere", "203.0.113.1"));
    }

    #[test]
    fn arns_are_compared_by_their_parts() {
        let arn = "arn:aws:iam::111122223333:role/team/app";
        assert!(holds("ArnLike", "arn:aws:iam::*:role/*", arn) && holds("ArnEquals", "arn:*:*:*:*:*", arn));
        assert!(!holds("ArnEquals", "arn:aws:iam:*", arn) && !holds("ArnLike", "arn:aws:iam::*", arn));
        assert!(holds("ArnLike", "*", arn) && holds("ArnNotLike", "arn:aws:sts::*:*", arn));
        assert!(!holds("ArnLike", "arn:aws:iam::*:role/*", "role/app"));
    }

    #[test]
    fn booleans_and_bytes() {
        assert!(holds("Bool", "TRUE", "true") && !holds("Bool", "yes", "yes"));
        assert!(holds("BinaryEquals", "QQ==", "QQ") && !holds("BinaryEquals", "qq==", "QQ=="));
    }

    #[test]
    fn what_can_be_read_is_what_can_match() {
        for (operator, good, bad) in [
            ("Bool", &["true", "False", "${aws:SecureTransport}"][..], &["yes", "1", ""][..]),
            ("Null", &["true"], &["null"]),
            ("NumericLessThan", &["3600", "1.5", "-1"], &["ten", "3,600", "NaN", "1e3", "${aws:EpochTime}"]),
            (
                "dateGreaterThan",
                &["2026-01-31T00:00:00Z", "2026-01-31", "2026-01", "2026", "1767225600"],
                &["31.1.2026", "soon", "2026-01-31T00:00:00"],
            ),
            (
                "IpAddress",
                &["203.0.113.0/24", "::1", "2001:db8::/32"],
                &["203.0.113.0/33", "10.0.0", "office", "${aws:SourceIp}"],
            ),
            (
                "ArnLike",
                &["arn:aws:iam::*:role/x", "arn:*:*:*:*:*", "*", "${aws:PrincipalArn}"],
                &["role/x", "111122223333", "arn:aws:ecr:*", "arn:aws:iam::111122223333"],
            ),
            ("StringLike", &["", "x*"], &[]),
        ] {
            let family = Family::of(operator).unwrap();
            assert!(good.iter().all(|value| family.reads(value)), "{operator}: {good:?}");
            assert!(!bad.iter().any(|value| family.reads(value)), "{operator}: {bad:?}");
            // What is read matches itself or something else; what is not read matches nothing.
            let Some(comparison) = Comparison::of(operator) else { continue };
            for value in bad.iter().filter(|value| !value.contains("${")) {
                assert!(!comparison.matches(&Pattern::new(value), value), "{operator} {value}");
            }
        }
        assert_eq!((Family::of("Equals"), Family::of("arnlike")), (None, Some(Family::Arn)));
    }
}
