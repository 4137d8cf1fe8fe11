//! Times in which nothing enters a stage.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use longshore_policy::rule::{Window, Windows, parse_time_zone};

use super::{Gate, GateAnswer};
use crate::path::FreezeText;

/// Times in which nothing enters: days of the calendar, and times of day that come again. Time zones are
/// those of the IANA database, so that summer time is right.
#[derive(Debug, Clone)]
pub struct Freeze {
    /// As written, for comparing.
    windows_text: Vec<Window>,
    windows: Windows,
    dates: Vec<Dates>,
}

#[derive(Debug, Clone, PartialEq)]
struct Dates {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    reason: Option<String>,
}

/// A freeze at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frozen<'a> {
    /// When it ends, with all freezes that follow directly; `None` if the windows leave no time.
    pub until: Option<DateTime<Utc>>,
    /// The reason of the first freeze, if it has one.
    pub reason: Option<&'a str>,
}

impl PartialEq for Freeze {
    fn eq(&self, other: &Self) -> bool {
        self.windows_text == other.windows_text && self.dates == other.dates
    }
}

impl Freeze {
    /// Reads a freeze of a path file.
    ///
    /// # Errors
    /// With what is wrong, as a sentence without a full stop.
    pub fn parse(text: &FreezeText) -> Result<Self, String> {
        if text.windows.is_empty() && text.dates.is_empty() {
            return Err("a freeze needs `windows` or `dates`".into());
        }
        let (windows, problems) = Windows::parse(&text.windows);
        if let Some((index, key, problem)) = problems.into_iter().next() {
            return Err(format!("`windows[{index}].{key}`: {problem}"));
        }
        let zone = text.time_zone.as_deref().map_or(Ok(Tz::UTC), parse_time_zone)?;
        let dates = text.dates.iter().map(|dates| {
            let (from, last) = (day(&dates.from)?, day(&dates.to)?);
            if last < from {
                return Err(format!("the freeze ends on {last}, before it begins on {from}"));
            }
            let after = last.checked_add_days(Days::new(1)).ok_or("the freeze ends after the calendar")?;
            let bound = |day| midnight(day, zone).ok_or(format!("{day} is not in the calendar"));
            Ok(Dates { from: bound(from)?, to: bound(after)?, reason: dates.reason.clone() })
        });
        let dates = dates.collect::<Result<_, String>>()?;
        Ok(Self { windows_text: text.windows.clone(), windows, dates })
    }

    /// The freeze at `now`; `None` if there is none.
    pub fn until(&self, now: DateTime<Utc>) -> Option<Frozen<'_>> {
        let mut at = now;
        let mut why: Option<Option<&str>> = None;
        // Freezes that overlap count as one.
        for _ in 0..=self.dates.len() * 2 + 2 {
            let dates = self
                .dates
                .iter()
                .filter(|dates| dates.from <= at && at < dates.to)
                .max_by_key(|dates| dates.to);
            if let Some(dates) = dates {
                why = why.or(Some(dates.reason.as_deref()));
                at = dates.to;
                continue;
            }
            if self.windows.is_always() || !self.windows.is_open(at) {
                return why.map(|reason| Frozen { until: Some(at), reason });
            }
            why = why.or(Some(None));
            match self.windows.closes_after(at) {
                Some(end) => at = end,
                None => break,
            }
        }
        why.map(|reason| Frozen { until: None, reason })
    }

    pub(super) fn answer(&self, gate: &Gate, now: DateTime<Utc>) -> GateAnswer {
        let because = |why: Option<&str>| {
            why.map_or(String::new(), |why| format!(" ({})", longshore_names::shown(why, 200)))
        };
        match self.until(now) {
            None => {
                GateAnswer::pass(gate, format!("There is no freeze at {}.", now.format("%Y-%m-%d %H:%M UTC")))
            }
            Some(Frozen { until: Some(end), reason }) => {
                let end = end.format("%Y-%m-%d %H:%M UTC");
                let text = format!("The stage is frozen until {end}{}.", because(reason));
                GateAnswer::fail(gate, text, format!("Wait until {end}."))
            }
            Some(Frozen { until: None, reason }) => {
                let text = format!("The stage is frozen without an end{}.", because(reason));
                GateAnswer::fail(gate, text, "Change the freeze in the path file.")
            }
        }
    }
}

fn day(text: &str) -> Result<NaiveDate, String> {
    let shown = longshore_names::shown(text, 40);
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| format!("`{shown}` is not a date such as `2026-12-20`"))
}

/// The first moment of a day in a zone; where summer time skips midnight, the first that exists.
fn midnight(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let wall = day.and_time(NaiveTime::MIN);
    // In quarters of an hour; Samoa once skipped a whole day.
    let walls = (0..=96).filter_map(|quarter| wall.checked_add_signed(TimeDelta::minutes(15 * quarter)));
    let mut moments = walls.filter_map(|wall| zone.from_local_datetime(&wall).earliest());
    moments.next().map(|moment| moment.with_timezone(&Utc))
}
