//! Recognises the scheme of a repository from its tags.

use longshore_names::Tag;

use super::{
    CalendarForm, CustomScheme, SemanticTag, TagScheme, VcsLength, is_moving, vcs::is_surely_commit,
};

/// Below this share of tags nothing is recognised, in percent.
const LEAST: usize = 50;

/// What the tags of a repository look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognition {
    /// The scheme of most tags; `None` if no scheme fits at least half of them.
    pub scheme: Option<TagScheme>,
    /// How sure that is, in percent: the share of tags that fit, less for a few tags.
    pub confidence: u8,
    /// How many tags have the scheme.
    pub fitting: usize,
    /// The tags that move, such as `latest`: they count neither for nor against.
    pub moving: Vec<Tag>,
    /// The tags that do not have the scheme.
    pub others: Vec<Tag>,
}

impl Recognition {
    /// The answer as a sentence.
    pub fn sentence(&self) -> String {
        let all = self.fitting + self.others.len();
        match &self.scheme {
            Some(scheme) => {
                format!(
                    "{} of {all} tags are of the scheme {scheme} ({} % sure).",
                    self.fitting, self.confidence
                )
            }
            None if all == 0 => "There are no tags to recognise a scheme from.".to_owned(),
            None => format!("No scheme fits at least half of {all} tags."),
        }
    }
}

/// Recognises the scheme that most tags have. Tags that are made from digests, such as `sha256-….sig`,
/// do not count.
pub fn recognise(tags: &[Tag]) -> Recognition {
    let tags: Vec<&Tag> = tags.iter().filter(|tag| tag.subject().is_none()).collect();
    let mut best: Option<(usize, usize, TagScheme, Vec<&Tag>)> = None;
    for scheme in candidates(&tags) {
        let (moving, rest): (Vec<&Tag>, Vec<&Tag>) =
            tags.iter().copied().partition(|tag| is_moving(&scheme, tag.as_str()));
        let fitting = rest.iter().filter(|tag| is_typical(&scheme, tag.as_str())).count();
        if fitting == 0 || fitting * 100 < rest.len() * LEAST {
            continue;
        }
        // Of schemes that fit alike, the first. More fitting tags count before a smaller remainder.
        let share = fitting * 1_000 / rest.len();
        if best.as_ref().is_none_or(|(most, highest, ..)| (fitting, share) > (*most, *highest)) {
            best = Some((fitting, share, scheme, moving));
        }
    }
    let Some((fitting, _, scheme, moving)) = best else {
        let (moving, others): (Vec<&Tag>, Vec<&Tag>) =
            tags.into_iter().partition(|tag| is_moving(&TagScheme::SEMVER, tag.as_str()));
        return Recognition {
            scheme: None,
            confidence: 0,
            fitting: 0,
            moving: owned(moving),
            others: owned(others),
        };
    };
    let is_other = |tag: &&Tag| !moving.contains(tag) && !is_typical(&scheme, tag.as_str());
    let others: Vec<&Tag> = tags.iter().copied().filter(is_other).collect();
    // One tag proves little: as if there were one more that does not fit.
    let confidence = (fitting * 100 / (fitting + others.len() + 1)).min(99);
    Recognition {
        confidence: u8::try_from(confidence).unwrap_or(99),
        fitting,
        moving: owned(moving),
        others: owned(others),
        scheme: Some(scheme),
    }
}

fn owned(tags: Vec<&Tag>) -> Vec<Tag> {
    tags.into_iter().cloned().collect()
}

/// The schemes to try, the most special first.
fn candidates(tags: &[&Tag]) -> Vec<TagScheme> {
    let known = CalendarForm::KNOWN.iter().filter_map(|form| CalendarForm::parse(form).ok());
    let mut schemes: Vec<TagScheme> = known.map(|form| TagScheme::Calendar(vec![form])).collect();
    schemes.extend([
        TagScheme::Vcs(VcsLength::Long),
        TagScheme::Vcs(VcsLength::Short),
        TagScheme::Vcs(VcsLength::Any),
        TagScheme::UpstreamSuffix,
        TagScheme::SEMVER,
        TagScheme::Semantic { parts: 2 },
    ]);
    schemes.extend(counter(tags));
    schemes
}

/// The scheme of tags that are one word and a number, such as `build-17`.
fn counter(tags: &[&Tag]) -> Option<TagScheme> {
    let word = |tag: &&Tag| {
        let word = tag.as_str().trim_end_matches(|c: char| c.is_ascii_digit());
        let plain =
            word.len() < tag.as_str().len() && !word.contains(|c: char| c.is_ascii_digit() || c == '.');
        plain.then(|| word.to_owned())
    };
    let first = tags.iter().find_map(word)?;
    let escaped: String =
        first.chars().map(|c| if c == '-' { "\\-".to_owned() } else { c.to_string() }).collect();
    CustomScheme::parse(&format!("{escaped}([0-9]{{1,9}})")).ok().map(TagScheme::Custom)
}

/// Whether a tag speaks for a scheme. A name of digits alone can be a commit, but does not look like one;
/// a suffix such as `-c15` can be a pre-release, but does not look like one.
fn is_typical(scheme: &TagScheme, tag: &str) -> bool {
    match scheme {
        TagScheme::Vcs(length) => length.commit(tag).is_some() && is_surely_commit(tag),
        TagScheme::Semantic { parts } => {
            SemanticTag::parse(tag, *parts).is_some() && !TagScheme::UpstreamSuffix.fits(tag)
        }
        TagScheme::Calendar(forms) => {
            forms.iter().any(|form| form.read(tag).is_some_and(|read| read.counter < 1_000))
        }
        scheme => scheme.fits(tag),
    }
}
