//! The meaning of a rule, and its findings.

use super::input;
use crate::{
    App,
    api::{ApiError, CheckEngineRule, CheckedEngineRule},
};

/// The number of due times that are reported.
const TIMES: usize = 3;

impl App {
    /// The meaning of an engine rule, and its findings.
    ///
    /// # Errors
    /// `rule-shape` for a form that is not a rule at all.
    pub async fn check_engine_rule(&self, request: CheckEngineRule) -> Result<CheckedEngineRule, ApiError> {
        let input::Understood { findings, written, rule } = input::understand(&request.rule)?;
        let mut checked = CheckedEngineRule {
            good: rule.is_some(),
            yaml: written.as_ref().map(input::canonical),
            rule: written.as_ref().map(input::to_form).transpose()?,
            findings,
            sentences: Vec::new(),
            driver: None,
            next: Vec::new(),
        };
        let Some(rule) = rule else { return Ok(checked) };
        checked.sentences = input::sentences(self, request.space, &rule);
        checked.driver = Some(input::driver(self, request.space, &rule).await?);
        if let Some(timetable) = rule.timetable() {
            let following = |at: &_| timetable.next_after(*at);
            checked.next =
                std::iter::successors(timetable.next_after(self.now()), following).take(TIMES).collect();
        }
        Ok(checked)
    }
}
