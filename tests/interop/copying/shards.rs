//! Processes that share the work of a rule and know nothing about each other.

use std::{collections::BTreeMap, path::PathBuf, process::Command, sync::Arc};

use futures::StreamExt;
use longshore_engine::Shard;
use longshore_registry::{Credentials, Descriptor, HostOptions, HttpRegistry, Secret, media_types};
use longshore_testkit::{
    DockerRegistry,
    push::{LAYER, blob, image_of, manifest, put},
};
use longshore_tests::{
    aws::Served,
    longshore::{Running, Said},
    plain::{Content, Plain},
};
use serde_json::{Value, json};

use super::world::{World, documented};

const SHARDS: u32 = 4;
/// More than the thousand images above which a repository is divided by its blobs.
const MANY: usize = 1_001;
const SMALL: usize = 10;

const RULE: &str = "
version: 1
rules:
  - name: all
    source:
      registry: FROM
      repositories:
        - prefix: team/
    destinations:
      - registry: TO
";

fn bytes(seed: usize, size: usize) -> Vec<u8> {
    (0..size).map(|n| (n % 251) as u8 ^ (seed % 256) as u8).chain(seed.to_le_bytes()).collect()
}

fn repositories() -> Vec<String> {
    (0..SMALL).map(|n| format!("team/small{n}")).chain(["team/many".to_owned()]).collect()
}

/// Many repositories: some with a few images, some of those for two platforms; and one with so many
/// images that shards divide it. All of them share two layers.
async fn fill(host: &str) {
    let registry = HttpRegistry::connect(host, HostOptions::default()).unwrap();
    let registry = &registry;
    let shared = [bytes(1, 400_000), bytes(2, 150_000)];
    let all = futures::stream::iter(0..SMALL).for_each_concurrent(4, async |n| {
        let name = format!("team/small{n}");
        let mut layers = Vec::new();
        for content in &shared {
            layers.push(blob(registry, &name, LAYER, content).await);
        }
        let mut images = Vec::new();
        for (number, architecture) in ["amd64", "arm64"].into_iter().enumerate() {
            let own = bytes(100 + 10 * n + number, 200_000);
            let own = blob(registry, &name, LAYER, &own).await;
            let config = json!({"os": "linux", "architecture": architecture}).to_string();
            let config = blob(registry, &name, media_types::OCI_CONFIG, config.as_bytes()).await;
            let image = image_of(&config, &[layers[0].clone(), layers[1].clone(), own]);
            put(registry, &name, Some(architecture), &image).await;
            images.push(json!({
                "mediaType": media_types::OCI_MANIFEST, "digest": image.digest, "size": image.bytes.len(),
                "platform": {"os": "linux", "architecture": architecture},
            }));
        }
        let index = json!({
            "schemaVersion": 2, "mediaType": media_types::OCI_INDEX, "manifests": images,
        });
        put(registry, &name, Some("both"), &manifest(media_types::OCI_INDEX, &index)).await;
    });
    all.await;
    fill_many(registry, MANY).await;
}

/// The first images of the repository with very many.
async fn fill_many(registry: &HttpRegistry, count: usize) {
    let mut layers: Vec<Descriptor> = Vec::new();
    for seed in 0..40 {
        layers.push(blob(registry, "team/many", LAYER, &bytes(1_000 + seed, 60_000)).await);
    }
    let base = blob(registry, "team/many", LAYER, &bytes(1, 400_000)).await;
    let config = blob(registry, "team/many", media_types::OCI_CONFIG, b"{}").await;
    let images = futures::stream::iter(0..count).for_each_concurrent(16, async |n| {
        let own = [base.clone(), layers[n % 40].clone(), layers[n / 40].clone()];
        put(registry, "team/many", Some(&format!("v{n}")), &image_of(&config, &own)).await;
    });
    images.await;
}

fn read(registry: &Plain<'_>) -> BTreeMap<String, Content> {
    repositories().into_iter().map(|name| (name.clone(), registry.walk(&name))).collect()
}

/// A world with a full source, and its content.
async fn filled() -> (World, BTreeMap<String, Content>) {
    longshore_tests::tls();
    let world = World::new();
    fill(&world.from.host).await;
    let content = read(&Plain::new(&world.from.host));
    assert_eq!(content["team/many"].tags.len(), MANY);
    (world, content)
}

fn rules(world: &World, to: &str) -> String {
    let path = world.path(&format!("{}.yaml", to.replace(':', "-")));
    let text = RULE.replace("FROM", &world.from.host).replace("TO", to);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// The command line of one shard.
struct Call<'a> {
    world: &'a World,
    rules: &'a str,
    journal: Option<PathBuf>,
    more: Vec<String>,
}

impl<'a> Call<'a> {
    /// All runs are in one shared data directory.
    fn new(world: &'a World, rules: &'a str) -> Self {
        Self { world, rules, journal: None, more: Vec::new() }
    }

    fn with(mut self, more: &[&str]) -> Self {
        self.more.extend(more.iter().map(|&argument| argument.to_owned()));
        self
    }

    fn command(&self, shard: u32, more: &[&str]) -> Command {
        let shard = format!("{shard}/{SHARDS}");
        let mut arguments = vec!["sync", self.rules, "--shard", &shard, "--json"];
        arguments.extend(self.more.iter().map(String::as_str));
        arguments.extend(more);
        let mut command = self.world.longshore.command(&arguments);
        if let Some(journal) = &self.journal {
            command.arg("--journal").arg(journal);
        }
        command
    }

    fn start(&self, shard: u32) -> Running {
        Running::new(&mut self.command(shard, &[]))
    }

    fn plan(&self, shard: u32) -> Said {
        let said = Said::of(&self.command(shard, &["--plan"]).output().unwrap());
        assert_eq!(said.code, Some(0), "{}", said.error);
        documented("sync", &said);
        said
    }
}

/// The shard that puts the manifests of the divided repository.
fn owner() -> u32 {
    let many = "team/many".parse().unwrap();
    (0..SHARDS).find(|index| Shard::new(*index, SHARDS).unwrap().owns(&many)).unwrap()
}

fn end(shard: Running) -> Value {
    let said = shard.end();
    let failed = |event: &Value| event["event"] == "failed";
    let failures: Vec<Value> = said.events().into_iter().filter(failed).collect();
    assert_eq!(said.code, Some(0), "{}{failures:?}", said.error);
    documented("sync", &said);
    said.summary()
}

/// Kills a shard when it has transferred only some of its bytes; returns its run.
fn kill(mut shard: Running) -> String {
    let planned = shard.until(|event| event["event"] == "planned");
    shard.until_moved(0);
    shard.kill();
    planned["run"].as_str().unwrap().to_owned()
}

fn sum(summaries: &[Value], field: &str) -> u64 {
    summaries.iter().map(|summary| summary[field].as_u64().unwrap()).sum()
}

/// The number of new tags.
fn brought(summaries: &[Value]) -> usize {
    let brought = ["copied", "mounted", "retagged"].map(|field| sum(summaries, field));
    usize::try_from(brought.iter().sum::<u64>()).unwrap()
}

#[tokio::test]
async fn four_processes_do_what_one_does_and_the_plan_says_what_is_sent_twice() {
    let (world, content) = filled().await;
    let one = DockerRegistry::start();
    let summary = world.longshore.summary(&["sync", &rules(&world, &one.host), "--json"]);
    assert_eq!(read(&Plain::new(&one.host)), content);

    let rules = rules(&world, &world.to.host);
    let call = Call::new(&world, &rules);
    let plans: Vec<Value> = (0..SHARDS).map(|shard| call.plan(shard).summary()).collect();
    let planned = |field: &str| -> u64 {
        plans.iter().map(|plan| plan["runs"][0]["planned"][field].as_u64().unwrap()).sum()
    };
    let (to_move, twice) = (planned("bytes_to_move"), planned("bytes_twice"));
    assert!(twice > 0, "{plans:?}");
    let puts = |plan: &Value| plan["runs"][0]["planned"]["copy"].as_u64().unwrap() >= MANY as u64;
    let owners: Vec<usize> = (0..plans.len()).filter(|shard| puts(&plans[*shard])).collect();
    assert_eq!(owners, [owner() as usize], "one shard puts all manifests");
    let text =
        world.longshore.say(&["sync", &rules, "--shard", &format!("{}/{SHARDS}", owner()), "--plan"]).text;
    assert!(text.contains("that other shards upload") && text.contains("that may be sent twice"), "{text}");

    let processes: Vec<Running> = (0..SHARDS).map(|shard| call.start(shard)).collect();
    let summaries: Vec<Value> = processes.into_iter().map(end).collect();
    assert_eq!(read(&Plain::new(&world.to.host)), content);
    assert_eq!(brought(&summaries), MANY + 3 * SMALL);
    let moved = sum(&summaries, "bytes_moved");
    let alone = summary["bytes_moved"].as_u64().unwrap();
    assert!(moved <= alone + twice, "{moved} of {alone} and {twice} more; {to_move} were planned");
    let again = [world.longshore.summary(&["sync", &rules, "--json"])];
    assert_eq!((brought(&again), sum(&again, "bytes_moved")), (0, 0));
}

#[tokio::test]
async fn a_killed_shard_goes_on_or_is_run_again_and_all_four_do_what_one_does() {
    let (world, content) = filled().await;
    // The shard that puts the manifests is resumed; one that only uploads blobs is run again. Each
    // works on its own machine.
    for (victim, resumes) in [(owner(), true), ((owner() + 1) % SHARDS, false)] {
        let to = DockerRegistry::start();
        let rules = rules(&world, &to.host);
        let folder = tempfile::tempdir().unwrap();
        let journal = |shard: u32| folder.path().join(shard.to_string());
        let call = |shard: u32| Call { journal: Some(journal(shard)), ..Call::new(&world, &rules) };
        let dying = call(victim).with(&["--bandwidth", "500KB/s"]).start(victim);
        let others = (0..SHARDS).filter(|shard| *shard != victim);
        let others: Vec<Running> = others.map(|shard| call(shard).start(shard)).collect();
        let run = kill(dying);

        let journal = journal(victim).display().to_string();
        let runs = world.longshore.say(&["runs", "--json", "--journal", &journal]).events();
        assert_eq!((&runs[0]["run"], &runs[0]["state"]), (&run.as_str().into(), &"interrupted".into()));
        let again = match resumes {
            true => world.longshore.summary(&["runs", "resume", &run, "--json", "--journal", &journal]),
            false => end(call(victim).start(victim)),
        };
        assert_eq!(again["failed"], 0, "{again}");
        others.into_iter().map(end).for_each(|summary| assert_eq!(summary["failed"], 0, "{summary}"));
        assert_eq!(read(&Plain::new(&to.host)), content, "shard {victim}");
    }
}

#[tokio::test]
async fn four_processes_fill_ecr_although_one_is_killed() {
    let (world, content) = filled().await;
    let state = world.path("state");
    let sandbox = Served::new(&state, "0ms");
    let host = sandbox.host("111122223333", "us-west-2");
    let state = state.display().to_string();
    let aws = sandbox.aws("111122223333", "us-west-2");
    let password = aws.login_password();
    // We put ten manifests per second into ECR. Most exist from an earlier day, put by a client
    // without a rate limit.
    aws.ecr(&["create-repository", "--repository-name=team/many"]);
    let credentials = Credentials::Basic { user: "AWS".into(), password: Secret::new(&password) };
    let options = HostOptions { credentials: Arc::new(credentials), ..HostOptions::default() };
    fill_many(&HttpRegistry::connect(&host, options).unwrap(), MANY - 40).await;

    let rules = rules(&world, &host);
    let call = || Call::new(&world, &rules).with(&["--state", &state, "--rate-share", "1"]);
    let victim = (owner() + 1) % SHARDS;
    let dying = call().with(&["--bandwidth", "300KB/s"]).start(victim);
    let others: Vec<u32> = (0..SHARDS).filter(|shard| *shard != victim).collect();
    let others: Vec<Running> = others.into_iter().map(|shard| call().start(shard)).collect();
    let run = kill(dying);
    let again = world.longshore.summary(&["sync", &rules, "--resume", &run, "--json", "--state", &state]);
    assert_eq!(again["failed"], 0);
    others.into_iter().map(end).for_each(|summary| assert_eq!(summary["failed"], 0, "{summary}"));
    assert_eq!(read(&Plain::of_ecr(&host, &aws)), content);
}
