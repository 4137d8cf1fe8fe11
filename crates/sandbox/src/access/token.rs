//! Registry tokens and other things that the sandbox signs for itself.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use longshore_names::{AccountId, Region};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::access::policy::Principal;

/// The sandbox's own key, from `sandbox.json`.
#[derive(Clone)]
pub(crate) struct SigningKey(Vec<u8>);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}

impl SigningKey {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    fn mac(&self, purpose: &str, message: &[u8]) -> Hmac<Sha256> {
        let mut mac = match Hmac::<Sha256>::new_from_slice(&self.0) {
            Ok(mac) => mac,
            Err(_) => unreachable!("HMAC takes keys of any length"),
        };
        mac.update(purpose.as_bytes());
        mac.update(b"\0");
        mac.update(message);
        mac
    }

    /// Signs a message; `purpose` keeps one kind of signature from passing for another.
    pub(crate) fn sign(&self, purpose: &str, message: &[u8]) -> String {
        hex::encode(self.mac(purpose, message).finalize().into_bytes())
    }

    /// Compares in constant time.
    pub(crate) fn verify(&self, purpose: &str, message: &[u8], signature: &str) -> bool {
        hex::decode(signature).is_ok_and(|s| self.mac(purpose, message).verify_slice(&s).is_ok())
    }
}

#[derive(Serialize, Deserialize)]
struct Payload {
    account: AccountId,
    arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    region: Region,
    /// Milliseconds since 1970.
    expires: i64,
}

/// Why a registry password is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// Not a token of this sandbox.
    Invalid,
    Expired,
    /// Issued in another Region.
    OtherRegion,
}

/// Issues a registry password for `principal` in `region` that is valid for `life`, and returns
/// when it expires.
pub(crate) fn issue(
    key: &SigningKey,
    principal: &Principal,
    region: &Region,
    life: Duration,
    now: DateTime<Utc>,
) -> (String, DateTime<Utc>) {
    let life = TimeDelta::from_std(life).unwrap_or(TimeDelta::MAX);
    let expires = now.checked_add_signed(life).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let payload = Payload {
        account: principal.account.clone(),
        arn: principal.arn.clone(),
        role: principal.role.clone(),
        region: region.clone(),
        expires: expires.timestamp_millis(),
    };
    let json = serde_json::to_vec(&payload).unwrap_or_default();
    let body = URL_SAFE_NO_PAD.encode(json);
    let signature = key.sign("registry-token", body.as_bytes());
    (format!("{body}.{signature}"), expires)
}

/// Whose password this is.
pub(crate) fn check(
    key: &SigningKey,
    password: &str,
    region: &Region,
    now: DateTime<Utc>,
) -> Result<Principal, TokenError> {
    let (body, signature) = password.split_once('.').ok_or(TokenError::Invalid)?;
    if !key.verify("registry-token", body.as_bytes(), signature) {
        return Err(TokenError::Invalid);
    }
    let json = URL_SAFE_NO_PAD.decode(body).map_err(|_| TokenError::Invalid)?;
    let payload: Payload = serde_json::from_slice(&json).map_err(|_| TokenError::Invalid)?;
    if payload.expires <= now.timestamp_millis() {
        return Err(TokenError::Expired);
    }
    if payload.region != *region {
        return Err(TokenError::OtherRegion);
    }
    Ok(Principal { account: payload.account, arn: payload.arn, role: payload.role })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_bound_to_its_region_and_its_time() {
        let key = SigningKey::new(vec![7; 32]);
        let account: AccountId = "111122223333".parse().unwrap();
        let west: Region = "us-west-2".parse().unwrap();
        let principal = Principal::account(&account, west.partition());
        let now = DateTime::UNIX_EPOCH;
        let life = Duration::from_millis(1500);
        let (password, expires) = issue(&key, &principal, &west, life, now);
        assert_eq!(expires, now + TimeDelta::milliseconds(1500));
        let just_before = expires - TimeDelta::milliseconds(1);
        assert_eq!(check(&key, &password, &west, just_before).unwrap(), principal);
        assert_eq!(check(&key, &password, &west, now), Ok(principal));
        assert_eq!(check(&key, &password, &west, expires), Err(TokenError::Expired));
        assert_eq!(check(&key, &password, &"eu-west-1".parse().unwrap(), now), Err(TokenError::OtherRegion));
        let forged = format!("{}x", password);
        assert_eq!(check(&key, &forged, &west, now), Err(TokenError::Invalid));
        assert_eq!(check(&SigningKey::new(vec![8; 32]), &password, &west, now), Err(TokenError::Invalid));
    }
}
