//! How a sandbox is started, and the switches for what is odd or unverified in ECR.

use std::{path::PathBuf, time::Duration};

use crate::Clock;

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

/// What is odd about ECR, or not confirmed by AWS, and can be turned on and off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switches {
    /// Answer requests beyond ECR's published rates with its throttling errors.
    pub throttling: bool,
    /// Chunked uploads as broken as reported: 201 for every PATCH, `Range` stays at the first
    /// chunk and later chunks are dropped (containers-roadmap#2831).
    pub multi_patch_broken: bool,
    /// Refuse manifests that have a `subject` with 405 (containers-roadmap#2783).
    pub referrers_refused: bool,
    /// Manifests with a `subject` replicate. Not confirmed by AWS.
    pub referrers_replicate: bool,
    /// A new tag on a manifest that is already there replicates. Not confirmed by AWS.
    pub tag_only_put_replicates: bool,
    /// How long a new replication configuration waits until pushes follow it.
    pub configuration_delay: Duration,
    /// Bare account ids in policies come back as root ARNs.
    pub principals_rewritten: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            throttling: false,
            multi_patch_broken: false,
            referrers_refused: false,
            referrers_replicate: true,
            tag_only_put_replicates: true,
            configuration_delay: Duration::ZERO,
            principals_rewritten: false,
        }
    }
}
