//! Who makes a request, and how policies name them.

use longshore_names::{AccountId, Partition};
use serde_json::Value;

use super::listed;
use crate::{iam::ADMINISTRATOR, state::Identity};

/// Who makes the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    pub(crate) account: AccountId,
    /// The caller's ARN; for an account itself its root ARN.
    pub(crate) arn: String,
    /// ARN of the role, for a session of one.
    pub(crate) role: Option<String>,
}

impl Principal {
    /// The account itself, as replication acts.
    pub(crate) fn account(account: &AccountId, partition: Partition) -> Self {
        Self { account: account.clone(), arn: account.root_arn(partition), role: None }
    }

    /// The ARN of the caller, and that of its role.
    pub(crate) fn arns(&self) -> Vec<&str> {
        [Some(self.arn.as_str()), self.role.as_deref()].into_iter().flatten().collect()
    }

    /// Whose policies count: `user/johndoe`, `role/deploy`. An account itself is its administrator.
    pub(crate) fn identity(&self) -> Identity {
        let (kind, rest) = self.kind();
        let last = rest.rsplit('/').next().unwrap_or_default();
        let name = match kind {
            "assumed-role" => format!("role/{}", rest.split('/').next().unwrap_or_default()),
            "user" | "group" | "role" => format!("{kind}/{last}"),
            _ => format!("user/{ADMINISTRATOR}"),
        };
        (self.account.clone(), name)
    }

    /// Whether a user makes the request, with a session or without.
    pub(crate) fn is_user(&self) -> bool {
        self.kind().0 == "user"
    }

    fn kind(&self) -> (&str, &str) {
        let resource = self.arn.splitn(6, ':').nth(5).unwrap_or_default();
        resource.split_once('/').unwrap_or((resource, ""))
    }

    /// The value of a condition key that belongs to the caller: `None` for a key that the sandbox does not
    /// have, `Some(None)` for one that this caller does not have (IAM user guide, "AWS global condition
    /// context keys").
    pub(super) fn key(&self, key: &str) -> Option<Option<&str>> {
        let (kind, rest) = self.kind();
        match key {
            "aws:principalaccount" => Some(Some(self.account.as_str())),
            "aws:principalarn" => Some(Some(self.role.as_deref().unwrap_or(&self.arn))),
            "aws:principaltype" => Some(Some(match kind {
                "user" => "User",
                "assumed-role" => "AssumedRole",
                _ => "Account",
            })),
            "aws:username" => Some(rest.rsplit('/').next().filter(|_| kind == "user")),
            _ => None,
        }
    }
}

/// How a policy names a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// The caller, or everybody.
    Caller,
    /// The whole account.
    Account,
}

/// A whole account is its id, or its root ARN in the caller's own partition (IAM user guide, "AWS
/// JSON policy elements: Principal"); no wildcard is part of a principal's name.
pub(super) fn named(value: &Value, principal: &Principal) -> Option<Named> {
    let partition = principal.arn.split(':').nth(1).unwrap_or_default();
    let root_arn = format!("arn:{partition}:iam::{}:root", principal.account);
    let one = |text: &str| {
        // The account itself is not only one of its users.
        let whole = text == principal.account.as_str() || text == root_arn;
        if text == "*" || text == principal.arn || is_role_of(text, &principal.arn) {
            return Some(Named::Caller);
        }
        whole.then_some(if principal.arn == root_arn { Named::Caller } else { Named::Account })
    };
    match value {
        Value::String(text) => (text == "*").then_some(Named::Caller),
        Value::Object(kinds) => {
            let found = listed(kinds.get("AWS")).filter_map(Value::as_str).filter_map(one);
            found.min_by_key(|named| *named == Named::Account)
        }
        _ => None,
    }
}

/// A role stands for all its sessions; their ARNs have the role's name without its path.
fn is_role_of(role: &str, session: &str) -> bool {
    let parts = |arn: &str| arn.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (role, session) = (parts(role), parts(session));
    let ([_, partition, iam, _, account, role], [_, in_partition, sts, _, in_account, session]) =
        (&role[..], &session[..])
    else {
        return false;
    };
    let name = role.strip_prefix("role/").and_then(|path| path.rsplit('/').next());
    let assumed = session.strip_prefix("assumed-role/").and_then(|rest| rest.split('/').next());
    iam == "iam"
        && sts == "sts"
        && partition == in_partition
        && account == in_account
        && name.is_some()
        && name == assumed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_stands_for_its_sessions() {
        let session = "arn:aws:sts::111122223333:assumed-role/deployer/ci";
        for (role, expected) in [
            ("arn:aws:iam::111122223333:role/deployer", true),
            ("arn:aws:iam::111122223333:role/team/deployer", true),
            ("arn:aws:iam::111122223333:role/deploy", false),
            ("arn:aws:iam::444455556666:role/deployer", false),
            ("arn:aws-cn:iam::111122223333:role/deployer", false),
            ("arn:aws:iam::111122223333:user/deployer", false),
            ("deployer", false),
        ] {
            assert_eq!(is_role_of(role, session), expected, "{role}");
        }
    }

    #[test]
    fn an_identity_has_no_path_and_no_session() {
        let of = |arn: &str| {
            let account = "111122223333".parse().unwrap();
            Principal { account, arn: arn.to_owned(), role: None }.identity().1
        };
        assert_eq!(of("arn:aws:iam::111122223333:user/team/johndoe"), "user/johndoe");
        assert_eq!(of("arn:aws:sts::111122223333:assumed-role/deployer/ci"), "role/deployer");
        assert_eq!(of("arn:aws:iam::111122223333:root"), "user/administrator");
    }
}
