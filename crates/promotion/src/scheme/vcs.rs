//! Tags that name a commit.

/// How much of a commit's id a tag has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VcsLength {
    /// 7 to 16 digits.
    Short,
    /// The whole id: 40 digits (SHA-1) or 64 (SHA-256).
    Long,
    /// Either.
    Any,
}

/// What may stand before the id; the first is of Docker's metadata action.
const PREFIXES: [&str; 4] = ["sha-", "git-", "commit-", "g"];

impl VcsLength {
    /// The commit id in a tag, without a prefix such as `sha-`; `None` if the tag is not one.
    pub fn commit<'t>(&self, tag: &'t str) -> Option<&'t str> {
        let id = PREFIXES.iter().find_map(|prefix| tag.strip_prefix(prefix)).unwrap_or(tag);
        let is_hex = id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let short = (7..=16).contains(&id.len());
        let long = id.len() == 40 || id.len() == 64;
        let fits = match self {
            Self::Short => short,
            Self::Long => long,
            Self::Any => short || long,
        };
        (is_hex && fits).then_some(id)
    }

    /// The tag of a commit, whose id is whole.
    pub fn tag_of(&self, commit: &str, prefix: &str) -> String {
        let length = if *self == Self::Long { commit.len() } else { commit.len().min(7) };
        format!("{prefix}{}", &commit[..length])
    }

    /// The prefix of a tag that names a commit.
    pub fn prefix_of<'t>(&self, tag: &'t str) -> &'t str {
        self.commit(tag).map_or("", |id| &tag[..tag.len() - id.len()])
    }

    /// What a tag of it looks like.
    pub fn example(&self) -> &'static str {
        match self {
            Self::Short | Self::Any => "1a2b3c4",
            Self::Long => "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b",
        }
    }
}

/// Whether a tag can hardly be anything else than a commit: it has letters and digits, or is whole.
pub(super) fn is_surely_commit(tag: &str) -> bool {
    let mixed =
        |id: &str| id.bytes().any(|b| b.is_ascii_digit()) && id.bytes().any(|b| b.is_ascii_alphabetic());
    VcsLength::Any.commit(tag).is_some_and(|id| id.len() >= 40 || mixed(id) || id.len() < tag.len())
}
