//! Looking at owners, and what a person says about them.

use longshore_names::RepositoryName;

use super::{ownership, store};
use crate::{
    App,
    api::{ApiError, DocumentKey, MarkDocument, OwnedDocument, OwnerSource, Ownership},
    errors::name_error,
};

/// The longest note.
const LONGEST_NOTE: usize = 200;

impl App {
    /// Who manages a document, asked now.
    ///
    /// # Errors
    /// `invalid-…` for a name that no document has. What cannot be asked is part of the answer.
    pub async fn owner(&self, key: DocumentKey) -> Result<Ownership, ApiError> {
        ownership(self, &checked(key)?).await
    }

    /// Marks a document as managed elsewhere. Longshore then changes it only if a person names it.
    ///
    /// # Errors
    /// `owner-note`; as [`owner`](Self::owner).
    pub async fn mark_document(&self, request: MarkDocument) -> Result<Ownership, ApiError> {
        let key = checked(request.key)?;
        let note = request.note.trim().to_owned();
        if note.is_empty() || note.chars().count() > LONGEST_NOTE || note.chars().any(char::is_control) {
            let text = format!("A note is one line of 1 to {LONGEST_NOTE} characters.");
            return Err(ApiError::input("owner-note", "note", text)
                .hint("Say who or what manages the document, such as `CDK app of the platform team`."));
        }
        let (marked, at) = (key.clone(), self.now());
        self.db.write(move |tx| store::put(tx, &marked, OwnerSource::Mark, &note, at)).await?;
        ownership(self, &key).await
    }

    /// Declares that nothing else manages a document any longer: a mark is removed, and the stack or the
    /// state that lists it no longer counts. Another owner that appears later does.
    ///
    /// # Errors
    /// As [`owner`](Self::owner).
    pub async fn release_document(&self, key: DocumentKey) -> Result<Ownership, ApiError> {
        let key = checked(key)?;
        let marked = key.clone();
        self.db.write(move |tx| store::unmark(tx, &marked)).await?;
        // One for each source that may list it.
        for _ in 0..2 {
            let Some(owner) = ownership(self, &key).await?.owner else { break };
            let (released, at) = (key.clone(), self.now());
            self.db.write(move |tx| store::put(tx, &released, owner.source, &owner.name, at)).await?;
        }
        ownership(self, &key).await
    }

    /// Forgets what a person said about a document: its mark, and that an owner no longer manages it.
    ///
    /// # Errors
    /// As [`owner`](Self::owner).
    pub async fn forget_mark(&self, key: DocumentKey) -> Result<Ownership, ApiError> {
        let key = checked(key)?;
        let forgotten = key.clone();
        self.db.write(move |tx| store::forget(tx, &forgotten)).await?;
        ownership(self, &key).await
    }
}

/// A document that can exist.
fn checked(key: DocumentKey) -> Result<DocumentKey, ApiError> {
    match &key.document {
        OwnedDocument::Replication | OwnedDocument::Policy => {}
        OwnedDocument::Repository { name }
        | OwnedDocument::RepositoryPolicy { name }
        | OwnedDocument::LifecyclePolicy { name } => {
            RepositoryName::for_input(name).map_err(name_error("key.document.name"))?;
        }
        OwnedDocument::Template { prefix } => {
            let is_prefix = |text: &str| !text.is_empty() && text.len() <= 256 && text.is_ascii();
            if !is_prefix(prefix) || prefix.chars().any(char::is_control) {
                let text = "A template has a prefix of repository names, or ROOT.";
                return Err(ApiError::input("template-prefix", "key.document.prefix", text)
                    .hint("`longshore owner` takes the prefix as the template has it."));
            }
        }
    }
    Ok(key)
}
