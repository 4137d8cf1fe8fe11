//! Arguments of `longshore cost`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::manage::arguments::Manage;

#[derive(Args)]
pub(crate) struct Cost {
    #[command(subcommand)]
    pub(crate) command: CostCommand,
    #[command(flatten)]
    pub(crate) manage: Manage,
}

#[derive(Subcommand)]
pub(crate) enum CostCommand {
    /// What repositories store, and what that costs in a month; without PLACE, those of every connected account
    /// and Region.
    Storage {
        /// An account in all of its Regions or in one, or a repository.
        #[arg(value_name = "ACCOUNT[/REGION[/NAME]]")]
        places: Vec<String>,
        /// Read manifests, so that layers that images share count once. It counts as a pull of each image.
        #[arg(long)]
        layers: bool,
        #[command(flatten)]
        how: How,
    },
    /// What a rule replicates, written or not: the images that are there, and those of the last days.
    Transfer {
        /// The registry that replicates.
        #[arg(value_name = "ACCOUNT/REGION")]
        registry: String,
        /// A destination; may be given several times.
        #[arg(long = "to", value_name = "ACCOUNT/REGION", required = true, num_args = 1..)]
        to: Vec<String>,
        /// A prefix of repository names; may be given several times. By default every repository.
        #[arg(long = "prefix", value_name = "PREFIX")]
        prefixes: Vec<String>,
        /// How many days of pushes are a month's.
        #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=365))]
        days: u32,
        #[command(flatten)]
        how: How,
    },
    /// How repositories grew, by what Longshore read of them on earlier days; without PLACE, those of every connected
    /// account and Region.
    Growth {
        /// An account in all of its Regions or in one.
        #[arg(value_name = "ACCOUNT[/REGION]")]
        places: Vec<String>,
        /// Over how many days.
        #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=730))]
        days: u32,
        #[command(flatten)]
        how: How,
    },
    /// What the rules of a registry replicated of each repository, by month.
    Replicated {
        /// The registry that replicates.
        #[arg(value_name = "ACCOUNT/REGION")]
        registry: String,
        /// How many months, the present one included.
        #[arg(long, value_name = "MONTHS", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=24))]
        months: u32,
        #[command(flatten)]
        how: How,
    },
    /// What a lifecycle policy, or archiving, would change about the cost of a repository.
    WhatIf {
        /// The repository.
        #[arg(value_name = "ACCOUNT/REGION/NAME")]
        repository: String,
        /// A lifecycle policy; `-` is standard input.
        #[arg(long, value_name = "FILE", required_unless_present = "archive_not_pulled")]
        lifecycle: Option<PathBuf>,
        /// Archive what was not pulled for so many days.
        #[arg(long, value_name = "DAYS", conflicts_with = "lifecycle")]
        archive_not_pulled: Option<u32>,
        /// So many days from now.
        #[arg(long, value_name = "DAYS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=730))]
        days: u32,
        #[command(flatten)]
        how: How,
    },
    /// Print the prices that are used, as a file to edit.
    Prices {
        /// Prices of a file, checked.
        #[arg(long, value_name = "FILE")]
        prices: Option<PathBuf>,
    },
}

/// How amounts are shown.
#[derive(Args)]
pub(crate) struct How {
    /// Prices of a file, as `cost prices` prints one. By default public prices of a date.
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
    /// Print rows of comma-separated values.
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
}
