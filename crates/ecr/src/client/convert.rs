//! Converts between the SDK's types and ours. Data from a service is read leniently: an item with a
//! missing or invalid name is left out and logged, so that one oddity does not hide a list.

use aws_sdk_ecr::types as sdk;
use chrono::{DateTime, Utc};
use longshore_names::RegistryId;

use crate::{
    Encryption, ImageDetail, ImageFailure, ImageFailureCode, ImageId, ImageStatus, LayerStatus,
    ReplicationState, ReplicationStatus, Repository, TagMutability, client::classify::clean,
};

pub(crate) fn time(time: &aws_smithy_types::DateTime) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(time.secs(), time.subsec_nanos())
}

fn bytes(size: i64) -> Option<u64> {
    u64::try_from(size).ok()
}

/// Parses a name from the service, or leaves it out with a line in the log.
fn name<T: std::str::FromStr>(what: &str, text: Option<&str>) -> Option<T> {
    let text = text?;
    let parsed = text.parse().ok();
    if parsed.is_none() {
        tracing::warn!(what, text = clean(text), "left out an item from ECR: not a valid name");
    }
    parsed
}

pub(crate) fn repository(from: &sdk::Repository) -> Option<Repository> {
    Some(Repository {
        name: name("repository", from.repository_name())?,
        arn: clean(from.repository_arn().unwrap_or_default()),
        uri: clean(from.repository_uri().unwrap_or_default()),
        created_at: from.created_at().and_then(time),
        tag_mutability: mutability(
            from.image_tag_mutability(),
            from.image_tag_mutability_exclusion_filters(),
        ),
        scan_on_push: from.image_scanning_configuration().is_some_and(|c| c.scan_on_push()),
        encryption: encryption(from.encryption_configuration()),
    })
}

pub(crate) fn mutability(
    mode: Option<&sdk::ImageTagMutability>,
    filters: &[sdk::ImageTagMutabilityExclusionFilter],
) -> TagMutability {
    let except = filters.iter().map(|f| clean(f.filter())).collect();
    match mode.map(sdk::ImageTagMutability::as_str) {
        None | Some("MUTABLE") => TagMutability::MUTABLE,
        Some("IMMUTABLE") => TagMutability::IMMUTABLE,
        Some("MUTABLE_WITH_EXCLUSION") => TagMutability::Mutable { except },
        Some("IMMUTABLE_WITH_EXCLUSION") => TagMutability::Immutable { except },
        Some(other) => TagMutability::Other { name: clean(other) },
    }
}

/// Mode and filters of a request.
///
/// # Errors
/// The text of the problem, when the SDK refuses a filter.
pub(crate) fn mutability_request(
    from: &TagMutability,
) -> Result<(sdk::ImageTagMutability, Option<Vec<sdk::ImageTagMutabilityExclusionFilter>>), String> {
    let (plain, with_exclusion, except): (_, _, &[String]) = match from {
        TagMutability::Mutable { except } => {
            (sdk::ImageTagMutability::Mutable, sdk::ImageTagMutability::MutableWithExclusion, except)
        }
        TagMutability::Immutable { except } => {
            (sdk::ImageTagMutability::Immutable, sdk::ImageTagMutability::ImmutableWithExclusion, except)
        }
        TagMutability::Other { name } => return Ok((name.as_str().into(), None)),
    };
    if except.is_empty() {
        return Ok((plain, None));
    }
    let filters = except.iter().map(|filter| {
        sdk::ImageTagMutabilityExclusionFilter::builder()
            .filter_type(sdk::ImageTagMutabilityExclusionFilterType::Wildcard)
            .filter(filter)
            .build()
            .map_err(|error| error.to_string())
    });
    Ok((with_exclusion, Some(filters.collect::<Result<_, _>>()?)))
}

fn encryption(from: Option<&sdk::EncryptionConfiguration>) -> Encryption {
    from.map_or(Encryption::Aes256, |from| encryption_of(from.encryption_type().as_str(), from.kms_key()))
}

/// The encryption of a kind, with a key.
pub(crate) fn encryption_of(kind: &str, key: Option<&str>) -> Encryption {
    let key = key.map(clean);
    match kind {
        "AES256" => Encryption::Aes256,
        "KMS" => Encryption::Kms { key },
        "KMS_DSSE" => Encryption::KmsDsse { key },
        other => Encryption::Other { name: clean(other) },
    }
}

pub(crate) fn encryption_request(from: &Encryption) -> Result<sdk::EncryptionConfiguration, String> {
    let (kind, key) = match from {
        Encryption::Aes256 => (sdk::EncryptionType::Aes256, None),
        Encryption::Kms { key } => (sdk::EncryptionType::Kms, key.clone()),
        Encryption::KmsDsse { key } => (sdk::EncryptionType::KmsDsse, key.clone()),
        Encryption::Other { name } => (name.as_str().into(), None),
    };
    sdk::EncryptionConfiguration::builder()
        .encryption_type(kind)
        .set_kms_key(key)
        .build()
        .map_err(|error| error.to_string())
}

pub(crate) fn image_detail(from: &sdk::ImageDetail) -> Option<ImageDetail> {
    Some(ImageDetail {
        digest: name("digest", from.image_digest())?,
        tags: from.image_tags().iter().filter_map(|t| name("tag", Some(t))).collect(),
        size: from.image_size_in_bytes().and_then(bytes),
        pushed_at: from.image_pushed_at().and_then(time),
        media_type: from.image_manifest_media_type().map(clean),
        artifact_media_type: from.artifact_media_type().map(clean),
        last_pulled_at: from.last_recorded_pull_time().and_then(time),
        subject: name("subject", from.subject_manifest_digest()),
        archived_at: from.last_archived_at().and_then(time),
        activated_at: from.last_activated_at().and_then(time),
        status: image_status(from.image_status()),
    })
}

pub(crate) fn image_status(from: Option<&sdk::ImageStatus>) -> ImageStatus {
    match from.map(sdk::ImageStatus::as_str) {
        None | Some("ACTIVE") => ImageStatus::Active,
        Some("ARCHIVED") => ImageStatus::Archived,
        Some("ACTIVATING") => ImageStatus::Activating,
        Some(other) => ImageStatus::Other(clean(other)),
    }
}

pub(crate) fn image_id(from: &sdk::ImageIdentifier) -> ImageId {
    ImageId { digest: name("digest", from.image_digest()), tag: name("tag", from.image_tag()) }
}

pub(crate) fn image_id_request(from: &ImageId) -> sdk::ImageIdentifier {
    sdk::ImageIdentifier::builder()
        .set_image_digest(from.digest.as_ref().map(ToString::to_string))
        .set_image_tag(from.tag.as_ref().map(ToString::to_string))
        .build()
}

pub(crate) fn image_failure(from: &sdk::ImageFailure) -> ImageFailure {
    ImageFailure {
        id: from.image_id().map_or(ImageId { digest: None, tag: None }, image_id),
        code: match from.failure_code().map_or("Unknown", sdk::ImageFailureCode::as_str) {
            "ImageNotFound" => ImageFailureCode::NotFound,
            "ImageReferencedByManifestList" => ImageFailureCode::ReferencedByIndex,
            "ImageTagDoesNotMatchDigest" => ImageFailureCode::TagDoesNotMatchDigest,
            "InvalidImageDigest" => ImageFailureCode::InvalidDigest,
            "InvalidImageTag" => ImageFailureCode::InvalidTag,
            "MissingDigestAndTag" => ImageFailureCode::MissingDigestAndTag,
            "KmsError" => ImageFailureCode::Kms,
            other => ImageFailureCode::Other(clean(other)),
        },
        reason: clean(from.failure_reason().unwrap_or_default()),
    }
}

pub(crate) fn layer(from: &sdk::Layer) -> Option<LayerStatus> {
    Some(LayerStatus {
        digest: name("digest", from.layer_digest())?,
        available: from.layer_availability() == Some(&sdk::LayerAvailability::Available),
        size: from.layer_size().and_then(bytes),
    })
}

pub(crate) fn replication_status(from: &sdk::ImageReplicationStatus) -> Option<ReplicationStatus> {
    Some(ReplicationStatus {
        destination: RegistryId::new(name("account", from.registry_id())?, name("Region", from.region())?),
        state: match from.status().map_or("UNKNOWN", sdk::ReplicationStatus::as_str) {
            "IN_PROGRESS" => ReplicationState::InProgress,
            "COMPLETE" => ReplicationState::Complete,
            "FAILED" => ReplicationState::Failed,
            other => ReplicationState::Other(clean(other)),
        },
        failure_code: from.failure_code().map(clean),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutability_goes_there_and_back() {
        for value in [
            TagMutability::MUTABLE,
            TagMutability::IMMUTABLE,
            TagMutability::Mutable { except: vec!["release-*".into()] },
            TagMutability::Immutable { except: vec!["latest".into(), "dev-*".into()] },
        ] {
            let (mode, filters) = mutability_request(&value).unwrap();
            assert_eq!(mutability(Some(&mode), &filters.unwrap_or_default()), value);
        }
    }

    #[test]
    fn encryption_goes_there_and_back() {
        for value in [
            Encryption::Aes256,
            Encryption::Kms { key: None },
            Encryption::Kms { key: Some("alias/x".into()) },
            Encryption::KmsDsse { key: None },
        ] {
            assert_eq!(encryption(Some(&encryption_request(&value).unwrap())), value);
        }
    }

    #[test]
    fn an_item_without_a_name_is_left_out() {
        assert_eq!(repository(&sdk::Repository::builder().repository_name("../etc").build()), None);
        assert_eq!(image_detail(&sdk::ImageDetail::builder().image_digest("sha256:no").build()), None);
    }
}
