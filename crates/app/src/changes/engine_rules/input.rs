//! A rule as written by a person, parsed: text or form, findings, places.

use longshore_names::ForeignText;
use longshore_policy::{
    self as policy, has_errors,
    replication::Driver,
    rule::{CompiledRule, Decision, Registry, Rule, RuleFile, check, explain, read_rules, to_yaml},
};

use crate::{
    App,
    api::{
        ApiError, EngineFinding, EnginePlace, EngineRule, EngineRuleDriver, EngineRuleInput,
        EngineRuleReason, RegistryKey, Severity, Space,
    },
    transfer,
};

/// A rule and everything that is known about it without asking a registry.
pub(super) struct Understood {
    pub(super) findings: Vec<EngineFinding>,
    /// As it was written, if it has the shape of a rule.
    pub(super) written: Option<Rule>,
    /// The compiled rule, if nothing is wrong with it.
    pub(super) rule: Option<CompiledRule>,
}

impl Understood {
    /// The rule, or the first error in it.
    pub(super) fn good(self) -> Result<CompiledRule, ApiError> {
        let Self { findings, rule, .. } = self;
        rule.ok_or_else(|| {
            let first = findings.into_iter().find(|finding| finding.severity == Severity::Error);
            first.map_or_else(|| ApiError::internal("A rule is wrong and nothing says why."), refusal)
        })
    }
}

/// A finding as the error of a call.
fn refusal(finding: EngineFinding) -> ApiError {
    let line = finding.line.map(|line| format!(" (line {line})")).unwrap_or_default();
    let mut error = ApiError::new(finding.code, crate::api::Side::Input, format!("{}{line}", finding.text));
    error.hint = finding.hint;
    error.field = finding.field;
    error
}

/// Parses a text or a form.
pub(super) fn understand(input: &EngineRuleInput) -> Result<Understood, ApiError> {
    match input {
        EngineRuleInput::Yaml { text } => Ok(of_text(text)),
        EngineRuleInput::Form { rule } => Ok(of_rule(from_form(rule)?)),
    }
}

fn of_text(text: &str) -> Understood {
    let (file, found) = read_rules(text);
    let mut findings: Vec<EngineFinding> = found.iter().map(finding).collect();
    let mut rules = file.map(|file| file.rules).unwrap_or_default();
    if rules.len() > 1 {
        findings.push(of_whole(
            "one-rule",
            format!("This text has {} rules; only one is allowed here.", rules.len()),
            "Import the file to save all of them.",
        ));
        return Understood { findings, written: None, rule: None };
    }
    let Some(written) = rules.pop() else {
        if !findings.iter().any(|found| found.severity == Severity::Error) {
            findings.push(of_whole(
                "no-rule",
                "There is no rule in this text.".into(),
                "Write one under `rules:`.",
            ));
        }
        return Understood { findings, written: None, rule: None };
    };
    let rule = CompiledRule::compile(&written).ok();
    Understood { findings, written: Some(written), rule }
}

fn of_rule(written: Rule) -> Understood {
    let file = RuleFile::new(vec![written.clone()]);
    let found = check(&file);
    let rule = if has_errors(&found) { None } else { CompiledRule::compile(&written).ok() };
    Understood { findings: found.iter().map(finding).collect(), written: Some(written), rule }
}

fn of_whole(code: &str, text: String, hint: &str) -> EngineFinding {
    EngineFinding {
        code: code.into(),
        severity: Severity::Error,
        field: None,
        line: None,
        column: None,
        text,
        hint: Some(hint.into()),
    }
}

/// A finding with its place; paths start at the rule.
pub(super) fn finding(finding: &policy::Finding) -> EngineFinding {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    EngineFinding {
        code: finding.code.to_owned(),
        severity: match finding.severity {
            policy::Severity::Note => Severity::Note,
            policy::Severity::Warning => Severity::Warning,
            policy::Severity::Error => Severity::Error,
        },
        field: finding.field.as_ref().map(|field| {
            let path = field.as_str();
            path.strip_prefix("rules[0].").unwrap_or(path).to_owned()
        }),
        line: finding.position.map(|at| number(at.line)),
        column: finding.position.map(|at| number(at.column)),
        text: ForeignText::new(&finding.text).into(),
        hint: finding.hint.as_ref().map(|hint| ForeignText::new(hint).into()),
    }
}

/// The form of a rule: both are written the same way.
pub(super) fn to_form(rule: &Rule) -> Result<EngineRule, ApiError> {
    Ok(serde_json::from_value(serde_json::to_value(rule)?)?)
}

fn from_form(form: &EngineRule) -> Result<Rule, ApiError> {
    serde_json::from_value(serde_json::to_value(form)?)
        .map_err(|error| ApiError::input("rule-shape", "rule", format!("This is not a rule: {error}.")))
}

/// The rule file of one rule, in canonical form.
pub(super) fn canonical(rule: &Rule) -> String {
    to_yaml(&RuleFile::new(vec![rule.clone()]))
}

/// The meaning of the rule in sentences, with the names of known accounts.
pub(super) fn sentences(app: &App, space: Space, rule: &CompiledRule) -> Vec<String> {
    let sentences = explain(rule, &|id| app.accounts.name(space, id.as_str()));
    sentences.into_iter().map(|sentence| ForeignText::new(sentence).into()).collect()
}

/// Whether ECR or the engine can carry out the rule.
pub(super) async fn driver(
    app: &App,
    space: Space,
    rule: &CompiledRule,
) -> Result<EngineRuleDriver, ApiError> {
    let Decision { driver, .. } = transfer::decide(&app.endpoints(space).await?, rule).await;
    Ok(match driver {
        Driver::Native { reason } => {
            EngineRuleDriver { native: true, reason: Some(reason), reasons: Vec::new() }
        }
        Driver::Engine { reasons } => EngineRuleDriver {
            native: false,
            reason: None,
            reasons: reasons
                .into_iter()
                .map(|reason| EngineRuleReason {
                    code: reason.code.to_owned(),
                    text: reason.text,
                    to_native: reason.to_native,
                })
                .collect(),
        },
        // A driver that is newer than this window is not ECR.
        _ => EngineRuleDriver { native: false, reason: None, reasons: Vec::new() },
    })
}

/// The registry of a known account that a rule's registry refers to.
pub(super) async fn key(app: &App, space: Space, registry: &Registry) -> Option<RegistryKey> {
    let id = match registry.ecr() {
        Some(id) => id,
        None => app.endpoints(space).await.ok()?.sandbox_registry(&registry.host()?).await?,
    };
    // A host of the sandbox belongs to the sandbox, whichever space the rule is in.
    let space = if registry.ecr().is_none() { Space::Sandbox } else { space };
    let key = RegistryKey::of(space, &id);
    app.accounts.find(space, key.account.as_str()).map(|_| key)
}

/// The text of a known account's registry in a rule: its host on AWS. A registry of the sandbox has no
/// host at AWS, so it is written by account and Region.
pub(super) fn registry_text(key: &RegistryKey) -> Option<String> {
    Some(match key.space {
        Space::Aws => key.id().host(),
        Space::Sandbox => format!("{}/{}", key.account, key.region),
    })
}

/// A registry of a rule in the names of its images.
pub(super) fn shown(space: Space, registry: &Registry) -> String {
    let key = registry.ecr().map(|id| RegistryKey::of(space, &id));
    key.as_ref().and_then(registry_text).unwrap_or_else(|| registry.to_string())
}

/// A registry of a rule as it is displayed.
pub(super) async fn place(app: &App, space: Space, registry: &Registry) -> EnginePlace {
    let known = key(app, space, registry).await;
    let text = known.as_ref().and_then(registry_text).unwrap_or_else(|| registry.to_string());
    let label = known.as_ref().map_or_else(|| text.clone(), |key| app.accounts.label(key));
    EnginePlace { text, label, registry: known }
}
