//! `Condition` blocks over the few keys that the sandbox has (IAM user guide, "AWS JSON policy
//! elements: Condition operators").

use serde_json::Value;

use super::{Principal, listed, wildcard};

/// Evaluates a block. A key or an operator that the sandbox does not have never widens: an Allow
/// then does not match, a Deny does.
pub(super) fn holds(condition: Option<&Value>, principal: &Principal, deny: bool) -> bool {
    let Some(block) = condition else { return true };
    let Some(block) = block.as_object() else { return deny };
    block.iter().all(|(operator, keys)| {
        let Some(keys) = keys.as_object() else { return deny };
        keys.iter().all(|(key, wanted)| one_holds(operator, key, wanted, principal).unwrap_or(deny))
    })
}

/// `None` when it cannot be decided.
fn one_holds(operator: &str, key: &str, wanted: &Value, principal: &Principal) -> Option<bool> {
    let actual = match key.to_ascii_lowercase().as_str() {
        "aws:principalaccount" => principal.account.as_str(),
        "aws:principalarn" => principal.arn.as_str(),
        _ => return None,
    };
    if operator == "Null" {
        // The key is always present.
        return Some(listed(Some(wanted)).any(|v| v.as_str() == Some("false") || v.as_bool() == Some(false)));
    }
    let operator = operator.strip_suffix("IfExists").unwrap_or(operator);
    let any = |fits: &dyn Fn(&str) -> bool| listed(Some(wanted)).filter_map(Value::as_str).any(fits);
    let found = match operator {
        "StringEquals" | "StringNotEquals" => any(&|w| w == actual),
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => any(&|w| w.eq_ignore_ascii_case(actual)),
        "StringLike" | "StringNotLike" => any(&|w| wildcard(w, actual, false)),
        "ArnLike" | "ArnNotLike" | "ArnEquals" | "ArnNotEquals" => any(&|w| arn_like(w, actual)),
        _ => return None,
    };
    Some(found != operator.contains("Not"))
}

/// Each of the six parts of an ARN is compared separately, so that a wildcard stays within its
/// part.
fn arn_like(pattern: &str, arn: &str) -> bool {
    let (pattern, arn): (Vec<&str>, Vec<&str>) =
        (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    pattern.len() == arn.len()
        && pattern.iter().zip(arn).all(|(pattern, part)| wildcard(pattern, part, false))
}

#[cfg(test)]
mod tests {
    use longshore_names::Partition;
    use serde_json::json;

    use super::*;

    /// Whether a block holds for Dev in an Allow and in a Deny.
    fn both(condition: &Value) -> (bool, bool) {
        let dev = Principal::account(&"111122223333".parse().unwrap(), Partition::Aws);
        (holds(Some(condition), &dev, false), holds(Some(condition), &dev, true))
    }

    #[test]
    fn what_cannot_be_checked_never_widens() {
        for condition in [
            json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
            json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}),
            json!({"StringEqualsIfExists": {"aws:SourceIp": "10.0.0.1"}}),
            json!({"Null": {"aws:PrincipalOrgID": "true"}}),
            json!({"NumericLessThan": {"aws:PrincipalAccount": "5"}}),
            json!({"ForAnyValue:StringLike": {"aws:PrincipalArn": "*"}}),
            json!({"StringEquals": "no keys"}),
            json!("no block"),
        ] {
            assert_eq!(both(&condition), (false, true), "{condition}");
        }
    }

    #[test]
    fn the_caller_is_compared() {
        for (condition, expected) in [
            (json!({"StringEquals": {"aws:PrincipalAccount": ["444455556666", "111122223333"]}}), true),
            (json!({"StringEquals": {"AWS:principalaccount": "111122223333"}}), true),
            (json!({"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}), false),
            (json!({"StringLike": {"aws:PrincipalAccount": "1111*"}}), true),
            (json!({"StringEquals": {"aws:PrincipalAccount": "1111*"}}), false),
            (json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}), true),
            (json!({"ArnLike": {"aws:PrincipalArn": "arn:*:root"}}), false),
            (json!({"Null": {"aws:PrincipalArn": "false"}}), true),
            (json!({"Null": {"aws:PrincipalArn": true}}), false),
            (json!({"StringEqualsIfExists": {"aws:PrincipalAccount": "444455556666"}}), false),
        ] {
            assert_eq!(both(&condition), (expected, expected), "{condition}");
        }
    }
}
