//! When a rule runs, and when data may be transferred.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use croner::{
    Cron,
    errors::CronError,
    parser::{CronParser, Seconds, Year},
};

use crate::rule::{
    Day, Schedule, Window,
    units::duration::{in_words, parse_duration},
    units::moment::{parse_minutes, parse_time_zone},
};

/// The shortest time between two checks of a source.
const SHORTEST_WATCH: TimeDelta = TimeDelta::seconds(10);

/// When a rule runs automatically.
#[derive(Debug, Clone)]
pub enum Timetable {
    /// At the times of a cron pattern in a time zone.
    ///
    /// If the change to summer time skips a scheduled time, the rule runs at the first moment after
    /// the gap. If the change back repeats one, the rule runs once, at the first occurrence.
    /// Patterns with `*` in the hour or minute follow local time.
    Cron(Box<Cron>, Tz),
    /// Again this long after the last check.
    Watch(TimeDelta),
}

impl Timetable {
    /// Reads a schedule.
    ///
    /// # Errors
    /// With the first wrong key and its problem, as a sentence without a full stop.
    pub(in crate::rule) fn parse(schedule: &Schedule) -> Result<Self, (&'static str, String)> {
        match (&schedule.cron, &schedule.watch) {
            (Some(_), Some(_)) => Err(("watch", "a rule can have `cron` or `watch`, not both".into())),
            (None, None) => {
                Err(("", "a schedule needs `cron` or `watch`; leave it out to run on demand".into()))
            }
            (None, Some(_)) if schedule.time_zone.is_some() => {
                Err(("time_zone", "`watch` does not use the time of day, so it needs no time zone".into()))
            }
            (None, Some(watch)) => {
                let every = parse_duration(watch).map_err(|problem| ("watch", problem))?;
                if every < SHORTEST_WATCH {
                    return Err((
                        "watch",
                        format!("a source is checked at most every {}", in_words(SHORTEST_WATCH)),
                    ));
                }
                Ok(Self::Watch(every))
            }
            (Some(cron), None) => {
                let zone = schedule.time_zone.as_deref().map_or(Ok(Tz::UTC), parse_time_zone);
                let zone = zone.map_err(|problem| ("time_zone", problem))?;
                let cron = parse_cron(cron).map_err(|problem| ("cron", problem))?;
                Ok(Self::Cron(Box::new(cron), zone))
            }
        }
    }

    /// The next time after `now`; for a watch, `now` is the last check. `None` if there is none
    /// within the range of the calendar.
    pub fn next_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Watch(every) => now.checked_add_signed(*every),
            Self::Cron(cron, zone) => cron
                .find_next_occurrence(&now.with_timezone(zone), false)
                .ok()
                .map(|next| next.with_timezone(&Utc)),
        }
    }
}

fn parse_cron(text: &str) -> Result<Cron, String> {
    if text.len() > 200 {
        return Err("a cron pattern has at most 200 characters".into());
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    let cron = parser.parse(text).map_err(|error| match error {
        CronError::InvalidPattern(why)
        | CronError::IllegalCharacters(why)
        | CronError::ComponentError(why) => {
            format!("`{text}` is not a cron pattern: {}", why.trim_end_matches('.'))
        }
        _ => format!("`{text}` is not a cron pattern; write five fields, such as `0 3 * * *`"),
    })?;
    // Any day will do: a time that never comes after this one never comes at all.
    let any_day = DateTime::<Utc>::UNIX_EPOCH + Days::new(56 * 365);
    match cron.find_next_occurrence(&any_day, false) {
        Ok(_) => Ok(cron),
        Err(_) => Err(format!("`{text}` is a time that never comes")),
    }
}

/// Times of day in which data is transferred.
#[derive(Debug, Clone, Default)]
pub struct Windows(Vec<OpenTime>);

#[derive(Debug, Clone)]
struct OpenTime {
    /// Empty for every day.
    days: Vec<Weekday>,
    /// Minutes since midnight; `to` is greater than `from`, and beyond 1,440 on the next day.
    from: u32,
    to: u32,
    zone: Tz,
}

impl Windows {
    /// Reads windows. Also returns, for each invalid one, its index, the key and the problem (a
    /// sentence without a full stop).
    pub fn parse(windows: &[Window]) -> (Self, Vec<(usize, &'static str, String)>) {
        let mut open = Vec::with_capacity(windows.len());
        let mut problems = Vec::new();
        for (i, window) in windows.iter().enumerate() {
            match OpenTime::parse(window) {
                Ok(time) => open.push(time),
                Err((key, problem)) => problems.push((i, key, problem)),
            }
        }
        (Self(open), problems)
    }

    /// Whether there are none, so that data is always transferred.
    pub fn is_always(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether data may be transferred at `now`.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.0.is_empty()
            || self.0.iter().any(|window| window.spans(now).any(|(from, to)| from <= now && now < to))
    }

    /// The next time that data may be transferred: `now` itself if it already may.
    pub fn next_open(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.is_open(now) {
            return Some(now);
        }
        self.0
            .iter()
            .flat_map(|window| window.spans(now))
            .map(|(from, _)| from)
            .filter(|from| *from > now)
            .min()
    }

    /// When a transfer that is allowed at `now` must stop: the end of all windows that are open or
    /// follow directly. `None` if it need not stop, or is not allowed.
    pub fn closes_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.0.is_empty() || !self.is_open(now) {
            return None;
        }
        let spans: Vec<_> = self.0.iter().flat_map(|window| window.spans(now)).collect();
        let mut end = now;
        while let Some(later) =
            spans.iter().filter(|(from, to)| *from <= end && *to > end).map(|(_, to)| *to).max()
        {
            end = later;
        }
        // No gap was found in the days searched.
        let horizon = now + TimeDelta::days(LOOK_AHEAD - 1);
        (end < horizon).then_some(end)
    }
}

/// Days to search around a moment: a week, and the shift of a time zone.
const LOOK_AHEAD: i64 = 9;

impl OpenTime {
    fn parse(window: &Window) -> Result<Self, (&'static str, String)> {
        let from = parse_minutes(&window.from).map_err(|problem| ("from", problem))?;
        let to = parse_minutes(&window.to).map_err(|problem| ("to", problem))?;
        if from == 1_440 {
            return Err(("from", "a window from midnight must begin at `00:00`".into()));
        }
        if from == to {
            return Err((
                "to",
                "a window must not be empty; for a whole day write `00:00` to `24:00`".into(),
            ));
        }
        let zone = window.time_zone.as_deref().map_or(Ok(Tz::UTC), parse_time_zone);
        Ok(Self {
            days: window.days.iter().map(|day| weekday(*day)).collect(),
            from,
            to: if to > from { to } else { to + 1_440 },
            zone: zone.map_err(|problem| ("time_zone", problem))?,
        })
    }

    /// The spans of this window that begin around `now`, oldest first.
    fn spans(&self, now: DateTime<Utc>) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> + '_ {
        let today = now.with_timezone(&self.zone).date_naive();
        (-2..=LOOK_AHEAD).filter_map(move |offset| {
            let day = today.checked_add_signed(TimeDelta::days(offset))?;
            let fits = self.days.is_empty() || self.days.contains(&day.weekday());
            fits.then(|| Some((self.moment(day, self.from)?, self.moment(day, self.to)?))).flatten()
        })
    }

    /// A local time as a moment. A time that summer time skips becomes the end of the gap, a
    /// repeated time its first occurrence.
    fn moment(&self, day: NaiveDate, minutes: u32) -> Option<DateTime<Utc>> {
        let day = day.checked_add_days(Days::new(u64::from(minutes / 1_440)))?;
        let wall = day.and_time(NaiveTime::from_num_seconds_from_midnight_opt(minutes % 1_440 * 60, 0)?);
        let mut probe = wall;
        // No gap was ever longer than a day (Samoa skipped one).
        for _ in 0..=96 {
            if let Some(moment) = self.zone.from_local_datetime(&probe).earliest() {
                if probe == wall {
                    return Some(moment.with_timezone(&Utc));
                }
                // The gap ends within the quarter of an hour before this time.
                let back = TimeDelta::minutes(i64::from(probe.minute() % 15));
                return Some((moment - back).with_timezone(&Utc));
            }
            probe = probe.checked_add_signed(TimeDelta::minutes(15))?;
        }
        None
    }
}

fn weekday(day: Day) -> Weekday {
    match day {
        Day::Mon => Weekday::Mon,
        Day::Tue => Weekday::Tue,
        Day::Wed => Weekday::Wed,
        Day::Thu => Weekday::Thu,
        Day::Fri => Weekday::Fri,
        Day::Sat => Weekday::Sat,
        Day::Sun => Weekday::Sun,
    }
}
