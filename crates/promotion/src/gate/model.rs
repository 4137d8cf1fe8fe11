//! The gates of a stage, every text understood.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{AttestationRule, External, Freeze, ScanRule, SignerRule};
use crate::scheme::{CustomScheme, TagScheme};

/// One gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// What it asks.
    pub kind: GateKind,
    /// Whether missing evidence is amber and does not stop.
    pub if_present: bool,
    /// Whether it cannot be overridden.
    pub no_override: bool,
}

/// What a gate asks.
#[derive(Debug, Clone, PartialEq)]
pub enum GateKind {
    /// The build has been in the stage before for this long.
    MinimumAge(TimeDelta),
    /// Every destination of the stage before has the build.
    InPreviousStage,
    /// The tag has this scheme.
    TagScheme(TagScheme),
    /// The image's labels match.
    Labels(BTreeMap<String, CustomScheme>),
    /// The manifest's annotations match.
    Annotations(BTreeMap<String, CustomScheme>),
    /// The build has these platforms, `os/architecture[/variant]`.
    Platforms(Vec<String>),
    /// No platform has more bytes.
    MaximumSize(u64),
    /// The registry's scan.
    Scan(ScanRule),
    /// A signature by this signer.
    Signature(SignerRule),
    /// An attestation.
    Attestation(AttestationRule),
    /// No later build is in the stage before.
    NotSuperseded,
    /// It is not a time in which nothing enters.
    Freeze(Freeze),
    /// A command's exit code.
    Command(External),
    /// A web address's answer.
    Webhook(External),
    /// This many people other than the requester approved.
    Approvals(u32),
}

impl Gate {
    /// A gate that stops without evidence and can be overridden.
    pub fn new(kind: GateKind) -> Self {
        Self { kind, if_present: false, no_override: false }
    }

    /// The key of the gate in a path file, such as `minimum_age`.
    pub fn key(&self) -> &'static str {
        match &self.kind {
            GateKind::MinimumAge(_) => "minimum_age",
            GateKind::InPreviousStage => "in_previous_stage",
            GateKind::TagScheme(_) => "tag_scheme",
            GateKind::Labels(_) => "labels",
            GateKind::Annotations(_) => "annotations",
            GateKind::Platforms(_) => "platforms",
            GateKind::MaximumSize(_) => "maximum_size",
            GateKind::Scan(_) => "scan",
            GateKind::Signature(_) => "signature",
            GateKind::Attestation(_) => "attestation",
            GateKind::NotSuperseded => "not_superseded",
            GateKind::Freeze(_) => "freeze",
            GateKind::Command(_) => "command",
            GateKind::Webhook(_) => "webhook",
            GateKind::Approvals(_) => "approvals",
        }
    }

    /// The number of approvals that it asks for.
    pub fn approvals(&self) -> Option<u32> {
        match self.kind {
            GateKind::Approvals(count) => Some(count),
            _ => None,
        }
    }

    /// Whether it needs a stage before.
    pub(super) fn needs_previous(&self) -> bool {
        matches!(self.kind, GateKind::MinimumAge(_) | GateKind::InPreviousStage | GateKind::NotSuperseded)
    }
}
