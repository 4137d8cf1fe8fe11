//! Many questions over the same policies.

use super::{Action, Answer, Context, Decision, Subject, Target, authorize};

/// One answer of a matrix, with the places of what was asked in its lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The place of the subject.
    pub subject: usize,
    /// The place of the action.
    pub action: usize,
    /// The place of the target.
    pub target: usize,
    /// The answer.
    pub answer: Answer,
}

/// The answers for every subject, action and target, in this order; each is evaluated when it is
/// taken.
pub fn matrix<'a>(
    subjects: &'a [Subject],
    actions: &'a [Action],
    targets: &'a [Target],
    context: &'a Context,
) -> impl Iterator<Item = Cell> + 'a {
    let pairs = move |subject: usize| {
        (0..actions.len())
            .flat_map(move |action| (0..targets.len()).map(move |target| (subject, action, target)))
    };
    (0..subjects.len()).flat_map(pairs).map(move |(subject, action, target)| Cell {
        subject,
        action,
        target,
        answer: authorize(&subjects[subject], &actions[action], &targets[target], context),
    })
}

/// Which of these subjects can do an action on a target, or may be able to: those whose answer is
/// allowed or unknown, each with its place in the list.
pub fn who_can(
    subjects: &[Subject],
    action: &Action,
    target: &Target,
    context: &Context,
) -> Vec<(usize, Answer)> {
    let answers = subjects.iter().map(|subject| authorize(subject, action, target, context)).enumerate();
    answers.filter(|(_, answer)| matches!(answer.decision, Decision::Allowed | Decision::Unknown)).collect()
}
