//! Keys of people. A private key is in the keychain of its owner; others enrol the public one.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use longshore_promotion::Person;
use rusqlite::{Transaction, params};
use zeroize::Zeroizing;

use crate::{
    App,
    api::{ApiError, ApprovalKey, EnrolKey, NamedKey, Side},
    db::{from_ms, to_ms},
    secrets::Secret,
};

/// What a public key begins with as text.
const KIND: &str = "ed25519:";

/// A key that is known here.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) person: Person,
    pub(super) public: Vec<u8>,
    /// Whether its private half belongs to this data directory.
    pub(super) own: bool,
}

impl Known {
    /// Whether it made a signature.
    pub(super) fn verifies(&self, bytes: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(bytes, signature).is_ok()
    }
}

impl App {
    /// Makes a key with which a person approves; its private half goes into the keychain.
    ///
    /// # Errors
    /// `promotion-name`, `promotion-key-exists`; errors of the keychain.
    pub async fn create_approval_key(&self, request: NamedKey) -> Result<ApprovalKey, ApiError> {
        let person = person(&request.name)?;
        let known = self.approval_keys().await?;
        if known.iter().any(|one| one.name == person.as_str()) {
            let text = format!("There is a key named `{person}` already.");
            return Err(ApiError::input("promotion-key-exists", "name", text));
        }
        let unusable = |_| ApiError::internal("A key could not be made.");
        let pair = Ed25519KeyPair::generate().map_err(unusable)?;
        let document = pair.to_pkcs8().map_err(unusable)?;
        let public = format!("{KIND}{}", STANDARD.encode(pair.public_key().as_ref()));
        let private = Zeroizing::new(STANDARD.encode(document.as_ref()));
        self.secrets.set(&self.secret_name(&person), Secret::new(private.as_str())).await?;
        self.store_key(person, public, true).await
    }

    /// Enrols the public key of another person, whose approvals count here from then on.
    ///
    /// # Errors
    /// `promotion-name`, `promotion-key-invalid`, `promotion-key-exists`.
    pub async fn enrol_approval_key(&self, request: EnrolKey) -> Result<ApprovalKey, ApiError> {
        let person = person(&request.name)?;
        let public = public_key(&request.public)?;
        let text = format!("{KIND}{}", STANDARD.encode(&public));
        let known = self.approval_keys().await?;
        if let Some(same) = known.iter().find(|one| one.public == text || one.name == person.as_str()) {
            let text = match same.public == text {
                true => format!("This key is known already, as the one of `{}`.", same.name),
                false => format!("`{person}` has another key already."),
            };
            return Err(ApiError::input("promotion-key-exists", "name", text));
        }
        self.store_key(person, text, false).await
    }

    fn secret_name(&self, person: &Person) -> String {
        format!("promotion/key/{}/{person}", self.data_directory_id())
    }

    async fn store_key(&self, person: Person, public: String, own: bool) -> Result<ApprovalKey, ApiError> {
        let now = self.now();
        let key = ApprovalKey { name: person.to_string(), public: public.clone(), own, at: now };
        self.db
            .write(move |tx| {
                tx.execute(
                    "INSERT INTO promotion_key (name, public, own, at) VALUES (?1, ?2, ?3, ?4)",
                    params![person.as_str(), public, own, to_ms(now)],
                )?;
                Ok(())
            })
            .await?;
        Ok(key)
    }

    /// The keys that are known here.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn approval_keys(&self) -> Result<Vec<ApprovalKey>, ApiError> {
        self.db.read(list).await
    }

    /// Forgets a key; approvals by it no longer count here.
    ///
    /// # Errors
    /// `promotion-key-unknown`; errors of the keychain.
    pub async fn forget_approval_key(&self, request: NamedKey) -> Result<(), ApiError> {
        let person = person(&request.name)?;
        let known = self.approval_keys().await?;
        let Some(key) = known.iter().find(|one| one.name == person.as_str()) else {
            return Err(unknown(&request.name, &known));
        };
        if key.own {
            self.secrets.delete(&self.secret_name(&person)).await?;
        }
        self.db
            .write(move |tx| Ok(tx.execute("DELETE FROM promotion_key WHERE name = ?1", [person.as_str()])?))
            .await?;
        Ok(())
    }

    /// The own key of a name, or the only own key: its person and what signs with it.
    pub(super) async fn signing_key(&self, name: Option<&str>) -> Result<(Person, Ed25519KeyPair), ApiError> {
        let known = self.approval_keys().await?;
        let mut own = known.iter().filter(|key| key.own && name.is_none_or(|name| key.name == name.trim()));
        let key = match (own.next(), own.next(), name) {
            (Some(only), None, _) => only,
            (Some(_), Some(_), _) => {
                let text = "There are several keys of this computer's person.";
                return Err(
                    ApiError::input("promotion-key-unknown", "key", text).hint("Name one with `--key`.")
                );
            }
            (None, _, Some(name)) => return Err(unknown(name, &known)),
            (None, ..) => {
                let text = "There is no key to approve with.";
                return Err(ApiError::input("promotion-key-unknown", "key", text)
                    .hint("`longshore promotion key new NAME` makes one."));
            }
        };
        let person = person(&key.name)?;
        let kept = self.secrets.get(&self.secret_name(&person)).await?.ok_or_else(|| {
            let text = format!("The keychain has no private key of `{person}`.");
            ApiError::new("promotion-key-missing", Side::ThisMachine, text)
        })?;
        let damaged =
            || ApiError::new("promotion-key-missing", Side::ThisMachine, "The private key is damaged.");
        let document = Zeroizing::new(STANDARD.decode(kept.expose()).map_err(|_| damaged())?);
        let pair = Ed25519KeyPair::from_pkcs8(&document).map_err(|_| damaged())?;
        Ok((person, pair))
    }

    /// Every key, to verify with.
    pub(super) async fn verifying_keys(&self) -> Result<Vec<Known>, ApiError> {
        let keys = self.approval_keys().await?;
        keys.into_iter()
            .map(|key| {
                Ok(Known { person: person(&key.name)?, public: public_key(&key.public)?, own: key.own })
            })
            .collect()
    }
}

fn list(tx: &Transaction<'_>) -> Result<Vec<ApprovalKey>, ApiError> {
    let mut statement = tx.prepare_cached("SELECT name, public, own, at FROM promotion_key ORDER BY name")?;
    let rows = statement.query_map([], |row| {
        Ok(ApprovalKey { name: row.get(0)?, public: row.get(1)?, own: row.get(2)?, at: from_ms(row.get(3)?) })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn person(text: &str) -> Result<Person, ApiError> {
    text.trim().parse().map_err(|error: longshore_promotion::PromotionNameError| {
        ApiError::input(error.code(), "name", format!("{}.", longshore_names::capital(&error.to_string())))
    })
}

fn public_key(text: &str) -> Result<Vec<u8>, ApiError> {
    let bytes = text.trim().strip_prefix(KIND).and_then(|text| STANDARD.decode(text).ok());
    bytes.filter(|bytes| bytes.len() == 32).ok_or_else(|| {
        let text = "This is not a public key of Longshore.";
        ApiError::input("promotion-key-invalid", "public", text)
    })
}

fn unknown(name: &str, known: &[ApprovalKey]) -> ApiError {
    let text = format!("There is no key named `{}`.", longshore_names::shown(name, 100));
    let names: Vec<&str> = known.iter().map(|key| key.name.as_str()).collect();
    let error = ApiError::input("promotion-key-unknown", "key", text);
    match names.is_empty() {
        true => error.hint("`longshore promotion key new NAME` makes one."),
        false => error.hint(format!("Known keys: {}.", names.join(", "))),
    }
}
