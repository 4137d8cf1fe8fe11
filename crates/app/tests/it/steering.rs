//! Every kind of run that copies images is paused, limited, resumed and retried alike.

use std::sync::Arc;

use longshore_app::{
    App,
    api::{EngineSettings, PlanRequest, RegistryKey, RunKey, RunLimits, RunPause, RunState, RunView},
};
use tempfile::TempDir;

use crate::{
    engine_rules::{save, text, to_prod},
    steps::{begin, create, digest_of, ended, image_key, plan, push},
    support::{DEV, PROD, client, options, registry, repository, until, with_sandbox},
};

const NAME: &str = "team/api";
/// Bytes a second of all runs; the layers here take a minute at this rate.
const SLOW: u64 = 12_000;

#[derive(Debug, Clone, Copy)]
enum Kind {
    Promotion,
    Sample,
    ReplicateAgain,
    Rule,
}

const KINDS: [Kind; 4] = [Kind::Promotion, Kind::Sample, Kind::ReplicateAgain, Kind::Rule];

fn dev() -> RegistryKey {
    registry(DEV, "us-west-2")
}

fn prod() -> RegistryKey {
    registry(PROD, "us-west-2")
}

impl Kind {
    /// Where the image is copied to.
    fn destination(self) -> (RegistryKey, &'static str, &'static str) {
        match self {
            Self::Promotion => (prod(), "promoted", "21"),
            Self::Sample => (prod(), "samples", "s1"),
            Self::ReplicateAgain | Self::Rule => (prod(), NAME, "1"),
        }
    }

    async fn request(self, app: &App) -> PlanRequest {
        let (registry, name, tag) = self.destination();
        let digest = digest_of(app, &dev(), NAME, "1").await.unwrap();
        match self {
            Self::Promotion => PlanRequest::Promote {
                source: image_key(&dev(), NAME, &digest),
                destination: registry,
                repository: name.into(),
                tag: tag.into(),
                enable_blob_mounting: false,
                create_repository: false,
            },
            Self::Sample => {
                PlanRequest::PushSample { repository: repository(&registry, name), tag: tag.into() }
            }
            Self::ReplicateAgain => {
                PlanRequest::ReplicateAgain { image: image_key(&dev(), NAME, &digest), destination: registry }
            }
            Self::Rule => PlanRequest::RunEngineRule { rule: save(app, text(&to_prod(""))).await.id },
        }
    }

    async fn arrived(self, app: &App) -> bool {
        let (registry, name, tag) = self.destination();
        digest_of(app, &registry, name, tag).await.is_some()
    }
}

/// An image at the source, and an empty repository at the destination.
async fn set_up(kind: Kind, directory: &TempDir) -> Arc<App> {
    let app = with_sandbox(directory).await;
    create(&app, &dev(), NAME).await;
    push(&app, &dev(), NAME, "1").await;
    let (registry, name, _) = kind.destination();
    create(&app, &registry, name).await;
    app
}

fn rate(bandwidth: Option<u64>) -> EngineSettings {
    EngineSettings { bandwidth, windows: Vec::new(), go_on: true }
}

async fn seen<T>(app: &App, run: &str, what: &str, find: impl Fn(RunView) -> Option<T>) -> T {
    let mut events = app.subscribe();
    until(&mut events, what, || async { find(app.run(RunKey { run: run.into() }).await.unwrap()) }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_copy_is_paused_limited_and_resumed_after_the_app_ended() {
    for kind in KINDS {
        let directory = tempfile::tempdir().unwrap();
        let app = set_up(kind, &directory).await;
        // The limit of all runs holds for every kind.
        app.set_engine_settings(rate(Some(SLOW))).await.unwrap();
        let planned = plan(&app, kind.request(&app).await).await;
        let run = begin(&app, &planned).await.unwrap();
        let key = || RunKey { run: run.clone() };
        seen(&app, &run, "bytes", |view| (view.bytes_moved > 0).then_some(())).await;
        app.pause_run(key()).await.unwrap();
        let paused = |view: RunView| view.transfer?.paused.filter(|why| *why == RunPause::Person);
        seen(&app, &run, "the pause", paused).await;
        let limits = RunLimits { run: run.clone(), bandwidth: Some(SLOW), concurrency: Some(2) };
        app.set_run_limits(limits).await.unwrap();
        let transfer = app.run(key()).await.unwrap().transfer.unwrap();
        assert_eq!((transfer.bandwidth, transfer.concurrency), (Some(SLOW), Some(2)), "{kind:?}");
        app.continue_run(key()).await.unwrap();
        let on = |view: RunView| view.transfer.filter(|transfer| transfer.paused.is_none()).map(drop);
        seen(&app, &run, "that it continues", on).await;
        app.pause_run(key()).await.unwrap();
        crate::support::close(&app).await;
        drop(app);

        let app = App::open(options(&directory)).await.unwrap();
        let left = app.run(key()).await.unwrap();
        assert_eq!((left.state, left.can_retry), (RunState::Interrupted, true), "{kind:?}");
        assert_eq!(app.pause_run(key()).await.unwrap_err().code, "run-not-steerable");
        assert!(!kind.arrived(&app).await, "{kind:?}");
        app.set_engine_settings(rate(None)).await.unwrap();
        app.retry_run(key()).await.unwrap();
        let view = ended(&app, &run).await;
        assert_eq!(view.state, RunState::Done, "{kind:?}: {:?}", view.error);
        assert_eq!(view.transfer.unwrap().counts.done, 1, "{kind:?}");
        assert!(kind.arrived(&app).await, "{kind:?}");
        crate::support::close(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_copy_is_retried_when_its_cause_is_gone() {
    for kind in KINDS {
        let directory = tempfile::tempdir().unwrap();
        let app = set_up(kind, &directory).await;
        let planned = plan(&app, kind.request(&app).await).await;
        let (there, name, _) = kind.destination();
        client(&app, &there).delete_repository(&name.parse().unwrap(), true).await.unwrap();
        let run = begin(&app, &planned).await.unwrap();
        let view = ended(&app, &run).await;
        assert_eq!((view.state, view.can_retry), (RunState::Failed, true), "{kind:?}");
        assert_eq!(view.error.unwrap().code, "changed-elsewhere", "{kind:?}");
        client(&app, &there)
            .create_repository(&name.parse().unwrap(), &longshore_ecr::RepositorySettings::default())
            .await
            .unwrap();
        app.retry_run(RunKey { run: run.clone() }).await.unwrap();
        let view = ended(&app, &run).await;
        assert_eq!(view.state, RunState::Done, "{kind:?}: {:?}", view.error);
        assert!(kind.arrived(&app).await, "{kind:?}");
        crate::support::close(&app).await;
    }
}

#[tokio::test]
async fn a_run_that_copies_nothing_cannot_be_paused() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let planned = plan(&app, crate::steps::create_request(&dev(), NAME)).await;
    let run = begin(&app, &planned).await.unwrap();
    let view = ended(&app, &run).await;
    assert_eq!((view.state, view.transfer), (RunState::Done, None));
    assert_eq!(app.pause_run(RunKey { run }).await.unwrap_err().code, "run-not-steerable");
    crate::support::close(&app).await;
}
