//! Registry policies: statements that are generated, texts that are pasted, what is refused.

use longshore_app::{
    App,
    api::{CheckPolicyText, PlanRequest, RegistryKey, RunState, Severity},
};
use serde_json::{Value, json};

use crate::{
    steps::{begin, codes, ended, errors, make, plan, refused, statement},
    support::{DEV, PROD, client, registry, with_sandbox},
};

const SID: &str = "ReplicationAccessCrossAccount";

fn prod() -> RegistryKey {
    registry(PROD, "us-west-2")
}

async fn policy(app: &App) -> Option<Value> {
    let text = client(app, &prod()).registry_policy().await.unwrap()?;
    Some(serde_json::from_str(&text).unwrap())
}

#[tokio::test]
async fn a_statement_is_generated_beside_the_others_and_removed_again() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let input = statement(&prod(), DEV, &["prod-microservice"]);
    let preview = app.preview_statement(input.clone()).await.unwrap();
    let shown: Value = serde_json::from_str(&preview.statement.unwrap()).unwrap();
    assert_eq!(
        shown,
        json!({
            "Sid": SID,
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{DEV}:root") },
            "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
            "Resource": [format!("arn:aws:ecr:us-west-2:{PROD}:repository/prod-microservice*")],
        })
    );
    assert!(preview.already_allowed_by.is_none());
    let view = make(&app, PlanRequest::AddStatement { statement: input.clone() }).await;
    assert_eq!(view.versions.len(), 1);
    assert_eq!(policy(&app).await.unwrap()["Statement"], json!([shown]));

    // From the other direction: already allowed.
    let preview = app.preview_statement(input.clone()).await.unwrap();
    assert_eq!(preview.already_allowed_by.as_deref(), Some(SID));

    // The same Sid with different content is refused, and an unused one is suggested.
    let other = statement(&prod(), DEV, &["release-"]);
    let preview = app.preview_statement(other.clone()).await.unwrap();
    assert_eq!(preview.free_sid.as_deref(), Some("ReplicationAccessCrossAccount2"));
    let error = refused(&app, PlanRequest::AddStatement { statement: other.clone() }).await;
    assert_eq!((error.code.as_str(), error.field.as_deref()), ("sid-taken", Some("sid")));
    let mut free = other;
    free.sid = preview.free_sid.unwrap();
    make(&app, PlanRequest::AddStatement { statement: free }).await;
    let shown_policy = app.policy(prod()).await.unwrap();
    assert_eq!(shown_policy.statements.len(), 2);
    assert!(shown_policy.statements.iter().all(|statement| statement.ours));

    let remove = |index: usize| PlanRequest::RemoveStatement {
        registry: prod(),
        statement: shown_policy.statements[index].id.clone(),
    };
    make(&app, remove(1)).await;
    assert_eq!(policy(&app).await.unwrap()["Statement"], json!([shown]));
    make(&app, remove(0)).await;
    assert_eq!(policy(&app).await, None, "the policy is removed with its last statement");
    assert_eq!(refused(&app, remove(0)).await.code, "changed-elsewhere");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn what_is_typed_wrong_is_said_at_its_field_and_nothing_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    for (sid, account, prefix, field) in [
        ("with-dash", DEV, "prod-", "sid"),
        ("", DEV, "prod-", "sid"),
        ("Fine", "11112222333", "prod-", "accounts[0]"),
        ("Fine", "11112222333x", "prod-", "accounts[0]"),
        ("Fine", DEV, "prod*", "prefixes[0]"),
        ("Fine", DEV, "P", "prefixes[0]"),
    ] {
        let mut input = statement(&prod(), account, &[prefix]);
        input.sid = sid.into();
        let preview = app.preview_statement(input.clone()).await.unwrap();
        let errors = preview.findings.iter().filter(|found| found.severity == Severity::Error);
        let fields: Vec<_> = errors.filter_map(|found| found.field.as_deref()).collect();
        assert_eq!(fields, [field]);
        let error = refused(&app, PlanRequest::AddStatement { statement: input }).await;
        assert_eq!(error.field.as_deref(), Some(field), "{error:?}");
    }
    assert_eq!(policy(&app).await, None);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_text_that_is_no_policy_is_refused_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {},\n  ]\n}";
    let checked = app
        .check_policy_text(CheckPolicyText { registry: prod(), text: text.into(), fixes: vec![] })
        .await
        .unwrap();
    assert!(!checked.writable);
    assert_eq!((checked.line, checked.column), (Some(4), Some(7)));
    let error = refused(&app, put(text.into())).await;
    assert_eq!((error.code.as_str(), error.field.as_deref()), ("json-invalid", Some("text")));
    assert!(error.message.contains("line 4, column 7"), "{error}");

    let guide = guide();
    let checked = app
        .check_policy_text(CheckPolicyText { registry: prod(), text: guide.clone(), fixes: vec![] })
        .await
        .unwrap();
    assert!(!checked.findings.is_empty());
    // A fix that would allow more than the text as written must be chosen, and says what it allows.
    let mended = checked.mended.unwrap();
    assert!(!mended.contains("ecr:CreateRepository") && !mended.contains("repository/*"), "{mended}");
    let open: Vec<_> = checked.fixes.iter().filter(|fix| !fix.applied).collect();
    assert!(open.len() == 2 && open.iter().all(|fix| fix.newly_allows.is_some()), "{open:?}");
    let fixes = open.iter().map(|fix| fix.id.clone()).collect();
    let checked = app
        .check_policy_text(CheckPolicyText { registry: prod(), text: guide.clone(), fixes })
        .await
        .unwrap();
    let mended = checked.mended.unwrap();
    assert!(mended.contains("ecr:CreateRepository") && mended.contains("repository/*"), "{mended}");
    make(&app, put(mended)).await;
    assert_eq!(policy(&app).await.unwrap()["Statement"].as_array().unwrap().len(), 1);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn one_tick_makes_one_fix_of_a_pasted_policy_and_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let check = |fixes: Vec<String>| {
        app.check_policy_text(CheckPolicyText { registry: prod(), text: guide(), fixes })
    };
    let checked = check(vec![]).await.unwrap();
    let mut made = Vec::new();
    for fix in checked.fixes.into_iter().filter(|fix| !fix.applied) {
        let mended = check(vec![fix.id]).await.unwrap().mended.unwrap();
        made.push(["ecr:CreateRepository", "repository/*"].map(|word| mended.contains(word)));
    }
    made.sort_unstable();
    assert_eq!(made, [[false, true], [true, false]]);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_policy_over_10240_characters_is_refused_before_it_is_sent() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let resources: Vec<_> = (0..200)
        .map(|index| format!("arn:aws:ecr:us-west-2:{PROD}:repository/some-rather-long-name-{index}*"))
        .collect();
    let long = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "Long", "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{DEV}:root") },
        "Action": ["ecr:ReplicateImage"], "Resource": resources,
    }] });
    let error = refused(&app, put(long.to_string())).await;
    assert_eq!(error.code, "policy-too-long");
    assert_eq!(policy(&app).await, None);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_policy_changed_by_someone_else_after_the_review_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let input = statement(&prod(), DEV, &["prod-"]);
    let planned = plan(&app, PlanRequest::AddStatement { statement: input.clone() }).await;
    let theirs = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "Theirs", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::123456789012:root" },
        "Action": ["ecr:ReplicateImage"], "Resource": [format!("arn:aws:ecr:us-west-2:{PROD}:repository/*")],
    }] });
    let other = client(&app, &prod());
    let text = theirs.to_string();
    other.put_registry_policy(None, Some(&text), &longshore_ecr::same_json).await.unwrap();
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!((view.state, view.error.unwrap().code.as_str()), (RunState::Failed, "changed-elsewhere"));
    assert!(view.versions.is_empty());
    assert_eq!(policy(&app).await.unwrap(), theirs);
    // Planned again, the statement is added beside the other one.
    make(&app, PlanRequest::AddStatement { statement: input }).await;
    let now = policy(&app).await.unwrap();
    assert_eq!(now["Statement"][0], theirs["Statement"][0]);
    assert_eq!(now["Statement"].as_array().unwrap().len(), 2);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_policy_that_names_a_deleted_role_is_refused_before_ecr_does() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let orphans = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "Old", "Effect": "Allow",
        "Principal": { "AWS": ["AROAEXAMPLEEXAMPLE123", format!("arn:aws:iam::{DEV}:root")] },
        "Action": ["ecr:ReplicateImage"], "Resource": [format!("arn:aws:ecr:us-west-2:{PROD}:repository/*")],
    }] });
    let error = refused(&app, put(orphans.to_string())).await;
    assert_eq!((error.code.as_str(), error.field.as_deref()), ("principal-orphaned", Some("text")));
    assert_eq!(policy(&app).await, None);
    app.close().await;
}

#[tokio::test]
async fn a_policy_that_locks_its_own_account_out_is_not_written() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let denying = |condition: Value| {
        let mut statement = json!({
            "Sid": "NobodyChangesThis", "Effect": "Deny", "Principal": "*",
            "Action": ["ecr:PutRegistryPolicy", "ecr:DeleteRegistryPolicy"], "Resource": "*",
        });
        if !condition.is_null() {
            statement["Condition"] = condition;
        }
        put(json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string())
    };
    let planned = plan(&app, denying(Value::Null)).await;
    assert_eq!(errors(&planned), ["policy-lock-out"]);
    assert!(planned.findings.iter().any(|found| found.text.contains("NobodyChangesThis")), "{planned:?}");
    assert_eq!(begin(&app, &planned).await.unwrap_err().code, "policy-lock-out");
    assert_eq!(policy(&app).await, None);
    // What a condition decides is for a person to know.
    let elsewhere = denying(json!({ "StringNotEquals": { "aws:PrincipalTag/team": "platform" } }));
    let planned = plan(&app, elsewhere).await;
    assert_eq!(errors(&planned), [""; 0]);
    assert!(codes(&planned, Severity::Warning).contains(&"policy-lock-out-possible"), "{planned:?}");
    app.close().await;
}

/// The document of a guide: no Resource, no CreateRepository, a bare account.
fn guide() -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"AllowCrossAccountReplication","Effect":"Allow",
        "Principal":{{"AWS":"{DEV}"}},"Action":["ecr:ReplicateImage"]}}]}}"#
    )
}

fn put(text: String) -> PlanRequest {
    PlanRequest::PutPolicy { registry: prod(), text, base: None }
}
