//! Reads the destination's lifecycle policies, and the images that they apply to.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use futures::StreamExt;
use longshore_names::RepositoryName;
use longshore_policy::lifecycle::{LifecyclePolicy, LifecycleRule};
use longshore_registry::{Error as RegistryError, RegistryErrorKind, Sink, StoredImage};

use crate::{
    Action, EngineError, Expiry, Failure, PlannedImage, RepositoryExpiry, Side,
    plan::expiry::forecast::{MOST_NAMED, of_planned},
};

/// Repositories that are queried concurrently.
const AT_ONCE: usize = 4;

/// The policies of the repositories that are written to.
#[derive(Default)]
pub(crate) struct Policies {
    /// The rules, or why they are unknown. Repositories that have no policy are not here.
    of: BTreeMap<RepositoryName, Result<Vec<LifecycleRule>, Failure>>,
}

impl Policies {
    /// Reads the policy of each repository once. One that cannot be read does not prevent the copy,
    /// but is reported.
    pub(crate) async fn read(sink: &dyn Sink, repositories: BTreeSet<&RepositoryName>) -> Self {
        let Some(registry) = sink.lifecycle() else { return Self::default() };
        let asked: Vec<_> = repositories
            .into_iter()
            .map(|repository| async move {
                let rules = match registry.lifecycle_policy(repository).await {
                    Ok(None)
                    | Err(RegistryError { kind: RegistryErrorKind::RepositoryNotFound { .. }, .. }) => {
                        return None;
                    }
                    Ok(Some(text)) => rules(&text),
                    Err(error) => Err(EngineError::destination(error).failure()),
                };
                Some((repository.clone(), rules))
            })
            .collect();
        let found: Vec<_> = futures::stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
        Self { of: found.into_iter().flatten().collect() }
    }

    /// Whether a repository has a policy, or may have one.
    pub(crate) fn is_about(&self, repository: &RepositoryName) -> bool {
        self.of.contains_key(repository)
    }

    /// Those repositories.
    pub(crate) fn repositories(&self) -> impl Iterator<Item = &RepositoryName> {
        self.of.keys()
    }

    /// Evaluates the policies as of `now`, after the plan's `images` were copied. Each repository
    /// with a policy is listed once.
    ///
    /// # Errors
    /// When a fault of this program prevents the evaluation; policies that cannot be read are
    /// reported in the result.
    pub(crate) async fn evaluate(
        self,
        sink: &dyn Sink,
        images: &[PlannedImage],
        now: DateTime<Utc>,
    ) -> Result<Expiry, EngineError> {
        let Some(registry) = sink.lifecycle() else { return Ok(Expiry::default()) };
        let mut incoming: BTreeMap<&RepositoryName, Vec<&PlannedImage>> = BTreeMap::new();
        for image in images.iter().filter(|image| image.action.is_work() && image.action != Action::Blobs) {
            incoming.entry(&image.destination).or_default().push(image);
        }
        let asked: Vec<_> = self
            .of
            .into_iter()
            .filter_map(|(repository, rules)| Some((incoming.remove(&repository)?, repository, rules)))
            .map(|(incoming, repository, rules)| async move {
                let rules = match rules {
                    Ok(rules) => rules,
                    Err(failure) => return Ok(RepositoryExpiry::unknown(repository, failure)),
                };
                match registry.stored(&repository).await {
                    Ok(stored) => evaluated(repository, rules, stored, &incoming, now).await,
                    Err(error) => {
                        let failure = EngineError::destination(error).failure();
                        Ok(RepositoryExpiry::unknown(repository, failure))
                    }
                }
            })
            .collect();
        let mut found = futures::stream::iter(asked).buffer_unordered(AT_ONCE);
        let mut expiry = Expiry::default();
        while let Some(of) = found.next().await {
            expiry.add(of?);
        }
        Ok(expiry.naming(MOST_NAMED))
    }
}

/// Evaluates a policy where it does not block other work.
async fn evaluated(
    repository: RepositoryName,
    rules: Vec<LifecycleRule>,
    stored: Vec<StoredImage>,
    incoming: &[&PlannedImage],
    now: DateTime<Utc>,
) -> Result<RepositoryExpiry, EngineError> {
    // Even if a clock is wrong, a copy is younger than every stored image.
    let now = stored.iter().filter_map(|image| image.pushed).max().map_or(now, |newest| newest.max(now));
    let arriving: Vec<_> = incoming.iter().flat_map(|image| of_planned(image, now)).collect();
    tokio::task::spawn_blocking(move || RepositoryExpiry::of(repository, &rules, &stored, &arriving, now))
        .await
        .map_err(|error| EngineError::internal(error.to_string()))
}

/// The rules of a policy's text. The effect of a policy that is not understood is never guessed.
fn rules(text: &str) -> Result<Vec<LifecycleRule>, Failure> {
    let policy = LifecyclePolicy::parse(text).map_err(|error| unreadable(&error.to_string()))?;
    policy.rules().map_err(|findings| {
        let first =
            findings.into_iter().find(|finding| finding.severity == longshore_policy::Severity::Error);
        unreadable(&first.map(|finding| finding.text).unwrap_or_default())
    })
}

fn unreadable(why: &str) -> Failure {
    Failure {
        code: "lifecycle-not-understood".into(),
        message: format!("destination: the lifecycle policy is not understood: {why}"),
        hint: "Check the policy in ECR's console; its effect after the copy is not known here.".into(),
        side: Side::Destination,
    }
}
