//! Whether the condition of a statement holds for a request whose keys are known, or partly known.
//!
//! Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Set operators for
//! multivalued context keys".

use super::{
    fit::{Fit, Gap},
    variables::{Unresolved, resolved},
};
use crate::{
    iam::{
        authorize::context::{Known, Request},
        condition::{
            self, Test,
            compare::{self, Comparison},
        },
    },
    pattern::Pattern,
};

/// Whether a test holds. `variables`: whether the document's version has them.
pub(super) fn holds(test: &Test, request: &Request<'_>, variables: bool) -> Fit {
    let known = request.key(&test.key);
    if test.plain_operator() == "Null" {
        let present = match known {
            Known::Values(_) => true,
            Known::Absent => false,
            Known::Unknown if condition::is_always_there(&test.key.to_ascii_lowercase()) => true,
            Known::Unknown => return Fit::on_key(&test.key),
        };
        return Fit::of(test.values.iter().any(|value| compare::truth(value) == Some(!present)));
    }
    let Some(comparison) = Comparison::of(test.plain_operator()) else {
        return Fit::because(format!("`{}` is no condition operator", test.operator));
    };
    let values = match known {
        Known::Values(values) => values,
        Known::Absent => return Fit::of(condition::holds_without_key(test)),
        Known::Unknown => {
            let without = condition::holds_without_key(test)
                || condition::is_always_there(&test.key.to_ascii_lowercase());
            let certain = condition::is_everybody(test) && without;
            return if certain { Fit::Yes } else { Fit::on_key(&test.key) };
        }
    };
    let expected: Vec<Expected> =
        test.values.iter().map(|value| Expected::of(value, comparison, request, variables)).collect();
    // An unresolved variable makes a statement invalid, so that a difference from it is none.
    if comparison.negated && expected.iter().any(|one| matches!(one, Expected::Nothing)) {
        return Fit::No;
    }
    let fits = |actual: &String| {
        let hit = Fit::any(expected.iter().map(|one| one.matches(comparison, actual)));
        if comparison.negated { hit.not() } else { hit }
    };
    let set_operator = test.operator.split_once(':').map(|(set, _)| set);
    if set_operator.is_none() && (values.len() > 1 || condition::is_multivalued(&test.key)) {
        // "Multivalued context keys require a condition set operator": what comes of it is not said.
        return Fit::because(format!("`{}` has several values, which need a set operator", test.key));
    }
    // A set operator takes an empty text for a set without values.
    let set = || values.iter().filter(|value| !value.is_empty());
    match set_operator {
        Some("ForAllValues") => Fit::all(set().map(fits)),
        Some(_) => Fit::any(set().map(fits)),
        None => Fit::all(values.iter().map(fits)),
    }
}

/// A value of a condition.
enum Expected {
    Value(Pattern),
    /// It has a variable that the request cannot replace.
    Nothing,
    Unknown(std::collections::BTreeSet<Gap>),
}

impl Expected {
    fn of(value: &str, comparison: Comparison, request: &Request<'_>, variables: bool) -> Self {
        if !variables || !comparison.takes_variables() {
            return Self::Value(Pattern::new(value));
        }
        match resolved(value, request) {
            Ok(pattern) => Self::Value(pattern),
            Err(Unresolved::Invalid) => Self::Nothing,
            Err(Unresolved::Unknown(gaps)) => Self::Unknown(gaps),
        }
    }

    fn matches(&self, comparison: Comparison, actual: &str) -> Fit {
        match self {
            Self::Value(pattern) => Fit::of(comparison.matches(pattern, actual)),
            Self::Nothing => Fit::No,
            Self::Unknown(gaps) => Fit::Maybe(gaps.clone()),
        }
    }
}
