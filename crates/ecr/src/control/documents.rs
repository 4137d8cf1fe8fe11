//! The two documents of a registry that can only be replaced as a whole.
//!
//! ECR has no version or ETag for them, so a write reads immediately before and again after. A
//! difference before means *changed elsewhere*, and nothing is written. A difference after means
//! that another client wrote at the same time. Writes without a response are described in
//! [`write`](crate::control::write).
//!
//! The replication configuration bypasses the SDK's types: those know fewer fields than the
//! service, and a field lost on reading would be removed by the next write.

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
use longshore_names::RepositoryName;
use serde_json::{Value, json};

use crate::{
    Call, Document, EcrClient, EcrError, EcrErrorKind,
    client::body,
    control::write::{Replace, Stands, once, replace},
};

/// The meaning of documents; each may be null for *no document*. A function that compares two
/// documents implements it.
pub trait Meaning: Send + Sync {
    /// Whether two documents mean the same. AWS rewrites some spellings when it stores a policy, so
    /// plain equality is too strict there.
    fn same(&self, a: &Value, b: &Value) -> bool;

    /// Whether `found` still has everything that writing `wrote` over `former` changed, besides
    /// later changes of other clients.
    fn holds(&self, _found: &Value, _wrote: &Value, _former: &Value) -> bool {
        false
    }
}

impl<F: Fn(&Value, &Value) -> bool + Send + Sync> Meaning for F {
    fn same(&self, a: &Value, b: &Value) -> bool {
        self(a, b)
    }
}

/// Plain equality of JSON: order of members does not matter, order of lists does.
pub fn same_json(a: &Value, b: &Value) -> bool {
    a == b
}

impl EcrClient {
    /// The registry's replication configuration as the service sends it, with every field.
    /// A registry without one has `{"rules": []}`.
    ///
    /// # Errors
    /// [`WrongRegistry`](EcrErrorKind::WrongRegistry) when the credentials are of another account,
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
            return Err(self.protocol(call, "it is not a JSON object"));
        };
        match document.remove("replicationConfiguration") {
            None | Some(Value::Null) => Ok(json!({"rules": []})),
            Some(configuration @ Value::Object(_)) => Ok(configuration),
            Some(_) => Err(self.protocol(call, "its replicationConfiguration is not an object")),
        }
    }

    /// Replaces the replication configuration and returns it as read back: `new`, possibly with
    /// later changes of another client.
    ///
    /// # Errors
    /// [`ChangedElsewhere`](EcrErrorKind::ChangedElsewhere) when the current one is not `expected`
    /// (nothing is written), [`LostUpdate`](EcrErrorKind::LostUpdate) when something other than `new`
    /// is found afterwards, [`Unconfirmed`](EcrErrorKind::Unconfirmed) when the outcome is not known,
    /// [`WrongRegistry`](EcrErrorKind::WrongRegistry), and as `PutReplicationConfiguration`.
    pub async fn put_replication_configuration(
        &self,
        expected: &Value,
        new: &Value,
        meaning: &dyn Meaning,
    ) -> Result<Value, EcrError> {
        let call = self.call("PutReplicationConfiguration", None);
        if !new.get("rules").is_some_and(Value::is_array) {
            return Err(self.invalid(call, "a replication configuration must have a list of rules"));
        }
        replace(&Configuration { client: self, call, expected, new, meaning }, self.write_timing()).await
    }

    /// Sends one request, and no further one.
    async fn send_replication_configuration(&self, call: Call, new: &Value) -> Result<(), EcrError> {
        let placeholder = sdk::ReplicationConfiguration::builder()
            .set_rules(Some(Vec::new()))
            .build()
            .map_err(|error| self.invalid(call.clone(), &error.to_string()))?;
        let operation = self
            .ecr()
            .put_replication_configuration()
            .replication_configuration(placeholder)
            .customize()
            .config_override(once())
            .mutate_request(body::replace(&json!({ "replicationConfiguration": new })));
        self.send(call, operation.send()).await.map(drop)
    }

    /// The registry's permissions policy as text, or `None` when it has none.
    ///
    /// # Errors
    /// [`WrongRegistry`](EcrErrorKind::WrongRegistry) when the credentials are of another account,
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
            // This response names no account, so ask whose registry has no policy.
            Err(EcrError { kind: EcrErrorKind::PolicyNotFound, .. }) => {
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
        meaning: &dyn Meaning,
    ) -> Result<Option<String>, EcrError> {
        let operation = if new.is_some() { "PutRegistryPolicy" } else { "DeleteRegistryPolicy" };
        let call = self.call(operation, None);
        if let Some(new) = new
            && let Err(error) = serde_json::from_str::<Value>(new)
        {
            return Err(self.invalid(call, &format!("the policy is not JSON: {error}")));
        }
        self.own_registry(operation).await?;
        let what = Policy {
            client: self,
            call,
            repository: None,
            expected: parsed(expected),
            text: new,
            new: parsed(new),
            meaning,
        };
        replace(&what, self.write_timing()).await
    }

    /// Sends one request, and no further one.
    async fn send_registry_policy(&self, call: Call, new: Option<&str>) -> Result<(), EcrError> {
        let Some(new) = new else {
            let request = self.ecr().delete_registry_policy().customize().config_override(once()).send();
            return match self.send(call, request).await {
                Ok(_) | Err(EcrError { kind: EcrErrorKind::PolicyNotFound, .. }) => Ok(()),
                Err(error) => Err(error),
            };
        };
        let request =
            self.ecr().put_registry_policy().policy_text(new).customize().config_override(once()).send();
        self.send(call, request).await.map(drop)
    }
}

/// A write of the replication configuration.
struct Configuration<'a> {
    client: &'a EcrClient,
    call: Call,
    expected: &'a Value,
    new: &'a Value,
    meaning: &'a dyn Meaning,
}

impl Replace for Configuration<'_> {
    type Content = Value;

    fn call(&self) -> &Call {
        &self.call
    }

    async fn read(&self) -> Result<Value, EcrError> {
        self.client.replication_configuration().await
    }

    async fn put(&self) -> Result<(), EcrError> {
        self.client.send_replication_configuration(self.call.clone(), self.new).await
    }

    fn changes(&self) -> bool {
        !self.meaning.same(self.expected, self.new)
    }

    fn stands(&self, found: &Value) -> Stands {
        stands(self.meaning, found, self.new, self.expected)
    }

    fn changed(&self, found: Value) -> EcrError {
        changed(&self.call, Document::ReplicationConfiguration, self.expected, found)
    }

    fn keeps(&self, found: &Value, earlier: &Value) -> bool {
        keeps(self.meaning, found, earlier, self.new)
    }

    fn lost(&self, found: Value) -> EcrError {
        lost(&self.call, Document::ReplicationConfiguration, self.new, found)
    }
}

/// A write of a policy.
pub(super) struct Policy<'a> {
    pub(super) client: &'a EcrClient,
    pub(super) call: Call,
    /// The repository whose policy it is; `None` for that of the registry.
    pub(super) repository: Option<&'a RepositoryName>,
    pub(super) expected: Value,
    pub(super) text: Option<&'a str>,
    pub(super) new: Value,
    pub(super) meaning: &'a dyn Meaning,
}

impl Policy<'_> {
    fn document(&self) -> Document {
        if self.repository.is_some() { Document::RepositoryPolicy } else { Document::RegistryPolicy }
    }
}

impl Replace for Policy<'_> {
    type Content = Option<String>;

    fn call(&self) -> &Call {
        &self.call
    }

    async fn read(&self) -> Result<Option<String>, EcrError> {
        match self.repository {
            Some(name) => self.client.repository_policy(name).await,
            None => self.client.registry_policy().await,
        }
    }

    async fn put(&self) -> Result<(), EcrError> {
        let call = self.call.clone();
        match self.repository {
            Some(name) => self.client.send_repository_policy(call, name, self.text).await,
            None => self.client.send_registry_policy(call, self.text).await,
        }
    }

    fn changes(&self) -> bool {
        !self.meaning.same(&self.expected, &self.new)
    }

    fn stands(&self, found: &Option<String>) -> Stands {
        stands(self.meaning, &parsed(found.as_deref()), &self.new, &self.expected)
    }

    fn changed(&self, found: Option<String>) -> EcrError {
        changed(&self.call, self.document(), &self.expected, parsed(found.as_deref()))
    }

    fn keeps(&self, found: &Option<String>, earlier: &Option<String>) -> bool {
        keeps(self.meaning, &parsed(found.as_deref()), &parsed(earlier.as_deref()), &self.new)
    }

    fn lost(&self, found: Option<String>) -> EcrError {
        lost(&self.call, self.document(), &self.new, parsed(found.as_deref()))
    }
}

/// A text as JSON for comparison; null for none, a string for what is not JSON.
pub(crate) fn parsed(text: Option<&str>) -> Value {
    match text {
        None => Value::Null,
        Some(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
    }
}

pub(crate) fn stands(meaning: &dyn Meaning, found: &Value, new: &Value, former: &Value) -> Stands {
    if meaning.same(found, new) {
        Stands::Ours
    } else if meaning.same(found, former) {
        Stands::Former
    } else if found.is_null() {
        Stands::Nothing
    } else if meaning.holds(found, new, former) {
        Stands::OursAndMore
    } else {
        Stands::Other
    }
}

pub(crate) fn keeps(meaning: &dyn Meaning, found: &Value, earlier: &Value, new: &Value) -> bool {
    meaning.same(found, earlier) || meaning.holds(found, earlier, new)
}

pub(crate) fn changed(call: &Call, document: Document, expected: &Value, found: Value) -> EcrError {
    EcrErrorKind::ChangedElsewhere { document, expected: Box::new(expected.clone()), found: Box::new(found) }
        .of(call.clone())
}

pub(crate) fn lost(call: &Call, document: Document, wrote: &Value, found: Value) -> EcrError {
    EcrErrorKind::LostUpdate { document, wrote: Box::new(wrote.clone()), found: Box::new(found) }
        .of(call.clone())
}

/// Keeps the bytes of the last response beside the SDK's view of them.
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
