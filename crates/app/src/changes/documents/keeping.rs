//! Keeps the version before a write of a document or setting besides the two of a registry.

use longshore_ecr::EcrError;

use super::perform::{Write, finish, keep};
use crate::{
    api::{ApiError, RegistryKey},
    documents::DocumentKind,
    steps::{DocumentChange, Job, Outcome},
};

/// A document that is about to be replaced. Its version before is stored first, and stays stored unless
/// nothing can have been replaced.
pub(in crate::changes) struct Keeping {
    kind: DocumentKind,
    registry: RegistryKey,
    name: Option<String>,
    change: DocumentChange,
}

impl Keeping {
    /// `name` is that of the repository, or the prefix of the template.
    pub(in crate::changes) fn new(
        kind: DocumentKind,
        registry: &RegistryKey,
        name: Option<&str>,
        before: Option<String>,
        after: Option<String>,
    ) -> Self {
        let (made, unmade, named) = (Vec::new(), Vec::new(), Vec::new());
        let change = DocumentChange { before, after, made, unmade, named };
        Self { kind, registry: registry.clone(), name: name.map(str::to_owned), change }
    }

    /// What remains to be done with the document `now`; `None` to write it.
    ///
    /// # Errors
    /// `changed-elsewhere`, with the differences.
    pub(in crate::changes) async fn looked(
        &self,
        job: &Job<'_>,
        now: &serde_json::Value,
    ) -> Result<Option<Outcome>, ApiError> {
        let of = Write::new(self.kind, &self.registry, self.name.as_deref(), &self.change);
        of.looked(job, now).await
    }

    /// Stores the version before, then awaits the write, which must not have begun.
    pub(in crate::changes) async fn through<T>(
        &self,
        job: &Job<'_>,
        write: impl Future<Output = Result<T, EcrError>>,
    ) -> Result<T, ApiError> {
        let of = Write::new(self.kind, &self.registry, self.name.as_deref(), &self.change);
        let kept = keep(job, &of, self.change.before.clone()).await?;
        let (written, done) = match write.await {
            Ok(done) => (Ok(of.wanted.clone()), Some(done)),
            Err(error) => (Err(error), None),
        };
        finish(job, &of, kept, written).await?;
        done.ok_or_else(|| ApiError::internal("A failed write was recorded as done."))
    }
}
