//! Finds the fixes of a policy for one registry.

use longshore_names::{AccountId, RegistryId};
use serde_json::Value;

use super::{
    fix::{Change, Fix},
    proposed_sid::proposed_sid,
};
use crate::iam::{
    CREATE_REPOSITORY, Effect, Element, Policy, Principal, REPLICATE_IMAGE, StatementView,
    actions::{self, TOKEN},
    condition,
    evaluate::action_fits,
    principal::orphan,
    resource::{is_here, names_another, repository_arn, retargeted},
    validate::path,
};
use crate::sentence;

/// All fixes of `policy`, which is already cleaned. `repository` is set if the text was that
/// repository's policy.
pub(crate) fn fixes(policy: &Policy, registry: &RegistryId, repository: Option<&str>) -> Vec<Fix> {
    let mut all = Vec::new();
    version(policy, &mut all);
    let statements = policy.statements();
    let mut taken: Vec<String> = Vec::new();
    for statement in &statements {
        let finder = Finder { statement, registry, alone: statements.len() == 1 };
        finder.sid(&mut taken, &mut all);
        finder.principals(&mut all);
        finder.actions(&mut all);
        finder.resources(repository, &mut all);
        finder.conditions(&mut all);
    }
    // Two fixes of one field get different ids by their position.
    for i in 0..all.len() {
        let same = all[..i]
            .iter()
            .filter(|fix| fix.id == all[i].id || fix.id.starts_with(&format!("{}#", all[i].id)))
            .count();
        if same > 0 {
            all[i].id = format!("{}#{}", all[i].id, same + 1);
        }
    }
    all
}

fn version(policy: &Policy, all: &mut Vec<Fix>) {
    if policy.raw.get("Version").and_then(Value::as_str) == Some("2012-10-17") {
        return;
    }
    let variables = policy.to_text().contains("${");
    let what = if policy.raw.contains_key("Version") {
        "The policy language version becomes `2012-10-17`."
    } else {
        "`Version` is added: `2012-10-17`."
    };
    let newly = if variables {
        "Variables such as `${aws:username}` are replaced by their values; as written they are plain text."
    } else {
        "Nothing: the version only affects variables, and the policy has none."
    };
    let fix = Fix::repair("version-missing", crate::FieldPath::new("Version"), what.into(), Change::Version);
    all.push(fix.widening(newly.into()));
}

struct Finder<'a> {
    statement: &'a StatementView,
    registry: &'a RegistryId,
    /// Whether it is the only statement.
    alone: bool,
}

impl Finder<'_> {
    fn allows(&self) -> bool {
        self.statement.effect == Effect::Allow
    }

    fn who(&self) -> String {
        let phrases: Vec<String> = self.statement.principals.items().iter().map(Principal::phrase).collect();
        if phrases.is_empty() { "nobody yet".into() } else { sentence::list(&phrases, "and") }
    }

    fn deeds(&self) -> String {
        let actions: Vec<String> = self.statement.actions.items().iter().map(|a| format!("`{a}`")).collect();
        let list = sentence::list(&actions, "and");
        match self.statement.actions {
            Element::AllBut(_) => format!("everything but {list}"),
            _ => list,
        }
    }

    fn places(&self) -> String {
        let resources: Vec<String> =
            self.statement.resources.items().iter().map(|r| format!("`{r}`")).collect();
        sentence::list(&resources, "and")
    }

    /// A change that extends the statement: it allows more if the statement allows, and denies more
    /// if it denies.
    fn wider(&self, fix: Fix, newly_allows: String) -> Fix {
        if self.allows() { fix.widening(newly_allows) } else { fix.on_request() }
    }

    /// A change that narrows the statement, as one of `NotAction` or `NotResource` does. `exempt`
    /// is what a denying statement no longer denies.
    fn narrower(&self, fix: Fix, exempt: &str) -> Fix {
        if self.statement.effect == Effect::Deny {
            fix.widening(format!("The statement no longer denies {exempt}."))
        } else {
            fix.on_request()
        }
    }

    fn sid(&self, taken: &mut Vec<String>, all: &mut Vec<Fix>) {
        let given = self.statement.sid.as_deref().unwrap_or_default();
        let clean: String = given.chars().filter(char::is_ascii_alphanumeric).collect();
        let wanted = if clean.is_empty() { proposed_sid(self.statement).to_owned() } else { clean };
        let mut sid = wanted.clone();
        let mut next = 2;
        while taken.contains(&sid) {
            sid = format!("{wanted}{next}");
            next += 1;
        }
        taken.push(sid.clone());
        if sid != given {
            let (code, what) = match given {
                "" => ("sid-missing", format!("The statement gets the id `{sid}`.")),
                _ if given.chars().all(|c| c.is_ascii_alphanumeric()) => {
                    ("sid-duplicate", format!("The id `{given}` becomes `{sid}`."))
                }
                _ => ("sid-characters", format!("The id becomes `{sid}`.")),
            };
            let index = self.statement.index;
            let change = Change::Set { statement: index, key: "Sid", value: sid.into() };
            all.push(Fix::repair(code, path(index).child("Sid"), what, change));
        }
    }

    fn principals(&self, all: &mut Vec<Fix>) {
        let index = self.statement.index;
        let field = path(index).child("Principal");
        let here = self.registry.region.partition();
        let Some(written) = self
            .statement
            .raw
            .get("Principal")
            .and_then(|p| p.get("AWS"))
            .and_then(crate::iam::principal::texts)
        else {
            return;
        };
        let text = |from: &str, to: Option<String>| Change::Text {
            statement: index,
            key: "Principal",
            from: from.into(),
            to,
        };
        let orphans = written.iter().filter(|who| orphan(who).is_some()).count();
        for who in &written {
            if orphan(who).is_some() {
                let left = written.len() > orphans
                    || self
                        .statement
                        .raw
                        .get("Principal")
                        .and_then(Value::as_object)
                        .is_some_and(|kinds| kinds.len() > 1);
                if !left && self.alone {
                    continue;
                }
                let (change, what) = if left {
                    (text(who, None), format!("`{who}` is removed."))
                } else {
                    (
                        Change::Drop { statement: index },
                        format!(
                            "The statement is removed: `{who}` does not exist, and it names nobody else."
                        ),
                    )
                };
                all.push(Fix::repair("principal-orphaned", field.clone(), what, change).on_request());
            } else if let Ok(account) = who.parse::<AccountId>() {
                let arn = account.root_arn(here);
                let what = format!("`{who}` becomes `{arn}`, as AWS writes it.");
                all.push(Fix::repair("principal-bare", field.clone(), what, text(who, Some(arn))));
            } else if let Some(arn) = in_partition(who, here.id()) {
                let what = format!("`{who}` is adapted to this partition: `{arn}`.");
                let newly = format!("`{arn}`: {} on {}.", self.deeds(), self.places());
                let fix = Fix::repair("principal-partition", field.clone(), what, text(who, Some(arn)));
                all.push(self.wider(fix, newly));
            } else if let Some(account) = crate::iam::principal::service_linked(who) {
                let arn = account.root_arn(here);
                let what = format!("`{who}` becomes the whole account, `{arn}`.");
                let newly = format!("Account {account}: {} on {}.", self.deeds(), self.places());
                let fix =
                    Fix::repair("principal-service-linked-role", field.clone(), what, text(who, Some(arn)));
                all.push(self.wider(fix, newly));
            }
        }
    }

    fn actions(&self, all: &mut Vec<Fix>) {
        let index = self.statement.index;
        let key = if matches!(self.statement.actions, Element::AllBut(_)) { "NotAction" } else { "Action" };
        let field = path(index).child(key);
        let mut meant: Vec<String> = Vec::new();
        let items = self.statement.actions.items();
        for action in items {
            let text = |to| Change::Text { statement: index, key, from: action.clone(), to };
            if action.eq_ignore_ascii_case(TOKEN) && key == "Action" {
                let others = items.iter().any(|other| !other.eq_ignore_ascii_case(TOKEN));
                if others {
                    let what = format!("`{action}` is removed; no resource policy may name it.");
                    all.push(Fix::repair("action-token", field.clone(), what, text(None)));
                } else if !self.alone {
                    let what =
                        "The statement is removed: no resource policy may name its actions.".to_owned();
                    all.push(Fix::repair(
                        "action-token",
                        field.clone(),
                        what,
                        Change::Drop { statement: index },
                    ));
                }
            } else if !actions::is_known(action)
                && let Some(nearest) = actions::nearest(action)
            {
                meant.push(nearest.clone());
                let what = format!("`{action}` becomes `{nearest}`.");
                let newly = format!("{}: `{nearest}` on {}.", sentence::capital(&self.who()), self.places());
                let exempt = format!("`{nearest}`");
                let fix = Fix::repair("action-unknown", field.clone(), what, text(Some(nearest)));
                all.push(if key == "NotAction" {
                    self.narrower(fix, &exempt)
                } else {
                    self.wider(fix, newly)
                });
            }
        }
        let names = |wanted: &str| items.iter().chain(&meant).any(|pattern| action_fits(pattern, wanted));
        if self.allows() && key == "Action" && names(REPLICATE_IMAGE) && !names(CREATE_REPOSITORY) {
            let what = format!("`{CREATE_REPOSITORY}` is added.");
            let newly = format!(
                "{}: `{CREATE_REPOSITORY}`, for images whose repository does not exist yet.",
                sentence::capital(&self.who())
            );
            let change = Change::Add { statement: index, key, text: CREATE_REPOSITORY.into() };
            all.push(Fix::repair("create-repository-missing", field, what, change).widening(newly));
        }
    }

    fn resources(&self, repository: Option<&str>, all: &mut Vec<Fix>) {
        let index = self.statement.index;
        let here = self.registry;
        if self.statement.resources == Element::Missing {
            let name = repository.unwrap_or("*");
            let arn = repository_arn(here, name);
            let what = format!("`Resource` is added: `{arn}`.");
            let where_ = match repository {
                Some(name) => format!("the repository `{name}`"),
                None => "every repository of this registry".to_owned(),
            };
            let newly = format!("{}: {} on {where_}.", sentence::capital(&self.who()), self.deeds());
            let change =
                Change::Set { statement: index, key: "Resource", value: Value::Array(vec![arn.into()]) };
            let fix = Fix::repair("resource-missing", path(index).child("Resource"), what, change);
            all.push(self.wider(fix, newly));
            return;
        }
        let key =
            if matches!(self.statement.resources, Element::AllBut(_)) { "NotResource" } else { "Resource" };
        let items = self.statement.resources.items();
        // Next to a resource of this registry, one of another registry may be for another document.
        let beside = items.iter().any(|resource| is_here(resource, here));
        for resource in items.iter().filter(|resource| !is_here(resource, here)) {
            let Some(arn) = retargeted(resource, here) else { continue };
            let what = format!("`{resource}` is adapted to this registry: `{arn}`.");
            let change =
                Change::Text { statement: index, key, from: resource.clone(), to: Some(arn.clone()) };
            let fix = Fix::repair("resource-elsewhere", path(index).child(key), what, change);
            let newly = format!("{}: {} on `{arn}`.", sentence::capital(&self.who()), self.deeds());
            all.push(match key {
                "NotResource" => self.narrower(fix, &format!("anything on `{arn}`")),
                _ if beside || names_another(resource, here) => self.wider(fix, newly),
                // An ARN with a missing part names nothing, and can only be meant for this
                // registry.
                _ => fix,
            });
        }
    }

    fn conditions(&self, all: &mut Vec<Fix>) {
        let index = self.statement.index;
        let Some(tests) = self.statement.condition.as_ref().and_then(condition::tests) else { return };
        let field = path(index).child("Condition");
        // A test that replaced another one would drop it. Key names are case-insensitive.
        let mut taken: Vec<(String, String)> =
            tests.iter().map(|test| (test.operator.clone(), test.key.to_ascii_lowercase())).collect();
        let mut is_free = |operator: &str, key: &str| {
            let target = (operator.to_owned(), key.to_ascii_lowercase());
            let is_free = !taken.contains(&target);
            taken.push(target);
            is_free
        };
        for test in tests {
            let newly = format!(
                "{}: {} on {}, where the rest of the condition holds.",
                sentence::capital(&self.who()),
                self.deeds(),
                self.places()
            );
            let operator = match condition::is_known_operator(&test.operator) {
                true => test.operator.clone(),
                false => condition::nearest_operator(&test.operator).unwrap_or_else(|| test.operator.clone()),
            };
            let change = |to| Change::Condition {
                statement: index,
                operator: test.operator.clone(),
                key: test.key.clone(),
                to,
            };
            let key = match condition::is_known_key(&test.key) {
                true => None,
                false => condition::nearest_key(&test.key),
            };
            if let Some(key) = key {
                if !is_free(&operator, key) {
                    continue;
                }
                let what = format!("The condition key `{}` becomes `{key}`.", test.key);
                let fix = Fix::repair(
                    "condition-key-unknown",
                    field.clone(),
                    what,
                    change(Some((operator, key.to_owned()))),
                );
                // A test that holds while its key is unknown holds less often afterwards.
                all.push(if condition::holds_without_key(&test) {
                    self.narrower(fix, "those for whom the test does not hold")
                } else {
                    self.wider(fix, newly)
                });
            } else if operator != test.operator {
                if !is_free(&operator, &test.key) {
                    continue;
                }
                let what = format!("The operator `{}` becomes `{operator}`.", test.operator);
                all.push(Fix::repair(
                    "condition-operator-unknown",
                    field.clone(),
                    what,
                    change(Some((operator, test.key.clone()))),
                ));
            } else if self.allows()
                && self.statement.actions.covers(|a| action_fits(a, REPLICATE_IMAGE))
                && condition::never_for_replication(&test)
            {
                let is_free = is_free(&operator, "aws:PrincipalAccount");
                let (what, to) = if test.is("aws:SourceAccount") && is_free {
                    let key = "aws:PrincipalAccount".to_owned();
                    (
                        format!("The condition is on `{key}`, which replication carries."),
                        Some((operator, key)),
                    )
                } else {
                    (format!("The condition on `{}` is removed.", test.key), None)
                };
                all.push(Fix::repair("condition-never", field.clone(), what, change(to)).widening(newly));
            }
        }
    }
}

/// An IAM ARN of another partition, converted to `partition`.
fn in_partition(arn: &str, partition: &str) -> Option<String> {
    let (other, rest) = arn.strip_prefix("arn:")?.split_once(':')?;
    let iam = rest.starts_with("iam::") || rest.starts_with("sts::");
    let whole = !other.is_empty() && !other.contains(['$', '*', '<', '{']);
    (iam && whole && other != partition).then(|| format!("arn:{partition}:{rest}"))
}
