//! Reports which referrers a copy leaves at the source.

use serde_json::Value;

/// Referrers of the copied images that are not copied, as far as that is known.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LeftBehind(Option<usize>);

impl LeftBehind {
    /// The number; `None` when it was not determined.
    pub(crate) fn new(count: Option<usize>) -> Self {
        Self(count)
    }

    /// For a summary: `null` when it is unknown.
    pub(super) fn count(self) -> Value {
        self.0.map_or(Value::Null, Value::from)
    }

    /// A line for the person, if there is anything to report.
    pub(super) fn line(self) -> Option<String> {
        let count = self.0.filter(|count| *count > 0)?;
        let (referrers, them) = if count == 1 { ("referrer", "it") } else { ("referrers", "them") };
        Some(format!(
            "{count} {referrers} (signatures, SBOMs, attestations) not copied: --referrers copies {them}."
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_to_stay_is_said() {
        let line = |count| LeftBehind::new(count).line();
        assert_eq!((line(None), line(Some(0))), (None, None));
        assert!(line(Some(1)).unwrap_or_default().starts_with("1 referrer (signatures"));
        assert!(line(Some(2)).unwrap_or_default().ends_with("--referrers copies them."));
        assert_eq!(
            (LeftBehind::default().count(), LeftBehind::new(Some(2)).count()),
            (Value::Null, 2.into())
        );
    }
}
