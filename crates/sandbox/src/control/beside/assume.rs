//! Who may assume a role.

use longshore_names::AccountId;

use crate::{
    access::policy::{Decision, Request, evaluate_of_role},
    control::wire::signing::caller::Caller,
    iam::REPLICATION_ROLE,
    state::State,
};

/// A role that a caller wants to assume.
#[derive(Debug, Clone, Copy)]
pub(in crate::control) struct Wanted<'a> {
    pub(in crate::control) account: &'a AccountId,
    /// With a slash at both ends.
    pub(in crate::control) path: &'a str,
    pub(in crate::control) name: &'a str,
    pub(in crate::control) arn: &'a str,
    pub(in crate::control) session: &'a str,
    pub(in crate::control) external_id: Option<&'a str>,
}

/// A role that the caller may assume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::control) struct Assumable {
    /// Its unique id, if it was created.
    pub(in crate::control) id: Option<String>,
    /// Seconds.
    pub(in crate::control) longest_session: u32,
}

impl Assumable {
    /// A role that was not created.
    pub(in crate::control) fn unnamed() -> Self {
        Self { id: None, longest_session: 43_200 }
    }
}

/// The role, if its trust policy and the caller's policies allow the caller to assume it. A role that was
/// neither created nor deleted trusts the sandbox's accounts.
pub(in crate::control) fn assumable(
    state: &State,
    caller: &Caller,
    wanted: &Wanted<'_>,
) -> Option<Assumable> {
    let document = state.iam(wanted.account)?.document();
    let principal = caller.principal();
    let mut keys = vec![("sts:rolesessionname", wanted.session)];
    keys.extend(wanted.external_id.map(|id| ("sts:externalid", id)));
    let request = Request { keys: &keys, ..Request::new(&principal, "sts:AssumeRole", wanted.arn) };
    let (trust, role) = match document.roles.get(wanted.name) {
        Some(role) if role.path != wanted.path => return None,
        Some(role) => {
            let settings = role.role.as_ref()?;
            let longest_session = settings.longest_session;
            let assumable = Assumable { id: Some(role.id.clone()), longest_session };
            (evaluate_of_role(&settings.trust, &request), assumable)
        }
        None if wanted.name == REPLICATION_ROLE || document.deleted_roles.contains(wanted.name) => {
            return None;
        }
        None => (Decision::Delegate, Assumable::unnamed()),
    };
    // The policies of the caller alone are never enough.
    let trusted = matches!(trust, Decision::Allow | Decision::Delegate);
    (trusted && state.authorize(&request, wanted.account, trust).is_ok()).then_some(role)
}
