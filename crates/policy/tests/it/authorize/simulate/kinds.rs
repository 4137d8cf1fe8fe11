//! The kinds of differences between AWS's documentation, which Longshore follows, and iam-simulate.
//!
//! A kind puts what AWS documents into the question, so that the engine follows it: the difference is
//! explained only if both then agree.

use longshore_policy::iam::authorize::{Answer, Decision, Layer};
use serde_json::{Map, Value, json};

use super::generate::{FEDERATED, LINKED, ROOT, SERVICE};
use crate::authorize::{Case, all, policy};

/// One kind of difference.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// What AWS documents, and where.
    pub(super) document: &'static str,
    /// Whether it may explain the difference of a case.
    pub(super) applies: fn(&Case, &Answer) -> bool,
    /// Changes a case so that the engine does what AWS documents.
    pub(super) as_documented: fn(&mut Case),
    /// AWS does not document the outcome, so that the answer may be unknown.
    pub(super) undecided: bool,
}

pub(super) static KINDS: [Kind; 18] = [
    Kind {
        name: "root user",
        document: "IAM user guide, How AWS enforcement code logic evaluates requests: by default all requests \
                   are denied, with the exception of the root user, which has full access",
        applies: |case, _| case.principal == ROOT,
        as_documented: |case| case.identity = Some(vec![policy([all("Allow")])]),
        undecided: false,
    },
    Kind {
        name: "service-linked role",
        document: "Organizations user guide, Service control policies and Resource control policies: neither \
                   restricts a service-linked role",
        applies: |case, _| case.principal == LINKED,
        as_documented: |case| (case.scp, case.rcp) = (None, None),
        undecided: false,
    },
    Kind {
        name: "SCPs and services",
        document: "Organizations user guide, Service control policies: SCPs affect only users and roles of \
                   member accounts",
        applies: |case, _| case.principal == SERVICE,
        as_documented: |case| case.scp = None,
        undecided: false,
    },
    Kind {
        name: "RCPs and services without them",
        document: "Organizations user guide, Resource control policies: list of AWS services that support RCPs",
        applies: |case, _| case.action.starts_with("ec2:"),
        as_documented: |case| case.rcp = None,
        undecided: false,
    },
    Kind {
        name: "session policy and a direct grant",
        document: "IAM user guide, How AWS enforcement code logic evaluates requests: permissions granted \
                   directly to a session are not limited by an implicit deny in a session policy",
        applies: |case, ours| {
            let direct =
                ours.by.as_ref().is_some_and(|by| by.layer == Layer::Resource) && ours.also.is_empty();
            case.session.is_some() && ours.decision == Decision::Allowed && direct
        },
        // Nothing but the resource policy may then allow.
        as_documented: |case| {
            case.identity = Some(Vec::new());
            statements(&mut case.session, |list| list.push(all("Allow")));
        },
        undecided: false,
    },
    Kind {
        name: "federated user without a session policy",
        document: "STS API reference, GetFederationToken: without session policies the federated user has no \
                   permissions, except from resource policies that name the session",
        applies: |case, ours| {
            case.principal == FEDERATED && case.session.is_none() && ours.decision == Decision::NotAllowed
        },
        as_documented: |case| {
            let nothing =
                json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::none"});
            case.session = Some(vec![policy([nothing])]);
        },
        undecided: false,
    },
    Kind {
        name: "user behind a federated user",
        document: "IAM user guide, How AWS enforcement code logic evaluates requests: the name of the session \
                   is chosen by the user who federates, and does not tell the user",
        applies: |case, ours| {
            let decides = ours.reason.contains("federated session");
            case.principal == FEDERATED && (decides || ours.decision != Decision::Unknown)
        },
        as_documented: |case| {
            each_document(case, |one| {
                *one = serde_json::from_str(&one.to_string().replace(":user/bob", ":user/somebody")).unwrap();
            });
        },
        undecided: true,
    },
    Kind {
        name: "NotPrincipal without the caller",
        document: "IAM user guide, NotPrincipal: with the account alone in the list, its users are denied",
        applies: |case, ours| denied_by_not_principal(case, ours),
        as_documented: |case| {
            statements(&mut case.resource_policy, |all| {
                for one in all.iter_mut().filter(|one| one["Effect"] == "Deny") {
                    if one.as_object_mut().unwrap().remove("NotPrincipal").is_some() {
                        one["Principal"] = "*".into();
                    }
                }
            });
        },
        undecided: false,
    },
    Kind {
        name: "NotPrincipal without the account or the role",
        document: "IAM user guide, NotPrincipal: AWS might validate the account first, then the role, and then \
                   the assumed-role user",
        applies: |_, ours| ours.reason.contains("`NotPrincipal`"),
        as_documented: |_| {},
        undecided: true,
    },
    Kind {
        name: "role without a trust policy",
        document: "IAM user guide, How AWS enforcement code logic evaluates requests: trust policies of roles \
                   must explicitly allow; every role has one, also if it was not given",
        applies: |case, _| case.action.starts_with("sts:") && case.resource_policy.is_none(),
        as_documented: |case| {
            let other = crate::authorize::all_for("Allow", "arn:aws:iam::999988887777:root");
            case.resource_policy = Some(vec![policy([other])]);
        },
        undecided: false,
    },
    Kind {
        name: "variable without a value in a negated ARN operator",
        document: "IAM user guide, Variables and tags: an attempt to match a value that is not present fails \
                   and causes the statement to be invalid; the engine does not reach the variable if an \
                   earlier part of the ARN differs",
        applies: |case, _| format!("{case:?}").contains("ArnNot"),
        as_documented: |case| {
            if !case.context.iter().any(|(key, _)| key == "aws:SourceIdentity") {
                each_document(case, |one| {
                    let text = one.to_string();
                    let text = text
                        .replace("arn:aws:s3:::${aws:SourceIdentity}", "arn:*:*:*:*:${aws:SourceIdentity}");
                    *one = serde_json::from_str(&text).unwrap();
                });
            }
        },
        undecided: false,
    },
    Kind {
        name: "variables of older versions",
        document: "IAM user guide, Variables and tags: without version 2012-10-17 variables are literal strings",
        applies: |case, _| documents(case).any(|one| one["Version"] != "2012-10-17"),
        as_documented: |case| {
            each_document(case, |one| {
                if one["Version"] != "2012-10-17" {
                    *one = serde_json::from_str(&one.to_string().replace("${", "${$}{")).unwrap();
                }
            });
        },
        undecided: false,
    },
    Kind {
        name: "seconds since 1970",
        document: "IAM user guide, Condition operators: dates are written as ISO 8601 or in epoch (UNIX) time, \
                   which counts seconds",
        applies: |case, _| format!("{case:?}").contains("179604000"),
        as_documented: |case| {
            let iso = |text: String| {
                let text = text.replace("\"1796040000\"", "\"2026-11-30T12:00:00Z\"");
                text.replace("\"1796040001\"", "\"2026-11-30T12:00:01Z\"")
            };
            each_document(case, |one| *one = serde_json::from_str(&iso(one.to_string())).unwrap());
            case.context.iter_mut().for_each(|(_, value)| {
                *value = iso(format!("\"{value}\"")).trim_matches('"').to_owned();
            });
        },
        undecided: false,
    },
    Kind {
        name: "addresses without a prefix",
        document: "IAM user guide, Condition operators: an address without a routing prefix is one address; \
                   NotIpAddress is every address except it",
        applies: |case, _| format!("{case:?}").contains("IpAddress"),
        as_documented: |case| {
            each_document(case, |one| {
                let text = one.to_string().replace("\"198.51.100.7\"", "\"198.51.100.7/32\"");
                let text = text.replace("\"2001:DB8::9\"", "\"2001:db8::9/128\"");
                *one = serde_json::from_str(&text).unwrap();
            });
        },
        undecided: false,
    },
    Kind {
        name: "range of all addresses",
        document: "IAM user guide, Condition operators: ranges are in the standard CIDR format (RFC 4632), in \
                   which 0.0.0.0/0 has every address of IPv4",
        applies: |case, _| format!("{case:?}").contains("0.0.0.0/0"),
        as_documented: |case| each_document(case, halved),
        undecided: false,
    },
    Kind {
        name: "predefined variables without wildcards",
        document: "IAM user guide, Variables and tags: predefined variables such as ${*} can be used in any \
                   string in which regular variables can be used",
        applies: |case, _| format!("{case:?}").contains("b${*}e"),
        as_documented: |case| {
            each_condition(case, &mut |condition| {
                for (operator, keys) in condition {
                    if operator.contains("Equals") {
                        *keys = serde_json::from_str(&keys.to_string().replace("b${*}e", "b*e")).unwrap();
                    }
                }
            });
        },
        undecided: false,
    },
    Kind {
        name: "set operators",
        document: "IAM user guide, Set operators for multivalued context keys: an empty string is a null data \
                   set; Condition operators, IfExists: if the key is not present, the element is true",
        applies: |_, _| true,
        as_documented: set_operators,
        undecided: false,
    },
    Kind {
        name: "several values without a set operator",
        document: "IAM user guide, Single-valued vs. multivalued context keys: multivalued context keys require \
                   a condition set operator; what happens without one is not said",
        applies: |_, ours| ours.reason.contains("set operator"),
        as_documented: |_| {},
        undecided: true,
    },
];

/// The documents of every layer.
fn documents(case: &Case) -> impl Iterator<Item = &Value> {
    let layers = [&case.identity, &case.resource_policy, &case.boundary, &case.session, &case.scp, &case.rcp];
    layers.into_iter().flatten().flatten()
}

fn each_document(case: &mut Case, mut change: impl FnMut(&mut Value)) {
    for layer in Layer::ALL {
        case.layer(layer).iter_mut().flatten().for_each(&mut change);
    }
}

/// Changes the statements of the documents of a layer.
fn statements(layer: &mut Option<Vec<Value>>, change: impl Fn(&mut Vec<Value>)) {
    for document in layer.iter_mut().flatten() {
        change(document["Statement"].as_array_mut().unwrap());
    }
}

/// Changes the condition of every statement.
fn each_condition(case: &mut Case, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    each_document(case, |one| {
        for statement in one["Statement"].as_array_mut().unwrap() {
            if let Some(Value::Object(condition)) = statement.get_mut("Condition") {
                change(condition);
            }
        }
    });
}

/// Writes the range of all addresses as its two halves.
fn halved(value: &mut Value) {
    let halves = || ["0.0.0.0/1", "128.0.0.0/1"].map(Value::from);
    match value {
        Value::String(text) if text == "0.0.0.0/0" => *value = json!(halves()),
        Value::Array(list) if list.contains(&json!("0.0.0.0/0")) => {
            list.retain(|one| one != "0.0.0.0/0");
            list.extend(halves());
        }
        Value::Array(list) => list.iter_mut().for_each(halved),
        Value::Object(object) => object.values_mut().for_each(halved),
        _ => {}
    }
}

fn denied_by_not_principal(case: &Case, ours: &Answer) -> bool {
    let by = ours.by.as_ref().filter(|by| ours.decision == Decision::Denied && by.layer == Layer::Resource);
    let statement = by.and_then(|by| case.resource_policy.as_ref()?.first()?["Statement"].get(by.index));
    statement.is_some_and(|statement| statement.get("NotPrincipal").is_some())
}

/// Writes tests with set operators as tests that always or never hold, where AWS documents that they do.
fn set_operators(case: &mut Case) {
    let simulation = super::simulation(case);
    let context = simulation["request"]["contextVariables"].as_object().unwrap().clone();
    let value = |key: &str| {
        context.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value.clone())
    };
    each_condition(case, &mut |condition| {
        let mut constant = Vec::new();
        for (operator, keys) in condition.iter_mut() {
            let keys = keys.as_object_mut().unwrap();
            let set = operator.split_once(':').map(|(set, _)| set);
            keys.retain(|key, _| {
                let always = match (set, value(key)) {
                    (Some("ForAnyValue"), None) if operator.ends_with("IfExists") => Some(true),
                    (Some(set), Some(value)) if value == "" => Some(set == "ForAllValues"),
                    _ => None,
                };
                constant.extend(always);
                always.is_none()
            });
        }
        condition.retain(|_, keys| keys.as_object().is_some_and(|keys| !keys.is_empty()));
        for always in constant {
            // No request of these cases has the key.
            let operator = if always { "StringEqualsIfExists" } else { "StringEquals" };
            condition.entry(operator).or_insert_with(|| json!({}))["aws:ViaAWSService"] = "none".into();
        }
    });
}
