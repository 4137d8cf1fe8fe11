//! Measures the window with 1,000 repositories of 20 images each: `measure [DATA_DIRECTORY [run]]`.
//! A directory from an earlier measurement is not filled again. See docs/performance.md.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // a tool of the tests: a failure ends it

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use longshore_app::{
    App,
    api::{Direction, ImageSort, ListImages, ListRepositories, Scope, Visible},
};
use longshore_ecr::ImageScope;
use longshore_testkit::DockerRegistry;
use longshore_tests::{
    crowd::{IMAGES, REPOSITORIES, fill, name},
    person::{DEV, REGION, open, open_without_polling, registry, repository, save_engine_rule},
    pusher::client,
    stopwatch::Stopwatch,
    window::Window,
};

const PATIENCE: Duration = Duration::from_secs(30);
/// How many frames are measured during a run.
const FRAMES: usize = 400;
const RULE: &str = "half of everything";

#[tokio::main]
async fn main() {
    let temporary = tempfile::tempdir().unwrap();
    let given = std::env::args().nth(1).map(PathBuf::from);
    let data = given.as_deref().unwrap_or(temporary.path());
    if !data.join("sandbox").exists() {
        let start = Instant::now();
        fill(data).await;
        println!("{REPOSITORIES} repositories × {IMAGES} images filled in {:.0?}", start.elapsed());
    }
    let app = open(data).await;
    // None, unless the directory was measured before: its last run pulled.
    let pulled = last_pulls(&app).await;
    app.close().await;
    drop(app);

    if std::env::args().nth(2).is_none_or(|only| only != "run") {
        first_look(data).await;
        every_repository(data, pulled).await;
        in_the_window(data).await;
    }
    during_a_run(data).await;
}

/// A fresh data directory: the same sandbox, no inventory.
async fn first_look(data: &Path) {
    for file in ["longshore.db", "longshore.db-wal", "longshore.db-shm"] {
        let _ = std::fs::remove_file(data.join(file));
    }
    let app = open_without_polling(data).await;
    let mut events = app.subscribe();
    let dev = registry(DEV, REGION);
    let scope = Scope { account: Some(DEV.into()), region: Some(REGION.into()), ..Scope::default() };
    let request = ListRepositories { scope, limit: 100, ..ListRepositories::default() };
    app.start_sandbox().await.unwrap();
    let start = Instant::now();
    let rows = async {
        loop {
            let window = app.repositories(request.clone()).await.unwrap();
            let calls: u64 = app.api_calls(&dev).values().sum();
            if window.total == REPOSITORIES {
                return (window.rows.len(), calls);
            }
            events.next().await.unwrap();
        }
    };
    let (rows, calls) = tokio::time::timeout(PATIENCE, rows).await.unwrap();
    println!("first look ever: {rows} rows after {calls} ECR API calls in {:.2?}", start.elapsed());
    let start = Instant::now();
    app.repositories(request).await.unwrap();
    println!("the same rows again, from the inventory: {:.1?}", start.elapsed());
    app.close().await;
}

/// Opens every repository, like a person who clicks through all of them, and checks last-pull
/// times.
async fn every_repository(data: &Path, before: usize) {
    let app = open_without_polling(data).await;
    app.start_sandbox().await.unwrap();
    let dev = registry(DEV, REGION);
    let mut events = app.subscribe();
    let start = Instant::now();
    for number in 0..REPOSITORIES {
        let key = repository(&dev, &name(number));
        let visible =
            Visible { registries: vec![dev.clone()], repository: Some(key.clone()), images: vec![] };
        app.set_visible(visible).await.unwrap();
        let request = ListImages {
            repository: key,
            text: String::new(),
            sort: ImageSort::Pushed,
            direction: Direction::Descending,
            offset: 0,
            limit: 100,
        };
        let seen = async {
            while app.images(request.clone()).await.unwrap().total != IMAGES {
                events.next().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.unwrap();
    }
    println!("all {REPOSITORIES} repositories opened in {:.0?}", start.elapsed());
    println!("ECR API calls: {:?}", app.api_calls(&dev));
    let pulled = last_pulls(&app).await;
    println!("images with a last-pull time: {before} before, {pulled} after");
    assert_eq!(pulled, before, "reading counted as pulling");
    app.close().await;
}

/// How many images have a last-pull time in ECR.
async fn last_pulls(app: &App) -> usize {
    let ecr = client(app, &registry(DEV, REGION));
    let (mut images, mut pulled) = (0, 0);
    for number in 0..REPOSITORIES {
        let found = ecr.images(&name(number).parse().unwrap(), ImageScope::default()).await.unwrap();
        images += found.len();
        pulled += found.iter().filter(|image| image.last_pulled_at.is_some()).count();
    }
    assert_eq!(images, usize::try_from(REPOSITORIES * IMAGES).unwrap());
    pulled
}

/// Measures what a person waits for.
async fn in_the_window(data: &Path) {
    let window = Window::open(data, &[]).await;
    let stopwatch = Stopwatch { window: &window };
    window.see("nav-overview").await;
    let mut first_rows = Vec::new();
    for _ in 0..15 {
        window.click("nav-overview").await;
        window.see("overview-registries").await;
        first_rows.push(stopwatch.rows("[data-testid='nav-images']", "repository-grid").await);
    }
    println!("\n{:<58} {:>8} {:>8} {:>8}", "in the window, milliseconds", "median", "95 %", "most");
    stopwatch.print("click on Images → first rows painted (1st time)", &first_rows[..1]);
    stopwatch.print("click on Images → first rows painted (15 times)", &first_rows);

    let frames = stopwatch.scroll("repository-grid").await;
    stopwatch.print("frame while scrolling through 1,000 repositories", &frames.times);
    println!("  rows not read yet at the moment they were painted: {} of {}", frames.empty, frames.painted);

    let mut image_rows = Vec::new();
    for number in 0..15 {
        window.click("nav-images").await;
        window.fill("repository-filter", &name(number * 61)).await;
        window.see_text("repository-count", "1 repository").await;
        let row = "[data-testid='repository-grid'] [role='row'][aria-rowindex='2'] [data-column='name']";
        image_rows.push(stopwatch.rows(row, "image-grid").await);
    }
    stopwatch.print("click on a repository → its images painted", &image_rows);
    let frames = stopwatch.scroll("image-grid").await;
    stopwatch.print("frame while scrolling a repository's 20 images", &frames.times);
    window.close().await;
}

/// A run of half of all images to another registry, watched and scrolled through meanwhile.
async fn during_a_run(data: &Path) {
    let elsewhere = DockerRegistry::elsewhere();
    let app = open(data).await;
    let text = format!(
        "version: 1\nrules:\n  - name: {RULE}\n    source:\n      registry: {DEV}/{REGION}\n      \
         repositories:\n        - regex: .*/service-0[0-4].*\n    destinations:\n      - registry: {}\n",
        elsewhere.host
    );
    save_engine_rule(&app, text).await;
    app.close().await;
    drop(app);

    let window = Window::open(data, &[]).await;
    let stopwatch = Stopwatch { window: &window };
    window.click("nav-images").await;
    window.click(&format!("tree-{DEV}-{REGION}")).await;
    window.click("nav-replication").await;
    let start = Instant::now();
    window.click("engine-rule-plan").await;
    patiently(&window, "plan-run").await;
    println!(
        "a run of {} images planned in {:.1?}",
        images_of(&window, "engine-plan-copy").await,
        start.elapsed()
    );
    window.click("plan-run").await;
    window.gone("dialog-plan").await;
    window.click("nav-activity").await;
    window.click_css("[data-testid^='run-active-'] button").await;
    window.see("run-images-grid").await;
    window.until("images are done", || async { images_of(&window, "engine-images").await > 100 }).await;

    let (start, before) = (Instant::now(), images_of(&window, "engine-images").await);
    let watched = stopwatch.watch(FRAMES).await;
    let scrolled = stopwatch.scroll_for("run-images-grid", FRAMES).await;
    let done = images_of(&window, "engine-images").await - before;
    let speed = f64::from(done) / start.elapsed().as_secs_f64();
    assert!(
        !window.texts("run-continue").await.is_empty() || !window.texts("run-pause").await.is_empty(),
        "the run was over too soon"
    );
    stopwatch.print("frame while a run of 10,000 images is watched", &watched);
    stopwatch.print("frame while its images are scrolled", &scrolled.times);
    println!(
        "  rows not read yet at the moment they were painted: {} of {}",
        scrolled.empty, scrolled.painted
    );
    println!("  meanwhile {done} images were copied, {speed:.0} a second");
    window.close().await;
}

/// The first number in an element's text.
async fn images_of(window: &Window, id: &str) -> u32 {
    let text = window.texts(id).await.pop().unwrap_or_default();
    let number: String =
        text.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(char::is_ascii_digit).collect();
    number.parse().unwrap_or_default()
}

/// Waits for an element that takes longer than others.
async fn patiently(window: &Window, id: &str) {
    let seen = async {
        while window.texts(id).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(10 * PATIENCE, seen).await.unwrap();
}
