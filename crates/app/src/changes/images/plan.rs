//! Plans that delete images or tags.

use std::collections::{BTreeMap, BTreeSet};

use longshore_ecr::{EcrError, EcrErrorKind, ImageScope};
use longshore_names::{Digest, RepositoryName, Tag};

use super::{DeleteImages, Doomed, DoomedTag};
use crate::{
    App,
    api::{ApiError, ImageSelection, RepositoryKey, Side},
    changes::losses::losses,
    errors::name_error,
    plans::{Content, Draft, place},
};

/// The number of tags that a sentence lists.
const MOST_NAMED: usize = 5;

/// The selection: whole images, and for other images only some of their tags.
struct Chosen {
    whole: BTreeSet<Digest>,
    tags: BTreeMap<Digest, BTreeSet<Tag>>,
}

pub(in crate::changes) async fn delete(
    app: &App,
    repository: &RepositoryKey,
    selected: &[ImageSelection],
) -> Result<Content, ApiError> {
    let name: RepositoryName = repository.repository.parse().map_err(name_error("repository"))?;
    let chosen = chosen(selected)?;
    let (connection, context) = app.place(&repository.registry).await?;
    let there = match connection.client.images(&name, ImageScope::Any).await {
        Ok(there) => there,
        Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => {
            let text = format!("{} has no repository `{name}`.", place(app, &repository.registry));
            return Err(
                ApiError::new("repository-not-found", Side::Destination, text).hint("Refresh the list.")
            );
        }
        Err(error) => return Err(error.into()),
    };
    let there: BTreeMap<_, _> = there.into_iter().map(|image| (image.digest, image.tags)).collect();
    let mut draft = Draft::new(repository.registry.space, format!("Delete from {name}"));
    for digest in chosen.whole.iter().chain(chosen.tags.keys()).filter(|digest| !there.contains_key(digest)) {
        draft.note("already-gone", format!("{} is no longer in `{name}`.", digest.short()));
    }
    for (digest, going) in &chosen.tags {
        if there.get(digest).is_some_and(|all| all.iter().all(|tag| going.contains(tag))) {
            let text = format!("{} loses its last tag, and ECR then deletes the image.", digest.short());
            draft.warning("last-tag", text, Some("Leave one tag to keep the image."));
        }
    }
    let images: Vec<_> = chosen
        .whole
        .into_iter()
        .map(|digest| Doomed { tags: there.get(&digest).cloned().unwrap_or_default(), digest })
        .collect();
    let tags: Vec<_> = chosen
        .tags
        .into_iter()
        .flat_map(|(digest, tags)| tags.into_iter().map(move |tag| DoomedTag { tag, digest: digest.clone() }))
        .collect();
    let whole: Vec<Digest> = images.iter().map(|image: &Doomed| image.digest.clone()).collect();
    say_used(app, repository, &name, &whole, &mut draft).await;
    let text =
        format!("Delete {} from `{name}` in {}", words(&images, &tags), place(app, &repository.registry));
    let going = images.iter().map(|image| image.digest.clone());
    let going = going.chain(tags.iter().map(|tag| tag.digest.clone())).collect();
    let also = losses(app, &repository.registry, &name, &going, &mut draft).await;
    draft.step(&context, text, None, DeleteImages { name, images, tags, also });
    Ok(draft.content)
}

/// A person has to agree to the deletion of what a stage has, or of what a rollback would take.
async fn say_used(
    app: &App,
    repository: &RepositoryKey,
    name: &RepositoryName,
    whole: &[Digest],
    draft: &mut Draft,
) {
    match app.stages_that_use(repository, name, whole.iter()).await {
        Ok(used) => {
            for (digest, by) in used {
                draft.content.agree.push(format!("{} is used by {by}, and will be deleted.", digest.short()));
            }
        }
        Err(error) => {
            let text = format!("Whether stages of paths use these images is not known: {}", error.message);
            draft.warning(&error.code, text, error.hint.as_deref());
        }
    }
}

fn chosen(selected: &[ImageSelection]) -> Result<Chosen, ApiError> {
    if selected.is_empty() {
        return Err(ApiError::input("nothing-selected", "images", "No image is selected."));
    }
    let mut chosen = Chosen { whole: BTreeSet::new(), tags: BTreeMap::new() };
    for (index, image) in selected.iter().enumerate() {
        let digest: Digest = image.digest.parse().map_err(name_error(format!("images[{index}].digest")))?;
        match &image.tag {
            Some(tag) => {
                let tag: Tag = tag.parse().map_err(name_error(format!("images[{index}].tag")))?;
                chosen.tags.entry(digest).or_default().insert(tag);
            }
            None => {
                chosen.whole.insert(digest);
            }
        }
    }
    // Its tags are deleted with the image.
    chosen.tags.retain(|digest, _| !chosen.whole.contains(digest));
    Ok(chosen)
}

/// `2 images with the tags 1.0 and latest, and 1 tag`.
fn words(images: &[Doomed], tags: &[DoomedTag]) -> String {
    let count = |number: usize, one: &str| match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {one}s"),
    };
    let named: Vec<_> = images.iter().flat_map(|image| &image.tags).collect();
    let shown: Vec<_> = named.iter().take(MOST_NAMED).map(|tag| format!("`{tag}`")).collect();
    let more = if named.len() > MOST_NAMED { ", …" } else { "" };
    let with = match named.len() {
        0 => String::new(),
        1 => format!(" with the tag {}", shown.join(", ")),
        _ => format!(" with the tags {}{more}", shown.join(", ")),
    };
    match (images.len(), tags.len()) {
        (whole, 0) => format!("{}{with}", count(whole, "image")),
        (0, only) => count(only, "tag"),
        (whole, only) => format!("{}{with}, and {}", count(whole, "image"), count(only, "other tag")),
    }
}
