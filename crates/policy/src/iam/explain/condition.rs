//! A condition in words.

use serde_json::Value;

use crate::{
    iam::condition::{self, Test},
    sentence,
};

/// What some keys are about, for readers who do not know them by heart.
const PHRASES: [(&str, &str); 30] = [
    ("aws:CurrentTime", "the time"),
    ("aws:FederatedProvider", "the caller's identity provider"),
    ("aws:MultiFactorAuthAge", "the time in seconds since the caller used MFA"),
    ("aws:MultiFactorAuthPresent", "use of MFA"),
    ("aws:PrincipalAccount", "the caller's account"),
    ("aws:PrincipalArn", "the caller"),
    ("aws:PrincipalIsAWSService", "being a service of AWS"),
    ("aws:PrincipalOrgID", "the caller's organisation"),
    ("aws:PrincipalOrgPaths", "the caller's place in its organisation"),
    ("aws:PrincipalServiceName", "the calling service"),
    ("aws:PrincipalType", "the caller's type"),
    ("aws:RequestedRegion", "the Region"),
    ("aws:ResourceAccount", "the resource's account"),
    ("aws:ResourceOrgID", "the resource's organisation"),
    ("aws:SecureTransport", "use of TLS"),
    ("aws:SourceAccount", "the account that the service acts for"),
    ("aws:SourceArn", "the resource that the service acts for"),
    ("aws:SourceIp", "the caller's address"),
    ("aws:SourceOrgID", "the organisation that the service acts for"),
    ("aws:SourceVpc", "the VPC that the request comes through"),
    ("aws:SourceVpce", "the VPC endpoint that the request comes through"),
    ("aws:TagKeys", "the tag keys in the request"),
    ("aws:UserAgent", "the client"),
    ("aws:ViaAWSService", "a service calling for the caller"),
    ("ecr:AccountSetting", "the setting"),
    ("iam:AWSServiceName", "the service of the role"),
    ("iam:PassedToService", "the service that gets the role"),
    ("kms:ViaService", "the service that uses the key"),
    ("sts:ExternalId", "the external id"),
    ("sts:RoleSessionName", "the session's name"),
];

/// Keys that end with the name of a tag.
const TAGS: [(&str, &str); 4] = [
    ("aws:PrincipalTag/", "the caller's tag"),
    ("aws:RequestTag/", "the tag in the request"),
    ("aws:ResourceTag/", "the resource's tag"),
    ("ecr:ResourceTag/", "the repository's tag"),
];

/// The condition as the end of a sentence, with a comma in front; empty for none.
pub(super) fn phrase(condition: Option<&Value>) -> String {
    let Some(condition) = condition else { return String::new() };
    match condition::tests(condition) {
        Some(tests) if tests.is_empty() => String::new(),
        Some(tests) => {
            let all: Vec<String> = tests.iter().map(test).collect();
            format!(", if {}", sentence::list(&all, "and"))
        }
        None => ", under a condition that cannot be read".into(),
    }
}

fn test(test: &Test) -> String {
    let key = key(&test.key);
    let plain = test.plain_operator();
    if plain == "Null" {
        let absent = test.values.iter().any(|value| value.eq_ignore_ascii_case("true"));
        return format!("the request {} `{}`", if absent { "does not have" } else { "has" }, test.key);
    }
    let subject = match test.operator.split_once(':').map(|(set, _)| set) {
        Some("ForAllValues") => format!("every value of `{}`", test.key),
        Some("ForAnyValue") => format!("a value of `{}`", test.key),
        _ => key,
    };
    let quoted: Vec<String> = test.values.iter().map(|value| format!("`{value}`")).collect();
    let one = quoted.len() == 1;
    if quoted.is_empty() {
        return format!("{subject} has one of no values");
    }
    let (any, none) = (sentence::list(&quoted, "or"), sentence::list(&quoted, "and"));
    let is_pattern = test.values.iter().any(|value| value.contains(['*', '?']));
    let not = |verb: &str, negated: &str| {
        if one { format!("{negated} {any}") } else { format!("{verb} none of {none}") }
    };
    let predicate = match plain {
        "StringLike" | "ArnLike" | "ArnEquals" if is_pattern => format!("matches {any}"),
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" if is_pattern => not("matches", "does not match"),
        "StringEqualsIgnoreCase" => format!("is {any} in any case"),
        "StringNotEqualsIgnoreCase" => format!("{} in any case", not("is", "is not")),
        "IpAddress" => format!("is in {any}"),
        "NotIpAddress" => not("is in", "is not in"),
        "NumericLessThan" => format!("is less than {any}"),
        "NumericLessThanEquals" => format!("is at most {any}"),
        "NumericGreaterThan" => format!("is more than {any}"),
        "NumericGreaterThanEquals" => format!("is at least {any}"),
        "DateLessThan" => format!("is before {any}"),
        "DateLessThanEquals" => format!("is not after {any}"),
        "DateGreaterThan" => format!("is after {any}"),
        "DateGreaterThanEquals" => format!("is not before {any}"),
        _ if plain.contains("Not") => not("is", "is not"),
        _ if condition::is_known_operator(&test.operator) => format!("is {any}"),
        _ => format!("has {any} by the unknown operator `{}`", test.operator),
    };
    let absent = if test.operator.ends_with("IfExists") { " or is not in the request" } else { "" };
    format!("{subject} {predicate}{absent}")
}

/// `` the caller's organisation (`aws:PrincipalOrgID`) ``
fn key(key: &str) -> String {
    let exact = PHRASES.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, phrase)| *phrase);
    let begins = |known: &str| key.get(..known.len()).is_some_and(|head| head.eq_ignore_ascii_case(known));
    let tag = || TAGS.iter().find(|(known, _)| begins(known)).map(|(_, phrase)| *phrase);
    match exact.or_else(tag) {
        Some(phrase) => format!("{phrase} (`{key}`)"),
        None => format!("`{key}`"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_operator_has_words() {
        for (condition, words) in [
            (
                json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
                "the caller's organisation (`aws:PrincipalOrgID`) is `o-1`",
            ),
            (
                json!({"StringNotEquals": {"aws:PrincipalAccount": ["1", "2"]}}),
                "the caller's account (`aws:PrincipalAccount`) is none of `1` and `2`",
            ),
            (
                json!({"StringLike": {"x:sub": ["repo:a/*", "repo:b/*"]}}),
                "`x:sub` matches `repo:a/*` or `repo:b/*`",
            ),
            (json!({"StringLike": {"x:sub": "a"}}), "`x:sub` is `a`"),
            (
                json!({"ArnNotLike": {"aws:PrincipalArn": "arn:*"}}),
                "the caller (`aws:PrincipalArn`) does not match `arn:*`",
            ),
            (
                json!({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
                "the caller's address (`aws:SourceIp`) is not in `10.0.0.0/8`",
            ),
            (json!({"Bool": {"aws:SecureTransport": true}}), "use of TLS (`aws:SecureTransport`) is `true`"),
            (
                json!({"NumericLessThanEquals": {"aws:MultiFactorAuthAge": 60}}),
                "the time in seconds since the caller used MFA (`aws:MultiFactorAuthAge`) is at most `60`",
            ),
            (
                json!({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01"}}),
                "the time (`aws:CurrentTime`) is after `2026-01-01`",
            ),
            (json!({"Null": {"aws:TagKeys": "false"}}), "the request has `aws:TagKeys`"),
            (
                json!({"StringEqualsIfExists": {"aws:PrincipalTag/team": "a"}}),
                "the caller's tag (`aws:PrincipalTag/team`) is `a` or is not in the request",
            ),
            (
                json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}),
                "every value of `aws:TagKeys` is `a` or `b`",
            ),
            (json!({"Odd": {"k": "v"}}), "`k` has `v` by the unknown operator `Odd`"),
        ] {
            assert_eq!(phrase(Some(&condition)), format!(", if {words}"), "{condition}");
        }
        assert_eq!(phrase(Some(&json!("x"))), ", under a condition that cannot be read");
        assert_eq!(phrase(Some(&json!({}))) + &phrase(None), "");
    }
}
