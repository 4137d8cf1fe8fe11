//! The principals of a statement.

use longshore_names::{AccountId, Partition};
use serde::Serialize;
use serde_json::Value;

/// One entry of a `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Principal {
    /// `*`: everyone.
    Everyone,
    /// A whole account, written as its number (`partition` is `None`) or as its root ARN.
    Account {
        /// The account.
        account: AccountId,
        /// The partition id of the ARN.
        partition: Option<String>,
    },
    /// Another AWS principal: a user, a role, a session, or an unreadable value.
    Aws(String),
    /// A principal of another kind, such as `Service`.
    Other {
        /// The kind.
        kind: String,
        /// Its value.
        value: String,
    },
}

impl Principal {
    fn aws(text: &str) -> Self {
        if text == "*" {
            return Self::Everyone;
        }
        if let Ok(account) = text.parse() {
            return Self::Account { account, partition: None };
        }
        let root = text.strip_prefix("arn:").and_then(|rest| rest.strip_suffix(":root"));
        if let Some((partition, account)) = root.and_then(|middle| middle.split_once(":iam::"))
            && let Ok(account) = account.parse()
        {
            return Self::Account { account, partition: Some(partition.to_owned()) };
        }
        Self::Aws(text.to_owned())
    }

    /// Whether it means the whole account `source`, in the partition of the registry.
    ///
    /// IAM allows `*` only as a whole principal, never as part of one.
    pub(crate) fn covers(&self, source: &AccountId, here: Partition) -> bool {
        match self {
            Self::Everyone => true,
            Self::Account { account, partition } => {
                account == source && partition.as_deref().is_none_or(|p| p == here.id())
            }
            Self::Aws(_) | Self::Other { .. } => false,
        }
    }

    /// The principal as a phrase for sentences.
    pub(crate) fn phrase(&self) -> String {
        match self {
            Self::Everyone => "everyone".into(),
            Self::Account { account, .. } => format!("account {account}"),
            Self::Aws(arn) => format!("`{arn}`"),
            Self::Other { kind, value } => format!("{} `{value}`", kind.to_lowercase()),
        }
    }
}

/// The strings of a scalar or a list; `None` for anything else.
pub(crate) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) => list.iter().map(|v| v.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// The entries of a principal element; `None` when it cannot be read.
pub(crate) fn read(value: &Value) -> Option<Vec<Principal>> {
    match value {
        Value::String(text) if text == "*" => Some(vec![Principal::Everyone]),
        Value::Object(kinds) => {
            let mut all = Vec::new();
            for (kind, value) in kinds {
                for text in texts(value)? {
                    all.push(match kind.as_str() {
                        "AWS" => Principal::aws(&text),
                        _ => Principal::Other { kind: kind.clone(), value: text },
                    });
                }
            }
            Some(all)
        }
        _ => None,
    }
}

/// The kind of a deleted user, role or group whose id stands in for the principal: AWS shows the id
/// of a principal that no longer exists.
pub(crate) fn orphan(text: &str) -> Option<&'static str> {
    let rest = text.get(4..)?;
    let id = rest.len() >= 12 && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let kind = match text.get(..4)? {
        "AROA" => "role",
        "AIDA" => "user",
        "AGPA" => "group",
        "AIPA" => "instance profile",
        _ => return None,
    };
    id.then_some(kind)
}

/// The account of a service-linked role.
pub(crate) fn service_linked(arn: &str) -> Option<AccountId> {
    let (head, _) = arn.split_once(":role/aws-service-role/")?;
    head.rsplit(':').next()?.parse().ok()
}

/// Whether an ARN is that of a session of `role`. A session has its role's name without the path.
pub(crate) fn is_session_of(session: &str, role: &str) -> bool {
    let parts = |arn: &str| arn.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (session, role) = (parts(session), parts(role));
    let ([_, of, sts, _, account, session], [_, role_of, iam, _, role_account, role]) =
        (&session[..], &role[..])
    else {
        return false;
    };
    let name = role.strip_prefix("role/").and_then(|path| path.rsplit('/').next());
    let assumed = session.strip_prefix("assumed-role/").and_then(|rest| rest.split('/').next());
    (sts == "sts" && iam == "iam" && of == role_of && account == role_account)
        && name.is_some()
        && name == assumed
}
