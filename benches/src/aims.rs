//! The cases to measure, and their aims.

use std::collections::HashSet;

use crate::{Failure, contender::Contender};

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case {
    /// Its name: `W1` … `W5`, `scale`.
    pub workload: &'static str,
    /// The workload's repository, which names its plans.
    pub repository: &'static str,
    /// The tag to copy; `None` for all.
    pub tag: Option<&'static str>,
    /// The kind of copy.
    pub kind: Kind,
    /// The round trip to either registry, milliseconds.
    pub rtt_ms: u64,
    /// The contenders.
    pub contenders: &'static [Contender],
    /// The upper limits for Longshore.
    pub aims: Aims,
}

/// The kind of copy of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To an empty registry.
    Copy,
    /// To a registry that already has it.
    Again,
    /// To another repository of the same registry.
    Mount,
}

/// The upper limits for Longshore; every byte is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Aims {
    /// Wall time relative to the limit's.
    pub limit: Option<f64>,
    /// Wall time relative to that of the limit with SHA-256.
    pub sha256: Option<f64>,
    /// Requests.
    pub requests: Option<u64>,
    /// Peak memory, MiB.
    pub rss_mib: Option<f64>,
}

const THREE: &[Contender] = &[Contender::Limit, Contender::Longshore, Contender::Skopeo];
const FOUR: &[Contender] =
    &[Contender::Limit, Contender::LimitSha256, Contender::Longshore, Contender::Skopeo];
const TWO: &[Contender] = &[Contender::Limit, Contender::Longshore];

const fn case(workload: &'static str, repository: &'static str, kind: Kind, limit: f64) -> Case {
    let aims = Aims { limit: Some(limit), sha256: None, requests: None, rss_mib: None };
    Case { workload, repository, tag: None, kind, rtt_ms: 0, contenders: THREE, aims }
}

const fn scale(workload: &'static str, repository: &'static str) -> Case {
    Case { contenders: TWO, aims: NONE, ..case(workload, repository, Kind::Copy, 0.0) }
}

const NONE: Aims = Aims { limit: None, sha256: None, requests: None, rss_mib: None };

/// All cases that need only two docker-registries, in the order of the table.
pub const CASES: &[Case] = &[
    Case {
        tag: Some("1"),
        contenders: FOUR,
        aims: Aims { limit: Some(1.19), sha256: Some(1.08), requests: None, rss_mib: Some(30.0) },
        ..case("W1", "w1", Kind::Copy, 1.19)
    },
    Case {
        aims: Aims { limit: Some(1.17), sha256: None, requests: Some(1450), rss_mib: Some(30.0) },
        ..case("W2", "w2", Kind::Copy, 1.17)
    },
    Case {
        aims: Aims { limit: Some(1.25), sha256: None, requests: Some(202), rss_mib: None },
        ..case("W3", "w2", Kind::Again, 1.25)
    },
    Case { tag: Some("1.0.1"), ..case("W4", "w2", Kind::Mount, 1.5) },
    Case { tag: Some("1"), ..case("W5", "w5", Kind::Copy, 1.18) },
    Case { rtt_ms: 20, ..case("W2", "w2", Kind::Copy, 1.45) },
    Case { rtt_ms: 20, ..case("W3", "w2", Kind::Again, 1.3) },
    scale("scale-100", "tags100"),
    scale("scale-1000", "tags1000"),
    Case { aims: Aims { rss_mib: Some(120.0), ..NONE }, ..scale("scale-10000", "tags10000") },
];

/// The default cases.
const USUAL: &[&str] = &["W1", "W2", "W3", "W4", "W5"];
/// The cases with their own way of measuring.
const OWN: &[&str] = &["W6", "W7"];

/// Parses the workloads in a list like `W1,W2`, `all` or nothing; `scale` is all three sizes.
///
/// # Errors
/// If it names something else.
pub fn chosen(list: &str) -> Result<Vec<&'static str>, Failure> {
    let known = || {
        let mut names: Vec<_> = CASES.iter().map(|case| case.workload).collect();
        names.extend(OWN);
        let mut seen = HashSet::new();
        names.retain(|name| seen.insert(*name));
        names
    };
    let mut chosen = Vec::new();
    for word in list.split([',', ' ']).filter(|word| !word.is_empty()) {
        let matching: Vec<_> = known()
            .into_iter()
            .filter(|name| {
                let group = name.split('-').next().unwrap_or(name);
                word.eq_ignore_ascii_case("all")
                    || word.eq_ignore_ascii_case(name)
                    || word.eq_ignore_ascii_case(group)
            })
            .collect();
        if matching.is_empty() {
            return Err(Failure::Usage(format!("no workload is `{word}`; there are {:?}", known())));
        }
        chosen.extend(matching);
    }
    if chosen.is_empty() {
        chosen.extend(USUAL);
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workloads_are_chosen_by_name() {
        assert_eq!(chosen("").unwrap(), USUAL);
        assert_eq!(chosen("w2,W3").unwrap(), ["W2", "W3"]);
        assert_eq!(chosen("scale").unwrap(), ["scale-100", "scale-1000", "scale-10000"]);
        assert!(chosen("all").unwrap().contains(&"W7"));
        assert!(chosen("W9").is_err());
    }
}
