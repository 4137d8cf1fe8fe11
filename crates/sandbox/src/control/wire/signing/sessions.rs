//! Session keys: of assumed roles, and of users.
//!
//! A session needs no store: its token carries who it is and until when, sealed under the
//! sandbox's secret, and its secret access key is derived from the token. Sessions therefore
//! outlive a restart.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use longshore_names::AccountId;
use rand::RngCore;
use serde::{Deserialize, Serialize};

use crate::access::token::SigningKey;
use crate::control::wire::signing::sigv4::AuthFailure;

const PURPOSE: &str = "session-token";

/// Who holds a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::control) struct Session {
    pub(in crate::control) access_key_id: String,
    pub(in crate::control) account: AccountId,
    /// The role; `None` for a session of a user.
    #[serde(flatten)]
    pub(in crate::control) role: Option<AssumedRole>,
    /// The user, unless it is the account's administrator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::control) user: Option<String>,
    expires_at: DateTime<Utc>,
}

/// An assumed role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::control) struct AssumedRole {
    /// The role's name without its path.
    pub(in crate::control) role: String,
    /// The session's name.
    pub(in crate::control) name: String,
    /// Whether it was made with the keys of another role.
    pub(in crate::control) chained: bool,
    /// The role's path, with a slash at both ends.
    #[serde(default = "root_path")]
    pub(in crate::control) path: String,
    /// The role's unique id, if it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::control) id: Option<String>,
}

fn root_path() -> String {
    "/".to_owned()
}

/// Whose session it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::control) enum Holder {
    /// A role.
    Role(AssumedRole),
    /// A user; `None` for the account's administrator.
    User(Option<String>),
}

/// What `AssumeRole` and `GetSessionToken` hand out.
pub(in crate::control) struct SessionKeys {
    pub(in crate::control) access_key_id: String,
    pub(in crate::control) secret_access_key: String,
    pub(in crate::control) session_token: String,
    pub(in crate::control) expires_at: DateTime<Utc>,
}

impl Session {
    /// A new session and its keys.
    pub(in crate::control) fn issue(
        key: &SigningKey,
        account: AccountId,
        holder: Holder,
        lifetime: TimeDelta,
        now: DateTime<Utc>,
    ) -> (Self, SessionKeys) {
        let mut random = [0; 16];
        rand::rng().fill_bytes(&mut random);
        let (role, user) = match holder {
            Holder::Role(role) => (Some(role), None),
            Holder::User(user) => (None, user),
        };
        let session = Self {
            access_key_id: format!("ASIA{}", base32(&random, 16)),
            account,
            role,
            user,
            expires_at: now + lifetime,
        };
        let token = session.seal(key);
        let keys = SessionKeys {
            access_key_id: session.access_key_id.clone(),
            secret_access_key: secret_key(key, &token),
            session_token: token,
            expires_at: session.expires_at,
        };
        (session, keys)
    }

    /// The session of a token, and the secret that its holder signs with.
    pub(in crate::control) fn open(
        key: &SigningKey,
        token: &str,
        access_key_id: &str,
        now: DateTime<Utc>,
    ) -> Result<(Self, String), AuthFailure> {
        let bytes = STANDARD.decode(token).map_err(|_| AuthFailure::UnknownKey)?;
        let (signature, payload) = bytes.split_at_checked(64).ok_or(AuthFailure::UnknownKey)?;
        let signature = std::str::from_utf8(signature).map_err(|_| AuthFailure::UnknownKey)?;
        if !key.verify(PURPOSE, payload, signature) {
            return Err(AuthFailure::UnknownKey);
        }
        let session: Self = serde_json::from_slice(payload).map_err(|_| AuthFailure::UnknownKey)?;
        if session.access_key_id != access_key_id {
            return Err(AuthFailure::UnknownKey);
        }
        if session.expires_at <= now {
            return Err(AuthFailure::Expired);
        }
        Ok((session, secret_key(key, token)))
    }

    fn seal(&self, key: &SigningKey) -> String {
        // A struct of plain strings always serialises.
        let payload = serde_json::to_vec(self).unwrap_or_default();
        let mut token = key.sign(PURPOSE, &payload).into_bytes();
        token.extend(payload);
        STANDARD.encode(token)
    }
}

fn secret_key(key: &SigningKey, token: &str) -> String {
    key.sign("session-secret", token.as_bytes())[..40].to_owned()
}

/// The first `length` characters of `bytes` in the alphabet of AWS's ids.
pub(in crate::control) fn base32(bytes: &[u8], length: usize) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    bytes.iter().cycle().take(length).map(|b| char::from(ALPHABET[usize::from(b & 31)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SigningKey {
        SigningKey::new(vec![byte; 32])
    }

    fn issue(now: DateTime<Utc>) -> (Session, SessionKeys) {
        let account = "444455556666".parse().unwrap();
        let role = AssumedRole {
            role: "deployer".to_owned(),
            name: "ci".to_owned(),
            chained: false,
            path: root_path(),
            id: None,
        };
        Session::issue(&key(1), account, Holder::Role(role), TimeDelta::hours(1), now)
    }

    #[test]
    fn a_session_opens_with_its_own_key_until_it_ends() {
        let now = DateTime::UNIX_EPOCH;
        let (session, keys) = issue(now);
        let (opened, secret) = Session::open(&key(1), &keys.session_token, &keys.access_key_id, now).unwrap();
        assert_eq!(opened, session);
        assert_eq!(secret, keys.secret_access_key);
        let open = |byte, token: &str, id: &str, now| Session::open(&key(byte), token, id, now).err();
        let (token, id) = (&keys.session_token, &keys.access_key_id);
        assert_eq!(open(1, token, id, now + TimeDelta::hours(1)), Some(AuthFailure::Expired));
        assert_eq!(open(1, token, "ASIAOTHER", now), Some(AuthFailure::UnknownKey));
        assert_eq!(open(2, token, id, now), Some(AuthFailure::UnknownKey));
        assert_eq!(open(1, &token[4..], id, now), Some(AuthFailure::UnknownKey));
        assert_eq!(open(1, "", id, now), Some(AuthFailure::UnknownKey));
    }

    #[test]
    fn a_session_of_a_user_has_no_role() {
        let now = DateTime::UNIX_EPOCH;
        let account = "444455556666".parse().unwrap();
        let (session, keys) = Session::issue(&key(1), account, Holder::User(None), TimeDelta::hours(1), now);
        let (opened, _) = Session::open(&key(1), &keys.session_token, &keys.access_key_id, now).unwrap();
        assert_eq!((&opened, &opened.role), (&session, &None));
    }

    #[test]
    fn every_session_has_keys_of_its_own() {
        let (a, b) = (issue(DateTime::UNIX_EPOCH).1, issue(DateTime::UNIX_EPOCH).1);
        assert_ne!(a.access_key_id, b.access_key_id);
        assert_ne!(a.secret_access_key, b.secret_access_key);
        assert_eq!((a.access_key_id.len(), a.secret_access_key.len()), (20, 40));
    }
}
