//! The step that restores a document or a setting.

use std::sync::Arc;

use longshore_ecr::{IamItem, IamItemKind};
use longshore_names::RepositoryName;

use crate::{
    App,
    api::{ApiError, RegistryKey, Side},
    changes::{
        documents::{WritePolicy, WriteReplication},
        iam::WriteIam,
        lifecycle::replacing,
        repositories::{SetBlobMounting, SetMutability},
        settings::{SetRepositoryPolicy, SetScanOnPush},
        templates::{CreateTemplate, DeleteTemplate, ReplaceTemplate},
    },
    documents::{DocumentKind, Setting, iam_deed, mutability_of, only_in, template},
    errors::name_error,
    plans::Draft,
    steps::{Change, DocumentChange},
};

/// A document as it is now and as it was then.
pub(super) struct Back<'a> {
    pub(super) kind: DocumentKind,
    pub(super) registry: &'a RegistryKey,
    pub(super) name: Option<&'a str>,
    pub(super) now: Option<String>,
    pub(super) then: Option<String>,
}

impl Back<'_> {
    /// Whether both mean the same.
    pub(super) fn is_same(&self) -> bool {
        let (now, then) = (self.kind.read(self.now.as_deref()), self.kind.read(self.then.as_deref()));
        self.kind.meaning(self.registry).same(&now, &then)
    }

    /// What a person should know about the step.
    pub(super) fn warn(&self, draft: &mut Draft, place: &str) {
        let review = Some("Review the changes.");
        match self.kind {
            DocumentKind::Policy if self.then.is_none() && self.now.is_some() => {
                let text = format!("{place} had no policy then, so the current policy will be removed.");
                draft.warning("policy-goes", text, review);
            }
            DocumentKind::Setting(Setting::LifecyclePolicy) if self.then.is_some() => {
                let text =
                    "ECR applies the lifecycle policy within 24 hours; images that it expires are deleted.";
                draft.warning("lifecycle-applies", text, review);
            }
            _ => {}
        }
    }

    /// The change that restores it. Adds to the plan what destinations of rules lose with it.
    ///
    /// # Errors
    /// When the version cannot be read, or its repository no longer exists.
    pub(super) async fn change(self, app: &App, draft: &mut Draft) -> Result<Arc<dyn Change>, ApiError> {
        let setting = match self.kind {
            DocumentKind::Replication => return Ok(Arc::new(WriteReplication(self.document()))),
            DocumentKind::Policy => return Ok(Arc::new(WritePolicy(self.document()))),
            DocumentKind::Setting(setting) => setting,
            DocumentKind::Iam(_) => {
                let item = self.item().ok_or_else(unreadable)?;
                if self.is_lost() {
                    let text = "A deleted access key cannot come back: nobody knows its secret any more.";
                    return Err(ApiError::new("iam-key-gone", Side::Service, text));
                }
                return Ok(Arc::new(WriteIam { item, document: self.document() }));
            }
        };
        let of_then = |text: &Option<String>| -> Result<serde_json::Value, ApiError> {
            Ok(serde_json::from_str(text.as_deref().ok_or_else(unreadable)?)?)
        };
        Ok(match setting {
            Setting::LifecyclePolicy => {
                let (name, document) = (self.repository()?, self.document());
                Arc::new(replacing(app, self.registry, name, document, draft).await.0)
            }
            Setting::RepositoryPolicy => {
                let (name, document) = (self.repository()?, self.document());
                Arc::new(SetRepositoryPolicy { name, document })
            }
            Setting::Template => {
                let read = |text: &Option<String>| text.as_deref().map(template::parse).transpose();
                match (read(&self.now)?, read(&self.then)?) {
                    (Some(before), Some(after)) => {
                        Arc::new(ReplaceTemplate { before, after, document: self.document() })
                    }
                    (None, Some(template)) => Arc::new(CreateTemplate { template }),
                    (Some(template), None) => Arc::new(DeleteTemplate { template }),
                    (None, None) => return Err(unreadable()),
                }
            }
            Setting::TagMutability => {
                let name = self.repository()?;
                let before = mutability_of(&of_then(&self.now).map_err(|_| gone(&name))?);
                let after = mutability_of(&of_then(&self.then)?);
                let (before, after) = before.zip(after).ok_or_else(unreadable)?;
                Arc::new(SetMutability { name, before, after })
            }
            Setting::ScanOnPush => {
                let name = self.repository()?;
                of_then(&self.now).map_err(|_| gone(&name))?;
                let scan = of_then(&self.then)?["scanOnPush"].as_bool().ok_or_else(unreadable)?;
                Arc::new(SetScanOnPush { name, scan })
            }
            Setting::BlobMounting => {
                let enabled = of_then(&self.then)?["blobMounting"].as_bool().ok_or_else(unreadable)?;
                Arc::new(SetBlobMounting { enabled })
            }
        })
    }

    /// What it is about, if it is of IAM.
    fn item(&self) -> Option<IamItem> {
        let DocumentKind::Iam(kind) = self.kind else { return None };
        IamItem::parse(kind, self.name?)
    }

    /// Whether nothing can restore it.
    pub(super) fn is_lost(&self) -> bool {
        let is_key = matches!(self.kind, DocumentKind::Iam(IamItemKind::Key));
        is_key && self.now.is_none() && self.then.is_some()
    }

    /// What restoring it does, if that has a verb of its own.
    pub(super) fn deed(&self, account: &str) -> Option<String> {
        let item = self.item()?;
        let (now, then) = (self.kind.read(self.now.as_deref()), self.kind.read(self.then.as_deref()));
        Some(iam_deed(&item, &now, &then, account))
    }

    fn repository(&self) -> Result<RepositoryName, ApiError> {
        self.name.unwrap_or_default().parse().map_err(name_error("version"))
    }

    fn document(&self) -> DocumentChange {
        let as_written =
            |text: &Option<String>| self.kind.as_written(self.registry, &self.kind.read(text.as_deref()));
        let unmade = only_in(self.kind, &as_written(&self.now), &as_written(&self.then));
        let after = match (self.kind, &self.then) {
            // There is always one, if only without rules.
            (DocumentKind::Replication, None) => Some(self.kind.read(None).to_string()),
            (_, then) => then.clone(),
        };
        DocumentChange { before: self.now.clone(), after, made: Vec::new(), unmade, named: Vec::new() }
    }
}

fn unreadable() -> ApiError {
    ApiError::internal("This version cannot be read.")
}

fn gone(name: &RepositoryName) -> ApiError {
    let text = format!("The repository `{name}` no longer exists.");
    ApiError::new("repository-not-found", Side::Destination, text).hint("Create it first.")
}
