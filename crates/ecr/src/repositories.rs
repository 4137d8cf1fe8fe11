//! Repositories and their settings.

use aws_sdk_ecr::types as sdk;
use longshore_names::RepositoryName;
use serde_json::json;

use crate::{
    EcrClient, EcrError, Page, Repository, RepositorySettings, ResourceTag, TagMutability, body, convert,
};

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

    /// One page of repositories, at most `size` (1 to 1,000); `next` as the page before gave it.
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

    /// One repository, or `None` when there is none of that name.
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
            Err(EcrError::RepositoryNotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a repository.
    ///
    /// # Errors
    /// [`RepositoryAlreadyExists`](EcrError::RepositoryAlreadyExists),
    /// [`LimitExceeded`](EcrError::LimitExceeded), and as `CreateRepository`.
    pub async fn create_repository(
        &self,
        name: &RepositoryName,
        settings: &RepositorySettings,
    ) -> Result<Repository, EcrError> {
        let call = self.call("CreateRepository", Some(name));
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
            .set_tags((!tags.is_empty()).then_some(tags));
        let answer = self.send(call.clone(), operation.send()).await?;
        answer
            .repository()
            .and_then(convert::repository)
            .ok_or_else(|| self.protocol(call, "there is no repository in it"))
    }

    /// Deletes a repository; with `force` also when it has images.
    ///
    /// # Errors
    /// [`RepositoryNotEmpty`](EcrError::RepositoryNotEmpty),
    /// [`RepositoryNotFound`](EcrError::RepositoryNotFound), and as `DeleteRepository`.
    pub async fn delete_repository(&self, name: &RepositoryName, force: bool) -> Result<(), EcrError> {
        let operation = self
            .ecr()
            .delete_repository()
            .registry_id(self.account())
            .repository_name(name.as_str())
            .force(force);
        self.send(self.call("DeleteRepository", Some(name)), operation.send()).await.map(drop)
    }

    /// Sets whether tags may move, with exclusions.
    ///
    /// # Errors
    /// As `PutImageTagMutability`.
    pub async fn put_tag_mutability(
        &self,
        name: &RepositoryName,
        mutability: &TagMutability,
    ) -> Result<(), EcrError> {
        let call = self.call("PutImageTagMutability", Some(name));
        let (mode, filters) = convert::mutability_request(mutability)
            .map_err(|problem| self.invalid(call.clone(), &problem))?;
        let operation = self
            .ecr()
            .put_image_tag_mutability()
            .registry_id(self.account())
            .repository_name(name.as_str())
            .image_tag_mutability(mode)
            .set_image_tag_mutability_exclusion_filters(filters);
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
        let operation =
            self.ecr().tag_resource().resource_arn(self.repository_arn(name)).set_tags(Some(tags));
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
            .set_tag_keys(Some(keys.to_vec()));
        self.send(self.call("UntagResource", Some(name)), operation.send()).await.map(drop)
    }

    fn repository_arn(&self, name: &RepositoryName) -> String {
        name.arn(&self.registry().account, &self.registry().region)
    }
}

fn resource_tags(tags: &[ResourceTag]) -> Result<Vec<sdk::Tag>, String> {
    let tag = |t: &ResourceTag| {
        sdk::Tag::builder().key(&t.key).value(&t.value).build().map_err(|error| error.to_string())
    };
    tags.iter().map(tag).collect()
}
