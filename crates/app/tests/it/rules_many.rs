//! One rule over several sources and destinations: one plan, one write for each document, one result for
//! each row, and the way back.

use std::{collections::BTreeSet, sync::Arc};

use longshore_app::{
    App,
    api::{
        AddSandboxAccount, CheckOtherSide, Environment, Export, ExportFormat, ExportSubject, OtherSideState,
        PlanRequest, PlanView, RegistryKey, RuleInput, RunKey, RunState, RunView, Severity,
    },
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    steps::{begin_with, codes, ended, errors, make, plan, put_rule, refused, rule},
    support::{DEV, PROD, client, close, registry, with_sandbox},
};

const TEAM: &str = "123456789012";
const WEST: &str = "us-west-2";
const EAST: &str = "us-east-2";
const EU: &str = "eu-west-1";

/// Three sources in two accounts, and two destinations in a third one.
struct World {
    app: Arc<App>,
    sources: Vec<RegistryKey>,
    destinations: Vec<RegistryKey>,
    _directory: TempDir,
}

impl World {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let app = with_sandbox(&directory).await;
        let team = AddSandboxAccount {
            id: TEAM.into(),
            name: "Team".into(),
            environment: Environment::Dev,
            regions: vec![WEST.into()],
        };
        app.add_sandbox_account(team).await.unwrap();
        let sources = vec![registry(DEV, WEST), registry(DEV, EU), registry(TEAM, WEST)];
        let destinations = vec![registry(PROD, WEST), registry(PROD, EAST)];
        Self { app, sources, destinations, _directory: directory }
    }

    fn rule(&self) -> RuleInput {
        let to: Vec<_> = self.destinations.iter().collect();
        RuleInput { also: self.sources[1..].to_vec(), ..rule(&self.sources[0], &to, &["prod-"]) }
    }

    fn request(&self) -> PlanRequest {
        put_rule(self.rule(), &self.destinations.iter().collect::<Vec<_>>())
    }

    async fn run(&self, plan: &PlanView, keep_going: bool) -> RunView {
        let run = begin_with(&self.app, plan, keep_going).await.unwrap();
        ended(&self.app, &run).await
    }

    async fn configuration(&self, key: &RegistryKey) -> Value {
        client(&self.app, key).replication_configuration().await.unwrap()
    }

    async fn policy(&self, key: &RegistryKey) -> Option<Value> {
        let text = client(&self.app, key).registry_policy().await.unwrap();
        text.map(|text| serde_json::from_str(&text).unwrap())
    }

    /// Writes a configuration as another tool would.
    async fn write_elsewhere(&self, key: &RegistryKey, rules: Value) {
        let client = client(&self.app, key);
        let before = client.replication_configuration().await.unwrap();
        let same = longshore_ecr::same_json;
        client.put_replication_configuration(&before, &json!({ "rules": rules }), &same).await.unwrap();
    }

    async fn write_policy_elsewhere(&self, key: &RegistryKey) {
        let client = client(&self.app, key);
        let before = client.registry_policy().await.unwrap();
        let mut policy: Value = match &before {
            Some(text) => serde_json::from_str(text).unwrap(),
            None => json!({"Version": "2012-10-17", "Statement": []}),
        };
        policy["Statement"].as_array_mut().unwrap().push(json!({
            "Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
            "Action": "ecr:ReplicateImage",
            "Resource": format!("arn:aws:ecr:{}:{}:repository/theirs-*", key.region, key.account),
        }));
        let same = longshore_ecr::same_json;
        client.put_registry_policy(before.as_deref(), Some(&policy.to_string()), &same).await.unwrap();
    }

    /// The documents that the app wrote: the operation and the registry.
    async fn written(&self) -> Vec<(String, String)> {
        let is_document =
            |operation: &str| ["PutRegistryPolicy", "PutReplicationConfiguration"].contains(&operation);
        let all = self.app.sandbox_writes().await.into_iter();
        let ours =
            all.filter(|one| is_document(one.operation) && !one.principal.contains(crate::support::SOMEBODY));
        ours.map(|one| (one.operation.to_owned(), one.registry.to_string())).collect()
    }
}

fn theirs() -> Value {
    json!([{
        "destinations": [{ "region": EAST, "registryId": DEV }],
        "repositoryFilters": [{ "filter": "theirs-", "filterType": "PREFIX_MATCH" }],
    }])
}

fn states(view: &RunView) -> Vec<RunState> {
    view.steps.iter().map(|step| step.state).collect()
}

fn counts(view: &RunView) -> (u32, u32, u32) {
    let counts = view.counts.unwrap();
    (counts.done, counts.failed, counts.not_started)
}

use RunState::{Done, Failed, Waiting};

#[tokio::test]
async fn three_sources_and_two_destinations_are_one_plan_that_writes_each_document_once() {
    let world = World::new().await;
    let planned = plan(&world.app, world.request()).await;
    let places: Vec<_> = planned.steps.iter().map(|step| step.registry.clone().unwrap()).collect();
    assert_eq!(places, [world.destinations.clone(), world.sources.clone()].concat(), "statements come first");
    assert!(planned.rows);
    assert_eq!(planned.title, "Add a replication rule to 3 registries");

    // The exported script writes each document too.
    let what = ExportSubject::Plan { plan: planned.id.clone() };
    let shell = world.app.export(Export { what, format: ExportFormat::Cli }).await.unwrap().text.unwrap();
    let count = |command: &str| shell.matches(command).count();
    assert_eq!((count("put-replication-configuration"), count("put-registry-policy")), (3, 2), "{shell}");

    let view = world.run(&planned, false).await;
    assert_eq!((view.state, counts(&view)), (Done, (5, 0, 0)), "{view:#?}");
    let written = world.written().await;
    let documents: BTreeSet<_> = written.iter().collect();
    assert_eq!((written.len(), documents.len()), (5, 5), "{written:#?}");
    for to in &world.destinations {
        let policy = world.policy(to).await.unwrap();
        let [statement] = policy["Statement"].as_array().unwrap().as_slice() else { panic!("{policy}") };
        let who = json!([format!("arn:aws:iam::{DEV}:root"), format!("arn:aws:iam::{TEAM}:root")]);
        assert_eq!(statement["Principal"]["AWS"], who);
    }
    let first = world.configuration(&world.sources[0]).await;
    for from in &world.sources {
        assert_eq!(world.configuration(from).await, first);
        assert!(world.app.replication(from.clone()).await.unwrap().rules[0].ours);
    }

    // The same once more has nothing to do, and a source that lacks it gets only what it lacks.
    let again = plan(&world.app, world.request()).await;
    assert!(again.steps.is_empty(), "{again:#?}");
    assert!(codes(&again, Severity::Note).contains(&"nothing-to-do"));
    let more = RuleInput { also: vec![registry(DEV, EU), registry(DEV, EAST)], ..world.rule() };
    let planned = plan(&world.app, put_rule(more, &world.destinations.iter().collect::<Vec<_>>())).await;
    let places: Vec<_> = planned.steps.iter().map(|step| step.registry.clone().unwrap()).collect();
    assert_eq!(places, [registry(DEV, EAST)]);
    close(&world.app).await;
}

#[tokio::test]
async fn a_statement_names_only_accounts_that_lack_the_permission_and_need_it() {
    let world = World::new().await;
    make(
        &world.app,
        put_rule(rule(&world.sources[2], &[&world.destinations[0]], &["prod-"]), &[&world.destinations[0]]),
    )
    .await;
    let own = registry(PROD, EU);
    let wish = RuleInput { also: [&world.sources[1..], std::slice::from_ref(&own)].concat(), ..world.rule() };
    let check = CheckOtherSide { rule: wish.clone(), all_repositories: false, create_repository: true };
    let sides = world.app.check_other_side(check).await.unwrap();
    assert_eq!([sides[0].state, sides[1].state], [OtherSideState::Missing; 2]);
    let (first, second) = (sides[0].statement.as_ref().unwrap(), sides[1].statement.as_ref().unwrap());
    assert!(first.contains(DEV) && !first.contains(TEAM), "{first}");
    assert!(second.contains(DEV) && second.contains(TEAM), "{second}");
    assert!(sides[0].explanation.contains("Team"), "{}", sides[0].explanation);

    let destinations: Vec<_> = world.destinations.iter().collect();
    let view = make(&world.app, put_rule(wish, &destinations)).await;
    assert_eq!(counts(&view), (6, 0, 0));
    let policy = world.policy(&world.destinations[0]).await.unwrap();
    let [one] = policy["Statement"].as_array().unwrap().as_slice() else { panic!("{policy}") };
    assert_eq!(one["Principal"]["AWS"].as_array().unwrap().len(), 2, "added to the statement for Team");
    close(&world.app).await;
}

#[tokio::test]
async fn the_first_failure_ends_the_run_and_what_was_done_is_undone() {
    let world = World::new().await;
    let planned = plan(&world.app, world.request()).await;
    world.write_elsewhere(&world.sources[1], theirs()).await;
    let view = world.run(&planned, false).await;
    assert_eq!((view.state, states(&view)), (Failed, vec![Done, Done, Done, Failed, Waiting]));
    assert_eq!(counts(&view), (3, 1, 1));
    let error = view.error.clone().unwrap();
    assert_eq!(error.code, "changed-elsewhere");
    assert!(error.hint.unwrap().contains("undo"));

    let undo = plan(&world.app, PlanRequest::Undo { run: view.id.clone() }).await;
    let places: Vec<_> = undo.steps.iter().map(|step| step.registry.clone().unwrap()).collect();
    let [to, other] = [&world.destinations[0], &world.destinations[1]].map(Clone::clone);
    assert_eq!(places, [world.sources[0].clone(), other, to], "the last one first");
    let undone = world.run(&undo, false).await;
    assert_eq!((undone.state, counts(&undone)), (Done, (3, 0, 0)), "{undone:#?}");
    for to in &world.destinations {
        assert_eq!(world.policy(to).await, None);
    }
    let none = json!({"rules": []});
    assert_eq!(world.configuration(&world.sources[0]).await, none);
    assert_eq!(world.configuration(&world.sources[1]).await, json!({ "rules": theirs() }));
    assert_eq!(world.configuration(&world.sources[2]).await, none);
    let again = plan(&world.app, PlanRequest::Undo { run: view.id }).await;
    assert!(again.steps.is_empty() && errors(&again).is_empty(), "{again:#?}");
    close(&world.app).await;
}

#[tokio::test]
async fn a_run_that_goes_on_does_what_does_not_need_the_failed_row() {
    let world = World::new().await;
    let planned = plan(&world.app, world.request()).await;
    world.write_elsewhere(&world.sources[1], theirs()).await;
    let view = world.run(&planned, true).await;
    assert_eq!((view.state, states(&view)), (Failed, vec![Done, Done, Done, Failed, Done]));
    assert_eq!(counts(&view), (4, 1, 0));
    assert_eq!(world.configuration(&world.sources[2]).await["rules"].as_array().unwrap().len(), 1);
    // A retry repeats only the failed row.
    let written = world.written().await;
    world.app.retry_run(RunKey { run: view.id.clone() }).await.unwrap();
    let again = ended(&world.app, &view.id).await;
    assert_eq!((counts(&again), world.written().await), ((4, 1, 0), written));
    close(&world.app).await;
}

#[tokio::test]
async fn configurations_that_need_a_failed_statement_are_not_started() {
    let world = World::new().await;
    let own = registry(PROD, EU);
    let wish = RuleInput { also: [&world.sources[1..], std::slice::from_ref(&own)].concat(), ..world.rule() };
    let planned = plan(&world.app, put_rule(wish, &world.destinations.iter().collect::<Vec<_>>())).await;
    world.write_policy_elsewhere(&world.destinations[0]).await;
    let view = world.run(&planned, true).await;
    assert_eq!(states(&view), [Failed, Done, Waiting, Waiting, Waiting, Done], "{view:#?}");
    assert_eq!(counts(&view), (2, 1, 3));
    let why = view.steps[2].result.as_deref().unwrap();
    assert!(why.starts_with("Not started") && why.contains("Allow accounts"), "{why}");
    assert_eq!(world.configuration(&world.sources[0]).await, json!({"rules": []}));
    assert_eq!(world.configuration(&own).await["rules"].as_array().unwrap().len(), 1);
    close(&world.app).await;
}

#[tokio::test]
async fn undo_leaves_what_was_changed_elsewhere_and_what_it_still_needs() {
    let world = World::new().await;
    let planned = plan(&world.app, world.request()).await;
    let view = world.run(&planned, false).await;
    let mut rules = world.configuration(&world.sources[0]).await["rules"].as_array().unwrap().clone();
    rules.extend(theirs().as_array().unwrap().clone());
    world.write_elsewhere(&world.sources[0], Value::Array(rules.clone())).await;

    let undo = plan(&world.app, PlanRequest::Undo { run: view.id.clone() }).await;
    let places: Vec<_> = undo.steps.iter().map(|step| step.registry.clone().unwrap()).collect();
    assert_eq!(places, [world.sources[2].clone(), world.sources[1].clone()]);
    assert_eq!(codes(&undo, Severity::Warning), ["changed-since", "needed-by-left", "needed-by-left"]);
    let changed = undo.findings.iter().find(|found| found.code == "changed-since").unwrap();
    assert!(changed.text.contains("Dev") && changed.text.contains("theirs-"), "{}", changed.text);

    // Another writer between the plan and the run is not overwritten either.
    world.write_elsewhere(&world.sources[2], theirs()).await;
    let undone = world.run(&undo, true).await;
    assert_eq!((undone.state, states(&undone)), (Failed, vec![Failed, Done]));
    assert_eq!(undone.error.unwrap().code, "changed-elsewhere");
    assert_eq!(world.configuration(&world.sources[0]).await, json!({ "rules": rules }));
    assert_eq!(world.configuration(&world.sources[1]).await, json!({"rules": []}));
    assert_eq!(world.configuration(&world.sources[2]).await, json!({ "rules": theirs() }));
    for to in &world.destinations {
        assert!(world.policy(to).await.is_some(), "the rule that stays needs it");
    }
    close(&world.app).await;
}

#[tokio::test]
async fn a_policy_that_was_changed_since_stays_and_the_rules_go() {
    let world = World::new().await;
    let planned = plan(&world.app, world.request()).await;
    let view = world.run(&planned, false).await;
    world.write_policy_elsewhere(&world.destinations[1]).await;
    let undo = plan(&world.app, PlanRequest::Undo { run: view.id }).await;
    assert_eq!(undo.steps.len(), 4);
    assert_eq!(codes(&undo, Severity::Warning), ["changed-since", "policy-goes"]);
    let undone = world.run(&undo, false).await;
    assert_eq!(undone.state, Done);
    assert_eq!(world.policy(&world.destinations[0]).await, None);
    assert_eq!(world.policy(&world.destinations[1]).await.unwrap()["Statement"].as_array().unwrap().len(), 2);
    close(&world.app).await;
}

#[tokio::test]
async fn limits_hold_for_each_source_and_name_it() {
    let world = World::new().await;
    let many = (0..25).map(|index| {
        json!({
            "destinations": [{ "region": EAST, "registryId": DEV }],
            "repositoryFilters": [{ "filter": format!("team{index}-"), "filterType": "PREFIX_MATCH" }],
        })
    });
    world.write_elsewhere(&world.sources[1], many.collect()).await;
    let planned = plan(&world.app, world.request()).await;
    assert_eq!(errors(&planned), ["too-many-rules"]);
    let found = planned.findings.iter().find(|found| found.code == "too-many-rules").unwrap();
    assert!(found.text.starts_with("Dev / eu-west-1:"), "{}", found.text);
    assert_eq!(planned.steps.len(), 4, "the plan for the others is shown");
    assert_eq!(begin_with(&world.app, &planned, true).await.unwrap_err().code, "too-many-rules");
    let preview = world.app.preview_rule(world.rule()).await.unwrap();
    assert!(preview.findings.iter().any(|found| found.text.starts_with("Dev / eu-west-1:")));

    for (also, code) in
        [(vec![registry(DEV, WEST)], "source-twice"), (vec![registry(DEV, EU); 2], "source-twice")]
    {
        let wish = RuleInput { also, ..world.rule() };
        assert_eq!(refused(&world.app, put_rule(wish, &[])).await.code, code);
    }
    let edit = RuleInput { replaces: Some("x".into()), ..world.rule() };
    assert_eq!(refused(&world.app, put_rule(edit, &[])).await.code, "one-source-only");
    let itself = RuleInput { also: vec![registry(PROD, WEST)], ..world.rule() };
    let planned = plan(&world.app, put_rule(itself, &[])).await;
    assert_eq!(errors(&planned), ["destination-is-source"]);
    assert_eq!(refused(&world.app, PlanRequest::Undo { run: "x".into() }).await.code, "run-unknown");
    close(&world.app).await;
}
