//! The scope of a registry policy: shown, and upgraded from V1 to V2 by a plan that says what the policy
//! then allows and denies.

use std::sync::Arc;

use longshore_app::{
    App,
    api::{Environment, PlanRequest, PlanView, PolicyScope, RegistryKey, RunState, Severity, Space},
};
use longshore_names::RegistryId;
use longshore_sandbox::Switches;
use serde_json::{Value, json};

use crate::{
    steps::{begin, codes, ended, errors, plan, refused},
    support::{DEV, PROD, aws::PlayedAws},
};

/// Prod, whose registry has scope V1.
struct World(PlayedAws);

impl World {
    async fn start(environment: Environment) -> Self {
        let switches = Switches { policy_scope_v1: true, ..Switches::default() };
        Self(PlayedAws::start(switches, PROD, "Prod", environment).await)
    }

    fn app(&self) -> &Arc<App> {
        &self.0.app
    }

    /// Makes these statements the policy, as one that ECR has had since before V1 refused anything.
    async fn has_policy(&self, statements: Value) {
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let prod = RegistryId::new(prod().account, prod().region);
        self.0.sandbox.plant_registry_policy(&prod, &policy).await.unwrap();
    }

    async fn scope(&self) -> Option<PolicyScope> {
        self.app().policy(prod()).await.unwrap().scope
    }

    async fn upgrade(&self) -> PlanView {
        plan(self.app(), PlanRequest::UpgradePolicyScope { registry: prod() }).await
    }
}

fn prod() -> RegistryKey {
    RegistryKey { space: Space::Aws, account: PROD.parse().unwrap(), region: "us-west-2".parse().unwrap() }
}

fn statement(sid: &str, effect: &str, principal: &str, actions: Value) -> Value {
    json!({ "Sid": sid, "Effect": effect, "Principal": { "AWS": principal }, "Action": actions, "Resource": "*" })
}

fn everything_of_dev() -> Value {
    statement("Everything", "Allow", DEV, json!("ecr:*"))
}

#[tokio::test]
async fn an_upgrade_says_what_becomes_effective_and_is_read_back() {
    let world = World::start(Environment::Staging).await;
    world
        .has_policy(json!([
            statement("Pull", "Allow", DEV, json!(["ecr:ReplicateImage", "ecr:BatchGetImage"])),
            statement("Keep", "Deny", "*", json!("ecr:DeleteRepository")),
        ]))
        .await;
    let before = world.app().policy(prod()).await.unwrap();
    assert_eq!((before.scope, before.scope_problem), (Some(PolicyScope::V1), None));
    let said = before.statements.iter().map(|statement| {
        let about = |code: &str| code == "action-without-effect";
        statement.findings.iter().find(|found| about(&found.code)).map(|found| found.text.as_str())
    });
    assert_eq!(
        said.collect::<Vec<_>>(),
        [
            Some("`ecr:BatchGetImage` has no effect until the policy scope of this registry is V2."),
            Some("The statement has no effect until the policy scope of this registry is V2."),
        ]
    );

    let planned = world.upgrade().await;
    let step = &planned.steps[0];
    assert_eq!(
        step.newly_allowed,
        ["Allow account 111122223333 to use `ecr:BatchGetImage` on any repository in this registry."]
    );
    assert_eq!(
        step.newly_denied,
        ["Forbid everyone to use `ecr:DeleteRepository` on any repository in this registry."]
    );
    assert_eq!(errors(&planned), [] as [&str; 0]);
    assert_eq!(codes(&planned, Severity::Warning), ["policy-scope-stays", "policy-own-account"]);
    assert_eq!(step.permissions, ["ecr:GetAccountSetting", "ecr:GetRegistryPolicy", "ecr:PutAccountSetting"]);
    assert_eq!(world.scope().await, Some(PolicyScope::V1), "a plan changes nothing");

    let run = begin(world.app(), &planned).await.unwrap();
    let view = ended(world.app(), &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    assert_eq!(view.steps[0].result.as_deref(), Some("upgraded to V2 and read back"));
    let after = world.app().policy(prod()).await.unwrap();
    assert_eq!((after.scope, &after.document), (Some(PolicyScope::V2), &before.document));
    assert!(
        after.statements.iter().all(|one| one.findings.iter().all(|f| f.code != "action-without-effect"))
    );

    let again = world.upgrade().await;
    assert!(again.steps.is_empty());
    assert_eq!(codes(&again, Severity::Note), ["nothing-to-do"]);
    world.0.close().await;
}

#[tokio::test]
async fn an_upgrade_that_locks_its_own_account_out_does_not_run() {
    let world = World::start(Environment::Staging).await;
    let everyone = statement("Stop", "Deny", "*", json!("ecr:*"));
    let account = statement("Stop", "Deny", PROD, json!("ecr:PutAccountSetting"));
    for deny in [everyone, account] {
        world.has_policy(json!([everything_of_dev(), deny])).await;
        let planned = world.upgrade().await;
        assert_eq!(errors(&planned), ["policy-lock-out"]);
        let found = planned.findings.iter().find(|found| found.severity == Severity::Error).unwrap();
        assert!(found.text.starts_with("Statement `Stop` would deny "), "{found:?}");
        assert_eq!(begin(world.app(), &planned).await.unwrap_err().code, "policy-lock-out");
    }
    assert_eq!(world.scope().await, Some(PolicyScope::V1));

    // A condition that the document does not decide warns.
    let mut outside = statement("Stop", "Deny", "*", json!("ecr:*"));
    outside["Condition"] = json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-1" } });
    world.has_policy(json!([outside])).await;
    let planned = world.upgrade().await;
    assert_eq!(errors(&planned), [] as [&str; 0]);
    assert_eq!(codes(&planned, Severity::Warning), ["policy-scope-stays", "policy-lock-out-possible"]);
    world.0.close().await;
}

#[tokio::test]
async fn a_policy_of_before_that_locks_the_account_out_by_now_is_not_restored() {
    let world = World::start(Environment::Staging).await;
    let replicate = |sid: &str| statement(sid, "Allow", DEV, json!("ecr:ReplicateImage"));
    let stop = statement("Stop", "Deny", "*", json!(["ecr:PutRegistryPolicy", "ecr:DeleteRegistryPolicy"]));
    world.has_policy(json!([replicate("Old"), stop])).await;
    let text = json!({"Version": "2012-10-17", "Statement": [replicate("New")]}).to_string();
    let put = PlanRequest::PutPolicy { registry: prod(), text, base: None };
    let planned = plan(world.app(), put).await;
    let run = begin(world.app(), &planned).await.unwrap();
    let view = ended(world.app(), &run).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    let restore = PlanRequest::Restore { version: view.versions[0].id.clone() };
    let requests = [restore, PlanRequest::Undo { run }];

    // With scope V1 the Deny is about other accounts' replication only.
    for request in &requests {
        assert_eq!(errors(&plan(world.app(), request.clone()).await), [] as [&str; 0], "{request:?}");
    }
    let upgraded = begin(world.app(), &world.upgrade().await).await.unwrap();
    assert_eq!(ended(world.app(), &upgraded).await.state, RunState::Done);
    for request in requests {
        let planned = plan(world.app(), request).await;
        assert_eq!(errors(&planned), ["policy-lock-out"], "{planned:#?}");
        assert_eq!(begin(world.app(), &planned).await.unwrap_err().code, "policy-lock-out");
    }
    let now = world.app().policy(prod()).await.unwrap().document.unwrap();
    assert!(now.contains("New") && !now.contains("Stop"), "{now}");
    world.0.close().await;
}

#[tokio::test]
async fn a_policy_that_was_changed_since_the_plan_is_not_upgraded() {
    let world = World::start(Environment::Staging).await;
    world.has_policy(json!([statement("Dev", "Allow", DEV, json!("ecr:BatchGetImage"))])).await;
    let planned = world.upgrade().await;
    world.has_policy(json!([everything_of_dev()])).await;
    let run = begin(world.app(), &planned).await.unwrap();
    let view = ended(world.app(), &run).await;
    let error = view.steps[0].error.as_ref().unwrap();
    assert_eq!((view.state, error.code.as_str()), (RunState::Failed, "changed-elsewhere"));
    assert!(error.message.contains("`Everything` was added"), "{}", error.message);
    assert_eq!(world.scope().await, Some(PolicyScope::V1));

    // Another order is the same policy.
    let two = [everything_of_dev(), statement("Own", "Allow", PROD, json!("ecr:*"))];
    world.has_policy(json!(two)).await;
    let planned = world.upgrade().await;
    world.has_policy(two.iter().rev().cloned().collect()).await;
    let run = begin(world.app(), &planned).await.unwrap();
    assert_eq!(ended(world.app(), &run).await.state, RunState::Done);
    assert_eq!(world.scope().await, Some(PolicyScope::V2));
    world.0.close().await;
}

#[tokio::test]
async fn a_scope_that_cannot_be_read_is_not_taken_for_v1() {
    let world = World::start(Environment::Staging).await;
    let planned = world.upgrade().await;
    assert_eq!(planned.steps[0].reason.as_deref().map(|text| text.contains("no policy")), Some(true));
    let run = begin(world.app(), &planned).await.unwrap();
    assert_eq!(ended(world.app(), &run).await.state, RunState::Done);
    world.has_policy(json!([statement("Stop", "Deny", "*", json!("ecr:GetAccountSetting"))])).await;
    let view = world.app().policy(prod()).await.unwrap();
    assert_eq!((view.scope, view.statements.len()), (None, 1));
    assert_eq!(view.scope_problem.unwrap().code, "access-denied");
    let error = refused(world.app(), PlanRequest::UpgradePolicyScope { registry: prod() }).await;
    assert_eq!(error.code, "access-denied");
    world.0.close().await;
}

#[tokio::test]
async fn a_new_action_is_refused_before_ecr_refuses_it_and_production_asks_for_its_name() {
    let world = World::start(Environment::Production).await;
    let text = |statements: Value| json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let put =
        |statements: Value| PlanRequest::PutPolicy { registry: prod(), text: text(statements), base: None };
    let pull = statement("Pull", "Allow", DEV, json!("ecr:BatchGetImage"));
    assert_eq!(refused(world.app(), put(json!([pull]))).await.code, "action-outside-scope");
    let planned = plan(world.app(), put(json!([everything_of_dev()]))).await;
    assert!(codes(&planned, Severity::Warning).contains(&"action-without-effect"));
    assert_eq!(world.upgrade().await.confirm.as_deref(), Some("Prod"));
    world.0.close().await;
}
