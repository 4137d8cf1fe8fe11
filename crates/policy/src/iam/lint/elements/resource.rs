//! The resources of a statement, and whether its actions can use them.

use longshore_names::{Partition, RepositoryName};

use super::{
    Arn,
    arn::{ArnPart, ArnProblem, ProblemKind, problems},
};
use crate::{
    Finding, Severity,
    iam::{
        actions,
        lint::{
            Linter, PolicyKind,
            cursor::Word,
            fix::{LintFix, PatchOperation},
            statement::Seen,
        },
        reference::{self, Access, Action, Service},
        resource::{is_open, retargeted},
    },
    pattern, sentence,
};
use serde_json::json;

/// The most pairs of an action and a resource that are looked at.
const MAX_PAIRS: usize = 10_000;

impl Linter<'_> {
    pub(in crate::iam::lint) fn resources(&mut self, statement: &Seen<'_>) {
        if self.kind == PolicyKind::Trust {
            return;
        }
        let words = statement.words("Resource");
        if statement.excludes("Resource") && statement.allows() {
            let text = "`NotResource` with `Allow` allows this everywhere except in what is named.";
            let finding = Finding::warning("not-resource-allow", text);
            self.push(&statement.key("Resource"), finding.hint("Name what is meant, without `Not`."));
        }
        for word in words.iter().filter(|word| !word.text.trim().is_empty()) {
            self.one_resource(word);
        }
        if self.kind == PolicyKind::Identity {
            self.everywhere(statement, &words);
        }
        if !statement.excludes("Resource") && !statement.excludes("Action") && !words.is_empty() {
            self.mismatches(statement, &words);
        }
    }

    fn one_resource(&mut self, word: &Word) {
        let text = word.text.as_str();
        if text == "*" || text.starts_with("${") {
            return;
        }
        let Some(arn) = Arn::read(text) else {
            self.no_arn(word);
            return;
        };
        if self.kind.is_ecr() && arn.service != "ecr" && reference::is_prefix(arn.service) {
            let finding =
                Finding::error("resource-invalid", format!("`{text}` is not an ECR repository's ARN."));
            self.push(
                &word.spot,
                finding
                    .hint("Name repositories, such as `arn:aws:ecr:us-west-2:111122223333:repository/app`."),
            );
            return;
        }
        let found = problems(&arn);
        let is_whole = found.iter().all(|problem| problem.kind == ProblemKind::Unknown);
        for problem in found {
            self.arn_problem(word, problem);
        }
        if is_whole && arn.service == "ecr" {
            self.place(word, &arn);
            self.repository_name(word, &arn);
        }
    }

    fn arn_problem(&mut self, word: &Word, problem: ArnProblem) {
        let (code, severity) = match problem.kind {
            ProblemKind::Wrong => ("resource-invalid", Severity::Error),
            ProblemKind::Placeholder => ("resource-placeholder", Severity::Warning),
            ProblemKind::Unknown => ("resource-not-in-list", Severity::Note),
        };
        let finding = Finding::new(code, severity, problem.text);
        match problem.meant {
            Some(meant) => self.push_resource(word, finding, &meant),
            None => self
                .push(&word.spot, finding.hint("An ARN is `arn:partition:service:region:account:resource`.")),
        }
    }

    /// A finding with the ARN that was meant.
    fn push_resource(&mut self, word: &Word, finding: Finding, meant: &str) {
        let fix = LintFix::replace(&word.spot.pointer, meant, format!("`{}` becomes `{meant}`.", word.text));
        self.push_fixed(&word.spot, finding.hint(format!("Use `{meant}`.")), Some(fix));
    }

    /// A text that lacks parts of an ARN.
    fn no_arn(&mut self, word: &Word) {
        let text = word.text.as_str();
        if may_be_whole(text) {
            return;
        }
        let finding = Finding::error("resource-invalid", format!("`{text}` is not an ARN."));
        let head = text.split(':').next().unwrap_or_default();
        let slip =
            reference::nearest_of(head, ["arn"].into_iter()).map(|_| format!("arn{}", &text[head.len()..]));
        let slip = slip.filter(|arn| arn != text && Arn::read(arn).is_some());
        // `arn:aws:us-west-2:…` lacks the service.
        let without = text.strip_prefix("arn:").and_then(|rest| rest.split_once(':'));
        let without =
            without.map(|(partition, rest)| format!("arn:{partition}:ecr:{}", rest.trim_start_matches(':')));
        let without = without.filter(|arn| Arn::read(arn).is_some_and(|arn| problems(&arn).is_empty()));
        let here = self.registry.filter(|_| self.kind.is_ecr()).and_then(|here| retargeted(text, here));
        match slip.or(without).or(here) {
            Some(meant) => self.push_resource(word, finding, &meant),
            None => {
                let hint =
                    "An ARN is `arn:partition:service:region:account:resource`, or `*` for everything.";
                self.push(&word.spot, finding.hint(hint));
            }
        }
    }

    /// Whether the resource is in the account and Region that the policy is for.
    fn place(&mut self, word: &Word, arn: &Arn<'_>) {
        let Some(here) = self.registry else { return };
        let (account, region) = (here.account.as_str(), here.region.as_str());
        let partition = here.region.partition().id();
        // Users and roles may be allowed something elsewhere; then it is allowed there, too.
        let severity = if self.kind.is_ecr() { Severity::Error } else { Severity::Warning };
        for (code, part, own, wanted, what) in [
            ("resource-wrong-partition", ArnPart::Partition, arn.partition, partition, "partition"),
            ("resource-wrong-region", ArnPart::Region, arn.region, region, "Region"),
            ("resource-wrong-account", ArnPart::Account, arn.account, account, "account"),
        ] {
            if own != wanted && !is_open(own) {
                let text = format!("The resource is in {what} {own}, and the policy is for {wanted}.");
                self.push_resource(word, Finding::new(code, severity, text), &arn.with(part, wanted));
            }
        }
    }

    /// A name that no repository can have, without wildcards.
    fn repository_name(&mut self, word: &Word, arn: &Arn<'_>) {
        let Some(name) = arn.resource.strip_prefix("repository/").filter(|name| !is_open(name)) else {
            return;
        };
        if let Err(error) = RepositoryName::for_input(name) {
            let text = format!("No repository has the name `{name}`: {}.", error.problem);
            self.push(&word.spot, Finding::warning("resource-name", text));
        }
    }

    /// A policy for users and roles that lets them change everything of ECR.
    fn everywhere(&mut self, statement: &Seen<'_>, words: &[Word]) {
        let Some(star) = words.iter().find(|word| word.text == "*") else { return };
        let writes = |word: &Word| {
            reference::find(&word.text).is_some_and(|(service, action)| {
                service.prefix == "ecr"
                    && action.name != "BatchImportUpstreamImage"
                    && action.resources().next().is_some()
                    && matches!(action.access, Access::Write | Access::Permissions)
            })
        };
        let unlimited = statement.view.condition.is_none()
            && !statement.excludes("Resource")
            && !statement.excludes("Action");
        if statement.allows() && unlimited && statement.words("Action").iter().any(writes) {
            let text = "The statement applies to every repository of the account, in every Region.";
            let finding = Finding::note("all-repositories", text);
            self.push(&star.spot, finding.hint("Limit it to the repositories that are needed."));
        }
    }

    /// Actions that no resource of the statement fits, and resources that no action fits.
    fn mismatches(&mut self, statement: &Seen<'_>, resources: &[Word]) {
        if self.kind == PolicyKind::Other
            || resources.iter().any(|word| word.text == "*" || word.text.starts_with("${"))
        {
            return;
        }
        let actions = statement.words("Action");
        if actions.len() * resources.len() > MAX_PAIRS {
            return;
        }
        let known: Vec<(&Word, &Service, &Action)> = actions
            .iter()
            .filter_map(|word| reference::find(&word.text).map(|(service, action)| (word, service, action)))
            .collect();
        for (word, service, action) in &known {
            if action.resources().next().is_none() {
                if !self.kind.is_ecr() || !word.text.eq_ignore_ascii_case(actions::TOKEN) {
                    self.needs_star(statement, word, &known);
                }
            } else if !resources.iter().any(|resource| can_be(service, action, &resource.text)) {
                let types: Vec<String> = action.resources().map(|name| format!("`{name}`")).collect();
                let text = format!(
                    "No resource of the statement fits `{}`, which is about {}.",
                    word.text,
                    sentence::list(&types, "or")
                );
                self.push(&word.spot, Finding::warning("action-resource-mismatch", text));
            }
        }
        if known.len() < actions.len() || self.kind.is_ecr() {
            return;
        }
        for resource in resources.iter().filter(|resource| Arn::read(&resource.text).is_some()) {
            if !known.iter().any(|(_, service, action)| can_be(service, action, &resource.text))
                && known.iter().any(|(_, _, action)| action.resources().next().is_some())
                && Arn::read(&resource.text).is_some_and(|arn| problems(&arn).is_empty())
            {
                let text = format!("No action of the statement is about `{}`.", resource.text);
                self.push(&resource.spot, Finding::warning("action-resource-mismatch", text));
            }
        }
    }

    /// An action without a resource type, beside resources that are not `*`.
    fn needs_star(&mut self, statement: &Seen<'_>, word: &Word, known: &[(&Word, &Service, &Action)]) {
        let text = format!("`{}` is about no single resource: it is allowed on `*` only.", word.text);
        let finding = Finding::warning("action-needs-star", text);
        let all = statement.words("Action");
        let alone = known.len() == all.len()
            && known.iter().all(|(_, _, action)| action.resources().next().is_none());
        let listed = statement.element("Action").is_some_and(|(_, value)| value.is_list());
        let own = &statement.cursor.spot.pointer;
        let list = own.rsplit_once('/').map_or("", |(list, _)| list);
        let in_list = own.rsplit('/').next().is_some_and(|last| last.parse::<usize>().is_ok());
        let fix = if alone {
            Some(LintFix::replace(&format!("{own}/Resource"), "*", "`Resource` becomes `*`."))
        } else if statement.allows() && listed && in_list && statement.view.condition.is_none() {
            let mut new = json!({ "Effect": "Allow" });
            if let Some(principal) = statement.view.raw.get("Principal") {
                new["Principal"] = principal.clone();
            }
            new["Action"] = word.text.as_str().into();
            new["Resource"] = "*".into();
            let patch = vec![
                PatchOperation::Remove { path: word.spot.pointer.clone() },
                PatchOperation::Add { path: format!("{list}/-"), value: new },
            ];
            Some(LintFix::new(format!("`{}` gets a statement of its own, on `*`.", word.text), patch))
        } else {
            None
        };
        self.push_fixed(&word.spot, finding.hint("Put it into a statement whose `Resource` is `*`."), fix);
    }
}

/// Whether a wildcard stands for the parts that an ARN lacks, as in `arn:aws:ecr:*`: what is before it is
/// a partition and a service.
fn may_be_whole(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("arn:") else { return text.starts_with(['*', '?']) };
    let parts: Vec<&str> = rest.split(':').collect();
    let closed = |at: usize| parts.get(at).copied().filter(|part| !is_open(part));
    parts.last().is_some_and(|last| last.contains('*'))
        && closed(0).is_none_or(|part| Partition::ALL.iter().any(|known| known.id() == part))
        && closed(1).is_none_or(reference::is_prefix)
}

/// Whether a resource can be of a type that the action is about.
fn can_be(service: &Service, action: &Action, resource: &str) -> bool {
    let Some(arn) = Arn::read(resource) else { return true };
    service.resources_of(action).into_iter().any(|one| {
        let pattern = one.pattern();
        let mut parts = pattern.splitn(6, ':').skip(2);
        let owner = parts.next().unwrap_or_default();
        let begin = parts.nth(2).unwrap_or_default().split('*').next().unwrap_or_default();
        let same_service = arn.service == owner || is_open(arn.service);
        let open = arn.resource.contains("${") || pattern::overlaps_prefix(arn.resource, begin);
        same_service && (arn.resource.starts_with(begin) || open)
    })
}
