//! Saving and removing engine rules, as plans like every change.

use longshore_policy::rule::{CompiledRule, read_rules};

use super::{
    input::{self, canonical, understand},
    perform::WriteEngineRule,
    store,
};
use crate::{
    App,
    api::{ApiError, EngineRuleInput, Environment, RegistryKey, Severity, Space},
    plans::{Content, Draft},
    steps::DocumentChange,
};

/// Saves a rule, as a new one or in place of another.
pub(crate) async fn plan_save(
    app: &App,
    space: Space,
    id: Option<&str>,
    input: &EngineRuleInput,
) -> Result<Content, ApiError> {
    let before = match id {
        Some(id) => Some(super::stored(app, id).await?),
        None => None,
    };
    if before.as_ref().is_some_and(|before| before.space != space) {
        return Err(ApiError::input("space-differs", "space", "The rule belongs to another space."));
    }
    let understood = understand(input)?;
    let warnings = understood.findings.clone();
    let rule = understood.good()?;
    let title = match &before {
        Some(_) => format!("Change rule “{}”", rule.name()),
        None => format!("Add rule “{}”", rule.name()),
    };
    let mut draft = Draft::new(space, title);
    step(app, &mut draft, space, before.as_ref(), &rule).await?;
    for finding in warnings {
        match finding.severity {
            Severity::Warning => draft.warning(&finding.code, finding.text, finding.hint.as_deref()),
            _ => draft.note(&finding.code, finding.text),
        }
    }
    Ok(draft.content)
}

/// Saves the rules of a file; rules of the same name are replaced.
pub(crate) async fn plan_import(app: &App, space: Space, text: &str) -> Result<Content, ApiError> {
    let (file, findings) = read_rules(text);
    let Some(file) = file else {
        let first = findings.iter().find(|finding| finding.severity == longshore_policy::Severity::Error);
        let first =
            first.ok_or_else(|| ApiError::input("no-rule", "text", "There is no rule in this text."))?;
        let line = first.position.map(|at| format!(" (line {})", at.line)).unwrap_or_default();
        let mut error = ApiError::input(first.code, "text", format!("{}{line}", first.text));
        error.hint.clone_from(&first.hint);
        return Err(error);
    };
    let known = app.db.read(move |tx| store::all(tx, Some(space))).await?;
    let mut draft = Draft::new(space, "Import rules");
    for rule in &file.rules {
        let before = known.iter().find(|known| known.name == rule.name);
        let rule =
            CompiledRule::compile(rule).map_err(|_| ApiError::internal("A rule of a good file is wrong."))?;
        step(app, &mut draft, space, before, &rule).await?;
    }
    if draft.content.steps.is_empty() {
        draft.error("nothing-to-do", "All of these rules are already saved.", "There is nothing to import.");
    }
    Ok(draft.content)
}

async fn step(
    app: &App,
    draft: &mut Draft,
    space: Space,
    before: Option<&store::StoredRule>,
    rule: &CompiledRule,
) -> Result<(), ApiError> {
    let yaml = canonical(rule.rule());
    if before.is_some_and(|before| before.yaml == yaml) {
        draft.note("rule-unchanged", format!("Rule `{}` is unchanged.", rule.name()));
        return Ok(());
    }
    let name = rule.name().to_owned();
    let text = match before {
        Some(before) if before.name != name => format!("Replace rule `{}` with `{name}`", before.name),
        Some(_) => format!("Replace rule `{name}`"),
        None => format!("Save rule `{name}`"),
    };
    let by_itself = rule.timetable().is_some();
    let reason = by_itself.then(|| "From then on it runs automatically while Longshore is open.".to_owned());
    let production = if by_itself { production(app, space, rule).await } else { Vec::new() };
    let document = DocumentChange::of(before.map(|before| before.yaml.clone()), Some(yaml));
    let id = before.map_or_else(|| uuid::Uuid::now_v7().to_string(), |before| before.id.clone());
    let change = WriteEngineRule { id, space, name, document, production };
    draft.step_elsewhere(text, reason, change);
    Ok(())
}

/// Production registries that a rule writes to.
async fn production(app: &App, space: Space, rule: &CompiledRule) -> Vec<RegistryKey> {
    let mut found = Vec::new();
    for destination in rule.destinations() {
        let Some(key) = input::key(app, space, destination.registry()).await else { continue };
        let account = app.accounts.find(key.space, key.account.as_str());
        if account.is_some_and(|known| known.account.environment == Environment::Production) {
            found.push(key);
        }
    }
    found
}

/// Removes a rule; what it copied stays.
pub(crate) async fn plan_remove(app: &App, id: &str) -> Result<Content, ApiError> {
    let before = super::stored(app, id).await?;
    let mut draft = Draft::new(before.space, format!("Remove rule “{}”", before.name));
    let document = DocumentChange::of(Some(before.yaml), None);
    let change = WriteEngineRule {
        id: before.id,
        space: before.space,
        name: before.name.clone(),
        document,
        production: Vec::new(),
    };
    let reason = Some("It will no longer run.".to_owned());
    draft.step_elsewhere(format!("Remove rule `{}`", before.name), reason, change);
    draft.content.stays.push("Everything that the rule has copied stays where it is.".into());
    Ok(draft.content)
}
