//! Words that many tests use.

use chrono::{DateTime, Utc};
use longshore_names::{Digest, Tag};
use longshore_promotion::{
    Person, Place, Since, StagedImage,
    path::{Path, read_paths},
};

pub(crate) const SHOP: &str = r#"
paths:
  - name: shop
    stages:
      - { name: dev, registry: 111122223333/us-west-2, repositories: "dev-{service}" }
      - name: production
        registries: [444455556666/us-west-2, 444455556666/eu-west-1]
        repositories: "prod-{service}"
        tags: keep
        gates:
          - minimum_age: 1h
          - tag_scheme: semver
          - labels: { org.opencontainers.image.revision: "[0-9a-f]{7,40}" }
          - approvals: 1
"#;

pub(crate) fn paths(text: &str) -> Vec<Path> {
    let (paths, findings) = read_paths(text);
    paths.unwrap_or_else(|| panic!("{findings:#?}"))
}

pub(crate) fn shop() -> Path {
    paths(SHOP).remove(0)
}

/// A digest of one repeated digit.
pub(crate) fn digest(digit: char) -> Digest {
    format!("sha256:{}", digit.to_string().repeat(64)).parse().unwrap()
}

pub(crate) fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

pub(crate) fn tags(text: &str) -> Vec<Tag> {
    text.split_whitespace().map(tag).collect()
}

pub(crate) fn person(text: &str) -> Person {
    text.parse().unwrap()
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

pub(crate) fn place(registry: &str, repository: &str) -> Place {
    Place::new(registry.parse().unwrap(), repository.parse().unwrap())
}

pub(crate) fn image(digit: char, names: &str, pushed: &str) -> StagedImage {
    StagedImage { digest: digest(digit), tags: tags(names), since: Some(Since::Pushed(at(pushed))) }
}
