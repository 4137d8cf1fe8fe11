//! The approval: what the second person signs.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use longshore_names::Digest;
use serde::{Deserialize, Serialize};

use super::{PromotionRequest, RequestError, request::read_object};
use crate::{
    hash::canonical,
    names::{PathName, Person, StageName},
    path::Stage,
};

/// Clocks of different computers differ by some minutes.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// What an approver signs: `promotion-approval/1`. It names one digest, path, stage and plan, so it never
/// allows more than was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalStatement {
    /// `promotion-approval/1`.
    pub longshore: String,
    /// The SHA-256 of the request, in hexadecimal.
    pub request_hash: String,
    /// The build.
    pub digest: Digest,
    /// The path.
    pub path: PathName,
    /// The stage.
    pub stage: StageName,
    /// The SHA-256 of the plan.
    pub plan_hash: String,
    /// Who approves.
    pub approver: Person,
    /// When.
    pub at: DateTime<Utc>,
    /// When the approval ends.
    pub expires: DateTime<Utc>,
}

impl ApprovalStatement {
    /// The word that a statement begins with.
    pub const KIND: &'static str = "promotion-approval/1";

    /// The approval of a request. It ends with the request.
    pub fn of(request: &PromotionRequest, approver: Person, at: DateTime<Utc>) -> Self {
        Self {
            longshore: Self::KIND.to_owned(),
            request_hash: request.hash(),
            digest: request.digest.clone(),
            path: request.path.clone(),
            stage: request.stage.clone(),
            plan_hash: request.plan_hash.clone(),
            approver,
            at,
            expires: request.expires,
        }
    }

    /// The bytes that are signed: the canonical JSON text.
    pub fn payload(&self) -> Vec<u8> {
        canonical(self).into_bytes()
    }

    /// Reads the bytes that were signed.
    ///
    /// # Errors
    /// When they are no approval, or not in canonical form.
    pub fn read(payload: &[u8]) -> Result<Self, RequestError> {
        let shape = |problem: String| RequestError::Shape { kind: "approval", problem };
        let text = std::str::from_utf8(payload).map_err(|_| shape("it is not text".into()))?;
        let value = read_object(text, "approval")?;
        let statement: Self = serde_json::from_value(value).map_err(|error| shape(error.to_string()))?;
        if statement.longshore != Self::KIND {
            let kind = longshore_names::shown(&statement.longshore, 60);
            return Err(shape(format!("it is a `{kind}`, not a `{}`", Self::KIND)));
        }
        if statement.payload() != payload {
            return Err(shape("it is not in canonical form".into()));
        }
        Ok(statement)
    }
}

/// An approval with what verification of its signature proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedApproval {
    /// What was signed.
    pub statement: ApprovalStatement,
    /// The person whose key or KMS identity made the signature, or why it could not be verified, without
    /// a full stop.
    pub signer: Result<Person, String>,
}

/// An approval as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedApproval {
    /// Who approved: the proven signer; without one, the name in the statement.
    pub approver: Person,
    /// Why it does not count.
    pub problem: Option<ApprovalProblem>,
}

/// Why an approval does not count. As text, a clause without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApprovalProblem {
    /// The signature could not be verified.
    Signature(String),
    /// Another person signed than the one named.
    OtherSigner(Person),
    /// The requester approved.
    Requester,
    /// It is for another digest.
    OtherDigest(Digest),
    /// It is for another path.
    OtherPath(PathName),
    /// It is for another stage.
    OtherStage(StageName),
    /// It is for another plan.
    OtherPlan,
    /// It is for another request, or for this one before it was changed.
    OtherRequest,
    /// The path was changed after the request.
    PathChanged,
    /// It ended.
    Expired(DateTime<Utc>),
    /// It is from the future: a clock is behind.
    Future(DateTime<Utc>),
    /// The person may not approve in this stage.
    NotAnApprover,
    /// The same person approved already.
    Twice,
}

impl fmt::Display for ApprovalProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(why) => {
                write!(f, "the signature was not verified ({})", longshore_names::shown(why, 200))
            }
            Self::OtherSigner(signer) => write!(f, "it is signed by {signer}"),
            Self::Requester => f.write_str("the requester cannot approve"),
            Self::OtherDigest(digest) => write!(f, "it is for another build, {}", digest.short()),
            Self::OtherPath(path) => write!(f, "it is for the path `{path}`"),
            Self::OtherStage(stage) => write!(f, "it is for the stage `{stage}`"),
            Self::OtherPlan => f.write_str("it is for another plan"),
            Self::OtherRequest => f.write_str("it is for another request"),
            Self::PathChanged => f.write_str("the path was changed after the request"),
            Self::Expired(at) => write!(f, "it ended at {}", at.format("%Y-%m-%d %H:%M UTC")),
            Self::Future(at) => {
                write!(f, "it is from {}, so a clock is behind", at.format("%Y-%m-%d %H:%M UTC"))
            }
            Self::NotAnApprover => f.write_str("this person may not approve here"),
            Self::Twice => f.write_str("the same person approved already"),
        }
    }
}

/// Checks approvals against a request, in their order. `path_hash` is the one of the path as it is now.
pub fn check_approvals(
    request: &PromotionRequest,
    stage: &Stage,
    path_hash: &str,
    approvals: &[SignedApproval],
    now: DateTime<Utc>,
) -> Vec<CheckedApproval> {
    let mut counted: Vec<CheckedApproval> = Vec::new();
    for approval in approvals {
        let approver = approval.signer.as_ref().unwrap_or(&approval.statement.approver).clone();
        let mut problem = problem(request, stage, path_hash, approval, now);
        let good = counted.iter().filter(|other| other.problem.is_none());
        if problem.is_none() && good.into_iter().any(|other| other.approver.is_same(&approver)) {
            problem = Some(ApprovalProblem::Twice);
        }
        counted.push(CheckedApproval { approver, problem });
    }
    counted
}

fn problem(
    request: &PromotionRequest,
    stage: &Stage,
    path_hash: &str,
    approval: &SignedApproval,
    now: DateTime<Utc>,
) -> Option<ApprovalProblem> {
    let statement = &approval.statement;
    let signer = match &approval.signer {
        Ok(signer) if signer == &statement.approver => signer,
        Ok(signer) => return Some(ApprovalProblem::OtherSigner(signer.clone())),
        Err(why) => return Some(ApprovalProblem::Signature(why.clone())),
    };
    let ended = [request.expires, statement.expires].into_iter().min().filter(|end| *end <= now);
    let checks = [
        (statement.digest != request.digest).then(|| ApprovalProblem::OtherDigest(statement.digest.clone())),
        (statement.path != request.path).then(|| ApprovalProblem::OtherPath(statement.path.clone())),
        (statement.stage != request.stage || stage.name != request.stage)
            .then(|| ApprovalProblem::OtherStage(statement.stage.clone())),
        (statement.plan_hash != request.plan_hash).then_some(ApprovalProblem::OtherPlan),
        (statement.request_hash != request.hash()).then_some(ApprovalProblem::OtherRequest),
        (request.path_hash != path_hash).then_some(ApprovalProblem::PathChanged),
        ended.map(ApprovalProblem::Expired),
        (statement.at > now + SKEW).then_some(ApprovalProblem::Future(statement.at)),
        signer.is_same(&request.requested_by).then_some(ApprovalProblem::Requester),
        (!stage.may_approve(signer)).then_some(ApprovalProblem::NotAnApprover),
    ];
    checks.into_iter().flatten().next()
}
