//! Documents before they were replaced. They outlive the history of runs, and can be restored.

pub(crate) mod store;

use crate::{
    App,
    api::{ApiError, DocumentType, KeptVersion, ListVersions},
    documents::{DocumentKind, Setting, parts},
};

impl App {
    /// Versions of a document of a registry before they were replaced, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn kept_versions(&self, request: ListVersions) -> Result<Vec<KeptVersion>, ApiError> {
        let ListVersions { registry, document, name } = request;
        let kind = match document {
            DocumentType::Replication => DocumentKind::Replication,
            DocumentType::Policy => DocumentKind::Policy,
            DocumentType::LifecyclePolicy => DocumentKind::Setting(Setting::LifecyclePolicy),
            DocumentType::RepositoryPolicy => DocumentKind::Setting(Setting::RepositoryPolicy),
            DocumentType::Template => DocumentKind::Setting(Setting::Template),
            DocumentType::TagMutability => DocumentKind::Setting(Setting::TagMutability),
            DocumentType::ScanOnPush => DocumentKind::Setting(Setting::ScanOnPush),
            DocumentType::BlobMounting => DocumentKind::Setting(Setting::BlobMounting),
        };
        let wanted = move |tx: &rusqlite::Transaction<'_>| {
            Ok(store::of_document(tx, &registry, kind.as_str(), name.as_deref())?)
        };
        let all = self.db.read(wanted).await?;
        let one = |version: store::Version| KeptVersion {
            parts: u32::try_from(parts(kind, version.text.as_deref())).unwrap_or(u32::MAX),
            none: version.text.is_none(),
            replaced_by: version.title,
            version: version.view,
        };
        Ok(all.into_iter().map(one).collect())
    }
}
