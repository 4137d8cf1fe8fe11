//! Freezes, commands, webhooks and approvals.

use longshore_promotion::{
    approval::{ApprovalProblem, CheckedApproval},
    gate::{ExternalRun, GateAnswer, GateKind, GateState, Outcome},
};

use super::{answer, gate, says};
use crate::common::{at, digest, person};

fn frozen(gate: &str, now: &str) -> GateAnswer {
    answer(gate, |facts| facts.now = at(now))
}

#[test]
fn days_of_the_calendar_are_frozen_in_their_time_zone() {
    let gate = "{ freeze: { dates: [{ from: 2026-12-20, to: 2027-01-03, reason: holidays }], time_zone: Europe/Berlin } }";
    says(
        &frozen(gate, "2026-12-19T22:59:59Z"),
        GateState::Pass,
        "There is no freeze at 2026-12-19 22:59 UTC.",
        "",
    );
    let text = "The stage is frozen until 2027-01-03 23:00 UTC (holidays).";
    says(&frozen(gate, "2026-12-19T23:00:00Z"), GateState::Fail, text, "Wait until 2027-01-03 23:00 UTC.");
    says(&frozen(gate, "2027-01-03T22:59:59Z"), GateState::Fail, text, "");
    says(&frozen(gate, "2027-01-03T23:00:00Z"), GateState::Pass, "", "");
    let summer = "{ freeze: { dates: [{ from: 2026-07-01, to: 2026-07-01 }], time_zone: Europe/Berlin } }";
    says(&frozen(summer, "2026-06-30T22:00:00Z"), GateState::Fail, "until 2026-07-01 22:00 UTC", "");
}

#[test]
fn times_of_day_come_again_over_the_change_of_clocks() {
    let gate = "{ freeze: { windows: [{ days: [fri], from: \"16:00\", to: \"24:00\", time_zone: Europe/Berlin }] } }";
    says(&frozen(gate, "2026-01-30T15:00:00Z"), GateState::Fail, "until 2026-01-30 23:00 UTC", "");
    says(&frozen(gate, "2026-01-30T14:59:59Z"), GateState::Pass, "", "");
    says(&frozen(gate, "2026-07-31T14:00:00Z"), GateState::Fail, "until 2026-07-31 22:00 UTC", "");
    says(&frozen(gate, "2026-01-29T15:00:00Z"), GateState::Pass, "", "");
}

#[test]
fn freezes_that_follow_each_other_are_one() {
    let gate = "{ freeze: { windows: [{ days: [fri], from: \"16:00\", to: \"24:00\" }], dates: [{ from: 2026-01-31, to: 2026-02-01, reason: move }] } }";
    says(
        &frozen(gate, "2026-01-30T17:00:00Z"),
        GateState::Fail,
        "until 2026-02-02 00:00 UTC",
        "Wait until 2026-02-02 00:00 UTC.",
    );
    let always = "{ freeze: { windows: [{ from: \"00:00\", to: \"24:00\" }] } }";
    says(
        &frozen(always, "2026-01-30T17:00:00Z"),
        GateState::Fail,
        "frozen without an end",
        "Change the freeze",
    );
}

fn asked(text: &str, trusted: bool, run: Option<ExternalRun>) -> GateAnswer {
    let (GateKind::Command(external) | GateKind::Webhook(external)) = gate(text).kind else {
        panic!("{text}")
    };
    answer(text, |facts| {
        if trusted {
            facts.trusted.insert(external.hash.clone());
        }
        facts.runs.extend(run.map(|run| (external.hash, run)));
    })
}

fn run(digit: char, when: &str, outcome: Outcome) -> Option<ExternalRun> {
    Some(ExternalRun { digest: digest(digit), at: at(when), outcome })
}

#[test]
fn a_command_is_inert_until_it_is_trusted() {
    let text = "{ command: { run: [./smoke, fast] } }";
    let passed = || run('a', "2026-02-01T09:59:00Z", Outcome::Passed("200 OK".into()));
    says(&asked(text, true, passed()), GateState::Pass, "`./smoke` passed: 200 OK.", "");
    says(
        &asked(text, false, passed()),
        GateState::NotKnown,
        "was not asked: its content is not trusted",
        "Review it, then trust it",
    );
    says(&asked(text, true, None), GateState::NotKnown, "`./smoke` was not asked.", "Ask `./smoke` again.");
    let hash = |text: &str| match gate(text).kind {
        GateKind::Command(external) | GateKind::Webhook(external) => external.hash,
        _ => panic!("{text}"),
    };
    assert_ne!(
        hash(text),
        hash("{ command: { run: [./smoke, all] } }"),
        "other arguments need trust of their own"
    );
    assert_ne!(hash("{ command: { run: [a b] } }"), hash("{ command: { run: [a, b] } }"));
}

#[test]
fn an_answer_is_for_one_build_and_not_old() {
    let text = "{ webhook: { url: \"https://change.example.com\", timeout: 10s } }";
    let now = "2026-02-01T09:59:00Z";
    let outcome = |outcome| asked(text, true, run('a', now, outcome));
    says(
        &outcome(Outcome::Failed("change is closed".into())),
        GateState::Fail,
        "failed: change is closed.",
        "Fix what",
    );
    says(&outcome(Outcome::TimedOut), GateState::NotKnown, "did not answer within 10 seconds", "again");
    says(
        &outcome(Outcome::Refused("it redirects elsewhere".into())),
        GateState::NotKnown,
        "refused: it redirects elsewhere.",
        "",
    );
    let pass = || Outcome::Passed(String::new());
    says(
        &asked(text, true, run('b', now, pass())),
        GateState::NotKnown,
        "about another build, sha256:bbbbbbbbbbbb",
        "",
    );
    says(
        &asked(text, true, run('a', "2026-02-01T08:59:00Z", pass())),
        GateState::NotKnown,
        "an answer counts for 1 hour.",
        "",
    );
    says(
        &asked(text, true, run('a', "2026-02-01T10:06:00Z", pass())),
        GateState::NotKnown,
        "answered at",
        "",
    );
}

#[test]
fn enough_other_people_must_approve() {
    let approved = |people: &[(&str, Option<ApprovalProblem>)]| {
        answer("{ approvals: 2 }", |facts| {
            let one = |(name, problem): &(&str, Option<ApprovalProblem>)| CheckedApproval {
                approver: person(name),
                problem: problem.clone(),
            };
            facts.approvals = people.iter().map(one).collect();
        })
    };
    says(
        &approved(&[]),
        GateState::Fail,
        "There is no approval yet; 2 are needed.",
        "2 more people other than the requester must approve.",
    );
    says(&approved(&[("bob", None)]), GateState::Fail, "Approved by bob; 2 are needed.", "1 more person");
    says(&approved(&[("bob", None), ("Bob", None)]), GateState::Fail, "Approved by bob;", "1 more");
    says(
        &approved(&[("bob", None), ("carol", None)]),
        GateState::Pass,
        "Approved by bob and carol; 2 are needed.",
        "",
    );
    let own = approved(&[("bob", None), ("alice", Some(ApprovalProblem::Requester))]);
    says(&own, GateState::Fail, "Not counted: alice: the requester cannot approve.", "");
}
