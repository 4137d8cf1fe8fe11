use longshore_policy::iam::authorize::{Action, Decision, matrix, who_can};
use serde_json::json;

use super::{Case, all, all_for, policy};

fn pull(principal: &str, identity: serde_json::Value) -> Case {
    let mut case = Case::new();
    case.principal = principal.into();
    case.identity = Some(vec![policy([identity])]);
    case
}

#[test]
fn a_matrix_has_every_answer_in_order() {
    let ana = pull("arn:aws:iam::111122223333:user/ana", all("Allow")).subject();
    let bob = pull(
        "arn:aws:iam::111122223333:user/bob",
        json!({"Effect": "Allow", "Action": "ecr:Batch*", "Resource": "*"}),
    )
    .subject();
    let mut other = Case::new();
    other.resource = "arn:aws:ecr:us-west-2:444455556666:repository/app".into();
    let targets = [Case::new().target(), other.target()];
    let actions = ["ecr:BatchGetImage", "ecr:PutImage"].map(|action| Action::parse(action).unwrap());
    let subjects = [ana, bob];
    let cells: Vec<_> = matrix(&subjects, &actions, &targets, &Case::new().context()).collect();
    let words: Vec<String> = cells
        .iter()
        .map(|cell| format!("{}{}{} {:?}", cell.subject, cell.action, cell.target, cell.answer.decision))
        .collect();
    let expected = [
        "000 Allowed",
        "001 NotAllowed",
        "010 Allowed",
        "011 NotAllowed",
        "100 Allowed",
        "101 NotAllowed",
        "110 NotAllowed",
        "111 NotAllowed",
    ];
    assert_eq!(words, expected);
}

#[test]
fn who_can_names_those_who_can_and_those_who_may() {
    let address = json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}});
    let here = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": address});
    let subjects = [
        pull("arn:aws:iam::111122223333:user/ana", all("Allow")).subject(),
        pull("arn:aws:iam::111122223333:user/bob", all("Deny")).subject(),
        pull("arn:aws:iam::111122223333:user/cas", here).subject(),
        pull("arn:aws:iam::444455556666:role/dan", all("Allow")).subject(),
        pull("arn:aws:iam::444455556666:role/eve", all("Allow")).subject(),
    ];
    let mut case = Case::new();
    case.resource_policy = Some(vec![policy([all_for("Allow", "arn:aws:iam::444455556666:role/dan")])]);
    let action = Action::parse("ecr:BatchGetImage").unwrap();
    let found = who_can(&subjects, &action, &case.target(), &case.context());
    let found: Vec<(usize, Decision)> = found.iter().map(|(i, answer)| (*i, answer.decision)).collect();
    assert_eq!(found, [(0, Decision::Allowed), (2, Decision::Unknown), (3, Decision::Allowed)]);
}
