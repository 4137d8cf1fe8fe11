//! The last line of `--json`, and the exit code.

use longshore_names::{Digest, Tag};
use serde::{Serialize, Serializer};

use crate::{
    barrier::DestinationState,
    gate::{GateAnswer, GateReport, Standing},
    names::{PathName, StageName},
    place::Place,
};

/// How a promotion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// A gate, a hold or a block stopped it.
    StoppedByGate,
    /// A person interrupted it.
    Interrupted,
}

impl Exit {
    /// The exit code of the process.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::StoppedByGate => 3,
            Self::Interrupted => 130,
        }
    }

    /// The exit of a promotion that may not begin; `None` if it may.
    pub fn of_standing(standing: &Standing) -> Option<Self> {
        match standing {
            Standing::Go => None,
            Standing::Stopped(_) | Standing::Skipped(_) | Standing::Blocked(_) => Some(Self::StoppedByGate),
        }
    }
}

impl Serialize for Exit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}

/// One destination in a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DestinationSummary {
    /// The registry: `ACCOUNT/REGION` of ECR, otherwise its host.
    pub registry: String,
    /// The repository.
    pub repository: String,
    /// The tag.
    pub tag: Option<Tag>,
    /// The digest.
    pub digest: Digest,
    /// `waiting`, `copying`, `proven`, `tagged` or `failed`.
    pub state: &'static str,
}

impl DestinationSummary {
    /// A destination as it is.
    pub fn new(place: &Place, tag: Option<Tag>, digest: Digest, state: &DestinationState) -> Self {
        let state = match state {
            DestinationState::Waiting => "waiting",
            DestinationState::Copying => "copying",
            DestinationState::Proven => "proven",
            DestinationState::Tagged(_) => "tagged",
            DestinationState::Failed(_) => "failed",
        };
        let registry = match place.registry.ecr() {
            Some(id) => format!("{}/{}", id.account, id.region),
            None => place.registry.to_string(),
        };
        Self { registry, repository: place.repository.to_string(), tag, digest, state }
    }
}

/// One gate in a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct GateSummary {
    gate: String,
    state: &'static str,
    evidence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    satisfied_by: Option<String>,
}

impl From<&GateAnswer> for GateSummary {
    fn from(answer: &GateAnswer) -> Self {
        // What was not checked is part of what is known.
        let evidence =
            std::iter::once(answer.evidence.as_str()).chain(answer.not_checked.iter().map(String::as_str));
        Self {
            gate: answer.gate.clone(),
            state: answer.state.as_str(),
            evidence: evidence.collect::<Vec<_>>().join(" "),
            satisfied_by: answer.satisfied_by.clone(),
        }
    }
}

/// The last line of `--json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    event: &'static str,
    path: PathName,
    stage: StageName,
    build: Digest,
    tag: Option<Tag>,
    gates: Vec<GateSummary>,
    destinations: Vec<DestinationSummary>,
    record: Option<String>,
    exit: Exit,
}

impl Summary {
    /// A summary; `record` is the hash of the entry, if one was written.
    pub fn new(
        (path, stage): (&PathName, &StageName),
        tag: Option<Tag>,
        report: &GateReport,
        destinations: Vec<DestinationSummary>,
        record: Option<String>,
        exit: Exit,
    ) -> Self {
        Self {
            event: "summary",
            path: path.clone(),
            stage: stage.clone(),
            build: report.digest.clone(),
            tag,
            gates: report.answers.iter().map(GateSummary::from).collect(),
            destinations,
            record,
            exit,
        }
    }
}
