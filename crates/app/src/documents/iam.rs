//! What belongs to IAM: when two contents mean the same, and what changes, in words.

use longshore_ecr::{IamItem, IamItemKind, IamKind, Meaning};
use longshore_names::Partition;
use serde_json::Value;

use super::statement_changes;

/// The meaning of something of IAM. In trust policies IAM writes accounts as the ARNs of their root users.
pub(super) struct IamMeaning {
    pub(super) kind: IamItemKind,
    pub(super) partition: Partition,
}

impl Meaning for IamMeaning {
    fn same(&self, a: &Value, b: &Value) -> bool {
        let written = |value| as_written(self.kind, self.partition, value);
        match self.kind.is_document() {
            true => super::same_policy(&written(a), &written(b)),
            false => longshore_policy::same_json(&written(a), &written(b)),
        }
    }

    fn holds(&self, found: &Value, wrote: &Value, _former: &Value) -> bool {
        self.same(found, wrote)
    }
}

/// As IAM writes it back.
pub(super) fn as_written(kind: IamItemKind, partition: Partition, value: &Value) -> Value {
    const TRUST: &str = "AssumeRolePolicyDocument";
    match kind {
        IamItemKind::Trust => super::as_written(partition, value),
        IamItemKind::Role => {
            let mut role = value.clone();
            if let Some(trust) = role.get_mut(TRUST) {
                *trust = super::as_written(partition, trust);
            }
            role
        }
        _ => value.clone(),
    }
}

pub(super) fn changes(kind: IamItemKind, before: &Value, after: &Value) -> Vec<String> {
    let what = kind.as_str();
    match (before.is_null(), after.is_null()) {
        _ if before == after => Vec::new(),
        (true, _) => vec![format!("the {what} was added")],
        (_, true) => vec![format!("the {what} was removed")],
        _ if kind.is_document() => {
            let named = statement_changes(before, after);
            if named.is_empty() { vec![format!("the {what} was changed")] } else { named }
        }
        _ => vec![format!("the {what} was changed")],
    }
}

/// What makes `after` of `before`, as the sentence of a step.
pub(crate) fn iam_deed(item: &IamItem, before: &Value, after: &Value, account: &str) -> String {
    let word = |kind: &IamKind| kind.word();
    let last = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
    let gone = after.is_null();
    match item {
        IamItem::Entity { .. } if gone => format!("Delete {item} of {account}"),
        IamItem::Entity { .. } => format!("Create {item} in {account}"),
        IamItem::Trust { role } => format!("Replace the trust policy of role `{role}` in {account}"),
        IamItem::Policy { .. } if gone => format!("Delete {item} of {account}"),
        IamItem::Policy { .. } if before.is_null() => format!("Create {item} in {account}"),
        IamItem::Policy { .. } => format!("Bring a new version of {item} in {account} into force"),
        IamItem::Attached { kind, name, arn } => {
            let (verb, to) = if gone { ("Detach", "from") } else { ("Attach", "to") };
            format!("{verb} policy `{}` {to} {} `{name}` in {account}", last(arn), word(kind))
        }
        IamItem::Inline { .. } if gone => format!("Delete {item} in {account}"),
        IamItem::Inline { .. } => format!("Write {item} in {account}"),
        IamItem::Member { user, group } if gone => {
            format!("Remove user `{user}` from group `{group}` in {account}")
        }
        IamItem::Member { user, group } => format!("Add user `{user}` to group `{group}` in {account}"),
        IamItem::Key { .. } if gone => format!("Delete {item} in {account}"),
        IamItem::Key { .. } if after == "Active" => format!("Activate {item} in {account}"),
        IamItem::Key { .. } => format!("Deactivate {item} in {account}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_account_in_a_trust_policy_is_the_arn_that_iam_writes_back() {
        let trust = |who: &str| {
            json!({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "sts:AssumeRole"}]})
        };
        let of = |kind| IamMeaning { kind, partition: Partition::AwsCn };
        let (bare, arn) = (trust("111122223333"), trust("arn:aws-cn:iam::111122223333:root"));
        assert!(of(IamItemKind::Trust).same(&bare, &arn));
        let role = |trust: &Value| json!({"Path": "/", "AssumeRolePolicyDocument": trust});
        assert!(of(IamItemKind::Role).same(&role(&bare), &role(&arn)));
        assert!(!of(IamItemKind::Trust).same(&bare, &trust("arn:aws-cn:iam::444455556666:root")));
        assert!(!of(IamItemKind::Member).same(&Value::Null, &json!(true)));
    }
}
