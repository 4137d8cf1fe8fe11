//! Identity policies: those of a user or a role, without `Principal`.

use serde_json::Value;

use super::{Decision, Request, Terms, fits, listed, variables};

/// What an identity policy says of a request, and the Sid of the statement that decides.
pub(crate) fn evaluate_of_identity(policy: &str, request: &Request<'_>) -> (Decision, Option<String>) {
    let Ok(document) = serde_json::from_str::<Value>(policy) else { return (Decision::Silent, None) };
    let variables = variables::are_meant(&document);
    let mut decision = (Decision::Silent, None);
    for statement in listed(document.get("Statement")).filter_map(Value::as_object) {
        let effect = statement.get("Effect").and_then(Value::as_str);
        let deny = effect == Some("Deny");
        if !fits(statement, request, Terms { own: false, variables, deny }) {
            continue;
        }
        let sid = statement.get("Sid").and_then(Value::as_str).map(str::to_owned);
        if deny {
            return (Decision::Deny, sid);
        }
        if effect == Some("Allow") && decision.0 == Decision::Silent {
            decision = (Decision::Allow, sid);
        }
    }
    decision
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::access::policy::Principal;

    fn user(name: &str) -> Principal {
        let arn = format!("arn:aws:iam::111122223333:user/{name}");
        Principal { account: "111122223333".parse().unwrap(), arn, role: None }
    }

    #[test]
    fn a_deny_wins_and_names_its_statement() {
        let principal = user("administrator");
        let policy = json!({"Statement": [
            {"Sid": "All", "Effect": "Allow", "Action": "ecr:*", "Resource": "*"},
            {"Sid": "No", "Effect": "Deny", "Action": "ecr:Put*Policy", "Resource": "*"},
        ]})
        .to_string();
        let of = |action: &str| evaluate_of_identity(&policy, &Request::new(&principal, action, "*"));
        assert_eq!(of("ecr:PutRegistryPolicy"), (Decision::Deny, Some("No".into())));
        assert_eq!(of("ecr:DescribeRegistry"), (Decision::Allow, Some("All".into())));
        assert_eq!(of("iam:GetRole"), (Decision::Silent, None));
        assert_eq!(
            evaluate_of_identity("x", &Request::new(&principal, "ecr:PutImage", "*")).0,
            Decision::Silent
        );
    }

    #[test]
    fn what_is_left_out_and_variables_count() {
        let johndoe = user("team/johndoe");
        let repository = |name: &str| format!("arn:aws:ecr:us-west-2:111122223333:repository/{name}");
        let of = |version: &str, statement: serde_json::Value, action: &str, name: &str| {
            let policy = json!({"Version": version, "Statement": statement}).to_string();
            evaluate_of_identity(&policy, &Request::new(&johndoe, action, &repository(name))).0
        };
        let own = json!({"Effect": "Allow", "Action": "ecr:*", "Resource": repository("${aws:username}/*")});
        assert_eq!(of("2012-10-17", own.clone(), "ecr:PutImage", "johndoe/app"), Decision::Allow);
        assert_eq!(of("2012-10-17", own.clone(), "ecr:PutImage", "janedoe/app"), Decision::Silent);
        assert_eq!(of("2008-10-17", own, "ecr:PutImage", "johndoe/app"), Decision::Silent, "no variable");
        let rest =
            json!({"Effect": "Allow", "NotAction": "ecr:Delete*", "NotResource": repository("prod-*")});
        for (action, name, expected) in [
            ("ecr:PutImage", "app", Decision::Allow),
            ("ecr:DeleteRepository", "app", Decision::Silent),
            ("ecr:PutImage", "prod-app", Decision::Silent),
        ] {
            assert_eq!(of("2012-10-17", rest.clone(), action, name), expected, "{action} {name}");
        }
    }
}
