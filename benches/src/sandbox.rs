//! W6: 2,000 tags into the sandbox with all of ECR's switches on, 30 ms away. The time depends only
//! on its rates: 10 manifests per second.

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    Failure,
    contender::alone,
    driver::Bench,
    measure::{self, Sample},
    proxies::Proxy,
    sizes::Sizes,
};

/// The round trip to both registries, milliseconds.
const RTT_MS: u64 = 30;
/// ECR's rate of `PutImage` for an account and Region (service quota L-AD52DFB2).
const MANIFESTS_A_SECOND: f64 = 10.0;
/// The behaviour of ECR that copiers trip over. Tokens expire often enough for every run to see it.
const SWITCHES: [&str; 5] =
    ["throttling", "multi-patch-broken", "referrers-refused", "principals-rewritten", "token-life=60s"];
/// Wall time relative to the time that the rates alone require.
const AIM: f64 = 1.05;
/// Share of responses with status 429.
const AIM_THROTTLED: f64 = 0.01;

/// Measures W6 with and without cross-repository mounts, once each.
///
/// # Errors
/// The first error of any run.
pub fn measure(bench: &Bench) -> Result<Vec<Value>, Failure> {
    bench.fill("w6")?;
    [false, true].into_iter().map(|mounting| one(bench, mounting)).collect()
}

#[allow(clippy::cast_precision_loss)] // counts of one run
fn one(bench: &Bench, mounting: bool) -> Result<Value, Failure> {
    let sizes = Sizes::read(&bench.folder.join("w6.sizes.json"))?;
    let home = bench.home()?;
    let sandbox = Sandbox::start(&bench.programs.longshore, &home, mounting)?;
    let mut proxy = Proxy::start(bench.source.host(), Duration::from_millis(RTT_MS))?;
    let rules = json!({"version": 1, "rules": [{
        "name": "w6",
        "source": {
            "registry": proxy.address(),
            "repositories": [{"prefix": "w6/"}],
            "referrers": "without",
        },
        "destinations": [{"registry": sandbox.registry}],
    }]});
    let file = home.join("rules.yaml");
    fs::write(&file, rules.to_string()).map_err(Failure::file(&file))?;
    let mut command = alone(&bench.programs.longshore, &home);
    command.arg("sync").arg(&file).arg("--json").arg("--state").arg(home.join("sandbox"));
    let sample = measure::run(&mut command)?;
    let copied = summary(&sample)?["copied"].as_u64();
    if copied != Some(sizes.tags) {
        return Err(Failure::Incomplete {
            program: "longshore".into(),
            workload: "W6".into(),
            what: format!("{copied:?} of {} tags copied; the rest", sizes.tags),
        });
    }
    let source_requests = proxy.take_requests()?.total;
    let traffic = sandbox.end()?;
    let count = |name: &str| traffic[name].as_u64().unwrap_or(0);
    let operations = traffic["operations"].as_object().into_iter().flatten();
    let asked: u64 = operations.filter_map(|(_, count)| count["requests"].as_u64()).sum();
    let needed_s = sizes.manifests as f64 / MANIFESTS_A_SECOND;
    let needed_bytes = if mounting { sizes.distinct } else { sizes.by_repository };
    let again = count("blob_bytes_received").saturating_sub(needed_bytes);
    let (ratio, throttled) = (sample.wall_s / needed_s, count("throttled") as f64 / asked.max(1) as f64);
    let mut missed = Vec::new();
    if ratio > AIM {
        missed.push(format!("{ratio:.3} × the rates (≤ {AIM})"));
    }
    if throttled >= AIM_THROTTLED {
        missed.push(format!("{:.2} % of answers are 429 (< 1)", throttled * 100.0));
    }
    if again > 0 {
        missed.push(format!("{again} blob bytes sent twice (0)"));
    }
    Ok(json!({
        "workload": "W6",
        "rtt_ms": RTT_MS,
        "mounting": mounting,
        "tags": sizes.tags,
        "needed_s": needed_s,
        "longshore_s": sample.wall_s,
        "ratio": ratio,
        "requests": source_requests + asked,
        "throttled_share": throttled,
        "blob_bytes": count("blob_bytes_received"),
        "blob_bytes_sent_twice": again,
        "mounts": count("mounts"),
        "tokens": traffic["operations"]["GetAuthorizationToken"]["requests"],
        "cpu_s": sample.cpu_s,
        "rss_mib": sample.rss_mib,
        "missed": missed,
    }))
}

/// The last line that `longshore … --json` printed.
pub(crate) fn summary(sample: &Sample) -> Result<Value, Failure> {
    let line = sample.output.lines().last().unwrap_or_default();
    serde_json::from_str(line).map_err(|error| Failure::io("the summary of longshore")(error.into()))
}

/// A running sandbox, which stops when the value is dropped.
struct Sandbox {
    process: Child,
    output: Lines<BufReader<ChildStdout>>,
    /// `host:port` of the destination registry.
    registry: String,
    account: Value,
    region: Value,
}

impl Sandbox {
    fn start(longshore: &Path, home: &Path, mounting: bool) -> Result<Self, Failure> {
        let mut command = Command::new(longshore);
        command.env("HOME", home).args(["sandbox", "serve", "--port", "0", "--json", "--state"]);
        command.arg(home.join("sandbox"));
        for switch in SWITCHES {
            command.args(["--switch", switch]);
        }
        command.arg("--switch").arg(format!("round-trip={RTT_MS}ms"));
        command.arg("--switch").arg(format!("blob-mounting={}", if mounting { "on" } else { "off" }));
        let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = started.map_err(Failure::io("starting the sandbox"))?;
        let gone = || Failure::Usage("the sandbox has no output".into());
        let output = BufReader::new(process.stdout.take().ok_or_else(gone)?).lines();
        let mut sandbox =
            Self { process, output, registry: String::new(), account: Value::Null, region: Value::Null };
        let ready = sandbox.line()?;
        let first = &ready["registries"][0];
        let url = first["url"].as_str().unwrap_or_default();
        sandbox.registry = url.trim_start_matches("http://").to_owned();
        sandbox.account = first["account"].clone();
        sandbox.region = first["region"].clone();
        Ok(sandbox)
    }

    fn line(&mut self) -> Result<Value, Failure> {
        let line = self.output.next();
        let line = line.ok_or_else(|| Failure::Usage("the sandbox ended before its time".into()))?;
        let line = line.map_err(Failure::io("the sandbox's output"))?;
        serde_json::from_str(&line).map_err(|error| Failure::io("the sandbox's output")(error.into()))
    }

    /// Ends it and returns the requests that its registry received.
    fn end(mut self) -> Result<Value, Failure> {
        let id = self.process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        told.map_err(Failure::io("ending the sandbox"))?;
        loop {
            let mut line = self.line()?;
            if line["event"] != "traffic" {
                continue;
            }
            let registries = line["registries"].as_array_mut();
            let ours = registries
                .into_iter()
                .flatten()
                .find(|registry| registry["account"] == self.account && registry["region"] == self.region);
            return Ok(ours.map_or(Value::Null, Value::take));
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
