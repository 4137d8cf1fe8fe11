//! Lists of needed images, as people paste them.

use super::Need;
use crate::references::ImageName;

/// More lines than any list has.
const MOST_LINES: usize = 20_000;
/// Lines that are named because they cannot be used.
const MOST_NAMED: usize = 100;

/// What a text lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Images of one of the two registries.
    pub needs: Vec<Need>,
    /// References to other registries; at most 100.
    pub foreign: Vec<String>,
    /// Lines that are no reference, with their numbers from 1; at most 100.
    pub wrong: Vec<(usize, String)>,
    /// Lines of either kind that are not named.
    pub more: usize,
}

/// Reads a list with one reference in each line: `REPOSITORY[:TAG][@DIGEST]`, with or without a host. A line
/// of a manifest counts too: `- image: "host/web:1.4"`. Empty lines and what follows a `#` do not count.
/// `hosts` are those of the two registries.
pub fn read_list(text: &str, hosts: &[&str]) -> Listed {
    let mut found = Listed::default();
    for (index, line) in text.lines().enumerate() {
        if index >= MOST_LINES {
            found.more += 1;
            continue;
        }
        let content = line.split('#').next().unwrap_or_default();
        let bare = reference(content);
        if bare.is_empty() {
            continue;
        }
        add(&mut found, index + 1, bare, hosts);
    }
    found.needs.sort();
    found.needs.dedup();
    found
}

/// Adds one reference to what was found.
fn add(found: &mut Listed, line: usize, text: &str, hosts: &[&str]) {
    let Some(name) = ImageName::parse(text) else {
        let shown: String = text.chars().take(200).collect();
        match found.wrong.len() < MOST_NAMED {
            true => found.wrong.push((line, shown)),
            false => found.more += 1,
        }
        return;
    };
    let is_here = |host: &str| hosts.iter().any(|known| known.eq_ignore_ascii_case(host));
    if name.host.as_deref().is_some_and(|host| !is_here(host)) {
        match found.foreign.len() < MOST_NAMED {
            true => found.foreign.push(text.to_owned()),
            false => found.more += 1,
        }
        return;
    }
    let tag = match (&name.tag, &name.digest) {
        (None, None) => Some("latest".to_owned()),
        (tag, _) => tag.clone(),
    };
    found.needs.push(Need { repository: name.repository, tag, digest: name.digest });
}

/// The reference in a line, without what YAML and Dockerfiles have around it.
fn reference(line: &str) -> &str {
    let mut rest = line.trim().trim_start_matches("- ").trim();
    for mark in ["image:", "\"image\":", "FROM "] {
        rest = rest.strip_prefix(mark).unwrap_or(rest).trim();
    }
    rest.trim_end_matches(',').trim_matches(['"', '\'', '`']).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "111122223333.dkr.ecr.us-west-2.amazonaws.com";
    const THERE: &str = "111122223333.dkr.ecr.us-east-2.amazonaws.com";

    #[test]
    fn a_list_is_read_as_it_is_written() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let text = format!(
            "# the images of the shop\nweb:1.4\n  - image: \"{HERE}/team/api:2\"  # ours\n\n{THERE}/web@{digest}\n\
             FROM {HERE}/base\nweb:1.4\n"
        );
        let found = read_list(&text, &[HERE, THERE]);
        let told: Vec<_> =
            found.needs.iter().map(|need| format!("{}{}", need.repository, need.suffix())).collect();
        assert_eq!(
            told,
            ["base:latest".to_owned(), "team/api:2".into(), format!("web@{digest}"), "web:1.4".into()]
        );
        assert_eq!((found.foreign, found.wrong), (vec![], vec![]));
    }

    #[test]
    fn what_is_of_another_registry_or_no_reference_is_named() {
        let found = read_list("docker.io/library/nginx:1\nNot A Reference\nweb:1\n", &[HERE]);
        assert_eq!(found.foreign, ["docker.io/library/nginx:1"]);
        assert_eq!(found.wrong, [(2, "Not A Reference".to_owned())]);
        assert_eq!(found.needs.len(), 1);
    }

    #[test]
    fn a_list_is_bounded() {
        let found = read_list(&"?\n".repeat(MOST_LINES + 5), &[]);
        assert_eq!((found.wrong.len(), found.more), (MOST_NAMED, MOST_LINES - MOST_NAMED + 5));
    }
}
