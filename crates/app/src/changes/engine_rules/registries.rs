//! Registries outside ECR. Their passwords are only in the keychain.

use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use crate::{
    App,
    access::KnownHost,
    api::{ApiError, AppEvent, OtherRegistry, PutRegistry, RegistryHost},
    secrets::Secret,
};

impl App {
    /// Registries outside ECR that have credentials or settings of their own.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn other_registries(&self) -> Result<Vec<OtherRegistry>, ApiError> {
        let known = self.known_hosts().await?;
        let shown = |KnownHost { host, user, insecure, .. }| OtherRegistry { host, user, insecure };
        Ok(known.into_iter().map(shown).collect())
    }

    /// Adds or changes a registry outside ECR; its password goes into the keychain.
    ///
    /// # Errors
    /// `invalid-host`, `host-is-ecr`, `password-needed`; errors of the keychain.
    pub async fn put_registry(&self, request: PutRegistry) -> Result<Vec<OtherRegistry>, ApiError> {
        let PutRegistry { host, user, password, insecure } = request;
        let host = checked(&host)?;
        let user = user.map(|user| user.trim().to_owned()).filter(|user| !user.is_empty());
        let known = self.known_hosts().await?.into_iter().find(|known| known.host == host);
        let before = known.as_ref().and_then(|known| known.secret.clone());
        let same_user = known.as_ref().is_some_and(|known| known.user == user);
        let secret = match (&user, password.filter(|password| !password.is_empty())) {
            (None, _) => None,
            (Some(_), Some(password)) => {
                let name = format!("registry/{host}/{}", Uuid::now_v7());
                self.secrets.set(&name, Secret::new(password)).await?;
                Some(name)
            }
            (Some(_), None) if same_user && before.is_some() => before.clone(),
            (Some(_), None) => {
                let text = "A user name requires a password or a token.";
                return Err(ApiError::input("password-needed", "password", text));
            }
        };
        let row = KnownHost { host, user, secret, insecure };
        let (kept, added) = (row.clone(), row.secret.clone().filter(|name| Some(name) != before.as_ref()));
        let written = self
            .db
            .write(move |tx| {
                tx.execute(
                    "INSERT INTO other_registry (host, user, secret, insecure) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (host) DO UPDATE SET user = excluded.user, secret = excluded.secret,
                         insecure = excluded.insecure",
                    params![kept.host, kept.user, kept.secret, kept.insecure],
                )?;
                Ok(())
            })
            .await;
        let stale =
            if written.is_ok() { before.filter(|name| Some(name) != row.secret.as_ref()) } else { added };
        self.drop_password(stale).await;
        written?;
        self.events.send(AppEvent::EngineRules);
        self.other_registries().await
    }

    /// Forgets a registry outside ECR, and its password.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn remove_registry(&self, request: RegistryHost) -> Result<Vec<OtherRegistry>, ApiError> {
        let host = request.host.trim().to_ascii_lowercase();
        let secret: Option<String> = self
            .db
            .write(move |tx| {
                let sql = "DELETE FROM other_registry WHERE host = ?1 RETURNING secret";
                Ok(tx.query_row(sql, [host], |row| row.get(0)).optional()?.flatten())
            })
            .await?;
        self.drop_password(secret).await;
        self.events.send(AppEvent::EngineRules);
        self.other_registries().await
    }

    async fn drop_password(&self, name: Option<String>) {
        if let Some(name) = name
            && let Err(error) = self.secrets.delete(&name).await
        {
            tracing::warn!(code = error.code, "a password could not be removed from the keychain");
        }
    }

    /// The form in which they are used to open places.
    pub(super) async fn known_hosts(&self) -> Result<Vec<KnownHost>, ApiError> {
        self.db
            .read(|tx| {
                let sql = "SELECT host, user, secret, insecure FROM other_registry ORDER BY host";
                let mut statement = tx.prepare_cached(sql)?;
                let rows = statement.query_map([], |row| {
                    Ok(KnownHost {
                        host: row.get(0)?,
                        user: row.get(1)?,
                        secret: row.get(2)?,
                        insecure: row.get(3)?,
                    })
                })?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .await
    }
}

/// A host in the form in which a rule names it.
fn checked(text: &str) -> Result<String, ApiError> {
    use longshore_policy::rule::Registry;
    let host = text.trim().to_ascii_lowercase();
    match host.parse::<Registry>() {
        Ok(registry) if registry.ecr().is_some() => {
            Err(ApiError::input("host-is-ecr", "host", "This is an ECR registry."))
        }
        Ok(Registry::Host(host)) => Ok(host),
        Ok(_) => Err(ApiError::input("invalid-host", "host", "This is not a host.")),
        Err(error) => Err(ApiError::input("invalid-host", "host", format!("This is not a host: {error}."))),
    }
}
