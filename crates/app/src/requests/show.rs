//! What a request asks for, and what it would newly allow.

use longshore_policy::{
    iam::{PolicyChange, PolicyContext, PolicyScope as Enforced, grouped_sentences, newly_allowed},
    registry_policy::RegistryPolicy,
    request::{Request, RequestFile},
};

use crate::{
    App,
    api::{ApiError, OpenRequest, OpenedRequest, PolicyScope, RegistryKey, Space},
    documents::parse_policy,
    plans::finding,
};

impl App {
    /// What is in a request's file. The registry that it is for is asked, so that what would newly be
    /// allowed is known; when it cannot be asked, that is part of the answer.
    ///
    /// # Errors
    /// `request-…` when the file is no request, was changed, or is too new.
    pub async fn open_request(&self, request: OpenRequest) -> Result<OpenedRequest, ApiError> {
        let file = Request::read(&request.text)?;
        let registry = file.request.registry.clone();
        let key = RegistryKey::of(request.space, &registry);
        let current = self.policy_for_request(&key).await.map(|(policy, _)| policy);
        let namer = self.namer(request.space);
        let sentences = file.request.wants.iter().map(|want| want.sentence(&registry, &namer)).collect();
        let scope = PolicyScope::known(self.policy_scope(&key).await.ok());
        let context = PolicyContext { registry: registry.clone(), scope, current: None };
        let findings = file.request.findings(&context).iter().map(finding).collect();
        let (newly, problem) = match &current {
            Ok(current) => (self.newly(request.space, &file, current.as_ref(), scope)?, None),
            Err(error) => {
                let id = file.request.id.as_str();
                (Vec::new(), Some(self.of_other_space(error.clone(), id, request.space).await))
            }
        };
        let RequestFile { request, unknown_fields, .. } = file;
        Ok(OpenedRequest {
            id: request.id.to_string(),
            registry: key,
            account: request.by.account.to_string(),
            principal: request.by.principal,
            reason: request.reason,
            created: request.created,
            wants: sentences,
            newly_allowed: newly,
            findings,
            unknown_fields,
            problem,
        })
    }

    /// The policy now, and the name under which it is remembered as opened.
    pub(super) async fn policy_for_request(
        &self,
        key: &RegistryKey,
    ) -> Result<(Option<RegistryPolicy>, String), ApiError> {
        let text = self.connection(key).await?.client.registry_policy().await?;
        let base = self.opened.remember(text.as_deref());
        Ok((text.map(|text| parse_policy(Some(&text))).transpose()?, base))
    }

    fn newly(
        &self,
        space: Space,
        file: &RequestFile,
        current: Option<&RegistryPolicy>,
        scope: Enforced,
    ) -> Result<Vec<String>, ApiError> {
        let registry = &file.request.registry;
        let after = file.request.applied_to(current)?.policy;
        let change = PolicyChange::of_policy(registry, current, after.as_ref(), scope);
        Ok(grouped_sentences(&newly_allowed(&change), registry, &self.namer(space)))
    }
}
