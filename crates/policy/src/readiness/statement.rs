//! Whether the destination's registry policy allows the rule, and what exactly is wrong if not.

use longshore_names::RegistryId;

use super::{Check, CheckSide, Facts, RegistryFacts, place, statement_fix as mend};
use crate::{
    iam::{CREATE_REPOSITORY, Effect, Policy, StatementView, evaluate::action_fits, resource::is_here},
    registry_policy::{
        MissingPermission, PermissionCheck, REPLICATE_IMAGE, RegistryPolicy, check_replication,
        serves_replication,
    },
    sentence,
};

const SIDE: CheckSide = CheckSide::Destination;

/// A destination whose policy is known and does not allow the rule.
pub(super) struct Case<'f> {
    pub(super) facts: &'f Facts,
    pub(super) destination: &'f RegistryFacts,
    pub(super) policy: Option<&'f RegistryPolicy>,
}

pub(super) fn check(facts: &Facts, destination: &RegistryFacts, checks: &mut Vec<Check>) {
    let (here, source) = (&destination.registry, &facts.source.registry.account);
    let policy = match destination.policy.get() {
        _ if *source == here.account => {
            let text = format!("{} is in the same account and needs no statement.", place(here));
            let rule = format!("DescribeRegistry in {}", place(&facts.source.registry));
            let answer = format!("registryId of the destination and of the source: {source}");
            checks.push(Check::ok("statement", SIDE, here, text).evidence(rule, answer));
            return;
        }
        Err(reason) => {
            let what = format!("Whether {} allows account {source} to replicate into it", place(here));
            let mut check = Check::unknown("statement", SIDE, here, &what, (request(here), reason));
            // An administrator of the destination can see whether it is missing, and add it.
            check.fix = mend::add(&Case { facts, destination, policy: None });
            checks.push(check);
            return;
        }
        Ok(policy) => policy.as_ref(),
    };
    let case = Case { facts, destination, policy };
    let check = match check_replication(policy, source, here, &facts.rule.filters) {
        PermissionCheck::NotNeeded => return,
        PermissionCheck::Present { by } => {
            let named: Vec<String> = by.iter().map(|name| format!("`{name}`")).collect();
            let text = format!(
                "{} allows account {source} to replicate into it by {}.",
                place(here),
                sentence::list(&named, "and")
            );
            Check::ok("statement", SIDE, here, text)
        }
        PermissionCheck::Unknown { reason } => {
            let what = format!("Whether {} allows account {source} to replicate into it", place(here));
            Check::undecided("statement", SIDE, here, &what, &reason)
        }
        PermissionCheck::Missing => case.problem(&[]),
        PermissionCheck::Insufficient { missing } => case.problem(&missing),
    };
    let document = policy.map_or_else(|| "RegistryPolicyNotFoundException".to_owned(), Policy::pretty);
    checks.push(check.evidence(request(here), &document));
    orphans(destination, policy, &document, checks);
}

fn request(here: &RegistryId) -> String {
    format!("GetRegistryPolicy in {}", place(here))
}

impl Case<'_> {
    /// The nearest explanation.
    fn problem(&self, missing: &[MissingPermission]) -> Check {
        let here = &self.destination.registry;
        let source = &self.facts.source.registry.account;
        let denied = missing.iter().find_map(|one| one.denied_by.as_ref());
        if let Some(check) = denied.and_then(|_| self.denied()) {
            return check;
        }
        let candidates = self.candidates();
        if let Some(reason) = missing.iter().find_map(|one| one.never.as_ref()) {
            let fix = candidates.iter().find_map(|one| mend::without_condition(self, one));
            let text = format!("{reason} Account {source} cannot replicate into {}.", place(here));
            return Check::failed("statement-condition", SIDE, here, text)
                .fix(fix.or_else(|| mend::add(self)));
        }
        if !missing.is_empty() && missing.iter().all(|one| one.action == CREATE_REPOSITORY) {
            return self.without_create(&candidates);
        }
        let is_elsewhere =
            |one: &&StatementView| !one.resources.items().iter().any(|resource| is_here(resource, here));
        if let Some(one) = candidates.iter().find(is_elsewhere) {
            let resources: Vec<String> = one.resources.items().iter().map(|r| format!("`{r}`")).collect();
            let text = format!(
                "Statement {} names {}, which is not in {}.",
                one.phrase(),
                sentence::list(&resources, "and"),
                place(here)
            );
            let fix = mend::retargeted(self, one).or_else(|| mend::add(self));
            return Check::failed("statement-resource", SIDE, here, text).fix(fix);
        }
        let reaches = |one: &&StatementView| serves_replication(one, source, here, &self.facts.rule.filters);
        if let Some(one) = candidates.iter().find(reaches) {
            let text = format!(
                "Statement {} covers only a part of the repositories that the rule takes.",
                one.phrase()
            );
            let fix = mend::widened(self, one).or_else(|| mend::add(self));
            return Check::failed("statement-narrow", SIDE, here, text).fix(fix);
        }
        if let Some((from, one)) = self.in_another_region() {
            let text = format!(
                "Statement {} is in the policy of {}; each Region has its own, and {} has none for account \
                 {source}.",
                one.phrase(),
                place(&from.registry),
                place(here)
            );
            return Check::failed("statement-other-region", SIDE, here, text)
                .evidence(request(&from.registry), one.raw.to_string())
                .fix(mend::moved(self, from, &one));
        }
        let text = format!("{} does not allow account {source} to replicate into it.", place(here));
        Check::failed("statement-missing", SIDE, here, text).fix(mend::add(self))
    }

    /// The allowing statements about this source and replication, wherever and whenever they apply.
    fn candidates(&self) -> Vec<StatementView> {
        let here = self.destination.registry.region.partition();
        let source = &self.facts.source.registry.account;
        let statements = self.policy.map(Policy::statements).unwrap_or_default();
        let is_candidate = |one: &StatementView| {
            one.effect == Effect::Allow
                && one.principals.covers(|principal| principal.covers(source, here))
                && one.actions.covers(|pattern| action_fits(pattern, REPLICATE_IMAGE))
        };
        statements.into_iter().filter(is_candidate).collect()
    }

    fn denied(&self) -> Option<Check> {
        let here = &self.destination.registry;
        let source = &self.facts.source.registry.account;
        let deny = self.policy?.statements().into_iter().find(|one| {
            one.effect == Effect::Deny
                && one.principals.covers(|principal| principal.covers(source, here.region.partition()))
                && [REPLICATE_IMAGE, CREATE_REPOSITORY]
                    .iter()
                    .any(|action| one.actions.covers(|pattern| action_fits(pattern, action)))
        })?;
        let text = format!(
            "Statement {} denies account {source} to replicate into {}, and a Deny wins.",
            deny.phrase(),
            place(here)
        );
        Some(Check::failed("statement-denies", SIDE, here, text).fix(mend::without_deny(self, &deny)))
    }

    /// Only `ecr:CreateRepository` is missing: it matters for repositories that do not exist.
    fn without_create(&self, candidates: &[StatementView]) -> Check {
        let here = &self.destination.registry;
        let own = self.facts.source.repositories.known();
        let absent = own.zip(self.destination.repositories.known()).map(|(own, there)| {
            let all = super::taken(self.facts, own).into_iter();
            all.filter(|one| !there.iter().any(|other| other.name == one.name)).count()
        });
        let fix = candidates.iter().find_map(|one| mend::with_create(self, one)).or_else(|| mend::add(self));
        let lacks = format!("{} does not allow `{CREATE_REPOSITORY}`", place(here));
        let ending = match absent {
            Some(0) => "new repositories are not replicated",
            Some(_) => "images of repositories that do not exist there fail",
            None => "images arrive only in existing repositories",
        };
        let (id, text) = ("create-repository-missing", format!("{lacks}: {ending}."));
        let check = match absent {
            Some(1..) => Check::failed(id, SIDE, here, text),
            Some(0) | None => Check::warning(id, SIDE, here, text),
        };
        check.fix(fix)
    }

    /// A statement for this rule that stands in the policy of another Region of the same account.
    fn in_another_region(&self) -> Option<(&RegistryFacts, StatementView)> {
        let (here, source) = (&self.destination.registry, &self.facts.source.registry.account);
        let others = self.facts.elsewhere.iter().chain(&self.facts.destinations);
        let mut others = others.filter(|one| one.registry.account == here.account && one.registry != *here);
        others.find_map(|other| {
            let policy = other.policy.known()?.as_ref()?;
            let mut all = policy.statements().into_iter();
            let one =
                all.find(|one| serves_replication(one, source, &other.registry, &self.facts.rule.filters))?;
            Some((other, one))
        })
    }
}

/// ECR refuses every later change of a policy that names deleted principals.
fn orphans(
    destination: &RegistryFacts,
    policy: Option<&RegistryPolicy>,
    document: &str,
    checks: &mut Vec<Check>,
) {
    let here = &destination.registry;
    let ids = policy.map(Policy::orphaned_principals).unwrap_or_default();
    if ids.is_empty() {
        let text = format!("The policy of {} names no deleted user or role.", place(here));
        checks.push(Check::ok("principal-orphaned", SIDE, here, text).evidence(request(here), document));
        return;
    }
    let named: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    let text = format!(
        "The policy of {} names deleted users or roles ({}); ECR refuses every change until they are removed.",
        place(here),
        named.join(", ")
    );
    let fix = super::Fix::RemoveOrphans { registry: here.clone(), ids };
    let check = Check::warning("principal-orphaned", SIDE, here, text);
    checks.push(check.evidence(request(here), document).fix(fix));
}
