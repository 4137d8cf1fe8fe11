//! A person without a window: plans, runs and waits through the app's API.

use std::{path::Path, sync::Arc, time::Duration};

use longshore_app::{
    App, AppOptions, MemoryStore, PortChoice, SandboxChoice, Timing,
    api::{
        DestinationInput, Direction, EngineRuleInput, ImageRow, ImageSort, ListImages, PlanRequest,
        RegistryKey, ReplicationState, RepositoryKey, RuleInput, RunKey, RunPlan, RunState, RunView, Space,
        Visible,
    },
};

use crate::tls;

pub const DEV: &str = "111122223333";
pub const PROD: &str = "444455556666";
pub const REGION: &str = "us-west-2";

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// A registry of the sandbox.
pub fn registry(account: &str, region: &str) -> RegistryKey {
    RegistryKey { space: Space::Sandbox, account: account.parse().unwrap(), region: region.parse().unwrap() }
}

/// Names a repository.
pub fn repository(registry: &RegistryKey, name: &str) -> RepositoryKey {
    RepositoryKey { registry: registry.clone(), repository: name.into() }
}

/// A rule without delete replication.
pub fn rule(source: &RegistryKey, destinations: &[&RegistryKey], filters: &[&str]) -> RuleInput {
    RuleInput {
        registry: source.clone(),
        also: Vec::new(),
        destinations: destinations
            .iter()
            .map(|to| DestinationInput { account: to.account.to_string(), region: to.region.to_string() })
            .collect(),
        filters: filters.iter().map(|&filter| filter.to_owned()).collect(),
        delete_replication: false,
        replaces: None,
        name: None,
        note: None,
    }
}

/// Opens the app on a data directory with its sandbox, on free ports.
pub async fn open(data_directory: &Path) -> Arc<App> {
    let app = App::open(options(data_directory)).await.unwrap();
    app.start_sandbox().await.unwrap();
    app
}

/// Opens the app so that it requests only what is shown, and only once.
pub async fn open_without_polling(data_directory: &Path) -> Arc<App> {
    const NEVER: Duration = Duration::from_secs(24 * 3_600);
    let mut options = options(data_directory);
    options.timing = Timing { visible: NEVER, background: NEVER, background_call: NEVER, ..options.timing };
    App::open(options).await.unwrap()
}

fn options(data_directory: &Path) -> AppOptions {
    tls();
    let mut options = AppOptions::new(data_directory, Arc::new(MemoryStore::default()));
    let replication_delay = Some(Duration::from_millis(100));
    options.sandbox = SandboxChoice { port: PortChoice::Any, replication_delay };
    options
}

/// Plans a change, confirms it and waits for its end, with any result.
pub async fn try_to(app: &App, request: PlanRequest) -> RunView {
    let plan = app.plan(request).await.unwrap();
    let request = RunPlan {
        plan: plan.id,
        hash: plan.hash,
        confirm: plan.confirm,
        acknowledge: false,
        managed: Vec::new(),
        keep_going: false,
    };
    let mut events = app.subscribe();
    let run = app.run_plan(request).await.unwrap().run;
    let ended = async {
        loop {
            let view = app.run(RunKey { run: run.clone() }).await.unwrap();
            if view.ended.is_some() {
                return view;
            }
            events.next().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.unwrap()
}

/// Plans and runs a change that must succeed.
pub async fn make(app: &App, request: PlanRequest) -> RunView {
    let view = try_to(app, request).await;
    assert_eq!(view.state, RunState::Done, "{view:#?}");
    view
}

/// Saves an engine rule from YAML in the sandbox's space.
pub async fn save_engine_rule(app: &App, text: String) {
    let rule = EngineRuleInput::Yaml { text };
    make(app, PlanRequest::SaveEngineRule { space: Space::Sandbox, id: None, rule }).await;
}

/// Reads a repository until the replication of a tag's image has the state `state`, or with `None`
/// until the image exists.
pub async fn watch(app: &App, key: &RepositoryKey, tag: &str, state: Option<ReplicationState>) -> ImageRow {
    let mut events = app.subscribe();
    let seen = async {
        loop {
            let found = find(app, key, tag).await;
            let images = found.iter().map(|row| row.digest.clone()).collect();
            let visible =
                Visible { registries: vec![key.registry.clone()], repository: Some(key.clone()), images };
            app.set_visible(visible).await.unwrap();
            match found {
                Some(row) if state.is_none_or(|state| row.replication.iter().any(|r| r.state == state)) => {
                    return row;
                }
                _ => events.next().await.unwrap(),
            };
        }
    };
    tokio::time::timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("{tag} is not {state:?}"))
}

async fn find(app: &App, key: &RepositoryKey, tag: &str) -> Option<ImageRow> {
    let request = ListImages {
        repository: key.clone(),
        text: tag.into(),
        sort: ImageSort::Pushed,
        direction: Direction::Descending,
        offset: 0,
        limit: 500,
    };
    let window = app.images(request).await.unwrap();
    window.rows.into_iter().find(|row| row.tags.iter().any(|known| known == tag))
}
