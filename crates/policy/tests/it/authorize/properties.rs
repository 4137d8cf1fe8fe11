//! What holds for every question.

use longshore_policy::iam::authorize::{Decision, Layer};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Case, policy};

const PRINCIPALS: [&str; 6] = [
    "arn:aws:iam::111122223333:user/ana",
    "arn:aws:iam::111122223333:role/build",
    "arn:aws:sts::111122223333:assumed-role/build/run",
    "arn:aws:sts::111122223333:federated-user/bob",
    "arn:aws:iam::111122223333:root",
    "replication.ecr.amazonaws.com",
];

fn principal() -> impl Strategy<Value = Value> {
    let aws = |arn: &str| json!({ "AWS": arn });
    prop::sample::select(vec![
        json!("*"),
        aws(PRINCIPALS[0]),
        aws(PRINCIPALS[1]),
        aws(PRINCIPALS[2]),
        aws(PRINCIPALS[3]),
        aws("111122223333"),
        json!({"Service": PRINCIPALS[5]}),
    ])
}

fn condition() -> impl Strategy<Value = Option<Value>> {
    prop::sample::select(vec![
        None,
        None,
        None,
        Some(json!({"StringEquals": {"aws:PrincipalTag/team": "blue"}})),
        Some(json!({"StringNotEquals": {"aws:PrincipalTag/team": ["${aws:username}", "red"]}})),
        Some(json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})),
        Some(json!({"ForAllValues:StringLike": {"aws:TagKeys": ["a*"]}})),
        Some(json!({"Null": {"aws:SourceIp": "true"}})),
    ])
}

fn statement(layer: Layer, effect: &'static str) -> impl Strategy<Value = Value> {
    let actions = prop::sample::select(vec!["*", "ecr:*", "ecr:Batch*", "ecr:Put*", "s3:*"]);
    let resources =
        vec!["*", "arn:aws:ecr:*:111122223333:repository/app", "arn:aws:ecr:*:*:repository/${aws:username}"];
    (actions, prop::sample::select(resources), condition(), principal(), any::<bool>()).prop_map(
        move |(action, resource, condition, principal, not)| {
            let mut statement = json!({"Effect": effect});
            statement[if not && action != "*" { "NotAction" } else { "Action" }] = action.into();
            statement["Resource"] = resource.into();
            if let Some(condition) = condition {
                statement["Condition"] = condition;
            }
            if matches!(layer, Layer::Resource | Layer::Rcp) {
                statement["Principal"] = if layer == Layer::Rcp { "*".into() } else { principal };
            }
            statement
        },
    )
}

fn any_statement(layer: Layer) -> BoxedStrategy<Value> {
    prop_oneof![3 => statement(layer, "Allow"), 1 => statement(layer, "Deny")].boxed()
}

/// A layer that is not given, empty, or has some documents.
fn documents(layer: Layer) -> impl Strategy<Value = Option<Vec<Value>>> {
    let document = prop::collection::vec(any_statement(layer), 1..4).prop_map(policy);
    prop::option::of(prop::collection::vec(document, 0..3))
}

fn case() -> impl Strategy<Value = Case> {
    let layers = (
        documents(Layer::Identity),
        documents(Layer::Resource),
        documents(Layer::Boundary),
        documents(Layer::Session),
        documents(Layer::Scp),
        documents(Layer::Rcp),
    );
    let context = prop::sample::subsequence(
        vec![
            ("aws:PrincipalTag/team", "blue"),
            ("aws:SourceIp", "203.0.113.9"),
            ("aws:TagKeys", "ab"),
            ("aws:TagKeys", "b"),
        ],
        0..=4,
    );
    let resource = prop::sample::select(vec!["111122223333", "444455556666"]);
    (prop::sample::select(PRINCIPALS.to_vec()), resource, layers, context, any::<bool>()).prop_map(
        |(principal, account, layers, context, complete)| Case {
            principal: principal.into(),
            action: "ecr:BatchGetImage".into(),
            resource: format!("arn:aws:ecr:us-west-2:{account}:repository/app"),
            identity: layers.0,
            resource_policy: layers.1,
            boundary: layers.2,
            session: layers.3,
            scp: layers.4,
            rcp: layers.5,
            context: context.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
            complete,
        },
    )
}

fn layer() -> impl Strategy<Value = Layer> {
    prop::sample::select(Layer::ALL.to_vec())
}

/// A case with one more statement in a layer that has a document.
fn with_one_more(effect: &'static str) -> impl Strategy<Value = (Case, Case)> {
    (case(), layer()).prop_flat_map(move |(case, layer)| {
        statement(layer, effect).prop_map(move |statement| {
            let (before, mut after) = (case.clone(), case.clone());
            if let Some([first, ..]) = after.layer(layer).as_deref_mut() {
                first["Statement"].as_array_mut().unwrap().push(statement);
            }
            (before, after)
        })
    })
}

/// How much an answer permits: no, perhaps, yes.
fn width(case: &Case) -> u8 {
    match case.ask().decision {
        Decision::Denied | Decision::NotAllowed => 0,
        Decision::Unknown => 1,
        Decision::Allowed => 2,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_more_denial_never_permits_more((before, after) in with_one_more("Deny")) {
        prop_assert!(width(&after) <= width(&before), "{before:?}");
    }

    #[test]
    fn one_more_allowance_never_permits_less((before, after) in with_one_more("Allow")) {
        prop_assert!(width(&after) >= width(&before), "{before:?}");
        if before.ask().decision == Decision::Denied {
            prop_assert_eq!(after.ask().decision, Decision::Denied);
        }
    }

    #[test]
    fn the_order_of_documents_and_statements_does_not_matter(case in case(), turn in 0_usize..4) {
        let mut turned = case.clone();
        for layer in Layer::ALL {
            for document in turned.layer(layer).iter_mut().flatten() {
                let statements = document["Statement"].as_array_mut().unwrap();
                let by = turn % statements.len();
                statements.rotate_left(by);
            }
            if let Some(documents) = turned.layer(layer) {
                documents.reverse();
            }
        }
        let (one, other) = (case.ask(), turned.ask());
        prop_assert_eq!(one.decision, other.decision);
        prop_assert_eq!((one.layer, one.unseen, one.ignored), (other.layer, other.unseen, other.ignored));
    }

    #[test]
    fn what_is_certain_stays_so_when_more_keys_are_known(case in case()) {
        let before = case.ask().decision;
        let mut more = case.clone();
        more.context.push(("aws:PrincipalTag/other".into(), "x".into()));
        more.complete = true;
        let after = more.ask().decision;
        match before {
            Decision::Unknown => {}
            // A denial may turn out to apply, which is a no as well.
            Decision::NotAllowed => prop_assert!(matches!(after, Decision::NotAllowed | Decision::Denied)),
            certain => prop_assert_eq!(after, certain),
        }
        prop_assert!(after != Decision::Unknown || more.ask().keys.is_empty());
    }

    #[test]
    fn a_layer_that_is_not_unseen_cannot_change_a_yes(case in case(), layer in layer(), statements in prop::collection::vec(any_statement(Layer::Identity), 1..3)) {
        let mut more = case.clone();
        let names = matches!(layer, Layer::Resource | Layer::Rcp);
        let statements: Vec<Value> = statements.into_iter().map(|mut statement| {
            if names {
                statement["Principal"] = "*".into();
            }
            statement
        }).collect();
        if more.layer(layer).is_some() {
            return Ok(());
        }
        *more.layer(layer) = Some(vec![policy(statements)]);
        let (before, after) = (case.ask(), more.ask());
        let changed = (width(&case) == 0) != (width(&more) == 0);
        prop_assert!(!changed || before.unseen.contains(&layer), "{before:?} {after:?}");
    }
}
