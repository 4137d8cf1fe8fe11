//! How many files and connections this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Allows as many as the system lets this user have: usual desktops begin with 1,024, and a thousand registries
/// that do not answer hold a connection each.
pub(crate) fn allow_many() {
    let known = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: known.maximum, ..known };
    if let Err(error) = setrlimit(Resource::Nofile, wanted) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}
