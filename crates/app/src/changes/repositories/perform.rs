//! Changes of repositories and of a registry's settings.

use std::collections::HashSet;

use async_trait::async_trait;
use longshore_ecr::{
    BLOB_MOUNTING, EcrClient, EcrError, EcrErrorKind, ImageDetail, ImageScope, RepositorySettings,
    TagMutability,
};
use longshore_names::{Digest, RepositoryName};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    access::Connection,
    api::{ApiError, OwnedDocument, RegistryKey, Side, Space},
    changes::{documents::Keeping, images, losses::accounts},
    documents::{DocumentKind, Setting, blob_mounting_text, mutability_text},
    export::{account_setting, repository_content},
    made::Made,
    steps::{Change, Job, ListedWrite, Outcome, Rewrite},
};

const ALREADY_THERE: &str = "already there: nothing to do";
pub(crate) const ALREADY_GONE: &str = "already gone: nothing to do";

/// Creates a repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CreateRepository {
    pub(crate) name: RepositoryName,
    pub(crate) settings: RepositorySettings,
}

#[typetag::serde(name = "createRepository")]
#[async_trait]
impl Change for CreateRepository {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:CreateRepository", "ecr:DescribeRepositories"]
    }

    fn alters(&self, _here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        Vec::new()
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        vec![ListedWrite::at("CreateRepository", here, Some(&self.name))]
    }

    fn exported(&self) -> Option<longshore_policy::export::Change> {
        let subject = longshore_policy::export::Subject::Repository(self.name.clone());
        let after = Some(repository_content(&self.settings));
        Some(longshore_policy::export::Change::Other { subject, before: None, after })
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        create(job, &job.here().await?, &self.name, &self.settings).await
    }
}

/// Deletes a repository with the images that the person was shown; another image refuses the deletion.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DeleteRepository {
    pub(crate) name: RepositoryName,
    pub(crate) images: Vec<Digest>,
    /// Where a rule replicates the deletion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) also: Vec<RegistryKey>,
}

#[typetag::serde(name = "deleteRepository")]
#[async_trait]
impl Change for DeleteRepository {
    fn permissions(&self) -> &'static [&'static str] {
        if self.images.is_empty() {
            return &["ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:DeleteRepository"];
        }
        &["ecr:DescribeImages", "ecr:BatchDeleteImage", "ecr:DescribeRepositories", "ecr:DeleteRepository"]
    }

    fn is_destructive(&self) -> bool {
        true
    }

    fn alters(&self, here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        accounts(here.map(std::slice::from_ref).unwrap_or_default()).chain(accounts(&self.also)).collect()
    }

    fn reaches(&self, here: Option<&RegistryKey>) -> Vec<RegistryKey> {
        here.into_iter().chain(&self.also).cloned().collect()
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        let at = |operation| ListedWrite::at(operation, here, Some(&self.name));
        let images = self.images.iter().map(|digest| at("BatchDeleteImage").of(digest));
        images.chain([at("DeleteRepository")]).collect()
    }

    fn rewrites(&self) -> Vec<Rewrite> {
        vec![gone(&self.name)]
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        delete(job, &job.here().await?, &self.name, &self.images).await
    }
}

/// The deletion of a repository, for whatever manages it.
pub(in crate::changes) fn gone(name: &RepositoryName) -> Rewrite {
    let before = Some(json!({"repositoryName": name}).to_string());
    Rewrite { document: OwnedDocument::Repository { name: name.to_string() }, before, after: None }
}

/// Sets the tag mutability of a repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SetMutability {
    pub(crate) name: RepositoryName,
    pub(crate) before: TagMutability,
    pub(crate) after: TagMutability,
}

#[typetag::serde(name = "setMutability")]
#[async_trait]
impl Change for SetMutability {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:DescribeRepositories", "ecr:PutImageTagMutability"]
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        vec![ListedWrite::at("PutImageTagMutability", here, Some(&self.name))]
    }

    fn rewrites(&self) -> Vec<Rewrite> {
        let text = |mutability| Some(mutability_text(mutability));
        let document = OwnedDocument::Repository { name: self.name.to_string() };
        vec![Rewrite { document, before: text(&self.before), after: text(&self.after) }]
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        set_mutability(job, &job.here().await?, self).await
    }
}

/// Turns blob mounting of a registry on or off.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SetBlobMounting {
    pub(crate) enabled: bool,
}

#[typetag::serde(name = "setBlobMounting")]
#[async_trait]
impl Change for SetBlobMounting {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:GetAccountSetting", "ecr:PutAccountSetting"]
    }

    fn alters(&self, _here: Option<&RegistryKey>) -> Vec<(Space, String)> {
        Vec::new()
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        vec![ListedWrite::at("PutAccountSetting", here, None)]
    }

    fn exported(&self) -> Option<longshore_policy::export::Change> {
        Some(account_setting(BLOB_MOUNTING, Some(mounting(!self.enabled)), mounting(self.enabled)))
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        set_blob_mounting(job, &job.here().await?, self.enabled).await
    }
}

async fn create(
    job: &Job<'_>,
    at: &Connection,
    name: &RepositoryName,
    settings: &RepositorySettings,
) -> Result<Outcome, ApiError> {
    let created = match at.client.create_repository(name, settings).await {
        Ok(repository) => repository,
        Err(EcrError { kind: EcrErrorKind::RepositoryAlreadyExists, .. }) => {
            return Ok(Outcome::Skipped(ALREADY_THERE.into()));
        }
        Err(error) => return Err(error.into()),
    };
    job.remember(&at.key, Made::Repository, vec![name.to_string()]).await;
    job.app.registry_changed(&at.key).await;
    Ok(Outcome::Done(format!("created {}", created.uri)))
}

/// Deletes the images that were shown to the person, by digest, then the repository, which must be
/// empty by then: images that arrived in the meantime prevent it.
async fn delete(
    job: &Job<'_>,
    at: &Connection,
    name: &RepositoryName,
    images: &[Digest],
) -> Result<Outcome, ApiError> {
    let client = &at.client;
    let known: HashSet<_> = images.iter().collect();
    let deleted = all_of(client, name, &known).await;
    if deleted.as_ref().map_or(true, |count| *count > Some(0)) {
        job.app.repository_changed(&at.key, name).await;
    }
    let Some(count) = deleted? else { return Ok(Outcome::Skipped(ALREADY_GONE.into())) };
    match client.delete_repository(name, false).await {
        Ok(()) | Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => {}
        Err(EcrError { kind: EcrErrorKind::RepositoryNotEmpty, .. }) => {
            let there = client.images(name, ImageScope::Any).await?;
            return Err(arrived(name, &there.iter().collect::<Vec<_>>(), count));
        }
        Err(error) => return Err(error.into()),
    }
    job.forget_repository(&at.key, name).await;
    job.app.registry_changed(&at.key).await;
    Ok(Outcome::Done(match count {
        0 => "deleted; it was empty".into(),
        1 => "deleted with 1 image".into(),
        count => format!("deleted with {count} images"),
    }))
}

/// Deletes these images and no others. Returns the number of deletions; `None` when the repository
/// no longer exists.
async fn all_of(
    client: &EcrClient,
    name: &RepositoryName,
    known: &HashSet<&Digest>,
) -> Result<Option<usize>, ApiError> {
    let (mut gone, mut barren) = (0, false);
    loop {
        let there = match client.images(name, ImageScope::Any).await {
            Ok(there) => there,
            Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) if gone == 0 => return Ok(None),
            Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => return Ok(Some(gone)),
            Err(error) => return Err(error.into()),
        };
        let new: Vec<_> = there.iter().filter(|image| !known.contains(&image.digest)).collect();
        if !new.is_empty() {
            return Err(arrived(name, &new, gone));
        }
        if there.is_empty() {
            return Ok(Some(gone));
        }
        let more = images::delete_by_digest(client, name, &there).await?;
        if more == 0 && std::mem::replace(&mut barren, true) {
            return Err(images::not_found(name));
        }
        gone += more;
    }
}

/// Images that were not shown to the person prevent a deletion.
fn arrived(name: &RepositoryName, new: &[&ImageDetail], gone: usize) -> ApiError {
    const MOST_NAMED: usize = 5;
    let names: Vec<_> = new
        .iter()
        .take(MOST_NAMED)
        .map(|image| match image.tags.first() {
            Some(tag) => format!("`{tag}` ({})", image.digest.short()),
            None => image.digest.short(),
        })
        .collect();
    let more = new.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let images = match new.len() {
        1 => "an image".to_owned(),
        count => format!("{count} images"),
    };
    let text = format!(
        "`{name}` now has {images} that it did not have when this was planned: {}{more}.",
        names.join(", ")
    );
    let hint = match gone {
        0 => "Nothing was deleted. Check the images and plan again.".to_owned(),
        1 => "1 image that was shown was deleted; the repository stays. Check the images and plan again."
            .into(),
        gone => format!(
            "{gone} images that were shown were deleted; the repository stays. Check the images and plan again."
        ),
    };
    ApiError::new("changed-elsewhere", Side::Destination, text).hint(hint)
}

async fn set_mutability(
    job: &Job<'_>,
    at: &Connection,
    SetMutability { name, before, after }: &SetMutability,
) -> Result<Outcome, ApiError> {
    let client = &at.client;
    let Some(now) = client.repository(name).await? else {
        let text = format!("`{name}` no longer exists.");
        return Err(ApiError::new("changed-elsewhere", Side::Destination, text).hint("Refresh the list."));
    };
    if now.tag_mutability == *after {
        return Ok(Outcome::Skipped("already so: nothing to do".into()));
    }
    if now.tag_mutability != *before {
        let text = format!("The tag mutability of `{name}` was changed elsewhere in the meantime.");
        return Err(ApiError::new("changed-elsewhere", Side::Destination, text));
    }
    let kind = DocumentKind::Setting(Setting::TagMutability);
    let (was, is) = (Some(mutability_text(before)), Some(mutability_text(after)));
    Keeping::new(kind, &at.key, Some(name.as_str()), was, is)
        .through(job, client.replace_tag_mutability(name, before, after))
        .await?;
    job.app.registry_changed(&at.key).await;
    Ok(Outcome::Done("changed".into()))
}

async fn set_blob_mounting(job: &Job<'_>, at: &Connection, enabled: bool) -> Result<Outcome, ApiError> {
    let client = &at.client;
    if client.blob_mounting().await? == enabled {
        return Ok(Outcome::Skipped("already so: nothing to do".into()));
    }
    let kind = DocumentKind::Setting(Setting::BlobMounting);
    let (was, is) = (Some(blob_mounting_text(!enabled)), Some(blob_mounting_text(enabled)));
    let word = if enabled { "ENABLED" } else { "DISABLED" };
    Keeping::new(kind, &at.key, None, was, is)
        .through(job, client.put_account_setting(BLOB_MOUNTING, word))
        .await?;
    Ok(Outcome::Done(if enabled { "turned on".into() } else { "turned off".into() }))
}

fn mounting(enabled: bool) -> &'static str {
    if enabled { "ENABLED" } else { "DISABLED" }
}
