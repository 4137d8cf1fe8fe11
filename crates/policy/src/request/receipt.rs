//! The receipt.

use chrono::{DateTime, Utc};
use longshore_names::RegistryId;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    RequestError, RequestFile, RequestId,
    fields::{Fields, closed, open, registry_value, time_value},
};
use crate::ContentHash;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptState {
    /// Everything that it wants was applied.
    Applied,
    /// Some of it was applied.
    Partly,
    /// Nothing was applied.
    Refused,
}

impl ReceiptState {
    fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Partly => "partly",
            Self::Refused => "refused",
        }
    }
}

/// An administrator's answer to a request: `receipt/1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The request's id.
    pub request: RequestId,
    /// The hash of the request that was opened.
    pub request_hash: ContentHash,
    /// When it was applied or refused.
    pub applied: DateTime<Utc>,
    /// The ARN of the user or role that did it. Nothing proves it.
    pub principal: Option<String>,
    /// The registry.
    pub registry: RegistryId,
    /// The hash of the wanted statement as it was added; `None` if none was.
    pub statement_hash: Option<ContentHash>,
    /// The hash of the registry's policy afterwards; `None` if it was not changed.
    pub policy_hash: Option<ContentHash>,
    /// What became of the request.
    pub state: ReceiptState,
}

/// A receipt as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptFile {
    /// The receipt.
    pub receipt: Receipt,
    /// The hash of the whole content.
    pub hash: ContentHash,
    /// Paths of the fields that this version does not know.
    pub unknown_fields: Vec<String>,
}

/// What a receipt says about its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Belonging {
    /// What became of the request.
    pub state: ReceiptState,
    /// Whether the statement that was added is one that the request wants, unchanged. Not if its Sid
    /// was taken, or if none was added.
    pub statement_as_requested: bool,
}

impl Receipt {
    /// Reads a file. Its kind, size, hash and every field are checked.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn read(text: &str) -> Result<ReceiptFile, RequestError> {
        let (value, hash) = open(text, "receipt")?;
        let mut unknown = Vec::new();
        let mut fields = Fields::of("", value)?;
        for checked in ["longshore", "hash"] {
            fields.optional(checked);
        }
        let request = fields.name("request")?;
        let request_hash = fields.optional_hash("request_hash")?;
        let request_hash =
            request_hash.ok_or_else(|| RequestError::Missing { field: "request_hash".into() })?;
        let applied = fields.time("applied")?;
        let mut by = Fields::of("by", fields.required("by")?)?;
        let principal = by.optional_arn("principal")?;
        by.end(&mut unknown);
        let registry = fields.registry("registry", &mut unknown)?;
        let statement_hash = fields.optional_hash("statement_hash")?;
        let policy_hash = fields.optional_hash("policy_hash")?;
        let word = fields.text("state", 20)?;
        let states = [ReceiptState::Applied, ReceiptState::Partly, ReceiptState::Refused];
        let state = states.into_iter().find(|state| state.word() == word);
        let state = state
            .ok_or_else(|| fields.invalid("state", "it is none of `applied`, `partly` and `refused`"))?;
        fields.end(&mut unknown);
        let receipt =
            Self { request, request_hash, applied, principal, registry, statement_hash, policy_hash, state };
        Ok(ReceiptFile { receipt, hash, unknown_fields: unknown })
    }

    /// The file's text, and its hash.
    ///
    /// # Errors
    /// When the receipt could not be read back.
    pub fn write(&self) -> Result<(String, ContentHash), RequestError> {
        let mut by = Map::new();
        by.extend(self.principal.as_ref().map(|arn| ("principal".to_owned(), arn.clone().into())));
        let hash = |hash: &Option<ContentHash>| match hash {
            Some(hash) => Value::from(hash.as_str()),
            None => Value::Null,
        };
        let mut content = Map::new();
        content.insert("longshore".into(), "receipt/1".into());
        content.insert("request".into(), self.request.as_str().into());
        content.insert("request_hash".into(), self.request_hash.as_str().into());
        content.insert("applied".into(), time_value(self.applied));
        content.insert("by".into(), by.into());
        content.insert("registry".into(), registry_value(&self.registry));
        content.insert("statement_hash".into(), hash(&self.statement_hash));
        content.insert("policy_hash".into(), hash(&self.policy_hash));
        content.insert("state".into(), self.state.word().into());
        let (text, hash) = closed(content);
        Self::read(&text)?;
        Ok((text, hash))
    }

    /// Checks that the receipt is for `request`, as it was written, and from the registry that was
    /// asked.
    ///
    /// # Errors
    /// [`RequestError::OtherRequest`], [`RequestError::ChangedRequest`] or
    /// [`RequestError::OtherRegistry`].
    pub fn belongs_to(&self, request: &RequestFile) -> Result<Belonging, RequestError> {
        let wanted = &request.request;
        if self.request != wanted.id {
            let (found, wanted) = (self.request.to_string(), wanted.id.to_string());
            return Err(RequestError::OtherRequest { found, wanted });
        }
        if self.request_hash != request.hash {
            return Err(RequestError::ChangedRequest { id: self.request.to_string() });
        }
        if self.registry != wanted.registry {
            let (found, wanted) = (self.registry.to_string(), wanted.registry.to_string());
            return Err(RequestError::OtherRegistry { found, wanted });
        }
        let hash = self.statement_hash.as_ref();
        let statement_as_requested = wanted.statements().any(|one| Some(&one.hash()) == hash);
        Ok(Belonging { state: self.state, statement_as_requested })
    }
}
