//! Production accounts are read-only until they are unlocked, and schedules need permits.

use std::sync::Arc;

use chrono::TimeDelta;
use longshore_app::{
    App,
    api::{
        AccountKey, Encryption, EngineRuleView, Environment, GrantPermit, Mutability, PermitKey, PlanRequest,
        PlanView, RunKey, RunPlan, RunState, SetGuard, Space, UnlockAccount, UpdateAccount,
    },
};

use crate::{
    engine_rules::{Hands, open, save, text, the_rule, to_prod},
    steps::{ended, make, plan, put_rule, rule},
    support::{DEV, PROD, Pusher, close, registry, until, with_sandbox},
};

async fn protected(directory: &tempfile::TempDir) -> Arc<App> {
    let app = with_sandbox(directory).await;
    let guard = app.set_guard(SetGuard { read_only: Some(false), sandbox: Some(true) }).await.unwrap();
    assert_eq!(guard.accounts.len(), 1, "{guard:?}");
    assert_eq!((guard.accounts[0].id.as_str(), guard.accounts[0].unlocked_until), (PROD, None));
    app
}

async fn planned(app: &App, account: &str, name: &str) -> PlanView {
    let request = PlanRequest::CreateRepository {
        registry: registry(account, "us-west-2"),
        name: name.into(),
        mutability: Mutability { immutable: false, exclusions: Vec::new() },
        scan_on_push: false,
        encryption: Encryption::Aes256,
    };
    plan(app, request).await
}

fn run(plan: &PlanView, confirm: Option<&str>) -> RunPlan {
    RunPlan {
        plan: plan.id.clone(),
        hash: plan.hash.clone(),
        confirm: confirm.map(str::to_owned),
        acknowledge: false,
        managed: Vec::new(),
        keep_going: false,
    }
}

fn unlock(minutes: u32, confirm: &str) -> UnlockAccount {
    UnlockAccount { space: Space::Sandbox, id: PROD.into(), confirm: confirm.into(), minutes }
}

#[tokio::test(flavor = "multi_thread")]
async fn production_is_read_only_until_it_is_unlocked_and_every_write_asks_for_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let app = protected(&directory).await;
    let plan = planned(&app, PROD, "guarded").await;
    // Creating a repository alters nothing that exists, but it writes to a protected account.
    assert_eq!(plan.confirm.as_deref(), Some("Prod"));
    let refused = app.run_plan(run(&plan, Some("Prod"))).await.unwrap_err();
    assert_eq!(refused.code, "account-locked");

    assert_eq!(app.unlock_account(unlock(30, "Production")).await.unwrap_err().code, "confirmation-needed");
    assert_eq!(app.unlock_account(unlock(0, "Prod")).await.unwrap_err().code, "unlock-time");
    assert_eq!(app.unlock_account(unlock(481, "Prod")).await.unwrap_err().code, "unlock-time");
    let guard = app.unlock_account(unlock(30, "Prod")).await.unwrap();
    assert!(guard.accounts[0].unlocked_until.is_some());
    assert_eq!(app.run_plan(run(&plan, None)).await.unwrap_err().code, "confirmation-needed");
    // The refusals did not use the plan up.
    let started = app.run_plan(run(&plan, Some("prod"))).await.unwrap();
    ended(&app, &started.run).await;

    app.lock_account(AccountKey { space: Space::Sandbox, id: PROD.into() }).await.unwrap();
    let plan = planned(&app, PROD, "guarded-again").await;
    assert_eq!(app.run_plan(run(&plan, Some("Prod"))).await.unwrap_err().code, "account-locked");
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_asks_a_locked_destination_before_it_pushes() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod) = (registry(DEV, "us-west-2"), registry(PROD, "us-west-2"));
    make(&app, put_rule(rule(&dev, &[&prod], &["prod"]), &[&prod])).await;
    app.set_guard(SetGuard { read_only: Some(false), sandbox: Some(true) }).await.unwrap();
    let rule = app.replication(dev.clone()).await.unwrap().rules.pop().unwrap().id;
    let test = plan(&app, PlanRequest::TestRule { registry: dev, rule }).await;
    let asks =
        |text: &str| text.starts_with("Ask whether") && text.ends_with("in Prod (444455556666) / us-west-2");
    assert!(asks(&test.steps[0].text), "{:?}", test.steps[0]);
    assert_eq!(app.run_plan(run(&test, Some("Prod"))).await.unwrap_err().code, "account-locked");
    app.unlock_account(unlock(30, "Prod")).await.unwrap();
    crate::support::ledger::shown(&app, &test);
    let started = app.run_plan(run(&test, Some("Prod"))).await.unwrap();
    let view = ended(&app, &started.run).await;
    assert_eq!((view.state, view.steps[0].result.as_deref()), (RunState::Done, Some("it may be deleted")));
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_account_is_not_made_unprotected_without_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let app = protected(&directory).await;
    let change = async |confirm: Option<&str>| {
        let request = UpdateAccount {
            space: Space::Sandbox,
            id: PROD.into(),
            name: "Prod".into(),
            environment: Environment::Dev,
            colour: "#112233".into(),
            regions: vec!["us-west-2".into()],
            hosts: None,
            terraform_state: None,
            confirm: confirm.map(str::to_owned),
        };
        app.update_account(request).await
    };
    assert_eq!(change(None).await.unwrap_err().code, "confirmation-needed");
    assert_eq!(change(Some("prod")).await.unwrap().environment, Environment::Dev);
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_mode_stops_writes_to_every_account() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    app.set_guard(SetGuard { read_only: Some(true), sandbox: Some(false) }).await.unwrap();
    let plan = planned(&app, DEV, "none").await;
    assert_eq!(app.run_plan(run(&plan, None)).await.unwrap_err().code, "read-only-mode");
    app.set_guard(SetGuard { read_only: Some(false), sandbox: Some(false) }).await.unwrap();
    let started = app.run_plan(run(&plan, None)).await.unwrap();
    assert_eq!(ended(&app, &started.run).await.state, RunState::Done);
    // Retrying is a write too.
    app.set_guard(SetGuard { read_only: Some(true), sandbox: Some(false) }).await.unwrap();
    let again = app.retry_run(RunKey { run: started.run }).await.unwrap_err();
    assert_eq!(again.code, "read-only-mode");
    close(&app).await;
}

/// Waits for the end of the rule's next try, after `before`.
async fn next_try(app: &App, before: &EngineRuleView) -> EngineRuleView {
    let mut events = app.subscribe();
    let seen = before.last.as_ref().map(|last| last.at);
    until(&mut events, "the next try of the rule", || async {
        Some(the_rule(app).await).filter(|rule| rule.last.as_ref().map(|last| last.at) != seen)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_writes_to_production_only_with_a_permit_for_the_rule_as_it_is() {
    let (directory, hands) = (tempfile::tempdir().unwrap(), Hands::new());
    let app = open(&directory, &hands).await;
    let dev = Pusher::new(&app, &registry(DEV, "us-west-2")).await;
    dev.create("team/api").await;
    dev.push("team/api", "1").await;
    let saved = save(&app, text(&to_prod("    schedule:\n      cron: \"0 * * * *\"\n"))).await;
    app.set_guard(SetGuard { read_only: Some(false), sandbox: Some(true) }).await.unwrap();
    // Somebody who works there has not agreed to what a schedule does.
    app.unlock_account(unlock(480, "Prod")).await.unwrap();

    hands.forward(TimeDelta::hours(1));
    let refused = next_try(&app, &saved).await;
    let last = refused.last.clone().unwrap();
    assert_eq!(last.error.map(|error| error.code).as_deref(), Some("permit-needed"));
    assert_eq!(last.run, None);

    let permit = |rule: &str, days, confirm: &str| GrantPermit {
        rule: rule.into(),
        registry: registry(PROD, "us-west-2"),
        days,
        confirm: confirm.into(),
    };
    let code = async |request| app.grant_permit(request).await.unwrap_err().code;
    assert_eq!(code(permit("none", 1, "Prod")).await, "rule-unknown");
    assert_eq!(code(permit(&saved.id, 1, "Dev")).await, "confirmation-needed");
    assert_eq!(code(permit(&saved.id, 367, "Prod")).await, "permit-time");
    let elsewhere = GrantPermit { registry: registry(PROD, "eu-west-1"), ..permit(&saved.id, 1, "Prod") };
    assert_eq!(code(elsewhere).await, "permit-other-registry");
    let guard = app.grant_permit(permit(&saved.id, 1, "Prod")).await.unwrap();
    let [granted] = guard.permits.as_slice() else { panic!("{guard:?}") };

    hands.forward(TimeDelta::hours(1));
    let ran = next_try(&app, &refused).await;
    assert_eq!(ran.last.clone().unwrap().state, RunState::Done, "{:?}", ran.last);

    // It expires, and it can be taken back.
    dev.push("team/api", "2").await;
    hands.forward(TimeDelta::hours(25));
    let expired = next_try(&app, &ran).await;
    assert_eq!(expired.last.unwrap().error.unwrap().code, "permit-needed");
    app.revoke_permit(PermitKey { id: granted.id.clone() }).await.unwrap();
    let again = app.revoke_permit(PermitKey { id: granted.id.clone() }).await.unwrap_err();
    assert_eq!(again.code, "permit-unknown");
    close(&app).await;
}
