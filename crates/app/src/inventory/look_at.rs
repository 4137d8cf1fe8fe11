//! Reads a whole registry now, for comparisons: its repositories, their policies, their images.

use chrono::{DateTime, Utc};
use futures::{StreamExt, future::BoxFuture, stream};
use longshore_ecr::{EcrClient, ImageScope};
use longshore_names::RepositoryName;
use rusqlite::params;

use super::{kept::KeptPolicies, rows, unstored::Seen};
use crate::{
    App,
    api::{ApiError, LookAt, LookedAt, RegistryKey, RepositoryKey},
    db::to_ms,
};

/// Repositories of one registry that are read concurrently.
const AT_ONCE: usize = 8;

/// Which policy of a repository was written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum WrittenPolicy {
    Lifecycle,
    Repository,
}

/// The policies of a repository as they were read.
struct Policies {
    name: String,
    lifecycle: Option<String>,
    policy: Option<String>,
}

impl App {
    /// Reads a registry now, for comparisons. What could not be read of a repository is part of the answer,
    /// and keeps its earlier state.
    ///
    /// # Errors
    /// The reason why the registry cannot be read.
    pub async fn look_at_registry(&self, request: LookAt) -> Result<LookedAt, ApiError> {
        let LookAt { registry, policies, images } = request;
        self.read_repositories(&registry).await?;
        if !self.is_stored(&registry).await? {
            return self.look_at_unstored(registry, policies, images).await;
        }
        let names: Vec<String> =
            self.inventory.repositories_of(&registry).await?.into_iter().map(|row| row.name).collect();
        let (mut failed, mut problem) = (vec![false; names.len()], None);
        let mut note = |index: usize, error: ApiError| {
            failed[index] = true;
            problem.get_or_insert(error);
        };
        if policies {
            for (index, error) in self.read_policies(&registry, &names).await? {
                note(index, error);
            }
        }
        if images {
            let mut read: Vec<BoxFuture<'_, Option<(usize, ApiError)>>> = Vec::with_capacity(names.len());
            for (index, name) in names.iter().enumerate() {
                let key = RepositoryKey { registry: registry.clone(), repository: name.clone() };
                read.push(Box::pin(async move { Some((index, self.read_images(&key).await.err()?)) }));
            }
            let done: Vec<_> = stream::iter(read).buffer_unordered(AT_ONCE).collect().await;
            done.into_iter().flatten().for_each(|(index, error)| note(index, error));
        }
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let failed = count(failed.into_iter().filter(|failed| *failed).count());
        Ok(LookedAt { registry, repositories: count(names.len()), failed, problem })
    }

    /// Notes a policy that was written and read back, so that comparisons show it without another read.
    pub(crate) async fn policy_written(
        &self,
        registry: &RegistryKey,
        name: &RepositoryName,
        written: WrittenPolicy,
        text: Option<String>,
    ) {
        let (key, name) =
            (RepositoryKey { registry: registry.clone(), repository: name.to_string() }, name.to_string());
        let column = match written {
            WrittenPolicy::Lifecycle => "lifecycle",
            WrittenPolicy::Repository => "policy",
        };
        let noted = self.db.write(move |tx| {
            let number = rows::repository_number(tx, &key)?;
            // Without the other policy, the repository is still not read as a whole.
            let sql =
                format!("UPDATE repository SET {column} = ?2 WHERE key = ?1 AND policies_read IS NOT NULL");
            tx.prepare_cached(&sql)?.execute(params![number, text])?;
            Ok(())
        });
        if let Err(error) = noted.await {
            tracing::warn!(
                code = error.code,
                repository = name,
                "a policy that was written could not be noted"
            );
        }
    }

    async fn is_stored(&self, registry: &RegistryKey) -> Result<bool, ApiError> {
        let registry = registry.clone();
        self.db.read(move |tx| Ok(rows::registry_number(tx, &registry, false)?.is_some())).await
    }

    /// As [`look_at_registry`](Self::look_at_registry), for one whose account is not stored.
    async fn look_at_unstored(
        &self,
        registry: RegistryKey,
        with_policies: bool,
        with_images: bool,
    ) -> Result<LookedAt, ApiError> {
        let (client, now) = (self.connection(&registry).await?.client, self.now());
        let found = client.repositories().await?;
        let mut read: Vec<BoxFuture<'_, (Seen, Option<ApiError>)>> = Vec::with_capacity(found.len());
        for repository in found {
            let client = &client;
            read.push(Box::pin(async move {
                let mut seen = Seen { repository, policies: None, images: None };
                let error = fill(client, &mut seen, with_policies.then_some(now), with_images).await.err();
                (seen, error)
            }));
        }
        let done: Vec<_> = stream::iter(read).buffer_unordered(AT_ONCE).collect().await;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let failed = count(done.iter().filter(|(_, error)| error.is_some()).count());
        let problem = done.iter().find_map(|(_, error)| error.clone());
        let repositories = count(done.len());
        self.inventory.unstored.keep(&registry, now, done.into_iter().map(|(seen, _)| seen).collect());
        Ok(LookedAt { registry, repositories, failed, problem })
    }

    /// Reads the policies of repositories and stores them. Returns what could not be read.
    async fn read_policies(
        &self,
        registry: &RegistryKey,
        names: &[String],
    ) -> Result<Vec<(usize, ApiError)>, ApiError> {
        let client = self.connection(registry).await?.client;
        let began = to_ms(self.now());
        let mut read: Vec<BoxFuture<'_, (usize, Result<Policies, ApiError>)>> =
            Vec::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            let client = &client;
            read.push(Box::pin(async move { (index, policies(client, name).await) }));
        }
        let done: Vec<_> = stream::iter(read).buffer_unordered(AT_ONCE).collect().await;
        let (mut found, mut failures) = (Vec::new(), Vec::new());
        for (index, done) in done {
            match done {
                Ok(one) => found.push(one),
                Err(error) => failures.push((index, error)),
            }
        }
        let registry = registry.clone();
        self.db
            .write(move |tx| {
                let Some(number) = rows::registry_number(tx, &registry, false)? else { return Ok(()) };
                let mut update = tx.prepare_cached(
                    "UPDATE repository SET policies_read = ?3, lifecycle = ?4, policy = ?5
                     WHERE registry = ?1 AND name = ?2 AND coalesce(policies_read, 0) <= ?3",
                )?;
                for one in &found {
                    update.execute(params![number, one.name, began, one.lifecycle, one.policy])?;
                }
                Ok(())
            })
            .await?;
        Ok(failures)
    }
}

async fn fill(
    client: &EcrClient,
    seen: &mut Seen,
    now: Option<DateTime<Utc>>,
    with_images: bool,
) -> Result<(), ApiError> {
    let name = &seen.repository.name;
    if with_images {
        seen.images = Some(client.images(name, ImageScope::Active).await?);
    }
    if let Some(read) = now {
        let Policies { lifecycle, policy, .. } = policies(client, name.as_str()).await?;
        seen.policies = Some(KeptPolicies { read, lifecycle, policy });
    }
    Ok(())
}

async fn policies(client: &EcrClient, name: &str) -> Result<Policies, ApiError> {
    let parsed: RepositoryName = name.parse()?;
    let lifecycle = client.lifecycle_policy(&parsed).await?;
    let policy = client.repository_policy(&parsed).await?;
    Ok(Policies { name: name.to_owned(), lifecycle, policy })
}
