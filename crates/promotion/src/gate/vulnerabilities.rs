//! Results of a registry's scan (`DescribeImageScanFindings`).

use chrono::{DateTime, TimeDelta, Utc};
use longshore_names::Digest;
use longshore_policy::rule::in_words;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Evidence, Gate, GateAnswer, PlatformFacts};

/// The severity of a vulnerability, in ECR's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VulnerabilitySeverity {
    /// Accepts nothing, not even information.
    None,
    /// `INFORMATIONAL`.
    Informational,
    /// `LOW`.
    Low,
    /// `MEDIUM`.
    Medium,
    /// `HIGH`.
    High,
    /// `CRITICAL`.
    Critical,
}

impl VulnerabilitySeverity {
    /// Reads ECR's word. `UNDEFINED`, `UNTRIAGED` and words that this version does not know count as
    /// critical: nobody has said that they are less.
    pub fn from_ecr(word: &str) -> Self {
        match word {
            "INFORMATIONAL" => Self::Informational,
            "LOW" => Self::Low,
            "MEDIUM" => Self::Medium,
            "HIGH" => Self::High,
            _ => Self::Critical,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// One vulnerability that a scan found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vulnerability {
    /// Its id, such as `CVE-2026-12345`.
    pub id: String,
    /// Its severity.
    pub severity: VulnerabilitySeverity,
}

/// The scan of one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildScan {
    /// The digest of the platform's manifest.
    pub digest: Digest,
    /// The state.
    pub state: ScanState,
}

/// The state of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScanState {
    /// It is complete.
    Complete {
        /// When it ended; of continuous scans, when findings were last updated.
        at: DateTime<Utc>,
        /// What it found.
        found: Vec<Vulnerability>,
    },
    /// There is none.
    Missing,
    /// It is not complete yet.
    InProgress,
    /// The registry cannot scan the image, with its reason.
    Unsupported(String),
    /// It failed or could not be read, with the reason.
    Failed(String),
}

/// What a scan must have found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanRule {
    /// The highest severity that is accepted.
    pub max_severity: VulnerabilitySeverity,
    /// How old the scan may be.
    pub max_age: Option<TimeDelta>,
    /// Vulnerabilities that are accepted for some time.
    pub allowed: Vec<Allowed>,
}

/// A vulnerability that is accepted for some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Its id.
    pub id: String,
    /// The first moment at which it is no longer accepted.
    pub until: DateTime<Utc>,
    /// Why it is accepted.
    pub reason: String,
}

/// What one platform's scan says.
#[derive(Default)]
struct Said {
    missing: Vec<String>,
    wrong: Vec<String>,
    good: Vec<String>,
}

impl ScanRule {
    /// The answer over all platforms, each by itself. A scan that is missing, unsupported or stale does
    /// not pass.
    pub(super) fn answer(
        &self,
        gate: &Gate,
        platforms: &Evidence<Vec<PlatformFacts>>,
        scans: &Evidence<Vec<ChildScan>>,
        now: DateTime<Utc>,
    ) -> GateAnswer {
        let start = "Scan every platform of the image, and evaluate again.";
        let scans = match scans {
            Evidence::Known(scans) if !scans.is_empty() => scans,
            Evidence::Known(_) | Evidence::Missing => {
                return GateAnswer::missing(gate, "The image has not been scanned.", start);
            }
            Evidence::NotKnown(why) => {
                return GateAnswer::not_known(gate, format!("The scan was not read: {why}."), start);
            }
        };
        let mut said = Said::default();
        match platforms {
            Evidence::Known(platforms) => {
                for one in platforms {
                    let platform = longshore_names::shown(&one.platform, 60);
                    match scans.iter().find(|scan| scan.digest == one.digest) {
                        Some(scan) => self.child(&platform, &scan.state, now, &mut said),
                        None => said.missing.push(format!("{platform}: no scan of {}", one.digest.short())),
                    }
                }
            }
            // Without the platforms it is not known whether one was left out.
            _ => {
                for scan in scans {
                    self.child(&scan.digest.short(), &scan.state, now, &mut said);
                }
                said.missing.push("the platforms of the image were not read".to_owned());
            }
        }
        let sentence = |parts: &[String]| format!("{}.", longshore_names::capital(&parts.join("; ")));
        let answer = if !said.wrong.is_empty() {
            let most = self.max_severity.word();
            let way_out =
                format!("Fix what is above `{most}`, scan again, or allow it in the path file until a date.");
            GateAnswer::fail(gate, sentence(&[said.wrong, said.missing].concat()), way_out)
        } else if !said.missing.is_empty() {
            GateAnswer::missing(gate, sentence(&[said.missing, said.good].concat()), start)
        } else {
            GateAnswer::pass(gate, sentence(&said.good))
        };
        if self.max_age.is_none() { answer.unchecked("The age of the scan was not checked.") } else { answer }
    }

    fn child(&self, platform: &str, state: &ScanState, now: DateTime<Utc>, said: &mut Said) {
        let text = |text: &str| longshore_names::shown(text, 200);
        let (at, found) = match state {
            ScanState::Complete { at, found } => (*at, found),
            ScanState::Missing => return said.missing.push(format!("{platform}: no scan")),
            ScanState::InProgress => {
                return said.missing.push(format!("{platform}: the scan is not complete"));
            }
            ScanState::Unsupported(why) => {
                return said.missing.push(format!("{platform}: the registry cannot scan it ({})", text(why)));
            }
            ScanState::Failed(why) => {
                return said.missing.push(format!("{platform}: the scan failed ({})", text(why)));
            }
        };
        let age = now - at;
        // Clocks of different computers differ by some minutes.
        if age < -TimeDelta::minutes(5) {
            let text =
                format!("{platform}: the scan is from the future, so the clock of this computer is behind");
            return said.missing.push(text);
        }
        if let Some(most) = self.max_age.filter(|most| age > *most) {
            let age = in_words(age);
            return said
                .missing
                .push(format!("{platform}: the scan is {age} old; {} are allowed", in_words(most)));
        }
        let (mut above, mut accepted) = (Vec::new(), 0);
        for one in found.iter().filter(|one| one.severity > self.max_severity) {
            match self
                .allowed
                .iter()
                .filter(|allowed| allowed.id == one.id)
                .map(|allowed| allowed.until)
                .max()
            {
                Some(until) if now < until => accepted += 1,
                Some(until) => {
                    above.push(format!("{} (allowed until {})", text(&one.id), until.format("%Y-%m-%d")))
                }
                None => above.push(format!("{} ({})", text(&one.id), one.severity.word())),
            }
        }
        let allowed =
            if accepted > 0 { format!(", {accepted} allowed by the path file") } else { String::new() };
        if above.is_empty() {
            let most = self.max_severity.word();
            let when = at.format("%Y-%m-%d %H:%M UTC");
            return said.good.push(format!("{platform}: nothing above `{most}`{allowed} ({when})"));
        }
        let more = above.len().saturating_sub(5);
        above.truncate(5);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        said.wrong.push(format!("{platform}: {}{rest}", above.join(", ")));
    }
}
