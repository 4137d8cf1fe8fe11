//! Another client writes the same document at every request of our write, while responses are lost,
//! writes are throttled or late, reads are stale, the session ends or the person stops the run.

mod deletions;
mod editors;
mod history;
mod stand_in;

use std::{sync::Arc, time::Duration};

use longshore_app::{
    App, AppOptions, MemoryStore, Timing,
    api::{
        AddAccount, DestinationInput, DocumentType, Environment, ListVersions, PlanRequest, RegistryKey,
        RuleInput, RunKey, RunState, RunView, Space, StatementInput, StatementType,
    },
};
use longshore_ecr::WriteTiming;
use tempfile::TempDir;

use crate::steps::{begin, ended, plan};
use stand_in::{ACCOUNT, Fault, OURS, Outcome, Script, StandIn, Theirs, When, Which};

const REGION: &str = "us-west-2";
/// Requests of our write at which the other client writes.
const REQUESTS: usize = 12;
/// Worlds that run concurrently.
const WORLDS: usize = 6;

fn registry() -> RegistryKey {
    RegistryKey { space: Space::Aws, account: ACCOUNT.into(), region: REGION.into() }
}

struct World {
    app: Arc<App>,
    ecr: StandIn,
    secrets: Arc<MemoryStore>,
    directory: TempDir,
}

impl World {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let ecr = StandIn::start().await;
        ecr.begin(Which::Policy);
        let secrets = Arc::new(MemoryStore::default());
        let app = Self::open(&directory, &ecr, &secrets).await;
        let account = AddAccount {
            id: ACCOUNT.into(),
            name: "One".into(),
            environment: Environment::Dev,
            colour: None,
            regions: vec![REGION.into()],
            access_key_id: "AKIAEXAMPLE000000001".into(),
            secret_access_key: "secret".into(),
            session_token: None,
        };
        app.add_account(account).await.unwrap();
        Self { app, ecr, secrets, directory }
    }

    async fn open(directory: &TempDir, ecr: &StandIn, secrets: &Arc<MemoryStore>) -> Arc<App> {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut options = AppOptions::new(directory.path(), secrets.clone());
        options.aws_endpoint = Some(ecr.url.parse().unwrap());
        let never = Duration::from_secs(3600);
        options.timing = Timing {
            visible: never,
            background: never,
            background_call: never,
            writes: WriteTiming { looks: 3, look: Duration::from_millis(4), wait: Duration::from_millis(4) },
            ..Timing::default()
        };
        App::open(options).await.unwrap()
    }

    /// Stops the app and starts it again.
    async fn again(self) -> Self {
        self.app.close().await;
        let Self { app, ecr, secrets, directory } = self;
        drop(app);
        let app = Self::open(&directory, &ecr, &secrets).await;
        Self { app, ecr, secrets, directory }
    }

    fn request(which: Which) -> PlanRequest {
        match which {
            Which::Configuration => PlanRequest::PutRule {
                rule: RuleInput {
                    registry: registry(),
                    destinations: vec![DestinationInput {
                        account: ACCOUNT.into(),
                        region: "eu-central-1".into(),
                    }],
                    filters: vec![OURS.into()],
                    delete_replication: false,
                    replaces: None,
                },
                add_statements: Vec::new(),
                all_repositories: false,
                create_repository: false,
            },
            Which::Policy => PlanRequest::AddStatement {
                statement: StatementInput {
                    registry: registry(),
                    statement_type: StatementType::ReplicationCrossAccount,
                    sid: "OursApp".into(),
                    accounts: vec!["444455556666".into()],
                    prefixes: vec![OURS.into()],
                    all_repositories: false,
                    create_repository: false,
                },
            },
        }
    }

    async fn play(&self, script: Script) -> (RunView, Outcome) {
        self.ecr.begin(script.which);
        let planned = plan(&self.app, Self::request(script.which)).await;
        self.ecr.play(script);
        let run = begin(&self.app, &planned).await.unwrap();
        if matches!(script.fault, Fault::Cancelled { .. }) {
            let key = RunKey { run: run.clone() };
            tokio::select! {
                () = self.ecr.held.notified() => self.app.cancel_run(key).await.unwrap(),
                // The other client was faster, so nothing is sent.
                _ = ended(&self.app, &run) => {}
            }
        }
        let view = ended(&self.app, &run).await;
        (view, self.ecr.outcome())
    }
}

fn interleavings() -> Vec<Script> {
    let mut all = Vec::new();
    for which in [Which::Configuration, Which::Policy] {
        let mut add = |fault, when, theirs| all.push(Script { which, fault, when, theirs });
        let faults = [
            Fault::None,
            Fault::LostAnswer,
            Fault::LostRequest,
            Fault::FailedAfter,
            Fault::FailedBefore,
            Fault::Throttled,
            Fault::Late(1),
            Fault::Late(3),
            Fault::Late(6),
            Fault::Stale(1),
            Fault::Stale(3),
        ];
        for fault in faults {
            add(fault, When::Never, Theirs::Adds);
            add(fault, When::Before(0), Theirs::Adds);
            for number in 0..REQUESTS {
                add(fault, When::After(number), Theirs::Adds);
                add(fault, When::After(number), Theirs::Replaces);
            }
        }
        for from in 0..6 {
            add(Fault::SessionEnded(from), When::Never, Theirs::Adds);
            add(Fault::SessionEnded(from), When::After(1), Theirs::Adds);
            add(Fault::SessionEnded(from), When::After(2), Theirs::Replaces);
        }
        for done in [false, true] {
            add(Fault::Cancelled { done }, When::Never, Theirs::Adds);
            add(Fault::Cancelled { done }, When::After(0), Theirs::Adds);
            add(Fault::Cancelled { done }, When::After(2), Theirs::Adds);
            add(Fault::Cancelled { done }, When::After(2), Theirs::Replaces);
        }
    }
    all
}

/// What is wrong with the end of an interleaving.
fn wrong(view: &RunView, outcome: &Outcome) -> Option<&'static str> {
    let code = view.error.as_ref().map(|error| error.code.as_str());
    let success = view.state == RunState::Done;
    let his_lost = outcome.theirs_written && !outcome.theirs;
    if success && his_lost && !outcome.in_the_gap {
        return Some("theirs was lost after it was seen, and the run is a success");
    }
    if success && outcome.applied == 0 {
        return Some("nothing was written, and the run is a success");
    }
    if code == Some("lost-update") && outcome.ours && !his_lost {
        return Some("a false alarm: ours exists");
    }
    if code == Some("changed-elsewhere") && !outcome.theirs_written {
        return Some("a false alarm: no other client wrote");
    }
    if outcome.applied > 0 && view.versions.is_empty() {
        return Some("no version was stored");
    }
    let said = view.error.is_some()
        || view.steps[0].result.as_deref().is_some_and(|text| text.contains("It is unknown whether"));
    (!success && outcome.applied > 0 && !said).then_some("what may have been written is not reported")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_writer_at_every_request_is_never_lost_and_called_a_success() {
    let all = interleavings();
    let count = all.len();
    assert!(count >= 200, "{count}");
    let mut worlds = Vec::new();
    for part in 0..WORLDS {
        let mine: Vec<_> = all.iter().skip(part).step_by(WORLDS).copied().collect();
        worlds.push(tokio::spawn(async move {
            let world = World::new().await;
            let mut failures = Vec::new();
            let (mut gap, mut done, mut kept) = (0, 0, 0);
            for script in mine {
                let (view, outcome) = world.play(script).await;
                gap += usize::from(outcome.in_the_gap);
                done += usize::from(view.state == RunState::Done);
                kept += view.versions.len();
                let mut problem = wrong(&view, &outcome).map(str::to_owned);
                let benign = script.when == When::Never;
                if benign && view.state != RunState::Done {
                    // No other client wrote: once nothing fails any more, a retry succeeds, and
                    // what was written is not written again.
                    world.ecr.calm();
                    let puts = outcome.puts;
                    let again = world.app.retry_run(RunKey { run: view.id.clone() }).await.unwrap().run;
                    let view = ended(&world.app, &again).await;
                    let more = world.ecr.outcome().puts - puts;
                    if view.state != RunState::Done {
                        problem = Some(format!("the retry did not succeed: {:?}", view.error));
                    } else if more != usize::from(!outcome.ours) {
                        problem = Some(format!("the retry wrote {more} times"));
                    }
                    if !matches!(script.fault, Fault::SessionEnded(_) | Fault::Cancelled { .. }) {
                        problem = Some("a false alarm: every failure could have been recovered".into());
                    }
                }
                if let Some(problem) = problem {
                    failures.push(format!(
                        "{script:?}: {problem}\n  {outcome:?}\n  {:?} {:?}",
                        view.state, view.error
                    ));
                }
            }
            let mut listed = 0;
            for document in [DocumentType::Replication, DocumentType::Policy] {
                let request = ListVersions { registry: registry(), document };
                listed += world.app.kept_versions(request).await.unwrap().len();
            }
            world.app.close().await;
            (failures, gap, done, kept, listed)
        }));
    }
    let (mut failures, mut gap, mut done) = (Vec::new(), 0, 0);
    for world in worlds {
        let (failed, in_gap, well, kept, listed) = world.await.unwrap();
        failures.extend(failed);
        gap += in_gap;
        done += well;
        assert!(listed >= kept, "{listed} versions are listed, the runs have {kept}");
    }
    #[allow(clippy::print_stdout)] // the count is the useful output of the test
    {
        println!(
            "{count} interleavings: {done} done, {} ended otherwise, {gap} in the gap between the last look and \
         the arrival, {} wrong",
            count - done,
            failures.len()
        );
    }
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
}

/// What no look can rule out stands in the guide.
#[test]
fn the_gap_between_the_last_look_and_the_write_is_stated_in_the_guide() {
    let guide = include_str!("../../../../../docs/guide/errors.md");
    let words = guide.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "**Remaining risk.** Between the last read and the moment when ECR carries out the write",
        "A write without a response makes this window longer",
    ] {
        assert!(words.contains(said), "{said}");
    }
}
