//! The users, groups, roles and managed policies of an account, and what they allow.
//!
//! IAM has no Region, so an account has one file of them, which is replaced as a whole.

mod authority;
mod document;
mod implied;
mod managed;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

pub(crate) use authority::{Authority, Because, Refusal, Said, Source};
pub(crate) use document::{AccessKey, Entity, IamDocument, Kind, ManagedPolicy, PolicyVersion, RoleSettings};
pub(crate) use implied::replication_role;
pub(crate) use managed::{AwsPolicy, aws_policies, managed_by_aws};

use crate::{
    error::{SandboxError, StorageError},
    files,
};

/// The user whose key an account of the sandbox has. It is an administrator, and IAM does not change it.
pub(crate) const ADMINISTRATOR: &str = "administrator";
/// The role of ECR's replication.
pub(crate) const REPLICATION_ROLE: &str = "AWSServiceRoleForECRReplication";

/// An account's IAM.
#[derive(Debug)]
pub(crate) struct AccountIam {
    path: PathBuf,
    document: RwLock<Arc<IamDocument>>,
    /// Held while the file changes.
    changing: Mutex<()>,
}

impl AccountIam {
    /// Reads the file; without one the account has nothing yet.
    pub(crate) fn open(path: PathBuf) -> Result<Self, SandboxError> {
        let document = files::read_json(&path)?.unwrap_or_default();
        Ok(Self { path, document: RwLock::new(Arc::new(document)), changing: Mutex::default() })
    }

    /// What the account has now.
    pub(crate) fn document(&self) -> Arc<IamDocument> {
        self.document.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the document; durable when it returns. Blocks on the disk.
    pub(crate) fn update<T, E: From<StorageError>>(
        &self,
        change: impl FnOnce(&mut IamDocument) -> Result<T, E>,
    ) -> Result<T, E> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut document = (*self.document()).clone();
        let answer = change(&mut document)?;
        files::replace_json(&self.path, &document)?;
        *self.document.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(document);
        Ok(answer)
    }
}
