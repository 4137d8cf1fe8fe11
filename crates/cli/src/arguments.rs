//! Command-line arguments.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use longshore_app::transfer::{Platform, RunContext, Shard};

use crate::values;

const EXAMPLES: &str = "\
Examples:
  longshore demo
      walks through replication and promotion on a throw-away sandbox; nothing else is needed
  longshore copy localhost:5000/team/app registry.example.com/mirror/app --plan
      shows what a copy of every tag would do; without --plan, copies them
  longshore copy ghcr.io/team/app:1.4 111122223333.dkr.ecr.us-west-2.amazonaws.com/team/app
      copies one image into an ECR registry, using the account that is connected in the app
  longshore sync rules.yaml
      copies what the rules of a file select
  longshore verify registry.example.com/mirror/app --against localhost:5000/team/app
      proves that the copy is complete
  longshore tags registry.example.com/mirror/app
      lists tags; `longshore inspect REF` shows what an image is made of
  longshore replication add 111122223333/us-west-2 --to 444455556666/us-west-2 --prefix prod- --plan
      shows what ECR's own replication would change; without --plan, writes it
  longshore lifecycle preview policy.json --images images.json --at +30d
      shows which images a lifecycle policy would delete in 30 days, and why; `lifecycle lint` checks it
  longshore references deploy/ --rewrite map.txt
      shows references to images in files as they would be after a move to another registry
  longshore runs
      lists runs; `longshore runs resume RUN` resumes a stopped one

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 nothing lost but not everything done, 130 interrupted.";

/// Copy container images between any registries, across Amazon ECR accounts and Regions; planned
/// first and verified afterwards.
#[derive(Parser)]
#[command(name = "longshore", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Log to standard error, with this filter: `debug`, `longshore=trace`. LONGSHORE_LOG or
    /// RUST_LOG in the environment do the same; without any of them nothing is logged.
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
    /// Verify that images are complete, down to their last layer.
    Verify(Verify),
    /// List the tags of a repository. On ECR this does not count as a pull.
    Tags(Tags),
    /// Show the contents of images: platforms, layers, labels, referrers. On ECR this counts as a
    /// pull.
    Inspect(Inspect),
    /// Check and explain rules.
    Rule {
        #[command(subcommand)]
        command: Rule,
    },
    /// Generate files for other systems.
    Export {
        #[command(subcommand)]
        command: Export,
    },
    /// List and manage runs, past ones too.
    Runs(Runs),
    /// Run and manage the embedded ECR.
    Sandbox {
        #[command(subcommand)]
        command: Sandbox,
    },
    /// Connect AWS accounts.
    Account(crate::manage::arguments::Account),
    /// Show and change ECR's own replication.
    Replication(crate::manage::arguments::Replication),
    /// Ask the administrator of a registry for permissions, without shared credentials.
    Request(crate::manage::arguments::Request),
    /// List the images that a registry should have, and check which of them are missing.
    Expected(crate::manage::arguments::Expected),
    /// Check what an administrator did.
    Receipt(crate::manage::arguments::Receipt),
    /// Say whether replication rules will work, and what to do where they will not.
    Doctor(crate::manage::arguments::Doctor),
    /// Show and say what manages a document instead of Longshore.
    Owner(crate::manage::arguments::Owner),
    /// Show and change what protects production accounts.
    Guard(crate::manage::arguments::Guard),
    /// Show and change users, groups, roles and policies of IAM.
    Iam(crate::manage::iam::arguments::Iam),
    /// Show and generate permissions of registries.
    Policy(crate::manage::arguments::Policy),
    /// List, create, delete, compare and clean up repositories, over all accounts and Regions.
    Repository(crate::manage::repository::arguments::Repository),
    /// Store and show paths on which builds are promoted from stage to stage.
    Path(crate::promotion::arguments::PathArguments),
    /// Promote a build, or every service of a stage, into the next stage of a path.
    Promote(Box<crate::promotion::arguments::Promote>),
    /// Take a service's stage back to an earlier build, and hold it.
    Rollback(Box<crate::promotion::arguments::Rollback>),
    /// Hold a service's stage: schedules, rules and release sets skip it.
    Hold(crate::promotion::arguments::Hold),
    /// End the hold of a service's stage.
    Resume(crate::promotion::arguments::Resume),
    /// Block a digest on every path; stages that run it keep it.
    Block(crate::promotion::arguments::Block),
    /// End the block of a digest.
    Unblock(crate::promotion::arguments::Unblock),
    /// Approve a promotion that another person requested.
    Approve(crate::promotion::arguments::Approve),
    /// Show and verify the record of promotions, request one, and manage keys.
    Promotion(crate::promotion::arguments::Promotion),
    /// Estimate what storing and replicating images costs.
    Cost(crate::manage::cost::arguments::Cost),
    /// Check lifecycle policies, and preview what they would expire.
    Lifecycle {
        #[command(subcommand)]
        command: crate::lifecycle::arguments::Lifecycle,
    },
    /// Find the images that files refer to, and rewrite the references.
    References(crate::references::arguments::References),
    /// Log another client in to a registry; the password is passed on standard input only.
    Login(Login),
    /// Print a registry's password, for clients that `login` does not support.
    LoginPassword(LoginPassword),
    /// Answer docker as its credential helper, which is this program under another name.
    #[command(hide = true)]
    DockerCredential { action: crate::credential_helper::Action },
}

/// How registries are opened.
#[derive(Args, Clone)]
pub(crate) struct Open {
    /// Use plain HTTP for this host; may be given several times. Hosts of this machine use it
    /// unless `--tls` says otherwise.
    #[arg(long = "insecure-host", value_name = "HOST")]
    pub(crate) insecure_hosts: Vec<String>,
    /// Use TLS for hosts of this machine, or only for this one; may be given several times. Other
    /// hosts always use TLS.
    #[arg(long, value_name = "HOST", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) tls: Vec<String>,
    /// Also trust the certificates in this PEM file; may be given several times. Certificates in
    /// `certs.d` of docker and podman are trusted for their hosts.
    #[arg(long = "ca-file", value_name = "FILE")]
    pub(crate) ca_files: Vec<PathBuf>,
    /// Do not check the certificate of this host; may be given several times. Anyone on the network
    /// path can then read the password.
    #[arg(long = "insecure-skip-verify", value_name = "HOST")]
    pub(crate) skip_verify: Vec<String>,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

/// Who acts at a registry.
#[derive(Args, Clone)]
pub(crate) struct Acting {
    /// The account for ECR registries whose owner is not connected: its number or name, or
    /// `environment` for the AWS credentials in this process's environment.
    #[arg(long)]
    pub(crate) account: Option<String>,
    #[command(flatten)]
    pub(crate) state: State,
}

/// The speed limits of a run.
#[derive(Args)]
pub(crate) struct Speed {
    /// Maximum number of bytes per second, such as `50MB/s` or `800KiB/s`.
    #[arg(long, value_name = "RATE", value_parser = longshore_names::parse_rate)]
    pub(crate) bandwidth: Option<u64>,
    /// Concurrent blobs; adjusted automatically by default.
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
    /// The rule file, YAML.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Show what would be done, without doing it.
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
    /// The share of ECR's rates for this process; by default 1/N with `--shard`, otherwise all of
    /// it.
    #[arg(long, value_name = "SHARE", value_parser = values::share)]
    pub(crate) rate_share: Option<f64>,
    /// Copy even if life-cycle policies expire images of the destination afterwards.
    #[arg(long)]
    pub(crate) accept_expiry: bool,
    /// The name of the destination's account, to copy into a production account of AWS; may
    /// be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Vec<String>,
    /// Resume the unfinished runs of an earlier call instead of planning again.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["plan", "rules", "shard"])]
    pub(crate) resume: Option<String>,
    /// Write what was done, with the proof for each digest, to a file for `longshore verify
    /// --report`.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) speed: Speed,
    /// The folder with the journal of runs, needed to resume them; by default the data directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) journal: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) open: Open,
}

#[derive(Args)]
pub(crate) struct Verify {
    /// What to verify, in the forms of `copy`; without a tag, every tag.
    #[arg(value_name = "REF", required_unless_present = "report")]
    pub(crate) references: Vec<String>,
    /// Another place whose tags must point at the same digests.
    #[arg(long, value_name = "REF")]
    pub(crate) against: Option<String>,
    /// Read every byte, instead of only checking existence and length.
    #[arg(long)]
    pub(crate) deep: bool,
    /// Also verify signatures, SBOMs and attestations.
    #[arg(long)]
    pub(crate) referrers: bool,
    /// Verify that everything in this report of `copy` or `sync` exists now.
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
    /// What to list, in the forms of `copy`'s source; with a tag only that one, with a digest the
    /// tags that point at it.
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
    /// What to show, in the forms of `copy`'s source; without a tag, every tag.
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
    /// Explain what rules do, and whether ECR itself could do it or why not.
    Explain(ExplainRule),
    /// Check a file, and show each error with its line.
    Check(CheckRule),
    /// Print the JSON Schema of rule files.
    Schema,
}

#[derive(Args)]
pub(crate) struct ExplainRule {
    /// The rule file, YAML.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Only this rule; may be given several times.
    #[arg(value_name = "NAME")]
    pub(crate) rules: Vec<String>,
    /// Read the source, and show for each tag whether it is copied or why not.
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
    /// The rule file, YAML.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// One JSON object per line; the last is the summary.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum Export {
    /// A Job, or a CronJob if the rules have a schedule, that runs `longshore sync` in a cluster.
    Kubernetes(ExportKubernetes),
    /// A document or setting of a registry or of IAM, for the AWS CLI, Terraform, CloudFormation, or as JSON.
    Document(crate::export::document::ExportDocument),
}

#[derive(Args)]
pub(crate) struct ExportKubernetes {
    /// The rule file, YAML.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Number of pods that share the work.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) shards: u32,
    /// The container image with `longshore` in it.
    #[arg(long)]
    pub(crate) image: String,
    /// The name of all generated objects.
    #[arg(long, default_value = "longshore-sync")]
    pub(crate) name: String,
    /// The namespace; by default that of the caller.
    #[arg(long)]
    pub(crate) namespace: Option<String>,
    /// Run at these times instead of the schedule of the rules: `0 3 * * *`.
    #[arg(long, value_name = "CRON", conflicts_with = "once")]
    pub(crate) cron: Option<String>,
    /// The time zone of `--cron`, such as `Europe/Berlin`.
    #[arg(long, value_name = "ZONE", requires = "cron")]
    pub(crate) time_zone: Option<String>,
    /// Run once even if the rules have a schedule.
    #[arg(long)]
    pub(crate) once: bool,
    /// The IAM role for the pods.
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: Option<String>,
    /// A Secret of type `kubernetes.io/dockerconfigjson`, for registries outside ECR.
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
    /// List all runs, the newest first.
    List,
    /// Show a run with its plan.
    Show(OneRun),
    /// Resume a run; finished images are not copied again.
    Resume(ResumeRun),
    /// Stop a run that is in progress in another process; it can be resumed later.
    Cancel(OneRun),
    /// Remove a run from the list; what it copied stays.
    Forget(OneRun),
}

#[derive(Args)]
pub(crate) struct OneRun {
    /// Its id, or a prefix of it.
    pub(crate) run: String,
}

#[derive(Args)]
pub(crate) struct ResumeRun {
    /// Its id, or a prefix of it.
    pub(crate) run: String,
    /// Copy although images of the destination expire by its life-cycle policies afterwards.
    #[arg(long)]
    pub(crate) accept_expiry: bool,
    /// The name of the destination's account, to copy into a production account of AWS.
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Vec<String>,
    #[command(flatten)]
    pub(crate) speed: Speed,
    #[command(flatten)]
    pub(crate) open: Open,
}

#[derive(Args)]
pub(crate) struct Copy {
    /// The source: `host[:port]/repository[:tag][@digest]`, `oci:DIR[:TAG]`,
    /// `docker-archive:FILE[:REF]` or `oci-archive:FILE[:REF]`; the file may be compressed with
    /// gzip, and `-` is standard input. Without a tag, every tag.
    #[arg(value_name = "SRC")]
    pub(crate) source: String,
    /// The destination, in the same forms; without a tag, under the source's tags.
    #[arg(value_name = "DST")]
    pub(crate) destination: String,
    /// Show what would be done, without doing it.
    #[arg(long)]
    pub(crate) plan: bool,
    /// One JSON object per line; the last is the summary.
    #[arg(long)]
    pub(crate) json: bool,
    /// Copy the image of one platform out of each index, such as `linux/arm64/v8`.
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", value_parser = values::platform)]
    pub(crate) platform: Option<Platform>,
    /// Also copy signatures, SBOMs and attestations.
    #[arg(long)]
    pub(crate) referrers: bool,
    /// What to do with a tag of the destination that has another digest.
    #[arg(long, value_enum, default_value_t = Conflict::Fail)]
    pub(crate) on_conflict: Conflict,
    /// Copy even if life-cycle policies expire images of the destination afterwards.
    #[arg(long)]
    pub(crate) accept_expiry: bool,
    /// The name of the destination's account, to copy into a production account of AWS.
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Vec<String>,
    #[command(flatten)]
    pub(crate) speed: Speed,
    /// Write what was done, with the proof for each digest, to a file for `longshore verify
    /// --report`.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// The folder with the journal of runs, needed to resume them; by default the data directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) journal: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) open: Open,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Conflict {
    /// Leave it; the copy is then incomplete.
    Fail,
    /// Leave it, as intended.
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
    /// Reset a sandbox; everything in it is lost.
    Reset(State),
    /// Manage accounts of a sandbox.
    Account {
        #[command(subcommand)]
        command: Account,
    },
}

#[derive(Subcommand)]
pub(crate) enum Account {
    /// Add an account to a sandbox that is not running.
    Add(AddAccount),
}

#[derive(Args, Clone)]
pub(crate) struct State {
    /// The sandbox's state directory; by default the app's own.
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) state: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) state: State,
    /// The control port; 0 uses any free one. By default the remembered one, or 4510, or the next
    /// free one.
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// How long a native replication takes: `500ms`, `2s`, `1m`.
    #[arg(long, default_value = "2s", value_parser = longshore_names::parse_duration)]
    pub(crate) replication_delay: Duration,
    /// Turn on a peculiarity of ECR: `throttling`, `token-life=30s`, … May be given several times.
    #[arg(long = "switch", value_name = "NAME[=VALUE]")]
    pub(crate) switches: Vec<String>,
    /// Print the ready line as JSON, and the traffic on SIGUSR1 and at the end.
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
    Nerdctl,
    Oras,
    Helm,
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
