//! Everything in a document other than our rule or statement stays as it is.

use longshore_policy::{
    registry_policy::{CrossAccountReplication, RegistryPolicy, RepositoryScope},
    replication::{ReplicationConfiguration, RuleDraft},
    same_json,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Random documents from a seed (SplitMix64), fast enough for ten thousand of them.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        let i = self.below(of.len() as u64);
        of[i as usize].clone()
    }

    fn list(&mut self, max: u64, mut item: impl FnMut(&mut Self) -> Value) -> Vec<Value> {
        (0..self.below(max + 1)).map(|_| item(self)).collect()
    }

    fn word(&mut self) -> String {
        self.one(&["a", "filter", "deleteReplication", "é\u{1f6a2}\"\\", "", "PREFIX_MATCH", "*", "x y"])
            .to_owned()
    }

    /// Any small JSON value.
    fn anything(&mut self, depth: u64) -> Value {
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => Value::Bool(self.below(2) == 0),
            2 => Value::from(self.below(u64::MAX)),
            3 => Value::from(-1 - self.below(1 << 40) as i64),
            4 => Value::from(self.word()),
            5 => self.list(2, |r| r.anything(depth - 1)).into(),
            _ => (0..self.below(3)).map(|_| (self.word(), self.anything(depth - 1))).collect(),
        }
    }

    /// `base` with up to two unknown fields.
    fn with(&mut self, base: Value) -> Value {
        let mut object: Map<String, Value> = base.as_object().cloned().unwrap();
        for _ in 0..self.below(3) {
            let key = self.one(&["xA", "xB", "xLater", "priority"]);
            object.insert(key.to_owned(), self.anything(2));
        }
        Value::Object(object)
    }

    fn account(&mut self) -> String {
        let other = format!("{:012}", self.below(1_000_000_000_000));
        self.one(&["111122223333".to_owned(), "444455556666".to_owned(), other])
    }

    fn rule(&mut self) -> Value {
        let destinations = self.list(2, |r| {
            let (region, account) = (r.one(&["us-west-2", "eu-west-1", "xx-new-9"]), r.account());
            r.with(json!({ "region": region, "registryId": account }))
        });
        let mut rule = json!({ "destinations": destinations });
        if self.below(2) == 0 {
            let filters = self.list(2, |r| {
                let (filter, kind) =
                    (r.one(&["prod", "prod-", "team/", "X*"]), r.one(&["PREFIX_MATCH", "NEW_MATCH"]));
                r.with(json!({ "filter": filter, "filterType": kind }))
            });
            rule["repositoryFilters"] = filters.into();
        }
        match self.below(4) {
            0 => rule["deleteReplication"] = json!({ "enabled": self.below(2) == 0 }),
            1 => rule["deleteReplication"] = self.anything(1),
            _ => {}
        }
        self.with(rule)
    }

    fn configuration(&mut self) -> Value {
        let rules = self.list(3, Self::rule);
        self.with(json!({ "rules": rules }))
    }

    fn statement(&mut self) -> Value {
        let mut statement = Map::new();
        if self.below(2) == 0 {
            statement.insert("Sid".into(), self.one(&["", "Theirs", "a-b"]).into());
        }
        statement.insert("Effect".into(), self.one(&["Allow", "Deny", "Perhaps"]).into());
        let (a, b) = (self.account(), self.account());
        let any = self.anything(1);
        let principals =
            [json!("*"), json!({ "AWS": a }), json!({ "AWS": [a, format!("arn:aws:iam::{b}:root")] }), any];
        statement.insert("Principal".into(), self.one(&principals));
        let any = self.anything(1);
        let actions = [
            json!("ecr:*"),
            json!(["ecr:ReplicateImage", "ecr:CreateRepository"]),
            json!("ecr:ReplicateImage"),
            any,
        ];
        statement.insert("Action".into(), self.one(&actions));
        if self.below(3) > 0 {
            let any = self.anything(1);
            statement.insert(
                "Resource".into(),
                self.one(&[json!("*"), json!(["arn:aws:ecr:a1:1:repository/x"]), any]),
            );
        }
        if self.below(3) == 0 {
            statement.insert("Condition".into(), self.anything(2));
        }
        self.with(Value::Object(statement))
    }

    fn policy(&mut self) -> Value {
        let mut policy = Map::new();
        if self.below(2) == 0 {
            policy.insert("Version".into(), "2012-10-17".into());
        }
        let statements =
            if self.below(4) == 0 { self.statement() } else { self.list(3, Self::statement).into() };
        policy.insert("Statement".into(), statements);
        self.with(Value::Object(policy))
    }
}

fn our_rule(delete: bool) -> RuleDraft {
    RuleDraft {
        destinations: vec![
            serde_json::from_value(json!({ "account": "444455556666", "region": "us-west-2" })).unwrap(),
        ],
        filters: vec!["prod-microservice".parse().unwrap()],
        delete_replication: delete,
    }
}

fn our_statement() -> CrossAccountReplication {
    CrossAccountReplication {
        sid: "ReplicationAccessCrossAccount".into(),
        sources: vec!["111122223333".parse().unwrap()],
        destination: our_rule(false).destinations[0].clone(),
        repositories: RepositoryScope::Prefixes(vec!["prod-microservice".parse().unwrap()]),
        create_repository: true,
    }
}

/// Equal byte for byte, including the order of keys and lists.
fn verbatim(value: &Value) -> String {
    value.to_string()
}

#[test]
fn adding_and_removing_our_rule_gives_back_the_document() {
    for seed in 0..10_000 {
        let mut random = Random(seed);
        let (document, delete) = (random.configuration(), random.below(2) == 0);
        let mut configuration = ReplicationConfiguration::from_value(document.clone()).unwrap();
        let hash = configuration.add_rule(&our_rule(delete)).unwrap();
        assert_ne!(verbatim(&configuration.to_value()), verbatim(&document), "seed {seed}");
        assert!(configuration.add_rule(&our_rule(delete)).is_err(), "seed {seed}");
        let changed = configuration.replace_rule(&hash, &our_rule(!delete)).unwrap();
        assert_ne!(changed, hash, "seed {seed}");
        configuration.remove_rule(&changed).unwrap();
        assert_eq!(verbatim(&configuration.to_value()), verbatim(&document), "seed {seed}");
        assert!(configuration.remove_rule(&changed).is_err(), "seed {seed}");
    }
}

#[test]
fn adding_and_removing_our_statement_gives_back_the_policy() {
    for seed in 0..10_000 {
        let document = Random(seed).policy();
        let mut policy = RegistryPolicy::from_value(document.clone()).unwrap();
        let before = policy.clone();
        let added = policy.add_statement(&our_statement().statement()).unwrap();
        assert_ne!(policy, before, "seed {seed}");
        policy.remove_statement(added.hash()).unwrap();
        assert_eq!(policy, before, "seed {seed}");
        if document["Statement"].is_array() {
            assert_eq!(verbatim(&policy.to_value()), verbatim(&document), "seed {seed}");
        }
    }
}

#[test]
fn what_is_printed_is_read_back() {
    for seed in 0..1000 {
        let mut random = Random(seed);
        let (document, policy) = (random.configuration(), random.policy());
        let configuration = ReplicationConfiguration::from_value(document.clone()).unwrap();
        let texts = [
            configuration.pretty(),
            configuration.to_value().to_string(),
            configuration.to_request().to_string(),
        ];
        for text in texts {
            let read = ReplicationConfiguration::parse(&text).unwrap();
            assert_eq!(verbatim(&read.to_value()), verbatim(&document), "seed {seed}");
        }
        let read =
            RegistryPolicy::parse(&RegistryPolicy::from_value(policy.clone()).unwrap().to_text()).unwrap();
        assert_eq!(verbatim(&read.to_value()), verbatim(&policy), "seed {seed}");
    }
}

#[test]
fn the_order_of_rules_and_of_what_is_in_them_does_not_count() {
    for seed in 0..1000 {
        let document = Random(seed).configuration();
        let mut turned = document.clone();
        let rules = turned["rules"].as_array_mut().unwrap();
        rules.reverse();
        for rule in rules {
            for list in ["destinations", "repositoryFilters"] {
                if let Some(list) = rule.get_mut(list).and_then(Value::as_array_mut) {
                    list.reverse();
                }
            }
        }
        let (a, b) = (
            ReplicationConfiguration::from_value(document).unwrap(),
            ReplicationConfiguration::from_value(turned).unwrap(),
        );
        assert_eq!(a, b, "seed {seed}");
        assert!(longshore_policy::replication::diff(&a, &b).is_empty(), "seed {seed}");
    }
}

#[test]
fn any_document_can_be_looked_at() {
    use longshore_policy::{registry_policy, replication};
    let source = our_rule(false).destinations[0].clone();
    let none = |_: &longshore_names::AccountId| None;
    for seed in 0..1000 {
        let mut random = Random(seed);
        let configuration = ReplicationConfiguration::from_value(random.configuration()).unwrap();
        for rule in configuration.rules() {
            assert!(replication::explain_rule(&rule, &source, &none).ends_with('.'), "seed {seed}");
            if let Some(draft) = rule.to_draft() {
                assert_eq!(draft.destinations, rule.destinations, "seed {seed}");
            }
        }
        let _ = replication::validate_configuration(
            &configuration,
            &replication::RuleContext::new(source.clone()),
        );
        let policy = RegistryPolicy::from_value(random.policy()).unwrap();
        for statement in policy.statements() {
            assert!(
                registry_policy::explain_statement(&statement, &source, &none).ends_with('.'),
                "seed {seed}"
            );
        }
        let checked = registry_policy::check_pasted(&policy.pretty(), &source);
        if let Some(mended) = checked.mended {
            let again = registry_policy::check_pasted(&mended.pretty(), &source);
            let once = again.mended.is_none_or(|m| same_json(&m.to_value(), &mended.to_value()));
            assert!(once, "mending twice is mending once, seed {seed}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>()) {
        let source = our_rule(false).destinations[0].clone();
        let _ = ReplicationConfiguration::parse(&text);
        let _ = RegistryPolicy::parse(&text);
        let _ = longshore_policy::registry_policy::check_pasted(&text, &source);
    }
}
