//! Lifecycle policies as they are pasted and saved.

use std::fs;

use longshore_policy::{
    lifecycle::{Lint, lint, lint_bytes},
    paste::Wrapping,
};

use super::*;
use crate::common::told;

const RULE: &str = r#"{"rulePriority":1,"selection":{"tagStatus":"tagged","tagPrefixList":["prod"],"countType":"imageCountMoreThan","countNumber":10},"action":{"type":"expire"}}"#;

fn plain() -> String {
    format!(r#"{{"rules":[{RULE}]}}"#)
}

fn file(name: &str) -> Lint {
    let path = format!("{}/tests/pasted/policies/{name}", env!("CARGO_MANIFEST_DIR"));
    lint_bytes(&fs::read(path).unwrap())
}

/// `LINE:COLUMN E code`, one for each finding that is not a note.
fn placed(lint: &Lint) -> Vec<String> {
    let all = lint.findings.iter().zip(told(&lint.findings));
    let all = all.map(|(finding, told)| {
        let at = finding.position.unwrap();
        format!("{}:{} {}", at.line, at.column, told.split('@').next().unwrap())
    });
    all.filter(|line| !line.contains(" N ")).collect()
}

/// The findings about a policy with these rules, in which something is wrong.
fn found(rules: Vec<Value>) -> Vec<(String, Option<String>)> {
    let lint = lint(&policy(rules.into()).pretty());
    lint.findings.into_iter().map(|finding| (finding.text, finding.hint)).collect()
}

fn only(rules: Vec<Value>) -> (String, String) {
    let mut all = found(rules);
    assert_eq!(all.len(), 1, "{all:?}");
    let (text, hint) = all.remove(0);
    (text, hint.unwrap_or_default())
}

/// The policy in every wrapping, and the wrappings that are removed.
fn wrapped() -> Vec<(&'static str, String, Vec<Wrapping>)> {
    use Wrapping as W;
    let plain = plain();
    let escaped = Value::from(plain.as_str()).to_string();
    let pretty = policy(json!([serde_json::from_str::<Value>(RULE).unwrap()])).pretty();
    let hcl = |policy: &str| {
        format!(
            "resource \"aws_ecr_lifecycle_policy\" \"x\" {{\n  repository = aws_ecr_repository.x.name\n\n  policy = {policy}\n}}\n"
        )
    };
    let object = "{\n    rules = [{\n      rulePriority = 1\n      selection = {\n        tagStatus = \"tagged\"\n        \
                  tagPrefixList = [\"prod\"]\n        countType = \"imageCountMoreThan\"\n        countNumber = 10\n      }\n      \
                  action = { type = \"expire\" }\n    }]\n  }";
    let document = "data \"aws_ecr_lifecycle_policy_document\" \"x\" {\n  rule {\n    priority = 1\n    selection {\n      \
                    tag_status = \"tagged\"\n      tag_prefix_list = [\"prod\"]\n      count_type = \"imageCountMoreThan\"\n      \
                    count_number = 10\n    }\n    action {\n      type = \"expire\"\n    }\n  }\n}\n";
    let with_document = format!("{document}\n{}", hcl("data.aws_ecr_lifecycle_policy_document.x.json"));
    let cloudformation = |text: &str| {
        format!(
            "Resources:\n  Repository:\n    Type: AWS::ECR::Repository\n    Properties:\n      RepositoryName: app\n      \
             RepositoryPolicyText: {{Version: '2012-10-17', Statement: []}}\n      LifecyclePolicy:\n        \
             LifecyclePolicyText: {text}\n"
        )
    };
    let template = format!(
        "Resources:\n  T:\n    Type: AWS::ECR::RepositoryCreationTemplate\n    Properties:\n      Prefix: app\n      LifecyclePolicy: '{plain}'\n"
    );
    let yaml = "rules:\n- rulePriority: 1\n  selection:\n    tagStatus: tagged\n    tagPrefixList: [prod]\n    \
                countType: imageCountMoreThan\n    countNumber: 10\n  action:\n    type: expire\n";
    let call = "aws ecr put-lifecycle-policy --repository-name app --region us-west-2 --profile dev --lifecycle-policy-text";
    vec![
        ("a command", format!("{call} '{plain}'"), vec![W::Command]),
        (
            "a preview",
            format!("{call} '{plain}'").replace("put-", "start-").replace("-policy --", "-policy-preview --"),
            vec![W::Command],
        ),
        (
            "a here-document",
            format!("cat > p.json <<'EOF'\n{pretty}\nEOF\n{call} file://p.json\n"),
            vec![W::Command],
        ),
        ("a heredoc of Terraform", hcl(&format!("<<EOF\n{pretty}\nEOF")), vec![W::Terraform]),
        ("jsonencode", hcl(&format!("jsonencode({object})")), vec![W::Terraform]),
        ("jsonencode alone", format!("jsonencode({object})"), vec![W::Terraform]),
        ("a data source", document.to_owned(), vec![W::Terraform]),
        ("a data source and its use", with_document, vec![W::Terraform]),
        (
            "Terraform's JSON",
            json!({"resource": {"aws_ecr_lifecycle_policy": {"x": {"repository": "app", "policy": plain}}}})
                .to_string(),
            vec![W::Terraform, W::JsonText],
        ),
        (
            "a template",
            cloudformation(&format!("|\n          {plain}")),
            vec![W::CloudFormation, W::JsonText, W::Yaml],
        ),
        (
            "a template with a function",
            cloudformation(&format!("!Sub '{plain}'")),
            vec![W::CloudFormation, W::Yaml],
        ),
        ("a creation template", template, vec![W::CloudFormation, W::JsonText, W::Yaml]),
        (
            "properties",
            json!({"LifecyclePolicy": {"LifecyclePolicyText": plain}}).to_string(),
            vec![W::CloudFormation, W::JsonText],
        ),
        (
            "output",
            json!({"registryId": "111122223333", "repositoryName": "app", "lifecyclePolicyText": plain})
                .to_string(),
            vec![W::Answer, W::JsonText],
        ),
        ("output as text", format!("{plain}\t111122223333\tapp\n"), vec![W::Answer]),
        ("a string", escaped, vec![W::JsonText]),
        ("YAML", yaml.to_owned(), vec![W::Yaml]),
        ("Markdown", format!("We keep ten:\n\n```json\n{pretty}\n```\n\nThanks\n"), vec![W::Markdown]),
        ("a quotation", pretty.lines().map(|line| format!("> {line}\n")).collect(), vec![W::Markdown]),
        ("a byte order mark", format!("\u{feff}{pretty}"), vec![W::Encoding]),
        ("itself", pretty, Vec::new()),
    ]
}

#[test]
fn a_policy_is_taken_out_of_what_it_was_pasted_with() {
    for (name, text, wrappings) in wrapped() {
        let found = lint(&text);
        assert_eq!(placed(&found), Vec::<String>::new(), "{name}");
        assert_eq!(found.unwrapped, wrappings, "{name}");
        assert_eq!((found.found, found.rules()), (1, 1), "{name}");
        assert_eq!(found.policies[0].to_text(), plain(), "{name}");
    }
}

#[test]
fn a_finding_points_into_the_pasted_text_whatever_is_around_the_policy() {
    for (name, text, _) in wrapped() {
        // In the last place, since commands name the repository before it.
        let (before, after) = text.rsplit_once("10").unwrap();
        let found = lint(&format!("{before}0{after}"));
        let [line] = placed(&found).try_into().unwrap_or_else(|all| panic!("{name}: {all:?}"));
        assert!(line.ends_with("E lifecycle-number"), "{name}: {line}");
        let number = before.matches('\n').count() + 1;
        // A heredoc and a block scalar are on the line of the policy; escapes have no lines.
        assert_eq!(line.split(':').next(), Some(&*number.to_string()), "{name}: {line}\n{text}");
    }
}

#[test]
fn utf_16_is_read_and_another_encoding_is_told_with_its_place() {
    let units = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(units(&plain())).collect();
    let found = lint_bytes(&utf16);
    assert_eq!((found.unwrapped.as_slice(), found.rules()), (&[Wrapping::Encoding][..], 1));
    let found = lint_bytes(b"{\n  \"a\xff\": 1}");
    assert_eq!((found.found, placed(&found)), (0, vec!["2:5 E text-encoding".to_owned()]));
}

#[test]
fn what_terraform_modules_write_for_absent_values_is_refused_by_ecr() {
    let all = |name| placed(&file(name));
    assert_eq!(all("03a-null-target.json"), ["16:10 E lifecycle-null"]);
    assert_eq!(all("03b-null-lists.json"), ["8:10 E lifecycle-null", "9:10 E lifecycle-null"]);
    assert_eq!(all("03c-null-unit.json"), ["9:10 E lifecycle-null"]);
    assert_eq!(all("03d-unit-with-count.json"), ["9:10 E lifecycle-unit"]);
    assert_eq!(all("18-two-prefixes.json"), ["8:10 W lifecycle-all-tags"]);
}

#[test]
fn a_text_without_a_policy_is_nothing_to_check() {
    for (text, code) in [
        ("", "json-invalid"),
        ("hello", "json-invalid"),
        ("{}", "document-shape"),
        (r#"{"rules":[{"rulePriority":1,"#, "json-invalid"),
        (r#"{"Version":"2012-10-17","Statement":[]}"#, "not-a-lifecycle-policy"),
        (
            r#"{"rules":[{"destinations":[{"region":"us-west-2","registryId":"111122223333"}]}]}"#,
            "not-a-lifecycle-policy",
        ),
        (
            "aws ecr put-lifecycle-policy --repository-name app --lifecycle-policy-text file://p.json",
            "document-in-file",
        ),
    ] {
        let found = lint(text);
        let codes: Vec<&str> = found.findings.iter().filter(|f| f.is_error()).map(|f| f.code).collect();
        assert_eq!((found.found, codes), (0, vec![code]), "{text}");
    }
}

#[test]
fn a_policy_of_the_wrong_shape_is_one_all_the_same() {
    assert_eq!(placed(&lint(r#"{"rules":{}}"#)), ["1:3 E document-shape"]);
    let empty = lint(r#"{"rules":[]}"#);
    assert_eq!(placed(&empty), ["1:1 E lifecycle-too-short", "1:3 E lifecycle-empty"]);
    let bare = lint(&format!("[{RULE}]"));
    assert_eq!((placed(&bare), bare.rules()), (vec!["1:1 W lifecycle-bare-rules".to_owned()], 1));
    assert_eq!(lint(RULE).policies, bare.policies);
    let object = "Resources:\n  R:\n    Type: AWS::ECR::Repository\n    Properties:\n      LifecyclePolicy:\n        \
                  LifecyclePolicyText:\n          rules: [{rulePriority: 1, selection: {tagStatus: any, countType: imageCountMoreThan, countNumber: 3}, action: {type: expire}}]\n";
    assert_eq!(placed(&lint(object)), ["7:11 E lifecycle-not-text"]);
}

#[test]
fn values_that_are_elsewhere_are_told_once_and_do_not_matter_in_a_description() {
    let text = "policy = jsonencode({\n  rules = [{\n    rulePriority = 1\n    description = \"keep ${var.keep}\"\n    \
                selection = { tagStatus = \"any\", countType = \"imageCountMoreThan\", countNumber = var.keep }\n    \
                action = { type = \"expire\" }\n  }]\n})\n";
    assert_eq!(placed(&lint(text)), ["4:25 E variable-unreadable"], "one variable is told once");
    let text = text.replace("countNumber = var.keep", "countNumber = 5");
    let lint = lint(&text);
    assert_eq!((placed(&lint), lint.findings.len()), (Vec::new(), 2), "the wrapping and the variable");
}

#[test]
fn several_policies_of_a_text_are_all_checked() {
    let one =
        format!("resource \"aws_ecr_lifecycle_policy\" \"a\" {{\n  policy = jsonencode({})\n}}\n", plain());
    let found =
        lint(&format!("{one}{}", one.replace("\"prod\"", "\"prod\", \"dev\"").replace("\"a\"", "\"b\"")));
    assert_eq!((found.found, found.rules()), (2, 2));
    assert_eq!(placed(&found), ["5:86 W lifecycle-all-tags"]);
}

#[test]
fn a_rule_that_earlier_rules_leave_nothing_for_never_applies() {
    let never = |rules: Vec<Value>| {
        let rules: Vec<Value> = rules.into_iter().collect();
        let all = found(rules).into_iter().map(|(text, _)| text);
        all.filter(|text| text.starts_with("The rule never applies")).count()
    };
    let keep = |priority, status| count(priority, status, 5);
    for (shadowed, first, second) in [
        (true, prefixes(&["prod"]), prefixes(&["prod-eu"])),
        (true, prefixes(&["prod"]), patterns(&["prod-*"])),
        (true, patterns(&["*"]), prefixes(&["v"])),
        (true, patterns(&["*prod*"]), patterns(&["eu-prod-*-x"])),
        (true, patterns(&["v*"]), patterns(&["v1*", "*-rc"])),
        (false, prefixes(&["prod-eu"]), prefixes(&["prod"])),
        (false, patterns(&["v*", "*-rc"]), patterns(&["v*"])),
        (false, prefixes(&["a"]), prefixes(&["b"])),
        (false, untagged(), patterns(&["*"])),
        (false, patterns(&["*"]), any()),
    ] {
        let rules = vec![keep(1, first.clone()), keep(2, second.clone())];
        assert_eq!(never(rules), usize::from(shadowed), "{first} {second}");
        // The order of the document does not count.
        let rules = vec![keep(2, second.clone()), keep(1, first.clone())];
        assert_eq!(never(rules), usize::from(shadowed), "{second} {first}");
    }
    assert_eq!(never(vec![keep(1, untagged()), keep(2, patterns(&["*"])), keep(3, any())]), 1);
    let (text, hint) = only(vec![keep(3, prefixes(&["prod"])), keep(7, prefixes(&["prod-eu"]))]);
    assert!(text.contains("`rules[0]` (priority 3) comes first"), "{text}");
    assert!(hint.contains("below 3"), "{hint}");
}

#[test]
fn a_tag_that_cannot_exist_and_a_slip_are_told_with_what_to_write() {
    let keep = |status| vec![count(1, status, 5)];
    let (text, hint) = only(keep(patterns(&["v[0-9]+"])));
    assert_eq!(text, "No tag can match `v[0-9]+`: no tag has the character `[`.");
    assert!(hint.starts_with("Only `*` has a meaning"), "{hint}");
    assert!(only(keep(prefixes(&["feature/"]))).0.contains("no tag has the character `/`"));
    assert!(only(keep(prefixes(&["release*"]))).0.contains("taken literally"));
    let slip = |change: &dyn Fn(&mut Value)| {
        let mut rule = count(1, untagged(), 5);
        change(&mut rule);
        found(vec![rule]).into_iter().map(|(_, hint)| hint.unwrap_or_default()).next().unwrap()
    };
    assert_eq!(slip(&|rule| rule["selection"]["countnumber"] = 5.into()), "Did you mean `countNumber`?");
    assert_eq!(slip(&|rule| rule["enabled"] = true.into()), "Remove the field.");
    assert_eq!(slip(&|rule| rule["action"]["type"] = "Expire".into()), "Did you mean `expire`?");
    assert_eq!(
        slip(&|rule| rule["selection"]["countType"] = "imageCountMore".into()),
        "Did you mean `imageCountMoreThan`?"
    );
}

#[test]
fn a_rule_for_all_images_that_leaves_next_to_nothing_is_a_warning() {
    assert_eq!(only(vec![count(1, any(), 1)]).0, "Only the newest image is kept; all others are deleted.");
    assert!(only(vec![age(1, any(), 1)]).0.starts_with("Images older than a day are deleted"));
    let lint = lint(&policy(json!([age(1, any(), 30)])).pretty());
    assert_eq!(placed(&lint), Vec::<String>::new());
    assert_eq!(lint.findings[0].code, "lifecycle-all-images", "a note");
}

#[test]
fn a_file_that_is_sent_as_it_is_counts_with_its_whitespace() {
    let rules: Vec<Value> = (1..=50).map(|i| count(i, prefixes(&[&format!("p{i:02}-")]), 5)).collect();
    let pretty = policy(rules.into()).pretty();
    let wide = pretty.replace("  ", "            ");
    assert!(wide.len() > 30_720 && pretty.len() < 30_720);
    assert_eq!(placed(&lint(&pretty)), Vec::<String>::new());
    assert_eq!(placed(&lint(&wide)), ["1:1 W lifecycle-too-long"]);
}

#[test]
fn an_invisible_character_is_told_where_it_counts() {
    let text = plain().replace("prod", "pr\u{200b}od");
    let found = placed(&lint(&text));
    assert!(found.contains(&"1:83 E invisible-character".to_owned()), "{found:?}");
}

#[test]
fn hostile_texts_end() {
    let much = 300_000;
    for text in [
        "[".repeat(much),
        "{\"rules\":".repeat(much / 9),
        format!("{{\"rules\":[{}]}}", vec!["null"; much / 5].join(",")),
        format!("{{\"rules\":[{}]}}", vec![RULE; 4_000].join(",")),
        "`".repeat(much),
        "aws ecr put-lifecycle-policy --lifecycle-policy-text '".repeat(much / 60),
        "jsonencode(".repeat(much / 11),
        format!("{{\"rules\":[{}]}}", RULE.replace("\"prod\"", &vec!["\"p*\""; 20_000].join(","))),
        "x".repeat(2 << 20),
    ] {
        assert!(!lint(&text).findings.is_empty());
    }
}
