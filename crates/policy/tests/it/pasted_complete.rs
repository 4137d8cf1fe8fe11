//! Pasted texts that easily lose a part: several documents, repeated blocks, long numbers.

use longshore_policy::registry_policy::check_pasted;
use serde_json::{Value, json};

use crate::{
    common::{prod, told},
    pasted_whole::allow_and_deny,
};

#[test]
fn the_second_document_of_a_yaml_text_is_not_passed_over_in_silence() {
    let policy: Value = serde_json::from_str(&allow_and_deny()).unwrap();
    let document = |statement: &Value| format!("---\nVersion: '2012-10-17'\nStatement:\n  - {statement}\n");
    let text = format!("{}{}", document(&policy["Statement"][0]), document(&policy["Statement"][1]));
    let checked = check_pasted(&text, &prod());
    assert!(
        told(&checked.findings).contains(&"W several-documents".to_owned()),
        "{:?}",
        told(&checked.findings)
    );
    assert_eq!(checked.document.unwrap().statements()[0].sid.as_deref(), Some("FromDev"));
}

#[test]
fn two_terraform_conditions_of_one_test_and_key_are_joined() {
    let condition = |values: &str| {
        format!(
            "    condition {{\n      test = \"StringEquals\"\n      variable = \"aws:PrincipalOrgID\"\n      \
             values = {values}\n    }}\n"
        )
    };
    let principals = |identifiers: &str| {
        format!("    principals {{\n      type = \"AWS\"\n      identifiers = {identifiers}\n    }}\n")
    };
    let text = format!(
        "data \"aws_iam_policy_document\" \"x\" {{\n  statement {{\n    sid = \"A\"\n    actions = \
         [\"ecr:ReplicateImage\"]\n    resources = [\"*\"]\n{}{}{}{}  }}\n}}\n",
        condition("[\"o-1\"]"),
        condition("[\"o-2\", \"o-3\"]"),
        principals("\"111122223333\""),
        principals("[\"222233334444\"]"),
    );
    let checked = check_pasted(&text, &prod());
    let statement = checked.document.unwrap().to_value()["Statement"][0].clone();
    assert_eq!(
        statement["Condition"],
        json!({ "StringEquals": { "aws:PrincipalOrgID": ["o-1", "o-2", "o-3"] } })
    );
    assert_eq!(statement["Principal"], json!({ "AWS": ["111122223333", "222233334444"] }));
}

#[test]
fn a_number_is_written_in_the_fixed_version_as_it_was_pasted() {
    for number in ["1.10", "1.0", "12345678901234567890123", "1e5", "7"] {
        let text = allow_and_deny().replacen(
            "\"Sid\": \"NotProd\",",
            &format!("\"Condition\": {{\"NumericEquals\": {{\"aws:MultiFactorAuthAge\": {number}}}}},"),
            1,
        );
        let fixed = check_pasted(&text, &prod()).mended.unwrap();
        assert!(
            fixed.pretty().contains(&format!("\"aws:MultiFactorAuthAge\": {number}\n")),
            "{}",
            fixed.pretty()
        );
        let terraform = format!(
            "resource \"aws_ecr_registry_policy\" \"x\" {{\n  policy = jsonencode({})\n}}\n",
            text.replace("1e5", "7")
        );
        let number = if number == "1e5" { "7" } else { number };
        let fixed = check_pasted(&terraform, &prod()).mended.unwrap();
        assert!(
            fixed.pretty().contains(&format!("\"aws:MultiFactorAuthAge\": {number}\n")),
            "{}",
            fixed.pretty()
        );
    }
}
