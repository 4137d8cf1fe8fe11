//! The request: what one person wants promoted.

use chrono::{DateTime, Utc};
use longshore_names::{Digest, Tag};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::RequestError;
use crate::{
    hash::{canonical, sha256_hex},
    names::{PathName, Person, Service, StageName},
};

/// A request or an approval has at most this many bytes.
pub const MAX_BYTES: usize = 256 * 1024;

/// What one person wants promoted: `promotion-request/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromotionRequest {
    /// `promotion-request/1`.
    pub longshore: String,
    /// The path.
    pub path: PathName,
    /// The SHA-256 of the path as it was written.
    pub path_hash: String,
    /// The stage to enter.
    pub stage: StageName,
    /// The service; `None` for a release set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// The build; of a release set, its own digest ([`ReleaseSet::digest`](crate::ReleaseSet::digest)).
    pub digest: Digest,
    /// The tag that it gets.
    pub tag: Option<Tag>,
    /// The SHA-256 of the whole plan.
    pub plan_hash: String,
    /// Who asks.
    pub requested_by: Person,
    /// When it was written.
    pub created: DateTime<Utc>,
    /// When it ends.
    pub expires: DateTime<Utc>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl PromotionRequest {
    /// The word that a request's file begins with.
    pub const KIND: &'static str = "promotion-request/1";

    /// The SHA-256 of the request's canonical text, in hexadecimal.
    pub fn hash(&self) -> String {
        sha256_hex(canonical(self).as_bytes())
    }

    /// The file: a JSON object with a `hash` of everything else. The hash finds what was changed on the
    /// way; it is no signature.
    pub fn write(&self) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(object) = &mut value {
            object.insert("hash".into(), self.hash().into());
        }
        format!("{}\n", longshore_policy::pretty(&value))
    }

    /// Reads a file. Its kind, size, hash and every field are checked; unknown fields are refused.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub fn read(text: &str) -> Result<Self, RequestError> {
        let shape = |problem: String| RequestError::Shape { kind: "promotion request", problem };
        let mut value = read_object(text, "promotion request")?;
        let hash = value.as_object_mut().and_then(|object| object.shift_remove("hash"));
        let Some(Value::String(written)) = hash else {
            return Err(shape("it has no hash".into()));
        };
        let computed = sha256_hex(canonical(&value).as_bytes());
        if written != computed {
            let written = longshore_names::shown(&written, 64);
            return Err(RequestError::HashDiffers { written, computed });
        }
        let request: Self = serde_json::from_value(value).map_err(|error| shape(error.to_string()))?;
        if request.longshore != Self::KIND {
            let kind = longshore_names::shown(&request.longshore, 60);
            return Err(shape(format!("it is a `{kind}`, not a `{}`", Self::KIND)));
        }
        if request.expires <= request.created {
            return Err(shape("it ends before it begins".into()));
        }
        if request.reason.as_ref().is_some_and(|reason| reason.chars().count() > 2_000) {
            return Err(shape("its reason is longer than 2,000 characters".into()));
        }
        Ok(request)
    }
}

/// A bounded JSON object without keys that occur twice.
pub(super) fn read_object(text: &str, kind: &'static str) -> Result<Value, RequestError> {
    if text.len() > MAX_BYTES {
        return Err(RequestError::TooLarge { bytes: text.len() });
    }
    let shape = |problem: String| RequestError::Shape { kind, problem };
    let value = longshore_policy::parse_json(text).map_err(|error| shape(error.to_string()))?;
    if value.is_object() { Ok(value) } else { Err(shape("it is not a JSON object".into())) }
}
