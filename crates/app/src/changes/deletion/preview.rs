//! A deletion by rule as a person looks at it before it is planned.

use longshore_names::ForeignText;
use longshore_policy::deletion::Protection;

use super::select::{Selected, rules, select};
use crate::{
    App,
    api::{
        ApiError, CleanImages, CleanPreview, CleanedImage, CleanedRepository, ProtectionKind, RepositoryKey,
    },
};

/// The images of a repository that a preview lists.
const MOST: usize = 1_000;
/// The most repositories of one request.
pub(super) const MOST_REPOSITORIES: usize = 500;

impl App {
    /// What a deletion of images by rule would do in each repository, and what protects images from it.
    ///
    /// # Errors
    /// `nothing-selected`, `deletion-rule-…`; when a repository cannot be read.
    pub async fn preview_clean_images(&self, request: CleanImages) -> Result<CleanPreview, ApiError> {
        let rules = rules(&request)?;
        let mut repositories = Vec::new();
        for key in each(&request.repositories)? {
            let selected = Box::pin(select(self, key, &rules, &request)).await?;
            repositories.push(shown(key, selected));
        }
        Ok(CleanPreview { repositories })
    }
}

/// Each repository once.
pub(super) fn each(repositories: &[RepositoryKey]) -> Result<Vec<&RepositoryKey>, ApiError> {
    let mut found: Vec<&RepositoryKey> = Vec::new();
    for key in repositories {
        if !found.contains(&key) {
            found.push(key);
        }
    }
    match found.len() {
        0 => Err(ApiError::input("nothing-selected", "repositories", "No repository is selected.")),
        1..=MOST_REPOSITORIES => Ok(found),
        many => {
            let text = format!("{many} repositories are selected; at most {MOST_REPOSITORIES} are allowed.");
            Err(ApiError::input("too-many-repositories", "repositories", text))
        }
    }
}

fn shown(key: &RepositoryKey, selected: Selected) -> CleanedRepository {
    let Selected { listed, usage, decision, freed, notes, .. } = selected;
    let image = |at: usize, reason: &str, rule: Option<usize>| {
        let of = &listed.images[at];
        CleanedImage {
            digest: ForeignText::new(&of.digest).into(),
            tags: of.tags.iter().map(|tag| ForeignText::new(tag).into()).collect(),
            bytes: of.bytes,
            pushed: of.pushed,
            pulled: of.pulled,
            deleted: true,
            rule: rule.map(number),
            reason: ForeignText::new(reason).into(),
            protected: None,
            protection: None,
        }
    };
    let mut deleted: Vec<_> =
        decision.deleted.iter().map(|of| image(of.image, &of.reason, of.rule)).collect();
    let mut kept: Vec<_> = decision
        .kept
        .iter()
        .map(|of| CleanedImage {
            deleted: false,
            protected: Some(ForeignText::new(&of.text).into()),
            protection: Some(kind(of.by)),
            ..image(of.image, &of.reason, Some(of.rule))
        })
        .collect();
    let counts = (deleted.len(), kept.len());
    deleted.sort_by_key(|image| image.pushed);
    kept.sort_by_key(|image| image.pushed);
    // Some of both are always shown.
    let room = MOST - kept.len().min(MOST / 2);
    deleted.truncate(room);
    kept.truncate(MOST - deleted.len());
    deleted.extend(kept);
    CleanedRepository {
        repository: key.clone(),
        images: deleted,
        total: number(listed.images.len()),
        deleted: number(counts.0),
        kept: number(counts.1),
        bytes_freed: freed.bytes,
        exact: freed.is_exact,
        sources: usage.sources,
        notes,
    }
}

fn kind(by: Protection) -> ProtectionKind {
    match by {
        Protection::InUse => ProtectionKind::InUse,
        Protection::Newest => ProtectionKind::Newest,
        Protection::OtherTag => ProtectionKind::OtherTag,
        Protection::Index => ProtectionKind::Index,
        Protection::Subject => ProtectionKind::Subject,
        Protection::Dependants => ProtectionKind::Dependants,
        Protection::Unread => ProtectionKind::Unread,
        Protection::Activating => ProtectionKind::Activating,
    }
}

fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
