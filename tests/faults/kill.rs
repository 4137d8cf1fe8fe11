//! The process is killed at any moment; the next one resumes, and the result is as if nothing had
//! happened.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use longshore_names::Digest;
use longshore_registry::{HttpRegistry, Source, TagOrDigest};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{
    proxy::FaultProxy,
    world::{World, layer, name},
};

/// The `longshore` program that was built with this test.
fn longshore() -> PathBuf {
    longshore_tests::process::built("longshore")
}

fn start(arguments: &[&str], journal: &Path) -> Child {
    Command::new(longshore())
        .args(arguments)
        .arg("--json")
        .arg("--journal")
        .arg(journal)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills a process after `after`, like a power cut, unless it ends earlier. Returns whether it was
/// killed.
fn kill_after(mut process: Child, after: Duration) -> bool {
    let until = Instant::now() + after;
    while Instant::now() < until {
        if process.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    true
}

/// The unfinished run in a journal, if the process got as far as starting one.
fn left(journal: &Path) -> Option<String> {
    let output = Command::new(longshore())
        .args(["runs", "list", "--json", "--journal"])
        .arg(journal)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .find(|line| line["event"] == "run" && line["can_go_on"] == true)
        .map(|line| line["run"].as_str().unwrap().to_owned())
}

async fn state(registry: &HttpRegistry, repository: &str) -> HashMap<String, Digest> {
    let repository = name(repository);
    let Ok(tags) = registry.tags(&repository).await else { return HashMap::new() };
    let mut found = HashMap::new();
    for tag in tags {
        let reference = TagOrDigest::Tag(tag.clone());
        // docker-registry lists a tag a moment before it points to anything, and continues with the
        // requests of a killed client.
        if let Some(descriptor) = registry.resolve(&repository, &reference).await.unwrap() {
            found.insert(tag.to_string(), descriptor.digest);
        }
    }
    found
}

/// Every existing tag points to a manifest whose blobs all exist.
async fn nothing_incomplete(registry: &HttpRegistry, repository: &str) {
    for (tag, digest) in state(registry, repository).await {
        let manifest = registry.manifest(&name(repository), &digest).await.unwrap();
        let view = longshore_registry::ManifestView::parse(&manifest.media_type, &manifest.bytes).unwrap();
        let blobs: Vec<Digest> = view.blobs().iter().map(|blob| blob.digest.clone()).collect();
        let found = longshore_registry::Sink::exists_many(registry, &name(repository), &blobs).await.unwrap();
        assert_eq!(found.len(), blobs.len(), "{tag} points to something incomplete");
    }
}

/// Bytes of blobs that a proxy saw stored by the registry.
fn sent(proxy: &FaultProxy) -> u64 {
    proxy.stored_bytes()
}

struct Figures {
    kills: usize,
    twice: u64,
    blobs: u64,
}

/// Copies `dev/app` to `prod/app` and kills the process at random moments, over as many copies as
/// needed for `kills` kills; each copy ends up equal to its source.
async fn killed(world: &World, seed: u64, kills: usize, blob_bytes: u64) -> Figures {
    let mut random = StdRng::seed_from_u64(seed);
    let source = format!("{}/dev/app", world.from.host);
    let wanted = state(&world.behind_source(), "dev/app").await;
    // The time of an undisturbed copy, on this machine and now.
    let folder = tempfile::tempdir().unwrap();
    let first = format!("{}/undisturbed/app", world.to.host);
    let begun = Instant::now();
    assert!(start(&["copy", &source, &first], folder.path()).wait().unwrap().success());
    let whole = begun.elapsed();

    let (mut made, mut rounds, mut twice) = (0, 0, 0);
    while made < kills {
        rounds += 1;
        let destination_repository = format!("prod/app{rounds}");
        let destination = format!("{}/{destination_repository}", world.sink_proxy.host);
        let journal = tempfile::tempdir().unwrap();
        let before = sent(&world.sink_proxy);
        let mut run: Option<String> = None;
        let mut round = 0;
        loop {
            let process = match &run {
                None => start(&["copy", &source, &destination], journal.path()),
                Some(run) => start(&["runs", "resume", run], journal.path()),
            };
            // Bounded: after some kills a copy may end.
            let moment = if round < 6 { whole.mul_f64(random.random_range(0.0..1.1)) } else { Duration::MAX };
            let killed = if round < 6 { kill_after(process, moment) } else { finished(process) };
            if !killed {
                break;
            }
            (made, round) = (made + 1, round + 1);
            nothing_incomplete(&world.behind_sink(), &destination_repository).await;
            run = left(journal.path());
        }
        // A process that is killed after its last tag and before its end leaves nothing to do.
        if let Some(run) = left(journal.path()) {
            assert!(start(&["runs", "resume", &run], journal.path()).wait().unwrap().success());
        }
        assert_eq!(state(&world.behind_sink(), &destination_repository).await, wanted);
        nothing_incomplete(&world.behind_sink(), &destination_repository).await;
        assert_eq!(left(journal.path()), None);
        twice += (sent(&world.sink_proxy) - before).saturating_sub(blob_bytes);
    }
    Figures { kills: made, twice, blobs: blob_bytes * rounds }
}

fn finished(mut process: Child) -> bool {
    assert!(process.wait().unwrap().success());
    false
}

/// Like W2: many tags, each with its own layers and some shared by all.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_thirty_random_moments_over_many_small_images() {
    let world = World::new().await;
    let shared: Vec<Vec<u8>> = (0..3).map(|n| layer(200 + n, 400_000)).collect();
    let mut bytes: u64 = shared.iter().map(|content| content.len() as u64).sum();
    for n in 0..25_u8 {
        let own: Vec<Vec<u8>> =
            (0..3).map(|m| layer(n.wrapping_mul(5) + m, 20_000 + usize::from(n))).collect();
        let layers: Vec<&[u8]> = own.iter().chain(&shared).map(Vec::as_slice).collect();
        bytes += own.iter().map(|content| content.len() as u64).sum::<u64>();
        world.image(&format!("dev/app:{n}"), &layers).await;
    }
    let figures = killed(&world, 4, 30, bytes).await;
    // Only what was in progress when the process died may be sent again.
    assert!(figures.twice < figures.blobs / 2, "{} of {}", figures.twice, figures.blobs);
}

/// Like W1: few big layers.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_twenty_five_random_moments_over_one_big_image() {
    let world = World::new().await;
    let layers: Vec<Vec<u8>> = (0..4).map(|n| layer(n, 24_000_000)).collect();
    let bytes = layers.iter().map(|content| content.len() as u64).sum();
    let layers: Vec<&[u8]> = layers.iter().map(Vec::as_slice).collect();
    world.image("dev/app:1", &layers).await;
    let figures = killed(&world, 1, 25, bytes).await;
    assert!(figures.kills >= 25);
}
