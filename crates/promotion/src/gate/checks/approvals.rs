//! Approvals by other people.

use super::list;
use crate::{
    approval::CheckedApproval,
    gate::{Gate, GateAnswer},
};

/// At least `count` different people approved, none of them the requester.
pub(in crate::gate) fn check(gate: &Gate, count: u32, approvals: &[CheckedApproval]) -> GateAnswer {
    let mut people: Vec<&crate::Person> = Vec::new();
    let mut refused = Vec::new();
    for approval in approvals {
        match &approval.problem {
            Some(problem) => refused.push(format!("{}: {problem}", approval.approver)),
            None if people.iter().any(|person| person.is_same(&approval.approver)) => {}
            None => people.push(&approval.approver),
        }
    }
    let names: Vec<String> = people.iter().map(ToString::to_string).collect();
    let needed = if count == 1 { "1 is needed".to_owned() } else { format!("{count} are needed") };
    let mut text = match names.as_slice() {
        [] => format!("There is no approval yet; {needed}."),
        names => format!("Approved by {}; {needed}.", list(names)),
    };
    if !refused.is_empty() {
        text = format!("{text} Not counted: {}.", refused.join("; "));
    }
    let have = u32::try_from(people.len()).unwrap_or(u32::MAX);
    if have >= count {
        return GateAnswer::pass(gate, text);
    }
    let more = count - have;
    let word = if more == 1 { "person" } else { "people" };
    GateAnswer::fail(gate, text, format!("{more} more {word} other than the requester must approve."))
}
