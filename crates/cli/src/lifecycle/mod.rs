//! `longshore lifecycle …`

pub(crate) mod arguments;
mod lint;
mod preview;
mod print;

use std::path::Path;

use arguments::Lifecycle;
use longshore_app::lifecycle::{Lint, lint_bytes};

use crate::{failure::Failure, files};

/// The most bytes of a file with a policy.
const MOST_OF_POLICY: u64 = 1024 * 1024;

/// Runs a command about lifecycle policies.
pub(crate) async fn run(command: Lifecycle) -> Result<(), Failure> {
    match command {
        Lifecycle::Lint(options) => lint::run(&options),
        Lifecycle::Preview(options) => preview::run(options).await,
    }
}

/// Reads and checks the policies of a file.
fn checked(file: &Path) -> Result<Lint, Failure> {
    Ok(lint_bytes(&files::read(file, MOST_OF_POLICY)?))
}
