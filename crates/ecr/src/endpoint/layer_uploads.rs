//! Layers through the API: `InitiateLayerUpload`, `UploadLayerPart`, `CompleteLayerUpload`.

use std::time::Duration;

use aws_sdk_ecr::operation::upload_layer_part::UploadLayerPartError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::timeout::TimeoutConfig;
use longshore_names::{Digest, RepositoryName};

use crate::{EcrClient, EcrError, EcrErrorKind, client::body, endpoint::part::Part};

/// Bounds within which a part size from ECR is accepted, in bytes: every part but the last has at
/// least 5 MiB, and the API model's `LayerPartBlob` at most 20.
const SMALLEST_PART: u64 = 5 * 1024 * 1024;
const LARGEST_PART: u64 = 20 * 1024 * 1024;
/// The part size when ECR names none.
pub(crate) const USUAL_PART: u64 = 10 * 1024 * 1024;
/// How long one try of a part may take: 13 MiB over a line of half a megabit.
const PART_TIME: Duration = Duration::from_secs(240);
/// How long ECR may take to put a layer of any size together.
const COMPLETION_TIME: Duration = Duration::from_secs(600);

/// An upload that ECR has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LayerUpload {
    pub(crate) id: String,
    /// Bytes of every part but the last.
    pub(crate) part_size: u64,
}

impl EcrClient {
    /// Begins an upload.
    ///
    /// # Errors
    /// [`RepositoryNotFound`](EcrErrorKind::RepositoryNotFound), and as `InitiateLayerUpload`.
    pub(crate) async fn initiate_layer_upload(&self, name: &RepositoryName) -> Result<LayerUpload, EcrError> {
        let call = self.call("InitiateLayerUpload", Some(name));
        let operation =
            self.ecr().initiate_layer_upload().registry_id(self.account()).repository_name(name.as_str());
        let answer = self.send(call.clone(), operation.send()).await?;
        let id = answer.upload_id().filter(|id| !id.is_empty() && id.len() <= 1_000);
        let id = id.ok_or_else(|| self.protocol(call, "there is no usable upload id in it"))?.to_owned();
        let named = answer.part_size().and_then(|size| u64::try_from(size).ok());
        Ok(LayerUpload { id, part_size: allowed_part(named.unwrap_or(USUAL_PART)) })
    }

    /// Sends a part. ECR has all bytes up to its end when this returns.
    ///
    /// # Errors
    /// [`LayerPartInvalid`](EcrErrorKind::LayerPartInvalid) with what ECR has,
    /// [`UploadNotFound`](EcrErrorKind::UploadNotFound), and as `UploadLayerPart`.
    pub(crate) async fn upload_layer_part(&self, name: &RepositoryName, part: &Part) -> Result<(), EcrError> {
        let call = self.call("UploadLayerPart", Some(name));
        let request = self
            .ecr()
            .upload_layer_part()
            .customize()
            .config_override(patient(PART_TIME))
            .mutate_request(body::replace_with(part.json.clone()))
            .send();
        let mut received = None;
        let watched = async {
            let result = request.await;
            if let Err(SdkError::ServiceError(context)) = &result
                && let UploadLayerPartError::InvalidLayerPartException(refused) = context.err()
            {
                received = refused.last_valid_byte_received().and_then(|last| u64::try_from(last + 1).ok());
            }
            result
        };
        match self.send(call.clone(), watched).await {
            Ok(answer) => match answer.last_byte_received().and_then(|last| u64::try_from(last + 1).ok()) {
                Some(has) if has == part.end => Ok(()),
                Some(has) => Err(self.protocol(call, &format!("it has {has} bytes, not {}", part.end))),
                None => Err(self.protocol(call, "it does not say how far it is")),
            },
            Err(EcrError { kind: EcrErrorKind::LayerPartInvalid { .. }, call }) => {
                Err(EcrErrorKind::LayerPartInvalid { received }.of(call))
            }
            Err(error) => Err(error),
        }
    }

    /// Makes a layer of the parts. ECR compares its digest.
    ///
    /// # Errors
    /// [`LayerAlreadyExists`](EcrErrorKind::LayerAlreadyExists),
    /// [`LayerInvalid`](EcrErrorKind::LayerInvalid) when the bytes have another digest,
    /// [`UploadNotFound`](EcrErrorKind::UploadNotFound), and as `CompleteLayerUpload`.
    pub(crate) async fn complete_layer_upload(
        &self,
        name: &RepositoryName,
        upload_id: &str,
        digest: &Digest,
    ) -> Result<(), EcrError> {
        let call = self.call("CompleteLayerUpload", Some(name));
        let request = self
            .ecr()
            .complete_layer_upload()
            .registry_id(self.account())
            .repository_name(name.as_str())
            .upload_id(upload_id)
            .layer_digests(digest.as_str())
            .customize()
            .config_override(patient(COMPLETION_TIME))
            .send();
        let answer = self.send(call.clone(), request).await?;
        match answer.layer_digest() {
            Some(acknowledged) if acknowledged == digest.as_str() => Ok(()),
            Some(other) => Err(self.protocol(call, &format!("it acknowledged {other} for {digest}"))),
            None => Err(self.protocol(call, "it acknowledged no digest")),
        }
    }
}

/// A part's size within what ECR accepts.
pub(crate) fn allowed_part(size: u64) -> u64 {
    size.clamp(SMALLEST_PART, LARGEST_PART)
}

/// The client's own timeouts are meant for small documents, whose uploads need not be watched either.
fn patient(attempt: Duration) -> aws_sdk_ecr::config::Builder {
    let timeouts = TimeoutConfig::builder()
        .read_timeout(attempt)
        .operation_attempt_timeout(attempt)
        .operation_timeout(attempt * 3)
        .build();
    let stalls = aws_sdk_ecr::config::StalledStreamProtectionConfig::enabled().build();
    aws_sdk_ecr::Config::builder().timeout_config(timeouts).stalled_stream_protection(stalls)
}
