//! Gates: what a build has to satisfy, what is known about it, and the answer with its evidence.

mod checks;
mod compile;
mod evaluate;
mod evidence;
mod facts;
mod freeze;
mod model;
mod outcome;
mod proof;
mod report;
mod vulnerabilities;

pub(crate) use compile::{compile, remarks};
pub use evaluate::evaluate;
pub use evidence::Evidence;
pub use facts::{BuildFacts, GateFacts, PlatformFacts, PreviousFacts};
pub use freeze::{Freeze, Frozen};
pub use model::{Gate, GateKind};
pub use outcome::{External, ExternalRun, Outcome};
pub use proof::{AttestationFact, AttestationRule, SignatureFact, SignatureKind, Signer, SignerRule};
pub use report::{EntryPoint, GateAnswer, GateReport, GateState, Override, OverrideError, Standing};
pub use vulnerabilities::{Allowed, ChildScan, ScanRule, ScanState, Vulnerability, VulnerabilitySeverity};
