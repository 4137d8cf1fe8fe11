//! A destination that only its administrator can read, and what a receipt states about it.

use std::sync::Arc;

use longshore_app::{
    App,
    api::{
        CheckOutcome, CheckPlace, CheckReceipt, DestinationView, GetReadiness, OpenRequest, ReadinessCheck,
        ReceiptOutcome, RegistryKey, RuleReadiness, RuleView, Space, StatementInput, StatementType,
        WriteRequest,
    },
};
use longshore_names::RegistryId;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::world::{ARN, World, changed, dev, prod, rule};
use crate::support::{DEV, PROD};

fn key(registry: &RegistryId) -> RegistryKey {
    RegistryKey { space: Space::Aws, account: registry.account.clone(), region: registry.region.clone() }
}

/// Prod allows other repositories than the rule's; the developers cannot see it.
async fn two_teams(directory: &TempDir) -> (World, Arc<App>) {
    let world = World::start().await;
    world.allow(&prod(), vec![changed("Resource", json!(format!("{ARN}/else-*")))]).await;
    let developers = world.developers(directory).await;
    (world, developers)
}

/// A request of the developers for repositories that begin with `prefix`.
async fn request(developers: &App, prefix: &str) -> OpenRequest {
    let statement = StatementInput {
        registry: key(&prod()),
        statement_type: StatementType::ReplicationCrossAccount,
        sid: "FromDev".into(),
        accounts: vec![DEV.into()],
        prefixes: vec![prefix.into()],
        all_repositories: false,
        create_repository: true,
    };
    let written = developers.write_request(WriteRequest { statement, reason: None }).await.unwrap();
    OpenRequest { space: Space::Aws, text: written.text }
}

/// Prod's administrator applies the request, and the developers check the receipt.
async fn apply(world: &World, developers: &App, request: &OpenRequest) -> String {
    let planned = world.app.plan_of_request(request.clone()).await.unwrap();
    world.carry_out(planned.change.unwrap()).await;
    answer(world, developers, request, true).await
}

async fn answer(world: &World, developers: &App, request: &OpenRequest, applied: bool) -> String {
    let receipt = world.app.write_receipt(request.clone()).await.unwrap();
    assert_eq!(receipt.applied, applied);
    let text = receipt.text.clone();
    developers.check_receipt(CheckReceipt { space: Space::Aws, text }).await.unwrap();
    receipt.text
}

async fn card(app: &App) -> (RuleView, DestinationView) {
    let view = app.replication(key(&dev())).await.unwrap();
    let [rule] = view.rules.try_into().unwrap();
    let destination = rule.destinations.first().unwrap().clone();
    (rule, destination)
}

async fn readiness(app: &App) -> RuleReadiness {
    let found =
        app.readiness(GetReadiness { registry: key(&dev()), rule: None, planned: None }).await.unwrap();
    found.rules.into_iter().next().unwrap()
}

fn told(found: &RuleReadiness) -> Option<&ReadinessCheck> {
    found.checks.iter().find(|check| check.id == "told-by-receipt")
}

fn is_unseen(rule: &RuleView) -> bool {
    rule.findings.iter().any(|found| found.code == "permission-unseen")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_shown_on_the_card_and_counts_as_stated_and_never_as_seen() {
    let directory = tempfile::tempdir().unwrap();
    let (world, developers) = two_teams(&directory).await;
    let (rule, to) = card(&developers).await;
    assert!(is_unseen(&rule) && to.stated.is_none());

    let asked = request(&developers, "prod-").await;
    let (rule, to) = card(&developers).await;
    let stated = to.stated.unwrap();
    assert!(is_unseen(&rule) && stated.receipt.is_none());
    assert_eq!(stated.missing, ["`ecr:ReplicateImage` on `prod-*`", "`ecr:CreateRepository` on `prod-*`"]);
    assert!(told(&readiness(&developers).await).is_none(), "a request states nothing");

    let receipt = apply(&world, &developers, &asked).await;
    let (rule, to) = card(&developers).await;
    let stated = to.stated.unwrap();
    let by = stated.receipt.unwrap();
    assert_eq!((by.outcome, stated.missing.len(), stated.seen), (ReceiptOutcome::Applied, 0, false));
    assert!(by.principal.unwrap().contains(PROD) && receipt.contains(&stated.request));
    assert!(!is_unseen(&rule), "{:?}", rule.findings);

    let found = readiness(&developers).await;
    let check = told(&found).unwrap();
    assert_eq!((check.outcome, check.registry.clone()), (CheckOutcome::Stated, key(&prod())));
    assert_eq!(check.evidence[0].answer, receipt);
    let is_seen =
        |check: &ReadinessCheck| (check.outcome, check.place) == (CheckOutcome::Ok, CheckPlace::Destination);
    assert!(found.ready && !found.checks.iter().any(is_seen), "{found:#?}");

    // The administrator sees the policy itself.
    let found = readiness(&world.app).await;
    assert!(found.ready && told(&found).is_none());
    developers.close().await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_needs_beyond_the_receipt_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let (world, developers) = two_teams(&directory).await;
    let asked = request(&developers, "prod-").await;
    apply(&world, &developers, &asked).await;
    let mut wider: Value = rule(&[prod()], "prod-");
    let more = json!({"filter": "base-", "filterType": "PREFIX_MATCH"});
    wider["repositoryFilters"].as_array_mut().unwrap().push(more);
    world.configure(&dev(), vec![wider]).await;

    let (rule, to) = card(&developers).await;
    let lacks = ["`ecr:ReplicateImage` on `base-*`", "`ecr:CreateRepository` on `base-*`"];
    assert_eq!(to.stated.unwrap().missing, lacks);
    assert!(is_unseen(&rule));
    let found = readiness(&developers).await;
    let check = told(&found).unwrap();
    assert_eq!(check.outcome, CheckOutcome::Unknown);
    assert!(check.text.contains(lacks[0]) && !found.ready, "{check:?}");
    developers.close().await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_declined_is_shown_as_declined() {
    let directory = tempfile::tempdir().unwrap();
    let (world, developers) = two_teams(&directory).await;
    let asked = request(&developers, "prod-").await;
    answer(&world, &developers, &asked, false).await;
    let (rule, to) = card(&developers).await;
    let stated = to.stated.unwrap();
    assert_eq!(stated.receipt.unwrap().outcome, ReceiptOutcome::Refused);
    assert!(is_unseen(&rule) && stated.missing.len() == 2);
    let found = readiness(&developers).await;
    assert!(told(&found).unwrap().text.contains("declined the request") && !found.ready);
    developers.close().await;
    world.close().await;
}
