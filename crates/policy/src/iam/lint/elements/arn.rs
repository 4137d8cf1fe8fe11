//! ARNs in statements, also ones with wildcards and variables.

use longshore_names::{AccountId, Partition, Region};

use crate::iam::{
    reference::{self, nearest_of},
    resource::is_open,
};

/// The six parts of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::iam) struct Arn<'a> {
    pub(in crate::iam) partition: &'a str,
    pub(in crate::iam) service: &'a str,
    pub(in crate::iam) region: &'a str,
    pub(in crate::iam) account: &'a str,
    pub(in crate::iam) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of a text that begins with `arn:` and has all of them. A colon in a variable such as
    /// `${aws:PrincipalAccount}` is none between parts.
    pub(in crate::iam) fn read(text: &'a str) -> Option<Self> {
        let mut rest = text.strip_prefix("arn:")?;
        let mut parts = [""; 4];
        for part in &mut parts {
            let end = colon(rest)?;
            (*part, rest) = (&rest[..end], &rest[end + 1..]);
        }
        let [partition, service, region, account] = parts;
        Some(Self { partition, service, region, account, resource: rest })
    }

    /// The ARN with another part in place of `part`, which is one of its own.
    pub(super) fn with(&self, part: ArnPart, new: &str) -> String {
        let pick = |own: ArnPart, text: &'a str| if own == part { new.to_owned() } else { text.to_owned() };
        format!(
            "arn:{}:{}:{}:{}:{}",
            pick(ArnPart::Partition, self.partition),
            pick(ArnPart::Service, self.service),
            pick(ArnPart::Region, self.region),
            pick(ArnPart::Account, self.account),
            pick(ArnPart::Resource, self.resource)
        )
    }
}

/// The first colon outside of variables.
fn colon(text: &str) -> Option<usize> {
    let mut inside = false;
    for (at, c) in text.char_indices() {
        match c {
            '{' if text[..at].ends_with('$') => inside = true,
            '}' => inside = false,
            ':' if !inside => return Some(at),
            _ => {}
        }
    }
    None
}

/// A part of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArnPart {
    Partition,
    Service,
    Region,
    Account,
    Resource,
}

/// What is wrong with an ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ArnProblem {
    /// In a sentence.
    pub(super) text: String,
    /// The ARN that was probably meant.
    pub(super) meant: Option<String>,
    /// How sure it is.
    pub(super) kind: ProblemKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProblemKind {
    /// No such ARN can exist.
    Wrong,
    /// A part of an example that was not filled in.
    Placeholder,
    /// It may be newer than what is known here.
    Unknown,
}

impl ArnProblem {
    fn wrong(text: String, meant: Option<String>) -> Self {
        Self { text, meant, kind: ProblemKind::Wrong }
    }
}

/// The problems of the first four parts, and of the resource if its service is known.
pub(super) fn problems(arn: &Arn<'_>) -> Vec<ArnProblem> {
    let mut all = Vec::new();
    all.extend(partition(arn));
    all.extend(service(arn));
    let Some(service) = reference::service(arn.service) else { return all };
    // The ARNs of IAM and STS have no Region.
    let is_global = service.resources.iter().all(|one| one.pattern().split(':').nth(3) == Some(""));
    all.extend(region(arn, is_global));
    all.extend(account(arn));
    all.extend(resource(arn, service));
    all
}

fn partition(arn: &Arn<'_>) -> Option<ArnProblem> {
    let here = arn.partition;
    let known = Partition::ALL.map(Partition::id);
    if known.contains(&here) || is_open(here) {
        return None;
    }
    let meant = nearest_of(here, known.into_iter()).map(|meant| arn.with(ArnPart::Partition, meant));
    Some(ArnProblem::wrong(format!("`{here}` is not a partition of AWS."), meant))
}

fn service(arn: &Arn<'_>) -> Option<ArnProblem> {
    let here = arn.service;
    if reference::is_prefix(here) || is_open(here) {
        return None;
    }
    if here.is_empty() {
        return Some(ArnProblem::wrong("The ARN has no service.".into(), None));
    }
    match reference::nearest_service(here) {
        Some(meant) => {
            let meant = arn.with(ArnPart::Service, meant.prefix);
            Some(ArnProblem::wrong(format!("There is no service `{here}`."), Some(meant)))
        }
        None => {
            let text = format!("`{here}` is not in our list of services of {}.", reference::DATE);
            Some(ArnProblem { text, meant: None, kind: ProblemKind::Unknown })
        }
    }
}

fn region(arn: &Arn<'_>, is_global: bool) -> Option<ArnProblem> {
    let here = arn.region;
    if is_open(here) || is_global && here.is_empty() {
        return None;
    }
    if is_global {
        let meant = arn.with(ArnPart::Region, "");
        return Some(ArnProblem::wrong(format!("ARNs of `{}` have no Region.", arn.service), Some(meant)));
    }
    if here.is_empty() {
        return Some(ArnProblem::wrong("The ARN has no Region.".into(), None));
    }
    let known = here.parse::<Region>().is_ok_and(|region| region.is_known());
    if known {
        let partition = here.parse::<Region>().ok()?.partition();
        let fits = partition.id() == arn.partition || is_open(arn.partition);
        let meant = arn.with(ArnPart::Partition, partition.id());
        let text = format!("Region {here} is in the partition `{partition}`.");
        return (!fits && Partition::ALL.iter().any(|p| p.id() == arn.partition))
            .then(|| ArnProblem::wrong(text, Some(meant)));
    }
    let all = Partition::ALL.into_iter().flat_map(|partition| partition.regions().iter().copied());
    // A Region with another number may be newer.
    let place = |region: &str| region.rsplit_once('-').map(|(place, _)| place.to_owned());
    if let Some(meant) = nearest_of(here, all).filter(|meant| place(meant) != place(here)) {
        let meant = arn.with(ArnPart::Region, meant);
        return Some(ArnProblem::wrong(format!("There is no Region `{here}`."), Some(meant)));
    }
    let shaped = here.split('-').count() >= 3 && here.ends_with(|c: char| c.is_ascii_digit());
    let (text, kind) = if shaped {
        (format!("Longshore does not know the Region `{here}`."), ProblemKind::Unknown)
    } else if here.parse::<AccountId>().is_ok() {
        (format!("`{here}` is an account where the ARN has its Region."), ProblemKind::Wrong)
    } else {
        (
            format!("`{here}` is not a Region. Is it a placeholder that was not filled in?"),
            ProblemKind::Placeholder,
        )
    };
    Some(ArnProblem { text, meant: None, kind })
}

fn account(arn: &Arn<'_>) -> Option<ArnProblem> {
    let here = arn.account;
    if is_open(here) || here.parse::<AccountId>().is_ok() || arn.service == "iam" && here == "aws" {
        return None;
    }
    if here.is_empty() {
        return Some(ArnProblem::wrong("The ARN has no account.".into(), None));
    }
    if here.bytes().all(|b| b.is_ascii_digit()) {
        let text = format!("An account has 12 digits, and `{here}` has {}.", here.len());
        return Some(ArnProblem::wrong(text, None));
    }
    let plain: String = here.chars().filter(char::is_ascii_digit).collect();
    if plain.parse::<AccountId>().is_ok() {
        let meant = arn.with(ArnPart::Account, &plain);
        return Some(ArnProblem::wrong(format!("`{here}` is not an account."), Some(meant)));
    }
    if plain.len() > 8 {
        return Some(ArnProblem::wrong(format!("`{here}` is not an account of 12 digits."), None));
    }
    let text = format!("`{here}` is not an account. Is it a placeholder that was not filled in?");
    Some(ArnProblem { text, meant: None, kind: ProblemKind::Placeholder })
}

/// The resource part, such as `repository/app`, of a service whose types are known.
fn resource(arn: &Arn<'_>, service: &reference::Service) -> Option<ArnProblem> {
    let here = arn.resource;
    if service.prefix == "sts" {
        return None; // Sessions are resources of other services' actions only.
    }
    let begins: Vec<String> = service.resources.iter().map(|one| beginning(&one.pattern())).collect();
    let fits =
        |begin: &String| here.starts_with(begin.as_str()) || crate::pattern::overlaps_prefix(here, begin);
    if here.starts_with("${") || begins.iter().any(fits) {
        return None;
    }
    let kind = here.split(['/', ':']).next().unwrap_or_default();
    let types: Vec<&'static str> = service.resources.iter().map(|one| one.name).collect();
    let text = format!("`{here}` is not a resource of `{}`.", service.prefix);
    let rest = here.get(kind.len()..).unwrap_or_default();
    let meant = nearest_of(kind, types.into_iter()).map(|meant| {
        arn.with(ArnPart::Resource, &format!("{meant}/{}", rest.trim_start_matches([':', '/'])))
    });
    // ECR has one type.
    let meant = meant.or_else(|| {
        let named = service.prefix == "ecr" && !here.is_empty() && !here.starts_with('/');
        named.then(|| arn.with(ArnPart::Resource, &format!("repository/{here}")))
    });
    Some(ArnProblem::wrong(text, meant))
}

/// The fixed beginning of the last part of a type's ARNs, such as `repository/`.
fn beginning(pattern: &str) -> String {
    let last = pattern.splitn(6, ':').nth(5).unwrap_or_default();
    last.split('*').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_any_part_is_named_with_the_arn_that_was_meant() {
        let good = "arn:aws:ecr:us-west-2:444455556666:repository/prod-*";
        assert_eq!(problems(&Arn::read(good).unwrap()), []);
        for (text, meant, kind) in [
            ("arn:awss:ecr:us-west-2:444455556666:repository/prod-*", Some(good), ProblemKind::Wrong),
            ("arn:aws:erc:us-west-2:444455556666:repository/prod-*", Some(good), ProblemKind::Wrong),
            ("arn:aws:ecr:us-wset-2:444455556666:repository/prod-*", Some(good), ProblemKind::Wrong),
            ("arn:aws:ecr:us-west-2:44445555666:repository/prod-*", None, ProblemKind::Wrong),
            ("arn:aws:ecr:us-west-2:4444-5555-6666:repository/prod-*", Some(good), ProblemKind::Wrong),
            ("arn:aws:ecr:us-west-2:444455556666:repositroy/prod-*", Some(good), ProblemKind::Wrong),
            ("arn:aws:ecr:us-west-2:444455556666:prod-*", Some(good), ProblemKind::Wrong),
            ("arn:aws-cn:ecr:us-west-2:444455556666:repository/prod-*", Some(good), ProblemKind::Wrong),
            ("arn:aws:ecr:region:444455556666:repository/prod-*", None, ProblemKind::Placeholder),
            ("arn:aws:ecr:us-west-2:account-id:repository/prod-*", None, ProblemKind::Placeholder),
            ("arn:aws:ecr:us-north-7:444455556666:repository/prod-*", None, ProblemKind::Unknown),
            ("arn:aws:ecr:444455556666:us-west-2:repository/prod-*", None, ProblemKind::Wrong),
        ] {
            let found = problems(&Arn::read(text).unwrap());
            assert_eq!((found[0].meant.as_deref(), found[0].kind), (meant, kind), "{text}: {found:?}");
        }
    }

    #[test]
    fn variables_and_other_services_are_left_alone() {
        for text in [
            "arn:aws:ecr:*:${aws:PrincipalAccount}:repository/${aws:PrincipalTag/team}/*",
            "arn:*:ecr:*:*:*",
            "arn:aws:s3:::bucket/*",
            "arn:aws:iam::*:role/team/*",
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:sts::111122223333:federated-user/x",
            "arn:aws:kms:us-west-2:111122223333:key/b8d9ae76-080c-4043-92EXAMPLE",
            "arn:aws:signer:us-west-2:111122223333:/signing-profiles/app",
            "arn:aws:secretsmanager:*:*:secret:ecr-pullthroughcache/*",
        ] {
            assert_eq!(problems(&Arn::read(text).unwrap()), [], "{text}");
        }
        assert!(Arn::read("arn:aws:ecr:us-west-2").is_none());
    }
}
