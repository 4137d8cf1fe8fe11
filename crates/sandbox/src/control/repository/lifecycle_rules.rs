//! What ECR accepts as a lifecycle policy.
//!
//! Sources: User Guide, "Lifecycle policy parameters" and "Lifecycle policies" (evaluation rules);
//! General Reference (50 rules). Shape errors have the wording that the service is seen to use; the
//! wording for rules that conflict is the sandbox's own.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

const MOST_RULES: usize = 50;
const MOST_WILDCARDS: usize = 4;
const LEAST_DAYS_ARCHIVED: i64 = 90;

/// The parts of a rule that others must fit.
struct Rule {
    priority: i64,
    archived: bool,
    tags: Tags,
}

enum Tags {
    Any,
    Untagged,
    Prefixes(BTreeSet<String>),
    Patterns,
}

/// Everything that ECR checks about the document.
pub(in crate::control) fn check(text: &str) -> Result<(), String> {
    let Ok(Value::Object(document)) = serde_json::from_str(text) else {
        return Err("Could not map policyString into LifecyclePolicy.".to_owned());
    };
    only(&document, &["rules"])?;
    required(&document, &["rules"])?;
    let rules = document["rules"].as_array().ok_or_else(|| not_a("array", &document["rules"]))?;
    if rules.is_empty() {
        return Err(
            "array is too short: must have at least 1 elements but instance has 0 elements".to_owned()
        );
    }
    if rules.len() > MOST_RULES {
        let count = rules.len();
        return Err(format!(
            "array is too long: must have at most {MOST_RULES} elements but instance has {count} elements"
        ));
    }
    let rules = rules.iter().map(rule).collect::<Result<Vec<Rule>, String>>()?;
    together(&rules)
}

fn rule(value: &Value) -> Result<Rule, String> {
    let rule = object(value)?;
    only(rule, &["rulePriority", "description", "selection", "action"])?;
    required(rule, &["rulePriority", "selection", "action"])?;
    let priority = positive(&rule["rulePriority"])?;
    if let Some(description) = rule.get("description").filter(|text| !text.is_string()) {
        return Err(not_a("string", description));
    }
    let selection = object(&rule["selection"])?;
    const KNOWN: &[&str] = &[
        "tagStatus",
        "tagPatternList",
        "tagPrefixList",
        "storageClass",
        "countType",
        "countUnit",
        "countNumber",
    ];
    only(selection, KNOWN)?;
    required(selection, &["tagStatus", "countType", "countNumber"])?;
    let tags = tags(selection)?;
    let archived = match selection.get("storageClass") {
        None => false,
        Some(class) => word(class, &["standard", "archive"])? == "archive",
    };
    let action = object(&rule["action"])?;
    only(action, &["type", "targetStorageClass"])?;
    required(action, &["type"])?;
    let expires = word(&action["type"], &["expire", "transition"])? == "expire";
    match action.get("targetStorageClass") {
        Some(_) if expires => return Err("targetStorageClass requires the type transition".to_owned()),
        Some(class) => drop(word(class, &["archive"])?),
        None if expires => {}
        None => return Err(missing(&["targetStorageClass"])),
    }
    count(selection, archived, expires)?;
    Ok(Rule { priority, archived, tags })
}

/// `tagStatus` and the lists for `tagged`: exactly one of them, and only with it.
fn tags(selection: &Map<String, Value>) -> Result<Tags, String> {
    let (patterns, prefixes) = (selection.get("tagPatternList"), selection.get("tagPrefixList"));
    match word(&selection["tagStatus"], &["tagged", "untagged", "any"])? {
        "tagged" => match (patterns, prefixes) {
            (Some(patterns), None) => {
                let patterns = texts(patterns)?;
                if patterns.iter().any(|pattern| pattern.matches('*').count() > MOST_WILDCARDS) {
                    return Err(format!("a tag pattern has at most {MOST_WILDCARDS} wildcards (*)"));
                }
                Ok(Tags::Patterns)
            }
            (None, Some(prefixes)) => Ok(Tags::Prefixes(texts(prefixes)?)),
            (None, None) => Err(missing(&["tagPatternList"])),
            (Some(_), Some(_)) => Err("tagPatternList and tagPrefixList exclude each other".to_owned()),
        },
        status if patterns.is_some() || prefixes.is_some() => {
            Err(format!("tagPatternList and tagPrefixList cannot be set with tagStatus {status}"))
        }
        "untagged" => Ok(Tags::Untagged),
        _ => Ok(Tags::Any),
    }
}

/// `countType` with its number and unit, and what it can be combined with.
fn count(selection: &Map<String, Value>, archived: bool, expires: bool) -> Result<(), String> {
    const TYPES: &[&str] =
        &["imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"];
    let kind = word(&selection["countType"], TYPES)?;
    let number = positive(&selection["countNumber"])?;
    match (kind, selection.get("countUnit")) {
        ("imageCountMoreThan", None) => {}
        ("imageCountMoreThan", Some(_)) => {
            return Err("countUnit cannot be set with imageCountMoreThan".to_owned());
        }
        (_, Some(unit)) => drop(word(unit, &["days"])?),
        (_, None) => return Err(missing(&["countUnit"])),
    }
    let transitioned = kind == "sinceImageTransitioned";
    if transitioned != archived {
        return Err("storageClass archive and countType sinceImageTransitioned require each other".to_owned());
    }
    if transitioned && (!expires || number < LEAST_DAYS_ARCHIVED) {
        return Err(format!("archived images can expire only, after at least {LEAST_DAYS_ARCHIVED} days"));
    }
    if kind == "sinceImagePulled" && expires {
        return Err("countType sinceImagePulled requires the action type transition".to_owned());
    }
    Ok(())
}

/// Checks for rules that are valid on their own and conflict with each other.
fn together(rules: &[Rule]) -> Result<(), String> {
    for (at, rule) in rules.iter().enumerate() {
        let others = || rules.iter().enumerate().filter(move |(other, _)| *other != at).map(|(_, rule)| rule);
        if others().any(|other| other.priority == rule.priority) {
            return Err(format!("rulePriority {} is used more than once", rule.priority));
        }
        let mut same_class = others().filter(|other| other.archived == rule.archived);
        let wrong = match &rule.tags {
            Tags::Any => same_class.any(|other| other.priority > rule.priority),
            Tags::Untagged => same_class.any(|other| matches!(other.tags, Tags::Untagged)),
            Tags::Prefixes(own) => {
                same_class.any(|other| matches!(&other.tags, Tags::Prefixes(set) if set == own))
            }
            Tags::Patterns => false,
        };
        if wrong {
            return Err(match rule.tags {
                Tags::Any => "a rule with tagStatus any must have the highest rulePriority".to_owned(),
                Tags::Untagged => "only one rule can have tagStatus untagged".to_owned(),
                _ => "a tagPrefixList can be used in one rule only".to_owned(),
            });
        }
    }
    Ok(())
}

fn object(value: &Value) -> Result<&Map<String, Value>, String> {
    value.as_object().ok_or_else(|| not_a("object", value))
}

fn only(object: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    let unknown: Vec<&String> = object.keys().filter(|key| !known.contains(&key.as_str())).collect();
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "object instance has properties which are not allowed by the schema: {}",
            json!(unknown)
        )),
    }
}

fn required(object: &Map<String, Value>, names: &[&str]) -> Result<(), String> {
    let absent: Vec<&str> = names.iter().copied().filter(|name| !object.contains_key(*name)).collect();
    if absent.is_empty() { Ok(()) } else { Err(missing(&absent)) }
}

fn missing(names: &[&str]) -> String {
    format!("object has missing required properties ({})", json!(names))
}

fn word<'a>(value: &'a Value, words: &[&str]) -> Result<&'a str, String> {
    let text = value.as_str().ok_or_else(|| not_a("string", value))?;
    match words.contains(&text) {
        true => Ok(text),
        false => Err(format!(
            "instance value ({}) not found in enum (possible values: {})",
            json!(text),
            json!(words)
        )),
    }
}

fn positive(value: &Value) -> Result<i64, String> {
    let number = value.as_i64().ok_or_else(|| not_a("integer", value))?;
    match number {
        1.. => Ok(number),
        _ => {
            Err(format!("numeric instance is lower than the required minimum (minimum: 1, found: {number})"))
        }
    }
}

/// A list of at least one text, none of them empty.
fn texts(value: &Value) -> Result<BTreeSet<String>, String> {
    let list = value.as_array().ok_or_else(|| not_a("array", value))?;
    if list.is_empty() {
        return Err(
            "array is too short: must have at least 1 elements but instance has 0 elements".to_owned()
        );
    }
    list.iter()
        .map(|value| match value.as_str() {
            Some("") => Err("string \"\" is too short (length: 0, required minimum: 1)".to_owned()),
            Some(text) => Ok(text.to_owned()),
            None => Err(not_a("string", value)),
        })
        .collect()
}

fn not_a(wanted: &str, value: &Value) -> String {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    format!(
        "instance type ({found}) does not match any allowed primitive type (allowed: {})",
        json!([wanted])
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(selection: Value, action: Value) -> Value {
        json!({"rulePriority": 1, "selection": selection, "action": action})
    }

    fn checked(rules: Value) -> Result<(), String> {
        check(&json!({ "rules": rules }).to_string())
    }

    fn newest(status: &str) -> Value {
        json!({"tagStatus": status, "countType": "imageCountMoreThan", "countNumber": 1})
    }

    fn expire() -> Value {
        json!({"type": "expire"})
    }

    #[test]
    fn what_the_parameters_page_shows_is_taken() {
        let tagged = json!({"tagStatus": "tagged", "tagPatternList": ["prod*", "*.*"],
            "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14});
        let pulled = json!({"tagStatus": "any", "countType": "sinceImagePulled", "countUnit": "days", "countNumber": 90});
        let archived = json!({"tagStatus": "any", "storageClass": "archive",
            "countType": "sinceImageTransitioned", "countUnit": "days", "countNumber": 90});
        let transition = json!({"type": "transition", "targetStorageClass": "archive"});
        assert_eq!(checked(json!([of(tagged, expire())])), Ok(()));
        assert_eq!(checked(json!([of(pulled, transition)])), Ok(()));
        assert_eq!(checked(json!([of(archived, expire())])), Ok(()));
    }

    #[test]
    fn shapes_are_refused_in_the_services_words() {
        let with = |key: &str, value: Value| {
            let mut selection = newest("any");
            selection[key] = value;
            checked(json!([of(selection, expire())])).unwrap_err()
        };
        assert_eq!(check("nothing").unwrap_err(), "Could not map policyString into LifecyclePolicy.");
        assert_eq!(check("{}").unwrap_err(), r#"object has missing required properties (["rules"])"#);
        assert_eq!(
            with("colour", json!("red")),
            r#"object instance has properties which are not allowed by the schema: ["colour"]"#
        );
        assert_eq!(
            with("countNumber", json!(0)),
            "numeric instance is lower than the required minimum (minimum: 1, found: 0)"
        );
        assert_eq!(
            with("countNumber", json!("1")),
            r#"instance type (string) does not match any allowed primitive type (allowed: ["integer"])"#
        );
        assert_eq!(
            with("tagStatus", json!("all")),
            r#"instance value ("all") not found in enum (possible values: ["tagged","untagged","any"])"#
        );
        assert_eq!(with("countUnit", json!("days")), "countUnit cannot be set with imageCountMoreThan");
        let many: Vec<Value> = (0..51).map(|_| of(newest("any"), expire())).collect();
        assert!(checked(json!(many)).unwrap_err().starts_with("array is too long"));
        assert!(checked(json!([])).unwrap_err().starts_with("array is too short"));
    }

    #[test]
    fn parts_that_do_not_go_together_are_refused() {
        let refused = |selection: Value, action: Value, text: &str| {
            let problem = checked(json!([of(selection, action)])).unwrap_err();
            assert!(problem.contains(text), "{problem}");
        };
        refused(newest("tagged"), expire(), "tagPatternList");
        let mut any = newest("any");
        any["tagPrefixList"] = json!(["a"]);
        refused(any, expire(), "tagStatus any");
        let mut both = newest("tagged");
        (both["tagPrefixList"], both["tagPatternList"]) = (json!(["a"]), json!(["a*"]));
        refused(both, expire(), "exclude each other");
        let mut stars = newest("tagged");
        stars["tagPatternList"] = json!(["*a*b*c*d*"]);
        refused(stars, expire(), "at most 4");
        refused(newest("any"), json!({"type": "transition"}), "targetStorageClass");
        refused(newest("any"), json!({"type": "expire", "targetStorageClass": "archive"}), "transition");
        let mut archive = newest("any");
        archive["storageClass"] = json!("archive");
        refused(archive, expire(), "sinceImageTransitioned");
        let pulled = json!({"tagStatus": "any", "countType": "sinceImagePulled", "countUnit": "days", "countNumber": 9});
        refused(pulled, expire(), "transition");
        let soon = json!({"tagStatus": "any", "storageClass": "archive",
            "countType": "sinceImageTransitioned", "countUnit": "days", "countNumber": 89});
        refused(soon, expire(), "90 days");
    }

    #[test]
    fn rules_are_held_against_each_other() {
        let at = |priority: u32, selection: Value| {
            let mut rule = of(selection, expire());
            rule["rulePriority"] = json!(priority);
            rule
        };
        let prefix = |prefix: &str| {
            let mut selection = newest("tagged");
            selection["tagPrefixList"] = json!([prefix]);
            selection
        };
        assert!(checked(json!([at(1, newest("any")), at(2, prefix("a"))])).unwrap_err().contains("highest"));
        assert!(
            checked(json!([at(2, newest("any")), at(2, prefix("a"))]))
                .unwrap_err()
                .contains("more than once")
        );
        assert!(
            checked(json!([at(1, prefix("a")), at(2, prefix("a"))])).unwrap_err().contains("one rule only")
        );
        assert!(
            checked(json!([at(1, newest("untagged")), at(2, newest("untagged"))]))
                .unwrap_err()
                .contains("only one rule")
        );
        assert_eq!(checked(json!([at(1, prefix("a")), at(2, prefix("b")), at(3, newest("any"))])), Ok(()));
    }
}
