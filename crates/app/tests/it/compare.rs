//! Many registries are compared and made equal, and two registries are compared image by image.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt, TryStreamExt, stream};
use longshore_app::{
    App,
    api::{
        AddSandboxAccount, DriftState, Encryption, Environment, GetDrift, GetPair, ImageStanding, LookAt,
        Mutability, NameValue, NeededImages, NewRepository, PairKey, PairView, PlanRequest, RegistryKey,
        RepositorySetting, RunKey, RunState, RunView, SandboxSettings, Severity,
    },
};
use longshore_ecr::{RepositorySettings, TagMutability};
use longshore_names::RepositoryName;

use crate::{
    steps::{begin_with, codes, make, plan, refused},
    support::{self, DEV, PROD, Pusher, client, close, registry, with_sandbox},
};

const TEAM: &str = "123456789012";
const REGIONS: [&str; 3] = ["us-west-2", "us-east-2", "eu-west-1"];
const WEST: &str = "us-west-2";
const EAST: &str = "us-east-2";
const EACH: usize = 200;
/// How many of them differ.
const DRIFTING: usize = 40;
/// Longer than hundreds of steps take beside other work.
const LONG: Duration = Duration::from_secs(150);
const LIFECYCLE: &str = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":800},"action":{"type":"expire"}}]}"#;
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Pull","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":["ecr:BatchGetImage"]}]}"#;

async fn look(app: &App, registries: &[RegistryKey], images: bool) {
    for registry in registries {
        let request = LookAt { registry: registry.clone(), policies: !images, images };
        let looked = app.look_at_registry(request).await.unwrap();
        assert_eq!((looked.failed, &looked.problem), (0, &None));
    }
}

async fn fill(app: &App, at: &RegistryKey) {
    let client = client(app, at);
    let names = (0..EACH).map(|index| format!("team/service-{index:03}").parse::<RepositoryName>().unwrap());
    let made = names.map(|name| {
        let client = client.clone();
        async move { client.create_repository(&name, &RepositorySettings::default()).await.map(drop) }
    });
    stream::iter(made).buffer_unordered(16).try_collect::<()>().await.unwrap();
}

/// Waits for the end of a run of hundreds of steps.
async fn ended_late(app: &App, run: &str) -> RunView {
    let mut events = app.subscribe();
    let found = async {
        loop {
            let view = app.run(RunKey { run: run.to_owned() }).await.unwrap();
            if view.ended.is_some() {
                return view;
            }
            events.next().await.unwrap();
        }
    };
    let view = tokio::time::timeout(LONG, found).await.unwrap();
    support::ledger::check(app, Some(&view)).await;
    view
}

/// Must show 6: 3 accounts, 3 Regions, 200 repositories; another client is in the way of one of them.
#[tokio::test(flavor = "multi_thread")]
async fn nine_registries_are_made_equal_and_a_failure_in_the_middle_leaves_the_rest_done() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let team = AddSandboxAccount {
        id: TEAM.into(),
        name: "Team".into(),
        environment: Environment::Dev,
        regions: REGIONS.map(str::to_owned).to_vec(),
    };
    app.add_sandbox_account(team).await.unwrap();
    let all: Vec<_> = [DEV, PROD, TEAM]
        .iter()
        .flat_map(|account| REGIONS.map(|region| registry(account, region)))
        .collect();
    for at in &all {
        fill(&app, at).await;
    }
    let reference = all[0].clone();
    let at_reference = client(&app, &reference);
    let names: Vec<RepositoryName> =
        (0..EACH).map(|index| format!("team/service-{index:03}").parse().unwrap()).collect();
    let drifting: Vec<_> = names.iter().step_by(EACH / DRIFTING).collect();
    for name in &drifting {
        at_reference.put_scan_on_push(name, true).await.unwrap();
    }
    let request = GetDrift { reference: reference.clone(), with: all[1..].to_vec() };
    look(&app, &all, false).await;
    let begun = Instant::now();
    let drift = app.drift(request.clone()).await.unwrap();
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    assert_eq!((drift.places.len(), drift.rows.len()), (9, EACH));
    for place in &drift.places[1..] {
        assert_eq!((place.different, place.missing, place.extra, place.unread), (DRIFTING as u32, 0, 0, 0));
    }

    let wish = PlanRequest::MakeAllEqual {
        reference: reference.clone(),
        repositories: Vec::new(),
        with: all[1..].to_vec(),
        settings: vec![RepositorySetting::ScanOnPush],
        create: false,
    };
    let planned = plan(&app, wish.clone()).await;
    assert_eq!((planned.steps.len(), planned.rows), (8 * DRIFTING, true));
    // One repository disappears in the middle of it.
    let middle = all[4].clone();
    let gone = drifting[DRIFTING / 2];
    client(&app, &middle).delete_repository(gone, false).await.unwrap();
    let run = begin_with(&app, &planned, true).await.unwrap();
    let view = ended_late(&app, &run).await;
    let counts = view.counts.unwrap();
    assert_eq!((view.state, counts.done, counts.failed), (RunState::Failed, 8 * DRIFTING as u32 - 1, 1));
    let failed: Vec<_> = view.steps.iter().filter(|step| step.state == RunState::Failed).collect();
    assert_eq!(failed[0].registry.as_ref(), Some(&middle));
    assert!(failed[0].text.contains(gone.as_str()), "{}", failed[0].text);

    look(&app, &all, false).await;
    let drift = app.drift(request.clone()).await.unwrap();
    let open: Vec<_> = drift
        .rows
        .iter()
        .flat_map(|row| row.cells.iter().map(move |cell| (row.name.as_str(), cell.state)))
        .filter(|(_, state)| *state != DriftState::Same)
        .collect();
    assert_eq!(open, [(gone.as_str(), DriftState::Missing)]);

    // Once it exists again, the same run goes on with what is left.
    client(&app, &middle).create_repository(gone, &RepositorySettings::default()).await.unwrap();
    let again = app.retry_run(RunKey { run }).await.unwrap();
    let view = ended_late(&app, &again.run).await;
    assert_eq!((view.state, view.counts.unwrap().done), (RunState::Done, 8 * DRIFTING as u32));
    look(&app, &all, false).await;
    let drift = app.drift(request).await.unwrap();
    assert!(drift.rows.iter().all(|row| row.cells.iter().all(|cell| cell.state == DriftState::Same)));
    assert!(plan(&app, wish).await.steps.is_empty());
    close(&app).await;
}

/// Repositories of the first registry with all their settings.
fn complete(names: &[&str], registries: &[&RegistryKey]) -> PlanRequest {
    PlanRequest::CreateRepositories {
        registries: registries.iter().map(|&key| key.clone()).collect(),
        names: names.iter().map(ToString::to_string).collect(),
        settings: NewRepository {
            mutability: Mutability { immutable: true, exclusions: vec!["latest".into()] },
            scan_on_push: true,
            encryption: Encryption::Aes256,
            tags: vec![NameValue { name: "team".into(), value: "shop".into() }],
            lifecycle: Some(LIFECYCLE.into()),
            policy: Some(POLICY.into()),
        },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn repositories_are_created_with_all_their_settings_and_again_where_they_are_missing() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, prod, east) = (registry(DEV, WEST), registry(PROD, WEST), registry(DEV, EAST));
    let request = complete(&["web", "api"], &[&dev, &east]);
    let planned = plan(&app, request.clone()).await;
    assert_eq!((planned.steps.len(), planned.rows), (12, true));
    assert_eq!(make(&app, request.clone()).await.state, RunState::Done);
    let name: RepositoryName = "web".parse().unwrap();
    let at_dev = client(&app, &dev);
    let found = at_dev.repository(&name).await.unwrap().unwrap();
    assert_eq!(found.tag_mutability, TagMutability::Immutable { except: vec!["latest".into()] });
    assert!(found.scan_on_push);
    assert_eq!(at_dev.resource_tags(&name).await.unwrap()[0].value, "shop");
    assert!(at_dev.lifecycle_policy(&name).await.unwrap().unwrap().contains("800"));
    assert!(at_dev.repository_policy(&name).await.unwrap().unwrap().contains("999988887777"));
    // Existing ones stay as they are.
    let again = plan(&app, request).await;
    assert_eq!((again.steps.len(), codes(&again, Severity::Warning)), (0, vec!["repositories-exist"; 2]));

    // A registry that has neither gets both, and a namesake only what differs.
    client(&app, &prod).create_repository(&name, &RepositorySettings::default()).await.unwrap();
    let all = vec![
        RepositorySetting::TagMutability,
        RepositorySetting::ScanOnPush,
        RepositorySetting::LifecyclePolicy,
        RepositorySetting::RepositoryPolicy,
    ];
    let equal = |create| PlanRequest::MakeAllEqual {
        reference: dev.clone(),
        repositories: Vec::new(),
        with: vec![prod.clone()],
        settings: all.clone(),
        create,
    };
    let without = plan(&app, equal(false)).await;
    assert_eq!((without.steps.len(), codes(&without, Severity::Note)), (4, vec!["repository-absent"]));
    look(&app, &[dev.clone(), prod.clone()], false).await;
    let view = make(&app, equal(true)).await;
    assert_eq!(view.steps.len(), 7, "{view:#?}");
    // What was written to a known repository is shown without another read.
    let drift = app.drift(GetDrift { reference: dev.clone(), with: vec![prod.clone()] }).await.unwrap();
    let web = drift.rows.iter().find(|row| row.name == "web").unwrap();
    let policies = [RepositorySetting::LifecyclePolicy, RepositorySetting::RepositoryPolicy];
    assert!(policies.iter().all(|policy| !web.cells[1].settings.contains(policy)), "{web:#?}");
    look(&app, &[dev.clone(), prod.clone()], false).await;
    let drift = app.drift(GetDrift { reference: dev.clone(), with: vec![prod.clone()] }).await.unwrap();
    assert!(drift.rows.iter().all(|row| row.cells[1].state == DriftState::Same), "{drift:#?}");
    // What a run wrote can be undone.
    let undo = plan(&app, PlanRequest::Undo { run: view.id.clone() }).await;
    assert!(undo.steps.iter().any(|step| step.text.contains("repository policy of `web`")), "{undo:#?}");
    close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_right_is_refused_before_anything_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let (dev, east) = (registry(DEV, WEST), registry(DEV, EAST));
    let with = |change: &dyn Fn(&mut NewRepository)| {
        let PlanRequest::CreateRepositories { registries, names, mut settings } = complete(&["web"], &[&dev])
        else {
            panic!("another request")
        };
        change(&mut settings);
        PlanRequest::CreateRepositories { registries, names, settings }
    };
    for (request, field) in [
        (complete(&["Not A Name"], &[&dev]), "names[0]"),
        (complete(&["web"], &[]), "registries"),
        (with(&|of| of.lifecycle = Some("{}".into())), "settings.lifecycle"),
        (with(&|of| of.policy = Some("no".into())), "settings.policy"),
        (with(&|of| of.tags[0].name = "aws:x".into()), "settings.tags[0]"),
    ] {
        assert_eq!(refused(&app, request).await.field.as_deref(), Some(field));
    }
    let copy = |there: &RegistryKey, needed| PlanRequest::CopyMissing {
        here: dev.clone(),
        there: there.clone(),
        needed,
        different: false,
    };
    assert_eq!(refused(&app, copy(&dev, NeededImages::All)).await.code, "same-registry");
    let wrong = NeededImages::Patterns { patterns: vec![":1".into()] };
    assert_eq!(refused(&app, copy(&east, wrong)).await.code, "invalid-image-pattern");
    let none = PlanRequest::MakeAllEqual {
        reference: dev.clone(),
        repositories: vec!["none".into()],
        with: vec![east.clone()],
        settings: vec![RepositorySetting::ScanOnPush],
        create: false,
    };
    assert_eq!(refused(&app, none).await.code, "repository-not-found");
    close(&app).await;
}

/// Two Regions with images: equal, moved, missing, and only there.
struct Regions {
    app: Arc<App>,
    west: RegistryKey,
    east: RegistryKey,
    _directory: tempfile::TempDir,
}

impl Regions {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let app = with_sandbox(&directory).await;
        let (west, east) = (registry(DEV, WEST), registry(DEV, EAST));
        let (at_west, at_east) = (Pusher::new(&app, &west).await, Pusher::new(&app, &east).await);
        for name in ["web", "api"] {
            at_west.create(name).await;
        }
        at_east.create("web").await;
        for tag in ["1", "2", "3"] {
            at_west.push("web", tag).await;
        }
        at_west.push_index("api", "1").await;
        at_east.push("web", "1").await;
        at_east.push_platform("web", Some("2"), "arm64").await;
        at_east.push("web", "only-there").await;
        Self { app, west, east, _directory: directory }
    }

    async fn look(&self) {
        look(&self.app, &[self.west.clone(), self.east.clone()], true).await;
    }

    async fn pair(&self, needed: NeededImages) -> PairView {
        let (here, there) = (self.west.clone(), self.east.clone());
        let request =
            GetPair { here, there, needed, only: Vec::new(), text: String::new(), offset: 0, limit: 500 };
        self.app.pair(request).await.unwrap()
    }

    async fn remember(&self) {
        let key = PairKey { here: self.west.clone(), there: self.east.clone(), needed: NeededImages::All };
        self.app.remember_pair(key).await.unwrap();
    }

    async fn down(&self, regions: &[&str]) {
        let regions_down = regions.iter().map(ToString::to_string).collect();
        let settings = SandboxSettings { replication_delay_ms: 100, regions_down };
        self.app.set_sandbox_settings(settings).await.unwrap();
    }
}

fn standings(view: &PairView) -> Vec<(String, ImageStanding)> {
    let name = |tag: &Option<String>| tag.clone().unwrap_or_default();
    view.rows.iter().map(|row| (format!("{}:{}", row.repository, name(&row.tag)), row.standing)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_region_lacks_is_named_and_copied() {
    let world = Regions::new().await;
    world.look().await;
    let view = world.pair(NeededImages::All).await;
    use ImageStanding::{Different, Equal, Extra, Missing};
    let expected = [
        ("api:1", Missing),
        ("web:1", Equal),
        ("web:2", Different),
        ("web:3", Missing),
        ("web:only-there", Extra),
    ];
    assert_eq!(standings(&view), expected.map(|(name, standing)| (name.to_owned(), standing)));
    assert!(view.newest_gap.is_some());
    let listed =
        NeededImages::List { text: format!("web:1\n{}/api:1\nnginx/web:9\n", view.here.host.unwrap()) };
    assert_eq!(standings(&world.pair(listed).await).len(), 3);

    let copy = |different| PlanRequest::CopyMissing {
        here: world.west.clone(),
        there: world.east.clone(),
        needed: NeededImages::All,
        different,
    };
    let planned = plan(&world.app, copy(false)).await;
    // The repository that is missing comes first, and only its images need it.
    assert_eq!((planned.steps.len(), planned.rows), (3, true), "{planned:#?}");
    assert!(planned.bytes_to_move > 0);
    make(&world.app, copy(false)).await;
    world.look().await;
    let view = world.pair(NeededImages::All).await;
    assert_eq!((view.counts.missing, view.counts.different, view.counts.equal), (0, 1, 3));
    make(&world.app, copy(true)).await;
    world.look().await;
    let view = world.pair(NeededImages::All).await;
    assert_eq!((view.counts.different, view.counts.equal, view.newest_gap), (0, 4, None));
    let again = plan(&world.app, copy(true)).await;
    assert_eq!((again.steps.len(), codes(&again, Severity::Note)), (0, vec!["nothing-to-do"]));
    close(&world.app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_is_gone_is_shown_as_it_was_read_and_a_later_look_names_what_changed() {
    let world = Regions::new().await;
    world.look().await;
    world.remember().await;
    assert_eq!(world.pair(NeededImages::All).await.since, None, "there was no look before");
    Pusher::new(&world.app, &world.west).await.push("web", "4").await;
    world.look().await;
    world.remember().await;
    let since = world.pair(NeededImages::All).await.since.unwrap();
    assert_eq!(
        (since.total, since.changes[0].image.as_str(), since.changes[0].now),
        (1, "web:4", Some(ImageStanding::Missing))
    );

    world.down(&[WEST]).await;
    let request = LookAt { registry: world.west.clone(), policies: true, images: true };
    assert!(world.app.look_at_registry(request).await.is_err());
    let view = world.pair(NeededImages::All).await;
    assert!(view.here.problem.is_some() && view.here.images_as_of.is_some(), "{:#?}", view.here);
    assert_eq!((view.counts.missing, view.there.problem), (3, None));
    // Nothing is copied from it, which is said.
    let copy = PlanRequest::CopyMissing {
        here: world.west.clone(),
        there: world.east.clone(),
        needed: NeededImages::All,
        different: false,
    };
    let error = refused(&world.app, copy.clone()).await;
    assert!(error.message.contains("Nothing can be copied from"), "{error:?}");
    let key = PairKey { here: world.west.clone(), there: world.east.clone(), needed: NeededImages::All };
    let list = world.app.pair_list(key).await.unwrap();
    assert_eq!((list.images, list.absent), (6, 4), "{}", list.text);

    world.down(&[]).await;
    assert_eq!(make(&world.app, copy).await.state, RunState::Done);
    close(&world.app).await;
}
