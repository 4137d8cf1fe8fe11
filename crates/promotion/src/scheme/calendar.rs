//! Tags that are dates (calver.org).

use std::{cmp::Ordering, fmt};

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

/// One part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// `YYYY`: a year from 2000 to 2099.
    Year,
    /// `YY`: the year since 2000.
    ShortYear,
    /// `0M` (padded) or `MM`.
    Month { padded: bool },
    /// `0D` (padded) or `DD`.
    Day { padded: bool },
    /// `hh`, two digits.
    Hour,
    /// `mm`, two digits.
    Minute,
    /// `ss`, two digits.
    Second,
    /// Literal text.
    Text(String),
}

/// The form of calendar tags: `YYYY.0M.0D`, `YY.0M`, `YYYY0M0D-hhmm`. A part in brackets at the end is a
/// counter that the first tag of a date need not have: `YYYY.0M.0D[.N]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarForm {
    text: String,
    tokens: Vec<Token>,
    /// What stands before the counter.
    counter: Option<String>,
}

/// A tag read as a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CalendarTag {
    /// The date; a part that the form does not have is 1.
    pub date: NaiveDate,
    /// Hour, minute and second; 0 if the form does not have them.
    pub time: (u32, u32, u32),
    /// The counter; 0 without one.
    pub counter: u64,
}

impl CalendarForm {
    /// The forms that are recognised without being named.
    pub const KNOWN: [&str; 14] = [
        "YYYY.0M.0D[.N]",
        "YYYY.0M.0D[-N]",
        "YYYY.MM.DD[.N]",
        "YYYY.MM.DD[-N]",
        "YYYY-0M-0D[-N]",
        "YYYY-0M-0D[.N]",
        "YYYY0M0D[.N]",
        "YYYY0M0D[-N]",
        "YYYY0M0Dhhmmss",
        "YYYY0M0D-hhmmss",
        "YYYY0M0Dhhmm",
        "YYYY.0M[.N]",
        "YYYY.MM[.N]",
        "YY.0M[.N]",
    ];

    /// Reads a form.
    ///
    /// # Errors
    /// With what is wrong, as a sentence without a full stop.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |problem: &str| Err(format!("`{}` {problem}", longshore_names::shown(text, 60)));
        if text.len() > 60 {
            return wrong("is longer than 60 characters");
        }
        let (body, counter) = match text.split_once('[') {
            None => (text, None),
            Some((body, rest)) => match rest.strip_suffix("N]") {
                Some(before) if before.chars().all(|c| ".-_".contains(c)) => (body, Some(before.to_owned())),
                _ => return wrong("ends in brackets that are not a counter such as `[.N]`"),
            },
        };
        let known = [
            ("YYYY", Token::Year),
            ("YY", Token::ShortYear),
            ("0M", Token::Month { padded: true }),
            ("MM", Token::Month { padded: false }),
            ("0D", Token::Day { padded: true }),
            ("DD", Token::Day { padded: false }),
            ("hh", Token::Hour),
            ("mm", Token::Minute),
            ("ss", Token::Second),
        ];
        let (mut tokens, mut rest) = (Vec::new(), body);
        while let Some(first) = rest.chars().next() {
            if let Some((word, token)) = known.iter().find(|(word, _)| rest.starts_with(word)) {
                tokens.push(token.clone());
                rest = &rest[word.len()..];
                continue;
            }
            if !first.is_ascii_alphanumeric() && !"._-".contains(first) {
                return wrong("has a character that no tag can have");
            }
            match tokens.last_mut() {
                Some(Token::Text(text)) => text.push(first),
                _ => tokens.push(Token::Text(first.into())),
            }
            rest = &rest[first.len_utf8()..];
        }
        let has = |wanted: fn(&Token) -> bool| tokens.iter().filter(|token| wanted(token)).count();
        let years = has(|token| matches!(token, Token::Year | Token::ShortYear));
        let months = has(|token| matches!(token, Token::Month { .. }));
        let days = has(|token| matches!(token, Token::Day { .. }));
        if years != 1 || months != 1 || days > 1 {
            return wrong("needs a year (`YYYY` or `YY`) and a month (`0M` or `MM`), and at most one day");
        }
        Ok(Self { text: text.to_owned(), tokens, counter })
    }

    /// Reads a tag; `None` if it does not have this form or is no date.
    pub fn read(&self, tag: &str) -> Option<CalendarTag> {
        let mut rest = tag;
        let (mut year, mut month, mut day, mut time) = (2000, 1, 1, (0, 0, 0));
        for token in &self.tokens {
            match token {
                Token::Text(text) => rest = rest.strip_prefix(text.as_str())?,
                Token::Year => year = take(&mut rest, 4, true).filter(|year| (2000..2100).contains(year))?,
                Token::ShortYear => year = 2000 + take(&mut rest, 2, true).filter(|year| *year >= 5)?,
                Token::Month { padded } => month = take(&mut rest, 2, *padded)?,
                Token::Day { padded } => day = take(&mut rest, 2, *padded)?,
                Token::Hour => time.0 = take(&mut rest, 2, true).filter(|hour| *hour < 24)?,
                Token::Minute => time.1 = take(&mut rest, 2, true).filter(|minute| *minute < 60)?,
                Token::Second => time.2 = take(&mut rest, 2, true).filter(|second| *second < 60)?,
            }
        }
        let counter = match (&self.counter, rest) {
            (_, "") => 0,
            (Some(before), rest) => {
                let number = rest.strip_prefix(before.as_str())?;
                let plain = (1..=9).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
                plain.then(|| number.parse().ok()).flatten()?
            }
            (None, _) => return None,
        };
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        Some(CalendarTag { date, time, counter })
    }

    /// The tag of a moment; a counter of 0 is left out.
    pub fn write(&self, at: NaiveDateTime, counter: u64) -> String {
        let mut out = String::new();
        for token in &self.tokens {
            out.push_str(&match token {
                Token::Text(text) => text.clone(),
                Token::Year => format!("{:04}", at.year()),
                Token::ShortYear => format!("{:02}", at.year() % 100),
                Token::Month { padded: true } => format!("{:02}", at.month()),
                Token::Month { padded: false } => at.month().to_string(),
                Token::Day { padded: true } => format!("{:02}", at.day()),
                Token::Day { padded: false } => at.day().to_string(),
                Token::Hour => format!("{:02}", at.hour()),
                Token::Minute => format!("{:02}", at.minute()),
                Token::Second => format!("{:02}", at.second()),
            });
        }
        match &self.counter {
            Some(before) if counter > 0 => format!("{out}{before}{counter}"),
            _ => out,
        }
    }

    /// Whether it has a day, not only a month.
    pub fn has_day(&self) -> bool {
        self.tokens.iter().any(|token| matches!(token, Token::Day { .. }))
    }

    /// Whether a second tag of one date can have a counter.
    pub fn counts(&self) -> bool {
        self.counter.is_some()
    }

    /// The order of two tags of this form.
    pub fn compare(&self, one: &str, two: &str) -> Option<Ordering> {
        Some(self.read(one)?.cmp(&self.read(two)?))
    }
}

impl fmt::Display for CalendarForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A number of at most `most` digits from the beginning; exactly so many if it is padded, and without a
/// leading zero if not.
fn take(rest: &mut &str, most: usize, padded: bool) -> Option<u32> {
    let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at(digits);
    if digits == 0 || (padded && digits != most) || (!padded && number.starts_with('0')) {
        return None;
    }
    *rest = after;
    number.parse().ok()
}
