//! Durations of a rule: `7d`, `36h`, `1d12h`.

use chrono::TimeDelta;

/// The longest duration in a rule: ten years.
const LONGEST: TimeDelta = TimeDelta::days(10 * 366);

/// Reads the duration of a rule: longer than zero, and ten years at most.
///
/// # Errors
/// With what is wrong, as a sentence without a full stop.
pub fn parse_duration(text: &str) -> Result<TimeDelta, String> {
    let duration = TimeDelta::from_std(longshore_names::parse_duration(text)?).unwrap_or(TimeDelta::MAX);
    if duration.is_zero() {
        return Err("a duration must be longer than zero".into());
    }
    if duration > LONGEST {
        return Err("a duration can be at most ten years".into());
    }
    if duration.subsec_nanos() > 0 {
        return Err("a duration in a rule has whole seconds".into());
    }
    Ok(duration)
}

/// `7 days`, `36 hours`, `5 minutes`: one unit, rounded down. It is the largest unit that occurs at
/// least twice, or exactly once.
pub(in crate::rule) fn words(duration: TimeDelta) -> (i64, &'static str) {
    let seconds = duration.num_seconds().max(0);
    let units = [(86_400, "day", "days"), (3_600, "hour", "hours"), (60, "minute", "minutes")];
    for (factor, one, many) in units {
        let number = seconds / factor;
        if number >= 2 || (number == 1 && seconds % factor == 0) {
            return (number, if number == 1 { one } else { many });
        }
    }
    (seconds, if seconds == 1 { "second" } else { "seconds" })
}

/// [`words`] as text.
pub fn in_words(duration: TimeDelta) -> String {
    let (number, unit) = words(duration);
    format!("{number} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_told() {
        for (text, seconds, told) in [
            ("7d", 604_800, "7 days"),
            ("1w", 604_800, "7 days"),
            ("36h", 129_600, "36 hours"),
            ("1d12h", 129_600, "36 hours"),
            ("1d", 86_400, "1 day"),
            ("90m", 5_400, "90 minutes"),
            ("5m", 300, "5 minutes"),
            ("1s", 1, "1 second"),
            ("2d3h4m5s", 183_845, "2 days"),
        ] {
            let duration = parse_duration(text).unwrap();
            assert_eq!((duration.num_seconds(), in_words(duration).as_str()), (seconds, told), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_says_what_to_write() {
        for (text, expected) in [
            ("", "a number and a unit"),
            ("7", "write `7d` for days"),
            ("7 days", "has no unit"),
            ("7days", "`days` is not a unit"),
            ("7m1d", "largest unit first"),
            ("1h1h", "largest unit first"),
            ("0d", "longer than zero"),
            ("-7d", "is not a duration"),
            ("99999999999999999999d", "too large"),
            ("9223372036854775807d", "too long"),
            ("4000d", "ten years"),
            ("1.5d", "has no unit"),
        ] {
            let problem = parse_duration(text).unwrap_err();
            assert!(problem.contains(expected), "{text}: {problem}");
        }
    }
}
