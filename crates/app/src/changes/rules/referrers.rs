//! Whether signatures and other referrers arrive with the replicated images. AWS does not report
//! this, so the app checks.

use futures::{StreamExt, TryStreamExt, stream};
use longshore_ecr::{EcrClient, EcrError, EcrErrorKind, ImageId};
use longshore_names::{Digest, RepositoryName};
use longshore_policy::replication::ReplicationConfiguration;

use super::view::count;
use crate::{
    App,
    api::{ApiError, LookForReferrers, ReferrersSeen, RegistryKey},
    documents::find_rule,
};

/// The number of referrers that are checked at each destination, the newest ones.
const ASKED: usize = 20;
/// Concurrent calls.
const AT_ONCE: usize = 8;

impl App {
    /// Checks the destinations of a rule for the newest referrers that were found at its source.
    /// Only referrers whose image is at the destination count. Does not count as a pull.
    ///
    /// # Errors
    /// `changed-elsewhere` when the rule was changed or removed; the reason why the source cannot
    /// be read. The error of a destination is in its [`problem`](ReferrersSeen::problem).
    pub async fn look_for_referrers(
        &self,
        request: LookForReferrers,
    ) -> Result<Vec<ReferrersSeen>, ApiError> {
        let LookForReferrers { registry, rule } = request;
        let document = match self.inventory.replication_document(&registry).await? {
            Some(seen) => seen.document,
            None => self.read_replication(&registry).await?,
        };
        let rule = find_rule(&ReplicationConfiguration::from_value(document)?, &rule)?;
        let destinations = rule.destinations.clone();
        let referrers =
            self.inventory.newest_referrers(&registry, ASKED, move |name| rule.takes(name)).await?;
        let mut seen = Vec::with_capacity(destinations.len());
        for destination in &destinations {
            let key = RegistryKey::of(registry.space, destination);
            let look = async {
                let client = &self.connection(&key).await?.client;
                let found: Vec<Option<bool>> = stream::iter(referrers.clone())
                    .map(|known| async move {
                        let name = &known.repository;
                        match is_there(client, name, &known.subject).await? {
                            true => is_there(client, name, &known.digest).await.map(Some),
                            false => Ok::<_, ApiError>(None),
                        }
                    })
                    .buffer_unordered(AT_ONCE)
                    .try_collect()
                    .await?;
                Ok::<_, ApiError>(found)
            };
            let (found, problem) = match look.await {
                Ok(found) => (found, None),
                Err(error) => (Vec::new(), Some(error)),
            };
            seen.push(ReferrersSeen {
                registry: key,
                asked: count(found.iter().flatten().count()),
                there: count(found.iter().flatten().filter(|there| **there).count()),
                problem,
            });
        }
        Ok(seen)
    }
}

async fn is_there(client: &EcrClient, name: &RepositoryName, digest: &Digest) -> Result<bool, ApiError> {
    let id = ImageId { digest: Some(digest.clone()), tag: None };
    match client.describe_images(name, &[id]).await {
        Ok(found) => Ok(!found.is_empty()),
        Err(
            EcrError { kind: EcrErrorKind::ImageNotFound, .. }
            | EcrError { kind: EcrErrorKind::RepositoryNotFound, .. },
        ) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
