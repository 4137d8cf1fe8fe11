//! 200 accounts with five Regions each: the app in this process, the sandbox in its own.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use longshore_app::{
    App, AppOptions, MemoryStore,
    api::{ListRepositories, RepositoryWindow},
};
use longshore_tests::{
    aws::Served,
    many_accounts::{REGISTRIES, connect, fill},
};

/// More memory than the app takes for all of them, in bytes.
const MEMORY: u64 = 150_000_000;
/// More than its memory varies by when nothing happens, in bytes.
const GROWTH: u64 = 5_000_000;

async fn open(data: &Path, secrets: &Arc<MemoryStore>, aws: &str) -> Arc<App> {
    let mut options = AppOptions::new(data, secrets.clone());
    options.aws_endpoint = Some(aws.parse().unwrap());
    App::open(options).await.unwrap()
}

async fn rows(app: &App) -> RepositoryWindow {
    app.repositories(ListRepositories { limit: 100, ..Default::default() }).await.unwrap()
}

/// The number after a name in a file of `/proc/self`.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// The processor time of this process so far.
fn busy() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    // Fields 14 and 15, in hundredths of a second, as Linux has them on all machines.
    let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

/// How many files and connections are open.
fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_registries_are_read_within_ecrs_rates_and_cost_nothing_when_they_are_gone() {
    longshore_tests::tls();
    let home = tempfile::tempdir().unwrap();
    let (state, data) = (home.path().join("aws"), home.path().join("data"));
    let keys = fill(&state).await;
    let mut aws = Served::with(&state, "100ms", &["throttling"]);
    let endpoint = aws.ready["control"].as_str().unwrap().to_owned();
    let secrets = Arc::new(MemoryStore::default());

    let app = open(&data, &secrets, &endpoint).await;
    let before = memory();
    let start = Instant::now();
    let (mut most, mut files) = (0, 0);
    for key in &keys {
        connect(&app, key).await;
        (most, files) = (most.max(memory()), files.max(open_files()));
    }
    while rows(&app).await.total < REGISTRIES {
        (most, files) = (most.max(memory()), files.max(open_files()));
        assert!(start.elapsed() < Duration::from_secs(60), "{:?}", rows(&app).await.problems.first());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let read = start.elapsed();
    // What the poller does once everything is known.
    let (from, used) = (Instant::now(), busy());
    tokio::time::sleep(Duration::from_secs(5)).await;
    let idle = (busy() - used).as_secs_f64() / from.elapsed().as_secs_f64();
    most = most.max(memory());
    let traffic = aws.traffic();
    let operations = traffic["registries"].as_array().unwrap().iter();
    let operations = operations.flat_map(|one| one["operations"].as_object().unwrap().values());
    let (requests, throttled) = operations.fold((0, 0), |(requests, throttled), count| {
        (requests + count["requests"].as_u64().unwrap(), throttled + count["throttled"].as_u64().unwrap())
    });
    assert!(requests >= 2 * u64::from(REGISTRIES), "{requests}");
    assert_eq!(throttled, 0, "of {requests} requests");
    let took = most.saturating_sub(before);
    assert!(took < MEMORY, "{took} bytes");
    app.close().await;
    drop(app);
    aws.kill();

    // Nothing answers any more.
    let app = open(&data, &secrets, &endpoint).await;
    let start = Instant::now();
    let window = rows(&app).await;
    let first = start.elapsed();
    assert_eq!((window.total, window.rows.len(), window.unread), (REGISTRIES, 100, 0));
    let age = chrono::Utc::now() - window.as_of.unwrap();
    assert!(age >= chrono::TimeDelta::seconds(4), "{age}");
    assert!(first < Duration::from_millis(500), "{first:?}");
    let start = Instant::now();
    loop {
        let registries = app.overview(Default::default()).await.unwrap().registries;
        if registries.iter().all(|registry| registry.problem.is_some()) {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "not all are known to be gone");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let failed = start.elapsed();
    let (from, used, held) = (Instant::now(), busy(), memory());
    tokio::time::sleep(Duration::from_secs(20)).await;
    let share = (busy() - used).as_secs_f64() / from.elapsed().as_secs_f64();
    let grown = memory().saturating_sub(held);
    app.close().await;
    drop(app);

    // What is there accepts connections and never answers. No call has waited long enough to be given up
    // while it is measured.
    let address = endpoint.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let silent = tokio::net::TcpListener::bind(&address).await.unwrap();
    let silent = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((connection, _)) = silent.accept().await {
            held.push(connection);
        }
    });
    let app = open(&data, &secrets, &endpoint).await;
    assert_eq!(rows(&app).await.total, REGISTRIES);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let (from, used) = (Instant::now(), busy());
    tokio::time::sleep(Duration::from_secs(9)).await;
    let waiting = (busy() - used).as_secs_f64() / from.elapsed().as_secs_f64();
    let files = files.max(open_files());
    app.close().await;
    silent.abort();
    #[allow(clippy::print_stdout)] // the figures are the useful output of the test
    {
        println!(
            "{REGISTRIES} registries: read in {read:.1?} with {requests} requests and at most {files} open \
             files, {took} bytes of memory, {:.1} % of a processor when all is known; after a restart the \
             first rows in {first:.1?}; all found gone in {failed:.1?}, then {:.2} % of a processor and \
             {grown} bytes more; {:.2} % when nothing answers",
            idle * 100.0,
            share * 100.0,
            waiting * 100.0,
        );
    }
    assert!(share < 0.01, "{share}");
    assert!(waiting < 0.01, "{waiting}");
    assert!(grown < GROWTH, "{grown} bytes");
}
