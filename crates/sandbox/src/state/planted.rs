//! What only a program that embeds the sandbox can set: identity policies, roles, keys of KMS. In memory:
//! a restart forgets it. And the denials that an authorization id was given for.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use longshore_names::AccountId;

use crate::{KeyState, iam::Because};

/// Denials that are kept.
const MOST_DENIALS: usize = 1_000;

/// A user or a role of an account, without its path: `user/administrator`, `role/deploy`.
pub(crate) type Identity = (AccountId, String);

/// A denied request.
#[derive(Debug, Clone)]
pub(crate) struct Denial {
    pub(crate) id: String,
    pub(crate) action: String,
    pub(crate) resource: String,
    /// Whether a statement denies it, and not just none allows it.
    pub(crate) explicit: bool,
    pub(crate) because: Because,
    /// The policy that denies it.
    pub(crate) policy: Option<String>,
    /// Its statement.
    pub(crate) sid: Option<String>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Planted(Mutex<Content>);

#[derive(Debug, Default)]
struct Content {
    policies: BTreeMap<Identity, String>,
    paths: BTreeMap<Identity, String>,
    without_role: BTreeSet<AccountId>,
    keys: BTreeMap<String, KeyState>,
    denials: VecDeque<Denial>,
}

impl Planted {
    fn lock(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The identity policy of a user or role; one without is an administrator.
    pub(crate) fn policy(&self, identity: &Identity) -> Option<String> {
        self.lock().policies.get(identity).cloned()
    }

    pub(crate) fn set_policy(&self, identity: Identity, text: Option<String>) {
        let mut content = self.lock();
        match text {
            Some(text) => drop(content.policies.insert(identity, text)),
            None => drop(content.policies.remove(&identity)),
        }
    }

    /// Whether a role that was not created has been assumed, or has a policy.
    pub(crate) fn knows(&self, role: &Identity) -> bool {
        let content = self.lock();
        content.paths.contains_key(role) || content.policies.contains_key(role)
    }

    /// The path of a role, with the slashes around it.
    pub(crate) fn path(&self, role: &Identity) -> String {
        self.lock().paths.get(role).cloned().unwrap_or_else(|| "/".into())
    }

    pub(crate) fn set_path(&self, role: Identity, path: String) {
        self.lock().paths.insert(role, path);
    }

    /// Whether the account's role for replication was taken away.
    pub(crate) fn is_without_role(&self, account: &AccountId) -> bool {
        self.lock().without_role.contains(account)
    }

    pub(crate) fn set_without_role(&self, account: &AccountId, without: bool) {
        let mut content = self.lock();
        match without {
            true => drop(content.without_role.insert(account.clone())),
            false => drop(content.without_role.remove(account)),
        }
    }

    /// The state of a key; a key that was not planted is enabled.
    pub(crate) fn key(&self, arn: &str) -> KeyState {
        self.lock().keys.get(arn).copied().unwrap_or(KeyState::Enabled)
    }

    pub(crate) fn set_key(&self, arn: &str, state: KeyState) {
        self.lock().keys.insert(arn.to_owned(), state);
    }

    pub(crate) fn deny(&self, denial: Denial) {
        let mut content = self.lock();
        if content.denials.len() == MOST_DENIALS {
            content.denials.pop_front();
        }
        content.denials.push_back(denial);
    }

    pub(crate) fn denial(&self, id: &str) -> Option<Denial> {
        self.lock().denials.iter().find(|denial| denial.id == id).cloned()
    }

    /// Forgets everything.
    pub(crate) fn reset(&self) {
        *self.lock() = Content::default();
    }
}
