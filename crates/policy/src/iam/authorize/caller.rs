//! Who asks: the principal of a request.

use longshore_names::AccountId;

use super::QuestionError;
use crate::iam::principal::is_session_of;

/// The longest ARN of IAM, and more than any other name of a principal or resource has.
pub(super) const MAX_ARN: usize = 2_048;

/// The kind of a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// The root user of an account.
    Root,
    /// An IAM user; its name without the path.
    User(String),
    /// A role, which stands for all its sessions; its name without the path.
    Role,
    /// One session of a role, with the names of both.
    Session { role: String },
    /// A session of `GetFederationToken`; the name that was given to it.
    FederatedUser(String),
    /// An AWS service, such as `replication.ecr.amazonaws.com`.
    Service,
    /// An identity provider, which can only assume roles.
    Provider,
    /// The canonical user id of an account.
    CanonicalUser,
}

/// The principal that makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub(super) text: String,
    pub(super) kind: Kind,
    pub(super) account: Option<AccountId>,
    pub(super) partition: Option<String>,
}

impl Caller {
    /// Reads the ARN of a user, a role, a role's session, a federated user or an account's root; the
    /// number of an account, which means its root user; or the name of a service.
    ///
    /// # Errors
    /// When it is none of them, such as the ARN of a group, which makes no requests.
    pub fn parse(text: &str) -> Result<Self, QuestionError> {
        let text = text.trim();
        if text.len() > MAX_ARN {
            let problem = format!("A principal has at most {MAX_ARN} characters.");
            return Err(QuestionError::new("principal", problem, "Give the ARN of one principal."));
        }
        if let Ok(account) = text.parse::<AccountId>() {
            let caller = Self { text: text.to_owned(), kind: Kind::Root, account: None, partition: None };
            return Ok(Self { account: Some(account), ..caller });
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [_, partition, service, _, account, resource] = parts.as_slice() else {
            return Self::named(text).ok_or_else(|| wrong(text));
        };
        let account: AccountId = account.parse().map_err(|_| wrong(text))?;
        let (first, rest) = resource.split_once('/').unwrap_or((resource, ""));
        let last = rest.rsplit('/').next().unwrap_or_default();
        let kind = match (*service, first) {
            ("iam", "root") if rest.is_empty() => Kind::Root,
            ("iam", "user") if !last.is_empty() => Kind::User(last.to_owned()),
            ("iam", "role") if !last.is_empty() => Kind::Role,
            ("iam", "saml-provider" | "oidc-provider") if !last.is_empty() => Kind::Provider,
            ("iam", "group") => {
                let problem = "A group is no principal: it makes no requests.";
                let hint = "Ask for a user, and give the group's policies as further identity policies.";
                return Err(QuestionError::new("principal", problem, hint));
            }
            ("sts", "assumed-role") => match rest.split_once('/') {
                Some((role, session)) if !role.is_empty() && !session.is_empty() => {
                    Kind::Session { role: role.to_owned() }
                }
                _ => return Err(wrong(text)),
            },
            ("sts", "federated-user") if !rest.is_empty() => Kind::FederatedUser(rest.to_owned()),
            _ => return Err(wrong(text)),
        };
        let is_pattern = text.contains(['*', '?', '$']);
        if parts[0] != "arn" || partition.is_empty() || is_pattern {
            return Err(wrong(text));
        }
        let partition = Some((*partition).to_owned());
        Ok(Self { text: text.to_owned(), kind, account: Some(account), partition })
    }

    /// A principal without an ARN.
    fn named(text: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        let of = |kind| Self { text: text.to_owned(), kind, account: None, partition: None };
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Some(of(Kind::CanonicalUser));
        }
        if !text.chars().all(plain) || !text.contains('.') {
            return None;
        }
        let providers =
            ["cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"];
        if providers.contains(&text) {
            return Some(of(Kind::Provider));
        }
        let service = text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn");
        service.then(|| of(Kind::Service))
    }

    /// The ARN or name, as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its account; `None` for a service or an identity provider.
    pub fn account(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }

    /// Whether it has identity policies.
    pub(super) fn has_identity(&self) -> bool {
        matches!(self.kind, Kind::User(_) | Kind::Role | Kind::Session { .. } | Kind::FederatedUser(_))
    }

    /// Whether it is a role that is linked to a service, or a session of one. A session's ARN lacks
    /// the path, and the beginning of the name is reserved.
    pub(super) fn is_service_linked(&self) -> bool {
        match &self.kind {
            Kind::Role => crate::iam::principal::service_linked(&self.text).is_some(),
            Kind::Session { role } => role.starts_with("AWSServiceRoleFor"),
            _ => false,
        }
    }

    /// Whether it is a session of the role with this ARN, or the role itself.
    pub(super) fn has_role(&self, arn: &str) -> bool {
        match self.kind {
            Kind::Role => self.text == arn,
            Kind::Session { .. } => is_session_of(&self.text, arn),
            _ => false,
        }
    }

    /// The value of `aws:PrincipalArn`: a session has the ARN of its role. `None` where the path of
    /// the role cannot be known (IAM Identity Center, service-linked roles), and for what is in no account.
    pub(super) fn principal_arn(&self) -> Option<String> {
        let (account, partition) = (self.account.as_ref()?, self.partition.as_deref());
        match &self.kind {
            // Their roles have a path, which the session does not tell.
            Kind::Session { role } if role.starts_with("AWSReservedSSO_") => None,
            Kind::Session { .. } if self.is_service_linked() => None,
            Kind::Session { role } => Some(format!("arn:{}:iam::{account}:role/{role}", partition?)),
            Kind::Root => Some(format!("arn:{}:iam::{account}:root", partition.unwrap_or("aws"))),
            _ => Some(self.text.clone()),
        }
    }

    /// The value of `aws:PrincipalType`.
    pub(super) fn principal_type(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Root => Some("Account"),
            Kind::User(_) => Some("User"),
            Kind::Role | Kind::Session { .. } => Some("AssumedRole"),
            Kind::FederatedUser(_) => Some("FederatedUser"),
            Kind::Service | Kind::Provider | Kind::CanonicalUser => None,
        }
    }
}

fn wrong(text: &str) -> QuestionError {
    let shown = longshore_names::shown(text, 100);
    QuestionError::new(
        "principal",
        format!("`{shown}` is no principal."),
        "Give the ARN of a user, a role, a session (arn:aws:sts::111122223333:assumed-role/Role/session), a \
         federated user or an account's root, or the name of a service.",
    )
}
