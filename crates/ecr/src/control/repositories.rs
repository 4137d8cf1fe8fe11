//! Repositories and their settings.

use aws_sdk_ecr::types as sdk;
use chrono::{TimeDelta, Utc};
use longshore_names::RepositoryName;
use serde_json::json;

use crate::{
    Call, Document, EcrClient, EcrError, EcrErrorKind, Encryption, Fate, Page, Repository,
    RepositorySettings, ResourceTag, TagMutability,
    client::body,
    client::convert,
    control::documents::{changed, lost},
    control::write::{Replace, Stands, may_go_again, not_sent, once, replace, unconfirmed, wait},
};

/// AWS accepts a request whose time is off by at most this.
const MOST_SKEW: TimeDelta = TimeDelta::minutes(5);

/// The largest page that ECR gives.
const PAGE: i32 = 1_000;

impl EcrClient {
    /// Every repository of the registry.
    ///
    /// # Errors
    /// As `DescribeRepositories`.
    pub async fn repositories(&self) -> Result<Vec<Repository>, EcrError> {
        let call = self.call("DescribeRepositories", None);
        self.collect(call, |next| async move { self.repositories_page(next.as_deref(), PAGE).await }).await
    }

    /// One page of repositories, at most `size` (1 to 1,000); `next` comes from the previous page.
    ///
    /// # Errors
    /// As `DescribeRepositories`.
    pub async fn repositories_page(
        &self,
        next: Option<&str>,
        size: i32,
    ) -> Result<Page<Repository>, EcrError> {
        let operation = self
            .ecr()
            .describe_repositories()
            .registry_id(self.account())
            .set_next_token(next.map(str::to_owned))
            .max_results(size.clamp(1, PAGE));
        let answer = self.send(self.call("DescribeRepositories", None), operation.send()).await?;
        Ok(Page {
            items: answer.repositories().iter().filter_map(convert::repository).collect(),
            next: answer.next_token().map(str::to_owned),
        })
    }

    /// One repository, or `None` when none has that name.
    ///
    /// # Errors
    /// As `DescribeRepositories`.
    pub async fn repository(&self, name: &RepositoryName) -> Result<Option<Repository>, EcrError> {
        let call = self.call("DescribeRepositories", Some(name));
        let operation =
            self.ecr().describe_repositories().registry_id(self.account()).repository_names(name.as_str());
        match self.send(call, operation.send()).await {
            Ok(answer) => {
                Ok(answer.repositories().iter().filter_map(convert::repository).find(|r| r.name == *name))
            }
            Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates a repository. When the response is lost, a repository that was created since then
    /// with these settings is taken for this one.
    ///
    /// # Errors
    /// [`Unconfirmed`](EcrErrorKind::Unconfirmed) when the outcome is not known,
    /// [`RepositoryAlreadyExists`](EcrErrorKind::RepositoryAlreadyExists),
    /// [`LimitExceeded`](EcrErrorKind::LimitExceeded), and as `CreateRepository`.
    pub async fn create_repository(
        &self,
        name: &RepositoryName,
        settings: &RepositorySettings,
    ) -> Result<Repository, EcrError> {
        let call = self.call("CreateRepository", Some(name));
        // The service's clock and this one differ by less than a signature may be off.
        let begun = Utc::now() - MOST_SKEW;
        let (mut tries, mut open) = (0, false);
        loop {
            let error = match self.send_new_repository(call.clone(), name, settings).await {
                Err(EcrError { kind: EcrErrorKind::RepositoryAlreadyExists, .. }) if open => {
                    match self.repository(name).await? {
                        Some(there)
                            if there.created_at.is_some_and(|at| at >= begun)
                                && self.is_made_with(&there, settings).await? =>
                        {
                            return Ok(there);
                        }
                        _ => return Err(EcrErrorKind::RepositoryAlreadyExists.of(call)),
                    }
                }
                Err(error) => error,
                made => return made,
            };
            tries += 1;
            open |= error.fate() == Fate::Unknown;
            if !may_go_again(&error, tries) {
                return Err(if open { unconfirmed(&call, error) } else { error });
            }
            tokio::time::sleep(wait(self.write_timing(), tries)).await;
        }
    }

    /// Whether a repository has the requested settings.
    async fn is_made_with(
        &self,
        there: &Repository,
        settings: &RepositorySettings,
    ) -> Result<bool, EcrError> {
        if there.scan_on_push != settings.scan_on_push
            || !same_mutability(&there.tag_mutability, &settings.tag_mutability)
            || !same_encryption(&there.encryption, &settings.encryption)
        {
            return Ok(false);
        }
        if settings.tags.is_empty() {
            return Ok(true);
        }
        let tags = self.resource_tags(&there.name).await?;
        Ok(settings.tags.iter().all(|tag| tags.contains(tag)))
    }

    async fn send_new_repository(
        &self,
        call: Call,
        name: &RepositoryName,
        settings: &RepositorySettings,
    ) -> Result<Repository, EcrError> {
        let invalid = |problem: String| self.invalid(call.clone(), &problem);
        let (mode, filters) = convert::mutability_request(&settings.tag_mutability).map_err(invalid)?;
        let encryption = convert::encryption_request(&settings.encryption).map_err(invalid)?;
        let tags = resource_tags(&settings.tags).map_err(invalid)?;
        let scanning = sdk::ImageScanningConfiguration::builder().scan_on_push(settings.scan_on_push).build();
        let operation = self
            .ecr()
            .create_repository()
            .registry_id(self.account())
            .repository_name(name.as_str())
            .image_tag_mutability(mode)
            .set_image_tag_mutability_exclusion_filters(filters)
            .image_scanning_configuration(scanning)
            .encryption_configuration(encryption)
            .set_tags((!tags.is_empty()).then_some(tags))
            .customize()
            .config_override(once());
        let answer = self.send(call.clone(), operation.send()).await?;
        answer
            .repository()
            .and_then(convert::repository)
            .ok_or_else(|| self.protocol(call, "there is no repository in it"))
    }

    /// Deletes a repository; with `force` even when it has images. The request is sent again only
    /// while the repository is still the same one.
    ///
    /// # Errors
    /// [`Unconfirmed`](EcrErrorKind::Unconfirmed) when the outcome is not known,
    /// [`RepositoryNotEmpty`](EcrErrorKind::RepositoryNotEmpty),
    /// [`RepositoryNotFound`](EcrErrorKind::RepositoryNotFound), and as `DeleteRepository`.
    pub async fn delete_repository(&self, name: &RepositoryName, force: bool) -> Result<(), EcrError> {
        let call = self.call("DeleteRepository", Some(name));
        let made = self.repository(name).await.map_err(not_sent)?.and_then(|before| before.created_at);
        let (mut tries, mut open) = (0, false);
        loop {
            let operation = self
                .ecr()
                .delete_repository()
                .registry_id(self.account())
                .repository_name(name.as_str())
                .force(force)
                .customize()
                .config_override(once());
            let error = match self.send(call.clone(), operation.send()).await {
                Ok(_) => return Ok(()),
                Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) if open => return Ok(()),
                Err(error) => error,
            };
            tries += 1;
            open |= error.fate() == Fate::Unknown;
            if !may_go_again(&error, tries) {
                return Err(if open { unconfirmed(&call, error) } else { error });
            }
            tokio::time::sleep(wait(self.write_timing(), tries)).await;
            match self.repository(name).await {
                Ok(Some(there)) if made.is_some() && there.created_at == made => {
                    // `force` would also delete an image that arrived in the meantime.
                    if open && force {
                        return Err(unconfirmed(&call, error));
                    }
                }
                // The repository was deleted; another client may have created a new one since.
                Ok(None) if open => return Ok(()),
                Ok(Some(_)) if open && made.is_some() => return Ok(()),
                Ok(there) if there.is_none() || made.is_some() => {
                    return Err(EcrErrorKind::RepositoryNotFound.of(call));
                }
                Ok(_) if open => return Err(unconfirmed(&call, error)),
                Ok(_) => return Err(error),
                Err(_) if open => return Err(unconfirmed(&call, error)),
                Err(_) => return Err(error),
            }
        }
    }

    /// Sets whether tags may move, with exclusions, if the setting is `expected` now.
    ///
    /// # Errors
    /// [`ChangedElsewhere`](EcrErrorKind::ChangedElsewhere) when the setting is neither `expected` nor
    /// `mutability`, [`LostUpdate`](EcrErrorKind::LostUpdate), [`Unconfirmed`](EcrErrorKind::Unconfirmed),
    /// and as `PutImageTagMutability`.
    pub async fn replace_tag_mutability(
        &self,
        name: &RepositoryName,
        expected: &TagMutability,
        mutability: &TagMutability,
    ) -> Result<(), EcrError> {
        let call = self.call("PutImageTagMutability", Some(name));
        let what = Mutability { client: self, call, name, expected, new: mutability };
        replace(&what, self.write_timing()).await.map(drop)
    }

    /// As [`replace_tag_mutability`](Self::replace_tag_mutability), expecting the setting that this
    /// call reads first.
    ///
    /// # Errors
    /// As [`replace_tag_mutability`](Self::replace_tag_mutability).
    pub async fn put_tag_mutability(
        &self,
        name: &RepositoryName,
        mutability: &TagMutability,
    ) -> Result<(), EcrError> {
        let Some(there) = self.repository(name).await? else {
            let call = self.call("PutImageTagMutability", Some(name));
            return Err(EcrErrorKind::RepositoryNotFound.of(call));
        };
        self.replace_tag_mutability(name, &there.tag_mutability, mutability).await
    }

    async fn send_tag_mutability(
        &self,
        call: Call,
        name: &RepositoryName,
        mutability: &TagMutability,
    ) -> Result<(), EcrError> {
        let (mode, filters) = convert::mutability_request(mutability)
            .map_err(|problem| self.invalid(call.clone(), &problem))?;
        let operation = self
            .ecr()
            .put_image_tag_mutability()
            .registry_id(self.account())
            .repository_name(name.as_str())
            .image_tag_mutability(mode)
            .set_image_tag_mutability_exclusion_filters(filters)
            .customize()
            .config_override(once());
        self.send(call, operation.send()).await.map(drop)
    }

    /// Sets whether a push starts a scan.
    ///
    /// # Errors
    /// As `PutImageScanningConfiguration`.
    pub async fn put_scan_on_push(&self, name: &RepositoryName, scan: bool) -> Result<(), EcrError> {
        let request = json!({
            "registryId": self.registry().account,
            "repositoryName": name,
            "imageScanningConfiguration": { "scanOnPush": scan },
        });
        let operation = self
            .ecr()
            .put_image_scanning_configuration()
            .repository_name(name.as_str())
            .image_scanning_configuration(sdk::ImageScanningConfiguration::builder().build())
            .customize()
            .config_override(once())
            .mutate_request(body::replace(&request));
        self.send(self.call("PutImageScanningConfiguration", Some(name)), operation.send()).await.map(drop)
    }

    /// The repository's resource tags.
    ///
    /// # Errors
    /// As `ListTagsForResource`.
    pub async fn resource_tags(&self, name: &RepositoryName) -> Result<Vec<ResourceTag>, EcrError> {
        let operation = self.ecr().list_tags_for_resource().resource_arn(self.repository_arn(name));
        let answer = self.send(self.call("ListTagsForResource", Some(name)), operation.send()).await?;
        let tag = |t: &sdk::Tag| ResourceTag { key: t.key().to_owned(), value: t.value().to_owned() };
        Ok(answer.tags().iter().map(tag).collect())
    }

    /// Adds resource tags or changes their values.
    ///
    /// # Errors
    /// As `TagResource`.
    pub async fn tag_repository(&self, name: &RepositoryName, tags: &[ResourceTag]) -> Result<(), EcrError> {
        let call = self.call("TagResource", Some(name));
        let tags = resource_tags(tags).map_err(|problem| self.invalid(call.clone(), &problem))?;
        let operation = self
            .ecr()
            .tag_resource()
            .resource_arn(self.repository_arn(name))
            .set_tags(Some(tags))
            .customize()
            .config_override(once());
        self.send(call, operation.send()).await.map(drop)
    }

    /// Removes resource tags by key.
    ///
    /// # Errors
    /// As `UntagResource`.
    pub async fn untag_repository(&self, name: &RepositoryName, keys: &[String]) -> Result<(), EcrError> {
        let operation = self
            .ecr()
            .untag_resource()
            .resource_arn(self.repository_arn(name))
            .set_tag_keys(Some(keys.to_vec()))
            .customize()
            .config_override(once());
        self.send(self.call("UntagResource", Some(name)), operation.send()).await.map(drop)
    }

    fn repository_arn(&self, name: &RepositoryName) -> String {
        name.arn(&self.registry().account, &self.registry().region)
    }
}

/// A write of a repository's tag mutability.
struct Mutability<'a> {
    client: &'a EcrClient,
    call: Call,
    name: &'a RepositoryName,
    expected: &'a TagMutability,
    new: &'a TagMutability,
}

impl Replace for Mutability<'_> {
    type Content = TagMutability;

    fn call(&self) -> &Call {
        &self.call
    }

    async fn read(&self) -> Result<TagMutability, EcrError> {
        match self.client.repository(self.name).await? {
            Some(repository) => Ok(repository.tag_mutability),
            None => Err(EcrErrorKind::RepositoryNotFound.of(self.call.clone())),
        }
    }

    async fn put(&self) -> Result<(), EcrError> {
        self.client.send_tag_mutability(self.call.clone(), self.name, self.new).await
    }

    fn changes(&self) -> bool {
        self.expected != self.new
    }

    fn stands(&self, found: &TagMutability) -> Stands {
        match found {
            found if found == self.new => Stands::Ours,
            found if found == self.expected => Stands::Former,
            _ => Stands::Other,
        }
    }

    fn changed(&self, found: TagMutability) -> EcrError {
        changed(&self.call, Document::TagMutability, &json!(self.expected), json!(found))
    }

    fn lost(&self, found: TagMutability) -> EcrError {
        lost(&self.call, Document::TagMutability, &json!(self.new), json!(found))
    }
}

/// The order of exclusions does not matter.
fn same_mutability(there: &TagMutability, asked: &TagMutability) -> bool {
    let sorted = |of: &TagMutability| {
        let mut of = of.clone();
        if let TagMutability::Mutable { except } | TagMutability::Immutable { except } = &mut of {
            except.sort();
        }
        of
    };
    sorted(there) == sorted(asked)
}

/// ECR names the key by its ARN, however it was requested; without one it takes its own.
fn same_encryption(there: &Encryption, asked: &Encryption) -> bool {
    let same_key = |there: &Option<String>, asked: &Option<String>| match asked {
        Some(asked) if asked.starts_with("arn:") && asked.contains(":key/") => there.as_ref() == Some(asked),
        _ => true,
    };
    match (there, asked) {
        (Encryption::Kms { key: there }, Encryption::Kms { key: asked })
        | (Encryption::KmsDsse { key: there }, Encryption::KmsDsse { key: asked }) => same_key(there, asked),
        _ => there == asked,
    }
}

fn resource_tags(tags: &[ResourceTag]) -> Result<Vec<sdk::Tag>, String> {
    let tag = |t: &ResourceTag| {
        sdk::Tag::builder().key(&t.key).value(&t.value).build().map_err(|error| error.to_string())
    };
    tags.iter().map(tag).collect()
}
