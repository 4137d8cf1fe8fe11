//! Who makes a call, once the signature has been verified.

use longshore_names::{AccountId, Partition, Region, RegistryId};

use crate::control::wire::signing::canonical::sha256_hex;
use crate::control::wire::signing::sessions::{AssumedRole, Session, base32};

/// The name of the user whose keys an account of the sandbox has.
const USER: &str = "administrator";

/// A verified caller.
#[derive(Debug, Clone)]
pub(in crate::control) struct Caller {
    pub(in crate::control) account: AccountId,
    /// The Region of the credential scope.
    pub(in crate::control) region: Region,
    session: Option<Session>,
}

impl Caller {
    /// The holder of an account's own keys.
    pub(in crate::control) fn user(account: AccountId, region: Region) -> Self {
        Self { account, region, session: None }
    }

    /// The holder of a session.
    pub(in crate::control) fn of_session(session: Session, region: Region) -> Self {
        Self { account: session.account.clone(), region, session: Some(session) }
    }

    /// Whether the keys are those of a session, of a role or of a user.
    pub(in crate::control) fn is_session(&self) -> bool {
        self.session.is_some()
    }

    /// Whether the keys are those of an assumed role.
    pub(in crate::control) fn is_role(&self) -> bool {
        self.role().is_some()
    }

    fn role(&self) -> Option<&AssumedRole> {
        self.session.as_ref()?.role.as_ref()
    }

    /// The caller's own registry in the Region of the call.
    pub(in crate::control) fn registry(&self) -> RegistryId {
        RegistryId::new(self.account.clone(), self.region.clone())
    }

    /// The caller's ARN as `GetCallerIdentity` shows it.
    pub(in crate::control) fn arn(&self) -> String {
        let partition = self.region.partition();
        match self.role() {
            None => format!("arn:{partition}:iam::{}:user/{USER}", self.account),
            Some(role) => assumed_arn(partition, &self.account, role),
        }
    }

    /// The user or role whose identity policy counts: `user/administrator`, `role/deploy`.
    pub(in crate::control) fn identity(&self) -> (AccountId, String) {
        let name = match self.role() {
            None => self.account_user(),
            Some(role) => format!("role/{}", role.role),
        };
        (self.account.clone(), name)
    }

    /// The user whose keys the account has.
    pub(in crate::control) fn account_user(&self) -> String {
        format!("user/{USER}")
    }

    /// The caller's unique id as `GetCallerIdentity` shows it.
    pub(in crate::control) fn user_id(&self) -> String {
        match self.role() {
            None => unique_id("AIDA", &[self.account.as_str(), USER]),
            Some(role) => assumed_id(&self.account, role),
        }
    }
}

/// The ARN of a role's session.
pub(in crate::control) fn assumed_arn(
    partition: Partition,
    account: &AccountId,
    role: &AssumedRole,
) -> String {
    format!("arn:{partition}:sts::{account}:assumed-role/{}/{}", role.role, role.name)
}

/// The unique id of a role's session: the role's id and the session's name.
pub(in crate::control) fn assumed_id(account: &AccountId, role: &AssumedRole) -> String {
    format!("{}:{}", unique_id("AROA", &[account.as_str(), &role.role]), role.name)
}

/// Ids have to be the same each time, so they are derived from what they identify.
pub(in crate::control) fn unique_id(prefix: &str, parts: &[&str]) -> String {
    format!("{prefix}{}", base32(sha256_hex(parts.join("/").as_bytes()).as_bytes(), 17))
}
