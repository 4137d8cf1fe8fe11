//! Many repositories and images: few calls, quick rows.

use std::time::Duration;

use futures::{StreamExt, stream};
use longshore_app::{
    App,
    api::{Direction, ImageSort, ListImages, ListRepositories, Visible},
};
use longshore_ecr::RepositorySettings;

use crate::support::{DEV, Pusher, client, options, registry, repository, until, with_sandbox};

const REPOSITORIES: u32 = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_repositories_are_there_after_two_calls_and_then_without_any() {
    let directory = tempfile::tempdir().unwrap();
    let dev = registry(DEV, "us-west-2");
    let app = with_sandbox(&directory).await;
    let ecr = client(&app, &dev);
    stream::iter(0..REPOSITORIES)
        .for_each_concurrent(16, |number| {
            let ecr = ecr.clone();
            async move {
                let name = format!("team/service-{number:04}").parse().unwrap();
                ecr.create_repository(&name, &RepositorySettings::default()).await.unwrap();
            }
        })
        .await;
    let pusher = Pusher::new(&app, &dev).await;
    for tag in 0..20 {
        pusher.push("team/service-0007", &format!("build-{tag}")).await;
    }
    crate::support::close(&app).await;
    drop(app);

    // Another machine that has read nothing: the same sandbox, a new database.
    for file in ["longshore.db", "longshore.db-wal", "longshore.db-shm"] {
        let _ = std::fs::remove_file(directory.path().join("data").join(file));
    }
    let slow = |mut options: longshore_app::AppOptions| {
        options.timing.background = Duration::from_secs(3_600);
        options.timing.background_call = Duration::from_secs(3_600);
        options.timing.visible = Duration::from_secs(3_600);
        options
    };
    let app = App::open(slow(options(&directory))).await.unwrap();
    let mut events = app.subscribe();
    app.start_sandbox().await.unwrap();
    let request = ListRepositories {
        scope: longshore_app::api::Scope {
            account: Some(DEV.into()),
            region: Some("us-west-2".into()),
            ..Default::default()
        },
        limit: 100,
        ..Default::default()
    };
    let window = until(&mut events, "the first rows", || async {
        let window = app.repositories(request.clone()).await.unwrap();
        let calls: u64 = app.api_calls(&dev).values().sum();
        (window.total == REPOSITORIES).then_some((window.rows.len(), calls))
    })
    .await;
    assert!(window.0 == 100 && (1..=2).contains(&window.1), "{window:?}");
    crate::support::close(&app).await;
    drop(app);

    // From then on, the first rows need no network: there is no sandbox to ask.
    let file = directory.path().join("data/sandbox/sandbox.json");
    std::fs::write(&file, "{").unwrap();
    let app = App::open(slow(options(&directory))).await.unwrap();
    let window = app.repositories(request).await.unwrap();
    assert_eq!((window.total, window.rows.len()), (REPOSITORIES, 100));
    assert!(app.api_calls(&dev).is_empty());
    crate::support::close(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_in_the_middle_of_many_images_is_the_right_one() {
    let directory = tempfile::tempdir().unwrap();
    let app = with_sandbox(&directory).await;
    let dev = registry(DEV, "us-west-2");
    let pusher = Pusher::new(&app, &dev).await;
    pusher.create("app").await;
    for number in 0..120 {
        pusher.push("app", &format!("{number:03}")).await;
    }
    let mut request = ListImages {
        repository: repository(&dev, "app"),
        text: String::new(),
        sort: ImageSort::Tag,
        direction: Direction::Ascending,
        offset: 50,
        limit: 10,
    };
    app.set_visible(Visible { repository: Some(request.repository.clone()), ..Default::default() })
        .await
        .unwrap();
    let mut events = app.subscribe();
    let window = until(&mut events, "reading images", || async {
        let window = app.images(request.clone()).await.unwrap();
        (window.total == 120).then_some(window)
    })
    .await;
    let tags: Vec<_> = window.rows.iter().flat_map(|row| row.tags.clone()).collect();
    assert_eq!(tags, (50..60).map(|number| format!("{number:03}")).collect::<Vec<_>>());
    request.sort = ImageSort::Pushed;
    request.direction = Direction::Descending;
    request.offset = 119;
    assert_eq!(app.images(request).await.unwrap().rows.len(), 1);
    crate::support::close(&app).await;
}
