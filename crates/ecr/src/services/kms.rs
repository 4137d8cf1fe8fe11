//! KMS: whether a key exists and can be used.

use serde_json::{Value, json};

use super::{Services, hosts};
use crate::{EcrError, EcrErrorKind, JsonCall, JsonTarget};

/// A key of KMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsKey {
    /// Its ARN.
    pub arn: String,
    /// Its state.
    pub state: KeyState,
}

/// The state of a key (KMS developer guide, "Key states of AWS KMS keys").
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    /// It can be used.
    Enabled,
    /// It was disabled; it can be enabled again.
    Disabled,
    /// It will be deleted; that can be cancelled.
    PendingDeletion,
    /// Another state in which it cannot be used.
    Other(String),
}

impl Services {
    /// A key by its id, alias or ARN, in the registry's Region; `None` if it does not exist.
    ///
    /// # Errors
    /// As calls to ECR; `access-denied` without `kms:DescribeKey`.
    pub async fn key(&self, id: &str) -> Result<Option<KmsKey>, EcrError> {
        const OPERATION: &str = "DescribeKey";
        let custom = self.endpoints.kms.clone();
        let aws = || hosts::regional("kms", &self.registry.region, self.hosts);
        let call = JsonCall {
            registry: self.registry.clone(),
            service: "kms",
            region: self.registry.region.as_str(),
            endpoint: custom.or_else(aws).ok_or_else(|| self.no_address(OPERATION))?,
            target: JsonTarget::Header("TrentService.DescribeKey"),
            operation: OPERATION,
            input: json!({ "KeyId": id }),
        };
        let answer = match call.send(&self.credentials, &self.network).await {
            Ok(answer) => answer,
            Err(EcrError { kind: EcrErrorKind::Other { service_code, .. }, .. })
                if service_code == "NotFoundException" =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let text = |name: &str| answer.pointer(&format!("/KeyMetadata/{name}")).and_then(Value::as_str);
        let state = match text("KeyState") {
            Some("Enabled") => KeyState::Enabled,
            Some("Disabled") => KeyState::Disabled,
            Some("PendingDeletion" | "PendingReplicaDeletion") => KeyState::PendingDeletion,
            Some(other) => KeyState::Other(longshore_names::shown(other, 60)),
            None => KeyState::Other("unknown".into()),
        };
        Ok(Some(KmsKey { arn: longshore_names::shown(text("Arn").unwrap_or(id), 2_048), state }))
    }
}
