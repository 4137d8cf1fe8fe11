//! Replication rules: invalid input, changes made elsewhere, the needs of destinations.

use longshore_app::{
    App,
    api::{
        AppEvent, CheckOtherSide, DestinationInput, DriverView, Export, ExportFormat, ExportSubject,
        LookForReferrers, OtherSideState, PlanRequest, RegistryKey, ReplicationState, RuleInput, RunState,
        Severity,
    },
};
use serde_json::{Value, json};

use crate::{
    steps::{begin, create, digest_of, ended, make, plan, push, put_rule, refused, replicated, rule},
    support::{DEV, PROD, Pusher, client, registry, until, with_sandbox},
};

const WEST: &str = "us-west-2";

fn dev() -> RegistryKey {
    registry(DEV, WEST)
}

fn prod() -> RegistryKey {
    registry(PROD, WEST)
}

async fn document(app: &App) -> Value {
    client(app, &dev()).replication_configuration().await.unwrap()
}

/// Writes a configuration as another tool would.
async fn write_elsewhere(app: &App, rules: Value) {
    let client = client(app, &dev());
    let before = client.replication_configuration().await.unwrap();
    let same = longshore_ecr::same_json;
    client.put_replication_configuration(&before, &json!({ "rules": rules }), &same).await.unwrap();
}

fn region_rule(index: usize) -> Value {
    json!({
        "destinations": [{ "region": "us-east-2", "registryId": DEV }],
        "repositoryFilters": [{ "filter": format!("team{index}-"), "filterType": "PREFIX_MATCH" }],
    })
}

fn typed(destinations: &[(&str, &str)], filters: &[&str]) -> RuleInput {
    let mut input = rule(&dev(), &[], filters);
    input.destinations = destinations
        .iter()
        .map(|(account, region)| DestinationInput { account: (*account).into(), region: (*region).into() })
        .collect();
    input
}

#[tokio::test]
async fn what_is_typed_wrong_is_said_at_its_field_and_nothing_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let good = (PROD, WEST);
    for (input, field) in [
        (typed(&[("44445555666", WEST)], &[]), "destinations[0].account"),
        (typed(&[("44445555666x", WEST)], &[]), "destinations[0].account"),
        (typed(&[(PROD, "us-moon-1")], &[]), "destinations[0].region"),
        (typed(&[(DEV, WEST)], &[]), "destinations[0]"),
        (typed(&[good, good], &[]), "destinations[1]"),
        (typed(&[], &[]), "destinations"),
        (typed(&[good], &["prod*"]), "filters[0]"),
        (typed(&[good], &["prod-", "Prod"]), "filters[1]"),
        (typed(&[good], &["p"]), "filters[0]"),
    ] {
        let preview = app.preview_rule(input.clone()).await.unwrap();
        let found = preview
            .findings
            .iter()
            .find(|found| {
                found.severity == Severity::Error
                    && found.field.as_deref().is_some_and(|at| at.starts_with(field))
            })
            .unwrap_or_else(|| panic!("{field}: {:?}", preview.findings));
        assert!(!found.text.is_empty());
        let error = refused(&app, put_rule(input, &[])).await;
        assert!(error.field.as_deref().is_some_and(|at| at.starts_with(field)), "{field}: {error:?}");
    }
    assert_eq!(document(&app).await, json!({ "rules": [] }));
    crate::support::close(&app).await;
}

#[tokio::test]
async fn the_26th_destination_and_the_26th_rule_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let accounts: Vec<_> = (0..26).map(|index| format!("2222333344{index:02}")).collect();
    let many: Vec<_> = accounts.iter().map(|account| (account.as_str(), WEST)).collect();
    let input = typed(&many, &[]);
    let preview = app.preview_rule(input.clone()).await.unwrap();
    assert_eq!(preview.destinations_used, 26);
    let DriverView::Engine { reasons } = &preview.driver else { panic!("{:?}", preview.driver) };
    assert_eq!(reasons.len(), 1);
    assert_eq!(refused(&app, put_rule(input, &[])).await.code, "too-many-destinations");
    let preview = app.preview_rule(typed(&many[..25], &[])).await.unwrap();
    assert!(matches!(preview.driver, DriverView::Native { .. }));

    write_elsewhere(&app, (0..25).map(region_rule).collect()).await;
    assert_eq!(refused(&app, put_rule(typed(&[(PROD, WEST)], &["x-"]), &[])).await.code, "too-many-rules");
    assert_eq!(document(&app).await["rules"].as_array().unwrap().len(), 25);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_preview_shows_what_the_filter_takes_without_a_call() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    for name in ["prod-microservice", "prod-microservice-old", "dev-microservice"] {
        create(&app, &dev(), name).await;
    }
    push(&app, &dev(), "prod-microservice", "1").await;
    app.replication(dev()).await.unwrap();
    crate::support::close(&app).await;
    let calls = app.api_calls(&dev());
    let preview = app.preview_rule(rule(&dev(), &[&prod()], &["prod-microservice"])).await.unwrap();
    assert_eq!(app.api_calls(&dev()), calls);
    let seen: Vec<_> =
        preview.matches.iter().map(|found| (found.repository.as_str(), found.accidental)).collect();
    assert_eq!(seen, [("prod-microservice", false), ("prod-microservice-old", true)]);
    assert_eq!((preview.repositories, preview.images, preview.destinations_used), (2, 1, 1));
    assert_eq!(preview.matches[0].filter.as_deref(), Some("prod-microservice"));
    assert!(preview.sentence.unwrap().contains("Prod (444455556666)"));
}

#[tokio::test]
async fn a_rule_that_is_there_already_still_gets_its_statement() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let wish = rule(&dev(), &[&prod()], &["prod-"]);
    make(&app, put_rule(wish.clone(), &[])).await;
    let planned = plan(&app, put_rule(wish.clone(), &[&prod()])).await;
    let steps: Vec<_> = planned.steps.iter().map(|step| step.registry.clone().unwrap()).collect();
    assert_eq!(steps, [prod()], "only the policy is written: {planned:#?}");
    make(&app, put_rule(wish.clone(), &[&prod()])).await;
    let again = plan(&app, put_rule(wish, &[&prod()])).await;
    assert!(again.steps.is_empty(), "{again:#?}");
    app.close().await;
}

#[tokio::test]
async fn one_submit_writes_the_statement_then_the_rule_and_the_rest_stays() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let mut other = region_rule(1);
    other["deleteReplication"] = json!({ "enabled": false });
    write_elsewhere(&app, json!([other])).await;
    let wish = rule(&dev(), &[&prod()], &["prod-"]);
    let planned = plan(&app, put_rule(wish.clone(), &[&prod()])).await;
    let places: Vec<_> =
        planned.steps.iter().map(|step| step.registry.as_ref().unwrap().account.as_str()).collect();
    assert_eq!(places, [PROD, DEV], "the statement comes first");
    assert_eq!(planned.confirm.as_deref(), Some("Prod"));
    let last = planned.steps.last().unwrap();
    assert!(last.before.is_some() && last.after.is_some());
    assert!(last.permissions.contains(&"ecr:PutReplicationConfiguration".to_owned()));

    // The exported script writes both documents, each for its own account.
    let what = ExportSubject::Plan { plan: planned.id.clone() };
    let shell = app.export(Export { what: what.clone(), format: ExportFormat::Cli }).await.unwrap();
    let shell = shell.text.unwrap();
    for part in ["put-registry-policy", "put-replication-configuration", "--endpoint-url", DEV, PROD] {
        assert!(shell.contains(part), "{part}: {shell}");
    }
    let terraform = app.export(Export { what, format: ExportFormat::Terraform }).await.unwrap();
    assert!(terraform.text.is_some() != terraform.refusal.is_some());

    let mut events = app.subscribe();
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    assert_eq!(view.versions.len(), 2, "both replaced documents are stored");
    let (mut policy, mut replication) = (false, false);
    while !(policy && replication) {
        match tokio::time::timeout(crate::support::PATIENCE, events.next()).await.unwrap().unwrap() {
            AppEvent::Policy { registry } => policy |= registry == prod(),
            AppEvent::Replication { registry } => replication |= registry == dev(),
            _ => {}
        }
    }
    let shown = app.replication(dev()).await.unwrap();
    let ours: Vec<_> = shown.rules.iter().map(|rule| rule.ours).collect();
    assert_eq!(ours, [false, true]);
    assert_eq!(document(&app).await["rules"][0], other, "the other rule is unchanged");
    assert_eq!(refused(&app, put_rule(wish, &[])).await.code, "already-there");

    // Edited, then removed: matched by content.
    let mut edited = rule(&dev(), &[&prod()], &["prod-", "release-"]);
    edited.replaces = Some(shown.rules[1].id.clone());
    make(&app, put_rule(edited.clone(), &[])).await;
    let shown = app.replication(dev()).await.unwrap();
    assert_eq!(shown.rules.len(), 2);
    assert_eq!(shown.rules[1].filters, ["prod-", "release-"]);
    assert!(shown.rules[1].ours);
    assert_eq!(refused(&app, put_rule(edited, &[])).await.code, "changed-elsewhere");
    let remove = PlanRequest::RemoveRule { registry: dev(), rule: shown.rules[1].id.clone() };
    make(&app, remove.clone()).await;
    assert_eq!(document(&app).await, json!({ "rules": [other] }));
    assert_eq!(refused(&app, remove).await.code, "changed-elsewhere");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn a_configuration_changed_by_someone_else_after_the_review_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let planned = plan(&app, put_rule(rule(&dev(), &[&prod()], &["prod-"]), &[&prod()])).await;
    write_elsewhere(&app, json!([region_rule(1)])).await;
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!(view.state, RunState::Failed);
    let error = view.error.unwrap();
    assert_eq!(error.code, "changed-elsewhere");
    assert_eq!(document(&app).await, json!({ "rules": [region_rule(1)] }));

    // Restoring the statement that was written for it is suggested.
    assert!(error.hint.unwrap().contains("restore"));
    assert!(client(&app, &prod()).registry_policy().await.unwrap().is_some());
    let [version] = view.versions.as_slice() else { panic!("{:?}", view.versions) };
    assert_eq!(version.registry, prod());
    make(&app, PlanRequest::Restore { version: version.id.clone() }).await;
    assert_eq!(client(&app, &prod()).registry_policy().await.unwrap(), None);
    assert_eq!(refused(&app, PlanRequest::Restore { version: "x".into() }).await.code, "version-unknown");
    crate::support::close(&app).await;
}

#[tokio::test]
async fn the_other_side_says_how_it_stands() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (east, unknown) = (registry(DEV, "us-east-2"), registry("999988887777", WEST));
    let check = |filters: &[&str]| CheckOtherSide {
        rule: rule(&dev(), &[&east, &prod(), &unknown], filters),
        all_repositories: false,
        create_repository: true,
    };
    let states = |sides: &[longshore_app::api::OtherSide]| -> Vec<_> {
        sides.iter().map(|side| (side.state, side.can_add)).collect()
    };
    use OtherSideState::{CannotBeSeen, Insufficient, Missing, NotNeeded, Present};
    let sides = app.check_other_side(check(&["prod-"])).await.unwrap();
    assert_eq!(states(&sides), [(NotNeeded, false), (Missing, true), (CannotBeSeen, false)]);
    assert!(sides[2].cli.as_ref().unwrap().contains("999988887777"));
    assert!(sides[2].statement.as_ref().unwrap().contains("repository/prod-*"));

    let mut narrow = crate::steps::statement(&prod(), DEV, &["prod-"]);
    narrow.create_repository = false;
    make(&app, PlanRequest::AddStatement { statement: narrow }).await;
    let sides = app.check_other_side(check(&["prod-"])).await.unwrap();
    assert_eq!(sides[1].state, Insufficient, "{:?}", sides[1]);
    assert!(sides[1].explanation.contains("ecr:CreateRepository"));
    // The Sid belongs to the narrow statement, so an unused one is suggested.
    assert!(sides[1].statement.as_ref().unwrap().contains("ReplicationAccessCrossAccount2"));

    make(&app, put_rule(rule(&dev(), &[&prod()], &["prod-"]), &[&prod()])).await;
    let sides = app.check_other_side(check(&["prod-"])).await.unwrap();
    assert_eq!((sides[1].state, sides[1].can_add), (Present, false), "{:?}", sides[1]);
    assert!(sides[1].allowed_by.is_some());
    assert!(sides[1].explanation.starts_with("Already allowed by"));
    let policy = app.policy(prod()).await.unwrap();
    assert_eq!(policy.statements.len(), 2);
    crate::support::close(&app).await;
}

#[tokio::test]
async fn the_destination_is_asked_whether_referrers_came() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, east) = (registry(DEV, "us-west-2"), registry(DEV, "us-east-2"));
    create(&app, &dev, "service").await;
    make(&app, put_rule(rule(&dev, &[&east], &["serv"]), &[])).await;
    let id = app.replication(dev.clone()).await.unwrap().rules[0].id.clone();
    let look = async || {
        let request = LookForReferrers { registry: dev.clone(), rule: id.clone() };
        let seen = app.look_for_referrers(request).await.unwrap();
        let [seen] = seen.as_slice() else { panic!("{seen:?}") };
        assert_eq!((&seen.registry, &seen.problem), (&east, &None));
        (seen.asked, seen.there)
    };
    assert_eq!(look().await, (0, 0), "nothing was pushed");

    let pusher = Pusher::new(&app, &dev).await;
    let subject = pusher.push_platform("service", Some("1"), "amd64").await;
    replicated(&app, &dev, "service", "1", &east, ReplicationState::Complete).await;
    let signature = pusher.push_referrer("service", &subject).await;
    // It is in progress, and then it arrives.
    let mut events = app.subscribe();
    until(&mut events, "the referrer in the other Region", || async {
        (look().await == (1, 1)).then_some(())
    })
    .await;

    let (there, name) = (client(&app, &east), "service".parse().unwrap());
    let wanted = [longshore_ecr::ImageId { digest: Some(signature), tag: None }];
    there.batch_delete_image(&name, &wanted).await.unwrap();
    assert_eq!(look().await, (1, 0), "the image is there, its referrer is not");
    let image = digest_of(&app, &east, "service", "1").await.unwrap().parse().unwrap();
    let wanted = [longshore_ecr::ImageId { digest: Some(image), tag: None }];
    there.batch_delete_image(&name, &wanted).await.unwrap();
    assert_eq!(look().await, (0, 0), "a referrer without its image is not checked");
    crate::support::close(&app).await;
}
