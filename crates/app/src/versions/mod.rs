//! Documents before they were replaced. They outlive the history of runs, and can be restored.

pub(crate) mod store;

use crate::{
    App,
    api::{ApiError, DocumentType, KeptVersion, ListVersions},
    documents::{DocumentKind, parts},
};

impl App {
    /// Versions of a document of a registry before they were replaced, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn kept_versions(&self, request: ListVersions) -> Result<Vec<KeptVersion>, ApiError> {
        let ListVersions { registry, document } = request;
        let kind = match document {
            DocumentType::Replication => DocumentKind::Replication,
            DocumentType::Policy => DocumentKind::Policy,
        };
        let all = self.db.read(move |tx| Ok(store::of_document(tx, &registry, kind.as_str())?)).await?;
        let one = |version: store::Version| KeptVersion {
            parts: u32::try_from(parts(kind, version.text.as_deref())).unwrap_or(u32::MAX),
            none: version.text.is_none(),
            replaced_by: version.title,
            version: version.view,
        };
        Ok(all.into_iter().map(one).collect())
    }
}
