//! The names of paths, stages, services and people.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A text that is not a name of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {kind}: {problem}")]
pub struct PromotionNameError {
    /// `path name`, `stage name`, `service` or `person`.
    pub kind: &'static str,
    /// The text, shortened, with hidden characters escaped.
    pub text: String,
    /// What is wrong, as a sentence without a full stop.
    pub problem: String,
}

impl PromotionNameError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        "promotion-name"
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        longshore_codes::way_out(self.code())
    }

    fn new(kind: &'static str, text: &str, problem: impl Into<String>) -> Self {
        Self { kind, text: longshore_names::shown(text, 100), problem: problem.into() }
    }
}

/// A checked text with the usual conversions; `check` returns the problem.
macro_rules! checked_name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = PromotionNameError;

            fn from_str(text: &str) -> Result<Self, PromotionNameError> {
                let check: fn(&str) -> Option<String> = $check;
                match check(text) {
                    None => Ok(Self(text.to_owned())),
                    Some(problem) => Err(PromotionNameError::new($kind, text, problem)),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = PromotionNameError;

            fn try_from(text: String) -> Result<Self, PromotionNameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

checked_name!(
    /// The name of a path: a word of at most 64 letters, digits, `.`, `_` and `-`.
    PathName,
    "path name",
    word
);
checked_name!(
    /// The name of a stage in its path: a word as of [`PathName`].
    StageName,
    "stage name",
    word
);
checked_name!(
    /// A service: what every stage's repository is named after, such as `api` or `team/api`. It has the
    /// characters of a repository name.
    Service,
    "service",
    service
);
checked_name!(
    /// Someone who requests, approves, overrides or holds: the ARN of a principal, or another name that
    /// an enrolled key has, such as an e-mail address.
    Person,
    "person",
    person
);

fn word(text: &str) -> Option<String> {
    let rest = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if text.is_empty() || text.len() > 64 {
        return Some(format!("a name has 1 to 64 characters, this has {}", text.chars().count()));
    }
    if let Some(other) = text.chars().find(|c| !rest(*c)) {
        let other = longshore_names::shown(&other.to_string(), 20);
        return Some(format!("`{other}` cannot be in it; use letters, digits, `.`, `_` and `-`"));
    }
    text.starts_with(['.', '-', '_']).then(|| "it begins with a letter or a digit".into())
}

fn service(text: &str) -> Option<String> {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c);
    if text.is_empty() || text.len() > 256 {
        return Some(format!("a service has 1 to 256 characters, this has {}", text.chars().count()));
    }
    if let Some(other) = text.chars().find(|c| !known(*c)) {
        let other = longshore_names::shown(&other.to_string(), 20);
        return Some(format!(
            "`{other}` cannot be in it; use lower-case letters, digits, `.`, `_`, `-` and `/`"
        ));
    }
    let ends = |end: Option<char>| end.is_some_and(|c| c.is_ascii_alphanumeric());
    let whole = ends(text.chars().next()) && ends(text.chars().last()) && !text.contains("//");
    (!whole).then(|| "it begins and ends with a letter or a digit, with single slashes between".into())
}

fn person(text: &str) -> Option<String> {
    if text.trim() != text || text.is_empty() || text.chars().count() > 2_048 {
        return Some("it has 1 to 2,048 characters and no blanks around them".into());
    }
    text.contains(longshore_names::is_hidden).then(|| "it has hidden characters".into())
}

impl Person {
    /// Whether both are the same person, as far as their names show: the same text, or two sessions of
    /// the same name whose roles differ. IAM Identity Center names a session after its user, so a second
    /// role does not make a second person.
    pub fn is_same(&self, other: &Self) -> bool {
        if self.0.eq_ignore_ascii_case(&other.0) {
            return true;
        }
        let (Some(one), Some(two)) = (self.session(), other.session()) else { return false };
        one.eq_ignore_ascii_case(two)
    }

    /// The session name of an assumed role's ARN.
    fn session(&self) -> Option<&str> {
        self.0.split_once(":assumed-role/")?.1.split_once('/').map(|(_, session)| session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for good in ["shop", "a", "Web-1.x_y"] {
            assert!(good.parse::<PathName>().is_ok(), "{good}");
        }
        for wrong in ["", "-a", "a b", "a/b", "ä", &"x".repeat(65)] {
            assert!(wrong.parse::<StageName>().is_err(), "{wrong}");
        }
        assert!("team/api".parse::<Service>().is_ok());
        for wrong in ["", "Api", "/a", "a/", "a//b", "a:b", "-a"] {
            assert!(wrong.parse::<Service>().is_err(), "{wrong}");
        }
        let error = "a b".parse::<PathName>().unwrap_err();
        assert_eq!(error.code(), "promotion-name");
        assert!(error.to_string().starts_with("`a b` is not a path name: "));
        assert!("a\u{202e}b".parse::<Person>().is_err());
    }

    #[test]
    fn another_role_does_not_make_another_person() {
        let person = |text: &str| text.parse::<Person>().unwrap();
        let dev = person("arn:aws:sts::111122223333:assumed-role/Dev/alice@example.com");
        let admin = person("arn:aws:sts::444455556666:assumed-role/Admin/alice@example.com");
        let bob = person("arn:aws:sts::111122223333:assumed-role/Dev/bob@example.com");
        assert!(dev.is_same(&admin) && !dev.is_same(&bob) && person("A@b.c").is_same(&person("a@B.c")));
        assert!(!person("arn:aws:iam::111122223333:user/alice").is_same(&bob));
    }
}
