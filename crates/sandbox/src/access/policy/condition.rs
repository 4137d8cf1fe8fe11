//! `Condition` blocks over the few keys that the sandbox has (IAM user guide, "AWS JSON policy
//! elements: Condition operators").

use serde_json::Value;

use super::{Request, Terms, listed, variables, wildcard};

/// Evaluates a block. A key or an operator that the sandbox does not have never widens: an Allow
/// then does not match, a Deny does.
pub(super) fn holds(condition: Option<&Value>, request: &Request<'_>, terms: Terms) -> bool {
    let Some(block) = condition else { return true };
    let Some(block) = block.as_object() else { return terms.deny };
    block.iter().all(|(operator, keys)| {
        let Some(keys) = keys.as_object() else { return terms.deny };
        let one =
            |(key, wanted): (&String, &Value)| one_holds(operator, key, wanted, request, terms.variables);
        keys.iter().all(|key| one(key).unwrap_or(terms.deny))
    })
}

/// `None` when it cannot be decided.
fn one_holds(
    operator: &str,
    key: &str,
    wanted: &Value,
    request: &Request<'_>,
    variables: bool,
) -> Option<bool> {
    let found = request.key(key)?;
    if operator == "Null" {
        let absent = found.is_none();
        let of = |value: &Value| value.as_bool().or_else(|| value.as_str()?.parse().ok());
        return Some(listed(Some(wanted)).any(|value| of(value) == Some(absent)));
    }
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let negated = operator.contains("Not");
    let positive = operator.replacen("Not", "", 1);
    let fits: fn(&str, &str) -> bool = match positive.as_str() {
        "StringEquals" => |wanted, actual| literally(wanted) == actual,
        "StringEqualsIgnoreCase" => |wanted, actual| literally(wanted).eq_ignore_ascii_case(actual),
        "StringLike" => |wanted, actual| wildcard(wanted, actual, false),
        "ArnLike" | "ArnEquals" => arn_like,
        _ => return None,
    };
    // A key that is absent is equal to nothing.
    let Some(actual) = found else { return Some(negated || if_exists) };
    let any = listed(Some(wanted)).filter_map(Value::as_str).any(|wanted| match variables {
        true => variables::filled(wanted, request).is_some_and(|wanted| fits(&wanted, actual)),
        false => fits(wanted, actual),
    });
    Some(any != negated)
}

fn literally(wanted: &str) -> String {
    wanted.chars().map(variables::literal).collect()
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
    use crate::access::policy::Principal;

    /// Whether a block holds for Dev in an Allow and in a Deny.
    fn both(condition: &Value) -> (bool, bool) {
        let dev = Principal::account(&"111122223333".parse().unwrap(), Partition::Aws);
        let request = Request::new(&dev, "ecr:PutImage", "*");
        let of = |deny| holds(Some(condition), &request, Terms { own: false, variables: true, deny });
        (of(false), of(true))
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
            (json!({"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}}), true),
            (json!({"StringEquals": {"aws:username": "johndoe"}}), false),
            (json!({"StringNotEquals": {"aws:username": "johndoe"}}), true),
            (json!({"StringEqualsIfExists": {"aws:username": "johndoe"}}), true),
            (json!({"Null": {"aws:username": "true"}}), true),
            (json!({"StringEquals": {"aws:PrincipalType": "Account"}}), true),
        ] {
            assert_eq!(both(&condition), (expected, expected), "{condition}");
        }
    }
}
