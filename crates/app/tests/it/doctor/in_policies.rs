//! Faults in the policies of the destination.

use futures::FutureExt;
use longshore_app::api::{
    CheckOutcome::{Failed, Warning},
    CheckPlace::Destination,
};
use longshore_ecr::TagMutability;
use serde_json::{Value, json};

use super::{
    faults::{Act, Fault, Fix, delete, name, only_in_dev, without_policy},
    world::{ARN, changed, dev, prod, statement, third},
};
use crate::support::DEV;

fn deny_pulls() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage"}],
    })
}

/// The faults; the comment says what was done wrong.
pub(super) fn faults() -> [Fault; 9] {
    use Fix::Plans;
    let fault = |id, outcome, place, plant: Act, fix| Fault { id, outcome, place, plant, fix };
    [
        // 1. Nobody wrote the statement.
        fault(
            "statement-missing",
            Failed,
            Destination,
            |w| without_policy(w).boxed(),
            Plans("add_statement"),
        ),
        // 2. It was written in another Region.
        fault(
            "statement-other-region",
            Failed,
            Destination,
            |w| {
                async {
                    without_policy(w).await;
                    let resource = ARN.replace("us-east-2", "eu-west-1") + "/prod-*";
                    w.allow(&third(), vec![changed("Resource", resource.into())]).await;
                }
                .boxed()
            },
            Plans("move_statement"),
        ),
        // 3. It does not allow repositories to be created.
        fault(
            "create-repository-missing",
            Failed,
            Destination,
            |w| {
                async {
                    w.allow(&prod(), vec![changed("Action", "ecr:ReplicateImage".into())]).await;
                    for registry in [dev(), prod()] {
                        delete(&w.client(&registry), "prod-a").await;
                    }
                    only_in_dev(w, "prod-a", TagMutability::MUTABLE).await;
                }
                .boxed()
            },
            Plans("replace_statement"),
        ),
        // 4. Its resource is the source's.
        fault(
            "statement-resource",
            Failed,
            Destination,
            |w| {
                async {
                    let resource = "arn:aws:ecr:us-east-2:111122223333:repository/prod-*";
                    w.allow(&prod(), vec![changed("Resource", resource.into())]).await;
                }
                .boxed()
            },
            Plans("replace_statement"),
        ),
        // 5. Its resource is narrower than the rule.
        fault(
            "statement-narrow",
            Failed,
            Destination,
            |w| {
                async {
                    w.allow(&prod(), vec![changed("Resource", format!("{ARN}/prod-a*").into())]).await;
                }
                .boxed()
            },
            Plans("replace_statement"),
        ),
        // 6. Its condition never holds.
        fault(
            "statement-condition",
            Failed,
            Destination,
            |w| {
                async {
                    let condition = json!({"StringEquals": {"aws:SourceAccount": DEV}});
                    w.allow(&prod(), vec![changed("Condition", condition)]).await;
                }
                .boxed()
            },
            Plans("replace_statement"),
        ),
        // 7. Another statement denies it.
        fault(
            "statement-denies",
            Failed,
            Destination,
            |w| {
                async {
                    let deny = json!({
                        "Sid": "No", "Effect": "Deny", "Principal": {"AWS": [DEV, "999999999999"]},
                        "Action": "ecr:Replicate*", "Resource": "*",
                    });
                    w.allow(&prod(), vec![statement(), deny]).await;
                }
                .boxed()
            },
            Plans("remove_deny"),
        ),
        // 8. A repository's own policy denies pulls.
        fault(
            "repository-policy-denies",
            Failed,
            Destination,
            |w| {
                async {
                    let text = deny_pulls().to_string();
                    w.sandbox.plant_repository_policy(&prod(), &name("prod-a"), &text).await.unwrap();
                }
                .boxed()
            },
            Plans("remove_deny"),
        ),
        // 9. A statement names a role that was deleted.
        fault(
            "principal-orphaned",
            Warning,
            Destination,
            |w| {
                async {
                    let old = json!({
                        "Sid": "Old", "Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLEEXAMPLE123"},
                        "Action": "ecr:*", "Resource": "*",
                    });
                    w.allow(&prod(), vec![statement(), old]).await;
                }
                .boxed()
            },
            Plans("remove_orphans"),
        ),
    ]
}
