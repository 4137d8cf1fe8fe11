//! The scope of a registry's policy, read now.

use longshore_ecr::REGISTRY_POLICY_SCOPE;
use longshore_names::shown;

use crate::{
    App,
    api::{ApiError, PolicyScope, RegistryKey, Side},
};

impl App {
    /// The scope of a registry's policy. A scope that Longshore does not know is an error, like one that
    /// cannot be read: it is never taken for V1.
    pub(crate) async fn policy_scope(&self, registry: &RegistryKey) -> Result<PolicyScope, ApiError> {
        let value = self.connection(registry).await?.client.account_setting(REGISTRY_POLICY_SCOPE).await?;
        match value.as_deref() {
            Some("V1") => Ok(PolicyScope::V1),
            Some("V2") => Ok(PolicyScope::V2),
            other => {
                let found = other.map_or("no value".to_owned(), |value| format!("`{}`", shown(value, 40)));
                let text = format!("The account setting `{REGISTRY_POLICY_SCOPE}` has {found}.");
                Err(ApiError::new("policy-scope-unknown", Side::Service, text)
                    .hint("Longshore knows V1 and V2. Look in ECR's documentation, or update Longshore."))
            }
        }
    }
}

impl PolicyScope {
    /// The scope as the checks of policies take it; what could not be read is unknown.
    pub(crate) fn known(read: Option<Self>) -> longshore_policy::iam::PolicyScope {
        match read {
            Some(Self::V1) => longshore_policy::iam::PolicyScope::V1,
            Some(Self::V2) => longshore_policy::iam::PolicyScope::V2,
            None => longshore_policy::iam::PolicyScope::Unknown,
        }
    }
}
