//! Plans that delete images or tags.

use std::collections::{BTreeMap, BTreeSet};

use longshore_ecr::ImageId;
use longshore_names::{Digest, RepositoryName, Tag};

use super::{Action, Content, Draft, place, repositories::images_of};
use crate::{
    App,
    api::{ApiError, ImageSelection, RepositoryKey, Side},
    errors::name_error,
};

pub(super) async fn delete(
    app: &App,
    repository: &RepositoryKey,
    selected: &[ImageSelection],
) -> Result<Content, ApiError> {
    let name: RepositoryName = repository.repository.parse().map_err(name_error("repository"))?;
    if selected.is_empty() {
        return Err(ApiError::input("nothing-selected", "images", "No image is chosen."));
    }
    let mut ids = Vec::with_capacity(selected.len());
    for (index, image) in selected.iter().enumerate() {
        let digest: Digest = image.digest.parse().map_err(name_error(format!("images[{index}].digest")))?;
        let tag: Option<Tag> = match &image.tag {
            Some(tag) => Some(tag.parse().map_err(name_error(format!("images[{index}].tag")))?),
            None => None,
        };
        ids.push((digest, tag));
    }
    let (connection, context) = app.place(&repository.registry).await?;
    let Some(there) = images_of(&connection.client, &name).await? else {
        let text = format!("{} has no repository `{name}`.", place(app, &repository.registry));
        return Err(ApiError::new("repository-not-found", Side::Destination, text).hint("Refresh the list."));
    };
    let tags: BTreeMap<_, BTreeSet<_>> =
        there.iter().map(|image| (&image.digest, image.tags.iter().collect())).collect();
    let mut draft = Draft::new(repository.registry.space, format!("Delete from {name}"));
    let mut chosen: BTreeMap<&Digest, BTreeSet<&Tag>> = BTreeMap::new();
    let mut whole = BTreeSet::new();
    for (digest, tag) in &ids {
        match tag {
            Some(tag) => {
                chosen.entry(digest).or_default().insert(tag);
            }
            None => {
                whole.insert(digest);
            }
        }
        if !tags.contains_key(digest) {
            draft.note("already-gone", format!("{} is no longer in `{name}`.", digest.short()));
        }
    }
    for (digest, going) in &chosen {
        let Some(all) = tags.get(digest) else { continue };
        if !whole.contains(digest) && all.difference(going).next().is_none() {
            let text = format!("{} loses its last tag, and ECR deletes it with that.", digest.short());
            draft.warning("last-tag", text, Some("Leave one tag on it to keep the image."));
        }
    }
    let only_tags = ids.len() - whole.len();
    let what = match (whole.len(), only_tags) {
        (images, 0) => format!("{images} images"),
        (0, count) => format!("{count} tags"),
        (images, count) => format!("{images} images and {count} tags"),
    };
    let images = ids.into_iter().map(|(digest, tag)| ImageId { digest: Some(digest), tag }).collect();
    let text = format!("Delete {what} from `{name}` in {}", place(app, &repository.registry));
    draft.step(&context, text, None, Action::DeleteImages { name, images });
    Ok(draft.content)
}
