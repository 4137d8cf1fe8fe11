//! The actions of a statement.

use crate::{
    Finding, Severity,
    iam::{
        CREATE_REPOSITORY, PolicyScope, REPLICATE_IMAGE,
        actions::{self, TOKEN},
        evaluate::action_fits,
        lint::{Linter, PolicyKind, cursor::Word, fix::LintFix, statement::Seen},
        reference::{self, DATE},
        validate::V1_ACTIONS,
    },
    pattern, sentence,
};

/// The actions of a trust policy.
const TRUST: [&str; 6] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagSession",
];

/// The most actions of a list that are compared with each other.
const MAX_COMPARED: usize = 300;

impl Linter<'_> {
    pub(in crate::iam::lint) fn actions(&mut self, statement: &Seen<'_>) {
        let words = statement.words("Action");
        if statement.excludes("Action") && statement.allows() {
            let but: Vec<String> = words.iter().map(|word| format!("`{}`", word.text)).collect();
            let text =
                format!("`NotAction` with `Allow` allows everything but {}.", sentence::list(&but, "and"));
            let finding = Finding::warning("not-action-allow", text);
            self.push(
                &statement.key("Action"),
                finding.hint("Name the actions that are needed under `Action`."),
            );
        }
        for (index, word) in words.iter().enumerate() {
            if self.is_full() {
                return;
            }
            self.one_action(statement, word, words.len());
            if words.len() <= MAX_COMPARED {
                self.covered_action(statement, &words, index);
            }
        }
        if self.kind == PolicyKind::Registry {
            self.scope(&words);
            self.lacks_create(statement, &words);
        }
    }

    fn one_action(&mut self, statement: &Seen<'_>, word: &Word, count: usize) {
        let action = word.text.as_str();
        if action.trim().is_empty() || action.contains("${") {
            return;
        }
        let allows = statement.allows() && !statement.excludes("Action");
        let prefix = action.split_once(':').map_or("", |(prefix, _)| prefix);
        if action == "*" || action.strip_prefix(prefix) == Some(":*") && reference::is_prefix(prefix) {
            // The policy of a key allows its own account everything on it.
            if allows && (self.kind != PolicyKind::Other || action == "*") {
                let what = if action == "*" { "every action of every service" } else { "every action" };
                let finding = Finding::warning("action-everything", format!("`{action}` is {what}."));
                self.push(&word.spot, finding.hint("Name the actions that are needed."));
            }
            self.other_service(word, prefix);
            return;
        }
        if prefix.is_empty() {
            let finding =
                Finding::error("action-invalid", format!("`{action}` has no service, such as `ecr:`."));
            let meant = actions::nearest(action).filter(|_| !action.contains('*'));
            self.push_meant(word, finding, meant);
            return;
        }
        if self.other_service(word, prefix) {
            return;
        }
        if self.kind.is_ecr() && action.eq_ignore_ascii_case(TOKEN) && !statement.excludes("Action") {
            let text = format!("ECR refuses a resource policy that names `{TOKEN}`.");
            let fix =
                (count > 1).then(|| LintFix::remove(&word.spot.pointer, format!("`{action}` is removed.")));
            let finding = Finding::error("action-token", text);
            let hint = "Allow it in the IAM policies of the users and roles, on `*`.";
            self.push_fixed(&word.spot, finding.hint(hint), fix);
            return;
        }
        if self.unknown_action(word, prefix) {
            return;
        }
        if self.kind == PolicyKind::Repository {
            self.not_of_a_repository(word);
        }
        if self.kind == PolicyKind::Identity && action.eq_ignore_ascii_case(REPLICATE_IMAGE) && allows {
            // The roles with which ECR itself replicates and creates repositories allow both.
            let creates =
                statement.words("Action").iter().any(|one| action_fits(&one.text, CREATE_REPOSITORY));
            let text = format!("`{REPLICATE_IMAGE}` cannot be called: only ECR itself uses it.");
            let severity = if creates { Severity::Note } else { Severity::Warning };
            let finding = Finding::new("action-permission-only", severity, text);
            let hint = "The registry policy of the destination allows replication; a role needs it only if ECR assumes the role.";
            self.push(&word.spot, finding.hint(hint));
        }
    }

    /// An action of a service that the policy is not about. Returns whether it is one.
    fn other_service(&mut self, word: &Word, prefix: &str) -> bool {
        let action = word.text.as_str();
        let finding = match self.kind {
            _ if action == "*" => return false,
            PolicyKind::Registry | PolicyKind::Repository if !prefix.eq_ignore_ascii_case("ecr") => {
                Finding::error("action-invalid", format!("`{action}` is not an ECR action."))
                    .hint("ECR refuses actions of other services in its policies.")
            }
            PolicyKind::Trust if !prefix.eq_ignore_ascii_case("sts") => {
                Finding::error("action-invalid", format!("`{action}` is not an action of STS."))
                    .hint("A trust policy allows `sts:AssumeRole` and its relatives; what the role may do is in its other policies.")
            }
            PolicyKind::Trust => {
                let known = TRUST.iter().any(|one| action_fits(action, one));
                if known || reference::find(action).is_none_or(|(service, _)| service.prefix != "sts") {
                    return false;
                }
                Finding::warning("action-invalid", format!("`{action}` has no effect in a trust policy."))
                    .hint("A trust policy allows `sts:AssumeRole` and its relatives.")
            }
            _ => return false,
        };
        let own = if self.kind == PolicyKind::Trust { "sts" } else { "ecr" };
        let meant = reference::nearest(action).or_else(|| {
            let service = reference::service(own)?;
            let known = service.action(action.split_once(':')?.1)?;
            Some(format!("{}:{}", service.prefix, known.name))
        });
        let fits = |meant: &String| {
            meant.starts_with(own)
                && !meant.eq_ignore_ascii_case(action)
                && (own == "ecr" || TRUST.contains(&meant.as_str()))
        };
        let meant = meant.filter(fits);
        self.push_meant(word, finding, meant);
        true
    }

    /// A finding with the action that was meant.
    fn push_meant(&mut self, word: &Word, finding: Finding, meant: Option<String>) {
        let Some(meant) = meant else {
            self.push(&word.spot, finding);
            return;
        };
        let fix = LintFix::replace(
            &word.spot.pointer,
            meant.clone(),
            format!("`{}` becomes `{meant}`.", word.text),
        );
        self.push_fixed(&word.spot, finding.hint(format!("Use `{meant}`.")), Some(fix));
    }

    /// An action that the table does not have. Returns whether it is one.
    fn unknown_action(&mut self, word: &Word, prefix: &str) -> bool {
        let action = word.text.as_str();
        if action.eq_ignore_ascii_case("ecr:ListImageReferrers") {
            let text =
                format!("`{action}` is a call and no action: callers need `ecr:BatchGetImage` for it.");
            self.push_meant(word, Finding::warning("action-unknown", text), Some("ecr:BatchGetImage".into()));
            return true;
        }
        let Some(service) = reference::service(prefix) else {
            if reference::is_prefix(prefix) {
                return false;
            }
            match reference::nearest(action) {
                Some(meant) => {
                    let finding =
                        Finding::error("action-unknown", format!("There is no service `{prefix}`."));
                    self.push_meant(word, finding, Some(meant));
                }
                None => {
                    let text = format!("`{prefix}` is not in our list of services of {DATE}.");
                    self.push(
                        &word.spot,
                        Finding::note("action-not-in-list", text).hint("Check its spelling."),
                    );
                }
            }
            return true;
        };
        let fits =
            |known: &reference::Action| action_fits(action, &format!("{}:{}", service.prefix, known.name));
        if service.actions.iter().any(fits) {
            return false;
        }
        match reference::nearest(action) {
            Some(meant) => {
                let finding = Finding::error("action-unknown", format!("There is no action `{action}`."));
                self.push_meant(word, finding, Some(meant));
            }
            None => {
                let verb = if action.contains(['*', '?']) { "matches nothing" } else { "is not" };
                let text = format!("`{action}` {verb} in our list of {DATE}.");
                self.push(&word.spot, Finding::note("action-not-in-list", text).hint("Check its spelling."));
            }
        }
        true
    }

    /// An action that is no repository's, in the policy of one.
    fn not_of_a_repository(&mut self, word: &Word) {
        let Some((_, known)) = reference::find(&word.text) else { return };
        let text = if known.resources().next().is_none() {
            format!(
                "`{}` is about the registry, so it has no effect in the policy of a repository.",
                word.text
            )
        } else if word.text.eq_ignore_ascii_case(REPLICATE_IMAGE) {
            format!(
                "`{}` has no effect in the policy of a repository: replication asks the registry's.",
                word.text
            )
        } else if word.text.eq_ignore_ascii_case(CREATE_REPOSITORY) {
            format!("`{}` has no effect in the policy of a repository, which exists.", word.text)
        } else {
            return;
        };
        let finding = Finding::warning("action-resource-mismatch", text);
        self.push(&word.spot, finding.hint("Put it into the registry's policy."));
    }

    /// An action that another one of the same list includes.
    fn covered_action(&mut self, statement: &Seen<'_>, words: &[Word], index: usize) {
        let word = &words[index];
        let includes = |(at, other): (usize, &Word)| {
            let (wide, narrow) = (other.text.to_ascii_lowercase(), word.text.to_ascii_lowercase());
            at != index && pattern::covers(&wide, &narrow) && (wide != narrow || at < index)
        };
        let Some((_, by)) = words.iter().enumerate().find(|(at, other)| includes((*at, other))) else {
            return;
        };
        let text = format!("`{}` is included in `{}`.", word.text, by.text);
        let is_listed = statement.element("Action").is_some_and(|(_, value)| value.is_list());
        let fix = LintFix::remove(&word.spot.pointer, format!("`{}` is removed.", word.text));
        self.push_fixed(&word.spot, Finding::note("action-covered", text), Some(fix).filter(|_| is_listed));
    }

    /// What the scope of the registry's policy must be.
    fn scope(&mut self, words: &[Word]) {
        let in_v1 = |word: &&Word| V1_ACTIONS.iter().any(|known| known.eq_ignore_ascii_case(&word.text));
        let beyond: Vec<&Word> = words
            .iter()
            .filter(|word| !in_v1(word) && reference::find(&word.text).is_some())
            .filter(|word| !word.text.eq_ignore_ascii_case(TOKEN))
            .collect();
        let Some(first) = beyond.first() else { return };
        let names: Vec<String> = beyond.iter().map(|word| format!("`{}`", word.text)).collect();
        let names = sentence::list(&names, "and");
        match self.scope {
            PolicyScope::V2 => {}
            PolicyScope::V1 => {
                let text = format!("This registry's policy scope is V1, which does not know {names}.");
                let finding = Finding::error("action-outside-scope", text);
                self.push(
                    &first.spot,
                    finding.hint("`longshore policy upgrade` upgrades the policy scope to V2."),
                );
            }
            PolicyScope::Unknown => {
                let verb = if beyond.len() == 1 { "needs" } else { "need" };
                let text =
                    format!("{names} {verb} the policy scope V2 of the registry; V1 refuses the policy.");
                let hint = "New registries have V2; `longshore policy show` says which one a registry has.";
                self.push(&first.spot, Finding::note("action-needs-v2", text).hint(hint));
            }
        }
    }

    fn lacks_create(&mut self, statement: &Seen<'_>, words: &[Word]) {
        let names = |action: &str| words.iter().any(|word| action_fits(&word.text, action));
        if !statement.allows()
            || statement.excludes("Action")
            || !names(REPLICATE_IMAGE)
            || names(CREATE_REPOSITORY)
        {
            return;
        }
        let Some(word) = words.iter().find(|word| action_fits(&word.text, REPLICATE_IMAGE)) else { return };
        let text = format!("`{CREATE_REPOSITORY}` is missing: images arrive only in existing repositories.");
        let fix = match statement.element("Action") {
            Some((_, value)) if value.is_list() => LintFix::add(
                format!("{}/-", value.spot.pointer),
                CREATE_REPOSITORY,
                format!("`{CREATE_REPOSITORY}` is added."),
            ),
            _ => LintFix::replace(
                &word.spot.pointer,
                vec![word.text.clone(), CREATE_REPOSITORY.to_owned()],
                format!("`{CREATE_REPOSITORY}` is added."),
            ),
        };
        let finding = Finding::warning("create-repository-missing", text);
        self.push_fixed(
            &word.spot,
            finding.hint("Add it, or create the repositories beforehand."),
            Some(fix),
        );
    }
}
