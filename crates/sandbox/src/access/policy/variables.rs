//! Policy variables: `${aws:username}`, with a default `${aws:username, 'nobody'}`, and `${*}`, `${?}` and
//! `${$}` for the characters themselves (IAM user guide, "IAM policy elements: Variables and tags").

use serde_json::Value;

use super::Request;

/// Stand for `*` and `?` in a pattern that means the characters. No name has characters of private use.
const STAR: char = '\u{e000}';
const QUESTION_MARK: char = '\u{e001}';

/// The character that a pattern's character stands for.
pub(super) fn literal(c: char) -> char {
    match c {
        STAR => '*',
        QUESTION_MARK => '?',
        other => other,
    }
}

/// Whether `${…}` is a variable in the policy; in the version of 2008 it is text.
pub(super) fn are_meant(document: &Value) -> bool {
    document.get("Version").and_then(Value::as_str) == Some("2012-10-17")
}

/// The pattern with its variables filled in; `None` if the request has no value for one.
pub(super) fn filled(pattern: &str, request: &Request<'_>) -> Option<String> {
    let mut found = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        found.push_str(before);
        let (inside, after) = after.split_once('}')?;
        rest = after;
        match inside.trim() {
            "*" => found.push(STAR),
            "?" => found.push(QUESTION_MARK),
            "$" => found.push('$'),
            variable => {
                let (key, default) = match variable.split_once(',') {
                    Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
                    None => (variable, None),
                };
                found.push_str(request.key(key).flatten().or(default)?);
            }
        }
    }
    found.push_str(rest);
    Some(found)
}

impl Request<'_> {
    /// The value of a condition key, in any case: `None` for a key that the sandbox does not have,
    /// `Some(None)` for one that this request does not have.
    pub(super) fn key(&self, key: &str) -> Option<Option<&str>> {
        let key = key.to_ascii_lowercase();
        let own = self.keys.iter().find(|(name, _)| *name == key).map(|(_, value)| Some(*value));
        let known = ["sts:externalid", "sts:rolesessionname", "iam:awsservicename"];
        own.or_else(|| self.principal.key(&key)).or_else(|| known.contains(&key.as_str()).then_some(None))
    }
}

#[cfg(test)]
mod tests {
    use longshore_names::Partition;

    use super::*;
    use crate::access::policy::{Principal, wildcard};

    #[test]
    fn variables_are_filled_in_and_characters_stand_for_themselves() {
        let dev = Principal::account(&"111122223333".parse().unwrap(), Partition::Aws);
        let keys = [("sts:externalid", "partner")];
        let request = Request { keys: &keys, ..Request::new(&dev, "sts:AssumeRole", "*") };
        let of = |pattern: &str| filled(pattern, &request);
        assert_eq!(of("a/${aws:PrincipalAccount}/*").as_deref(), Some("a/111122223333/*"));
        assert_eq!(of("${sts:ExternalId}").as_deref(), Some("partner"));
        assert_eq!(of("${aws:username}"), None, "an account has no such name");
        assert_eq!(of("${aws:username, 'nobody'}").as_deref(), Some("nobody"));
        assert_eq!(of("${aws:username"), None);
        assert_eq!(of("${$}{x}").as_deref(), Some("${x}"));
        let star = of("a${*}").unwrap();
        assert!(wildcard(&star, "a*", false) && !wildcard(&star, "ab", false));
    }
}
