//! Applying a request: a plan like any other, and a receipt when its run has ended.

use longshore_policy::{
    iam::{PolicyContext, PolicyScope},
    registry_policy::Statement,
    request::{Receipt, ReceiptState, Request, Want},
};

use crate::{
    App,
    api::{ApiError, OpenRequest, PlanRequest, RegistryKey, RequestPlan, Severity, WrittenReceipt},
    plans::{finding, finding_error},
};

impl App {
    /// The change that a request asks for, to be planned.
    ///
    /// # Errors
    /// As [`open_request`](Self::open_request); a finding that forbids it; when the registry's policy cannot
    /// be read.
    pub async fn plan_of_request(&self, request: OpenRequest) -> Result<RequestPlan, ApiError> {
        let file = Request::read(&request.text)?;
        let registry = file.request.registry.clone();
        let key = RegistryKey::of(request.space, &registry);
        let context = PolicyContext { registry, scope: PolicyScope::Unknown, current: None };
        let findings: Vec<_> = file.request.findings(&context).iter().map(finding).collect();
        if let Some(wrong) = findings.iter().find(|finding| finding.severity == Severity::Error) {
            return Err(finding_error(wrong));
        }
        let (current, base) = match self.policy_for_request(&key).await {
            Ok(read) => read,
            Err(error) => {
                return Err(self.of_other_space(error, file.request.id.as_str(), request.space).await);
            }
        };
        let applied = file.request.applied_to(current.as_ref())?;
        let unchanged = applied.policy == current;
        let text = applied.policy.map(|policy| policy.pretty()).unwrap_or_default();
        let others =
            file.request.wants.iter().filter(|want| !matches!(want, Want::RegistryPolicyStatement { .. }));
        Ok(RequestPlan {
            // What somebody changes meanwhile is kept, or the plan is refused.
            change: (!unchanged).then(|| PlanRequest::PutPolicy {
                registry: key.clone(),
                text,
                base: Some(base),
            }),
            not_applied: others
                .map(|want| want.sentence(&context.registry, &self.namer(request.space)))
                .collect(),
            registry: key,
        })
    }

    /// The receipt of a request, from what the registry's policy is now.
    ///
    /// # Errors
    /// As [`open_request`](Self::open_request); when the registry's policy cannot be read.
    pub async fn write_receipt(&self, request: OpenRequest) -> Result<WrittenReceipt, ApiError> {
        let file = Request::read(&request.text)?;
        let registry = file.request.registry.clone();
        let key = RegistryKey::of(request.space, &registry);
        let connection = match self.connection(&key).await {
            Ok(connection) => connection,
            Err(error) => {
                return Err(self.of_other_space(error, file.request.id.as_str(), request.space).await);
            }
        };
        let (current, _) = self.policy_for_request(&key).await?;
        let find = |wanted: &Statement| Some(current.as_ref()?.statement_like(wanted)?.hash);
        let added: Vec<_> = file.request.statements().filter_map(find).collect();
        let wanted = file.request.wants.len();
        let state = match added.len() {
            0 => ReceiptState::Refused,
            some if some == wanted => ReceiptState::Applied,
            _ => ReceiptState::Partly,
        };
        let principal = connection.client.caller_identity().await.ok().map(|caller| caller.arn);
        let receipt = Receipt {
            request: file.request.id.clone(),
            request_hash: file.hash,
            applied: self.now(),
            principal,
            registry,
            statement_hash: added.first().cloned(),
            policy_hash: current.as_ref().map(longshore_policy::registry_policy::RegistryPolicy::hash),
            state,
        };
        let (text, _) = receipt.write()?;
        Ok(WrittenReceipt {
            request: file.request.id.to_string(),
            applied: state == ReceiptState::Applied,
            text,
        })
    }
}
