//! Plans for repositories and settings of a registry.

use longshore_ecr::{Encryption, ImageScope, RepositorySettings, TagMutability};
use longshore_names::RepositoryName;

use super::{CreateRepository, DeleteRepository, SetBlobMounting, SetMutability};
use crate::{
    App, api,
    api::{ApiError, Mutability, RegistryKey, RepositoryKey, Side},
    changes::losses::losses,
    errors::name_error,
    plans::{Content, Draft, place},
};

pub(in crate::changes) async fn create(
    app: &App,
    registry: &RegistryKey,
    name: &str,
    mutability: &Mutability,
    scan_on_push: bool,
    encryption: &api::Encryption,
) -> Result<Content, ApiError> {
    let name = RepositoryName::for_input(name).map_err(name_error("name"))?;
    let settings = RepositorySettings {
        tag_mutability: tag_mutability(mutability)?,
        scan_on_push,
        encryption: at_rest(encryption),
        tags: Vec::new(),
    };
    let (connection, context) = app.place(registry).await?;
    let mut draft = Draft::new(registry.space, format!("Create repository {name}"));
    if connection.client.repository(&name).await?.is_some() {
        let text = format!("{} already has a repository `{name}`.", place(app, registry));
        draft.error("repository-already-exists", text, "Use it, or choose another name.");
    }
    let text = format!("Create repository `{name}` in {}", place(app, registry));
    draft.step(&context, text, None, CreateRepository { name, settings });
    Ok(draft.content)
}

pub(in crate::changes) async fn delete(
    app: &App,
    repository: &RepositoryKey,
    with_images: bool,
) -> Result<Content, ApiError> {
    let name: RepositoryName = repository.repository.parse().map_err(name_error("repository"))?;
    let (connection, context) = app.place(&repository.registry).await?;
    let images = connection.client.images(&name, ImageScope::Any).await?;
    let mut draft = Draft::new(repository.registry.space, format!("Delete repository {name}"));
    let count = images.len();
    let counted = if count == 1 { "1 image".to_owned() } else { format!("{count} images") };
    if count > 0 && !with_images {
        let text = format!("`{name}` is not empty: it contains {counted}.");
        draft.error(
            "repository-not-empty",
            text,
            "Delete the images first, or choose to delete them with the repository.",
        );
    }
    let text = match count {
        0 => format!("Delete the empty repository `{name}` in {}", place(app, &repository.registry)),
        _ => format!("Delete repository `{name}` with {counted} in {}", place(app, &repository.registry)),
    };
    let images: Vec<_> = images.into_iter().map(|image| image.digest).collect();
    let going = images.iter().cloned().collect();
    let also = losses(app, &repository.registry, &name, &going, &mut draft).await;
    draft.step(&context, text, None, DeleteRepository { name, images, also });
    Ok(draft.content)
}

pub(in crate::changes) async fn set_mutability(
    app: &App,
    repository: &RepositoryKey,
    mutability: &Mutability,
) -> Result<Content, ApiError> {
    let name: RepositoryName = repository.repository.parse().map_err(name_error("repository"))?;
    let after = tag_mutability(mutability)?;
    let (connection, context) = app.place(&repository.registry).await?;
    let Some(now) = connection.client.repository(&name).await? else {
        let text = format!("{} has no repository `{name}`.", place(app, &repository.registry));
        return Err(ApiError::new("repository-not-found", Side::Destination, text).hint("Refresh the list."));
    };
    let mut draft = Draft::new(repository.registry.space, format!("Change tag mutability of {name}"));
    let before = now.tag_mutability;
    if before == after {
        draft.note("nothing-to-do", format!("`{name}` already has this setting."));
    }
    let text = format!(
        "Change tag mutability of `{name}` in {} to {} (now {})",
        place(app, &repository.registry),
        mutability_words(&after),
        mutability_words(&before)
    );
    draft.step(&context, text, None, SetMutability { name, before, after });
    Ok(draft.content)
}

pub(in crate::changes) async fn set_blob_mounting(
    app: &App,
    registry: &RegistryKey,
    enabled: bool,
) -> Result<Content, ApiError> {
    let (connection, context) = app.place(registry).await?;
    let word = if enabled { "on" } else { "off" };
    let mut draft =
        Draft::new(registry.space, format!("Turn blob mounting {word} in {}", app.accounts.label(registry)));
    if connection.client.blob_mounting().await? == enabled {
        draft.note("nothing-to-do", format!("Blob mounting is already {word}."));
    }
    draft.step(
        &context,
        format!("Turn blob mounting {word} in {}", place(app, registry)),
        Some(if enabled {
            "Layers of one repository can then be used by another without an upload.".into()
        } else {
            "Layers are then stored and uploaded separately for each repository.".into()
        }),
        SetBlobMounting { enabled },
    );
    Ok(draft.content)
}

/// Exclusion filters: 1 to 5 of `[0-9a-zA-Z._*-]{1,128}` (reference: ECR API model,
/// `ImageTagMutabilityExclusionFilter`).
pub(super) fn tag_mutability(typed: &Mutability) -> Result<TagMutability, ApiError> {
    let field = |index: usize| format!("mutability.exclusions[{index}]");
    if typed.exclusions.len() > 5 {
        let text = format!("At most 5 exclusions are allowed, not {}.", typed.exclusions.len());
        return Err(ApiError::input("too-many-exclusions", field(5), text));
    }
    let mut except = Vec::with_capacity(typed.exclusions.len());
    for (index, filter) in typed.exclusions.iter().enumerate() {
        let filter = filter.trim();
        let right = (1..=128).contains(&filter.len())
            && filter.bytes().all(|b| b.is_ascii_alphanumeric() || b"._*-".contains(&b));
        if !right {
            let text = "An exclusion has 1 to 128 letters, digits, `.`, `_`, `-` and `*`.";
            return Err(ApiError::input("invalid-exclusion", field(index), text));
        }
        if filter.matches('*').count() > 4 {
            let text = "An exclusion has at most 4 `*`.";
            return Err(ApiError::input("invalid-exclusion", field(index), text));
        }
        except.push(filter.to_owned());
    }
    Ok(if typed.immutable { TagMutability::Immutable { except } } else { TagMutability::Mutable { except } })
}

pub(super) fn at_rest(typed: &api::Encryption) -> Encryption {
    let key =
        |key: &Option<String>| key.as_deref().map(str::trim).filter(|k| !k.is_empty()).map(str::to_owned);
    match typed {
        api::Encryption::Aes256 => Encryption::Aes256,
        api::Encryption::Kms { key: id } => Encryption::Kms { key: key(id) },
        api::Encryption::KmsDsse { key: id } => Encryption::KmsDsse { key: key(id) },
    }
}

pub(in crate::changes) fn mutability_words(mutability: &TagMutability) -> String {
    let but = |except: &[String]| match except {
        [] => String::new(),
        some => format!(" but {}", some.join(", ")),
    };
    match mutability {
        TagMutability::Mutable { except } => format!("mutable{}", but(except)),
        TagMutability::Immutable { except } => format!("immutable{}", but(except)),
        TagMutability::Other { name } => name.clone(),
    }
}
