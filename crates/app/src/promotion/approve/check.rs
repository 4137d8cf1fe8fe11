//! Which approvals count for a plan.

use longshore_promotion::{
    Person,
    approval::{
        ApprovalProblem, CheckedApproval, Envelope, PromotionRequest, SignedApproval, check_approvals,
    },
    path::{Path, Stage},
    plan::PromotionPlan,
};

use super::{keys::Known, request::refused};
use crate::{api::ApiError, promotion::world::World};

/// Checks the texts of approvals against the requests that were written here, and the requests against the plan
/// as it is now.
///
/// # Errors
/// When a text is no approval.
pub(in crate::promotion) async fn checked(
    world: &World<'_>,
    path: &Path,
    stage: &Stage,
    plan: &PromotionPlan,
    by: &Person,
    texts: &[String],
) -> Result<Vec<CheckedApproval>, ApiError> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let keys = world.app.verifying_keys().await?;
    let mut all: Vec<CheckedApproval> = Vec::new();
    // Approvals of one request are checked together, so that a person counts once.
    let mut by_request: Vec<(PromotionRequest, Vec<SignedApproval>)> = Vec::new();
    for text in texts {
        let (statement, signatures) = Envelope::read(text).map_err(|error| refused(&error))?;
        let bytes = Envelope::signed_bytes(&statement);
        let key = keys.iter().find(|key| signatures.iter().any(|(_, made)| key.verifies(&bytes, made)));
        let signed = SignedApproval { signer: signer(key, by), statement };
        match world.app.written(world.space, &signed.statement.request_hash).await? {
            Some(request) => match by_request.iter_mut().find(|(known, _)| *known == request) {
                Some((_, approvals)) => approvals.push(signed),
                None => by_request.push((request, vec![signed])),
            },
            None => {
                let problem = match &signed.signer {
                    Err(why) => ApprovalProblem::Signature(why.clone()),
                    Ok(_) => ApprovalProblem::OtherRequest,
                };
                let approver = signed.signer.unwrap_or(signed.statement.approver);
                all.push(CheckedApproval { approver, problem: Some(problem) });
            }
        }
    }
    for (request, approvals) in by_request {
        let differs = differs(&request, plan);
        let mut checked = check_approvals(&request, stage, &path.hash, &approvals, world.app.now());
        for one in checked.iter_mut().filter(|one| one.problem.is_none()) {
            one.problem = differs.clone();
            if one.problem.is_none() && one.approver.is_same(by) {
                one.problem = Some(ApprovalProblem::Requester);
            }
        }
        all.extend(checked);
    }
    Ok(all)
}

/// Who signed. A key of this data directory is one of the person who promotes, whatever its name.
fn signer(key: Option<&Known>, by: &Person) -> Result<Person, String> {
    match key {
        Some(key) if key.own => Err(format!("it is a key of this computer's person, {by}")),
        Some(key) => Ok(key.person.clone()),
        None => Err("no enrolled key made it".to_owned()),
    }
}

/// In what a request differs from the plan as it is now.
fn differs(request: &PromotionRequest, plan: &PromotionPlan) -> Option<ApprovalProblem> {
    if request.path != plan.path {
        return Some(ApprovalProblem::OtherPath(request.path.clone()));
    }
    if request.stage != plan.stage {
        return Some(ApprovalProblem::OtherStage(request.stage.clone()));
    }
    if request.digest != plan.digest {
        return Some(ApprovalProblem::OtherDigest(request.digest.clone()));
    }
    if request.path_hash != plan.path_hash {
        return Some(ApprovalProblem::PathChanged);
    }
    let same = request.service.as_ref() == Some(&plan.service) && request.plan_hash == plan.hash();
    (!same).then_some(ApprovalProblem::OtherPlan)
}
