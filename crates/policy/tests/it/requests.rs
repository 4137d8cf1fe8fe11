//! J10: two teams, one side each.

use longshore_policy::{
    canonical_text,
    registry_policy::{
        CrossAccountReplication, PolicyChange, PolicyContext, PolicyScope, RegistryPolicy, RepositoryScope,
        Statement, grouped_sentences, newly_allowed,
    },
    request::{Receipt, ReceiptState, Request, RequestError, RequestFile, RequestedBy, Want},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{DEV, names, prod, registry, told};

const ID: &str = "01936f3e-6b1a-7c2d-9e4f-0123456789ab";

fn statement() -> Statement {
    CrossAccountReplication {
        sid: "AllowCrossAccountReplication".into(),
        sources: vec![DEV.parse().unwrap()],
        destination: prod(),
        repositories: RepositoryScope::Prefixes(vec!["prod-".parse().unwrap()]),
        create_repository: true,
    }
    .statement()
}

fn request() -> Request {
    Request {
        id: ID.parse().unwrap(),
        created: "2026-11-29T08:00:00Z".parse().unwrap(),
        by: RequestedBy {
            account: DEV.parse().unwrap(),
            principal: Some("arn:aws:iam::111122223333:role/dev".into()),
            note: Some("Two lines\nof text.".into()),
        },
        registry: prod(),
        reason: "Production images for the shop.".into(),
        wants: vec![
            Want::RegistryPolicyStatement { statement: statement() },
            Want::Repository { name: "prod-shop".parse().unwrap() },
            Want::Template {
                template: json!({ "prefix": "prod", "appliedFor": ["REPLICATION"], "imageTagMutability": "IMMUTABLE" })
                    .as_object()
                    .cloned()
                    .unwrap(),
            },
        ],
        rule: Some(json!({ "destinations": [{ "region": "us-west-2", "registryId": "444455556666" }] })),
    }
}

fn opened() -> (String, RequestFile) {
    let (text, hash) = request().write().unwrap();
    let file = Request::read(&text).unwrap();
    assert_eq!(file.hash, hash);
    (text, file)
}

fn receipt(file: &RequestFile) -> Receipt {
    Receipt {
        request: file.request.id.clone(),
        request_hash: file.hash.clone(),
        applied: "2026-11-29T09:30:00Z".parse().unwrap(),
        principal: Some("arn:aws:iam::444455556666:role/admin".into()),
        registry: prod(),
        statement_hash: Some(statement().hash()),
        policy_hash: None,
        state: ReceiptState::Applied,
    }
}

/// The file after `change`, with the right hash.
fn forged(change: impl FnOnce(&mut Value)) -> Result<RequestFile, RequestError> {
    let (text, _) = opened();
    let mut value: Value = serde_json::from_str(&text).unwrap();
    change(&mut value);
    rehash(&mut value);
    Request::read(&value.to_string())
}

fn rehash(value: &mut Value) {
    let wrong = Request::read(&value.to_string());
    if let Err(RequestError::HashDiffers { computed, .. }) = wrong {
        value["hash"] = computed.into();
    }
}

#[test]
fn the_administrator_sees_what_the_developers_ask_for_and_what_it_newly_allows() {
    let (text, file) = opened();
    assert_eq!(file.request, request());
    assert!(file.unknown_fields.is_empty());
    insta::assert_snapshot!("request_file", text);
    let sentences: Vec<String> =
        file.request.wants.iter().map(|want| want.sentence(&prod(), &names)).collect();
    assert_eq!(
        sentences,
        [
            "A statement in the registry policy: Account Dev (111122223333) may replicate images into \
             repositories whose names begin with `prod-`, and create missing repositories.",
            "The repository `prod-shop`.",
            "A creation template for new repositories with names that begin with `prod/`.",
        ]
    );
    let applied = file.request.applied_to(None).unwrap();
    let after = applied.policy.unwrap();
    let registry = prod();
    let change = PolicyChange::of_policy(&registry, None, Some(&after), PolicyScope::V2);
    assert_eq!(
        grouped_sentences(&newly_allowed(&change), &prod(), &names),
        ["Allow account Dev (111122223333) to replicate images into repositories whose names begin with \
          `prod-`, and create missing repositories."]
    );
    assert!(told(&file.request.findings(&PolicyContext::new(prod()))).is_empty());
}

#[test]
fn the_receipt_turns_the_developers_check_green() {
    let (_, file) = opened();
    let (text, hash) = receipt(&file).write().unwrap();
    insta::assert_snapshot!("receipt_file", text);
    let read = Receipt::read(&text).unwrap();
    assert_eq!((&read.receipt, &read.hash), (&receipt(&file), &hash));
    let belonging = read.receipt.belongs_to(&file).unwrap();
    assert!(belonging.state == ReceiptState::Applied && belonging.statement_as_requested);

    let mut renamed = receipt(&file);
    renamed.statement_hash = Some(statement().with_sid("Another").hash());
    assert!(!renamed.belongs_to(&file).unwrap().statement_as_requested);
}

#[test]
fn a_receipt_for_something_else_is_refused() {
    let (_, file) = opened();
    let mut other = receipt(&file);
    other.request = "01936f3e-6b1a-7c2d-9e4f-ffffffffffff".parse().unwrap();
    assert_eq!(other.belongs_to(&file).unwrap_err().code(), "receipt-other-request");
    let mut other = receipt(&file);
    other.request_hash = statement().hash();
    assert_eq!(other.belongs_to(&file).unwrap_err().code(), "receipt-changed-request");
    let mut other = receipt(&file);
    other.registry = registry("444455556666", "eu-west-1");
    assert_eq!(other.belongs_to(&file).unwrap_err().code(), "receipt-other-registry");
}

#[test]
fn a_changed_file_is_noticed_and_a_reordered_one_is_not() {
    let (text, file) = opened();
    let changed = text.replace("prod-*", "*");
    assert_eq!(Request::read(&changed).unwrap_err().code(), "request-hash-differs");
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(Request::read(&canonical_text(&value)).unwrap(), file, "sorted keys, no blanks");
    let receipt = receipt(&file).write().unwrap().0;
    let changed = receipt.replace("applied\"\n", "refused\"\n").replace("\"applied\",", "\"refused\",");
    assert_ne!(changed, receipt);
    assert_eq!(Receipt::read(&changed).unwrap_err().code(), "request-hash-differs");
}

#[test]
fn hostile_files_are_refused_with_a_code() {
    let (text, _) = opened();
    for (hostile, code) in [
        (" ".repeat(1024 * 1024 + 1), "request-too-large"),
        ("[".repeat(200_000), "request-not-json"),
        ("{\"longshore\":\"request/1\",\"longshore\":\"request/1\"}".into(), "request-not-json"),
        ("[]".into(), "request-other-kind"),
        ("{}".into(), "request-other-kind"),
        (text.replace("request/1", "receipt/1"), "request-other-kind"),
        (text.replace("request/1", "request/2"), "request-version"),
        ("{\"longshore\":\"request/1\"}".into(), "request-field-missing"),
        (text.replace("for the shop", "for the \\u202eshop"), "request-hidden-characters"),
        (text.replace("\"reason\"", "\"rea\\u200bson\""), "request-hidden-characters"),
    ] {
        let beginning: String = hostile.chars().take(60).collect();
        assert_eq!(Request::read(&hostile).unwrap_err().code(), code, "{beginning}");
    }
    for (pointer, value, code) in [
        ("/id", json!("../../etc/passwd"), "request-field-invalid"),
        ("/id", json!(7), "request-field-invalid"),
        ("/id", Value::Null, "request-field-missing"),
        ("/created", json!("yesterday"), "request-field-invalid"),
        ("/by", json!([]), "request-field-invalid"),
        ("/by/account", json!("1111"), "request-field-invalid"),
        ("/by/principal", json!("anna"), "request-field-invalid"),
        ("/for/region", json!("US WEST"), "request-field-invalid"),
        ("/reason", json!("x".repeat(2_001)), "request-field-invalid"),
        ("/wants", json!([]), "request-field-invalid"),
        ("/wants", json!(vec![json!({ "kind": "repository", "name": "ab" }); 51]), "request-field-invalid"),
        ("/wants/0", json!({ "kind": "delete-everything" }), "request-want-unknown"),
        ("/wants/0/statement", json!("Allow"), "request-field-invalid"),
        ("/wants/0/statement/Sid", json!("x".repeat(20_000)), "request-field-invalid"),
        ("/wants/1/name", json!("No/Such"), "request-field-invalid"),
        ("/wants/2/template/prefix", json!("*"), "request-field-invalid"),
        ("/wants/2/template/appliedFor", json!(["CREATE_ON_PUSH"]), "request-field-invalid"),
        ("/rule", json!("rule"), "request-field-invalid"),
    ] {
        let refused = forged(|file| *file.pointer_mut(pointer).unwrap() = value).unwrap_err();
        assert_eq!(refused.code(), code, "{pointer}: {refused}");
        assert!(refused.to_string().len() < 1_000 && !refused.hint().is_empty());
    }
}

#[test]
fn unknown_fields_are_named() {
    let file = forged(|file| {
        file["priority"] = 1.into();
        file["by"]["team"] = "shop".into();
        file["wants"][0]["until"] = "2027".into();
        file["wants"][0]["statement"]["Later"] = true.into();
        file["wants"][2]["template"]["sharedWith"] = "*".into();
    })
    .unwrap();
    assert_eq!(
        file.unknown_fields,
        ["by.team", "wants[0].statement.Later", "wants[0].until", "wants[2].template.sharedWith", "priority"]
    );
}

#[test]
fn a_request_is_checked_like_a_pasted_text_and_in_its_own_registry_only() {
    let file = forged(|file| {
        file["wants"][0]["statement"]["Principal"] = "*".into();
        file["wants"][0]["statement"]["Action"] = "ecr:*".into();
        file["wants"][2]["template"]["repositoryPolicy"] = "{}".into();
    })
    .unwrap();
    assert_eq!(
        told(&file.request.findings(&PolicyContext::new(prod()))),
        ["W principal-everyone@Statement[0].Principal", "W action-everything@Statement[0].Action"]
    );
    assert!(file.request.wants[2].sentence(&prod(), &names).ends_with("which may allow access to it."));
    let elsewhere = registry("444455556666", "eu-west-1");
    let found = told(&file.request.findings(&PolicyContext::new(elsewhere)));
    assert_eq!(found[0], "E request-other-registry");
}

#[test]
fn applying_twice_changes_nothing_and_a_taken_sid_gets_another() {
    let (_, file) = opened();
    let once = file.request.applied_to(None).unwrap().policy.unwrap();
    let twice = file.request.applied_to(Some(&once)).unwrap();
    assert_eq!(twice.policy.as_ref(), Some(&once));
    let other = statement().to_value();
    let mut taken = other.clone();
    taken["Effect"] = "Deny".into();
    let current =
        RegistryPolicy::from_value(json!({ "Version": "2012-10-17", "Statement": [taken] })).unwrap();
    let applied = file.request.applied_to(Some(&current)).unwrap();
    assert_eq!(applied.statements[0].view().sid.as_deref(), Some("AllowCrossAccountReplication2"));
    let after = applied.policy.unwrap();
    assert_eq!(after.statements().len(), 2);
    // Also when it got another Sid.
    let again = file.request.applied_to(Some(&after)).unwrap();
    assert_eq!((again.policy.as_ref(), again.statements), (Some(&after), applied.statements));
}

#[test]
fn what_could_not_be_read_back_is_not_written() {
    let mut one = request();
    one.reason = "a\u{202e}b".into();
    assert_eq!(one.write().unwrap_err().code(), "request-hidden-characters");
    let mut none = request();
    none.wants.clear();
    assert_eq!(none.write().unwrap_err().code(), "request-field-invalid");
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}", at in 0..2_000_usize) {
        let _ = Request::read(&text);
        let _ = Receipt::read(&text);
        let (mut whole, _) = opened();
        let at = (0..=at.min(whole.len())).rev().find(|at| whole.is_char_boundary(*at)).unwrap_or(0);
        whole.insert_str(at, &text);
        if let Ok(file) = Request::read(&whole) {
            prop_assert_eq!(file.request, request(), "only blanks keep the hash");
        }
    }
}
