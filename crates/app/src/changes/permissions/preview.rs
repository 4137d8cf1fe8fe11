//! The effect of a generated statement, while it is typed.

use longshore_policy::{
    EditError,
    registry_policy::{
        CrossAccountReplication, PermissionCheck, RegistryPolicy, RepositoryScope, check_replication,
        explain_statement, validate_statement_input,
    },
};

use crate::{
    App,
    api::{ApiError, StatementInput, StatementPreview},
    documents::{parse_policy, typed_statement},
    plans::finding,
};

impl App {
    /// The effect of a generated statement. It uses the policy that was last read, so that typing
    /// needs no network; a policy that was never read is read now.
    ///
    /// # Errors
    /// When the registry's policy was never read and cannot be read.
    pub async fn preview_statement(&self, request: StatementInput) -> Result<StatementPreview, ApiError> {
        let seen = self.inventory.policy_document(&request.registry).await?;
        let text = match seen {
            Some(seen) => seen.document,
            None => self.read_policy(&request.registry).await?,
        };
        self.preview_in(&request, parse_policy(text.as_deref())?)
    }

    /// A policy with a generated statement alone, for an administrator elsewhere. No network.
    ///
    /// # Errors
    /// When the registry is not valid.
    pub async fn generate_policy(&self, request: StatementInput) -> Result<StatementPreview, ApiError> {
        self.preview_in(&request, parse_policy(None)?)
    }

    fn preview_in(
        &self,
        request: &StatementInput,
        policy: RegistryPolicy,
    ) -> Result<StatementPreview, ApiError> {
        let id = request.registry.id();
        let (wanted, findings) = validate_statement_input(&typed_statement(request), &id, Some(&policy));
        let mut preview = StatementPreview {
            statement: None,
            sentence: None,
            findings: findings.iter().map(finding).collect(),
            already_allowed_by: None,
            free_sid: None,
            document: None,
            length: None,
        };
        let Some(wanted) = wanted else { return Ok(preview) };
        let statement = wanted.statement();
        preview.statement = Some(longshore_policy::pretty(&statement.to_value()));
        preview.sentence =
            Some(explain_statement(&statement.view(), &id, &self.namer(request.registry.space)));
        preview.already_allowed_by = already_allowed(&wanted, &policy);
        let mut after = policy;
        match after.add_statement(&statement) {
            Ok(_) => {
                preview.length = Some(u32::try_from(after.characters()).unwrap_or(u32::MAX));
                preview.document = Some(after.pretty());
            }
            Err(EditError::SidTaken { proposed, .. }) => preview.free_sid = Some(proposed),
            Err(_) => {}
        }
        Ok(preview)
    }
}

/// The statements that already allow all of it to every listed account.
fn already_allowed(wanted: &CrossAccountReplication, policy: &RegistryPolicy) -> Option<String> {
    let prefixes = match &wanted.repositories {
        RepositoryScope::All => &[][..],
        RepositoryScope::Prefixes(prefixes) => prefixes,
    };
    let mut sids = Vec::new();
    for source in &wanted.sources {
        let check = check_replication(Some(policy), source, &wanted.destination, prefixes);
        let PermissionCheck::Present { by } = check else { return None };
        sids.extend(by);
    }
    sids.sort();
    sids.dedup();
    (!sids.is_empty()).then(|| sids.join(", "))
}
