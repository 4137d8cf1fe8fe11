//! Editors and versions, while another client writes.

use longshore_app::api::{
    DocumentType, ListVersions, MergePolicy, PlanRequest, PlanView, RunKey, RunState, Severity,
};
use serde_json::{Value, json};

use super::{
    World, registry,
    stand_in::{Fault, Script, Theirs, When, Which, rule, statement, with},
};
use crate::{
    steps::{begin, codes, ended, make, plan, refused},
    support::until,
};

fn policy(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn first() -> Value {
    statement("First", "222233334444")
}

fn save(text: &Value, base: &str) -> PlanRequest {
    let base = Some(base.to_owned());
    PlanRequest::PutPolicy { registry: registry(), text: text.to_string(), base }
}

pub(super) fn text_of(planned: &PlanView, code: &str) -> String {
    planned
        .findings
        .iter()
        .find(|found| found.code == code)
        .map(|found| found.text.clone())
        .unwrap_or_default()
}

#[tokio::test]
async fn a_save_keeps_what_somebody_else_wrote_since_the_editor_was_opened() {
    let world = World::new().await;
    world.ecr.begin(Which::Policy);
    let opened = world.app.policy(registry()).await.unwrap();
    world.ecr.put(policy(&[first(), statement("Theirs", "555566667777")]));
    // The policy is read again in the meantime, as windows do.
    assert_ne!(world.app.policy(registry()).await.unwrap().base, opened.base);

    let edited = policy(&[first(), statement("Mine", "444455556666")]);
    let planned = plan(&world.app, save(&edited, &opened.base)).await;
    assert_eq!(codes(&planned, Severity::Warning), ["changed-since-opened"]);
    assert!(text_of(&planned, "changed-since-opened").contains("`Theirs` was added"));
    let run = begin(&world.app, &planned).await.unwrap();
    assert_eq!(ended(&world.app, &run).await.state, RunState::Done);
    let there = world.ecr.document().to_string();
    assert!(["First", "Theirs", "Mine"].iter().all(|sid| there.contains(sid)), "{there}");
    world.app.close().await;
}

#[tokio::test]
async fn a_save_over_the_same_statement_names_it_and_writes_nothing() {
    let world = World::new().await;
    world.ecr.begin(Which::Policy);
    let opened = world.app.policy(registry()).await.unwrap();
    let theirs = policy(&[statement("First", "555566667777")]);
    world.ecr.put(theirs.clone());

    let edited = policy(&[statement("First", "444455556666")]);
    let error = refused(&world.app, save(&edited, &opened.base)).await;
    assert_eq!((error.code.as_str(), error.field.as_deref()), ("changed-since-opened", Some("text")));
    assert!(error.message.contains("`First`"), "{error:?}");
    let unknown = refused(&world.app, save(&edited, "0000")).await;
    assert_eq!(unknown.code, "changed-since-opened");
    assert_eq!(world.ecr.document(), theirs);
    world.app.close().await;
}

#[tokio::test]
async fn a_merge_is_into_what_is_there_now_and_numbers_keep_their_text() {
    let world = World::new().await;
    world.ecr.begin(Which::Policy);
    let opened = world.app.policy(registry()).await.unwrap();
    world.ecr.put(policy(&[first(), statement("Theirs", "555566667777")]));
    let odd = r#"{"Sid":"Odd","Effect":"Deny","Principal":"*","Action":"ecr:*","Resource":"*","Condition":{"NumericEquals":{"x":[1.0,1.50,1e5,12345678901234567890,123456789012345678901]}}}"#;

    let merged = world
        .app
        .merge_policy(MergePolicy {
            registry: registry(),
            text: format!(r#"{{"Version":"2012-10-17","Statement":[{odd}]}}"#),
            base: opened.base,
            draft: None,
        })
        .await
        .unwrap();

    assert_eq!(merged.changed_since, ["statement `Theirs` was added"]);
    let compact: String = merged.text.split_whitespace().collect();
    assert!(compact.contains("\"x\":[1.0,1.50,1e5,12345678901234567890,123456789012345678901]"), "{compact}");
    assert!(compact.contains("Theirs"));
    let fresh = world.app.policy(registry()).await.unwrap();
    assert_eq!(merged.base, fresh.base, "it can be saved over the current document");
    world.app.close().await;
}

#[tokio::test]
async fn a_merge_into_a_draft_keeps_what_was_typed_and_its_base() {
    let world = World::new().await;
    world.ecr.begin(Which::Policy);
    let opened = world.app.policy(registry()).await.unwrap();
    world.ecr.put(policy(&[first(), statement("Theirs", "555566667777")]));
    let merge = |draft: String| {
        world.app.merge_policy(MergePolicy {
            registry: registry(),
            text: policy(&[statement("Pasted", "666677778888")]).to_string(),
            base: opened.base.clone(),
            draft: Some(draft),
        })
    };

    let draft = policy(&[first(), statement("Typed", "444455556666")]);
    let merged = merge(draft.to_string()).await.unwrap();
    assert_eq!((merged.base.as_str(), merged.changed_since.len()), (opened.base.as_str(), 0));
    assert!(["First", "Typed", "Pasted"].iter().all(|sid| merged.text.contains(sid)), "{}", merged.text);
    // Saving it preserves what another client wrote in the meantime.
    let text = serde_json::from_str(&merged.text).unwrap();
    make(&world.app, save(&text, &merged.base)).await;
    let there = world.ecr.document().to_string();
    assert!(["First", "Typed", "Pasted", "Theirs"].iter().all(|sid| there.contains(sid)), "{there}");

    assert_eq!(merge("{".into()).await.unwrap_err().code, "draft-unreadable");
    world.app.close().await;
}

#[tokio::test]
async fn a_restore_says_whose_later_changes_it_takes_back() {
    let world = World::new().await;
    world.ecr.begin(Which::Policy);
    make(&world.app, World::request(Which::Policy)).await;
    world.ecr.put(with(&world.ecr.document(), statement("Theirs", "555566667777")));
    let remove = world.app.policy(registry()).await.unwrap().statements[0].id.clone();
    make(&world.app, PlanRequest::RemoveStatement { registry: registry(), statement: remove }).await;

    let request = ListVersions { registry: registry(), document: DocumentType::Policy, name: None };
    let versions = world.app.kept_versions(request).await.unwrap();
    let titles: Vec<_> = versions.iter().map(|kept| (kept.replaced_by.as_str(), kept.parts)).collect();
    assert_eq!(
        titles,
        [("Remove a statement from One / us-west-2", 3), ("Add statement OursApp to One / us-west-2", 1)]
    );
    let oldest = versions[1].version.id.clone();
    let planned = plan(&world.app, PlanRequest::Restore { version: oldest }).await;
    let said = text_of(&planned, "later-changes");
    assert!(said.contains("outside Longshore: statement `Theirs` was added"), "{said}");
    assert!(said.contains("the run Remove a statement from One / us-west-2"), "{said}");
    assert!(said.contains("statement `First` was removed"), "{said}");
    // Restoring the newest one reverts nothing of others.
    let newest = versions[0].version.id.clone();
    assert_eq!(
        text_of(&plan(&world.app, PlanRequest::Restore { version: newest }).await, "later-changes"),
        ""
    );
    world.app.close().await;
}

#[tokio::test]
async fn a_restore_of_a_configuration_says_whose_later_changes_it_takes_back() {
    let world = World::new().await;
    world.ecr.begin(Which::Configuration);
    make(&world.app, World::request(Which::Configuration)).await;
    world.ecr.put(with(&world.ecr.document(), rule("theirs-app", "ap-south-1")));

    let request = ListVersions { registry: registry(), document: DocumentType::Replication, name: None };
    let version = world.app.kept_versions(request).await.unwrap().remove(0).version.id;
    let planned = plan(&world.app, PlanRequest::Restore { version }).await;
    let said = text_of(&planned, "later-changes");
    let theirs = "the rule for `theirs-app` to 111122223333/ap-south-1 was added";
    assert!(said.contains(&format!("outside Longshore: {theirs}")), "{said}");
    world.app.close().await;
}

#[tokio::test]
async fn a_statement_whose_write_was_not_confirmed_is_still_shown_as_ours() {
    let world = World::new().await;
    // The app reads twice and writes; the session ends before it reads again.
    let fault = Fault::SessionEnded(3);
    let script = Script { which: Which::Policy, fault, when: When::Never, theirs: Theirs::Adds };
    let (view, outcome) = world.play(script).await;
    assert_eq!((view.state, outcome.applied, outcome.ours), (RunState::Failed, 1, true), "{view:#?}");

    world.ecr.calm();
    let shown = world.app.policy(registry()).await.unwrap();
    let ours = shown.statements.iter().find(|known| known.sid.as_deref() == Some("OursApp")).unwrap();
    assert!(ours.ours);
    world.app.close().await;
}

#[tokio::test]
async fn an_app_that_ended_while_a_write_was_on_its_way_looks_again_at_its_start() {
    for done in [true, false] {
        let mut world = World::new().await;
        world.ecr.begin(Which::Policy);
        let planned = plan(&world.app, World::request(Which::Policy)).await;
        let fault = Fault::Cancelled { done };
        world.ecr.play(Script { which: Which::Policy, fault, when: When::Never, theirs: Theirs::Adds });
        let run = begin(&world.app, &planned).await.unwrap();
        world.ecr.held.notified().await;

        world = world.again().await;

        let key = RunKey { run: run.clone() };
        let word = if done { "it was written" } else { "it was not written" };
        let mut events = world.app.subscribe();
        let view = until(&mut events, "the check of the open write", || async {
            let view = world.app.run(key.clone()).await.unwrap();
            let said = view.steps[0].result.clone().unwrap_or_default();
            said.contains(word).then_some(view)
        })
        .await;
        assert_eq!(view.state, RunState::Interrupted);
        assert_eq!(view.versions.len(), 1, "the version is stored");
        world.ecr.calm();
        let again = world.app.retry_run(key).await.unwrap().run;
        assert_eq!(ended(&world.app, &again).await.state, RunState::Done);
        assert_eq!(world.ecr.outcome().applied, 1, "written once in total");
        let shown = world.app.policy(registry()).await.unwrap();
        let ours = shown.statements.iter().find(|known| known.sid.as_deref() == Some("OursApp")).unwrap();
        assert!(ours.ours, "what we created is recorded either way");
        world.app.close().await;
    }
}

#[tokio::test]
async fn a_document_that_was_changed_elsewhere_is_not_written_and_what_differs_is_named() {
    let world = World::new().await;
    for (which, theirs, named) in [
        (Which::Policy, statement("Theirs", "555566667777"), "statement `Theirs` was added"),
        (
            Which::Configuration,
            rule("theirs-app", "ap-south-1"),
            "the rule for `theirs-app` to 111122223333/ap-south-1 was added",
        ),
    ] {
        world.ecr.begin(which);
        let planned = plan(&world.app, World::request(which)).await;
        let changed = with(&world.ecr.document(), theirs);
        world.ecr.put(changed.clone());
        let run = begin(&world.app, &planned).await.unwrap();
        let view = ended(&world.app, &run).await;
        let error = view.error.unwrap();
        assert_eq!((view.state, error.code.as_str()), (RunState::Failed, "changed-elsewhere"));
        assert!(error.message.contains(named), "{}", error.message);
        assert!(view.versions.is_empty(), "nothing was replaced");
        assert_eq!(world.ecr.document(), changed);
    }
    world.app.close().await;
}
