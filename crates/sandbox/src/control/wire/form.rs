//! Forms of AWS Query.

use std::{cell::RefCell, collections::BTreeSet};

/// A decoded form.
pub(in crate::control) struct Form {
    pairs: Vec<(String, String)>,
    read: RefCell<BTreeSet<String>>,
}

impl Form {
    /// Decodes `application/x-www-form-urlencoded`.
    pub(in crate::control) fn parse(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let decode = |part: &str| {
            let spaced = part.replace('+', " ");
            String::from_utf8_lossy(&urlencoding::decode_binary(spaced.as_bytes())).into_owned()
        };
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Self { pairs: pairs.collect(), read: RefCell::default() }
    }

    /// One parameter, if it was sent.
    pub(in crate::control) fn get(&self, name: &str) -> Option<&str> {
        self.read.borrow_mut().insert(name.to_owned());
        self.pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The items of a list: `Name.member.1` and so on.
    pub(in crate::control) fn members(&self, name: &str) -> Vec<String> {
        (1..).map_while(|n| self.get(&format!("{name}.member.{n}")).map(str::to_owned)).collect()
    }

    /// Whether a parameter begins so.
    pub(in crate::control) fn has_prefix(&self, prefix: &str) -> bool {
        self.pairs.iter().any(|(name, _)| name.starts_with(prefix))
    }

    /// The parameters that were not read, as members of the model: `Tags.member.1.Key` is
    /// `Tags[].Key`.
    pub(in crate::control) fn unread(&self) -> BTreeSet<String> {
        let read = self.read.borrow();
        let unread = self.pairs.iter().map(|(name, _)| name).filter(|name| !read.contains(*name));
        unread.map(|name| member(name)).collect()
    }
}

fn member(parameter: &str) -> String {
    let mut path = String::new();
    let mut parts = parameter.split('.').peekable();
    while let Some(part) = parts.next() {
        let numbered = |next: &&str| next.bytes().all(|b| b.is_ascii_digit());
        if part == "member" && parts.next_if(numbered).is_some() {
            if parts.peek().is_some() {
                path.push_str("[]");
            }
            continue;
        }
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(part);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_named_as_members_of_the_model() {
        for (parameter, expected) in [
            ("ExternalId", "ExternalId"),
            ("Tags.member.12.Key", "Tags[].Key"),
            ("TransitiveTagKeys.member.1", "TransitiveTagKeys"),
            ("member.x", "member.x"),
        ] {
            assert_eq!(member(parameter), expected);
        }
    }
}
