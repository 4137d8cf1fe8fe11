//! Whether a text is a command line.

use std::sync::OnceLock;

use regex::Regex;

use super::text::Text;

/// A call of the AWS CLI, or a here-document or variable for one.
pub(super) fn looks_like_one(text: &Text) -> bool {
    static CALL: OnceLock<Option<Regex>> = OnceLock::new();
    // No Perl classes: this regex is built without Unicode tables.
    let call = r"(?m)(^|[ \t\r\n;&|('`/])aws(\.exe|-cli)?[ \t\r\n^`\\]+(--[^ \t\r\n]+[ \t\r\n^`\\]+([^ \t\r\n]+[ \t\r\n^`\\]+)?)*(ecr|ecr-public|iam|s3api|secretsmanager|sts|cloudformation)[ \t\r\n^`\\]";
    let text = text.to_string();
    CALL.get_or_init(|| Regex::new(call).ok()).as_ref().is_some_and(|regex| regex.is_match(&text))
        || text.lines().any(begins)
}

/// Whether a line begins a here-document or sets a variable to a string.
fn begins(line: &str) -> bool {
    let whole = line.trim_start();
    let line = whole.trim_start_matches(['$', '%', '>', '\u{276f}', ' ']).trim_start();
    let first = line.split_whitespace().next().unwrap_or_default();
    if ["cat", "tee"].contains(&first) {
        return line.contains("<<");
    }
    let assigns = |text: &str| {
        let name: String = text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let rest = &text[name.len()..];
        (!name.is_empty()).then(|| rest.to_owned())
    };
    if ["export", "set"].contains(&first) {
        return assigns(line[first.len()..].trim_start()).is_some_and(|rest| rest.starts_with('='));
    }
    // `NAME='…'`, and PowerShell's `$name = '…'`, whose `$` was removed with the prompts.
    assigns(line).is_some_and(|rest| {
        let value = rest.strip_prefix('=').unwrap_or_default();
        let spaced = rest.trim_start().strip_prefix('=').unwrap_or_default().trim_start();
        let text = |value: &str| {
            value.starts_with(['\'', '"'])
                || value.starts_with("$(")
                || value.starts_with("@'")
                || value.starts_with("@\"")
        };
        text(value) || (rest.starts_with(' ') && text(spaced) && whole.starts_with('$'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_documents() {
        for text in [
            "cat <<EOF > p.json\n{}\nEOF",
            "ACCOUNT=1\ncat <<EOF >policy.json\n{}\nEOF",
            "POLICY='{}'",
            "$policy = @'\n{}\n'@",
            "aws ecr put-registry-policy --policy-text x",
            "$ sudo aws --region us-west-2 ecr get-registry-policy",
        ] {
            assert!(looks_like_one(&Text::new(text)), "{text}");
        }
        for text in ["{\"Version\": 1}", "Resources:\n  A: b", "policy = <<EOF\n{}\nEOF", "hello"] {
            assert!(!looks_like_one(&Text::new(text)), "{text}");
        }
    }
}
