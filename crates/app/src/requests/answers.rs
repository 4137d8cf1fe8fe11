//! What administrators answered to requests that were written here.

use longshore_names::{AccountId, Prefix, RegistryId};
use longshore_policy::{
    iam::Statement,
    registry_policy::{
        CREATE_REPOSITORY, MissingPermission, PermissionCheck, REPLICATE_IMAGE, RegistryPolicy,
        check_replication, serves_replication,
    },
    request::{Belonging, Receipt, ReceiptState, Request},
};

use super::store::{self, Written};
use crate::{
    App,
    api::{ApiError, ReceiptOutcome, Space, StatedPermission, StatedReceipt},
};

/// A request that was written here, and its receipt.
pub(crate) struct Answer {
    request: Request,
    receipt: Option<Received>,
}

struct Received {
    text: String,
    receipt: Receipt,
    belonging: Belonging,
}

/// What a rule needs of a destination.
#[derive(Clone, Copy)]
pub(crate) struct Needed<'a> {
    pub(crate) source: &'a AccountId,
    pub(crate) destination: &'a RegistryId,
    pub(crate) filters: &'a [Prefix],
}

/// What receipts state about a destination.
pub(crate) struct Stated {
    /// What is shown of it; `seen` is for the caller to say.
    pub(crate) shown: StatedPermission,
    /// The receipt's text.
    pub(crate) receipt: Option<String>,
}

impl App {
    /// Every request that was written here in a space, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) async fn answers(&self, space: Space) -> Result<Vec<Answer>, ApiError> {
        let written = self.db.read(move |tx| store::all(tx, space)).await?;
        let mut answers: Vec<_> = written.into_iter().filter_map(Answer::read).collect();
        answers.sort_by_key(|answer| answer.request.created);
        Ok(answers)
    }
}

impl Answer {
    fn read(written: Written) -> Option<Self> {
        let request = Request::read(&written.text).ok()?;
        let receipt = written.receipt.and_then(|text| {
            let receipt = Receipt::read(&text).ok()?.receipt;
            let belonging = receipt.belongs_to(&request).ok()?;
            Some(Received { text, receipt, belonging })
        });
        Some(Self { request: request.request, receipt })
    }

    /// Whether it asked for something that a rule needs of a destination.
    fn concerns(&self, needed: Needed<'_>) -> bool {
        let Needed { source, destination, filters } = needed;
        let serves = |statement: &Statement| {
            let alone = RegistryPolicy::of_statement(statement);
            alone.statements().iter().any(|one| serves_replication(one, source, destination, filters))
        };
        self.request.registry == *destination && self.request.statements().any(serves)
    }

    /// The statements that the registry has, as the receipt says.
    fn statements(&self) -> impl Iterator<Item = &Statement> {
        let is_stated = |statement: &Statement| match &self.receipt {
            None => false,
            Some(received) => match received.belonging.state {
                ReceiptState::Applied => true,
                ReceiptState::Partly => received.receipt.statement_hash == Some(statement.hash()),
                ReceiptState::Refused => false,
            },
        };
        self.request.statements().filter(move |statement| is_stated(statement))
    }
}

/// What receipts state about a destination of a rule; `None` if nothing was requested there for it.
pub(crate) fn stated(answers: &[Answer], needed: Needed<'_>) -> Option<Stated> {
    let own: Vec<_> = answers.iter().filter(|answer| answer.concerns(needed)).collect();
    let missing = missing(&own, needed);
    let latest = own.last()?;
    // A later request without a receipt matters only while something is missing.
    let answered = own.iter().rev().find(|answer| answer.statements().next().is_some());
    let shown = answered.filter(|_| missing.is_empty()).unwrap_or(latest);
    let receipt = shown.receipt.as_ref().map(|received| StatedReceipt {
        outcome: outcome(received.belonging.state),
        applied: received.receipt.applied,
        principal: received.receipt.principal.clone(),
        as_requested: received.belonging.statement_as_requested,
    });
    Some(Stated {
        shown: StatedPermission {
            request: shown.request.id.to_string(),
            requested: shown.request.created,
            receipt,
            missing,
            seen: false,
        },
        receipt: shown.receipt.as_ref().map(|received| received.text.clone()),
    })
}

/// What no receipt states, in words. A permission is stated if one statement alone allows it.
fn missing(answers: &[&Answer], needed: Needed<'_>) -> Vec<String> {
    let mut left = everything(needed.filters);
    for statement in answers.iter().flat_map(|answer| answer.statements()) {
        let alone = RegistryPolicy::of_statement(statement);
        match check_replication(Some(&alone), needed.source, needed.destination, needed.filters) {
            PermissionCheck::Present { .. } | PermissionCheck::NotNeeded => return Vec::new(),
            PermissionCheck::Insufficient { missing } => {
                let lacks: Vec<String> = missing.iter().map(words_of).collect();
                left.retain(|permission| lacks.contains(permission));
            }
            PermissionCheck::Missing | PermissionCheck::Unknown { .. } => {}
        }
    }
    left
}

fn everything(filters: &[Prefix]) -> Vec<String> {
    let begins: Vec<&str> =
        if filters.is_empty() { vec![""] } else { filters.iter().map(Prefix::as_str).collect() };
    let actions = [REPLICATE_IMAGE, CREATE_REPOSITORY];
    actions
        .into_iter()
        .flat_map(|action| begins.iter().map(move |begin| words(action, &format!("{begin}*"))))
        .collect()
}

fn words_of(missing: &MissingPermission) -> String {
    words(missing.action, &missing.repositories)
}

fn words(action: &str, repositories: &str) -> String {
    format!("`{action}` on `{repositories}`")
}

pub(super) fn outcome(state: ReceiptState) -> ReceiptOutcome {
    match state {
        ReceiptState::Applied => ReceiptOutcome::Applied,
        ReceiptState::Partly => ReceiptOutcome::Partly,
        ReceiptState::Refused => ReceiptOutcome::Refused,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use longshore_policy::{
        registry_policy::{CrossAccountReplication, RepositoryScope},
        request::{RequestedBy, Want},
    };

    use super::*;

    const APPLIED: i64 = 1_790_000_000;

    fn prefixes(texts: &[&str]) -> Vec<Prefix> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn destination() -> RegistryId {
        RegistryId::new("444455556666".parse().unwrap(), "us-west-2".parse().unwrap())
    }

    /// A request of Dev for repositories that begin with `prefixes`, and its receipt.
    fn answer(number: u32, wanted: &[&str], create: bool, state: Option<ReceiptState>) -> Answer {
        let source: AccountId = "111122223333".parse().unwrap();
        let statement = CrossAccountReplication {
            sid: "ReplicationAccessCrossAccount".into(),
            sources: vec![source.clone()],
            destination: destination(),
            repositories: RepositoryScope::Prefixes(prefixes(wanted)),
            create_repository: create,
        }
        .statement();
        let id = format!("018f4e2a-7b1c-7c3d-9e4f-{number:012x}");
        let request = Request {
            id: id.parse().unwrap(),
            created: DateTime::from_timestamp(APPLIED - 1_000 + i64::from(number), 0).unwrap(),
            by: RequestedBy { account: source, principal: None, note: None },
            registry: destination(),
            reason: String::new(),
            wants: vec![Want::RegistryPolicyStatement { statement: statement.clone() }],
            rule: None,
        };
        let (text, hash) = request.write().unwrap();
        let receipt = state.map(|state| {
            let receipt = Receipt {
                request: id.parse().unwrap(),
                request_hash: hash,
                applied: DateTime::from_timestamp(APPLIED, 0).unwrap(),
                principal: None,
                registry: destination(),
                statement_hash: (state != ReceiptState::Refused).then(|| statement.hash()),
                policy_hash: None,
                state,
            };
            receipt.write().unwrap().0
        });
        Answer::read(Written { text, receipt }).unwrap()
    }

    fn of(answers: &[Answer], filters: &[&str]) -> Option<StatedPermission> {
        let (source, destination, filters) =
            ("111122223333".parse().unwrap(), destination(), prefixes(filters));
        let needed = Needed { source: &source, destination: &destination, filters: &filters };
        stated(answers, needed).map(|stated| stated.shown)
    }

    #[test]
    fn a_receipt_states_what_was_requested_and_no_more() {
        let applied = [answer(1, &["prod-"], true, Some(ReceiptState::Applied))];
        let shown = of(&applied, &["prod-micro"]).unwrap();
        assert_eq!((shown.missing.as_slice(), shown.seen), ([].as_slice(), false));
        assert_eq!(shown.receipt.unwrap().outcome, ReceiptOutcome::Applied);
        // The rule was given another filter since then.
        let wider = of(&applied, &["prod-", "base-"]).unwrap();
        let lacks = ["`ecr:ReplicateImage` on `base-*`", "`ecr:CreateRepository` on `base-*`"];
        assert_eq!(wider.missing, lacks);
        assert!(of(&applied, &["base-"]).is_none(), "nothing was requested for this rule");
    }

    #[test]
    fn what_two_requests_state_counts_together() {
        let both = [
            answer(1, &["prod-"], true, Some(ReceiptState::Applied)),
            answer(2, &["base-"], true, Some(ReceiptState::Partly)),
        ];
        assert!(of(&both, &["prod-", "base-"]).unwrap().missing.is_empty());
        let without = [answer(1, &["prod-"], false, Some(ReceiptState::Applied))];
        assert_eq!(of(&without, &["prod-"]).unwrap().missing, ["`ecr:CreateRepository` on `prod-*`"]);
    }

    #[test]
    fn a_request_without_a_receipt_or_with_a_refusal_states_nothing() {
        for state in [None, Some(ReceiptState::Refused)] {
            let shown = of(&[answer(1, &["prod-"], true, state)], &["prod-"]).unwrap();
            assert_eq!(shown.missing.len(), 2, "{shown:?}");
            assert_eq!(shown.receipt.map(|receipt| receipt.outcome), state.map(outcome));
        }
        // A refusal is not undone by a later request, but a later receipt counts.
        let again = [
            answer(1, &["prod-"], true, Some(ReceiptState::Refused)),
            answer(2, &["prod-"], true, Some(ReceiptState::Applied)),
            answer(3, &["prod-"], true, None),
        ];
        let shown = of(&again, &["prod-"]).unwrap();
        assert!(shown.missing.is_empty());
        assert_eq!(shown.receipt.unwrap().outcome, ReceiptOutcome::Applied);
    }
}
