//! Local names of replication rules, and rules that were created elsewhere.

use longshore_app::api::{AdoptRule, NameRule, PlanRequest, RegistryKey, ReplicationView};
use serde_json::json;

use crate::{
    steps::{make, put_rule, rule},
    support::{DEV, client, close, registry, with_sandbox},
};

fn dev() -> RegistryKey {
    registry(DEV, "us-west-2")
}

fn to() -> RegistryKey {
    registry(DEV, "us-east-2")
}

fn named(view: &ReplicationView) -> Vec<(Vec<String>, Option<&str>, Option<&str>)> {
    view.rules.iter().map(|rule| (rule.filters.clone(), rule.name.as_deref(), rule.note.as_deref())).collect()
}

/// The id of the rule with a filter.
fn id(view: &ReplicationView, filter: &str) -> String {
    view.rules.iter().find(|rule| rule.filters == [filter]).unwrap().id.clone()
}

#[tokio::test]
async fn a_name_belongs_to_the_rules_content_and_follows_our_changes_only() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let mut wish = rule(&dev(), &[&to()], &["a-"]);
    wish.name = Some("Team A".into());
    wish.note = Some("asked for in May".into());
    make(&app, put_rule(wish, &[])).await;
    make(&app, put_rule(rule(&dev(), &[&to()], &["b-"]), &[])).await;
    let view = app.replication(dev()).await.unwrap();
    let (a, b) = (vec!["a-".to_owned()], vec!["b-".to_owned()]);
    let team = (Some("Team A"), Some("asked for in May"));
    assert_eq!(named(&view), [(a.clone(), team.0, team.1), (b.clone(), None, None)]);

    // Another order.
    let other = client(&app, &dev());
    let before = other.replication_configuration().await.unwrap();
    let mut rules = before["rules"].as_array().unwrap().clone();
    rules.reverse();
    let same = longshore_ecr::same_json;
    let reversed = json!({"rules": rules});
    other.put_replication_configuration(&before, &reversed, &same).await.unwrap();
    let view = app.replication(dev()).await.unwrap();
    assert_eq!(named(&view), [(b.clone(), None, None), (a.clone(), team.0, team.1)]);

    // A change by Longshore takes the name along.
    let mut changed = rule(&dev(), &[&to()], &["c-"]);
    changed.replaces = Some(id(&view, "a-"));
    make(&app, put_rule(changed, &[])).await;
    let view = app.replication(dev()).await.unwrap();
    let c = vec!["c-".to_owned()];
    assert!(named(&view).contains(&(c.clone(), team.0, team.1)), "{:?}", named(&view));

    // A change elsewhere does not.
    let before = other.replication_configuration().await.unwrap();
    let mut after = before.clone();
    let rules = after["rules"].as_array_mut().unwrap();
    for rule in rules.iter_mut().filter(|rule| rule["repositoryFilters"][0]["filter"] == "c-") {
        rule["repositoryFilters"][0]["filter"] = "d-".into();
    }
    other.put_replication_configuration(&before, &after, &same).await.unwrap();
    let view = app.replication(dev()).await.unwrap();
    assert!(view.rules.iter().all(|rule| rule.name.is_none()), "{:?}", named(&view));
    close(&app).await;
}

#[tokio::test]
async fn a_rule_from_elsewhere_is_named_and_adopted() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let other = client(&app, &dev());
    let before = other.replication_configuration().await.unwrap();
    let after = json!({"rules": [{
        "destinations": [{"region": "us-east-2", "registryId": DEV}],
        "repositoryFilters": [{"filter": "x-", "filterType": "PREFIX_MATCH"}],
    }]});
    other.put_replication_configuration(&before, &after, &longshore_ecr::same_json).await.unwrap();
    let view = app.replication(dev()).await.unwrap();
    let rule = id(&view, "x-");
    assert!(!view.rules[0].ours);

    let name = |rule: &str, name: &str| NameRule {
        registry: dev(),
        rule: rule.into(),
        name: name.into(),
        note: None,
    };
    let view = app.name_rule(name(&rule, "Theirs")).await.unwrap();
    assert_eq!((view.rules[0].name.as_deref(), view.rules[0].ours), (Some("Theirs"), false));
    let adopt = AdoptRule { registry: dev(), rule: rule.clone(), name: Some("Ours".into()), note: None };
    let view = app.adopt_rule(adopt).await.unwrap();
    assert_eq!((view.rules[0].name.as_deref(), view.rules[0].ours), (Some("Ours"), true));
    assert_eq!(app.name_rule(name(&rule, "")).await.unwrap().rules[0].name, None);

    let error = app.name_rule(name(&rule, &"x".repeat(61))).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.field.as_deref()), ("rule-name-invalid", Some("name")));
    assert_eq!(app.name_rule(name("unknown", "x")).await.unwrap_err().code, "changed-elsewhere");
    make(&app, PlanRequest::RemoveRule { registry: dev(), rule: rule.clone() }).await;
    let gone = AdoptRule { registry: dev(), rule, name: None, note: None };
    assert_eq!(app.adopt_rule(gone).await.unwrap_err().code, "changed-elsewhere");
    close(&app).await;
}
