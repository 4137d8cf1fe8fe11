//! `imageId`: a digest, a tag, or both, and what it stands for in a repository.

use longshore_names::{Digest, RegistryId, RepositoryName, Tag};
use serde_json::{Map, Value, json};

use crate::control::{
    wire::constraints::count,
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};
use crate::state::{ImageRecord, RepositoryState};

/// An `ImageIdentifier` as the request has it.
#[derive(Debug, Clone)]
pub(in crate::control) struct ImageId {
    digest: Option<String>,
    tag: Option<String>,
}

/// Why an `imageId` stands for nothing (`ImageFailureCode` and its reason).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::control) struct Failure {
    pub(in crate::control) code: &'static str,
    pub(in crate::control) reason: &'static str,
}

const MISSING: Failure = Failure {
    code: "MissingDigestAndTag",
    reason: "Invalid request parameters: both tag and digest cannot be null",
};
const INVALID_DIGEST: Failure = Failure {
    code: "InvalidImageDigest",
    reason: "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
};
const INVALID_TAG: Failure = Failure {
    code: "InvalidImageTag",
    reason: "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9_][a-zA-Z0-9._-]*'",
};
pub(in crate::control) const NOT_FOUND: Failure =
    Failure { code: "ImageNotFound", reason: "Requested image not found" };
const MISMATCH: Failure = Failure {
    code: "ImageTagDoesNotMatchDigest",
    reason: "The image tag does not belong to the image with this digest",
};
pub(in crate::control) const ARCHIVED: Failure =
    Failure { code: "ImageInaccessible", reason: "Requested image is archived" };
pub(in crate::control) const REFERENCED: Failure =
    Failure { code: "ImageReferencedByManifestList", reason: "Requested image referenced by manifest list" };

impl ImageId {
    /// The structure `imageId`.
    pub(in crate::control) fn read(input: &Members<'_>) -> ApiResult<Self> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Ok(Self { digest: owned(input.text("imageDigest")?), tag: owned(input.text("imageTag")?) })
    }

    /// The list `imageIds`, 1 to 100; `None` when it is absent.
    pub(in crate::control) fn read_list(input: &Members<'_>) -> ApiResult<Option<Vec<Self>>> {
        let Some(ids) = input.structures("imageIds")? else { return Ok(None) };
        count("imageIds", &ids, 1, 100)?;
        ids.iter().map(Self::read).collect::<ApiResult<Vec<_>>>().map(Some)
    }

    /// Digest and tag as types.
    pub(in crate::control) fn parse(&self) -> Result<(Option<Digest>, Option<Tag>), Failure> {
        if self.digest.is_none() && self.tag.is_none() {
            return Err(MISSING);
        }
        let digest = self.digest.as_deref().map(str::parse).transpose().map_err(|_| INVALID_DIGEST)?;
        let tag = self.tag.as_deref().map(str::parse).transpose().map_err(|_| INVALID_TAG)?;
        Ok((digest, tag))
    }

    /// The image that this stands for. With both, the tag must be on that digest.
    pub(in crate::control) fn find<'s>(
        &self,
        state: &'s RepositoryState,
    ) -> Result<&'s ImageRecord, Failure> {
        let (digest, tag) = self.parse()?;
        let image = match (&digest, &tag) {
            (Some(digest), _) => state.images.get(digest),
            (None, Some(tag)) => state.by_tag(tag),
            (None, None) => None,
        };
        let image = image.ok_or(NOT_FOUND)?;
        match &tag {
            Some(tag) if state.tags.get(tag) != Some(&image.digest) => Err(MISMATCH),
            _ => Ok(image),
        }
    }

    /// Whether it names a tag.
    pub(in crate::control) fn has_tag(&self) -> bool {
        self.tag.is_some()
    }

    /// The structure as the request had it.
    pub(in crate::control) fn to_json(&self) -> Value {
        let mut members = Map::new();
        if let Some(digest) = &self.digest {
            members.insert("imageDigest".into(), digest.as_str().into());
        }
        if let Some(tag) = &self.tag {
            members.insert("imageTag".into(), tag.as_str().into());
        }
        Value::Object(members)
    }

    /// The structure with the digest that it was found to stand for.
    pub(in crate::control) fn resolved(&self, digest: &Digest) -> Value {
        identifier(digest, self.tag.as_deref())
    }

    /// An `ImageFailure`.
    pub(in crate::control) fn failed(&self, failure: Failure) -> Value {
        json!({ "imageId": self.to_json(), "failureCode": failure.code, "failureReason": failure.reason })
    }

    /// The error of operations that want exactly this image.
    pub(in crate::control) fn not_found(
        &self,
        registry: &RegistryId,
        repository: &RepositoryName,
    ) -> ApiError {
        let or_null = |text: &Option<String>| text.clone().unwrap_or_else(|| "null".to_owned());
        ApiError::new(
            "ImageNotFoundException",
            format!(
                "The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist within the repository with name '{repository}' in the registry with id '{}'",
                or_null(&self.digest),
                or_null(&self.tag),
                registry.account
            ),
        )
    }
}

/// An `ImageIdentifier`.
pub(in crate::control) fn identifier(digest: &Digest, tag: Option<&str>) -> Value {
    match tag {
        Some(tag) => json!({ "imageDigest": digest, "imageTag": tag }),
        None => json!({ "imageDigest": digest }),
    }
}
