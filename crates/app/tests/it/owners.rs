//! Documents that are managed by CloudFormation, by Terraform, or by hand elsewhere.

use std::{fs, path::Path, sync::Arc};

use longshore_app::{
    App,
    api::{
        Account, DocumentKey, ExportFormat, MarkDocument, OwnedDocument, OwnerSource, Ownership, PlanView,
        RegistryKey, RunPlan, RunState, Severity, UpdateAccount,
    },
};
use serde_json::{Value, json};

use crate::{
    steps::{begin, codes, create, ended, errors, make, plan, put_rule, rule, statement},
    support::{DEV, PROD, client, close, registry, with_sandbox},
};
use longshore_app::api::{PlanRequest, StatementInput};

const WEST: &str = "us-west-2";

fn dev() -> RegistryKey {
    registry(DEV, WEST)
}

fn prod() -> RegistryKey {
    registry(PROD, WEST)
}

fn key(registry: &RegistryKey, document: OwnedDocument) -> DocumentKey {
    DocumentKey { registry: registry.clone(), document }
}

fn replication() -> DocumentKey {
    key(&dev(), OwnedDocument::Replication)
}

fn policy() -> DocumentKey {
    key(&prod(), OwnedDocument::Policy)
}

async fn owner(app: &App, key: DocumentKey) -> Ownership {
    app.owner(key).await.unwrap()
}

/// A stack of CloudFormation that owns these resources of a registry.
fn put_stack(app: &App, registry: &RegistryKey, resources: &[(&str, &str)]) {
    let resources: Vec<Value> = resources
        .iter()
        .enumerate()
        .map(|(index, (kind, id))| {
            json!({"logical_id": format!("Resource{index}"), "type": kind, "physical_id": id})
        })
        .collect();
    let stack = json!({
        "account": registry.account, "region": registry.region, "name": "platform", "resources": resources,
    });
    fs::write(app.data_directory().join("sandbox/stack.json"), stack.to_string()).unwrap();
}

fn write_state(path: &Path, resources: &Value) {
    let state = json!({"version": 4, "outputs": {"key": {"value": "canary-secret"}}, "resources": resources});
    fs::write(path, state.to_string()).unwrap();
}

/// Names a state for an account, as a person types it.
async fn use_state(app: &App, account: &str, path: &str) -> Result<Account, longshore_app::api::ApiError> {
    let known = app.accounts().await.unwrap().into_iter().find(|known| known.id == account).unwrap();
    let request = UpdateAccount {
        space: known.space,
        id: known.id,
        name: known.name,
        environment: known.environment,
        colour: known.colour,
        regions: known.regions,
        hosts: None,
        terraform_state: Some(path.to_owned()),
        confirm: None,
    };
    app.update_account(request).await
}

fn in_state(kind: &str, attributes: Value) -> Value {
    json!({"mode": "managed", "type": kind, "name": "this",
        "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]", "instances": [{"attributes": attributes}]})
}

fn new_rule() -> PlanRequest {
    put_rule(rule(&dev(), &[&registry(DEV, "us-east-2")], &["team-"]), &[])
}

async fn configuration(app: &App) -> Value {
    client(app, &dev()).replication_configuration().await.unwrap()
}

/// The code with which a plan is refused.
async fn refused_run(app: &Arc<App>, plan: &PlanView, managed: &[&str]) -> String {
    app.run_plan(run(plan, managed)).await.unwrap_err().code
}

fn run(plan: &PlanView, managed: &[&str]) -> RunPlan {
    RunPlan {
        plan: plan.id.clone(),
        hash: plan.hash.clone(),
        confirm: plan.confirm.clone(),
        acknowledge: true,
        managed: managed.iter().map(|&label| label.to_owned()).collect(),
        keep_going: false,
    }
}

#[tokio::test]
async fn what_a_stack_manages_is_not_written_and_the_plan_ends_in_a_patch() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    assert_eq!(owner(&app, replication()).await.owner, None);
    put_stack(&app, &dev(), &[("AWS::ECR::ReplicationConfiguration", DEV), ("AWS::ECR::Repository", "app")]);

    let found = owner(&app, replication()).await.owner.unwrap();
    assert_eq!((found.source, found.name.as_str()), (OwnerSource::CloudFormation, "platform"));
    assert_eq!(found.detail.as_deref(), Some("Resource0"));

    let planned = plan(&app, new_rule()).await;
    assert_eq!(errors(&planned), ["managed-elsewhere"], "{:?}", planned.findings);
    let [managed] = planned.managed.as_slice() else { panic!("{:?}", planned.managed) };
    assert!(!managed.may_override);
    assert!(managed.diff.starts_with("--- a/replication-111122223333-us-west-2.json\n"), "{}", managed.diff);
    assert!(managed.diff.contains("+") && managed.diff.contains("team-"), "{}", managed.diff);
    let [snippet] = managed.snippets.as_slice() else { panic!("{:?}", managed.snippets) };
    assert_eq!(snippet.format, ExportFormat::CloudFormation);
    assert!(snippet.text.as_deref().unwrap().contains("AWS::ECR::ReplicationConfiguration"), "{snippet:?}");
    let label = managed.label.as_str();
    assert_eq!(refused_run(&app, &planned, &[label]).await, "managed-elsewhere", "no override of a tool");
    assert_eq!(configuration(&app).await, json!({"rules": []}));

    // The policy of the same registry is another resource with the same id.
    let other = owner(&app, key(&dev(), OwnedDocument::Policy)).await;
    assert_eq!(other.owner, None);
    assert!(other.unknown[0].message.contains("platform"), "{other:?}");
    // Another Region is another registry.
    assert_eq!(owner(&app, key(&registry(DEV, "eu-west-1"), OwnedDocument::Replication)).await.owner, None);

    // A repository of the stack.
    create(&app, &dev(), "app").await;
    create(&app, &dev(), "free").await;
    let delete = |name: &str| PlanRequest::DeleteRepository {
        repository: crate::support::repository(&dev(), name),
        with_images: true,
    };
    assert_eq!(errors(&plan(&app, delete("app")).await), ["managed-elsewhere"]);
    make(&app, delete("free")).await;

    // Declared to be no longer managed: for this stack only.
    let released = app.release_document(replication()).await.unwrap();
    assert_eq!(released.owner, None);
    assert_eq!(released.released.unwrap().name, "platform");
    make(&app, new_rule()).await;
    assert_eq!(configuration(&app).await["rules"].as_array().unwrap().len(), 1);
    assert!(app.forget_mark(replication()).await.unwrap().owner.is_some());
    close(&app).await;
}

#[tokio::test]
async fn a_document_that_gets_an_owner_after_planning_is_not_written() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let planned = plan(&app, new_rule()).await;
    assert!(planned.managed.is_empty(), "{:?}", planned.managed);
    put_stack(&app, &dev(), &[("AWS::ECR::ReplicationConfiguration", DEV)]);
    let view = ended(&app, &begin(&app, &planned).await.unwrap()).await;
    assert_eq!(view.state, RunState::Failed);
    let error = view.steps[0].error.as_ref().unwrap();
    assert_eq!(error.code, "managed-elsewhere");
    assert!(error.message.contains("Nothing was written"), "{error:?}");
    assert_eq!(configuration(&app).await, json!({"rules": []}));
    close(&app).await;
}

#[tokio::test]
async fn a_mark_needs_to_be_named_and_holds_for_one_plan() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let note = "CDK app of the platform team".to_owned();
    let error = app.mark_document(MarkDocument { key: policy(), note: " ".into() }).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.field.as_deref()), ("owner-note", Some("note")));
    app.mark_document(MarkDocument { key: policy(), note: note.clone() }).await.unwrap();

    let add = || PlanRequest::AddStatement { statement: statement(&prod(), DEV, &["prod-"]) };
    let planned = plan(&app, add()).await;
    assert_eq!(errors(&planned), [""; 0]);
    assert!(codes(&planned, Severity::Warning).contains(&"managed-elsewhere"), "{:?}", planned.findings);
    let [managed] = planned.managed.as_slice() else { panic!("{:?}", planned.managed) };
    assert_eq!(managed.label, "policy:444455556666/us-west-2");
    assert!(managed.may_override && managed.owner.name == note);
    assert_eq!(managed.snippets.len(), 2, "Terraform and CloudFormation");
    for typed in [&[][..], &["policy"], &["policy:111122223333/us-west-2"]] {
        assert_eq!(refused_run(&app, &planned, typed).await, "managed-elsewhere");
    }
    let started = app.run_plan(run(&planned, &[&managed.label])).await.unwrap();
    crate::support::ledger::shown(&app, &planned);
    assert_eq!(ended(&app, &started.run).await.state, RunState::Done);

    // The next plan asks again, and a rule that needs the statement of a marked policy too.
    let other = StatementInput { sid: "More".into(), ..statement(&prod(), DEV, &["other-"]) };
    let more = || PlanRequest::AddStatement { statement: other.clone() };
    assert_eq!(refused_run(&app, &plan(&app, more()).await, &[]).await, "managed-elsewhere");
    assert_eq!(app.release_document(policy()).await.unwrap().owner, None);
    assert!(plan(&app, more()).await.managed.is_empty());
    close(&app).await;
}

#[tokio::test]
async fn what_a_terraform_state_lists_is_not_written_and_an_unreadable_state_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let path = directory.path().join("terraform.tfstate");
    let name = path.display().to_string();
    let error = use_state(&app, DEV, &name).await.unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.field.as_deref()),
        ("terraform-state-unreadable", Some("terraformState"))
    );
    let error = use_state(&app, DEV, "terraform.tfstate").await.unwrap_err();
    assert_eq!(error.code, "terraform-state-path");

    write_state(
        &path,
        &json!([
            in_state(
                "aws_ecr_replication_configuration",
                json!({"id": DEV, "registry_id": DEV, "region": WEST})
            ),
            in_state("aws_ecr_registry_policy", json!({"id": PROD, "registry_id": PROD})),
        ]),
    );
    let account = use_state(&app, DEV, &name).await.unwrap();
    assert_eq!(account.terraform_state.as_deref(), Some(name.as_str()));
    let planned = plan(&app, new_rule()).await;
    assert_eq!(errors(&planned), ["managed-elsewhere"]);
    let managed = &planned.managed[0];
    assert_eq!(managed.owner.name, "aws_ecr_replication_configuration.this");
    assert_eq!(managed.owner.detail.as_deref(), Some(name.as_str()));
    assert!(managed.snippets[0].text.as_deref().unwrap().contains("aws_ecr_replication_configuration"));
    // One state may list several accounts; a Region that it does not tell may be any.
    assert_eq!(owner(&app, policy()).await.owner.unwrap().source, OwnerSource::Terraform);
    assert_eq!(owner(&app, key(&registry(DEV, "eu-west-1"), OwnedDocument::Replication)).await.owner, None);

    // `terraform state rm`: the file is read again.
    write_state(&path, &json!([]));
    assert_eq!(owner(&app, replication()).await.owner, None);
    fs::write(&path, "{").unwrap();
    let found = owner(&app, replication()).await;
    assert_eq!(found.owner, None);
    assert_eq!(found.unknown[0].code, "terraform-state-unreadable");
    let planned = plan(&app, new_rule()).await;
    assert_eq!(errors(&planned), ["owner-unknown"], "it may be managed there: {:?}", planned.findings);
    assert_eq!(use_state(&app, DEV, "").await.unwrap().terraform_state, None);
    assert!(owner(&app, replication()).await.unknown.is_empty());

    // Of the state's contents nothing is stored.
    close(&app).await;
    for file in ["longshore.db", "longshore.db-wal"] {
        let bytes = fs::read(app.data_directory().join(file)).unwrap_or_default();
        assert!(!bytes.windows(13).any(|part| part == b"canary-secret"), "{file}");
    }
}
