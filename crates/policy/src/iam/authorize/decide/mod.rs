//! From the statements that are about a request to the answer.

mod sentences;
mod unseen;
mod ways;

use std::collections::BTreeSet;

use self::{
    sentences::Told,
    unseen::unseen,
    ways::{Held, Setting},
};
use super::{
    Action, Answer, Context, Decision, Layer, StatementAt, Subject, Target,
    context::Request,
    matching::{Fit, Found, Gap, found_in},
    subject::{applies, given},
};
use crate::iam::Effect;

/// The order in which layers are named when several deny.
const ORDER: [Layer; 6] =
    [Layer::Scp, Layer::Rcp, Layer::Resource, Layer::Identity, Layer::Boundary, Layer::Session];

/// Whether a caller may do an action on a resource, as far as the given policies show.
///
/// * An explicit denial in any layer wins.
/// * In one account the identity policies or the resource policy must allow; across accounts both.
///   Key policies of KMS and trust policies of roles must always allow.
/// * The permissions boundary, the session policy and the SCPs must allow where they are given. In its
///   own account, what the resource policy gives to the ARN of a user or a session, or to everyone, is
///   not limited by the absence of an allowance in the boundary and the session policy.
/// * SCPs and RCPs do not limit service-linked roles, RCPs only limit services that support them. That
///   SCPs do not limit the management account cannot be seen here.
///
/// A layer that was not given is taken as one that neither allows nor limits, and is named in
/// [`Answer::unseen`] if it could change the answer.
pub fn authorize(subject: &Subject, action: &Action, target: &Target, context: &Context) -> Answer {
    let request = Request {
        caller: &subject.caller,
        action,
        resource: &target.resource,
        context,
        has_boundary: subject.boundary.as_ref().is_some_and(|documents| !documents.is_empty()),
    };
    let limits = |layer: Layer| {
        let documents = given(layer, subject, target);
        applies(layer, &subject.caller, action) && documents.is_some_and(|all| !all.is_empty())
    };
    let documents = ORDER.into_iter().filter(|layer| limits(*layer));
    let documents = documents.flat_map(|layer| given(layer, subject, target).unwrap_or_default());
    let found: Vec<Found> = documents.flat_map(|document| found_in(document, &request)).collect();
    let setting = Setting::of(&request);
    let certain = |found: &Found| found.fit == Fit::Yes;
    let known = Held::of(&found, limits, certain);
    let possible = Held::of(&found, limits, |_| true);
    let denies = || found.iter().filter(|found| found.effect == Effect::Deny);

    let verdict = if let Some(deny) = denies().find(|found| certain(found)) {
        Verdict::Denied(deny.at.clone())
    } else if crosses_partitions(&request) {
        Verdict::NotAllowed(Layer::Resource)
    } else {
        match (possible.way(setting), known.way(setting), denies().next()) {
            (Err(layer), ..) => Verdict::NotAllowed(layer),
            (Ok(_), Ok(way), None) => Verdict::Allowed(way_statements(&way, &found)),
            (Ok(_), known, deny) => Verdict::Unknown(depends(&found, deny, known.err())),
        }
    };
    let unseen = match &verdict {
        Verdict::Denied(_) => Vec::new(),
        Verdict::NotAllowed(_) if crosses_partitions(&request) => Vec::new(),
        verdict => {
            unseen(subject, action, target, &possible, setting, matches!(verdict, Verdict::NotAllowed(_)))
        }
    };
    let ignored = Layer::ALL.into_iter().filter(|layer| {
        !applies(*layer, &subject.caller, action)
            && given(*layer, subject, target).is_some_and(|all| !all.is_empty())
    });
    let ignored = ignored.collect();
    let told = Told { request: &request, subject, target, setting };
    let reason = sentences::reason(&verdict, &told);
    answer(verdict, unseen, ignored, reason)
}

/// The decision with what it rests on.
pub(super) enum Verdict {
    Allowed(Vec<StatementAt>),
    Denied(StatementAt),
    NotAllowed(Layer),
    Unknown(Open),
}

/// A statement on which an answer depends, and what is not known about it and others.
pub(super) struct Open {
    pub(super) by: Option<StatementAt>,
    pub(super) gaps: BTreeSet<Gap>,
}

fn answer(verdict: Verdict, unseen: Vec<Layer>, ignored: Vec<Layer>, reason: String) -> Answer {
    let mut answer = Answer {
        decision: Decision::Denied,
        by: None,
        also: Vec::new(),
        layer: None,
        keys: Vec::new(),
        unseen,
        ignored,
        reason,
    };
    match verdict {
        Verdict::Denied(by) => answer.by = Some(by),
        Verdict::Allowed(statements) => {
            answer.decision = Decision::Allowed;
            let mut statements = statements.into_iter();
            answer.by = statements.next();
            answer.also = statements.collect();
        }
        Verdict::NotAllowed(layer) => {
            answer.decision = Decision::NotAllowed;
            answer.layer = Some(layer);
        }
        Verdict::Unknown(open) => {
            answer.decision = Decision::Unknown;
            answer.by = open.by;
            answer.keys = keys(&open.gaps);
        }
    }
    answer
}

/// The condition keys, each once; case does not count in their names.
fn keys(gaps: &BTreeSet<Gap>) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for gap in gaps {
        match gap {
            Gap::Key(key) if !keys.iter().any(|known| known.eq_ignore_ascii_case(key)) => {
                keys.push(key.clone())
            }
            Gap::Key(_) | Gap::Other(_) => {}
        }
    }
    keys
}

/// The statement of each layer that allows the request; of the resource policy the strongest.
fn way_statements(way: &[Layer], found: &[Found]) -> Vec<StatementAt> {
    let of = |layer: &Layer| {
        let allows = found.iter().filter(|found| {
            found.at.layer == *layer && found.effect == Effect::Allow && found.fit == Fit::Yes
        });
        // The first of the strongest.
        allows.rev().max_by_key(|found| found.grant).map(|found| found.at.clone())
    };
    way.iter().filter_map(of).collect()
}

/// What an unknown answer depends on: the possible denials, and the possible permissions of the layer
/// that does not allow the request for certain.
fn depends(found: &[Found], deny: Option<&Found>, missing: Option<Layer>) -> Open {
    let open = |found: &&Found| matches!(found.fit, Fit::Maybe(_));
    let denies = found.iter().filter(|found| found.effect == Effect::Deny);
    // Any layer with possible permissions may be missing besides the first one.
    let sure = |layer: Layer| {
        found.iter().any(|one| one.at.layer == layer && one.effect == Effect::Allow && one.fit == Fit::Yes)
    };
    let allows = found.iter().filter(|found| {
        missing.is_some()
            && found.effect == Effect::Allow
            && (!sure(found.at.layer) || missing == Some(found.at.layer))
    });
    let first = allows.clone().filter(open).min_by_key(|found| missing != Some(found.at.layer));
    let gaps = denies.chain(allows).filter(open).flat_map(|found| match &found.fit {
        Fit::Maybe(gaps) => gaps.iter().cloned().collect::<Vec<_>>(),
        Fit::Yes | Fit::No => Vec::new(),
    });
    Open { by: deny.or(first).map(|found| found.at.clone()), gaps: gaps.collect() }
}

/// Whether the caller and the resource are in partitions of AWS that know nothing of each other.
fn crosses_partitions(request: &Request<'_>) -> bool {
    let both = request.caller.partition.as_ref().zip(request.resource.partition.as_ref());
    both.is_some_and(|(caller, resource)| caller != resource)
}
