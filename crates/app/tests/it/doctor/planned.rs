//! What the doctor says of a rule before it is written, and of rules that it may not read.

use longshore_app::api::{
    ApiError, CheckOutcome, DestinationInput, GetReadiness, RegistryKey, RuleInput, RuleReadiness, Space,
};
use serde_json::json;

use super::{
    services::{DEV_USER, everything_but},
    world::{World, dev, prod},
};

fn source() -> RegistryKey {
    RegistryKey { space: Space::Aws, account: dev().account, region: dev().region }
}

/// A rule that does not exist: from Dev to a Region of Prod that has no statement.
fn typed(region: &str, prefix: &str) -> RuleInput {
    RuleInput {
        registry: source(),
        also: Vec::new(),
        destinations: vec![DestinationInput { account: prod().account.to_string(), region: region.into() }],
        filters: vec![prefix.into()],
        delete_replication: false,
        replaces: None,
        name: None,
        note: None,
    }
}

async fn examined(world: &World, rule: RuleInput) -> Result<RuleReadiness, ApiError> {
    let request = GetReadiness { registry: source(), rule: None, planned: Some(rule) };
    let mut found = world.app.readiness(request).await?;
    assert_eq!(found.rules.len(), 1, "only the rule that was typed");
    Ok(found.rules.remove(0))
}

fn failed(rule: &RuleReadiness) -> Vec<&str> {
    let failed = rule.checks.iter().filter(|check| check.outcome == CheckOutcome::Failed);
    failed.map(|check| check.id.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_examined_before_it_is_written() {
    let world = World::start().await;
    let before = world.client(&dev()).replication_configuration().await.unwrap();

    let missing = examined(&world, typed("eu-west-1", "prod-")).await.unwrap();
    assert_eq!((missing.ready, missing.rule.as_deref()), (false, None));
    assert_eq!(failed(&missing), ["statement-other-region"]);
    assert!(missing.sentence.contains("prod-"), "{}", missing.sentence);
    let existing = missing.checks.iter().find(|check| check.id == "existing-images").unwrap();
    assert_eq!(
        (existing.outcome, &existing.fix),
        (CheckOutcome::Warning, &None),
        "no rule brings them over yet"
    );

    // The other Region has the statement, for names that begin with `prod-`.
    let ready = examined(&world, typed("us-east-2", "prod-a")).await.unwrap();
    assert_eq!((ready.ready, failed(&ready)), (true, vec![]), "{:?}", ready.checks);
    let narrow = examined(&world, typed("us-east-2", "dev-")).await.unwrap();
    assert!(!narrow.ready && failed(&narrow).iter().all(|id| id.starts_with("statement-")), "{narrow:?}");

    // What is typed wrong is said as the form says it.
    let error = examined(&world, typed("nowhere", "prod-")).await.unwrap_err();
    assert_eq!(error.field.as_deref(), Some("destinations[0].region"), "{error:?}");
    assert_eq!(world.client(&dev()).replication_configuration().await.unwrap(), before, "nothing is written");
    world.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_may_not_be_read_are_a_failed_check_and_not_the_end() {
    let world = World::start().await;
    world.sandbox.plant_identity_policy(DEV_USER, Some(&everything_but("ecr:DescribeRegistry"))).unwrap();
    for rule in [None, Some("0123456789".to_owned())] {
        let request = GetReadiness { registry: source(), rule, planned: None };
        let found = world.app.readiness(request).await.unwrap();
        let [rule] = found.rules.as_slice() else { panic!("{found:?}") };
        assert!(!found.ready && !rule.ready && rule.rule.is_none());
        assert!(rule.sentence.ends_with("could not be read."), "{}", rule.sentence);
        let of = |id: &str| rule.checks.iter().find(|check| check.id == id).unwrap();
        assert_eq!(of("identity").outcome, CheckOutcome::Ok);
        let permission = of("permission");
        assert!(permission.outcome != CheckOutcome::Ok, "{permission:?}");
        let evidence = json!(permission.evidence).to_string();
        assert!(evidence.contains("ecr:DescribeRegistry"), "{evidence}");
        assert_eq!(of("limits").outcome, CheckOutcome::Unknown);
    }
    world.close().await;
}
