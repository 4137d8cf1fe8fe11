//! Whether a statement's condition holds for another account's request, as far as its keys show.
//! [`compare`] compares values that are known.
//!
//! Source: IAM reference, "Condition operators" and "Global condition keys". Replication carries
//! neither `aws:SourceAccount` nor `aws:SourceArn`; the replicating account is the principal.

pub(crate) mod compare;

use longshore_names::{AccountId, RegistryId, did_you_mean};
use serde_json::Value;

use self::compare::Comparison;
use super::reference::{self, Service};
use crate::{number_text, pattern::Pattern, sentence};

const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

/// One test of a condition: operator, key, values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Test {
    pub(crate) operator: String,
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

impl Test {
    /// The operator, without `ForAnyValue:` and `IfExists`.
    pub(crate) fn plain_operator(&self) -> &str {
        let operator = self.operator.rsplit(':').next().unwrap_or_default();
        operator.strip_suffix("IfExists").unwrap_or(operator)
    }

    /// Whether it holds for values that do not match.
    pub(crate) fn negated(&self) -> bool {
        self.plain_operator().contains("Not")
    }

    pub(crate) fn is(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }
}

/// The tests of a condition; `None` when it cannot be read.
pub(crate) fn tests(condition: &Value) -> Option<Vec<Test>> {
    let mut all = Vec::new();
    for (operator, keys) in condition.as_object()? {
        for (key, values) in keys.as_object()? {
            let text = |value: &Value| match value {
                Value::String(text) => Some(number_text::plain(text).to_owned()),
                Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
                _ => None,
            };
            let values = match values {
                Value::Array(list) => list.iter().map(text).collect::<Option<Vec<_>>>()?,
                one => vec![text(one)?],
            };
            all.push(Test { operator: operator.clone(), key: key.clone(), values });
        }
    }
    Some(all)
}

/// Whether a condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It holds.
    Holds,
    /// It never holds; the reason, without a full stop.
    Never(String),
    /// It depends on these keys.
    Depends(Vec<String>),
}

/// What a condition comes to for one caller.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Judged {
    /// It holds.
    Holds,
    /// It never holds; the reason, without a full stop.
    Never(String),
    /// It holds if these tests do. None of them when the condition cannot be read.
    If(Vec<Test>),
}

/// Whether `condition` holds when `source` calls for `action` in `here`.
pub(crate) fn judge(condition: &Value, source: &AccountId, here: &RegistryId, action: &str) -> Verdict {
    match judge_tests(condition, source, here, action) {
        Judged::Holds => Verdict::Holds,
        Judged::Never(reason) => Verdict::Never(reason),
        Judged::If(open) => Verdict::Depends(open.into_iter().map(|test| test.key).collect()),
    }
}

/// As [`judge`], with the tests that are open.
pub(crate) fn judge_tests(condition: &Value, source: &AccountId, here: &RegistryId, action: &str) -> Judged {
    let Some(tests) = tests(condition) else { return Judged::If(Vec::new()) };
    let mut open = Vec::new();
    for test in tests {
        match judge_test(&test, source, here, action) {
            Verdict::Never(reason) => return Judged::Never(reason),
            Verdict::Depends(_) => open.push(test),
            Verdict::Holds => {}
        }
    }
    if open.is_empty() { Judged::Holds } else { Judged::If(open) }
}

fn judge_test(test: &Test, source: &AccountId, here: &RegistryId, action: &str) -> Verdict {
    let depends = || Verdict::Depends(vec![test.key.clone()]);
    let key = test.key.to_ascii_lowercase();
    // A pull-through cache calls as a service, and its requests may carry these.
    let through_service = ["ecr:batchimportupstreamimage", "ecr:getimagecopystatus"]
        .contains(&action.to_ascii_lowercase().as_str());
    let absent = ["aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"]
        .contains(&key.as_str());
    if absent && !through_service {
        return without_key(test);
    }
    if test.values.iter().any(|value| value.contains("${")) {
        return depends();
    }
    let actual = match key.as_str() {
        "aws:principalaccount" => source.as_str(),
        "aws:resourceaccount" => here.account.as_str(),
        _ if is_everybody(test) && (is_always_there(&key) || holds_without_key(test)) => {
            return Verdict::Holds;
        }
        _ => return depends(),
    };
    if test.plain_operator() == "Null" {
        let wants_absent = test.values.iter().any(|value| value.eq_ignore_ascii_case("true"));
        return if wants_absent {
            Verdict::Never(format!("`{}` is always present", test.key))
        } else {
            Verdict::Holds
        };
    }
    // Without the operators that ask for a date, an address or an ARN: an account is none of them.
    let comparison = Comparison::of(test.plain_operator()).filter(|_| {
        test.plain_operator().starts_with("String")
            || ["NumericEquals", "NumericNotEquals"].contains(&test.plain_operator())
    });
    let Some(comparison) = comparison else { return depends() };
    let fits = |value: &String| comparison.matches(&Pattern::new(value), actual);
    if test.values.iter().any(fits) != test.negated() {
        Verdict::Holds
    } else {
        let values: Vec<String> = test.values.iter().map(|value| format!("`{value}`")).collect();
        let not = if test.negated() { "is" } else { "is not" };
        Verdict::Never(format!("`{}` {not} {}", test.key, sentence::list(&values, "or")))
    }
}

/// Whether every signed request carries this key, which is in lower case.
///
/// Source: IAM reference, "Global condition keys", availability of each.
pub(crate) fn is_always_there(key: &str) -> bool {
    [
        "aws:currenttime",
        "aws:epochtime",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principaltype",
        "aws:requestedregion",
        "aws:resourceaccount",
        "aws:securetransport",
        "aws:useragent",
        "aws:userid",
        "aws:viaawsservice",
    ]
    .contains(&key)
}

/// Whether a request can have several values of this key.
pub(crate) fn is_multivalued(key: &str) -> bool {
    reference::find_key(key).is_some_and(|known| known.kind.is_multivalued())
}

/// Whether a test holds if the request does not carry its key: not with a positive operator, but
/// with a negated one. `ForAnyValue:` never holds, because there is no value.
pub(crate) fn holds_without_key(test: &Test) -> bool {
    if test.plain_operator() == "Null" {
        return test.values.iter().any(|value| value.eq_ignore_ascii_case("true"));
    }
    test.operator.ends_with("IfExists")
        || test.operator.starts_with("ForAllValues:")
        || (test.negated() && !test.operator.starts_with("ForAnyValue:"))
}

/// A test of a key that the request does not carry.
fn without_key(test: &Test) -> Verdict {
    if holds_without_key(test) {
        Verdict::Holds
    } else {
        Verdict::Never(format!(
            "requests from another account, including replication, never carry `{}`",
            test.key
        ))
    }
}

/// Whether every request that has the key passes a test.
pub(crate) fn is_everybody(test: &Test) -> bool {
    let like = ["StringLike", "ArnLike", "ArnEquals"].contains(&test.plain_operator());
    like && !test.values.is_empty()
        && test.values.iter().any(|value| !value.is_empty() && value.chars().all(|c| c == '*'))
}

/// The condition keys that ECR's requests may carry: global keys, and ECR's own.
fn keys() -> impl Iterator<Item = &'static str> {
    let ecr = reference::service("ecr").into_iter().flat_map(Service::keys);
    reference::global_keys().iter().chain(ecr).map(|key| key.name)
}

/// Whether ECR's requests may carry this key.
pub(crate) fn is_known_key(key: &str) -> bool {
    reference::find_key(key).is_some_and(|known| keys().any(|name| name == known.name))
}

/// The key as AWS writes it, or in lower case if it is not known or ends with the name of a tag.
pub(crate) fn spelled(key: &str) -> String {
    let known = keys().find(|known| known.eq_ignore_ascii_case(key));
    known.map_or_else(|| key.to_ascii_lowercase(), str::to_owned)
}

/// The key that was probably meant.
pub(crate) fn nearest_key(key: &str) -> Option<&'static str> {
    reference::nearest_key(key, keys)
}

/// Whether IAM has this operator.
pub(crate) fn is_known_operator(operator: &str) -> bool {
    let (prefix, name) = operator.split_once(':').map_or(("", operator), |(prefix, name)| (prefix, name));
    let name = name.strip_suffix("IfExists").unwrap_or(name);
    ["", "ForAllValues", "ForAnyValue"].contains(&prefix) && OPERATORS.contains(&name)
}

/// An operator as AWS spells it, from any spelling; `None` for what is no operator.
pub(crate) fn spelled_operator(operator: &str) -> Option<String> {
    let lower = operator.to_ascii_lowercase();
    let (set, name) = lower.split_once(':').map_or((None, lower.as_str()), |(set, name)| (Some(set), name));
    let set = match set {
        None => "",
        Some("forallvalues") => "ForAllValues:",
        Some("foranyvalue") => "ForAnyValue:",
        Some(_) => return None,
    };
    let (name, suffix) = name.strip_suffix("ifexists").map_or((name, ""), |name| (name, "IfExists"));
    let name = OPERATORS.into_iter().find(|known| known.eq_ignore_ascii_case(name))?;
    Some(format!("{set}{name}{suffix}"))
}

/// The operator that was probably meant.
pub(crate) fn nearest_operator(operator: &str) -> Option<String> {
    let (prefix, name) =
        operator.split_once(':').map_or((None, operator), |(prefix, name)| (Some(prefix), name));
    let (name, suffix) = name.strip_suffix("IfExists").map_or((name, ""), |name| (name, "IfExists"));
    let prefix = match prefix {
        None => String::new(),
        Some(prefix) => format!("{}:", did_you_mean(prefix, ["ForAllValues", "ForAnyValue"])?),
    };
    let exact = OPERATORS.into_iter().find(|known| known.eq_ignore_ascii_case(name));
    Some(format!("{prefix}{}{suffix}", exact.or_else(|| did_you_mean(name, OPERATORS))?))
}

/// Whether a test never holds for replication because the request does not carry its key.
pub(crate) fn never_for_replication(test: &Test) -> bool {
    let absent = ["aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths"];
    absent.iter().any(|key| test.is(key)) && matches!(without_key(test), Verdict::Never(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_several_values_where_the_list_of_keys_says_so() {
        for key in ["aws:TagKeys", "AWS:calledvia", "sts:TransitiveTagKeys", "kms:EncryptionContextKeys"] {
            assert!(is_multivalued(key), "{key}");
        }
        for key in ["aws:PrincipalArn", "aws:PrincipalTag/team", "ecr:ResourceTag/team", "other:key"] {
            assert!(!is_multivalued(key), "{key}");
        }
    }
}
