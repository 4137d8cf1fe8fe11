//! *Replication - cross account*: generates the statement that a destination needs.
//!
//! Source: user guide, "Granting registry permissions for cross account replication".

use longshore_names::{AccountId, Prefix, RegistryId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{MAX_CHARACTERS, RegistryPolicy};
use crate::{
    FieldPath, Finding,
    iam::{
        Added, CREATE_REPOSITORY, Effect, REPLICATE_IMAGE, Statement, edit::scalar_or_list,
        resource::repository_arn, validate::sid_problem,
    },
    sentence,
};

/// The repositories that a statement covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scope", content = "prefixes", rename_all = "snake_case")]
pub enum RepositoryScope {
    /// Any.
    All,
    /// Those whose names begin with one of these.
    Prefixes(Vec<Prefix>),
}

/// What the statement should allow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrossAccountReplication {
    /// The statement id.
    pub sid: String,
    /// The accounts that may replicate.
    pub sources: Vec<AccountId>,
    /// The destination registry. Each destination Region needs its own statement.
    pub destination: RegistryId,
    /// The destination repositories.
    pub repositories: RepositoryScope,
    /// Whether missing repositories may be created. Otherwise they must exist before.
    pub create_repository: bool,
}

impl CrossAccountReplication {
    /// The statement.
    pub fn statement(&self) -> Statement {
        let partition = self.destination.region.partition();
        let arn = |name: &str| Value::String(repository_arn(&self.destination, name));
        let mut sources: Vec<String> = Vec::new();
        for source in &self.sources {
            let root = source.root_arn(partition);
            if !sources.contains(&root) {
                sources.push(root);
            }
        }
        let resources: Vec<Value> = match &self.repositories {
            RepositoryScope::All => vec![arn("*")],
            RepositoryScope::Prefixes(prefixes) => {
                prefixes.iter().map(|prefix| arn(&format!("{prefix}*"))).collect()
            }
        };
        let mut actions = vec![Value::from(REPLICATE_IMAGE)];
        if self.create_repository {
            actions.insert(0, CREATE_REPOSITORY.into());
        }
        let mut principal = Map::new();
        principal.insert("AWS".into(), scalar_or_list(sources));
        let mut statement = Map::new();
        statement.insert("Sid".into(), self.sid.clone().into());
        statement.insert("Effect".into(), "Allow".into());
        statement.insert("Principal".into(), principal.into());
        statement.insert("Action".into(), actions.into());
        statement.insert("Resource".into(), resources.into());
        Statement(statement)
    }
}

/// The *Generate statement* form as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementInput {
    /// The statement id.
    pub sid: String,
    /// The source accounts.
    pub accounts: Vec<String>,
    /// Whether it covers all repositories; then `prefixes` are ignored.
    pub all_repositories: bool,
    /// The prefixes of repository names.
    pub prefixes: Vec<String>,
    /// Whether missing repositories may be created.
    pub create_repository: bool,
}

/// Reads the form for the registry `destination` and its current `policy`. Returns the statement if
/// every text is valid; it may be added if no finding is an error.
pub fn validate_statement_input(
    input: &StatementInput,
    destination: &RegistryId,
    policy: Option<&RegistryPolicy>,
) -> (Option<CrossAccountReplication>, Vec<Finding>) {
    let mut findings = Vec::new();
    let sid = input.sid.trim().to_owned();
    findings.extend(sid_problem(&sid).map(|f| f.at(FieldPath::new("sid"))));
    let sources = read_accounts(&input.accounts, destination, &mut findings);
    let prefixes = read_prefixes(input, &mut findings);
    if !input.create_repository {
        findings.push(
            Finding::warning(
                "create-repository-missing",
                "Without `ecr:CreateRepository` images arrive only in existing repositories.",
            )
            .at(FieldPath::new("create_repository"))
            .hint("Allow it, or create the repositories beforehand."),
        );
    }
    if crate::has_errors(&findings) {
        return (None, findings);
    }
    let repositories =
        if input.all_repositories { RepositoryScope::All } else { RepositoryScope::Prefixes(prefixes) };
    let wanted = CrossAccountReplication {
        sid,
        sources,
        destination: destination.clone(),
        repositories,
        create_repository: input.create_repository,
    };
    if let Some(policy) = policy {
        findings.extend(fit(&wanted, policy));
    }
    (Some(wanted), findings)
}

/// Checks whether the statement can be added to the policy, and its effect there.
fn fit(wanted: &CrossAccountReplication, policy: &RegistryPolicy) -> Option<Finding> {
    let mut copy = policy.clone();
    match copy.add_statement(&wanted.statement()) {
        Err(error @ crate::EditError::AlreadyThere { .. }) => {
            Some(Finding::note(error.code(), "The policy has this statement already.").hint("Nothing to do."))
        }
        Err(error) => {
            let text = sentence::whole(&error.to_string());
            Some(Finding::error(error.code(), text).at(FieldPath::new("sid")).hint(error.hint()))
        }
        Ok(_) if copy.characters() > MAX_CHARACTERS => Some(
            Finding::error(
                "policy-too-long",
                format!(
                    "With this statement the policy has {} characters; ECR allows {}.",
                    copy.characters(),
                    MAX_CHARACTERS
                ),
            )
            .hint("Use fewer, shorter prefixes, and one statement for accounts that need the same."),
        ),
        Ok(Added::Merged(_)) => Some(Finding::note(
            "statement-merged",
            format!("The accounts are added to the statement `{}`, which is otherwise the same.", wanted.sid),
        )),
        Ok(Added::Appended(_)) => None,
    }
    .or_else(|| denied(wanted, policy))
}

fn denied(wanted: &CrossAccountReplication, policy: &RegistryPolicy) -> Option<Finding> {
    let deny = policy.statements().into_iter().find(|s| s.effect == Effect::Deny)?;
    let here = wanted.destination.region.partition();
    let concerned = wanted.sources.iter().any(|source| deny.principals.covers(|p| p.covers(source, here)));
    concerned.then(|| {
        Finding::warning(
            "denied-elsewhere",
            format!(
                "Statement {} denies something to one of these accounts, and a deny wins.",
                deny.phrase()
            ),
        )
    })
}

fn read_accounts(typed: &[String], destination: &RegistryId, findings: &mut Vec<Finding>) -> Vec<AccountId> {
    let mut accounts = Vec::new();
    if typed.is_empty() {
        findings.push(
            Finding::error("accounts-empty", "No account is named.")
                .at(FieldPath::new("accounts"))
                .hint("Type the 12 digits of the account that pushes the images."),
        );
    }
    for (i, text) in typed.iter().enumerate() {
        let field = FieldPath::new("accounts").item(i);
        match AccountId::for_input(text) {
            Err(error) => findings
                .push(Finding::error("account-id-invalid", sentence::whole(&error.to_string())).at(field)),
            Ok(account) if accounts.contains(&account) => findings.push(
                Finding::note("account-duplicate", format!("{account} is named twice; once is enough."))
                    .at(field),
            ),
            Ok(account) => {
                if account == destination.account {
                    findings.push(
                        Finding::warning("own-account", format!("{account} is the registry's own account."))
                            .at(field)
                            .hint("Replication inside one account needs no statement; leave it out."),
                    );
                }
                accounts.push(account);
            }
        }
    }
    accounts
}

fn read_prefixes(input: &StatementInput, findings: &mut Vec<Finding>) -> Vec<Prefix> {
    if input.all_repositories {
        findings.push(
            Finding::warning("all-repositories", "The statement covers every repository of the registry.")
                .at(FieldPath::new("all_repositories"))
                .hint("Limit it to the prefixes of the replication rule."),
        );
        return Vec::new();
    }
    if input.prefixes.is_empty() {
        findings.push(
            Finding::error("prefixes-empty", "No repository is named.")
                .at(FieldPath::new("prefixes"))
                .hint("Type the beginning of the repository names, or choose all repositories."),
        );
    }
    let mut prefixes = Vec::new();
    for (i, text) in input.prefixes.iter().enumerate() {
        match Prefix::for_input(text) {
            Ok(prefix) if prefixes.contains(&prefix) => {}
            Ok(prefix) => prefixes.push(prefix),
            Err(error) => {
                let field = FieldPath::new("prefixes").item(i);
                findings
                    .push(Finding::error("filter-invalid", sentence::whole(&error.to_string())).at(field));
            }
        }
    }
    prefixes
}
