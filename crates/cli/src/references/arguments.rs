//! Arguments of `longshore references`.

use std::path::PathBuf;

use clap::Args;

#[derive(Args)]
pub(crate) struct References {
    /// A directory, or one file.
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// Show the changes that replace prefixes of references, as a unified diff. Each line of MAP is
    /// `FROM_PREFIX TO_PREFIX`, and the longest prefix that fits counts; `#` begins a comment.
    #[arg(long, value_name = "MAP")]
    pub(crate) rewrite: Option<PathBuf>,
    /// Make these changes.
    #[arg(long, requires = "rewrite")]
    pub(crate) write: bool,
    /// One JSON object per line; the last is the summary.
    #[arg(long)]
    pub(crate) json: bool,
}
