//! Verification of Signature Version 4: who signed, for which Region and service, and whether the
//! signature is valid.
//!
//! Nothing unsigned gets past this file. The payload hash is always computed from the bytes that
//! arrived; `UNSIGNED-PAYLOAD` therefore never verifies. Source: IAM User Guide, "AWS Signature
//! Version 4 for API requests".

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Method, Uri};
use sha2::Sha256;

use crate::control::wire::signing::canonical::{canonical_request, string_to_sign};

/// How far a caller's clock may be off, either way.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Why a signature was not accepted. The protocol (JSON or Query) chooses the code's spelling.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::control) enum AuthFailure {
    /// No `Authorization` header of this kind.
    #[error("Missing Authentication Token")]
    Missing,
    /// The header lacks a part.
    #[error("{0}")]
    Incomplete(String),
    /// The access key, or the token of a session key, is not one of ours.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// A session that has ended.
    #[error("The security token included in the request is expired")]
    Expired,
    /// The key is known, but the signature, its time or its scope is wrong.
    #[error("{0}")]
    Signature(String),
}

/// What an `Authorization` header claims. Nothing in it is proven before [`Claim::verify`].
pub(in crate::control) struct Claim {
    pub(in crate::control) access_key_id: String,
    pub(in crate::control) region: String,
    pub(in crate::control) service: String,
    pub(in crate::control) session_token: Option<String>,
    scope_date: String,
    amz_date: String,
    time: DateTime<Utc>,
    signed_headers: Vec<String>,
    signature: Vec<u8>,
}

/// The request as it arrived, for hashing.
pub(in crate::control) struct SignedRequest<'a> {
    pub(in crate::control) method: &'a Method,
    pub(in crate::control) uri: &'a Uri,
    pub(in crate::control) headers: &'a HeaderMap,
    /// Of the body that arrived, whatever the request says it is.
    pub(in crate::control) payload_hash: &'a str,
}

impl Claim {
    /// Reads the `Authorization`, `X-Amz-Date` and `X-Amz-Security-Token` headers.
    pub(in crate::control) fn read(headers: &HeaderMap) -> Result<Self, AuthFailure> {
        let text = single(headers, "authorization")?.ok_or(AuthFailure::Missing)?;
        let Some(rest) = text.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' ')) else {
            return Err(AuthFailure::Missing);
        };
        let (mut credential, mut signed, mut signature) = (None, None, None);
        for part in rest.split(',') {
            let slot = match part.trim().split_once('=') {
                Some(("Credential", value)) => (&mut credential, value),
                Some(("SignedHeaders", value)) => (&mut signed, value),
                Some(("Signature", value)) => (&mut signature, value),
                _ => {
                    return Err(incomplete(format!(
                        "'{}' not a valid key=value pair (missing equal-sign) in Authorization header.",
                        part.trim()
                    )));
                }
            };
            *slot.0 = Some(slot.1);
        }
        let credential = credential.ok_or_else(|| lacks("Credential"))?;
        let signed = signed.ok_or_else(|| lacks("SignedHeaders"))?;
        let signature = signature.ok_or_else(|| lacks("Signature"))?;

        let scope: Vec<&str> = credential.split('/').collect();
        let [access_key_id, scope_date, region, service, "aws4_request"] = scope[..] else {
            return Err(incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term"
                    .to_owned(),
            ));
        };
        let signed_headers: Vec<String> = signed.split(';').map(str::to_ascii_lowercase).collect();
        let session_token = single(headers, "x-amz-security-token")?.map(str::to_owned);
        must_be_signed(headers, &signed_headers)?;

        let amz_date = single(headers, "x-amz-date")?.ok_or_else(|| {
            incomplete(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
                    .to_owned(),
            )
        })?;
        let time = NaiveDateTime::parse_from_str(amz_date, "%Y%m%dT%H%M%SZ")
            .map_err(|_| incomplete(format!("Date must be in ISO-8601 'basic format'. Got '{amz_date}'.")))?
            .and_utc();
        if amz_date.len() != 16 {
            return Err(incomplete(format!("Date must be in ISO-8601 'basic format'. Got '{amz_date}'.")));
        }
        let signature = hex::decode(signature).map_err(|_| mismatch())?;
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            session_token,
            scope_date: scope_date.to_owned(),
            amz_date: amz_date.to_owned(),
            time,
            signed_headers,
            signature,
        })
    }

    /// Whether the holder of `secret` signed exactly this request, within the clock skew of `now`.
    pub(in crate::control) fn verify(
        &self,
        secret: &str,
        request: &SignedRequest<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), AuthFailure> {
        let expected = self.signature_of(secret, request);
        // `verify_slice` compares in constant time.
        expected.verify_slice(&self.signature).map_err(|_| mismatch())?;
        if !self.amz_date.starts_with(&self.scope_date) || self.scope_date.len() != 8 {
            return Err(AuthFailure::Signature(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', from '{}'.",
                self.scope_date,
                &self.amz_date[..8],
                self.amz_date
            )));
        }
        self.check_time(now)
    }

    fn check_time(&self, now: DateTime<Utc>) -> Result<(), AuthFailure> {
        let stamp = |time: DateTime<Utc>| time.format("%Y%m%dT%H%M%SZ");
        let (at, skew) = (stamp(self.time), CLOCK_SKEW.num_minutes());
        if self.time < now - CLOCK_SKEW {
            let limit = stamp(now - CLOCK_SKEW);
            return Err(AuthFailure::Signature(format!(
                "Signature expired: {at} is now earlier than {limit} ({} - {skew} min.)",
                stamp(now)
            )));
        }
        if self.time > now + CLOCK_SKEW {
            let limit = stamp(now + CLOCK_SKEW);
            return Err(AuthFailure::Signature(format!(
                "Signature not yet current: {at} is still later than {limit} ({} + {skew} min.)",
                stamp(now)
            )));
        }
        Ok(())
    }

    fn signature_of(&self, secret: &str, request: &SignedRequest<'_>) -> Hmac<Sha256> {
        let canonical = canonical_request(
            request.method,
            request.uri,
            request.headers,
            &self.signed_headers,
            request.payload_hash,
        );
        let scope = format!("{}/{}/{}/aws4_request", self.scope_date, self.region, self.service);
        let text = string_to_sign(&self.amz_date, &scope, &canonical);
        let mut key = hmac_sha256(format!("AWS4{secret}").as_bytes(), self.scope_date.as_bytes());
        for part in [self.region.as_str(), &self.service, "aws4_request"] {
            key = hmac_sha256(&key, part.as_bytes());
        }
        keyed(&key, text.as_bytes())
    }
}

/// HMAC-SHA-256 of `data` under `key`.
pub(in crate::control) fn hmac_sha256(key: &[u8], data: &[u8]) -> Vec<u8> {
    keyed(key, data).finalize().into_bytes().to_vec()
}

fn keyed(key: &[u8], data: &[u8]) -> Hmac<Sha256> {
    // HMAC takes keys of any length, so the error of `new_from_slice` cannot happen; an empty key
    // would verify nothing that a caller could have signed.
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| Hmac::<Sha256>::new(&Default::default()));
    mac.update(data);
    mac
}

/// Headers whose change would change the meaning of the call have to be among the signed ones.
/// Others, such as `X-Amz-User-Agent`, are left out by some SDKs.
fn must_be_signed(headers: &HeaderMap, signed: &[String]) -> Result<(), AuthFailure> {
    for name in ["host", "x-amz-date", "x-amz-target", "x-amz-security-token"] {
        let there = name == "host" || headers.contains_key(name);
        if there && !signed.iter().any(|s| s == name) {
            return Err(AuthFailure::Signature(format!(
                "'{name}' must be a 'SignedHeader' in the AWS Authorization."
            )));
        }
    }
    Ok(())
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, AuthFailure> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(incomplete(format!("The header '{name}' must appear only once.")));
    }
    value.to_str().map(Some).map_err(|_| incomplete(format!("The header '{name}' is not plain text.")))
}

fn lacks(part: &str) -> AuthFailure {
    incomplete(format!("Authorization header requires '{part}' parameter."))
}

fn incomplete(text: String) -> AuthFailure {
    AuthFailure::Incomplete(text)
}

fn mismatch() -> AuthFailure {
    AuthFailure::Signature(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.".to_owned(),
    )
}
