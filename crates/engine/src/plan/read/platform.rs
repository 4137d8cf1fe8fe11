//! The image of one platform out of an index.

use std::collections::BTreeSet;

use futures::TryStreamExt;
use longshore_names::{Digest, RepositoryName};
use longshore_registry::{
    Backoff, Child, Descriptor, ImageConfig, MAX_CONFIG_BYTES, Manifest, ManifestKind, Platform, media_types,
    open_verified,
};

use crate::{
    EngineError, EngineErrorKind,
    plan::read::walk::{MOST_DEPTH, Walker, view_of},
};

/// The manifest for `wanted` in an image: a child of an index, or the image itself if that is its
/// platform. An artifact without a platform is taken as it is.
///
/// # Errors
/// [`crate::EngineErrorKind::NoPlatform`] with the available platforms, or when the source cannot be read.
pub(crate) async fn choose(
    walker: &Walker<'_>,
    repository: &RepositoryName,
    root: Manifest,
    wanted: &Platform,
) -> Result<Manifest, EngineError> {
    let view = view_of(&root)?;
    let ManifestKind::Index { children } = view.kind else {
        let ManifestKind::Image { config, .. } = &view.kind else { return Ok(root) };
        return match runs_on(walker, repository, config).await? {
            Some(has) if fit(&has, wanted).is_none() => {
                Err(none(&root.digest, wanted, BTreeSet::from([has.to_string()])))
            }
            _ => Ok(root),
        };
    };
    let mut offered = BTreeSet::new();
    let mut level = vec![children];
    for _ in 1..MOST_DEPTH {
        let mut nested = Vec::new();
        for children in level {
            if let Some(child) = best(&children, wanted) {
                return walker.read(repository, &child.descriptor.digest).await;
            }
            for child in children {
                if media_types::is_index(&child.descriptor.media_type) {
                    nested.push(child.descriptor.digest);
                } else if let Some(platform) = child.platform.filter(|platform| platform.os != "unknown") {
                    offered.insert(platform.to_string());
                }
            }
        }
        level = Vec::new();
        for digest in nested {
            let inner = walker.read(repository, &digest).await?;
            if let ManifestKind::Index { children } = view_of(&inner)?.kind {
                level.push(children);
            }
        }
    }
    Err(none(&root.digest, wanted, offered))
}

fn none(digest: &Digest, wanted: &Platform, offered: BTreeSet<String>) -> EngineError {
    EngineError::source(EngineErrorKind::NoPlatform {
        digest: digest.clone(),
        wanted: wanted.to_string(),
        offered: offered.into_iter().collect(),
    })
}

/// The first child that fits best.
fn best<'a>(children: &'a [Child], wanted: &Platform) -> Option<&'a Child> {
    children
        .iter()
        .filter(|child| {
            let media_type = child.descriptor.media_type.as_str();
            media_types::is_manifest(media_type) && !media_types::is_index(media_type)
        })
        .filter_map(|child| Some((fit(child.platform.as_ref()?, wanted)?, child)))
        .min_by_key(|(fit, _)| *fit)
        .map(|(_, child)| child)
}

/// How well a platform matches the requested one: 0 is best, `None` is no match. A missing variant
/// means the processor's usual one (containerd's platform rules).
fn fit(has: &Platform, wanted: &Platform) -> Option<u8> {
    if has.os != wanted.os || has.architecture != wanted.architecture {
        return None;
    }
    if wanted.os_version.is_some() && has.os_version != wanted.os_version {
        return None;
    }
    let usual = match has.architecture.as_str() {
        "arm64" => "v8",
        "arm" => "v7",
        "amd64" => "v1",
        _ => "",
    };
    let variant = |platform: &Platform| platform.variant.clone().unwrap_or_else(|| usual.to_owned());
    match (variant(has) == variant(wanted), &wanted.variant) {
        (true, _) => Some(0),
        (false, None) => Some(1),
        (false, Some(_)) => None,
    }
}

/// The platform that an image's configuration states.
async fn runs_on(
    walker: &Walker<'_>,
    repository: &RepositoryName,
    config: &Descriptor,
) -> Result<Option<Platform>, EngineError> {
    let known = [media_types::OCI_CONFIG, media_types::DOCKER_CONFIG].contains(&config.media_type.as_str());
    if !known || config.size > MAX_CONFIG_BYTES as u64 {
        return Ok(None);
    }
    let body = open_verified(walker.source.clone(), repository, config, Backoff::default());
    let bytes: Vec<_> = body.try_collect().await.map_err(EngineError::source)?;
    let bytes = bytes.concat();
    let parsed = ImageConfig::parse(&bytes).map_err(|error| {
        EngineError::source(EngineErrorKind::Manifest { digest: config.digest.clone(), error })
    })?;
    Ok(parsed.platform)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        let mut parts = text.split('/').map(str::to_owned);
        let (os, architecture) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        Platform { os, architecture, variant: parts.next(), os_version: None }
    }

    #[test]
    fn a_platform_without_a_variant_is_the_usual_one() {
        for (has, wanted, expected) in [
            ("linux/amd64", "linux/amd64", Some(0)),
            ("linux/arm64/v8", "linux/arm64", Some(0)),
            ("linux/arm64", "linux/arm64/v8", Some(0)),
            ("linux/arm/v6", "linux/arm", Some(1)),
            ("linux/arm/v7", "linux/arm", Some(0)),
            ("linux/arm/v6", "linux/arm/v7", None),
            ("linux/amd64/v3", "linux/amd64", Some(1)),
            ("windows/amd64", "linux/amd64", None),
            ("linux/s390x", "linux/amd64", None),
        ] {
            assert_eq!(fit(&platform(has), &platform(wanted)), expected, "{has} for {wanted}");
        }
        let mut windows = platform("windows/amd64");
        windows.os_version = Some("10.0.17763.1".into());
        assert_eq!(fit(&windows, &platform("windows/amd64")), Some(0));
        let wanted = Platform { os_version: Some("10.0.20348.1".into()), ..platform("windows/amd64") };
        assert_eq!(fit(&windows, &wanted), None);
    }
}
