//! W7: one source and four destinations; each of the source's blobs is read once.

use std::{fs, time::Duration};

use serde_json::{Value, json};

use crate::{
    Failure,
    contender::{Contender, alone},
    driver::Bench,
    measure::{self, median},
    proxies::Proxy,
    registry::DockerRegistry,
    requests::Requests,
};

const DESTINATIONS: usize = 4;

/// Measures W7.
///
/// # Errors
/// The first error of any run.
pub fn measure(bench: &Bench) -> Result<Value, Failure> {
    bench.fill("w7")?;
    let (mut walls, mut cpus, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.runs {
        let (sample, _) = one(bench, false)?;
        walls.push(sample.wall_s);
        cpus.push(sample.cpu_s);
        sizes.push(sample.rss_mib);
    }
    let (_, requests) = one(bench, true)?;
    let again = requests.read_again();
    let missed = (again > 0).then(|| format!("{again} blobs read more than once (0)"));
    Ok(json!({
        "workload": "W7",
        "rtt_ms": 0,
        "destinations": DESTINATIONS,
        "longshore_s": median(walls),
        "source_requests": requests.total,
        "blobs": requests.reads.len(),
        "blobs_read_again": again,
        "cpu_s": median(cpus),
        "rss_mib": median(sizes),
        "missed": missed.into_iter().collect::<Vec<_>>(),
    }))
}

fn one(bench: &Bench, counted: bool) -> Result<(measure::Sample, Requests), Failure> {
    let home = bench.home()?;
    let registries: Vec<_> =
        (0..DESTINATIONS).map(|_| DockerRegistry::start(&bench.folder)).collect::<Result<_, _>>()?;
    let mut proxy = counted.then(|| Proxy::start(bench.source.host(), Duration::ZERO)).transpose()?;
    let source = proxy.as_ref().map_or(bench.source.host(), Proxy::address);
    let destinations: Vec<_> =
        registries.iter().map(|registry| json!({"registry": registry.host()})).collect();
    let rules = json!({"version": 1, "rules": [{
        "name": "w7",
        "source": {"registry": source, "repositories": [{"exact": "w7"}], "referrers": "without"},
        "destinations": destinations,
    }]});
    let file = home.join("rules.yaml");
    fs::write(&file, rules.to_string()).map_err(Failure::file(&file))?;
    let mut command = alone(&bench.programs.longshore, &home);
    let sample = measure::run(command.arg("sync").arg(&file).arg("--json"))?;
    let requests = proxy.as_mut().map(Proxy::take_requests).transpose()?.unwrap_or_default();
    for registry in &registries {
        bench.check("w7", registry.host(), Contender::Longshore, "W7")?;
    }
    Ok((sample, requests))
}
