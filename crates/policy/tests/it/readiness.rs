//! The doctor finds what was planted, on the right side, and its fix makes the check ok.

use longshore_names::RegistryId;
use longshore_policy::{
    readiness::{
        AskedBy, CallAnswer, CallFact, Check, CheckSide, CheckState, CreationTemplate, Encryption, Fact,
        Facts, Failure, Fix, Identity, ImageState, KeyFact, KeyState, Purpose, RegistryFacts,
        RepositoryState, Summary, TagMutability, needed_calls, readiness,
    },
    registry_policy::{CrossAccountReplication, RegistryPolicy, RepositoryScope},
    replication::{ReplicationConfiguration, RuleDraft},
};
use serde_json::{Value, json};

use crate::common::{DEV, PROD, dev, names, registry};

const ARN: &str = "arn:aws:ecr:us-east-2:444455556666:repository";
const ORPHAN: &str = "AROAEXAMPLEEXAMPLE123";

/// Prod is in another Region, so that Regions have a side.
fn prod() -> RegistryId {
    registry(PROD, "us-east-2")
}

fn third() -> RegistryId {
    registry(PROD, "eu-west-1")
}

fn rule() -> RuleDraft {
    RuleDraft {
        destinations: vec![prod()],
        filters: vec!["prod-".parse().unwrap()],
        delete_replication: false,
    }
}

fn generated(destination: RegistryId) -> CrossAccountReplication {
    CrossAccountReplication {
        sid: "AllowCrossAccountReplication".into(),
        sources: vec![DEV.parse().unwrap()],
        destination,
        repositories: RepositoryScope::Prefixes(vec!["prod-".parse().unwrap()]),
        create_repository: true,
    }
}

fn policy(statements: Vec<Value>) -> Fact<Option<RegistryPolicy>> {
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    Fact::Known(Some(RegistryPolicy::from_value(document).unwrap()))
}

/// The generated statement after a change.
fn statement(change: impl FnOnce(&mut Value)) -> Value {
    let mut statement = generated(prod()).statement().to_value();
    change(&mut statement);
    statement
}

fn configuration(rules: &[RuleDraft]) -> Fact<ReplicationConfiguration> {
    let mut all = ReplicationConfiguration::empty();
    for rule in rules {
        all.add_rule(rule).unwrap();
    }
    Fact::Known(all)
}

fn image(digest: &str, tag: &str) -> ImageState {
    ImageState { digest: format!("sha256:{digest}"), tags: vec![tag.into()], replicating: false }
}

fn repository(name: &str) -> RepositoryState {
    RepositoryState {
        policy: Fact::Known(None),
        images: Fact::Known(vec![image("aa", "1")]),
        ..RepositoryState::new(name.parse().unwrap())
    }
}

fn known(id: RegistryId) -> RegistryFacts {
    let account = id.account.clone();
    let region = |text: &str| text.parse().unwrap();
    RegistryFacts {
        identity: Fact::Known(Identity::Proven {
            principal: format!("arn:aws:iam::{account}:role/admin"),
            account,
        }),
        calls: Fact::Known(vec![CallFact {
            action: "ecr:DescribeRegistry".into(),
            resource: "*".into(),
            purpose: Purpose::Examine,
            answer: CallAnswer::Allowed,
            how: AskedBy::Reading,
        }]),
        enabled_regions: Fact::Known(["us-west-2", "us-east-2", "eu-west-1"].map(region).into()),
        configuration: configuration(&[]),
        policy: policy(vec![statement(|_| ())]),
        repositories: Fact::Known(vec![repository("prod-a"), repository("dev-a")]),
        templates: Fact::Known(vec![]),
        blob_mounting: Fact::Known(true),
        service_role: Fact::Known(true),
        pullers: Fact::Known(vec!["arn:aws:iam::444455556666:role/pod".into()]),
        ..RegistryFacts::unread(id)
    }
}

/// A rule that works.
fn healthy() -> Facts {
    let mut source = known(dev());
    source.configuration = configuration(&[rule()]);
    Facts {
        source,
        rule: rule(),
        existing: Some(rule().hash()),
        destinations: vec![known(prod())],
        elsewhere: vec![],
        failures: Fact::Known(vec![]),
    }
}

fn repositories(facts: &mut RegistryFacts) -> &mut Vec<RepositoryState> {
    let Fact::Known(all) = &mut facts.repositories else { panic!() };
    all
}

/// Every check, each with what it was decided by.
fn checks(facts: &Facts) -> Vec<Check> {
    let all = readiness(facts);
    for check in &all {
        assert!(!check.evidence.is_empty(), "no evidence: {check:?}");
        for one in &check.evidence {
            let lengths = [one.request.chars().count(), one.answer.chars().count()];
            assert!(lengths.iter().all(|length| (1..=2_001).contains(length)), "{check:?}");
        }
    }
    all
}

fn problems(facts: &Facts) -> Vec<Check> {
    checks(facts).into_iter().filter(|check| check.state != CheckState::Ok).collect()
}

/// Makes a fix in the facts, as a plan makes it in the registries.
fn fixed(facts: &mut Facts, fix: Fix) {
    let replace = |facts: &mut Facts, id: &RegistryId, work: &mut dyn FnMut(&mut RegistryPolicy)| {
        let all = facts.destinations.iter_mut().chain(&mut facts.elsewhere);
        for one in all.filter(|one| one.registry == *id) {
            let mut policy = one.policy.known().cloned().flatten().unwrap_or_else(RegistryPolicy::empty);
            work(&mut policy);
            one.policy = Fact::Known(Some(policy));
        }
    };
    match fix {
        Fix::AddStatement { registry, statement } => replace(facts, &registry, &mut |policy| {
            policy.add_statement(&statement).unwrap();
        }),
        Fix::MoveStatement { from, hash, registry, statement } => {
            replace(facts, &from, &mut |policy| drop(policy.remove_statement(&hash).unwrap()));
            replace(facts, &registry, &mut |policy| {
                policy.add_statement(&statement).unwrap();
            });
        }
        Fix::ReplaceStatement { registry, hash, statement } => replace(facts, &registry, &mut |policy| {
            policy.replace_statement(&hash, &statement).unwrap();
        }),
        Fix::RemoveDeny { registry, repository: None, hash, left } => {
            replace(facts, &registry, &mut |policy| match &left {
                Some(left) => drop(policy.replace_statement(&hash, left).unwrap()),
                None => drop(policy.remove_statement(&hash).unwrap()),
            });
        }
        Fix::RemoveDeny { repository: Some(name), hash, .. } => {
            for one in repositories(&mut facts.destinations[0]).iter_mut().filter(|one| one.name == name) {
                let Fact::Known(Some(policy)) = &mut one.policy else { panic!() };
                policy.remove_statement(&hash).unwrap();
            }
        }
        Fix::RemoveOrphans { registry, ids } => replace(facts, &registry, &mut |policy| {
            assert_eq!(policy.remove_principals(&ids).principals, ids);
        }),
        Fix::SetBlobMounting { registry, enabled } => {
            let all = facts.destinations.iter_mut().chain([&mut facts.source]);
            all.filter(|one| one.registry == registry)
                .for_each(|one| one.blob_mounting = Fact::Known(enabled));
        }
        Fix::PutCreationTemplate { template, needs, .. } => {
            assert_eq!(needs, ["customRoleArn", "encryptionConfiguration.kmsKey"]);
            facts.destinations[0].templates = Fact::Known(vec![CreationTemplate {
                prefix: template["prefix"].as_str().unwrap().into(),
                for_replication: template["appliedFor"] == json!(["REPLICATION"]),
                mutability: TagMutability {
                    immutable: template["imageTagMutability"] == "IMMUTABLE",
                    except: vec![],
                },
                encryption: Encryption::Kms { kind: "KMS".into(), key: None },
                has_role: true,
            }]);
        }
        Fix::EditRule { registry, rule, draft } => {
            assert_eq!((registry, rule), (dev(), facts.existing.clone()));
            let added: Vec<RegistryId> =
                draft.destinations.iter().filter(|one| facts.destination(one).is_none()).cloned().collect();
            for one in added {
                let mut new = known(one.clone());
                new.policy = policy(vec![generated(one).statement().to_value()]);
                facts.destinations.push(new);
            }
            facts.source.configuration = configuration(std::slice::from_ref(&draft));
            facts.existing = Some(draft.hash());
            facts.rule = draft;
        }
        Fix::UseEngine { draft, .. } => {
            // The engine runs it; the native rules stay as they are.
            assert_eq!(draft, facts.rule);
            *facts = healthy();
        }
        Fix::StartBackfill { destinations, .. } => {
            let own = facts.source.repositories.clone();
            facts.destinations.iter_mut().filter(|one| destinations.contains(&one.registry)).for_each(
                |one| {
                    one.repositories = own.clone();
                },
            );
        }
        Fix::ReplicateAgain { images, destination, .. } => {
            assert_eq!((images.len(), destination), (1, prod()));
            facts.failures = Fact::Known(vec![]);
        }
        Fix::SignInAgain { account } => {
            for one in facts.destinations.iter_mut().filter(|one| one.registry.account == account) {
                one.identity = known(one.registry.clone()).identity;
            }
        }
        Fix::EnableRegion { accounts, region, copy } => {
            assert_eq!(copy.lines().count(), accounts.len());
            for one in facts.destinations.iter_mut().chain([&mut facts.source]) {
                if let (true, Fact::Known(all)) =
                    (accounts.contains(&one.registry.account), &mut one.enabled_regions)
                {
                    all.insert(region.clone());
                }
            }
        }
        Fix::ExcludeTag { repository, mutability, .. } => {
            for one in
                repositories(&mut facts.destinations[0]).iter_mut().filter(|one| one.name == repository)
            {
                one.mutability = mutability.clone();
                one.images = Fact::Known(vec![image("aa", "1")]);
            }
        }
        Fix::RemoveRule { .. }
        | Fix::AllowCalls { .. }
        | Fix::CreateServiceRole { .. }
        | Fix::EnableKey { .. } => panic!("no fault needs it"),
    }
}

type Plant = fn(&mut Facts);

#[rustfmt::skip]
const FAULTS: [(&str, CheckState, CheckSide, Plant); 20] = {
    use CheckSide::{Destination, Source, ThisMachine};
    use CheckState::{Failed, Warning};
    [
        ("statement-missing", Failed, Destination, |facts| facts.destinations[0].policy = Fact::Known(None)),
        ("statement-other-region", Failed, Destination, |facts| {
            facts.destinations[0].policy = Fact::Known(None);
            let mut other = known(third());
            other.policy = policy(vec![generated(third()).statement().to_value()]);
            facts.elsewhere.push(other);
        }),
        ("create-repository-missing", Failed, Destination, |facts| {
            facts.destinations[0].policy = policy(vec![statement(|one| one["Action"] = "ecr:ReplicateImage".into())]);
            facts.destinations[0].repositories = Fact::Known(vec![]);
            // Nothing was pushed yet, or it would be missing there.
            repositories(&mut facts.source)[0].images = Fact::Known(vec![]);
        }),
        ("statement-resource", Failed, Destination, |facts| {
            facts.destinations[0].policy = policy(vec![statement(|one| {
                one["Resource"] = "arn:aws:ecr:us-east-2:111122223333:repository/prod-*".into();
            })]);
        }),
        ("statement-narrow", Failed, Destination, |facts| {
            facts.destinations[0].policy = policy(vec![statement(|one| {
                one["Resource"] = format!("{ARN}/prod-a*").into();
            })]);
        }),
        ("statement-condition", Failed, Destination, |facts| {
            facts.destinations[0].policy = policy(vec![statement(|one| {
                one["Condition"] = json!({ "StringEquals": { "aws:SourceAccount": DEV } });
            })]);
        }),
        ("statement-denies", Failed, Destination, |facts| {
            facts.destinations[0].policy = policy(vec![statement(|_| ()), json!({
                "Sid": "No", "Effect": "Deny", "Principal": { "AWS": [DEV, "999999999999"] },
                "Action": "ecr:Replicate*", "Resource": "*",
            })]);
        }),
        ("repository-policy-denies", Failed, Destination, |facts| {
            repositories(&mut facts.destinations[0])[0].policy = policy(vec![json!({
                "Effect": "Deny", "Principal": { "AWS": "arn:aws:iam::444455556666:role/pod" },
                "Action": "ecr:BatchGetImage",
            })]);
        }),
        ("principal-orphaned", Warning, Destination, |facts| {
            facts.destinations[0].policy = policy(vec![statement(|_| ()), json!({
                "Sid": "Old", "Effect": "Allow", "Principal": { "AWS": ORPHAN }, "Action": "ecr:*", "Resource": "*",
            })]);
        }),
        ("region-disabled", Failed, Destination, |facts| {
            for one in [&mut facts.source, &mut facts.destinations[0]] {
                let Fact::Known(all) = &mut one.enabled_regions else { return };
                all.remove(&prod().region);
            }
        }),
        ("region-disabled", Failed, Source, |facts| {
            for one in [&mut facts.source, &mut facts.destinations[0]] {
                let Fact::Known(all) = &mut one.enabled_regions else { return };
                all.remove(&dev().region);
            }
        }),
        ("tag-taken", Failed, Destination, |facts| {
            let one = &mut repositories(&mut facts.destinations[0])[0];
            one.mutability = TagMutability { immutable: true, except: vec![] };
            one.images = Fact::Known(vec![image("bb", "1"), ImageState { tags: vec![], ..image("aa", "") }]);
        }),
        ("template-missing", Warning, Destination, |facts| {
            facts.destinations[0].repositories = Fact::Known(vec![]);
            let one = &mut repositories(&mut facts.source)[0];
            one.images = Fact::Known(vec![]);
            one.mutability = TagMutability { immutable: true, except: vec![] };
            one.encryption = Encryption::Kms { kind: "KMS".into(), key: Some("arn:aws:kms:us-west-2:1:key/a".into()) };
        }),
        ("chain", Warning, Source, |facts| {
            let onward = RuleDraft { destinations: vec![third()], ..rule() };
            facts.destinations[0].configuration = configuration(&[onward]);
        }),
        ("loop", Failed, Source, |facts| {
            facts.rule.delete_replication = true;
            facts.source.configuration = configuration(std::slice::from_ref(&facts.rule));
            facts.existing = Some(facts.rule.hash());
            let back = RuleDraft { destinations: vec![dev()], delete_replication: true, ..rule() };
            facts.destinations[0].configuration = configuration(&[back]);
        }),
        ("limit-destinations", Failed, Source, |facts| {
            let destinations = (0..25).map(|n| registry(&format!("{n:012}"), "us-east-2")).collect();
            let full = RuleDraft { destinations, filters: vec!["other/".parse().unwrap()], delete_replication: false };
            facts.source.configuration = configuration(&[full]);
            facts.existing = None;
        }),
        ("existing-images", Warning, Source, |facts| facts.destinations[0].repositories = Fact::Known(vec![])),
        ("blob-mounting", Warning, Destination, |facts| facts.destinations[0].blob_mounting = Fact::Known(false)),
        ("identity", Failed, ThisMachine, |facts| {
            facts.destinations[0].identity = Fact::Known(Identity::Refused { text: "ExpiredToken".into() });
        }),
        ("recent-failures", Failed, Source, |facts| {
            facts.failures = Fact::Known(vec![Failure {
                repository: "prod-a".parse().unwrap(), digest: "sha256:ff".into(), tag: Some("2".into()),
                destination: prod(), code: Some("DESTINATION_REGISTRY_ACCESS_DENIED".into()),
            }]);
        }),
    ]
};

#[test]
fn a_rule_that_works_is_ready() {
    let checks = checks(&healthy());
    assert_eq!(problems(&healthy()), vec![]);
    let summary = Summary::of(&checks);
    assert!(summary.ready && summary.ok == checks.len());
}

#[test]
fn each_of_the_planted_faults_is_found_with_its_side_and_a_fix_that_works() {
    for (number, (id, state, side, plant)) in FAULTS.into_iter().enumerate() {
        let what = format!("fault {} {id}", number + 1);
        let mut facts = healthy();
        plant(&mut facts);
        let found = problems(&facts);
        let told: Vec<_> = found.iter().map(|check| (check.id, check.state, check.side)).collect();
        assert_eq!(told, [(id, state, side)], "{what}: {found:#?}");
        assert_eq!(Summary::of(&checks(&facts)).ready, state == CheckState::Warning, "{what}");
        let fix = found[0].fix.clone().unwrap_or_else(|| panic!("{what} has no fix"));
        fixed(&mut facts, fix.clone());
        assert_eq!(problems(&facts), vec![], "{what} after {fix:?}");
    }
}

#[test]
fn the_sentences_and_fixes_of_the_faults() {
    let told: Vec<Value> = FAULTS
        .into_iter()
        .map(|(_, _, _, plant)| {
            let mut facts = healthy();
            plant(&mut facts);
            let check = problems(&facts).remove(0);
            json!({ "id": check.id, "text": check.text, "fix": check.fix })
        })
        .collect();
    insta::assert_json_snapshot!("readiness_faults", told);
}

#[test]
fn accounts_have_their_names_outside_of_code() {
    let mut facts = healthy();
    (FAULTS[3].3)(&mut facts);
    assert_eq!(
        problems(&facts)[0].text_for(&names),
        "Statement `AllowCrossAccountReplication` names \
         `arn:aws:ecr:us-east-2:111122223333:repository/prod-*`, which is not in Prod (444455556666) in us-east-2."
    );
}

#[test]
fn what_is_not_known_is_never_ok() {
    let unread = Facts::unread(dev(), rule());
    for check in checks(&unread) {
        assert_eq!(check.state, CheckState::Unknown, "{check:?}");
        assert!(check.text.contains("It was not read."), "{}", check.text);
    }
    assert!(!Summary::of(&checks(&unread)).ready);

    // Each fact alone, taken away from a rule that works.
    let why = || "The account is not connected".to_owned();
    let forgets: [(&str, Plant); 13] = [
        ("identity", |facts| facts.destinations[0].identity = Fact::default()),
        ("permission", |facts| facts.destinations[0].calls = Fact::default()),
        ("region-disabled", |facts| facts.destinations[0].enabled_regions = Fact::default()),
        ("limits", |facts| facts.source.configuration = Fact::default()),
        ("statement", |facts| facts.destinations[0].policy = Fact::default()),
        ("chain", |facts| facts.destinations[0].configuration = Fact::default()),
        ("repository-policy-denies", |facts| facts.destinations[0].repositories = Fact::default()),
        ("template-missing", |facts| facts.source.repositories = Fact::default()),
        ("blob-mounting", |facts| facts.source.blob_mounting = Fact::default()),
        ("service-role", |facts| facts.source.service_role = Fact::default()),
        ("recent-failures", |facts| facts.failures = Fact::default()),
        ("existing-images", |facts| repositories(&mut facts.destinations[0])[0].images = Fact::default()),
        ("repository-policy-denies", |facts| {
            repositories(&mut facts.destinations[0])[0].policy = Fact::default()
        }),
    ];
    for (id, forget) in forgets {
        let mut facts = healthy();
        forget(&mut facts);
        let checks = checks(&facts);
        let about: Vec<_> = checks.iter().filter(|check| check.id == id).collect();
        assert!(about.iter().any(|check| check.state == CheckState::Unknown), "{id}: {about:?}");
    }
    let mut facts = healthy();
    facts.destinations[0].policy = Fact::Unknown(why());
    assert_eq!(
        problems(&facts)[0].text,
        "Whether 444455556666 in us-east-2 allows account 111122223333 to replicate into it is not known. The \
         account is not connected."
    );
}

#[test]
fn a_statement_that_others_need_is_copied_and_not_moved() {
    for others in [true, false] {
        let mut facts = healthy();
        facts.destinations[0].policy = Fact::Known(None);
        let mut shared = generated(third());
        if others {
            shared.sources.push("999999999999".parse().unwrap());
        } else {
            let used = RuleDraft { destinations: vec![third()], ..rule() };
            facts.source.configuration = configuration(&[rule(), used]);
        }
        let mut other = known(third());
        other.policy = policy(vec![shared.statement().to_value()]);
        facts.elsewhere.push(other);
        let found = problems(&facts);
        assert_eq!(found[0].id, "statement-other-region");
        assert!(matches!(found[0].fix, Some(Fix::AddStatement { .. })), "{:?}", found[0].fix);
    }
}

#[test]
fn a_failure_whose_cause_is_still_there_is_not_repeated() {
    let mut facts = healthy();
    (FAULTS[19].3)(&mut facts);
    (FAULTS[0].3)(&mut facts);
    let found = problems(&facts);
    let failures = found.iter().find(|check| check.id == "recent-failures").unwrap();
    assert_eq!((failures.state, &failures.fix), (CheckState::Warning, &None));
    assert!(failures.text.ends_with("Fix the cause first; that does not resend them."));
}

#[test]
fn a_deny_for_others_too_stays_for_them() {
    let mut facts = healthy();
    (FAULTS[6].3)(&mut facts);
    let Some(Fix::RemoveDeny { left: Some(left), .. }) = problems(&facts)[0].fix.clone() else { panic!() };
    assert_eq!(left.to_value()["Principal"], json!({ "AWS": "999999999999" }));
}

#[test]
fn other_states_of_a_set_up_are_told_too() {
    let only = |facts: &Facts| {
        let found = problems(facts);
        assert_eq!(found.len(), 1, "{found:#?}");
        (found[0].id, found[0].state, found[0].text.clone())
    };
    let mut facts = healthy();
    facts.destinations[0].policy = policy(vec![statement(|one| one["Action"] = "ecr:ReplicateImage".into())]);
    let (id, state, text) = only(&facts);
    assert_eq!((id, state), ("create-repository-missing", CheckState::Warning), "{text}");

    let mut facts = healthy();
    facts.source.calls = Fact::Known(vec![CallFact {
        action: "ecr:PutReplicationConfiguration".into(),
        resource: "*".into(),
        purpose: Purpose::Rule,
        answer: CallAnswer::Denied { text: "no".into(), explicit: false },
        how: AskedBy::Simulating,
    }]);
    let (id, state, text) = only(&facts);
    assert_eq!((id, state), ("permission", CheckState::Warning), "{text}");
    let Some(Fix::AllowCalls { statements, .. }) = &problems(&facts)[0].fix else { panic!() };
    let put = json!({"Effect": "Allow", "Action": ["ecr:PutReplicationConfiguration"], "Resource": "*"});
    assert_eq!(*statements, [put]);
    // A rule that is only planned needs it.
    facts.existing = None;
    facts.source.configuration = configuration(&[]);
    assert_eq!(only(&facts).1, CheckState::Failed);
    let Fact::Known(calls) = &mut facts.source.calls else { panic!() };
    calls[0].answer = CallAnswer::Denied { text: "no".into(), explicit: true };
    assert_eq!(problems(&facts)[0].fix, None, "no statement helps against a Deny");

    let mut facts = healthy();
    facts.destinations[0].identity = Fact::Known(Identity::Proven {
        account: DEV.parse().unwrap(),
        principal: "arn:aws:iam::111122223333:role/x".into(),
    });
    assert_eq!(only(&facts).2, "The credentials for account 444455556666 belong to account 111122223333.");

    // The deny is for somebody of whom nobody said that they pull.
    let mut facts = healthy();
    repositories(&mut facts.destinations[0])[0].policy = policy(vec![json!({
        "Effect": "Deny", "Principal": { "AWS": "arn:aws:iam::444455556666:role/other" }, "Action": "ecr:*",
    })]);
    assert_eq!(only(&facts).1, CheckState::Warning);

    // Only the source's account lacks the destination's Region.
    let mut facts = healthy();
    let Fact::Known(all) = &mut facts.source.enabled_regions else { panic!() };
    all.remove(&prod().region);
    assert_eq!(problems(&facts)[0].side, CheckSide::Source);

    // The seventh tag does not fit into the exceptions.
    let mut facts = healthy();
    let tags: Vec<String> = (0..7).map(|n| format!("v{n}")).collect();
    repositories(&mut facts.source)[0].images =
        Fact::Known(vec![ImageState { tags: tags.clone(), ..image("aa", "") }]);
    let one = &mut repositories(&mut facts.destinations[0])[0];
    one.mutability.immutable = true;
    one.images = Fact::Known(vec![
        ImageState { tags, ..image("bb", "") },
        ImageState { tags: vec![], ..image("aa", "") },
    ]);
    assert_eq!(problems(&facts)[0].fix, None);

    // A key of another Region.
    let mut facts = healthy();
    facts.destinations[0].repositories = Fact::Known(vec![]);
    let own = &mut repositories(&mut facts.source)[0];
    own.images = Fact::Known(vec![]);
    own.mutability.immutable = true;
    facts.destinations[0].templates = Fact::Known(vec![CreationTemplate {
        prefix: "ROOT".into(),
        for_replication: true,
        mutability: TagMutability { immutable: true, except: vec![] },
        encryption: Encryption::Kms { kind: "KMS".into(), key: Some("arn:aws:kms:us-west-2:1:key/a".into()) },
        has_role: true,
    }]);
    assert_eq!(only(&facts).0, "kms-key");
}

#[test]
fn a_key_is_asked_about_in_the_region_where_it_is_used() {
    const KEY: &str = "arn:aws:kms:us-east-2:444455556666:key/a";
    let with = |state: Option<Fact<KeyState>>| {
        let mut facts = healthy();
        let one = &mut repositories(&mut facts.destinations[0])[0];
        one.encryption = Encryption::Kms { kind: "KMS".into(), key: Some(KEY.into()) };
        facts.destinations[0].keys.extend(state.map(|state| KeyFact { key: KEY.into(), state }));
        checks(&facts).into_iter().find(|check| check.id == "kms-key").unwrap()
    };
    let enabled = with(Some(Fact::Known(KeyState::Enabled)));
    assert_eq!(enabled.state, CheckState::Ok);
    assert!(enabled.text.ends_with("Its key policy cannot be checked from here."), "{}", enabled.text);
    assert_eq!(with(None).state, CheckState::Unknown);
    let denied = with(Some(Fact::Unknown("It needs `kms:DescribeKey`.".into())));
    assert!(denied.text.ends_with("is not known. It needs `kms:DescribeKey`."), "{}", denied.text);
    for (state, lines) in [
        (KeyState::Disabled, Some(1)),
        (KeyState::PendingDeletion, Some(2)),
        (KeyState::Unusable("Unavailable".into()), None),
        (KeyState::Missing, None),
    ] {
        let found = with(Some(Fact::Known(state)));
        assert_eq!((found.state, found.side), (CheckState::Failed, CheckSide::Destination));
        let copied = match &found.fix {
            Some(Fix::EnableKey { copy, .. }) => Some(copy.lines().count()),
            _ => None,
        };
        assert_eq!(copied, lines, "{}", found.text);
    }
}

#[test]
fn inside_one_account_no_statement_is_needed() {
    let mut facts = healthy();
    let near = registry(DEV, "us-east-2");
    facts.rule.destinations = vec![near.clone()];
    facts.source.configuration = configuration(&[facts.rule.clone()]);
    facts.existing = Some(facts.rule.hash());
    facts.destinations = vec![RegistryFacts { policy: Fact::default(), ..known(near) }];
    assert_eq!(problems(&facts), vec![]);
}

/// The calls of a registry as `what they are for: action on resource`.
fn needed(facts: &Facts, registry: &RegistryId) -> Vec<String> {
    let all = needed_calls(facts, &readiness(facts));
    let here = all.into_iter().filter(|call| call.registry == *registry);
    here.map(|call| {
        let on = call.resource.rsplit(':').next().unwrap_or_default();
        format!("{:?}: {} on {on}", call.purpose, call.action)
    })
    .collect()
}

#[test]
fn the_calls_of_a_rule_its_test_and_the_offered_fixes_are_asked_about() {
    let facts = healthy();
    let test = "repository/prod-longshore-test";
    let mut source = vec![
        "Rule: ecr:PutReplicationConfiguration on *".to_owned(),
        "Backfill: ecr:StartReplicationBackfill on *".into(),
        "Backfill: ecr:StopReplicationBackfill on *".into(),
        "Backfill: ecr:DescribeReplicationBackfillResults on *".into(),
        "Test: ecr:GetAuthorizationToken on *".into(),
    ];
    let push =
        ["BatchCheckLayerAvailability", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload"];
    let pushing = ["CreateRepository"].iter().chain(&push).chain(&["PutImage"]);
    source.extend(pushing.map(|action| format!("Test: ecr:{action} on {test}")));
    let removing =
        ["BatchDeleteImage", "DeleteRepository"].map(|action| format!("Test: ecr:{action} on {test}"));
    source.extend(removing.clone());
    source.push(format!("Watch: ecr:DescribeImageReplicationStatus on {test}"));
    assert_eq!(needed(&facts, &dev()), source);
    let mut destination = vec!["Statement: ecr:PutRegistryPolicy on *".to_owned()];
    destination.extend(removing);
    assert_eq!(needed(&facts, &prod()), destination);

    // What each fault adds to it, by the fix that is offered.
    let fix_of = |number: usize, at: &RegistryId, base: &[String]| -> Vec<String> {
        let mut facts = healthy();
        (FAULTS[number].3)(&mut facts);
        needed(&facts, at).into_iter().filter(|call| !base.contains(call)).collect()
    };
    let at_destination = |number| fix_of(number, &prod(), &destination);
    assert!(at_destination(0).is_empty(), "the policy is written anyway");
    assert_eq!(at_destination(1), ["Fix: ecr:DeleteRegistryPolicy on *"]);
    assert_eq!(at_destination(11), ["Fix: ecr:PutImageTagMutability on repository/prod-a"]);
    assert_eq!(
        at_destination(12),
        ["Fix: ecr:CreateRepositoryCreationTemplate on *", "Fix: ecr:UpdateRepositoryCreationTemplate on *"]
    );
    assert_eq!(at_destination(17), ["Fix: ecr:PutAccountSetting on *"]);
    let again = at_destination(19);
    assert!(again.contains(&"Fix: ecr:PutImage on repository/prod-a".to_owned()), "{again:?}");
    let pull = ["BatchGetImage", "GetDownloadUrlForLayer"];
    assert_eq!(
        fix_of(19, &dev(), &source),
        pull.map(|action| format!("Fix: ecr:{action} on repository/prod-a"))
    );

    let mut facts = healthy();
    facts.source.service_role = Fact::Known(false);
    assert!(
        needed(&facts, &dev())[1].starts_with("Rule: iam:CreateServiceLinkedRole on role/aws-service-role/")
    );
}

#[test]
fn a_denied_call_says_what_cannot_be_done_and_asks_for_no_more_than_the_rule_needs() {
    let denied = |action: &str, name: Option<&str>, purpose, how| CallFact {
        action: action.into(),
        resource: name.map_or_else(|| "*".into(), |name| format!("{ARN}/{name}")),
        purpose,
        answer: CallAnswer::Denied { text: "implicitDeny".into(), explicit: false },
        how,
    };
    use AskedBy::{Reading, Simulating};
    let mut facts = healthy();
    facts.destinations[0].calls = Fact::Known(vec![
        denied("ecr:DescribeImages", Some("prod-a"), Purpose::Watch, Reading),
        denied("ecr:DeleteRepository", Some("prod-longshore-test"), Purpose::Test, Simulating),
        denied("ecr:PutRegistryPolicy", None, Purpose::Statement, Simulating),
    ]);
    let found = problems(&facts);
    assert_eq!(
        found[0].text,
        "`ecr:DescribeImages`, `ecr:DeleteRepository` and `ecr:PutRegistryPolicy` are not allowed in 444455556666 \
         in us-east-2. The rule works without, but Longshore cannot show everything about its images, change the \
         registry policy or test it."
    );
    assert_eq!(
        found[0].evidence[1].request,
        "ecr:DeleteRepository on repository/prod-longshore-test (simulated by IAM)"
    );
    let Some(Fix::AllowCalls { statements, .. }) = &found[0].fix else { panic!() };
    assert_eq!(
        *statements,
        [
            json!({
                "Effect": "Allow", "Action": ["ecr:DeleteRepository", "ecr:DescribeImages"],
                "Resource": [format!("{ARN}/prod-*")],
            }),
            json!({"Effect": "Allow", "Action": ["ecr:PutRegistryPolicy"], "Resource": "*"}),
        ]
    );
    // What decides about the rule cannot be read.
    let Fact::Known(calls) = &mut facts.destinations[0].calls else { panic!() };
    calls.push(denied("ecr:GetRegistryPolicy", None, Purpose::Examine, Reading));
    assert_eq!(problems(&facts)[0].state, CheckState::Failed);
    // Of many actions the sentence names some.
    let unknown = |number: usize| CallFact {
        answer: CallAnswer::Untried("IAM did not say.".into()),
        ..denied(&format!("ecr:Action{number}"), None, Purpose::Test, AskedBy::Nothing)
    };
    facts.destinations[0].calls = Fact::Known((0..9).map(unknown).collect());
    let found = problems(&facts);
    assert_eq!((found[0].state, found[0].evidence.len()), (CheckState::Unknown, 9));
    assert!(found[0].text.contains("`ecr:Action3` and 5 more actions are allowed in"), "{}", found[0].text);
}
