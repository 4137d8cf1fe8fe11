//! Durations as people write them: `7d`, `36h`, `1d12h`.

use chrono::TimeDelta;

const UNITS: [(&str, i64); 5] = [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// The longest duration in a rule: ten years.
const MAX_SECONDS: i64 = 10 * 366 * 86_400;

/// Reads whole numbers, each with a unit (`w d h m s`), largest unit first, each unit at most once.
///
/// # Errors
/// With what is wrong, as a sentence without a full stop.
pub(in crate::rule) fn parse_duration(text: &str) -> Result<TimeDelta, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("a duration is a number and a unit, such as `7d` or `12h`".into());
    }
    let mut units = UNITS.iter();
    let mut seconds = 0_i64;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let number: i64 = number.parse().map_err(|_| {
            if number.is_empty() {
                format!("`{text}` is not a duration; write a number and a unit, such as `7d` or `12h`")
            } else {
                format!("`{number}` is too large")
            }
        })?;
        let letters = after.len() - after.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let (unit, after) = after.split_at(letters);
        let Some((_, factor)) = units.find(|(known, _)| *known == unit) else {
            return Err(if unit.is_empty() {
                format!("`{number}` has no unit; write `{number}d` for days, or w, h, m, s")
            } else if UNITS.iter().any(|(known, _)| *known == unit) {
                format!("`{unit}` is repeated or out of order; write the largest unit first")
            } else {
                format!("`{unit}` is not a unit; write w, d, h, m or s")
            });
        };
        seconds = number
            .checked_mul(*factor)
            .and_then(|more| seconds.checked_add(more))
            .filter(|sum| *sum <= MAX_SECONDS)
            .ok_or("a duration can be at most ten years")?;
        rest = after;
    }
    if seconds == 0 {
        return Err("a duration must be longer than zero".into());
    }
    Ok(TimeDelta::seconds(seconds))
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
pub(in crate::rule) fn in_words(duration: TimeDelta) -> String {
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
            ("9223372036854775807d", "ten years"),
            ("4000d", "ten years"),
            ("1.5d", "has no unit"),
        ] {
            let problem = parse_duration(text).unwrap_err();
            assert!(problem.contains(expected), "{text}: {problem}");
        }
    }
}
