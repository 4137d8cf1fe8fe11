//! Images that are moved to the archive or restored from it, by hand.

use async_trait::async_trait;
use longshore_ecr::{EcrError, EcrErrorKind, ImageScope, ImageStatus};
use longshore_names::{Digest, RepositoryName};
use serde::{Deserialize, Serialize};

use crate::{
    App,
    api::{ApiError, RegistryKey, RepositoryKey, Side, UsageSearch},
    errors::name_error,
    lifecycle::InUse,
    plans::{Content, Draft, counted, place},
    steps::{Change, Job, ListedWrite, Outcome},
};

/// The images that a sentence names.
const MOST_NAMED: usize = 5;

/// Moves images to the archive or out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::changes) struct MoveImages {
    name: RepositoryName,
    images: Vec<Digest>,
    archive: bool,
}

#[typetag::serde(name = "moveImages")]
#[async_trait]
impl Change for MoveImages {
    fn permissions(&self) -> &'static [&'static str] {
        &["ecr:DescribeImages", "ecr:UpdateImageStorageClass"]
    }

    fn is_destructive(&self) -> bool {
        // Pulls of an archived image fail.
        self.archive
    }

    fn writes(&self, here: &RegistryKey) -> Vec<ListedWrite> {
        let one =
            |digest: &Digest| ListedWrite::at("UpdateImageStorageClass", here, Some(&self.name)).of(digest);
        self.images.iter().map(one).collect()
    }

    async fn perform(&self, job: &Job<'_>) -> Result<Outcome, ApiError> {
        let at = job.here().await?;
        let moved = move_all(&at.client, self).await;
        job.app.repository_changed(&at.key, &self.name).await;
        Ok(match (moved?, self.archive) {
            (0, true) => Outcome::Skipped("they are in the archive".into()),
            (0, false) => Outcome::Skipped("none of them is in the archive".into()),
            (moved, true) => Outcome::Done(format!("{} archived", counted(moved, "image"))),
            (moved, false) => Outcome::Done(format!(
                "{} being restored, which takes up to 20 minutes",
                counted(moved, "image")
            )),
        })
    }
}

/// Returns how many were moved. What is so already, or gone, is left out.
async fn move_all(client: &longshore_ecr::EcrClient, of: &MoveImages) -> Result<usize, ApiError> {
    let there = match client.images(&of.name, ImageScope::Any).await {
        Ok(there) => there,
        Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => {
            let text = format!("Repository `{}` no longer exists.", of.name);
            return Err(ApiError::new("repository-not-found", Side::Destination, text));
        }
        Err(error) => return Err(error.into()),
    };
    let mut moved = 0;
    for image in there.iter().filter(|image| of.images.contains(&image.digest)) {
        let done = match (of.archive, image.status == ImageStatus::Archived) {
            (true, false) => client.archive_image(&of.name, &image.digest).await,
            (false, true) => client.restore_image(&of.name, &image.digest).await.map(drop),
            _ => continue,
        };
        match done {
            Ok(()) => moved += 1,
            Err(EcrError { kind: EcrErrorKind::ImageNotFound, .. }) => {}
            Err(error) => {
                let error = ApiError::from(error);
                let text = format!("{} {} before.", error.message, counted_moved(moved));
                return Err(ApiError { message: text, ..error });
            }
        }
    }
    Ok(moved)
}

fn counted_moved(moved: usize) -> String {
    let were = if moved == 1 { "was" } else { "were" };
    format!("{} {were} moved", counted(moved, "image"))
}

/// Plans to move images, by digest or tag.
pub(in crate::changes) async fn plan(
    app: &App,
    repository: &RepositoryKey,
    wanted: &[String],
    archive: bool,
) -> Result<Content, ApiError> {
    let name: RepositoryName = repository.repository.parse().map_err(name_error("repository"))?;
    if wanted.is_empty() {
        return Err(ApiError::input("nothing-selected", "images", "No image is selected."));
    }
    let (connection, context) = app.place(&repository.registry).await?;
    let there = connection.client.images(&name, ImageScope::Any).await?;
    let mut chosen = Vec::new();
    for (index, text) in wanted.iter().enumerate() {
        let text = text.trim();
        let found = there
            .iter()
            .find(|image| image.digest.as_str() == text || image.tags.iter().any(|tag| tag.as_str() == text));
        let found = found.ok_or_else(|| {
            let message = format!("`{name}` has no image `{}`.", longshore_names::shown(text, 120));
            ApiError::input("image-not-found", format!("images[{index}]"), message)
        })?;
        if !chosen.contains(&found) {
            chosen.push(found);
        }
    }
    let verb = if archive { "Archive" } else { "Restore" };
    let mut draft = Draft::new(repository.registry.space, format!("{verb} images of {name}"));
    let is_so = |image: &longshore_ecr::ImageDetail| match archive {
        true => image.status == ImageStatus::Archived,
        false => image.status != ImageStatus::Archived,
    };
    let (done, going): (Vec<_>, Vec<_>) = chosen.into_iter().partition(|image| is_so(image));
    if !done.is_empty() {
        let where_to = if archive { "in the archive already" } else { "not in the archive" };
        draft.note("nothing-to-do", format!("{} of `{name}`: {where_to}.", counted(done.len(), "image")));
    }
    if going.is_empty() {
        return Ok(draft.content);
    }
    if archive {
        let images: Vec<_> = going.iter().map(|image| (*image).clone()).collect();
        let described = app.as_used(repository, &images).await?;
        let usage = app.usage(repository, &name, &described, &UsageSearch::default()).await;
        let used: Vec<String> = going
            .iter()
            .filter_map(|image| {
                let tags: Vec<&str> = image.tags.iter().map(|tag| tag.as_str()).collect();
                let why = usage.used_by(image.digest.as_str(), &tags)?;
                let shown = tags.first().map_or_else(|| image.digest.short(), |tag| (*tag).to_owned());
                Some(format!("`{shown}`: {why}"))
            })
            .take(MOST_NAMED)
            .collect();
        if !used.is_empty() {
            let text = format!("Pulls of images that are in use will fail: {}.", used.join("; "));
            draft.warning(
                "image-in-use",
                text,
                Some("Leave them out, or restore them when they are needed."),
            );
        }
    }
    let effect = match archive {
        true => {
            "Pulls of an archived image fail until it is restored; ECR bills at least 90 days of the archive."
        }
        false => "A restored image can be pulled again after up to 20 minutes. ECR bills the retrieval.",
    };
    let text = format!(
        "{verb} {} of `{name}` in {}",
        counted(going.len(), "image"),
        place(app, &repository.registry)
    );
    let images = going.iter().map(|image| image.digest.clone()).collect();
    draft.step(&context, text, Some(effect.into()), MoveImages { name, images, archive });
    Ok(draft.content)
}
