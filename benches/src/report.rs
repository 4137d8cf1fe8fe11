//! The table and the JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{aims::Case, contender::Contender, requests::Requests};

/// The medians of a contender for a case.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Seconds.
    pub wall_s: f64,
    /// The fastest and the slowest run, seconds.
    pub spread_s: (f64, f64),
    /// User and system, seconds.
    pub cpu_s: f64,
    /// Peak memory, MiB.
    pub rss_mib: f64,
    /// The requests of a run that was not timed.
    pub requests: Requests,
}

/// A case with its figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The case.
    pub case: Case,
    runs: usize,
    figures: Vec<(Contender, Figures)>,
}

impl Row {
    /// A row without figures.
    pub fn new(case: &Case, runs: usize) -> Self {
        Self { case: *case, runs, figures: Vec::new() }
    }

    /// Adds a contender's figures.
    pub fn add(&mut self, contender: Contender, figures: Figures) {
        self.figures.push((contender, figures));
    }

    /// A contender's figures, if it took part.
    pub fn of(&self, contender: Contender) -> Option<&Figures> {
        self.figures.iter().find(|(other, _)| *other == contender).map(|(_, figures)| figures)
    }

    /// Longshore's wall time relative to another contender's.
    pub fn ratio(&self, to: Contender) -> Option<f64> {
        let (ours, theirs) = (self.of(Contender::Longshore)?, self.of(to)?);
        (theirs.wall_s > 0.0).then(|| ours.wall_s / theirs.wall_s)
    }

    /// The aims of the case, each with the result: `limit ≤1.19: 1.12`.
    #[allow(clippy::cast_precision_loss)] // requests of one run
    pub fn judged(&self) -> Vec<(String, bool)> {
        let Some(ours) = self.of(Contender::Longshore) else { return Vec::new() };
        let aims = self.case.aims;
        let named = [
            ("× limit", aims.limit, self.ratio(Contender::Limit)),
            ("× limit --sha256", aims.sha256, self.ratio(Contender::LimitSha256)),
            ("requests", aims.requests.map(|count| count as f64), Some(ours.requests.total as f64)),
            ("MiB", aims.rss_mib, Some(ours.rss_mib)),
        ];
        let judge = |(unit, aim, seen): (&str, Option<f64>, Option<f64>)| {
            let (aim, seen) = (aim?, seen?);
            let digits = if unit.starts_with('×') { 2 } else { 0 };
            // The rounded value that is shown is also the one that is compared.
            let met = format!("{seen:.digits$}").parse::<f64>().is_ok_and(|shown| shown <= aim);
            Some((format!("{seen:.digits$} {unit} (≤ {aim:.digits$})"), met))
        };
        named.into_iter().filter_map(judge).collect()
    }

    fn json(&self) -> Value {
        let wall = |contender| self.of(contender).map(|figures| round(figures.wall_s));
        let requests = |contender| self.of(contender).map(|figures| figures.requests.total);
        let ours = self.of(Contender::Longshore);
        let missed: Vec<_> =
            self.judged().into_iter().filter(|(_, met)| !met).map(|(text, _)| text).collect();
        json!({
            "workload": self.case.workload,
            "rtt_ms": self.case.rtt_ms,
            "runs": self.runs,
            "limit_s": wall(Contender::Limit),
            "sha256_s": wall(Contender::LimitSha256),
            "longshore_s": wall(Contender::Longshore),
            "skopeo_s": wall(Contender::Skopeo),
            "requests": ours.map(|figures| figures.requests.total),
            "cpu_s": ours.map(|figures| round(figures.cpu_s)),
            "rss_mib": ours.map(|figures| round(figures.rss_mib)),
            "limit_requests": requests(Contender::Limit),
            "skopeo_requests": requests(Contender::Skopeo),
            "missed": missed,
        })
    }
}

fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

/// All rows as the JSON that `make bench JSON=FILE` writes.
pub fn json(rows: &[Row], more: &[Value]) -> String {
    let mut all: Vec<_> = rows.iter().map(Row::json).collect();
    all.extend_from_slice(more);
    let lines: Vec<_> = all.iter().map(Value::to_string).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

/// All rows as a table for people, in Markdown.
pub fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| workload | rtt ms | program | wall s | fastest–slowest | × limit | × skopeo | requests | CPU s | peak MiB |\n\
         |---|---:|---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for row in rows {
        for (contender, figures) in &row.figures {
            let by = |other| {
                let other = row.of(other).filter(|_| *contender != other)?;
                Some(format!("{:.2}", figures.wall_s / other.wall_s))
            };
            let none = || "–".to_owned();
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "| {} | {} | {} | {:.3} | {:.3}–{:.3} | {} | {} | {} | {:.2} | {:.1} |",
                row.case.workload,
                row.case.rtt_ms,
                contender.name(),
                figures.wall_s,
                figures.spread_s.0,
                figures.spread_s.1,
                by(Contender::Limit).unwrap_or_else(none),
                by(Contender::Skopeo).unwrap_or_else(none),
                figures.requests.total,
                figures.cpu_s,
                figures.rss_mib,
            );
        }
    }
    let judged = rows.iter().flat_map(|row| {
        let at = if row.case.rtt_ms > 0 { format!(" at {} ms", row.case.rtt_ms) } else { String::new() };
        row.judged().into_iter().map(move |(aim, met)| {
            format!("- {}: {}{at}: {aim}", if met { "met" } else { "MISSED" }, row.case.workload)
        })
    });
    let judged: Vec<_> = judged.collect();
    if !judged.is_empty() {
        let _ = write!(text, "\nAims of Longshore (at most):\n\n{}\n", judged.join("\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aims::CASES;

    fn row(longshore_s: f64) -> Row {
        let mut row = Row::new(&CASES[0], 5);
        let figures = |wall_s| Figures { wall_s, rss_mib: 12.0, ..Figures::default() };
        row.add(Contender::Limit, figures(2.0));
        row.add(Contender::LimitSha256, figures(2.2));
        row.add(Contender::Longshore, figures(longshore_s));
        row
    }

    #[test]
    fn an_aim_is_met_or_missed() {
        let met = |longshore_s| row(longshore_s).judged().into_iter().map(|(_, met)| met).collect::<Vec<_>>();
        assert_eq!(met(2.3), [true, true, true]);
        assert_eq!(met(2.38), [true, true, true]);
        assert_eq!(met(2.39), [false, false, true]);
        assert!(table(&[row(3.0)]).contains("MISSED: W1: 1.50 × limit (≤ 1.19)"));
    }

    #[test]
    fn the_json_has_what_is_promised() {
        let value: Value = serde_json::from_str(&json(&[row(2.3)], &[])).unwrap();
        let first = &value[0];
        assert_eq!((&first["workload"], &first["rtt_ms"]), (&json!("W1"), &json!(0)));
        assert_eq!((&first["limit_s"], &first["longshore_s"]), (&json!(2.0), &json!(2.3)));
        for key in ["skopeo_s", "requests", "cpu_s", "rss_mib"] {
            assert!(first.get(key).is_some(), "{key}");
        }
    }
}
