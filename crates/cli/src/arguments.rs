//! What can be typed.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use longshore_app::transfer::{Platform, RunContext, Shard};

use crate::values;

const EXAMPLES: &str = "\
Examples:
  longshore demo
      walks through replication and promotion on a throw-away sandbox; nothing else is needed
  longshore copy localhost:5000/team/app registry.example.com/mirror/app --plan
      shows what copying every tag would do; without --plan it does it
  longshore copy ghcr.io/team/app:1.4 111122223333.dkr.ecr.us-west-2.amazonaws.com/team/app
      copies one image into an ECR registry, as the account that is connected in the app
  longshore sync rules.yaml
      copies what the rules of a file select
  longshore verify registry.example.com/mirror/app --against localhost:5000/team/app
      proves that the copy is complete
  longshore tags registry.example.com/mirror/app
      lists tags; `longshore inspect REF` shows what an image is made of
  longshore runs
      lists runs; `longshore runs resume RUN` goes on with one that was stopped

Exit codes: 0 done, 1 failed, 2 wrong use, 3 nothing lost but not everything done, 130 interrupted.";

/// Container images over many Amazon ECR accounts and Regions: copied between any registries,
/// planned first and proven afterwards.
#[derive(Parser)]
#[command(name = "longshore", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print a log to standard error, with what this filter lets through: `debug`,
    /// `longshore=trace`. The environment may say so too, as LONGSHORE_LOG or RUST_LOG; without any
    /// of them nothing is logged.
    #[arg(long, value_name = "FILTER", global = true)]
    pub(crate) log: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Walk through replication and promotion on a throw-away sandbox.
    Demo(Demo),
    /// Copy a tag, a digest or a whole repository between any two registries.
    Copy(Copy),
    /// Copy what the rules of a file select.
    Sync(Sync),
    /// Prove that images are complete, down to their last layer.
    Verify(Verify),
    /// List the tags of a repository. On ECR this is no pull.
    Tags(Tags),
    /// Show what images are made of: platforms, layers, labels, referrers. On ECR this counts as a
    /// pull.
    Inspect(Inspect),
    /// Rules, explained.
    Rule {
        #[command(subcommand)]
        command: Rule,
    },
    /// What other systems take.
    Export {
        #[command(subcommand)]
        command: Export,
    },
    /// Runs that can go on, are under way, or were done.
    Runs(Runs),
    /// The embedded ECR.
    Sandbox {
        #[command(subcommand)]
        command: Sandbox,
    },
    /// Log another client in to a registry; the password goes by standard input only.
    Login(Login),
    /// Print a registry's password, for clients that `login` does not know.
    LoginPassword(LoginPassword),
}

/// How registries are opened.
#[derive(Args, Clone)]
pub(crate) struct Open {
    /// A host that is spoken to in plain HTTP; may be given several times. Hosts of this machine are
    /// unless `--tls` says otherwise.
    #[arg(long = "insecure-host", value_name = "HOST")]
    pub(crate) insecure_hosts: Vec<String>,
    /// Hosts of this machine speak TLS, or only this one; may be given several times. Others always
    /// do.
    #[arg(long, value_name = "HOST", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) tls: Vec<String>,
    /// Trust the certificates of this PEM file too; may be given several times. Those in `certs.d` of
    /// docker and podman are trusted for their hosts.
    #[arg(long = "ca-file", value_name = "FILE")]
    pub(crate) ca_files: Vec<PathBuf>,
    /// Do not check the certificate of this host; may be given several times. Anybody on the way can
    /// then read the password.
    #[arg(long = "insecure-skip-verify", value_name = "HOST")]
    pub(crate) skip_verify: Vec<String>,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

/// Who acts at a registry.
#[derive(Args, Clone)]
pub(crate) struct Acting {
    /// The account that acts at ECR registries whose owner is not connected: its number or name, or
    /// `environment` for the AWS credentials in this process's environment.
    #[arg(long)]
    pub(crate) account: Option<String>,
    #[command(flatten)]
    pub(crate) state: State,
}

/// How fast a run is.
#[derive(Args)]
pub(crate) struct Speed {
    /// Bytes that move in a second at most, such as `50MB/s` or `800KiB/s`.
    #[arg(long, value_name = "RATE", value_parser = values::rate)]
    pub(crate) bandwidth: Option<u64>,
    /// Blobs that are under way at once; by default as many as go well.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) concurrency: Option<u16>,
}

impl Speed {
    /// Sets a run's limits.
    pub(crate) fn apply(&self, context: &mut RunContext) {
        context.control.set_bandwidth(self.bandwidth);
        context.control.set_concurrency(self.concurrency.map(usize::from));
    }
}

#[derive(Args)]
pub(crate) struct Sync {
    /// The rules, YAML.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Show what would be done and do nothing.
    #[arg(long)]
    pub(crate) plan: bool,
    /// One JSON object per line; the last is the summary.
    #[arg(long)]
    pub(crate) json: bool,
    /// Only this rule; may be given several times.
    #[arg(long = "rule", value_name = "NAME")]
    pub(crate) rules: Vec<String>,
    /// This process's part of the work: `0/4` is the first of four.
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,
    /// The part of ECR's rates that this process takes; by default 1/N of a shard, and all of it
    /// otherwise.
    #[arg(long, value_name = "SHARE", value_parser = values::share)]
    pub(crate) rate_share: Option<f64>,
    /// Copy although images of the destination expire by its life-cycle policies afterwards.
    #[arg(long)]
    pub(crate) accept_expiry: bool,
    /// Go on with the unfinished runs of an earlier call instead of planning anew.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["plan", "rules", "shard"])]
    pub(crate) resume: Option<String>,
    /// Write what was done and how it is proven to a file; `longshore verify --report` checks it.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) speed: Speed,
    /// Where runs are remembered, so that they can go on; by default in the data directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) journal: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) open: Open,
}

#[derive(Args)]
pub(crate) struct Verify {
    /// What is verified, in the forms of `copy`; without a tag every tag.
    #[arg(value_name = "REF", required_unless_present = "report")]
    pub(crate) references: Vec<String>,
    /// Another place whose tags must point at the same digests.
    #[arg(long, value_name = "REF")]
    pub(crate) against: Option<String>,
    /// Read every byte, instead of asking whether it is there and how long it is.
    #[arg(long)]
    pub(crate) deep: bool,
    /// Verify signatures, SBOMs and attestations too.
    #[arg(long)]
    pub(crate) referrers: bool,
    /// Verify that what a report of `copy` or `sync` says is there now.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["references", "against"])]
    pub(crate) report: Option<PathBuf>,
    /// One JSON object per line; the last is the summary.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) open: Open,
}

#[derive(Args)]
pub(crate) struct Tags {
    /// What is listed, in the forms of `copy`'s source: with a tag this one, with a digest the tags
    /// that point at it.
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
    /// One JSON object per line; the last is the summary.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) open: Open,
}

#[derive(Args)]
pub(crate) struct Inspect {
    /// What is shown, in the forms of `copy`'s source; without a tag every tag.
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
    /// One JSON object per line; the last is the summary.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) open: Open,
}

#[derive(Subcommand)]
pub(crate) enum Rule {
    /// Say what rules do, and whether ECR itself could do it or why not.
    Explain(ExplainRule),
    /// Say whether a file is right, and what is wrong in which line.
    Check(CheckRule),
    /// Print the JSON Schema of rule files.
    Schema,
}

#[derive(Args)]
pub(crate) struct ExplainRule {
    /// The rules, YAML.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Only this rule; may be given several times.
    #[arg(value_name = "NAME")]
    pub(crate) rules: Vec<String>,
    /// Ask the source, and say for each tag whether it is copied or why not.
    #[arg(long)]
    pub(crate) images: bool,
    /// One JSON object per line; the last is the summary.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) open: Open,
}

#[derive(Args)]
pub(crate) struct CheckRule {
    /// The rules, YAML.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// One JSON object per line; the last is the summary.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum Export {
    /// A Job, or a CronJob when the rules have a schedule, that runs `longshore sync` in a cluster.
    Kubernetes(ExportKubernetes),
}

#[derive(Args)]
pub(crate) struct ExportKubernetes {
    /// The rules, YAML.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Pods that share the work.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) shards: u32,
    /// The container image with `longshore` in it.
    #[arg(long)]
    pub(crate) image: String,
    /// The name of everything that is made.
    #[arg(long, default_value = "longshore-sync")]
    pub(crate) name: String,
    /// The namespace; without it the caller's.
    #[arg(long)]
    pub(crate) namespace: Option<String>,
    /// Runs at these times instead of the schedule of the rules: `0 3 * * *`.
    #[arg(long, value_name = "CRON", conflicts_with = "once")]
    pub(crate) cron: Option<String>,
    /// The time zone of `--cron`, such as `Europe/Berlin`.
    #[arg(long, value_name = "ZONE", requires = "cron")]
    pub(crate) time_zone: Option<String>,
    /// Runs once although the rules have a schedule.
    #[arg(long)]
    pub(crate) once: bool,
    /// The IAM role that the pods act as.
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: Option<String>,
    /// A Secret of type `kubernetes.io/dockerconfigjson`, for registries that are not ECR's.
    #[arg(long, value_name = "NAME")]
    pub(crate) docker_config_secret: Option<String>,
    /// One JSON object: the summary, with the manifests as `text`.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Runs {
    #[command(subcommand)]
    pub(crate) command: Option<RunsCommand>,
    /// The journal's folder; by default the data directory.
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) journal: Option<PathBuf>,
    /// One JSON object per line; the last is the summary.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum RunsCommand {
    /// All of them, the newest first.
    List,
    /// One of them with its plan.
    Show(OneRun),
    /// Go on; nothing that is finished is copied again.
    Resume(ResumeRun),
    /// Stop a run that is under way in another process; it can go on later.
    Cancel(OneRun),
    /// Drop a run from the list; what it copied stays.
    Forget(OneRun),
}

#[derive(Args)]
pub(crate) struct OneRun {
    /// Its id, or the beginning of it.
    pub(crate) run: String,
}

#[derive(Args)]
pub(crate) struct ResumeRun {
    /// Its id, or the beginning of it.
    pub(crate) run: String,
    /// Copy although images of the destination expire by its life-cycle policies afterwards.
    #[arg(long)]
    pub(crate) accept_expiry: bool,
    #[command(flatten)]
    pub(crate) speed: Speed,
    #[command(flatten)]
    pub(crate) open: Open,
}

#[derive(Args)]
pub(crate) struct Copy {
    /// What is read: `host[:port]/repository[:tag][@digest]`, `oci:DIR[:TAG]`,
    /// `docker-archive:FILE[:REF]` or `oci-archive:FILE[:REF]`, where the file may be compressed with
    /// gzip and `-` is standard input; without a tag every tag.
    #[arg(value_name = "SRC")]
    pub(crate) source: String,
    /// Where it is written, in the same forms; without a tag under the source's tags.
    #[arg(value_name = "DST")]
    pub(crate) destination: String,
    /// Show what would be done and do nothing.
    #[arg(long)]
    pub(crate) plan: bool,
    /// One JSON object per line; the last is the summary.
    #[arg(long)]
    pub(crate) json: bool,
    /// Copy the image of one platform out of each index, such as `linux/arm64/v8`.
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", value_parser = values::platform)]
    pub(crate) platform: Option<Platform>,
    /// Copy signatures, SBOMs and attestations too.
    #[arg(long)]
    pub(crate) referrers: bool,
    /// What to do with a tag of the destination that has another digest.
    #[arg(long, value_enum, default_value_t = Conflict::Fail)]
    pub(crate) on_conflict: Conflict,
    /// Copy although images of the destination expire by its life-cycle policies afterwards.
    #[arg(long)]
    pub(crate) accept_expiry: bool,
    #[command(flatten)]
    pub(crate) speed: Speed,
    /// Write what was done and how it is proven to a file; `longshore verify --report` checks it.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Where the run is remembered, so that it can go on; by default in the data directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) journal: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) open: Open,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Conflict {
    /// Leave it; the copy is not complete then.
    Fail,
    /// Leave it; that is how it should be.
    Skip,
    /// Move it, unless it is immutable.
    Overwrite,
}

#[derive(Args)]
pub(crate) struct Demo {
    /// One JSON object per line; the last is the summary.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum Sandbox {
    /// Run a sandbox until interrupted.
    Serve(Serve),
    /// Make a sandbox new; everything in it is lost.
    Reset(State),
    /// Accounts of a sandbox.
    Account {
        #[command(subcommand)]
        command: Account,
    },
}

#[derive(Subcommand)]
pub(crate) enum Account {
    /// Add an account to a sandbox that does not run.
    Add(AddAccount),
}

#[derive(Args, Clone)]
pub(crate) struct State {
    /// The sandbox's state directory; by default the app's own.
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) state: State,
    /// The control port; 0 takes any. By default the remembered one, or 4510, or the next free.
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// How long a native replication takes: `500ms`, `2s`, `1m`.
    #[arg(long, default_value = "2s", value_parser = values::duration)]
    pub(crate) replication_delay: Duration,
    /// Turn on what is odd about ECR: `throttling`, `token-life=30s`, … May be given several times.
    #[arg(long = "switch", value_name = "NAME[=VALUE]")]
    pub(crate) switches: Vec<String>,
    /// Print the ready line as JSON, and what went over the wire on SIGUSR1 and at the end.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct AddAccount {
    /// 12 digits.
    pub(crate) id: String,
    /// A Region of the account; may be given several times.
    #[arg(long = "region", required = true, value_name = "REGION")]
    pub(crate) regions: Vec<String>,
    #[command(flatten)]
    pub(crate) state: State,
}

#[derive(Args)]
pub(crate) struct Login {
    /// The registry's host, with its port if it has one.
    pub(crate) host: String,
    /// The client to log in.
    #[arg(long, value_enum)]
    pub(crate) client: Client,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Client {
    Docker,
    Skopeo,
    Podman,
    Crane,
}

#[derive(Args)]
pub(crate) struct LoginPassword {
    /// The registry's host, with its port if it has one.
    pub(crate) host: String,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    #[test]
    fn tls_is_for_every_host_of_this_machine_or_for_one() {
        use clap::Parser;
        let tls = |arguments: &[&str]| {
            let all = ["longshore", "verify"].iter().chain(arguments);
            match super::Arguments::try_parse_from(all).unwrap().command {
                super::Command::Verify(verify) => (verify.open.tls, verify.references),
                _ => panic!("not verify"),
            }
        };
        let reference = "localhost:1/a";
        let found =
            |hosts: &[&str]| (hosts.iter().map(ToString::to_string).collect(), vec![reference.to_owned()]);
        assert_eq!(tls(&["--tls", reference]), found(&[""]));
        assert_eq!(
            tls(&[reference, "--tls=localhost:1", "--tls=localhost:2"]),
            found(&["localhost:1", "localhost:2"])
        );
    }

    #[test]
    fn the_arguments_are_consistent() {
        use clap::CommandFactory;
        super::Arguments::command().debug_assert();
    }
}
