//! Parsers for the values of options.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use longshore_app::transfer::Platform;
use longshore_names::parse_platform;

/// A part of a whole: more than 0, at most 1.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if share > 0.0 && share <= 1.0 => Ok(share),
        _ => Err("use a number above 0 and up to 1, such as 0.25".to_owned()),
    }
}

/// `os/architecture[/variant]`.
pub(crate) fn platform(text: &str) -> Result<Platform, String> {
    let (os, architecture, variant) = parse_platform(text)?;
    Ok(Platform { os, architecture, variant, os_version: None })
}

/// A time, a date (its beginning in UTC), or a duration from now with a sign, such as `+30d`.
pub(crate) fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    let signed =
        text.strip_prefix('+').map(|rest| (1, rest)).or(text.strip_prefix('-').map(|rest| (-1, rest)));
    if let Some((sign, duration)) = signed {
        let duration = TimeDelta::from_std(longshore_names::parse_duration(duration)?).ok();
        let moment = duration.and_then(|duration| Utc::now().checked_add_signed(duration * sign));
        return moment.ok_or_else(|| format!("`{text}` is too long"));
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(date.and_time(NaiveTime::MIN).and_utc());
    }
    DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc)).map_err(|_| {
        "use a time such as 2027-01-31T08:00:00Z, a date, or a duration from now such as +30d".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_a_date_or_a_duration_from_now() {
        let told = |text: &str| moment(text).map(|time| time.to_rfc3339());
        assert_eq!(told("2027-01-31"), Ok("2027-01-31T00:00:00+00:00".to_owned()));
        assert_eq!(told("2027-01-31T08:00:00+02:00"), Ok("2027-01-31T06:00:00+00:00".to_owned()));
        for (text, days) in [("+30d", 30), ("-1d", -1), ("+1w", 7)] {
            let away = moment(text).map(|time| time - Utc::now()).unwrap_or_default();
            assert!((away - TimeDelta::days(days)).num_seconds().abs() < 60, "{text}");
        }
        for wrong in ["", "tomorrow", "30", "+30", "+", "2027-13-01", "+999999999999d"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_share_is_a_part_of_a_whole() {
        assert_eq!(share("0.25"), Ok(0.25));
        assert_eq!(share("1"), Ok(1.0));
        for wrong in ["0", "-1", "1.1", "NaN", "inf", "1/4", ""] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
