//! Whether a text is a command line.

use std::sync::OnceLock;

use regex::Regex;

use super::text::Text;

/// A call of the AWS CLI, or a here-document or variable that one would take.
pub(super) fn looks_like_one(text: &Text) -> bool {
    static CALL: OnceLock<Option<Regex>> = OnceLock::new();
    static BEGINS: OnceLock<Option<Regex>> = OnceLock::new();
    let call = r"(?m)(^|[\s;&|('`/])aws(\.exe|-cli)?[\s^`\\]+(--\S+[\s^`\\]+(\S+[\s^`\\]+)?)*(ecr|ecr-public|iam|s3api|secretsmanager|sts|cloudformation)[\s^`\\]";
    let begins = r#"(?m)^\s*([$%>❯]\s+)?(cat\b.*<<|tee\b.*<<|export\s+\w+=|set\s+\w+=|\w+=('|"|\$\()|\$\w+\s*=\s*@?['"])"#;
    let text = text.to_string();
    let fits = |cell: &'static OnceLock<Option<Regex>>, pattern: &str| {
        cell.get_or_init(|| Regex::new(pattern).ok()).as_ref().is_some_and(|regex| regex.is_match(&text))
    };
    fits(&CALL, call) || fits(&BEGINS, begins)
}
