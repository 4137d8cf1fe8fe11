//! Writing a request.

use longshore_policy::{
    registry_policy::{RegistryPolicy, validate_statement_input},
    request::{Request, RequestedBy, Want},
};

use super::store;
use crate::{
    App,
    api::{ApiError, Finding, RegistryKey, Severity, WriteRequest, WrittenRequest},
    documents::typed_statement,
    plans::{finding, finding_error},
};

impl App {
    /// A request to the administrator of a registry for which this computer has no credentials. It has no
    /// secrets, and is remembered here, so that its receipt can be checked.
    ///
    /// # Errors
    /// At the field that is wrong; `request-field-invalid`.
    pub async fn write_request(&self, request: WriteRequest) -> Result<WrittenRequest, ApiError> {
        let registry = request.statement.registry.id();
        let typed = typed_statement(&request.statement);
        let (wanted, findings) = validate_statement_input(&typed, &registry, Some(&RegistryPolicy::empty()));
        let findings: Vec<_> = findings.iter().map(finding).collect();
        // A registry needs no statement for its own account.
        let is_wrong =
            |finding: &&Finding| finding.severity == Severity::Error || finding.code == "own-account";
        if let Some(wrong) = findings.iter().find(is_wrong) {
            return Err(finding_error(wrong));
        }
        let wanted = wanted.ok_or_else(|| ApiError::internal("a valid statement without content"))?;
        let source =
            wanted.sources.first().ok_or_else(|| ApiError::internal("a statement without sources"))?;
        let known = self.accounts.find(request.statement.registry.space, source.as_str());
        let id = uuid::Uuid::now_v7().to_string();
        let file = Request {
            id: id.parse().map_err(ApiError::internal)?,
            created: self.now(),
            by: RequestedBy {
                account: source.clone(),
                principal: known.and_then(|known| known.account.principal),
                note: None,
            },
            registry: registry.clone(),
            reason: request.reason.unwrap_or_default(),
            wants: vec![Want::RegistryPolicyStatement { statement: wanted.statement() }],
            rule: None,
        };
        let (text, _) = file.write().map_err(|error| {
            // It was typed here, and not read from somebody's file.
            ApiError::from(error).hint("Shorten the reason, and leave control characters out of it.")
        })?;
        let (kept, at) = (text.clone(), self.now());
        let (name, space) = (id.clone(), request.statement.registry.space);
        self.db.write(move |tx| store::put(tx, space, &name, &kept, at)).await?;
        let registry = RegistryKey::of(space, &registry);
        Ok(WrittenRequest { id, registry, text })
    }
}
