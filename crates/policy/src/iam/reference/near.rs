//! Names that were probably meant by ones that do not exist. Stricter than
//! [`did_you_mean`](longshore_names::did_you_mean): a name that AWS added since must not look like a slip.

use longshore_names::did_you_mean;

use super::{Service, is_prefix, service, services};

/// Names of at least this length may have two slips.
const LONG: usize = 12;

/// The full name of the action that was probably meant by one that does not exist: a slip in the name,
/// or in the prefix of a service that does not exist.
pub(crate) fn nearest(action: &str) -> Option<String> {
    let (prefix, name) = action.split_once(':')?;
    if name.contains(['*', '?', '$']) {
        return None;
    }
    let meant = match service(prefix) {
        Some(service) => service,
        None if is_prefix(prefix) => return None,
        None => nearest_service(prefix)?,
    };
    let known = nearest_name(meant, name)?;
    Some(format!("{}:{known}", meant.prefix))
}

/// The service that was probably meant by a prefix that does not exist.
pub(crate) fn nearest_service(prefix: &str) -> Option<&'static Service> {
    let known = did_you_mean(prefix, services().iter().map(|service| service.prefix))?;
    service(known).filter(|_| distance(prefix, known) == 1)
}

/// The name of the service's action that was probably meant.
fn nearest_name(service: &Service, name: &str) -> Option<&'static str> {
    let names = || service.actions.iter().map(|action| action.name);
    // `Put-Image`, `put_image`, `PutImages`.
    if let Some(same) = names().find(|known| letters(known) == letters(name)) {
        return Some(same);
    }
    // `GetRegistryScan…` and `PutRegistryScan…` are two actions, and no slip.
    let other_verb = |known: &str| {
        let (own, other) = (verb(name), verb(known));
        own != other && names().any(|one| verb(one) == own)
    };
    nearest_of(name, names().filter(|known| !other_verb(known)))
}

/// The word of `known` from which `text` differs by one slip, or by two if it is long.
pub(crate) fn nearest_of(text: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let allowed = if text.chars().count() >= LONG { 2 } else { 1 };
    let near = known.map(|word| (distance(text, word), word)).filter(|(distance, _)| *distance <= allowed);
    near.min_by_key(|(distance, _)| *distance).map(|(_, word)| word)
}

/// A name without its dashes, in lower case and in the singular.
fn letters(name: &str) -> String {
    let plain = name.replace(|c: char| !c.is_ascii_alphanumeric(), "").to_ascii_lowercase();
    match plain.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => plain.strip_suffix('s').unwrap_or(&plain).to_owned(),
    }
}

/// The first word of a name in camel case.
fn verb(name: &str) -> &str {
    let end =
        name.char_indices().skip(1).find(|(_, c)| c.is_ascii_uppercase()).map_or(name.len(), |(at, _)| at);
    &name[..end]
}

/// How many letters have to be changed, added, removed or swapped with their neighbour; more than 2 for
/// words that are farther from each other. Case does not count.
fn distance(a: &str, b: &str) -> usize {
    let letters = |text: &str| text.chars().map(|c| c.to_ascii_lowercase()).collect::<Vec<_>>();
    let (a, b) = (letters(a), letters(b));
    if a.len().abs_diff(b.len()) > 2 {
        return 3;
    }
    let width = b.len() + 1;
    let mut rows = vec![(0..width).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i; width];
        for j in 1..width {
            let change = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (rows[i - 1][j - 1] + change).min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(rows[i - 2][j - 2] + 1);
            }
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_an_action_that_is_newer_is_not() {
        for (typed, meant) in [
            ("ecr:PutImagee", Some("ecr:PutImage")),
            ("ecr:PtuImage", Some("ecr:PutImage")),
            ("ecr:Put-Image", Some("ecr:PutImage")),
            ("ecr:CreateRepositories", Some("ecr:CreateRepository")),
            ("ecr:CreateRepositroi", Some("ecr:CreateRepository")),
            ("erc:PutImage", Some("ecr:PutImage")),
            ("ecs:PutImage", None),
            ("kms:Decript", Some("kms:Decrypt")),
            ("iam:PasRole", Some("iam:PassRole")),
            ("ecr:Frobnicate", None),
            ("ecr:DescribeImageTags", None),
            ("ecr:GetImage", None),
            ("ecr:SetRegistryPolicy", None),
            ("ecr:Put*x", None),
            ("s3:GetObjekt", None),
            (&format!("ecr:{}", "x".repeat(100_000)), None),
        ] {
            assert_eq!(nearest(typed).as_deref(), meant, "{}", typed.get(..20).unwrap_or(typed));
        }
    }
}
