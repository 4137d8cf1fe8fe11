//! Decides exactly whether a repository name exists that matches some patterns and not others.
//!
//! All patterns are read together, character by character, along every valid repository name.

use std::{
    cell::Cell,
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
};

use longshore_names::RegistryId;

use crate::pattern::{self, Stepper};

/// How many steps the questions about one change take together. A hostile document uses them up;
/// every later answer is then *yes*, so that nothing is left out.
const STEPS: usize = 4_000_000;

/// The requests' resources that are looked at.
pub(super) enum Universe {
    /// The repositories of a registry: everything before the name, and the steps that are left.
    Repositories { prefix: String, steps: Cell<usize> },
    /// The registry itself: the resource `*`.
    Registry,
}

impl Universe {
    pub(super) fn repositories(here: &RegistryId) -> Self {
        let prefix =
            format!("arn:{}:ecr:{}:{}:repository/", here.region.partition().id(), here.region, here.account);
        Self::Repositories { prefix, steps: Cell::new(STEPS) }
    }

    /// Whether some resource makes `accept` true of which patterns it matches.
    pub(super) fn some(&self, patterns: &[&str], accept: impl Fn(&[bool]) -> bool) -> bool {
        match self {
            Self::Registry => {
                let matched: Vec<bool> = patterns.iter().map(|p| pattern::matches(p, "*")).collect();
                accept(&matched)
            }
            Self::Repositories { prefix, steps } => some_name(prefix, patterns, &accept, steps),
        }
    }
}

/// A pattern with its states numbered, so that each step of each is computed once.
struct Numbered {
    stepper: Stepper,
    states: Vec<Vec<bool>>,
    known: HashMap<Vec<bool>, usize>,
    /// By state and letter of the alphabet.
    next: Vec<Vec<Option<usize>>>,
}

impl Numbered {
    fn new(pattern: &str, prefix: &str) -> Self {
        let stepper = Stepper::new(pattern);
        let start = stepper.after(prefix);
        let known = HashMap::from([(start.clone(), 0)]);
        Self { stepper, states: vec![start], known, next: vec![Vec::new()] }
    }

    fn step(&mut self, state: usize, letter: usize, alphabet: &[char]) -> usize {
        if self.next[state].is_empty() {
            self.next[state] = vec![None; alphabet.len()];
        }
        if let Some(next) = self.next[state][letter] {
            return next;
        }
        let reached = self.stepper.step(&self.states[state], alphabet[letter]);
        let new = self.states.len();
        let next = *self.known.entry(reached.clone()).or_insert(new);
        if next == new {
            self.states.push(reached);
            self.next.push(Vec::new());
        }
        self.next[state][letter] = Some(next);
        next
    }

    fn is_match(&self, state: usize) -> bool {
        self.stepper.is_match(&self.states[state])
    }
}

/// A place in ECR's grammar of repository names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Grammar {
    Empty,
    /// One character, which is too short for a name.
    One,
    /// At the beginning of a segment after the first.
    Segment,
    /// After a letter or digit: a name may end.
    Name,
    Dot,
    Underscore,
    Underscores,
    Dashes,
}

impl Grammar {
    fn step(self, c: char) -> Option<Self> {
        let separable = matches!(self, Self::Name | Self::One);
        Some(match c {
            '/' if separable => Self::Segment,
            '.' if separable => Self::Dot,
            '_' if separable => Self::Underscore,
            '_' if self == Self::Underscore => Self::Underscores,
            '-' if separable || self == Self::Dashes => Self::Dashes,
            '/' | '.' | '_' | '-' => return None,
            _ if self == Self::Empty => Self::One,
            _ => Self::Name,
        })
    }
}

/// The letters and digits that the patterns name, one that none of them names, and the separators.
fn alphabet(all: &[Numbered]) -> Vec<char> {
    let literals: BTreeSet<char> = all.iter().flat_map(|one| one.stepper.literals()).collect();
    let (named, others): (Vec<char>, Vec<char>) =
        ('a'..='z').chain('0'..='9').partition(|c| literals.contains(c));
    named.into_iter().chain(others.first().copied()).chain(['/', '.', '_', '-']).collect()
}

fn some_name(
    prefix: &str,
    patterns: &[&str],
    accept: &impl Fn(&[bool]) -> bool,
    steps: &Cell<usize>,
) -> bool {
    let mut all: Vec<Numbered> = patterns.iter().map(|pattern| Numbered::new(pattern, prefix)).collect();
    let alphabet = alphabet(&all);
    let start = (Grammar::Empty, vec![0; all.len()]);
    let mut seen = HashSet::from([start.clone()]);
    let mut queue = VecDeque::from([start]);
    while let Some((grammar, states)) = queue.pop_front() {
        if grammar == Grammar::Name {
            let matched: Vec<bool> = all.iter().zip(&states).map(|(one, s)| one.is_match(*s)).collect();
            if accept(&matched) {
                return true;
            }
        }
        for (letter, c) in alphabet.iter().enumerate() {
            let Some(grammar) = grammar.step(*c) else { continue };
            let Some(left) = steps.get().checked_sub(1 + all.len()) else { return true };
            steps.set(left);
            let next: Vec<usize> =
                all.iter_mut().zip(&states).map(|(one, s)| one.step(*s, letter, &alphabet)).collect();
            let place = (grammar, next);
            if !seen.contains(&place) {
                seen.insert(place.clone());
                queue.push_back(place);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "arn:aws:ecr:us-west-2:444455556666:repository/";

    fn here() -> Universe {
        Universe::repositories(&RegistryId::new(
            "444455556666".parse().unwrap(),
            "us-west-2".parse().unwrap(),
        ))
    }

    fn some(within: &[&str], except: &[&str]) -> bool {
        let full: Vec<String> = within.iter().chain(except).map(|name| format!("{HERE}{name}")).collect();
        let patterns: Vec<&str> = full.iter().map(String::as_str).collect();
        here().some(&patterns, |matched| {
            matched[..within.len()].iter().all(|m| *m) && !matched[within.len()..].iter().any(|m| *m)
        })
    }

    #[test]
    fn patterns_are_decided_together() {
        for (within, except, expected) in [
            (&["prod-*"][..], &["prod-a*"][..], true),
            (&["prod-a*"], &["prod-*"], false),
            (&["a*", "*z"], &[], true),
            (&["a*", "b*"], &[], false),
            (&["??"], &["*"], false),
            (&["*"], &["?*"], false),
            (&["?"], &[], false),
            (&["Prod*"], &[], false),
            (&["-a*"], &[], false),
            (&["a//b"], &[], false),
            (&["a___b"], &[], false),
            (&["a__b", "a*b"], &["a_b"], true),
            (&["team/*"], &["team/?*"], false),
            (&["*a*", "*b*"], &["*a*b*"], true),
            (&["*a*", "*b*"], &["*a*b*", "*b*a*"], false),
        ] {
            assert_eq!(some(within, except), expected, "{within:?} without {except:?}");
        }
    }

    #[test]
    fn the_registry_is_matched_by_a_star_only() {
        for (pattern, expected) in [("*", true), ("?", true), ("arn:aws:ecr:*", false)] {
            assert_eq!(Universe::Registry.some(&[pattern], |matched| matched[0]), expected, "{pattern}");
        }
    }

    #[test]
    fn a_hostile_document_ends_with_yes() {
        let full: Vec<String> = (0..40).map(|i| format!("{HERE}*{i}*a*b*{i}*c*d*")).collect();
        let patterns: Vec<&str> = full.iter().map(String::as_str).collect();
        assert!(here().some(&patterns, |_| false));
    }
}
