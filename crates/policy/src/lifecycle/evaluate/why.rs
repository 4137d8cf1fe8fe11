//! What decided about an image.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::sentence::count;

/// The count or the age by which a rule picked an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Why {
    /// The rule keeps the newest images, and this one is not among them.
    Count {
        /// How many the rule keeps.
        keep: u32,
        /// The image's place among those that the rule selects, 1 for the newest.
        place: usize,
        /// How many images the rule selects.
        selected: usize,
    },
    /// It is older than the rule allows.
    Age {
        /// The limit in days.
        days: u32,
        /// What the age is counted from.
        from: AgeFrom,
        /// When that was.
        since: DateTime<Utc>,
    },
}

/// What the age of an image is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AgeFrom {
    /// Its push.
    Push,
    /// Its last restore from the archive.
    Restore,
    /// Its last pull.
    Pull,
    /// Its push, because it was never pulled.
    PushNeverPulled,
    /// Its last restore from the archive, because it was not pulled since.
    RestoreNeverPulled,
    /// When it was archived.
    Archival,
}

impl Why {
    /// The reason in one sentence, as of `now`: *It is the 12th newest of 25 images that the rule selects,
    /// and the rule keeps 10.*
    pub fn sentence(&self, now: DateTime<Utc>) -> String {
        match self {
            Self::Count { keep, place, selected } => format!(
                "It is the {} newest of {} that the rule selects, and the rule keeps {keep}.",
                ordinal(*place),
                count(*selected, "image", "images"),
            ),
            Self::Age { days, from, since } => {
                let event = match from {
                    AgeFrom::Push => "pushed",
                    AgeFrom::Restore => "restored from the archive",
                    AgeFrom::Pull => "last pulled",
                    AgeFrom::PushNeverPulled => "never pulled, and pushed",
                    AgeFrom::RestoreNeverPulled => "not pulled since it was restored from the archive",
                    AgeFrom::Archival => "archived",
                };
                let age = usize::try_from(now.signed_duration_since(*since).num_days()).unwrap_or_default();
                format!(
                    "It was {event} on {}, {} earlier; the rule's limit is {}.",
                    since.format("%Y-%m-%d"),
                    count(age, "day", "days"),
                    count(*days as usize, "day", "days"),
                )
            }
        }
    }
}

/// `1st`, `2nd`, `11th`, `22nd`.
fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_written_as_words_are() {
        let all = [1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111, 112, 1_002].map(ordinal);
        let expected = [
            "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "101st", "111th", "112th",
            "1002nd",
        ];
        assert_eq!(all, expected);
    }
}
