//! A policy that is offered for a pasted text contains all of the text.

use longshore_policy::registry_policy::{PasteCheck, check_pasted};
use serde_json::{Value, json};

use crate::common::{DEV, PROD, prod, told};

/// A policy that allows an account everything and denies it a part.
pub(crate) fn allow_and_deny() -> String {
    longshore_policy::pretty(&json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "FromDev", "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{DEV}:root") },
          "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
          "Resource": [format!("arn:aws:ecr:us-west-2:{PROD}:repository/*")] },
        { "Sid": "NotProd", "Effect": "Deny", "Principal": { "AWS": format!("arn:aws:iam::{DEV}:root") },
          "Action": ["ecr:ReplicateImage"],
          "Resource": [format!("arn:aws:ecr:us-west-2:{PROD}:repository/prod/*")] }] }))
}

fn place(checked: &PasteCheck, code: &str) -> (usize, usize) {
    let found = checked.findings.iter().find(|finding| finding.code == code);
    let found = found.unwrap_or_else(|| panic!("no {code} in {:?}", told(&checked.findings)));
    found.position.map(|at| (at.line, at.column)).unwrap_or_default()
}

fn line_of(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).unwrap() + 1
}

#[test]
fn a_policy_with_a_comma_missing_is_not_fixed_into_one_of_its_statements() {
    let whole = allow_and_deny();
    assert_eq!(check_pasted(&whole, &prod()).document.unwrap().statements().len(), 2);
    let broken = whole.replace("\"Effect\": \"Deny\",", "\"Effect\": \"Deny\"");
    let behind = line_of(&broken, "\"Effect\": \"Deny\"") + 1;
    let smart = broken.replacen("\"Version\"", "\u{201c}Version\u{201d}", 1);
    let commented = format!("// from the wiki\n{broken}");
    let plain = broken.replace("\"Version\"", "Version").replace("\"Statement\"", "Statement");
    let texts = [
        ("alone", broken.clone(), behind),
        ("with typographic quotes", smart, behind),
        ("below a comment", commented, behind + 1),
        ("with words around", format!("Please add:\n{broken}\nThank you!"), behind + 1),
        ("in a fence", format!("```json\n{broken}\n```\n"), behind + 1),
        ("in a command", format!("aws ecr put-registry-policy --policy-text '{broken}'"), behind),
        ("with keys without quotes", plain, 0),
        (
            "words, and keys without quotes",
            format!("Use this: {}", broken.replace("\"Version\"", "Version")),
            0,
        ),
        ("in a list of YAML", yaml(), 0),
    ];
    for (name, text, line) in texts {
        let checked = check_pasted(&text, &prod());
        assert_eq!((checked.document, checked.mended), (None, None), "{name}");
        assert!(checked.fixes.is_empty(), "{name}");
        let at = place(&check_pasted(&text, &prod()), "json-invalid").0;
        assert!(line == 0 || at == line, "{name}: line {at}, not {line}");
    }
}

/// YAML whose statements are JSON, the second one broken.
fn yaml() -> String {
    let policy: Value = serde_json::from_str(&allow_and_deny()).unwrap();
    let deny = policy["Statement"][1].to_string().replace("\"Deny\",", "\"Deny\"");
    format!("Version: '2012-10-17'\nStatement:\n  - {}\n  - {deny}\n", policy["Statement"][0])
}

#[test]
fn a_policy_that_was_cut_off_is_not_fixed_into_what_is_left_of_it() {
    let whole = allow_and_deny();
    let deny = whole.find("{\n      \"Sid\": \"NotProd\"").unwrap();
    for (name, text) in [
        ("after the first statement", whole[..deny].to_owned()),
        ("in the second statement", whole[..deny + 60].to_owned()),
        ("words, then cut off", format!("Please add {}", &whole[..deny + 60])),
        ("at the beginning", whole[whole.find("\"Action\"").unwrap()..].to_owned()),
        ("at the beginning, in a word", whole[whole.find("llow\"").unwrap()..].to_owned()),
    ] {
        let checked = check_pasted(&text, &prod());
        assert!(checked.document.is_none() && checked.mended.is_none(), "{name}");
        place(&checked, "json-invalid");
    }
}

#[test]
fn a_list_with_a_statement_that_is_not_recognised_is_not_read_without_it() {
    let policy: Value = serde_json::from_str(&allow_and_deny()).unwrap();
    let (allow, deny) = (&policy["Statement"][0], &policy["Statement"][1]);
    assert_eq!(
        check_pasted(&json!([allow, deny]).to_string(), &prod()).document.unwrap().statements().len(),
        2
    );
    let odd =
        json!({ "Sid": "NotProd", "Efect": "Deny", "Actoin": deny["Action"], "Resource": deny["Resource"] });
    for text in
        [json!([allow, odd]).to_string(), json!([odd, allow]).to_string(), json!([allow, 7]).to_string()]
    {
        let checked = check_pasted(&text, &prod());
        assert!(checked.document.is_none() && checked.mended.is_none(), "{text}");
        assert!(checked.findings.iter().any(longshore_policy::Finding::is_error), "{text}");
    }
}

#[test]
fn a_policy_among_words_and_brackets_is_still_found() {
    let whole = allow_and_deny();
    for text in [
        format!("[ticket 17] Please add {whole} for {{account}}."),
        format!("- [x] done\n- [ ] add this: {whole}"),
        format!("[0m{whole}"),
    ] {
        let checked = check_pasted(&text, &prod());
        assert_eq!(checked.document.unwrap_or_else(|| panic!("{text}")).statements().len(), 2, "{text}");
    }
}

#[test]
fn the_second_policy_among_words_is_not_passed_over_in_silence() {
    let whole = allow_and_deny();
    let two = format!("First {whole} and then {}", whole.replace("FromDev", "FromDev2"));
    assert!(told(&check_pasted(&two, &prod()).findings).contains(&"W several-documents".to_owned()));
    let broken = whole.replace("\"Effect\": \"Deny\",", "\"Effect\": \"Deny\"");
    let blocks = format!("```json\n{whole}\n```\nand\n```json\n{broken}\n```\n");
    let checked = check_pasted(&blocks, &prod());
    assert_eq!(
        place(&checked, "block-unreadable").0,
        whole.lines().count() + 4 + line_of(&broken, "\"Deny\"") + 1
    );
    assert!(checked.document.is_some());
}
