//! Plans that copy what the second of two registries lacks.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use longshore_engine::{Action, CopyItem, CopyPlan, CopyRequest, OnConflict};
use longshore_names::{Digest, RepositoryName, Tag};
use longshore_policy::pair::{Stand, Standing};
use longshore_registry::{Sink, Source, TagOrDigest};

use super::needed;
use crate::{
    App,
    access::Connection,
    api::{ApiError, LookAt, LookedAt, NeededImages, RegistryKey, Side},
    changes::{
        promotion::{CopyImage, CopyTag, endpoint},
        repositories,
        settings::complete_of,
    },
    plans::{Content, Draft, counted, place},
    steps::Context,
};

/// The most images of one plan.
const MOST: usize = 5_000;
/// Images of one kind that a plan names.
const MOST_NAMED: usize = 20;

/// An image that is copied, with its tags.
struct Copy {
    repository: RepositoryName,
    digest: Digest,
    tags: Vec<CopyTag>,
    pushed: Option<DateTime<Utc>>,
}

/// Copies the needed images that the second registry lacks; with `different`, also those whose tag points at
/// another digest there. Both registries are read now.
pub(crate) async fn plan_copy(
    app: &App,
    here: &RegistryKey,
    there: &RegistryKey,
    needed: &NeededImages,
    different: bool,
) -> Result<Content, ApiError> {
    // Typing errors come before reads.
    needed::compare(app, here, there, needed).await?;
    let title = format!("Copy missing images to {}", app.accounts.label(there));
    let mut draft = Draft::new(there.space, title);
    let (from, to) = tokio::join!(look(app, here), look(app, there));
    let from = from.map_err(|error| unreachable(app, here, error))?;
    let to = to.map_err(|error| error.of(Side::Destination))?;
    for looked in [from, to].iter().filter(|looked| looked.failed > 0) {
        let text = format!(
            "{} of {} cannot be read as a whole, so that not everything that is missing may be known.",
            counted(looked.failed as usize, "repository").replace("repositorys", "repositories"),
            place(app, &looked.registry)
        );
        draft.warning(
            "registry-partly-read",
            text,
            looked.problem.as_ref().map(|problem| problem.message.as_str()),
        );
        draft.about(&looked.registry);
    }
    let pair = needed::compare(app, here, there, needed).await?;
    let copies = copies(&pair.stands, different)?;
    if copies.len() > MOST {
        let text = format!("One plan copies at most {MOST} images, not {}.", copies.len());
        return Err(ApiError::input("too-many-images", "needed", text));
    }
    if copies.is_empty() {
        draft.note("nothing-to-do", "The second registry has every needed image that the first one has.");
        return Ok(draft.content);
    }
    let (source, source_context) = app.place(here).await?;
    let (destination, context) = app.place(there).await?;
    let planned = plan_with_engine(&source, &destination, &copies).await?;
    draft.content.bytes_to_move = planned.totals.bytes_to_move;
    draft.content.bytes_saved = planned.totals.bytes_saved.max(planned.totals.bytes_to_mount);
    let name = place(app, there);
    draft.expiry(&name, &planned.expiry, false);
    let left_out = left_out(&planned, &mut draft);
    let existing = |name: &RepositoryName| pair.there.images.holdings.has_repository(name.as_str());
    let mut created = BTreeMap::new();
    for repository in copies.iter().map(|copy| &copy.repository).collect::<BTreeSet<_>>() {
        if !existing(repository) {
            let row = create(&source, &context, repository, &name, &mut draft).await?;
            created.insert(repository.clone(), row);
        }
    }
    let expires = planned.expiry.total();
    let shown = place(app, here);
    for copy in copies {
        let is_out = |tag: Option<&Tag>| {
            left_out.contains(&(copy.repository.clone(), copy.digest.clone(), tag.cloned()))
        };
        let tags: Vec<_> = copy.tags.iter().filter(|known| !is_out(Some(&known.tag))).cloned().collect();
        if (tags.is_empty() && !copy.tags.is_empty()) || (copy.tags.is_empty() && is_out(None)) {
            continue;
        }
        let Copy { repository, digest, .. } = copy;
        let needs: Vec<usize> = created.get(&repository).copied().into_iter().collect();
        let text = format!("Copy `{}` from {shown} to {name}", named(&repository, &digest, &tags));
        let change = CopyImage {
            source: source_context.clone(),
            from: repository.clone(),
            digest,
            to: repository,
            tags,
            replica: false,
            expires,
        };
        draft.row(&context, text, None, change, needs);
    }
    Ok(draft.content)
}

async fn look(app: &App, registry: &RegistryKey) -> Result<LookedAt, ApiError> {
    app.look_at_registry(LookAt { registry: registry.clone(), policies: false, images: true }).await
}

/// Nothing can be copied from a registry that does not answer.
fn unreachable(app: &App, registry: &RegistryKey, error: ApiError) -> ApiError {
    let text = format!("Nothing can be copied from {}: {}", place(app, registry), error.message);
    let hint = error.hint.clone();
    ApiError::new(error.code, Side::Source, text).hint_if(hint)
}

/// The images to copy, the oldest push first, because lifecycle policies count by it.
fn copies(stands: &[Stand], different: bool) -> Result<Vec<Copy>, ApiError> {
    let wanted = |one: &&Stand| match one.standing {
        Standing::Missing => true,
        Standing::Different => different,
        Standing::Equal | Standing::Extra | Standing::Nowhere => false,
    };
    let mut found: BTreeMap<(RepositoryName, Digest), Copy> = BTreeMap::new();
    for one in stands.iter().filter(wanted) {
        let Some(held) = &one.here else { continue };
        let (repository, digest): (RepositoryName, Digest) =
            (one.need.repository.parse()?, held.digest.parse()?);
        let copy = found.entry((repository.clone(), digest.clone())).or_insert_with(|| Copy {
            repository,
            digest,
            tags: Vec::new(),
            pushed: held.pushed,
        });
        if let Some(tag) = &one.need.tag {
            let replaces = one.there.as_ref().map(|there| there.digest.parse()).transpose()?;
            copy.tags.push(CopyTag { tag: tag.parse()?, replaces });
        }
    }
    let mut all: Vec<Copy> = found.into_values().collect();
    all.sort_by(|one, other| (&one.repository, one.pushed).cmp(&(&other.repository, other.pushed)));
    Ok(all)
}

/// The engine's plan for all of them: what is uploaded, and what expires afterwards.
async fn plan_with_engine(
    source: &Connection,
    destination: &Connection,
    copies: &[Copy],
) -> Result<CopyPlan, ApiError> {
    let from: Arc<dyn Source> = endpoint(&source.client).await?;
    let to: Arc<dyn Sink> = endpoint(&destination.client).await?;
    let item = |copy: &Copy, tag: Option<&CopyTag>| {
        let reference = TagOrDigest::Digest(copy.digest.clone());
        let tag = tag.map(|known| known.tag.clone());
        CopyItem::new(copy.repository.clone(), reference, copy.repository.clone(), tag)
    };
    let items = copies.iter().flat_map(|copy| match copy.tags.as_slice() {
        [] => vec![item(copy, None)],
        tags => tags.iter().map(|tag| item(copy, Some(tag))).collect(),
    });
    let mut request = CopyRequest::new(items.collect());
    request.on_conflict = OnConflict::Overwrite;
    request.mounting = destination.client.blob_mounting().await.unwrap_or(false);
    Ok(longshore_engine::plan(from, to, &request).await?)
}

type LeftOut = BTreeSet<(RepositoryName, Digest, Option<Tag>)>;

/// The images that cannot be copied, which a plan of many leaves out and names.
fn left_out(planned: &CopyPlan, draft: &mut Draft) -> LeftOut {
    let mut found = LeftOut::new();
    let mut named = 0;
    for image in &planned.images {
        let (code, text, hint) = match &image.action {
            Action::Unavailable { failure } => (
                failure.code.clone(),
                format!("`{}` is left out: {}", image.destination_name(), failure.message),
                failure.hint.clone(),
            ),
            Action::Conflict { existing } => (
                "tag-immutable".to_owned(),
                format!(
                    "`{}` is left out: the tag is immutable and points at {}.",
                    image.destination_name(),
                    existing.short()
                ),
                "Delete the tag there first if the image has to be replaced.".to_owned(),
            ),
            _ => continue,
        };
        let TagOrDigest::Digest(digest) = &image.reference else { continue };
        found.insert((image.destination.clone(), digest.clone(), image.tag.clone()));
        named += 1;
        if named <= MOST_NAMED {
            draft.warning(&code, text, Some(&hint));
        }
    }
    if named > MOST_NAMED {
        let text = format!("{} more are left out.", counted(named - MOST_NAMED, "image"));
        draft.warning("images-left-out", text, None);
    }
    found
}

/// Creates a repository as it is in the first registry.
async fn create(
    source: &Connection,
    context: &Context,
    name: &RepositoryName,
    there: &str,
    draft: &mut Draft,
) -> Result<usize, ApiError> {
    let found = complete_of(&source.client, name).await.map_err(|error| error.of(Side::Source))?;
    let Some((complete, has_own_key)) = found else {
        let text = format!("`{name}` no longer exists in the first registry.");
        return Err(ApiError::new("repository-not-found", Side::Source, text).hint("Plan again."));
    };
    if has_own_key {
        let text = format!(
            "`{name}` in {there} gets AWS's own KMS key, because its key belongs to another Region or account."
        );
        let hint = "Create the repository with a key of its own first if it needs one.";
        draft.warning("encryption-key-default", text, Some(hint));
    }
    Ok(repositories::rows(context, there, complete, draft))
}

/// `web:1.4, latest`, or `web@sha256:…` without a tag.
fn named(repository: &RepositoryName, digest: &Digest, tags: &[CopyTag]) -> String {
    match tags {
        [] => format!("{repository}@{}", digest.short()),
        [first, rest @ ..] => {
            let more: String = rest.iter().take(4).map(|known| format!(", {}", known.tag)).collect();
            let dots = if rest.len() > 4 { ", …" } else { "" };
            format!("{repository}:{}{more}{dots}", first.tag)
        }
    }
}
