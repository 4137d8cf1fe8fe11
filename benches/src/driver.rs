//! Runs every contender on every case, alternating, and collects the measurements.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    Failure,
    aims::{Case, Kind},
    contender::{Contender, Programs, Run, alone},
    measure::{self, Sample, median},
    plan::Plan,
    proxies::Proxy,
    registry::DockerRegistry,
    report::{Figures, Row},
    requests::Requests,
};

/// A contender whose run takes longer is run [`FEW`] times only, and not at all for the limit.
const SLOW_S: f64 = 10.0;
const FEW: usize = 3;

/// Everything that the measurements share.
pub struct Bench {
    /// The programs.
    pub programs: Programs,
    /// Runs of each contender.
    pub runs: usize,
    /// The contenders that take part.
    pub contenders: Vec<Contender>,
    /// A folder for registries, plans and homes.
    pub folder: PathBuf,
    /// Holds the workloads.
    pub source: DockerRegistry,
    /// Reports progress.
    pub say: fn(&str),
}

/// The resources of one run, until it is over.
struct Stage {
    source: String,
    destination: String,
    to: String,
    plan: PathBuf,
    check: PathBuf,
    /// The destination itself, not the proxy in front of it.
    checked: String,
    proxies: Vec<Proxy>,
    _registry: Option<DockerRegistry>,
}

impl Bench {
    /// Pushes a workload into the source registry and writes its plans.
    ///
    /// # Errors
    /// If the registry does not accept it.
    pub fn fill(&self, repository: &str) -> Result<(), Failure> {
        (self.say)(&format!("filling {repository}"));
        let program = std::env::current_exe().map_err(Failure::io("finding this program"))?;
        let mut command = Command::new(program);
        command.args(["fill", self.source.host(), repository]).arg(&self.folder);
        measure::run(&mut command).map(drop)
    }

    /// Measures a case whose workload is already pushed.
    ///
    /// # Errors
    /// The first error of any run.
    pub fn measure(&self, case: &Case) -> Result<Row, Failure> {
        let takes_part = |contender: &&Contender| self.contenders.contains(contender);
        let contenders: Vec<_> = case.contenders.iter().filter(takes_part).copied().collect();
        let mut samples = vec![Vec::<Sample>::new(); contenders.len()];
        let kept = (case.kind == Kind::Again).then(|| self.stage(case, false, 0)).transpose()?;
        for round in 0..self.runs {
            // The order changes, so that no contender always follows the same one.
            for turn in 0..contenders.len() {
                let index = (round + turn) % contenders.len();
                let slow = samples[index].first().is_some_and(|first: &Sample| first.wall_s > SLOW_S);
                if slow && contenders[index] == Contender::Skopeo && round >= FEW {
                    continue;
                }
                let number = round * contenders.len() + turn;
                let fresh;
                let stage = match &kept {
                    Some(kept) => kept,
                    None => {
                        fresh = self.stage(case, false, number)?;
                        &fresh
                    }
                };
                let sample = self.run(case, contenders[index], stage)?;
                (self.say)(&format!(
                    "{} {} ms, {}: {:.3} s",
                    case.workload,
                    case.rtt_ms,
                    contenders[index].name(),
                    sample.wall_s
                ));
                samples[index].push(sample);
            }
        }
        drop(kept);
        let mut row = Row::new(case, self.runs);
        for (index, contender) in contenders.iter().enumerate() {
            let mut stage = self.stage(case, true, 1_000_000 + index)?;
            self.run(case, *contender, &stage)?;
            let mut requests = Requests::default();
            for proxy in &mut stage.proxies {
                requests.merge(proxy.take_requests()?);
            }
            row.add(*contender, figures(&samples[index], requests));
        }
        Ok(row)
    }

    /// Prepares registries, and proxies if there is a round-trip time or requests are counted.
    fn stage(&self, case: &Case, counted: bool, number: usize) -> Result<Stage, Failure> {
        let plan = |what: &str| self.folder.join(format!("{}.{what}.json", case.repository));
        let mut stage = Stage {
            source: self.source.host().to_owned(),
            destination: self.source.host().to_owned(),
            to: case.repository.to_owned(),
            plan: plan(if case.kind == Kind::Again { "ask" } else { "copy" }),
            check: plan("check"),
            checked: self.source.host().to_owned(),
            proxies: Vec::new(),
            _registry: None,
        };
        if case.kind == Kind::Mount {
            stage.to = format!("{}-{}-{number}", case.repository, case.workload.to_lowercase());
            for what in ["mount", "mounted"] {
                let mut renamed = Plan::read(&plan(what))?;
                renamed.to.clone_from(&stage.to);
                renamed.write(&self.folder.join(format!("{what}.json")))?;
            }
            stage.plan = self.folder.join("mount.json");
            stage.check = self.folder.join("mounted.json");
        } else {
            let registry = DockerRegistry::start(&self.folder)?;
            stage.destination = registry.host().to_owned();
            stage.checked.clone_from(&stage.destination);
            stage._registry = Some(registry);
        }
        if case.kind == Kind::Again {
            self.limit(&plan("copy"), &stage.source, &stage.destination)?;
        }
        if case.rtt_ms > 0 || counted {
            let round_trip = Duration::from_millis(if counted { 0 } else { case.rtt_ms });
            let source = Proxy::start(&stage.source, round_trip)?;
            let same = stage.destination == stage.source;
            source.address().clone_into(&mut stage.source);
            stage.proxies.push(source);
            if same {
                stage.destination.clone_from(&stage.source);
            } else {
                let destination = Proxy::start(&stage.destination, round_trip)?;
                destination.address().clone_into(&mut stage.destination);
                stage.proxies.push(destination);
            }
        }
        Ok(stage)
    }

    /// One run, after which every tag must be at the destination.
    fn run(&self, case: &Case, contender: Contender, stage: &Stage) -> Result<Sample, Failure> {
        let home = self.home()?;
        let run = Run {
            case,
            plan: &stage.plan,
            source: &stage.source,
            destination: &stage.destination,
            to: &stage.to,
            home: &home,
        };
        let sample = measure::run(&mut self.programs.command(contender, &run))?;
        self.checked(&stage.check, &stage.checked, contender, case.workload)?;
        Ok(sample)
    }

    /// Every tag of a workload must be at a registry.
    ///
    /// # Errors
    /// If one is missing, or points to something else.
    pub fn check(
        &self,
        repository: &str,
        host: &str,
        contender: Contender,
        workload: &str,
    ) -> Result<(), Failure> {
        let plan = self.folder.join(format!("{repository}.check.json"));
        self.checked(&plan, host, contender, workload)
    }

    fn checked(&self, plan: &Path, host: &str, contender: Contender, workload: &str) -> Result<(), Failure> {
        self.limit(plan, host, host).map_err(|failure| Failure::Incomplete {
            program: contender.name().to_owned(),
            workload: workload.to_owned(),
            what: failure.to_string(),
        })
    }

    /// Executes a plan without timing it.
    fn limit(&self, plan: &Path, source: &str, destination: &str) -> Result<(), Failure> {
        let mut command = alone(&self.programs.limit, &self.folder);
        measure::run(command.arg(plan).args([source, destination])).map(drop)
    }

    /// An empty home.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn home(&self) -> Result<PathBuf, Failure> {
        let home = self.folder.join("home");
        if home.exists() {
            fs::remove_dir_all(&home).map_err(Failure::file(&home))?;
        }
        fs::create_dir_all(&home).map_err(Failure::file(&home))?;
        Ok(home)
    }

    /// `--version` of Longshore and skopeo, for the footer of the table.
    ///
    /// # Errors
    /// When one does not start.
    pub fn versions(&self) -> Result<Vec<String>, Failure> {
        let mut versions = Vec::new();
        for (contender, program) in
            [(Contender::Longshore, &self.programs.longshore), (Contender::Skopeo, &self.programs.skopeo)]
        {
            if self.contenders.contains(&contender) {
                let output = measure::run(alone(program, &self.folder).arg("--version"))?.output;
                versions.push(output.trim().to_owned());
            }
        }
        Ok(versions)
    }
}

fn figures(samples: &[Sample], requests: Requests) -> Figures {
    let middle = |field: fn(&Sample) -> f64| median(samples.iter().map(field));
    Figures {
        wall_s: middle(|sample| sample.wall_s),
        cpu_s: middle(|sample| sample.cpu_s),
        rss_mib: middle(|sample| sample.rss_mib),
        spread_s: (
            samples.iter().map(|sample| sample.wall_s).fold(f64::INFINITY, f64::min),
            samples.iter().map(|sample| sample.wall_s).fold(0.0, f64::max),
        ),
        requests,
    }
}
