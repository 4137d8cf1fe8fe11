//! Later reports about our writes: after a restart, and when the history of runs has been removed.

use longshore_app::api::{DocumentType, ListVersions, PlanRequest, RunKey, RunState};

use super::{
    World,
    editors::text_of,
    registry,
    stand_in::{Fault, Script, Theirs, When, Which, statement, with},
};
use crate::steps::{begin, ended, make, plan};

impl World {
    /// A run that the person stops while its write is in progress.
    async fn stopped(&self, request: PlanRequest, done: bool) -> String {
        let planned = plan(&self.app, request).await;
        let fault = Fault::Cancelled { done };
        self.ecr.play(Script { which: Which::Policy, fault, when: When::Never, theirs: Theirs::Adds });
        let run = begin(&self.app, &planned).await.unwrap();
        self.ecr.held.notified().await;
        self.app.cancel_run(RunKey { run: run.clone() }).await.unwrap();
        assert_eq!(ended(&self.app, &run).await.state, RunState::Cancelled);
        self.ecr.calm();
        run
    }

    async fn remove(&self, sid: &str) -> PlanRequest {
        let shown = self.app.policy(registry()).await.unwrap();
        let statement = shown.statements.iter().find(|known| known.sid.as_deref() == Some(sid)).unwrap();
        PlanRequest::RemoveStatement { registry: registry(), statement: statement.id.clone() }
    }

    /// The changes that restoring the oldest version would revert.
    async fn later_changes(&self) -> String {
        let request = ListVersions { registry: registry(), document: DocumentType::Policy, name: None };
        let version = self.app.kept_versions(request).await.unwrap().pop().unwrap().version.id;
        text_of(&plan(&self.app, PlanRequest::Restore { version }).await, "later-changes")
    }
}

#[tokio::test]
async fn a_run_that_ended_well_at_its_second_try_is_not_said_to_be_unknown_after_a_restart() {
    for done in [false, true] {
        let mut world = World::new().await;
        let run = world.stopped(World::request(Which::Policy), done).await;
        let key = RunKey { run: run.clone() };
        let again = world.app.retry_run(key.clone()).await.unwrap().run;
        let view = ended(&world.app, &again).await;
        assert_eq!(view.state, RunState::Done);
        let said = view.steps[0].result.clone();
        // Another client writes in the meantime, so that a read would find another document.
        world.ecr.put(with(&world.ecr.document(), statement("Theirs", "555566667777")));

        world = world.again().await;

        assert_eq!(world.app.run(key.clone()).await.unwrap().steps[0].result, said);
        world.app.policy(registry()).await.unwrap();
        assert_eq!(world.app.run(key).await.unwrap().steps[0].result, said);
        world.app.close().await;
    }
}

#[tokio::test]
async fn a_restore_does_not_call_our_own_changes_of_a_forgotten_run_those_of_others() {
    let mut world = World::new().await;
    make(&world.app, World::request(Which::Policy)).await;
    world.ecr.put(with(&world.ecr.document(), statement("Theirs", "555566667777")));
    let request = world.remove("First").await;
    make(&world.app, request).await;
    let before = world.later_changes().await;

    // As after 90 days.
    world.app.close().await;
    let database = rusqlite::Connection::open(world.directory.path().join("longshore.db")).unwrap();
    assert!(database.execute("DELETE FROM runs", []).unwrap() >= 2);
    drop(database);
    world = world.again().await;

    let said = world.later_changes().await;
    assert_eq!(said, before);
    assert!(
        said.contains("the run Remove a statement from One / us-west-2")
            && said.contains("statement `First` was removed"),
        "{said}"
    );
    assert!(said.contains("outside Longshore: statement `Theirs` was added"), "{said}");
    world.app.close().await;
}

#[tokio::test]
async fn a_restore_leaves_open_whose_a_change_is_until_that_is_known() {
    // Sent, and not known to have been carried out.
    let world = World::new().await;
    make(&world.app, World::request(Which::Policy)).await;
    let request = world.remove("First").await;
    world.stopped(request, true).await;
    let said = world.later_changes().await;
    let open = "or outside Longshore: statement `First` was removed";
    assert!(
        said.contains("by the run Remove a statement from One / us-west-2 of ") && said.contains(open),
        "{said}"
    );
    world.app.close().await;

    // Not carried out, and retried: it changed once.
    let world = World::new().await;
    make(&world.app, World::request(Which::Policy)).await;
    let request = world.remove("First").await;
    let run = world.stopped(request, false).await;
    let again = world.app.retry_run(RunKey { run }).await.unwrap().run;
    assert_eq!(ended(&world.app, &again).await.state, RunState::Done);
    let said = world.later_changes().await;
    assert!(!said.contains("outside Longshore"), "{said}");
    assert_eq!(said.matches("`First` was removed").count(), 1, "{said}");
    world.app.close().await;
}
