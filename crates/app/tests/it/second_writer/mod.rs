//! Another client writes the same document at every request of our write, while responses are lost,
//! writes are throttled or late, reads are stale, the session ends or the person stops the run.

mod deletions;
mod editors;
mod history;
mod stand_in;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

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
/// How many reads of ours after a write may show the old document.
const LOOKS: u32 = 3;
/// Worlds that run concurrently.
const WORLDS: usize = 6;

fn registry() -> RegistryKey {
    RegistryKey { space: Space::Aws, account: ACCOUNT.parse().unwrap(), region: REGION.parse().unwrap() }
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
            session_only: false,
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
            writes: WriteTiming {
                looks: LOOKS,
                look: Duration::from_millis(4),
                wait: Duration::from_millis(4),
            },
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
                    also: Vec::new(),
                    destinations: vec![DestinationInput {
                        account: ACCOUNT.into(),
                        region: "eu-central-1".into(),
                    }],
                    filters: vec![OURS.into()],
                    delete_replication: false,
                    replaces: None,
                    name: None,
                    note: None,
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
        self.ecr.begin_with_unknown(script.which);
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

/// Scripts in which the other client never writes. The test lets it write at each request of each.
fn scripts() -> Vec<Script> {
    let mut faults = vec![
        Fault::None,
        Fault::LostAnswer,
        Fault::FailedAfter,
        Fault::FailedBefore,
        Fault::Throttled,
        Fault::Cancelled { done: false },
        Fault::Cancelled { done: true },
    ];
    faults.extend([1, 3].map(Fault::LostRequests));
    faults.extend([1, 2, 3, 6, 7].map(Fault::Late));
    // The longest one is stale for longer than the app reads again.
    faults.extend([1, 3, 4].map(Fault::Stale));
    faults.extend([1, 3, 5].map(Fault::LostAnswerAndStale));
    faults.push(Fault::FailedAfterAndStale(2));
    faults.extend([0, 1, 2, 3, 5].map(Fault::SessionEnded));
    let mut all = Vec::new();
    for which in [Which::Configuration, Which::Policy] {
        for fault in &faults {
            for theirs in [Theirs::Adds, Theirs::Replaces, Theirs::Deletes, Theirs::Twice(2)] {
                all.push(Script { which, fault: *fault, when: When::Never, theirs });
            }
        }
    }
    all
}

/// Whether the app can end such a run well if no other client writes.
fn recoverable(fault: Fault) -> bool {
    match fault {
        Fault::SessionEnded(_) | Fault::Cancelled { .. } => false,
        Fault::Stale(reads) => reads <= LOOKS as usize,
        _ => true,
    }
}

/// What is wrong with the end of an interleaving.
fn wrong(view: &RunView, outcome: &Outcome) -> Option<&'static str> {
    let code = view.error.as_ref().map(|error| error.code.as_str());
    let success = view.state == RunState::Done;
    let his_lost = outcome.theirs_written && !outcome.theirs;
    if success && his_lost && !outcome.in_the_gap {
        return Some("theirs was lost after it was seen, and the run is a success");
    }
    if success && !outcome.unknown_kept {
        return Some("an unknown field was lost, and the run is a success");
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

/// What the interleavings of one world came to.
#[derive(Default)]
struct Tally {
    /// What happened at the server in each; the same twice counts once.
    histories: BTreeSet<String>,
    failures: Vec<String>,
    done: usize,
    gap: usize,
    versions: usize,
}

impl Tally {
    /// Plays a script; false if the other client was to write and the run had ended before.
    async fn play(&mut self, world: &World, script: Script) -> bool {
        let (view, outcome) = world.play(script).await;
        self.versions += view.versions.len();
        if script.when != When::Never && !outcome.theirs_written {
            return false;
        }
        let mut problem = wrong(&view, &outcome).map(str::to_owned);
        if script.when == When::Never && view.state != RunState::Done {
            problem = problem.or(again(world, script, &view, &outcome).await);
        }
        if let Some(problem) = problem {
            let end = format!("{outcome:?}\n  {:?} {:?}", view.state, view.error);
            self.failures.push(format!("{script:?}: {problem}\n  {end}"));
        }
        if self.histories.insert(format!("{:?} {:?} {}", script.which, script.theirs, outcome.history)) {
            self.done += usize::from(view.state == RunState::Done);
            self.gap += usize::from(outcome.in_the_gap);
        }
        true
    }
}

/// What is wrong with the retry of a run that failed although no other client wrote: once nothing
/// fails any more, it succeeds, and what was written is not written again.
async fn again(world: &World, script: Script, view: &RunView, outcome: &Outcome) -> Option<String> {
    if recoverable(script.fault) {
        return Some("a false alarm: every failure could have been recovered".into());
    }
    world.ecr.calm();
    let again = world.app.retry_run(RunKey { run: view.id.clone() }).await.unwrap().run;
    let view = ended(&world.app, &again).await;
    let after = world.ecr.outcome();
    let more = after.puts - outcome.puts;
    match view.state {
        RunState::Done if !after.unknown_kept => Some("the retry lost an unknown field".into()),
        RunState::Done if more == usize::from(!outcome.ours) => None,
        RunState::Done => Some(format!("the retry wrote {more} times")),
        _ => Some(format!("the retry did not succeed: {:?}", view.error)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_writer_at_every_request_is_never_lost_and_called_a_success() {
    let all = scripts();
    let mut worlds = Vec::new();
    for part in 0..WORLDS {
        let mine: Vec<_> = all.iter().skip(part).step_by(WORLDS).copied().collect();
        worlds.push(tokio::spawn(async move {
            let world = World::new().await;
            let mut tally = Tally::default();
            for script in mine {
                if script.theirs == Theirs::Adds {
                    tally.play(&world, script).await;
                }
                if !matches!(script.theirs, Theirs::Twice(_)) {
                    tally.play(&world, Script { when: When::Before(0), ..script }).await;
                }
                let mut number = 0;
                while tally.play(&world, Script { when: When::After(number), ..script }).await {
                    number += 1;
                }
            }
            let mut listed = 0;
            for document in [DocumentType::Replication, DocumentType::Policy] {
                let request = ListVersions { registry: registry(), document, name: None };
                listed += world.app.kept_versions(request).await.unwrap().len();
            }
            world.app.close().await;
            assert!(listed >= tally.versions, "{listed} listed, the runs have {}", tally.versions);
            tally
        }));
    }
    let mut total = Tally::default();
    for world in worlds {
        let mut tally = world.await.unwrap();
        total.histories.append(&mut tally.histories);
        total.failures.append(&mut tally.failures);
        total.done += tally.done;
        total.gap += tally.gap;
    }
    let (count, failures) = (total.histories.len(), total.failures);
    #[allow(clippy::print_stdout)] // the count is the useful output of the test
    {
        println!(
            "{count} interleavings: {} done, {} ended otherwise, {} in the gap between the last look and \
             the arrival, {} wrong",
            total.done,
            count - total.done,
            total.gap,
            failures.len()
        );
    }
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
    assert!(count >= 1_000, "{count}");
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
