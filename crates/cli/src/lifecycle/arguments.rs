//! Arguments of `longshore lifecycle`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use crate::{manage::arguments::Manage, values};

#[derive(Subcommand)]
pub(crate) enum Lifecycle {
    /// Check a lifecycle policy: what ECR refuses, and what does something else than it seems to.
    Lint(Lint),
    /// Show what a lifecycle policy would do with the images of a repository.
    Preview(Preview),
}

#[derive(Args)]
pub(crate) struct Lint {
    /// The policy, as JSON or in whatever it is written: YAML, Terraform, CloudFormation, a command of the
    /// AWS CLI or its output, Markdown; `-` is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// One JSON object per line; the last is the summary.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Preview {
    /// The policy, in any form that `lint` reads; `-` is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) images: Images,
    /// The time of the evaluation: a time such as `2027-01-31T08:00:00Z`, a date, or a duration from now such
    /// as `+30d`. By default now.
    #[arg(long, value_name = "TIME", value_parser = values::moment, allow_hyphen_values = true)]
    pub(crate) at: Option<DateTime<Utc>>,
    /// A file that says what is in use, and so is spared: image references, tags or digests, one per line, or
    /// a file with references: Kubernetes, Helm values, compose, ECS, a Dockerfile. May be given several
    /// times.
    #[arg(long = "in-use", value_name = "FILE")]
    pub(crate) in_use: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

/// Whose images.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Images {
    /// The images of this repository, read with `DescribeImages`, which is not a pull.
    #[arg(long, value_name = "ACCOUNT/REGION/NAME")]
    pub(crate) repository: Option<String>,
    /// The images in the output of `aws ecr describe-images`; `-` is standard input. Several pages may follow
    /// each other.
    #[arg(long = "images", value_name = "FILE")]
    pub(crate) list: Option<PathBuf>,
}
