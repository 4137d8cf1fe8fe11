//! 200 accounts with five Regions each in the real window: what is known is shown at once, with its age, while
//! no registry answers; and the window stays responsive while all of them are read again.

use std::{
    cell::RefCell,
    path::Path,
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use longshore_app::{
    App, AppOptions, Clock,
    api::{ListRepositories, RepositoryWindow},
};
use longshore_tests::{
    aws::Served,
    many_accounts::{REGISTRIES, connect, fill},
    tls,
    window::{Window, journey},
};

/// More memory than the app's process takes, in bytes; a debug build.
const MEMORY: u64 = 600 * 1024 * 1024;
/// More than a click takes until its rows are there, in a debug build beside other work.
const RESPONSE: Duration = Duration::from_secs(5);
/// The same for the first click, while the window still starts.
const FIRST: Duration = Duration::from_secs(10);

/// A session three hours ago: every account is connected, and every registry is read.
async fn read_all(data: &Path, aws: &Served, keys: &[longshore_sandbox::ReadyCredential]) {
    let mut options = AppOptions::desktop(data);
    options.aws_endpoint = Some(aws.ready["control"].as_str().unwrap().parse().unwrap());
    options.timing.clock = Clock::new(|| Utc::now() - TimeDelta::hours(3));
    let app = App::open(options).await.unwrap();
    for key in keys {
        connect(&app, key).await;
    }
    let mut events = app.subscribe();
    while rows(&app).await.total < REGISTRIES {
        let event = tokio::time::timeout(Duration::from_secs(60), events.next()).await;
        assert!(event.is_ok(), "{:?}", rows(&app).await.problems.first());
    }
    app.close().await;
}

async fn rows(app: &App) -> RepositoryWindow {
    app.repositories(ListRepositories { limit: 1, ..Default::default() }).await.unwrap()
}

/// How many requests a sandbox was sent.
fn requests(traffic: &serde_json::Value) -> u64 {
    let registries = traffic["registries"].as_array().unwrap().iter();
    let operations = registries.flat_map(|one| one["operations"].as_object().unwrap().values());
    operations.map(|count| count["requests"].as_u64().unwrap()).sum()
}

async fn count(window: &Window) -> String {
    window.see("repository-count").await;
    window.texts("repository-count").await.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_registries_are_shown_from_the_last_session_and_the_window_stays_responsive() {
    tls();
    let home = tempfile::tempdir().unwrap();
    let (state, data) = (home.path().join("aws"), home.path().join("data"));
    let keys = fill(&state).await;
    let mut aws = Served::with(&state, "0ms", &["throttling"]);
    read_all(&data, &aws, &keys).await;
    let before = requests(&aws.traffic());
    let aws = RefCell::new(aws);

    // No registry answers while the window opens.
    aws.borrow().pause();
    let nothing = home.path().join("no-aws-configuration");
    let nothing = nothing.to_str().unwrap();
    let endpoint = aws.borrow().ready["control"].as_str().unwrap().to_owned();
    let environment = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_CONFIG_FILE", nothing),
        ("AWS_SHARED_CREDENTIALS_FILE", nothing),
    ];
    let window = Window::open(&data, &environment).await;
    journey("many-accounts", &window, async {
        window.see("nav-images").await;
        let clicked = Instant::now();
        window.click("nav-images").await;
        window.see_text("repository-grid", "team/of-700000000000").await;
        let first = clicked.elapsed();
        let told = count(&window).await;
        assert!(told.contains("1,000 repositories"), "{told}");
        assert!(told.contains("as of 3 h ago"), "{told}");
        assert!(first < FIRST, "{first:?}");
        let at_first = window.memory();

        // All of them are read again, while a person looks around.
        aws.borrow().go_on();
        let mut slowest = Duration::ZERO;
        for _ in 0..3 {
            window.click("nav-activity").await;
            window.see("page-activity").await;
            let clicked = Instant::now();
            window.click("nav-images").await;
            window.see_text("repository-grid", "team/of-700000000000").await;
            slowest = slowest.max(clicked.elapsed());
        }
        assert!(slowest < RESPONSE, "{slowest:?}");
        let is_read = || async { requests(&aws.borrow_mut().traffic()) >= before + u64::from(REGISTRIES) };
        window.until("as many requests as registries", is_read).await;
        window.see_text("repository-count", "just now").await;
        let most = at_first.max(window.memory());
        assert!(most < MEMORY, "{most} bytes");
        #[allow(clippy::print_stdout)] // the figures are the useful output of the test
        {
            println!("first rows {first:.1?} after the click, later at most {slowest:.1?}; {most} bytes");
        }
    })
    .await;
    window.close().await;
}
