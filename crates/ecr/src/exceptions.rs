//! Exceptions of ECR's and IAM's APIs that need no treatment of their own, and what each means.

/// An exception of the service.
#[derive(Debug, PartialEq, Eq)]
pub struct Exception {
    /// The service's name for it, without `Exception`.
    pub name: &'static str,
    /// A stable code.
    pub code: &'static str,
    /// What it means, as the end of a sentence that begins with the registry.
    pub text: &'static str,
}

const fn of_service(code: &'static str, name: &'static str, text: &'static str) -> Exception {
    Exception { name, code, text }
}

/// In alphabetical order (botocore 1.44, `ecr/2015-09-21`).
#[rustfmt::skip]
const EXCEPTIONS: &[Exception] = &[
    of_service("blocked-by-organization", "BlockedByOrganizationPolicy", "is not allowed this by a policy of its organization"),
    of_service("exclusion-already-exists", "ExclusionAlreadyExists", "has this exclusion from recording pulls already"),
    of_service("exclusion-not-found", "ExclusionNotFound", "has no such exclusion from recording pulls"),
    of_service("image-archived", "ImageArchived", "has the image in its archive"),
    of_service("storage-class-unsupported", "ImageStorageClassUpdateNotSupported", "cannot move this image to that storage class"),
    of_service("layer-inaccessible", "LayerInaccessible", "cannot read the layer"),
    of_service("preview-in-progress", "LifecyclePolicyPreviewInProgress", "is still computing the previous preview of the lifecycle policy"),
    of_service("preview-not-found", "LifecyclePolicyPreviewNotFound", "has no preview of the lifecycle policy"),
    of_service("cache-rule-already-exists", "PullThroughCacheRuleAlreadyExists", "has a pull-through cache rule for this prefix already"),
    of_service("cache-rule-not-found", "PullThroughCacheRuleNotFound", "has no such pull-through cache rule"),
    of_service("backfill-in-progress", "ReplicationBackfillInProgress", "is already replicating existing images to this Region"),
    of_service("backfill-ended", "ReplicationBackfillInvalidStatus", "has ended this backfill"),
    of_service("backfill-not-found", "ReplicationBackfillNotFound", "has no such backfill"),
    of_service("scan-not-found", "ScanNotFound", "has not scanned the image"),
    of_service("secret-not-found", "SecretNotFound", "does not find the secret with the upstream registry's credentials"),
    of_service("signing-not-configured", "SigningConfigurationNotFound", "has no signing configuration"),
    of_service("template-already-exists", "TemplateAlreadyExists", "has a creation template for this prefix already"),
    of_service("template-not-found", "TemplateNotFound", "has no creation template for this prefix"),
    of_service("secret-inaccessible", "UnableToAccessSecret", "may not read the secret with the upstream registry's credentials"),
    of_service("secret-undecryptable", "UnableToDecryptSecretValue", "cannot decrypt the secret with the upstream registry's credentials"),
    of_service("upstream-image-unavailable", "UnableToGetUpstreamImage", "cannot get the image from the upstream registry"),
    of_service("upstream-layer-unavailable", "UnableToGetUpstreamLayer", "cannot get a layer from the upstream registry"),
    of_service("upstream-referrers-unavailable", "UnableToListUpstreamImageReferrers", "cannot list the referrers of the image at the upstream registry"),
    of_service("image-type-unsupported", "UnsupportedImageType", "does not support this for images of this type"),
    of_service("upstream-unsupported", "UnsupportedUpstreamRegistry", "does not support this upstream registry"),
];

/// Those of IAM, by their whole names (IAM API Reference, version 2010-05-08).
#[rustfmt::skip]
const OF_IAM: &[Exception] = &[
    of_service("iam-busy", "ConcurrentModification", "is changing this for somebody else just now"),
    of_service("iam-delete-conflict", "DeleteConflict", "cannot delete this while something belongs to it"),
    of_service("iam-already-exists", "EntityAlreadyExists", "has something of this name already"),
    of_service("iam-busy", "EntityTemporarilyUnmodifiable", "cannot change this just now"),
    of_service("iam-policy-malformed", "MalformedPolicyDocument", "does not accept the policy"),
    of_service("iam-not-found", "NoSuchEntity", "has nothing of this name"),
    of_service("iam-not-attachable", "PolicyNotAttachable", "does not let this policy be attached"),
    of_service("iam-unmodifiable", "UnmodifiableEntity", "does not let this be changed"),
];

/// The exception of a service's error code.
pub(crate) fn exception(service_code: &str) -> Option<&'static Exception> {
    if let Some(of_iam) = OF_IAM.iter().find(|exception| exception.name == service_code) {
        return Some(of_iam);
    }
    let name = service_code.strip_suffix("Exception")?;
    EXCEPTIONS.iter().find(|exception| exception.name == name)
}

/// Every exception in this table, for the list of codes.
pub fn exceptions() -> impl Iterator<Item = &'static Exception> {
    EXCEPTIONS.iter().chain(OF_IAM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_is_found_by_the_services_code() {
        assert_eq!(exception("TemplateNotFoundException").unwrap().code, "template-not-found");
        assert_eq!(exception("TemplateNotFound"), None);
        assert_eq!(exception("NoSuchEntity").unwrap().code, "iam-not-found");
        assert!(EXCEPTIONS.is_sorted_by_key(|exception| exception.name));
        assert!(OF_IAM.is_sorted_by_key(|exception| exception.name));
    }
}
