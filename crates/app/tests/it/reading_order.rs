//! What is on the screen is read before everything else, however much is waiting to be read.

use std::time::Duration;

use longshore_app::{
    App,
    api::{
        Direction, Environment, ImageSort, ListImages, ListRepositories, RegistryKey, RepositoryKey, Scope,
        Space, Visible,
    },
};
use longshore_ecr::RepositorySettings;
use longshore_names::RegistryId;
use longshore_sandbox::Switches;

use crate::support::{
    DEV,
    aws::{PlayedAws, client, keys_of},
    repository, until,
};

const REPOSITORIES: usize = 60;
/// How many others may be read between the moment at which a page is opened and its own read: one that
/// was being read, one that a window was told of meanwhile, and what is read while this test looks.
const MEANWHILE: usize = 6;

fn images(of: &RepositoryKey) -> ListImages {
    ListImages {
        repository: of.clone(),
        text: String::new(),
        sort: ImageSort::Tag,
        direction: Direction::Ascending,
        offset: 0,
        limit: 100,
    }
}

/// The repositories whose images were read.
async fn read(app: &App) -> Vec<String> {
    let request = ListRepositories { scope: Scope::default(), limit: 1_000, ..Default::default() };
    let rows = app.repositories(request).await.unwrap().rows;
    rows.into_iter().filter(|row| row.images.is_some()).map(|row| row.name).collect()
}

/// Opens the repository and returns how many others were read until its images were.
async fn others_until_read(app: &App, opened: &RepositoryKey) -> usize {
    let mut events = app.subscribe();
    let before = read(app).await.len();
    let visible = Visible {
        registries: vec![opened.registry.clone()],
        repository: Some(opened.clone()),
        images: vec![],
    };
    app.set_visible(visible).await.unwrap();
    let after = until(&mut events, "reading the page in view", || async {
        let read = read(app).await;
        read.contains(&opened.repository).then_some(read.len())
    })
    .await;
    after - before - 1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_opened_does_not_wait_behind_reads_in_the_background() {
    let world = PlayedAws::start(Switches::default(), DEV, "Dev", Environment::Dev).await;
    let app = &world.app;
    let dev = RegistryKey {
        space: Space::Aws,
        account: DEV.parse().unwrap(),
        region: "us-west-2".parse().unwrap(),
    };
    let keys: Vec<_> = (0..REPOSITORIES).map(|at| repository(&dev, &format!("service-{at:02}"))).collect();
    let mut events = app.subscribe();
    let ecr = client(
        &world.sandbox,
        &RegistryId::new(dev.account.clone(), dev.region.clone()),
        keys_of(&world.sandbox, DEV),
    );
    for key in &keys {
        let name = key.repository.parse().unwrap();
        ecr.create_repository(&name, &RepositorySettings::default()).await.unwrap();
    }
    world.sandbox.set_switches(Switches { round_trip: Duration::from_millis(40), ..Switches::default() });
    app.refresh(Scope::default()).await.unwrap();
    until(&mut events, "the list", || async {
        let window = app.repositories(ListRepositories { limit: 1, ..Default::default() }).await.unwrap();
        (window.total as usize == REPOSITORIES).then_some(())
    })
    .await;

    // The last one by name, which reads in the background would take last.
    let others = others_until_read(app, &keys[REPOSITORIES - 1]).await;
    assert!(others <= MEANWHILE, "{others} others were read first");

    // All others are asked for, as by a window that shows them, and then a page is opened.
    let opened = &keys[REPOSITORIES - 2];
    for key in keys.iter().filter(|key| *key != opened) {
        app.images(images(key)).await.unwrap();
    }
    let left = REPOSITORIES - read(app).await.len();
    assert!(left > 3 * MEANWHILE, "the test came too late: {left} are left");
    let others = others_until_read(app, opened).await;
    assert!(others <= MEANWHILE, "{others} others were read first");
    world.close().await;
}
