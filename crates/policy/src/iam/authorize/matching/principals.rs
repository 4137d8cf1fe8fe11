//! Whether a statement of a resource policy names the caller, and how directly.
//!
//! Source: IAM user guide, "Principal", "NotPrincipal" and "How AWS enforcement code logic evaluates
//! requests".

use super::fit::Fit;
use crate::iam::{
    Effect, Element, Principal,
    authorize::{
        caller::{Caller, Kind},
        context::Request,
    },
    principal::is_session_of,
};

/// How a statement names a caller, from the weakest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::iam::authorize) enum Grant {
    /// By its account, which may then give the permission to its users and roles.
    Account,
    /// By the role of a session, or the user behind a federated one: the permissions boundary and the
    /// session policy still limit it.
    Entity,
    /// By itself, or as everyone: no implicit denial limits it in its own account.
    Direct,
}

/// How a statement with these principals and this effect names the caller.
pub(super) fn named(
    principals: &Element<Principal>,
    effect: &Effect,
    request: &Request<'_>,
) -> Vec<(Grant, Fit)> {
    let caller = request.caller;
    match principals {
        Element::Missing => Vec::new(),
        Element::Unreadable => {
            let fit = || Fit::because("its principals cannot be read");
            [Grant::Account, Grant::Entity, Grant::Direct].map(|grant| (grant, fit())).into()
        }
        Element::Only(all) => all.iter().filter_map(|one| entry(one, caller)).collect(),
        Element::AllBut(all) => vec![(Grant::Direct, all_but(all, effect, request))],
    }
}

/// How one principal names the caller; `None` if it does not.
fn entry(principal: &Principal, caller: &Caller) -> Option<(Grant, Fit)> {
    let yes = |grant| Some((grant, Fit::Yes));
    match principal {
        Principal::Everyone => yes(Grant::Direct),
        Principal::Account { account, partition } => {
            let known = partition.as_deref().zip(caller.partition.as_deref());
            let same = known.is_none_or(|(named, own)| named == own);
            let owns = caller.account.as_ref() == Some(account) && same;
            match caller.kind {
                Kind::Provider => None,
                Kind::Root if owns => yes(Grant::Direct),
                _ => owns.then_some((Grant::Account, Fit::Yes)),
            }
        }
        Principal::Aws(arn) if *arn == caller.text => match caller.kind {
            Kind::Role => yes(Grant::Entity),
            _ => yes(Grant::Direct),
        },
        Principal::Aws(arn) if caller.has_role(arn) => yes(Grant::Entity),
        Principal::Aws(arn) if may_have_federated(arn, caller) => {
            let fit = Fit::because("the user who created the federated session is not known");
            Some((Grant::Entity, fit))
        }
        Principal::Aws(_) => None,
        Principal::Other { kind, value } => {
            let same_kind = match kind.as_str() {
                "Service" => caller.kind == Kind::Service,
                "Federated" => caller.kind == Kind::Provider,
                "CanonicalUser" => caller.kind == Kind::CanonicalUser,
                _ => false,
            };
            if same_kind && *value == caller.text {
                return yes(Grant::Direct);
            }
            if kind == "CanonicalUser" && caller.account.is_some() {
                let fit = Fit::because("the account of a canonical user id is not known");
                return Some((Grant::Account, fit));
            }
            None
        }
    }
}

/// Whether an ARN is that of a user of the account in which the caller is a federated user.
fn may_have_federated(arn: &str, caller: &Caller) -> bool {
    let Ok(named) = Caller::parse(arn) else { return false };
    matches!(caller.kind, Kind::FederatedUser(_))
        && matches!(named.kind, Kind::User(_))
        && (named.account == caller.account && named.partition == caller.partition)
}

/// Whether a statement is about everyone but these, and so about the caller.
fn all_but(all: &[Principal], effect: &Effect, request: &Request<'_>) -> Fit {
    let caller = request.caller;
    let entries: Vec<(Grant, Fit)> = all.iter().filter_map(|one| entry(one, caller)).collect();
    let has = |grant: Grant| {
        let of = entries.iter().filter(|(of, _)| *of == grant).map(|(_, fit)| fit.clone());
        Fit::any(of)
    };
    let itself = || Fit::any([has(Grant::Direct), has(Grant::Entity)]);
    if all.contains(&Principal::Everyone) {
        return Fit::No;
    }
    if *effect == Effect::Allow {
        return Fit::any([itself(), has(Grant::Account)]).not();
    }
    // "The NotPrincipal element with a Deny effect will always deny any IAM principal that has a
    // permissions boundary."
    if request.has_boundary && caller.has_identity() {
        return Fit::Yes;
    }
    if !caller.has_identity() {
        return itself().not();
    }
    // The account is checked first, then the role, then the session: with the caller alone in the
    // list, AWS says that its account may be denied.
    let role = match &caller.kind {
        Kind::Session { .. } => all.iter().any(|one| match one {
            Principal::Aws(arn) => is_session_of(&caller.text, arn),
            _ => false,
        }),
        _ => true,
    };
    match (itself(), has(Grant::Account) == Fit::Yes && role) {
        (Fit::No, _) => Fit::Yes,
        (Fit::Yes, true) => Fit::No,
        (Fit::Maybe(gaps), _) => Fit::Maybe(gaps),
        (Fit::Yes, false) => {
            Fit::because("its `NotPrincipal` names the caller but not the account and the role around it")
        }
    }
}
