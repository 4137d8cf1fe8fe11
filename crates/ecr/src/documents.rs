//! The two documents of a registry that are only ever replaced as a whole.
//!
//! ECR has no version or ETag for them, so a write reads immediately before and again after: a
//! difference before means *changed elsewhere* and nothing is written, a difference after means
//! that somebody else wrote at the same time.
//!
//! The replication configuration goes over the wire as it is, past the SDK's types: those know
//! fewer fields than the service, and a field lost on reading would be removed by the next write.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_ecr::types as sdk;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::AfterDeserializationInterceptorContextRef},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::{Value, json};

use crate::{Call, Document, EcrClient, EcrError, body};

/// Says whether two documents mean the same; both may be null for *no document*. AWS rewrites
/// some spellings when it stores a policy, so plain equality is too strict there.
pub type SameDocument<'a> = &'a (dyn Fn(&Value, &Value) -> bool + Send + Sync);

/// Plain equality of JSON: order of members does not matter, order of lists does.
pub fn same_json(a: &Value, b: &Value) -> bool {
    a == b
}

impl EcrClient {
    /// The registry's replication configuration as the service sends it, with every field.
    /// A registry without one has `{"rules": []}`.
    ///
    /// # Errors
    /// [`WrongRegistry`](EcrError::WrongRegistry) when the credentials are of another account,
    /// and as `DescribeRegistry`.
    pub async fn replication_configuration(&self) -> Result<Value, EcrError> {
        let call = self.call("DescribeRegistry", None);
        let body = CaptureBody::default();
        let operation = self.ecr().describe_registry().customize().interceptor(body.clone());
        let answer = self.send(call.clone(), operation.send()).await?;
        if let Some(account) = answer.registry_id() {
            self.expect_account("DescribeRegistry", account)?;
        }
        let document = body.take().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
        let Some(Value::Object(mut document)) = document else {
            return Err(self.protocol(call, "it is no JSON object"));
        };
        match document.remove("replicationConfiguration") {
            None | Some(Value::Null) => Ok(json!({"rules": []})),
            Some(configuration @ Value::Object(_)) => Ok(configuration),
            Some(_) => Err(self.protocol(call, "its replicationConfiguration is no object")),
        }
    }

    /// Replaces the replication configuration and returns it as read back.
    ///
    /// # Errors
    /// [`ChangedElsewhere`](EcrError::ChangedElsewhere) when what is there is not `expected`
    /// (nothing is written), [`LostUpdate`](EcrError::LostUpdate) when afterwards something else
    /// than `new` is there, [`WrongRegistry`](EcrError::WrongRegistry), and as
    /// `PutReplicationConfiguration`.
    pub async fn put_replication_configuration(
        &self,
        expected: &Value,
        new: &Value,
        same: SameDocument<'_>,
    ) -> Result<Value, EcrError> {
        let call = self.call("PutReplicationConfiguration", None);
        let document = Document::ReplicationConfiguration;
        if !new.get("rules").is_some_and(Value::is_array) {
            return Err(self.invalid(call, "a replication configuration has a list of rules"));
        }
        let found = self.replication_configuration().await?;
        unchanged(&call, document, expected, found, same)?;
        let placeholder = sdk::ReplicationConfiguration::builder()
            .set_rules(Some(Vec::new()))
            .build()
            .map_err(|error| self.invalid(call.clone(), &error.to_string()))?;
        let operation = self
            .ecr()
            .put_replication_configuration()
            .replication_configuration(placeholder)
            .customize()
            .mutate_request(body::replace(&json!({ "replicationConfiguration": new })));
        self.send(call.clone(), operation.send()).await?;
        let found = self.replication_configuration().await?;
        arrived(call, document, new, found, same)
    }

    /// The registry's permissions policy as text, or `None` when it has none.
    ///
    /// # Errors
    /// [`WrongRegistry`](EcrError::WrongRegistry) when the credentials are of another account,
    /// and as `GetRegistryPolicy`.
    pub async fn registry_policy(&self) -> Result<Option<String>, EcrError> {
        let call = self.call("GetRegistryPolicy", None);
        match self.send(call, self.ecr().get_registry_policy().send()).await {
            Ok(answer) => {
                if let Some(account) = answer.registry_id() {
                    self.expect_account("GetRegistryPolicy", account)?;
                }
                Ok(answer.policy_text().map(str::to_owned))
            }
            // This answer names no account, so ask whose registry has no policy.
            Err(EcrError::PolicyNotFound { .. }) => {
                self.own_registry("GetRegistryPolicy").await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Replaces the registry's permissions policy, or removes it when `new` is `None`, and
    /// returns it as read back.
    ///
    /// # Errors
    /// As [`put_replication_configuration`](Self::put_replication_configuration), and as
    /// `PutRegistryPolicy` and `DeleteRegistryPolicy`.
    pub async fn put_registry_policy(
        &self,
        expected: Option<&str>,
        new: Option<&str>,
        same: SameDocument<'_>,
    ) -> Result<Option<String>, EcrError> {
        let operation = if new.is_some() { "PutRegistryPolicy" } else { "DeleteRegistryPolicy" };
        let call = self.call(operation, None);
        let document = Document::RegistryPolicy;
        if let Some(new) = new
            && let Err(error) = serde_json::from_str::<Value>(new)
        {
            return Err(self.invalid(call, &format!("the policy is not JSON: {error}")));
        }
        self.own_registry(operation).await?;
        let found = self.registry_policy().await?;
        unchanged(&call, document, &parsed(expected), parsed(found.as_deref()), same)?;
        match new {
            Some(new) => {
                self.send(call.clone(), self.ecr().put_registry_policy().policy_text(new).send())
                    .await
                    .map(drop)?;
            }
            None if found.is_none() => return Ok(None),
            None => {
                let deleted = self.send(call.clone(), self.ecr().delete_registry_policy().send()).await;
                match deleted {
                    Ok(_) | Err(EcrError::PolicyNotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        let found = self.registry_policy().await?;
        arrived(call, document, &parsed(new), parsed(found.as_deref()), same)?;
        Ok(found)
    }
}

/// A text as JSON for comparison; null for none, a string for what is not JSON.
fn parsed(text: Option<&str>) -> Value {
    match text {
        None => Value::Null,
        Some(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
    }
}

fn unchanged(
    call: &Call,
    document: Document,
    expected: &Value,
    found: Value,
    same: SameDocument<'_>,
) -> Result<(), EcrError> {
    if same(expected, &found) {
        return Ok(());
    }
    Err(EcrError::ChangedElsewhere {
        call: Box::new(call.clone()),
        document,
        expected: Box::new(expected.clone()),
        found: Box::new(found),
    })
}

fn arrived(
    call: Call,
    document: Document,
    wrote: &Value,
    found: Value,
    same: SameDocument<'_>,
) -> Result<Value, EcrError> {
    if same(wrote, &found) {
        return Ok(found);
    }
    Err(EcrError::LostUpdate {
        call: Box::new(call),
        document,
        wrote: Box::new(wrote.clone()),
        found: Box::new(found),
    })
}

/// Keeps the bytes of the last answer beside what the SDK makes of them.
#[derive(Debug, Clone, Default)]
struct CaptureBody(Arc<Mutex<Option<Vec<u8>>>>);

impl CaptureBody {
    fn take(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Intercept for CaptureBody {
    fn name(&self) -> &'static str {
        "CaptureBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let bytes = context.response().body().bytes().map(<[u8]>::to_vec);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = bytes;
        Ok(())
    }
}
