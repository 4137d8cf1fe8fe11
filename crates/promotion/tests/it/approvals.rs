//! Two people: one requests, another approves, and nothing can be altered in between.

use longshore_promotion::{
    approval::{
        ApprovalProblem, ApprovalStatement, Envelope, PromotionRequest, SignedApproval, check_approvals,
    },
    path::Path,
};
use serde_json::Value;

use crate::common::{at, digest, person, shop, tag};

fn request(path: &Path) -> PromotionRequest {
    PromotionRequest {
        longshore: PromotionRequest::KIND.into(),
        path: path.name.clone(),
        path_hash: path.hash.clone(),
        stage: path.stages[1].name.clone(),
        service: Some("api".parse().unwrap()),
        digest: digest('a'),
        tag: Some(tag("1.4.2")),
        plan_hash: "f".repeat(64),
        requested_by: person("alice@example.com"),
        created: at("2026-02-01T08:00:00Z"),
        expires: at("2026-02-02T08:00:00Z"),
        reason: Some("the fix for checkout".into()),
    }
}

fn approve(request: &PromotionRequest, who: &str) -> SignedApproval {
    let statement = ApprovalStatement::of(request, person(who), at("2026-02-01T09:00:00Z"));
    SignedApproval { signer: Ok(person(who)), statement }
}

fn problem(
    request: &PromotionRequest,
    path: &Path,
    approval: SignedApproval,
    now: &str,
) -> Option<ApprovalProblem> {
    check_approvals(request, &path.stages[1], &path.hash, &[approval], at(now)).remove(0).problem
}

const NOW: &str = "2026-02-01T10:00:00Z";

#[test]
fn an_approval_by_another_person_counts_once() {
    let path = shop();
    let request = request(&path);
    let approvals = [
        approve(&request, "bob@example.com"),
        approve(&request, "BOB@example.com"),
        approve(&request, "carol@example.com"),
    ];
    let checked = check_approvals(&request, &path.stages[1], &path.hash, &approvals, at(NOW));
    let problems: Vec<_> = checked.iter().map(|one| one.problem.clone()).collect();
    assert_eq!(problems, [None, Some(ApprovalProblem::Twice), None]);
}

#[test]
fn an_approval_for_anything_else_is_refused() {
    let path = shop();
    let good = request(&path);
    let from = |change: &dyn Fn(&mut ApprovalStatement)| {
        let mut approval = approve(&good, "bob@example.com");
        change(&mut approval.statement);
        problem(&good, &path, approval, NOW)
    };
    assert_eq!(from(&|_| ()), None);
    assert_eq!(from(&|one| one.digest = digest('b')), Some(ApprovalProblem::OtherDigest(digest('b'))));
    assert!(matches!(from(&|one| one.path = "other".parse().unwrap()), Some(ApprovalProblem::OtherPath(_))));
    assert!(matches!(from(&|one| one.stage = "dev".parse().unwrap()), Some(ApprovalProblem::OtherStage(_))));
    assert_eq!(from(&|one| one.plan_hash = "0".repeat(64)), Some(ApprovalProblem::OtherPlan));
    assert_eq!(from(&|one| one.request_hash = "0".repeat(64)), Some(ApprovalProblem::OtherRequest));
    assert!(matches!(
        from(&|one| one.expires = at("2026-02-01T09:30:00Z")),
        Some(ApprovalProblem::Expired(_))
    ));
    assert!(matches!(from(&|one| one.at = at("2026-02-01T11:00:00Z")), Some(ApprovalProblem::Future(_))));
    assert!(matches!(
        from(&|one| one.approver = person("dave@example.com")),
        Some(ApprovalProblem::OtherSigner(_))
    ));
}

#[test]
fn the_requester_cannot_approve_under_another_role_either() {
    let path = shop();
    let mut request = request(&path);
    request.requested_by = person("arn:aws:sts::111122223333:assumed-role/Dev/alice@example.com");
    let other_role = approve(&request, "arn:aws:sts::444455556666:assumed-role/Admin/alice@example.com");
    assert_eq!(problem(&request, &path, other_role, NOW), Some(ApprovalProblem::Requester));
}

#[test]
fn signature_time_path_and_person_are_checked() {
    let mut path = shop();
    let good = request(&path);
    let bob = || approve(&good, "bob@example.com");
    let unsigned = SignedApproval { signer: Err("the key is not enrolled".into()), ..bob() };
    assert!(matches!(problem(&good, &path, unsigned, NOW), Some(ApprovalProblem::Signature(_))));
    assert!(matches!(
        problem(&good, &path, bob(), "2026-02-02T08:00:00Z"),
        Some(ApprovalProblem::Expired(_))
    ));
    let changed = check_approvals(&good, &path.stages[1], &"0".repeat(64), &[bob()], at(NOW));
    assert_eq!(changed[0].problem, Some(ApprovalProblem::PathChanged));
    path.stages[1].approvers = vec!["carol@*".into()];
    assert_eq!(problem(&good, &path, bob(), NOW), Some(ApprovalProblem::NotAnApprover));
    assert_eq!(problem(&good, &path, approve(&good, "carol@example.com"), NOW), None);
}

#[test]
fn a_request_is_read_as_it_was_written() {
    let request = request(&shop());
    let text = request.write();
    assert_eq!(PromotionRequest::read(&text).as_ref(), Ok(&request));
    let approval = ApprovalStatement::of(&request, person("bob@example.com"), at(NOW));
    assert_eq!(ApprovalStatement::read(&approval.payload()).as_ref(), Ok(&approval));
}

#[test]
fn every_field_that_is_altered_is_found() {
    let text = request(&shop()).write();
    let value: Value = serde_json::from_str(&text).unwrap();
    for key in value.as_object().unwrap().keys() {
        let mut altered = value.clone();
        altered[key] = format!("{}x", altered[key].as_str().unwrap()).into();
        assert!(PromotionRequest::read(&altered.to_string()).is_err(), "{key} altered");
        let mut without = value.clone();
        without.as_object_mut().unwrap().remove(key);
        assert!(PromotionRequest::read(&without.to_string()).is_err(), "{key} removed");
    }
    let mut more = value.clone();
    more["also"] = "production".into();
    assert_eq!(PromotionRequest::read(&more.to_string()).unwrap_err().code(), "promotion-request-changed");
    let twice = text.replacen('{', "{\"digest\":\"sha256:0\",", 1);
    for wrong in ["", "[]", "{}", "null", &"x".repeat(300_000), &twice] {
        assert!(PromotionRequest::read(wrong).is_err());
    }
}

#[test]
fn every_byte_of_an_approval_counts() {
    let payload = ApprovalStatement::of(&request(&shop()), person("bob@example.com"), at(NOW)).payload();
    let original = ApprovalStatement::read(&payload).unwrap();
    for at in 0..payload.len() {
        let mut altered = payload.clone();
        altered[at] ^= 1;
        assert_ne!(ApprovalStatement::read(&altered).as_ref(), Ok(&original), "byte {at}");
    }
    assert!(ApprovalStatement::read(format!(" {}", String::from_utf8(payload).unwrap()).as_bytes()).is_err());
}

#[test]
fn an_approval_is_a_signed_envelope() {
    let statement = ApprovalStatement::of(&request(&shop()), person("bob@example.com"), at(NOW));
    let text = Envelope::new(&statement, "bob", b"signature").write();
    assert_eq!(
        Envelope::read(&text),
        Ok((statement.clone(), vec![("bob".to_owned(), b"signature".to_vec())]))
    );
    let signed = String::from_utf8(Envelope::signed_bytes(&statement)).unwrap();
    let payload = String::from_utf8(statement.payload()).unwrap();
    let head = "DSSEv1 49 application/vnd.longshore.promotion-approval+json";
    assert_eq!(signed, format!("{head} {} {payload}", payload.len()));
    for wrong in [
        text.replace("promotion-approval+json", "in-toto+json"),
        text.replace("\"sig\": \"", "\"sig\": \"!"),
        text.replace("\"payload\": \"", "\"payload\": \"AAAA"),
        text.replacen('{', "{\"more\": 1,", 1),
        "{}".to_owned(),
    ] {
        assert_eq!(Envelope::read(&wrong).unwrap_err().code(), "promotion-request-shape", "{wrong}");
    }
}
