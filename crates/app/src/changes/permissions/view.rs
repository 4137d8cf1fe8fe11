//! A registry's policy for display.

use longshore_names::ForeignText;
use longshore_policy::registry_policy::{
    Effect, PolicyContext, Principal, StatementView as Statement, explain_statement, validate_policy,
};

use crate::{
    App,
    api::{ApiError, Finding, PolicyScope, PolicyView, RegistryKey, StatementView},
    documents::parse_policy,
    made::Made,
    plans::finding,
};

impl App {
    /// A registry's policy and its scope, read now. That the scope cannot be read is part of the answer.
    ///
    /// # Errors
    /// The reason why it cannot be read.
    pub async fn policy(&self, registry: RegistryKey) -> Result<PolicyView, ApiError> {
        let id = registry.id();
        let (text, scope) = futures::join!(self.read_policy(&registry), self.policy_scope(&registry));
        let text = text?;
        let (scope, scope_problem) = match scope {
            Ok(scope) => (Some(scope), None),
            Err(error) => (None, Some(error)),
        };
        let as_of = self.now();
        let mut view = PolicyView {
            registry: registry.clone(),
            document: None,
            statements: Vec::new(),
            length: 0,
            findings: Vec::new(),
            as_of,
            base: self.opened.remember(text.as_deref()),
            scope,
            scope_problem,
        };
        let Some(text) = text else { return Ok(view) };
        let policy = parse_policy(Some(&text))?;
        let ours = self.made(Made::Statement, &registry).await?;
        let mut context = PolicyContext::new(id.clone());
        // ECR has accepted this document; what it accepted is not an error now.
        context.current = Some(policy.clone());
        context.scope = PolicyScope::known(scope);
        let findings: Vec<_> = validate_policy(&policy, &context).iter().map(finding).collect();
        view.document = Some(policy.pretty());
        view.length = u32::try_from(policy.characters()).unwrap_or(u32::MAX);
        view.findings = findings.iter().filter(|finding| statement_of(finding).is_none()).cloned().collect();
        let one = |statement: &Statement| StatementView {
            id: statement.hash.to_string(),
            sid: statement.sid.as_ref().map(shown),
            effect: match &statement.effect {
                Effect::Allow => "Allow".into(),
                Effect::Deny => "Deny".into(),
                Effect::Other(word) => shown(word),
            },
            sentence: shown(explain_statement(statement, &id, &self.namer(registry.space))),
            principals: statement.principals.items().iter().map(principal).map(shown).collect(),
            actions: statement.actions.items().iter().map(shown).collect(),
            resources: statement.resources.items().iter().map(shown).collect(),
            ours: ours.contains(statement.hash.as_str()),
            findings: findings
                .iter()
                .filter(|finding| statement_of(finding) == Some(statement.index))
                .cloned()
                .collect(),
            json: longshore_policy::pretty(&statement.raw),
        };
        view.statements = policy.statements().iter().map(one).collect();
        Ok(view)
    }
}

/// The statement that a finding is about: its field starts with `Statement[1]`.
fn statement_of(finding: &Finding) -> Option<usize> {
    finding.field.as_deref()?.strip_prefix("Statement[")?.split_once(']')?.0.parse().ok()
}

/// Text that is shown next to the statement's JSON, which is left unchanged.
fn shown(text: impl AsRef<str>) -> String {
    ForeignText::new(text).into()
}

fn principal(principal: &Principal) -> String {
    match principal {
        Principal::Everyone => "*".into(),
        Principal::Account { account, partition: None } => account.to_string(),
        Principal::Account { account, partition: Some(partition) } => {
            format!("arn:{partition}:iam::{account}:root")
        }
        Principal::Aws(arn) => arn.clone(),
        Principal::Other { kind, value } => format!("{kind}: {value}"),
    }
}
