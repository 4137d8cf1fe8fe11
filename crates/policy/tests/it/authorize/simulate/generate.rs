//! Cases over all layers, operators, wildcards and principals, the same in each run.

use serde_json::{Value, json};

use crate::authorize::Case;

/// A small generator of numbers (SplitMix64).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

pub(super) const USER: &str = "arn:aws:iam::111122223333:user/team/ana";
pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/build";
pub(super) const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/build/run-1";
pub(super) const FEDERATED: &str = "arn:aws:sts::111122223333:federated-user/bob";
pub(super) const ROOT: &str = "arn:aws:iam::111122223333:root";
pub(super) const SERVICE: &str = "replication.ecr.amazonaws.com";
pub(super) const LINKED: &str = "arn:aws:iam::111122223333:role/aws-service-role/replication.ecr.amazonaws.com/AWSServiceRoleForECRReplication";

/// The callers; those that are listed more often are drawn more often.
const CALLERS: [&str; 14] = [
    USER, USER, USER, USER, ROLE, ROLE, SESSION, SESSION, SESSION, SESSION, FEDERATED, ROOT, SERVICE, LINKED,
];

/// Actions with a resource of the account `ACCOUNT`.
const CALLS: [(&str, &str); 12] = [
    ("ecr:BatchGetImage", "arn:aws:ecr:us-west-2:ACCOUNT:repository/team/app"),
    ("ecr:BatchGetImage", "arn:aws:ecr:us-west-2:ACCOUNT:repository/team/app"),
    ("ecr:PutImage", "arn:aws:ecr:eu-west-1:ACCOUNT:repository/ana"),
    ("ecr:PutImage", "arn:aws:ecr:eu-west-1:ACCOUNT:repository/ana"),
    ("ecr:ReplicateImage", "arn:aws:ecr:us-west-2:ACCOUNT:repository/team/app"),
    ("ECR:describeimages", "arn:aws:ecr:us-west-2:ACCOUNT:repository/blue"),
    ("ecr:GetAuthorizationToken", "*"),
    ("ecr:DescribeRegistry", "*"),
    ("kms:Decrypt", "arn:aws:kms:us-west-2:ACCOUNT:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    ("sts:AssumeRole", "arn:aws:iam::ACCOUNT:role/deploy"),
    ("sqs:SendMessage", "arn:aws:sqs:us-west-2:ACCOUNT:queue"),
    ("ec2:DescribeInstances", "*"),
];

/// One case.
pub(super) fn case(dice: &mut Dice) -> Case {
    let (action, resource) = CALLS[dice.below(CALLS.len())];
    let account = if dice.chance(30) { "444455556666" } else { "111122223333" };
    let mut case = Case::new();
    case.principal = dice.pick(&CALLERS).to_owned();
    case.action = action.to_owned();
    case.resource = resource.replace("ACCOUNT", account);
    case.complete = true;
    case.context = context(dice);
    let in_account = case.principal != SERVICE && case.principal != ROOT;
    if in_account {
        let count = 1 + dice.below(2);
        case.identity = Some((0..count).map(|_| document(dice, &case, Kind::Identity, 55)).collect());
    }
    if dice.chance(65) || case.principal == SERVICE {
        case.resource_policy = Some(vec![document(dice, &case, Kind::Resource, 25)]);
    }
    if dice.chance(30) && in_account && case.principal != LINKED {
        case.boundary = Some(vec![document(dice, &case, Kind::Identity, 70)]);
    }
    if dice.chance(45) && [ROLE, SESSION, FEDERATED].contains(&case.principal.as_str()) {
        case.session = Some(vec![document(dice, &case, Kind::Identity, 70)]);
    }
    if dice.chance(35) {
        let count = 1 + dice.below(2);
        case.scp = Some((0..count).map(|_| document(dice, &case, Kind::Scp, 75)).collect());
    }
    if dice.chance(30) {
        case.rcp = Some(vec![document(dice, &case, Kind::Rcp, 0)]);
    }
    case
}

/// The keys that a request has beside those that follow from the question.
fn context(dice: &mut Dice) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut add = |key: &str, value: &str| all.push((key.to_owned(), value.to_owned()));
    if dice.chance(70) {
        add("aws:PrincipalTag/team", dice.pick(&["blue", "blue", "Blue", "b*e"]));
    }
    if dice.chance(60) {
        add("aws:SourceIp", dice.pick(&["203.0.113.9", "198.51.100.7", "2001:db8::9"]));
    }
    if dice.chance(60) {
        add("aws:MultiFactorAuthAge", dice.pick(&["300", "300.5", "0", "86400"]));
    }
    if dice.chance(60) {
        add(
            "aws:CurrentTime",
            dice.pick(&["2026-11-30T12:00:00Z", "2026-11-30T13:00:00+01:00", "1796040000"]),
        );
    }
    if dice.chance(60) {
        add("aws:SecureTransport", dice.pick(&["true", "false"]));
    }
    if dice.chance(40) {
        add(
            "aws:SourceArn",
            dice.pick(&["arn:aws:s3:::bucket", "arn:aws:sns:us-west-2:111122223333:topic:a"]),
        );
    }
    if dice.chance(30) {
        add("aws:Referer", dice.pick(&["QQ==", "qq=="]));
    }
    if dice.chance(30) {
        add("aws:SourceIdentity", "ana");
    }
    if dice.chance(60) {
        let keys = [vec!["a"], vec!["a", "b"], vec!["b", "team"], vec![""]];
        let keys = &keys[dice.below(keys.len())];
        keys.iter().for_each(|value| all.push(("aws:TagKeys".into(), (*value).into())));
    }
    all
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Identity,
    Resource,
    Scp,
    Rcp,
}

/// A document that begins with an allowance of everything as often as said.
fn document(dice: &mut Dice, case: &Case, kind: Kind, open: usize) -> Value {
    let mut statements = Vec::new();
    if dice.chance(open) {
        let mut all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        if kind == Kind::Resource {
            name(dice, &mut all, case);
        }
        statements.push(all);
    }
    let more = if statements.is_empty() { 1 + dice.below(2) } else { dice.below(2) };
    for _ in 0..more {
        statements.push(statement(dice, case, kind));
    }
    let old = kind != Kind::Rcp && dice.chance(6);
    json!({"Version": if old { "2008-10-17" } else { "2012-10-17" }, "Statement": statements})
}

fn statement(dice: &mut Dice, case: &Case, kind: Kind) -> Value {
    let denies = kind == Kind::Rcp || dice.chance(25);
    let mut statement = json!({"Sid": format!("S{}", dice.below(1000))});
    statement["Effect"] = if denies { "Deny" } else { "Allow" }.into();
    match kind {
        Kind::Resource => name(dice, &mut statement, case),
        Kind::Rcp => statement["Principal"] = "*".into(),
        Kind::Identity | Kind::Scp => {}
    }
    // An RCP may have neither `NotAction` nor the action `*`.
    let (key, actions) = actions(dice, &case.action, kind != Kind::Rcp);
    statement[key] = actions;
    if kind != Kind::Resource || dice.chance(80) {
        let (key, resources) = resources(dice, &case.resource);
        statement[key] = resources;
    }
    // A denial without a condition would make most answers the same.
    if dice.chance(if denies { 85 } else { 45 }) {
        statement["Condition"] = condition(dice);
    }
    statement
}

/// Gives a statement its principals.
fn name(dice: &mut Dice, statement: &mut Value, case: &Case) {
    let others = [
        USER,
        ROLE,
        SESSION,
        FEDERATED,
        ROOT,
        "111122223333",
        "444455556666",
        "arn:aws:iam::111122223333:user/bob",
    ];
    let aws = |dice: &mut Dice| match dice.below(10) {
        0..=3 if case.principal.starts_with("arn:") => case.principal.clone(),
        4 => ROOT.to_owned(),
        5 if case.principal == SESSION => {
            dice.pick(&[ROLE, "arn:aws:iam::111122223333:role/ci/build"]).to_owned()
        }
        _ => dice.pick(&others).to_owned(),
    };
    let deny = statement["Effect"] == "Deny";
    let value = match dice.below(10) {
        0 | 1 => json!("*"),
        2 => json!({"Service": [SERVICE, "ecs.amazonaws.com"]}),
        _ if case.principal == SERVICE => json!({"Service": SERVICE}),
        3 => json!({"AWS": [aws(dice), aws(dice)]}),
        4 => json!({"AWS": [aws(dice)], "Service": SERVICE}),
        _ => json!({"AWS": aws(dice)}),
    };
    if deny && value != "*" && dice.chance(50) {
        let not = match dice.below(4) {
            0 => value,
            1 => json!({"AWS": [case.principal, ROOT]}),
            2 => json!({"AWS": [SESSION, ROLE, ROOT]}),
            _ => json!({"AWS": [ROOT], "Service": SERVICE}),
        };
        let arns = case.principal.starts_with("arn:") || !not.to_string().contains(SERVICE);
        statement["NotPrincipal"] =
            if arns { not } else { json!({"Service": [SERVICE, "ecs.amazonaws.com"]}) };
    } else {
        statement["Principal"] = value;
    }
}

/// `Action` or `NotAction`, mostly about the action that is asked.
fn actions(dice: &mut Dice, asked: &str, not: bool) -> (&'static str, Value) {
    let (service, action) = asked.split_once(':').unwrap();
    let service = service.to_ascii_lowercase();
    let one = |dice: &mut Dice| match dice.below(9) {
        0 if not => "*".to_owned(),
        0..=2 => format!("{service}:*"),
        3 => format!("{service}:{action}"),
        4 => format!("{service}:{}", action.to_ascii_uppercase()),
        5 => format!("{service}:{}*", &action[..3]),
        6 => format!("{service}:?{}", &action[1..]),
        7 => format!("{service}:*{}", &action[4..]),
        _ => dice.pick(&["s3:*", "ecr:List*", "ecr:Batch?Image", "iam:PassRole"]).to_owned(),
    };
    if not && dice.chance(12) {
        let other = dice.pick(&["s3:*", "iam:*", "ecr:Delete*", "ecr:Batch*", "kms:*"]);
        return ("NotAction", if dice.chance(50) { json!(other) } else { json!([other, "sns:*"]) });
    }
    let value = if dice.chance(30) { json!([one(dice), one(dice)]) } else { json!(one(dice)) };
    ("Action", value)
}

/// `Resource` or `NotResource`, mostly about the resource that is asked.
fn resources(dice: &mut Dice, asked: &str) -> (&'static str, Value) {
    if asked == "*" {
        let value =
            if dice.chance(85) { "*" } else { "arn:aws:ecr:us-west-2:111122223333:repository/team/app" };
        return ("Resource", json!(value));
    }
    let parts: Vec<&str> = asked.splitn(6, ':').collect();
    let (head, name) = (parts[..3].join(":"), parts[5]);
    let (region, account) = (parts[3], parts[4]);
    let (kind, id) = name.split_once('/').map_or(("", name), |(kind, id)| (kind, id));
    let slash = if kind.is_empty() { "" } else { "/" };
    let one = |dice: &mut Dice| match dice.below(14) {
        0 | 1 => "*".to_owned(),
        2 => asked.to_owned(),
        3 => format!("{head}:*:*:{name}"),
        4 => format!("{head}:{region}:{account}:{kind}{slash}*"),
        5 => format!("{head}:{region}:{account}:{kind}{slash}{}*", &id[..2]),
        6 => format!("{head}:{region}:{account}:{kind}{slash}?{}", &id[1..]),
        7 => format!("{head}:{region}:{account}:*"),
        8 => format!("{head}:us-*:{account}:{name}"),
        9 => format!("{head}:{region}:{account}:{kind}{slash}${{aws:SourceIdentity}}"),
        10 => format!("{head}:{region}:{account}:{kind}{slash}${{aws:PrincipalTag/team}}"),
        11 => format!("{head}:{region}:{account}:{kind}{slash}${{aws:SourceIdentity, 'ana'}}*"),
        12 => format!("{head}:{region}:${{aws:PrincipalAccount}}:{name}"),
        _ => format!("{head}:{region}:{account}:{kind}{slash}other"),
    };
    if dice.chance(12) {
        let other = format!("{head}:{region}:{account}:{kind}{slash}{}*", dice.pick(&["other", "tea", "b"]));
        return ("NotResource", json!([other]));
    }
    let value = if dice.chance(30) { json!([one(dice), one(dice)]) } else { json!(one(dice)) };
    ("Resource", value)
}

fn condition(dice: &mut Dice) -> Value {
    let mut all = json!({});
    for _ in 0..=dice.below(2) {
        let (operator, key, values) = test(dice);
        all[operator][key] = values;
    }
    all
}

/// Operator, key and values of one test.
fn test(dice: &mut Dice) -> (String, &'static str, Value) {
    let kind = dice.below(12);
    let (operators, keys, values): (&[&str], &[&str], &[&str]) = match kind {
        0..=2 => (
            &[
                "StringEquals",
                "StringNotEquals",
                "StringEqualsIgnoreCase",
                "StringNotEqualsIgnoreCase",
                "StringLike",
                "StringNotLike",
            ],
            &[
                "aws:PrincipalTag/team",
                "aws:PrincipalTag/team",
                "AWS:principaltag/TEAM",
                "aws:SourceIdentity",
            ],
            &[
                "blue",
                "blue",
                "BLUE",
                "b*",
                "bl?e",
                "red",
                "b${*}e",
                "${aws:PrincipalTag/team}",
                "${aws:SourceIdentity}",
                "${aws:SourceIdentity, 'blue'}",
                "${aws:TagKeys}",
            ],
        ),
        3 => (
            &[
                "NumericEquals",
                "NumericNotEquals",
                "NumericLessThan",
                "NumericLessThanEquals",
                "NumericGreaterThan",
                "NumericGreaterThanEquals",
            ],
            &["aws:MultiFactorAuthAge"],
            &["300", "300.0", "300.50", "299", "86400", "-1"],
        ),
        4 => (
            &[
                "DateEquals",
                "DateNotEquals",
                "DateLessThan",
                "DateLessThanEquals",
                "DateGreaterThan",
                "DateGreaterThanEquals",
            ],
            &["aws:CurrentTime"],
            &[
                "2026-11-30T12:00:00Z",
                "2026-11-30",
                "2026-12-01T00:00:00+02:00",
                "2026-11",
                "1796040000",
                "1796040001",
            ],
        ),
        5 => (
            &["Bool"],
            &["aws:SecureTransport", "aws:PrincipalIsAWSService", "aws:MultiFactorAuthPresent"],
            &["true", "false", "TRUE"],
        ),
        6 => (&["BinaryEquals"], &["aws:Referer"], &["QQ==", "qq=="]),
        7 => (
            &["IpAddress", "NotIpAddress"],
            &["aws:SourceIp"],
            &["203.0.113.0/24", "198.51.100.7", "0.0.0.0/0", "2001:DB8::/32", "2001:DB8::9"],
        ),
        8 => (
            &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
            &["aws:PrincipalArn", "aws:SourceArn"],
            &[
                "arn:aws:iam::111122223333:role/build",
                "arn:aws:iam::*:*",
                "arn:aws:iam::111122223333:user/*/ana",
                "arn:aws:s3:::b?cket",
                "arn:*:s*:*:*:*",
                "arn:aws:sns:us-west-2:111122223333:topic",
                "arn:aws:s3:::${aws:SourceIdentity}",
            ],
        ),
        9 => (
            &["Null"],
            &["aws:PrincipalTag/team", "aws:SourceIp", "aws:TagKeys", "aws:username", "aws:SourceArn"],
            &["true", "false"],
        ),
        10 => (
            &["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"],
            &["aws:TagKeys"],
            &["a", "b", "A", "t*", "?"],
        ),
        _ => (
            &["StringEquals", "StringNotEquals", "StringLike"],
            &[
                "aws:PrincipalAccount",
                "aws:ResourceAccount",
                "aws:PrincipalType",
                "aws:RequestedRegion",
                "aws:username",
            ],
            &["111122223333", "${aws:PrincipalAccount}", "AssumedRole", "User", "us-west-2", "ana", "*"],
        ),
    };
    let (operator, key) = (dice.pick(operators), dice.pick(keys));
    let several = dice.chance(35) && operator != "Null";
    let values = match several {
        true => json!([dice.pick(values), dice.pick(values)]),
        false => json!(dice.pick(values)),
    };
    let set = match key {
        "aws:TagKeys" if operator != "Null" => {
            dice.pick(&["ForAllValues:", "ForAllValues:", "ForAnyValue:", "ForAnyValue:", ""])
        }
        _ if operator != "Null" && dice.chance(8) => dice.pick(&["ForAllValues:", "ForAnyValue:"]),
        _ => "",
    };
    let end = if operator != "Null" && dice.chance(20) { "IfExists" } else { "" };
    (format!("{set}{operator}{end}"), key, values)
}
