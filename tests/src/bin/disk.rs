//! An app on a data directory whose disk a test has prepared: `disk open DIR`, or `disk push DIR`,
//! which also blocks what a run must write.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a tool of the tests

use std::{fs, io::Write, path::Path, sync::Arc};

use longshore_app::{App, AppOptions, MemoryStore, PortChoice, SandboxChoice, api::*};
use longshore_names::RegistryId;

const DEV: &str = "111122223333";
const REGION: &str = "us-west-2";

#[tokio::main]
async fn main() {
    longshore_tests::tls();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let directory = Path::new(&arguments[1]);
    match arguments[0].as_str() {
        "open" => open(directory).await,
        "push" => push(directory).await,
        other => panic!("`{other}` is neither `open` nor `push`"),
    }
}

async fn app(directory: &Path) -> Result<Arc<App>, ApiError> {
    let mut options = AppOptions::new(directory, Arc::new(MemoryStore::default()));
    options.sandbox = SandboxChoice { port: PortChoice::Any, ..SandboxChoice::default() };
    App::open(options).await
}

/// Prints whether the app opens, and the state of its sandbox.
async fn open(directory: &Path) {
    match app(directory).await {
        Ok(app) => {
            println!("opened");
            app.close().await;
        }
        Err(error) => println!("error {}: {}", error.code, error.message),
    }
}

/// Pushes a sample image three times: where the journal cannot be created, where the disk is full,
/// and with free space. Prints how each ended and what reached the registry.
async fn push(directory: &Path) {
    let app = app(directory).await.unwrap();
    app.start_sandbox().await.unwrap();
    let registry =
        RegistryKey { space: Space::Sandbox, account: DEV.parse().unwrap(), region: REGION.parse().unwrap() };
    let create = PlanRequest::CreateRepository {
        registry: registry.clone(),
        name: "app".into(),
        mutability: Mutability { immutable: false, exclusions: Vec::new() },
        scan_on_push: false,
        encryption: Encryption::Aes256,
    };
    let plan = app.plan(create).await.unwrap();
    report(&app, "create", run(&app, plan).await).await;

    let repository = RepositoryKey { registry, repository: "app".into() };
    let sample = PlanRequest::PushSample { repository, tag: "42".into() };
    let (journal, ballast) = (directory.join("journal.db"), directory.join("ballast"));
    let plan = app.plan(sample.clone()).await.unwrap();
    fs::create_dir(&journal).unwrap();
    report(&app, "no journal", run(&app, plan).await).await;
    fs::remove_dir(&journal).unwrap();

    let plan = app.plan(sample.clone()).await.unwrap();
    fill(&ballast);
    report(&app, "full disk", run(&app, plan).await).await;
    fs::remove_file(&ballast).unwrap();

    let plan = app.plan(sample).await.unwrap();
    report(&app, "with room", run(&app, plan).await).await;
    app.close().await;
}

/// Writes until the disk is full.
fn fill(ballast: &Path) {
    let mut file = fs::File::create(ballast).unwrap();
    for size in [64 * 1024, 1024, 1] {
        while file.write(&vec![0; size]).is_ok() {}
    }
}

async fn run(app: &Arc<App>, plan: PlanView) -> Result<RunState, ApiError> {
    let mut events = app.subscribe();
    let request = RunPlan {
        plan: plan.id,
        hash: plan.hash,
        confirm: plan.confirm,
        acknowledge: false,
        managed: Vec::new(),
        keep_going: false,
    };
    let RunStarted { run } = app.run_plan(request).await?;
    loop {
        let view = app.run(RunKey { run: run.clone() }).await?;
        match (view.state, view.steps.into_iter().find_map(|step| step.error)) {
            (RunState::Waiting | RunState::Running, _) => events.next().await.map(drop).unwrap(),
            (_, Some(error)) => return Err(error),
            (state, None) => return Ok(state),
        }
    }
}

async fn report(app: &App, what: &str, ended: Result<RunState, ApiError>) {
    let ended = ended.map_or_else(|error| error.code, |state| format!("{state:?}"));
    let registry = RegistryId::new(DEV.parse().unwrap(), REGION.parse().unwrap());
    let counters = app.sandbox_counters(&registry).await.unwrap();
    println!("{what}: {ended}, {} uploads, {} manifests", counters.blob_uploads, counters.manifest_puts);
}
