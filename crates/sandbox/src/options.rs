//! How a sandbox is started.

use std::{path::PathBuf, time::Duration};

use crate::{Clock, Switches};

/// The control port when none is named.
pub const DEFAULT_PORT: u16 = 4510;

/// Which port the control listener takes. The other listeners follow it on a first start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PortChoice {
    /// The remembered port, or on a first start [`DEFAULT_PORT`] or the next free one.
    #[default]
    Default,
    /// This port and no other.
    Explicit(u16),
    /// The remembered ports where they are free, otherwise any.
    Any,
}

/// How to start a [`Sandbox`](crate::Sandbox).
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// The state directory; created when missing. One sandbox at a time can use it.
    pub state: PathBuf,
    /// The control port.
    pub port: PortChoice,
    /// How long a replication stays IN_PROGRESS.
    pub replication_delay: Duration,
    /// The time.
    pub clock: Clock,
    /// ECR's oddities.
    pub switches: Switches,
}

impl SandboxOptions {
    /// A sandbox in `state` with defaults: port 4510, two seconds of replication, ECR's verified
    /// behaviour.
    pub fn new(state: impl Into<PathBuf>) -> Self {
        Self {
            state: state.into(),
            port: PortChoice::Default,
            replication_delay: Duration::from_secs(2),
            clock: Clock::system(),
            switches: Switches::default(),
        }
    }
}
