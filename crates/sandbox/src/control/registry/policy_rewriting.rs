//! How a policy is returned: not as it was put, but with principals and lists as IAM stores them.

use longshore_names::Partition;
use serde_json::Value;

use crate::control::{registry::policy_grammar::is_account, wire::signing::canonical::sha256_hex};

/// Elements whose lists are returned in the service's own order.
const LISTS: [&str; 6] =
    ["/Principal/AWS", "/NotPrincipal/AWS", "/Action", "/NotAction", "/Resource", "/NotResource"];

/// The policy with root ARNs for bare account ids, and with its lists in another order. If nothing
/// differs, it is the text that was put.
pub(in crate::control) fn rewritten(text: &str, partition: Partition) -> String {
    let Ok(put) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    let mut document = put.clone();
    let statements = match document.get_mut("Statement") {
        Some(Value::Array(list)) => list.iter_mut().collect(),
        Some(single) => vec![single],
        None => Vec::new(),
    };
    for statement in statements {
        for principal in ["/Principal/AWS", "/NotPrincipal/AWS"] {
            match statement.pointer_mut(principal) {
                Some(Value::Array(list)) => list.iter_mut().for_each(|value| root(value, partition)),
                Some(single) => root(single, partition),
                None => {}
            }
        }
        for place in LISTS {
            if let Some(Value::Array(list)) = statement.pointer_mut(place) {
                // An order that is always the same and does not depend on how it was put.
                list.sort_by_cached_key(|value| sha256_hex(value.to_string().as_bytes()));
            }
        }
    }
    if document == put {
        return text.to_owned();
    }
    serde_json::to_string_pretty(&document).unwrap_or_else(|_| text.to_owned())
}

fn root(value: &mut Value, partition: Partition) {
    if let Some(account) = value.as_str().filter(|text| is_account(text)) {
        *value = format!("arn:{partition}:iam::{account}:root").into();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(statement: &Value) -> Value {
        let text = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        let read: Value = serde_json::from_str(&rewritten(&text, Partition::AwsCn)).unwrap();
        read["Statement"][0].clone()
    }

    #[test]
    fn bare_account_ids_come_back_as_root_arns_of_the_partition() {
        let read =
            read(&json!({"Principal": {"AWS": ["111122223333"]}, "NotPrincipal": {"AWS": "444455556666"}}));
        assert_eq!(read["Principal"]["AWS"], json!(["arn:aws-cn:iam::111122223333:root"]));
        assert_eq!(read["NotPrincipal"]["AWS"], "arn:aws-cn:iam::444455556666:root");
    }

    #[test]
    fn lists_come_back_in_one_order_however_they_were_put() {
        let (one, other) =
            (json!(["ecr:a", "ecr:b", "ecr:c", "ecr:d"]), json!(["ecr:d", "ecr:c", "ecr:b", "ecr:a"]));
        let (read_one, read_other) = (read(&json!({"Action": one})), read(&json!({"Action": other})));
        assert_eq!(read_one, read_other);
        assert!(read_one["Action"] != one && read_one["Action"] != other, "{read_one}");
    }

    #[test]
    fn a_policy_without_any_of_it_is_the_text_that_was_put() {
        let text = "{ \"Statement\": [ {\"Principal\": \"*\", \"Action\": [\"ecr:*\"]} ] }";
        assert_eq!(rewritten(text, Partition::Aws), text);
        assert_eq!(rewritten("no policy", Partition::Aws), "no policy");
    }
}
