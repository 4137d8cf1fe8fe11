//! `bench run`: compares Longshore with the limit of this machine and with skopeo. `make bench`
//! builds everything and calls it.
#![allow(clippy::print_stdout, clippy::print_stderr)] // a program's output

use std::{
    fs,
    io::BufRead,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::PoisonError,
    time::Duration,
};

use clap::{Args, Parser, Subcommand};
use longshore_benches::{
    Failure, aims,
    build::Built,
    contender::{Contender, Programs},
    delay,
    driver::Bench,
    generate,
    registry::DockerRegistry,
    report, sandbox,
    sizes::Sizes,
    tee,
    workload::Workload,
};
use tokio::net::TcpListener;

/// The space for W1 in both registries, the workloads, and a reserve.
const ROOM: u64 = 4 << 30;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure.
    Run(Options),
    /// Push a workload into a registry and write its plans.
    Fill { host: String, repository: String, folder: PathBuf },
    /// A proxy with a round-trip time; prints its address, and answers each line with the requests
    /// since the last.
    Proxy {
        target: String,
        /// Milliseconds.
        #[arg(long)]
        rtt: u64,
    },
}

#[derive(Args)]
struct Options {
    /// `W1,W2`, `scale`, `all`; W1 to W5 when empty.
    #[arg(long, default_value = "")]
    workloads: String,
    /// Runs of each program.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Where to write the medians as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Leave a program out: `longshore`, `skopeo`.
    #[arg(long)]
    without: Vec<String>,
    /// The `longshore` to measure; by default the one next to this program.
    #[arg(long)]
    longshore: Option<PathBuf>,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Run(options) => run(&options),
        Command::Fill { host, repository, folder } => fill(&host, &repository, &folder),
        Command::Proxy { target, rtt } => proxy(target, Duration::from_millis(rtt)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Failure> {
    let chosen = aims::chosen(&options.workloads)?;
    let cases: Vec<_> = aims::CASES.iter().filter(|case| chosen.contains(&case.workload)).collect();
    let parent = roomy()?;
    let folder = tempfile::Builder::new().prefix("longshore-bench-").tempdir_in(&parent);
    let folder = folder.map_err(Failure::file(&parent))?;
    let all = [Contender::Limit, Contender::LimitSha256, Contender::Longshore, Contender::Skopeo];
    let takes_part = |contender: &Contender| !options.without.iter().any(|name| name == contender.name());
    let bench = Bench {
        programs: programs(options)?,
        runs: options.runs.into(),
        contenders: all.into_iter().filter(takes_part).collect(),
        source: DockerRegistry::start(folder.path())?,
        folder: folder.path().to_owned(),
        say: |text| eprintln!("{text}"),
    };
    let versions = bench.versions()?;
    let mut filled = Vec::new();
    let mut rows = Vec::new();
    for case in cases {
        if !filled.contains(&case.repository) {
            bench.fill(case.repository)?;
            filled.push(case.repository);
        }
        rows.push(bench.measure(case)?);
    }
    let mut more = Vec::new();
    if chosen.contains(&"W6") {
        more.extend(sandbox::measure(&bench)?);
    }
    if chosen.contains(&"W7") {
        more.push(tee::measure(&bench)?);
    }
    println!("{}", report::table(&rows));
    for row in &more {
        println!("{row}");
    }
    println!("Registries on {}; {}.", parent.display(), versions.join("; "));
    if let Some(path) = &options.json {
        fs::write(path, report::json(&rows, &more)).map_err(Failure::file(path))?;
    }
    Ok(())
}

/// A RAM disk if there is one with enough space, otherwise the folder for temporary files.
fn roomy() -> Result<PathBuf, Failure> {
    let memory = Path::new("/dev/shm");
    let free = |folder: &Path| fs2::available_space(folder).unwrap_or(0);
    if free(memory) >= ROOM && available_memory() >= ROOM {
        return Ok(memory.to_owned());
    }
    let disk = std::env::temp_dir();
    if free(&disk) >= ROOM {
        return Ok(disk);
    }
    Err(Failure::Usage(format!("neither /dev/shm nor {} has 4 GiB of room", disk.display())))
}

/// Bytes of available memory (proc(5), `MemAvailable`); 0 if the system does not report it.
fn available_memory() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

fn programs(options: &Options) -> Result<Programs, Failure> {
    let this = std::env::current_exe().map_err(Failure::io("finding this program"))?;
    let beside = |name: &str| this.with_file_name(name);
    Ok(Programs {
        limit: beside("limit"),
        longshore: options.longshore.clone().unwrap_or_else(|| beside("longshore")),
        skopeo: PathBuf::from("/usr/bin/skopeo"),
    })
}

fn fill(host: &str, repository: &str, folder: &Path) -> Result<(), Failure> {
    let workload = match repository {
        "w1" => Workload::w1(),
        "w2" => Workload::w2(),
        "w5" => Workload::w5(),
        "w7" => Workload::w7(),
        "w6" => {
            let built = Workload::w6().iter().map(Built::new).collect::<Result<Vec<_>, _>>()?;
            built.iter().try_for_each(|built| generate::fill(host, built))?;
            return Sizes::of(&built).write(&folder.join("w6.sizes.json"));
        }
        other => {
            let count = other.strip_prefix("tags").and_then(|count| count.parse().ok());
            let unknown = || Failure::Usage(format!("no workload is `{other}`"));
            Workload::scale(count.ok_or_else(unknown)?)
        }
    };
    let built = Built::new(&workload)?;
    generate::fill(host, &built)?;
    let tag = &workload.images[0].tag;
    let plans = [
        ("copy", built.copying()),
        ("ask", built.asking()),
        ("check", built.checking()),
        ("mount", built.mounting(tag)),
        ("mounted", built.checking_one(tag)),
    ];
    for (name, plan) in plans {
        plan.write(&folder.join(format!("{repository}.{name}.json")))?;
    }
    Ok(())
}

fn proxy(target: String, round_trip: Duration) -> Result<(), Failure> {
    let counted = delay::Counted::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::io("a runtime"))?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
    let listener = listener.map_err(Failure::io("a port"))?;
    println!("{}", listener.local_addr().map_err(Failure::io("a port"))?);
    let shared = counted.clone();
    let serving =
        std::thread::spawn(move || runtime.block_on(delay::serve(listener, target, round_trip / 2, shared)));
    for line in std::io::stdin().lock().lines() {
        line.map_err(Failure::io("standard input"))?;
        let requests = std::mem::take(&mut *counted.lock().unwrap_or_else(PoisonError::into_inner));
        println!("{}", serde_json::json!(requests));
        if serving.is_finished() {
            return Err(Failure::Usage("the proxy accepts no connections any more".into()));
        }
    }
    Ok(())
}
