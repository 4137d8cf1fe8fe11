//! Tags of an upstream version with a suffix that counts one's own builds: `8.0.12-c15`.

use std::{cmp::Ordering, fmt};

/// Words that mark a pre-release, which comes before its version and not after it.
const PRE_RELEASE: [&str; 16] = [
    "alpha",
    "beta",
    "rc",
    "pre",
    "preview",
    "dev",
    "snapshot",
    "m",
    "milestone",
    "ea",
    "canary",
    "next",
    "nightly",
    "a",
    "b",
    "test",
];

/// A tag read as an upstream version with a suffix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuffixTag {
    /// Whether it begins with `v`.
    pub v: bool,
    /// The upstream version's numbers, 1 to 4.
    pub upstream: Vec<u64>,
    /// The letters of the suffix, such as `c`; empty for `8.0.12-15`.
    pub letters: String,
    /// The number of the suffix.
    pub number: u64,
    /// How many digits the number has at least: 2 for `-c05`.
    pub width: usize,
}

impl SuffixTag {
    /// Reads a tag; `None` if it is something else, such as the pre-release `8.0.12-rc1`.
    pub fn parse(tag: &str) -> Option<Self> {
        let (v, rest) = tag.strip_prefix('v').map_or((false, tag), |rest| (true, rest));
        let (upstream, suffix) = rest.split_once('-')?;
        let digits = |text: &str| (1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let upstream = upstream
            .split('.')
            .map(|number| digits(number).then(|| number.parse().ok()).flatten())
            .collect::<Option<Vec<u64>>>()?;
        let at = suffix.find(|c: char| c.is_ascii_digit())?;
        let (letters, number) = suffix.split_at(at);
        let word = letters.trim_end_matches(['.', '_']);
        let known = letters.len() <= 24 && word.bytes().all(|b| b.is_ascii_alphabetic());
        let is_pre_release = PRE_RELEASE.contains(&word.to_ascii_lowercase().as_str());
        if !(1..=4).contains(&upstream.len()) || !known || is_pre_release || !digits(number) {
            return None;
        }
        Some(Self {
            v,
            upstream,
            letters: letters.to_owned(),
            number: number.parse().ok()?,
            width: if number.starts_with('0') { number.len() } else { 1 },
        })
    }

    /// The order: by the upstream version, then by the suffix's number. `None` if the suffixes have
    /// other letters.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        if self.letters != other.letters {
            return None;
        }
        let numbers = |tag: &Self| [0, 1, 2, 3].map(|at| tag.upstream.get(at).copied().unwrap_or(0));
        Some(numbers(self).cmp(&numbers(other)).then(self.number.cmp(&other.number)))
    }

    /// The shorter tags that move along with it, the longest first: `8.0.12`, `8.0`, `8`.
    pub fn shorter(&self) -> Vec<String> {
        let v = if self.v { "v" } else { "" };
        (1..=self.upstream.len())
            .rev()
            .map(|parts| format!("{v}{}", dotted(&self.upstream[..parts])))
            .collect()
    }
}

impl fmt::Display for SuffixTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let v = if self.v { "v" } else { "" };
        let width = self.width;
        write!(f, "{v}{}-{}{:0width$}", dotted(&self.upstream), self.letters, self.number)
    }
}

fn dotted(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}
