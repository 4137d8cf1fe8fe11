//! Who makes a call, once the signature has been verified.

use longshore_names::{AccountId, Partition, Region, RegistryId};

use crate::control::wire::signing::canonical::sha256_hex;
use crate::control::wire::signing::sessions::{AssumedRole, Session, base32};
use crate::{
    access::policy::Principal,
    iam::{ADMINISTRATOR, Entity},
};

/// A user of an account.
#[derive(Debug, Clone)]
struct User {
    name: String,
    path: String,
    id: String,
}

impl User {
    fn administrator(account: &AccountId) -> Self {
        Self {
            name: ADMINISTRATOR.to_owned(),
            path: "/".to_owned(),
            id: unique_id("AIDA", &[account.as_str(), ADMINISTRATOR]),
        }
    }
}

/// A verified caller.
#[derive(Debug, Clone)]
pub(in crate::control) struct Caller {
    pub(in crate::control) account: AccountId,
    /// The Region of the credential scope.
    pub(in crate::control) region: Region,
    user: User,
    session: Option<Session>,
}

impl Caller {
    /// The holder of an account's own keys.
    pub(in crate::control) fn user(account: AccountId, region: Region) -> Self {
        Self { user: User::administrator(&account), account, region, session: None }
    }

    /// As [`user`](Self::user), for another user of the account, if one is named.
    pub(in crate::control) fn of_user(account: AccountId, region: Region, user: Option<Entity>) -> Self {
        let mut caller = Self::user(account, region);
        if let Some(Entity { name, path, id, .. }) = user {
            caller.user = User { name, path, id };
        }
        caller
    }

    /// The holder of a session of a role, or of this user.
    pub(in crate::control) fn of_session(session: Session, region: Region, user: Option<Entity>) -> Self {
        Self { session: Some(session.clone()), ..Self::of_user(session.account, region, user) }
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

    /// The name of the user, if the caller is one.
    pub(in crate::control) fn user_name(&self) -> Option<&str> {
        self.role().is_none().then_some(self.user.name.as_str())
    }

    /// The caller's own registry in the Region of the call.
    pub(in crate::control) fn registry(&self) -> RegistryId {
        RegistryId::new(self.account.clone(), self.region.clone())
    }

    /// The caller's ARN as `GetCallerIdentity` shows it.
    pub(in crate::control) fn arn(&self) -> String {
        let partition = self.region.partition();
        match self.role() {
            None => format!("arn:{partition}:iam::{}:user{}{}", self.account, self.user.path, self.user.name),
            Some(role) => assumed_arn(partition, &self.account, role),
        }
    }

    /// The caller, for policies.
    pub(in crate::control) fn principal(&self) -> Principal {
        let partition = self.region.partition();
        let role = |role: &AssumedRole| {
            format!("arn:{partition}:iam::{}:role{}{}", self.account, role.path, role.role)
        };
        Principal { account: self.account.clone(), arn: self.arn(), role: self.role().map(role) }
    }

    /// The caller's unique id as `GetCallerIdentity` shows it.
    pub(in crate::control) fn user_id(&self) -> String {
        match self.role() {
            None => self.user.id.clone(),
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
    let id = role.id.clone().unwrap_or_else(|| unique_id("AROA", &[account.as_str(), &role.role]));
    format!("{id}:{}", role.name)
}

/// Ids have to be the same each time, so they are derived from what they identify.
pub(crate) fn unique_id(prefix: &str, parts: &[&str]) -> String {
    format!("{prefix}{}", base32(sha256_hex(parts.join("/").as_bytes()).as_bytes(), 17))
}
