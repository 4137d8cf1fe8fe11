//! The callers that two policies tell apart, and which statements are about each.

use longshore_names::{AccountId, RegistryId};

use crate::iam::{
    Effect, Element, Policy, Principal, StatementView, condition,
    condition::{Judged, Test, judge_tests},
    principal::{is_session_of, orphan},
};

/// One caller, or all that are treated alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// Every principal that neither policy names.
    Others,
    /// An account, with all its users and roles that neither policy names.
    Account(AccountId),
    /// A user, a role or a session of an account, by its ARN.
    Identity { account: Option<AccountId>, arn: String },
    /// A principal of another kind, such as a service.
    Other { kind: String, value: String },
}

/// Whether a statement is about a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    No,
    Yes,
    /// AWS says that it may be.
    Perhaps,
}

impl Who {
    /// The caller that an ARN or an account id names, in the partition of `here`.
    pub(crate) fn of_text(text: &str, here: &RegistryId) -> Option<Self> {
        let read = crate::iam::principal::read(&serde_json::json!({ "AWS": text }))?;
        read.first().and_then(|principal| Self::of(principal, here))
    }

    /// The caller that an entry of a statement names. `None` for one that is nobody: of another
    /// partition, or deleted.
    fn of(principal: &Principal, here: &RegistryId) -> Option<Self> {
        let partition = here.region.partition().id();
        match principal {
            Principal::Everyone => Some(Self::Others),
            Principal::Account { account, partition: other } => {
                let is_here = other.as_deref().is_none_or(|other| other == partition);
                is_here.then(|| Self::Account(account.clone()))
            }
            Principal::Aws(text) if orphan(text).is_some() => None,
            Principal::Aws(text) => {
                let parts: Vec<&str> = text.splitn(6, ':').collect();
                let (of, account) = match parts.as_slice() {
                    ["arn", of, "iam" | "sts", _, account, _] => (*of, account.parse().ok()),
                    _ => (partition, None),
                };
                (of == partition).then(|| Self::Identity { account, arn: text.clone() })
            }
            Principal::Other { kind, value } => {
                Some(Self::Other { kind: kind.clone(), value: value.clone() })
            }
        }
    }

    /// The account that it is, or belongs to.
    fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Account(account) => Some(account),
            Self::Identity { account, .. } => account.as_ref(),
            Self::Others | Self::Other { .. } => None,
        }
    }

    /// The principal as AWS writes it in the partition of `here`.
    pub(super) fn principal(&self, here: &RegistryId) -> Principal {
        match self {
            Self::Others => Principal::Everyone,
            Self::Account(account) => Principal::Account {
                account: account.clone(),
                partition: Some(here.region.partition().id().to_owned()),
            },
            Self::Identity { arn, .. } => Principal::Aws(arn.clone()),
            Self::Other { kind, value } => Principal::Other { kind: kind.clone(), value: value.clone() },
        }
    }

    /// Whether everything that is said about `wider` is said about this caller too.
    pub(super) fn is_within(&self, wider: &Self) -> bool {
        match wider {
            Self::Others => true,
            Self::Account(account) => self.account() == Some(account),
            Self::Identity { arn, .. } => match self {
                Self::Identity { arn: own, .. } => own == arn || is_session_of(own, arn),
                _ => false,
            },
            Self::Other { .. } => self == wider,
        }
    }

    /// Whether `statement` is about this caller.
    pub(super) fn named_by(&self, statement: &StatementView, here: &RegistryId) -> Names {
        let entries = |all: &[Principal]| all.iter().filter_map(|p| Self::of(p, here)).collect::<Vec<_>>();
        let yes = |is: bool| if is { Names::Yes } else { Names::No };
        match &statement.principals {
            Element::Missing => Names::No,
            Element::Unreadable => Names::Perhaps,
            Element::Only(all) => yes(entries(all).iter().any(|entry| self.is_within(entry))),
            Element::AllBut(all) => {
                let listed = entries(all);
                let exempt: Vec<&Self> = listed.iter().filter(|entry| self.is_within(entry)).collect();
                let account = self.account().map(|account| Self::Account(account.clone()));
                if statement.effect == Effect::Allow || !matches!(self, Self::Identity { .. }) {
                    return yes(exempt.is_empty());
                }
                // "NotPrincipal with Deny": a user or role is exempt if it is listed and its account
                // is. With itself alone in the list, its account may be denied.
                let own = exempt.iter().any(|entry| matches!(entry, Self::Identity { .. }));
                let of_account = exempt.iter().any(|entry| **entry == Self::Others)
                    || account.is_some_and(|account| listed.contains(&account));
                match (own, of_account) {
                    (true, true) => Names::No,
                    (true, false) => Names::Perhaps,
                    (false, _) => yes(!exempt.iter().any(|entry| **entry == Self::Others)),
                }
            }
        }
    }

    /// What `condition` comes to for this caller.
    pub(super) fn judged(&self, raw: &serde_json::Value, here: &RegistryId, action: &str) -> Judged {
        if let Some(account) = self.account() {
            return judge_tests(raw, account, here, action);
        }
        let open = || condition::tests(raw).unwrap_or_default();
        let Some(stranger) = unnamed(&open()).filter(|_| *self == Self::Others) else {
            return Judged::If(open());
        };
        // Any account that the policies do not name stands for all of them, except in a pattern.
        let is_open =
            |test: &Test| is_account_key(test) && test.values.iter().any(|value| value.contains(['*', '?']));
        match judge_tests(raw, &stranger, here, action) {
            Judged::If(tests) => Judged::If(tests),
            _ if open().iter().any(|test| is_open(test) && !condition::is_everybody(test)) => {
                Judged::If(open())
            }
            decided => decided,
        }
    }
}

fn is_account_key(test: &Test) -> bool {
    test.is("aws:PrincipalAccount")
}

/// An account that no test names.
fn unnamed(tests: &[Test]) -> Option<AccountId> {
    let values = || tests.iter().flat_map(|test| &test.values);
    let free = (0..=values().count()).map(|n| format!("{n:012}"));
    free.filter(|text| values().all(|value| value != text)).find_map(|text| text.parse().ok())
}

/// The callers that `policies` tell apart, in order; `Others` is first.
pub(super) fn callers(policies: &[Option<&Policy>], here: &RegistryId) -> Vec<Who> {
    let mut all = vec![Who::Others];
    for statement in policies.iter().flatten().flat_map(|policy| policy.statements()) {
        all.extend(statement.principals.items().iter().filter_map(|p| Who::of(p, here)));
        let tests = statement.condition.as_ref().and_then(condition::tests).unwrap_or_default();
        let named = tests.iter().filter(|test| is_account_key(test)).flat_map(|test| &test.values);
        all.extend(named.filter_map(|text| text.parse().ok()).map(Who::Account));
    }
    all.sort();
    all.dedup();
    all
}
