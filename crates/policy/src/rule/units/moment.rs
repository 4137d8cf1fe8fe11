//! Dates, times of day and time zones as people write them.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use longshore_names::did_you_mean;

/// A date (midnight UTC) or an RFC 3339 time.
///
/// # Errors
/// With what is wrong, as a sentence without a full stop.
pub fn parse_moment(text: &str) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(date.and_time(NaiveTime::MIN).and_utc());
    }
    DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc)).map_err(|_| {
        format!("`{text}` is neither a date such as `2026-01-31` nor a time such as `2026-01-31T08:00:00Z`")
    })
}

/// Minutes since midnight of a time `HH:MM`; `24:00` is 1,440.
///
/// # Errors
/// With what is wrong, as a sentence without a full stop.
pub fn parse_minutes(text: &str) -> Result<u32, String> {
    let wrong = || format!("`{text}` is not a time of day; write `HH:MM` in quotes, such as \"22:00\"");
    let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
    let two_digits = |part: &str| {
        (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok()).flatten()
    };
    let hours: u32 = two_digits(hours).ok_or_else(wrong)?;
    let minutes: u32 = two_digits(minutes).ok_or_else(wrong)?;
    if minutes > 59 || hours * 60 + minutes > 1_440 {
        return Err(wrong());
    }
    Ok(hours * 60 + minutes)
}

/// A time zone of the IANA database.
///
/// # Errors
/// With what is wrong, as a sentence without a full stop.
pub fn parse_time_zone(text: &str) -> Result<Tz, String> {
    text.parse::<Tz>().map_err(|_| {
        let near = did_you_mean(text, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
        match near {
            Some(near) => format!("`{text}` is not a time zone; did you mean `{near}`?"),
            None => format!("`{text}` is not a time zone; write one such as `Europe/Berlin`"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read() {
        assert_eq!(parse_moment("2026-01-31").unwrap().to_rfc3339(), "2026-01-31T00:00:00+00:00");
        assert_eq!(
            parse_moment("2026-01-31T08:00:00+02:00").unwrap().to_rfc3339(),
            "2026-01-31T06:00:00+00:00"
        );
        assert!(parse_moment("31.1.2026").is_err());
        assert!(parse_moment("2026-02-30").is_err());
        assert_eq!(parse_minutes("22:05"), Ok(1_325));
        assert_eq!(parse_minutes("24:00"), Ok(1_440));
        for wrong in ["24:01", "7:00", "07:60", "0700", "99999999999:00", "+1:00"] {
            assert!(parse_minutes(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_time_zone("Europe/Berlin").unwrap(), Tz::Europe__Berlin);
        assert!(parse_time_zone("Europe/Berlim").unwrap_err().contains("did you mean `Europe/Berlin`"));
        assert!(parse_time_zone("CEST").is_err());
    }
}
