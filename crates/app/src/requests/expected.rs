//! Which of the expected images a registry lacks. A file says what is expected, so access to this one
//! registry is enough.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use longshore_ecr::{EcrClient, EcrError, EcrErrorKind, ImageDetail, ImageScope, Repository};
use longshore_names::{Prefix, RepositoryName, Tag, shown};
use longshore_policy::{
    expected::{self, ExpectedError, ExpectedImage, Found, MAX_IMAGES, PresentImage},
    request::{Request, RequestFile, StatedRepositories},
};

use crate::{
    App,
    api::{
        ApiError, CheckExpected, Expected, ExpectedRepositories, ExpectedRow, ExpectedSource, ExpectedState,
        RegistryKey, Side, WriteExpected, WrittenExpected,
    },
    errors::name_error,
};

/// Repositories that are read at the same time.
const AT_ONCE: usize = 4;
/// The most names of repositories that are shown for one statement of a request.
const MOST_NAMES: usize = 20;
/// The longest note of a list that is shown, in characters.
const LONGEST_NOTE: usize = 500;

/// What a repository has; `None` when it does not exist.
type Present = Result<Option<Vec<PresentImage>>, ApiError>;

impl From<ExpectedError> for ApiError {
    fn from(error: ExpectedError) -> Self {
        let text = longshore_names::capital(&format!("{error}."));
        ApiError::input("expected-list", "text", text)
    }
}

impl App {
    /// Which expected images a registry has, asked now. The text is a list of images, or a request, which
    /// states repositories. Nothing counts as a pull.
    ///
    /// # Errors
    /// `expected-list` when a line names no image; `request-…` when a request was changed; `expected-elsewhere`
    /// when a request is for another registry; when the registry cannot be asked. A repository that cannot be
    /// read is part of the answer.
    pub async fn check_expected(&self, check: CheckExpected) -> Result<Expected, ApiError> {
        let client = self.connection(&check.registry).await?.client;
        if check.text.trim_start().starts_with('{') {
            return self.of_request(&check.registry, &client, &Request::read(&check.text)?).await;
        }
        let list = expected::parse(&check.text)?;
        let there = client.repositories().await?;
        let mut wanted: BTreeMap<&RepositoryName, Option<&Repository>> = BTreeMap::new();
        for image in &list {
            let is_it = |known: &&Repository| known.name == image.repository;
            wanted.entry(&image.repository).or_insert_with(|| there.iter().find(is_it));
        }
        let asked = wanted.into_iter().map(|(name, found)| {
            let client = client.clone();
            async move {
                let present = match found {
                    Some(_) => present(&client, name).await,
                    None => Ok(None),
                };
                (name, (present, found.map(|known| known.uri.as_str())))
            }
        });
        let asked: Vec<_> = asked.collect();
        let known: BTreeMap<&RepositoryName, (Present, Option<&str>)> =
            stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
        let unread: (Present, Option<&str>) = (Ok(None), None);
        let images = list.iter().map(|image| {
            let (present, uri) = known.get(&image.repository).unwrap_or(&unread);
            row(image, present, *uri)
        });
        Ok(Expected {
            registry: check.registry.clone(),
            source: ExpectedSource::List { note: note(&check.text) },
            images: images.collect(),
            repositories: Vec::new(),
            at: self.now(),
        })
    }

    /// What a request states: repositories, and no images.
    async fn of_request(
        &self,
        registry: &RegistryKey,
        client: &EcrClient,
        file: &RequestFile,
    ) -> Result<Expected, ApiError> {
        let request = &file.request;
        if request.registry != registry.id() {
            let text = format!("This request is for {}, not for {}.", request.registry, registry.id());
            return Err(ApiError::new("expected-elsewhere", Side::Input, text));
        }
        let there = client.repositories().await?;
        let stated = request.wants.iter().flat_map(|want| want.repositories(&request.registry));
        let repositories = stated.map(|stated| {
            let mut found: Vec<String> = there
                .iter()
                .filter(|known| stated.include(&known.name))
                .map(|known| known.name.to_string())
                .collect();
            found.sort_unstable();
            let more = u32::try_from(found.len().saturating_sub(MOST_NAMES)).unwrap_or(u32::MAX);
            found.truncate(MOST_NAMES);
            ExpectedRepositories { names: in_words(&stated), found, more }
        });
        Ok(Expected {
            registry: registry.clone(),
            source: ExpectedSource::Request {
                id: request.id.to_string(),
                account: request.by.account.to_string(),
                created: request.created,
                reason: request.reason.clone(),
            },
            images: Vec::new(),
            repositories: repositories.collect(),
            at: self.now(),
        })
    }

    /// A list of a registry's tagged images, to be checked against another registry. It contains no secrets,
    /// and says where it was read.
    ///
    /// # Errors
    /// At the field that is wrong; `expected-none` when no image is selected; when the registry cannot be asked.
    pub async fn write_expected(&self, request: WriteExpected) -> Result<WrittenExpected, ApiError> {
        let mut prefixes = Vec::new();
        for (index, prefix) in request.prefixes.iter().enumerate() {
            let field = format!("prefixes[{index}]");
            prefixes.push(Prefix::for_input(prefix).map_err(name_error(field.as_str()))?);
        }
        let newest = request.newest.clamp(1, MAX_IMAGES as u32) as usize;
        let client = self.connection(&request.registry).await?.client;
        let takes = |name: &RepositoryName| {
            prefixes.is_empty() || prefixes.iter().any(|prefix| name.as_str().starts_with(prefix.as_str()))
        };
        let mut names: Vec<RepositoryName> =
            client.repositories().await?.into_iter().map(|known| known.name).filter(takes).collect();
        names.sort_unstable();
        let asked: Vec<_> = names.iter().map(|name| tagged(client.clone(), name, newest)).collect();
        let mut lines: Vec<String> = Vec::new();
        for of_one in stream::iter(asked).buffered(AT_ONCE).collect::<Vec<_>>().await {
            lines.extend(of_one?);
        }
        let left_out = u32::try_from(lines.len().saturating_sub(MAX_IMAGES)).unwrap_or(u32::MAX);
        lines.truncate(MAX_IMAGES);
        if lines.is_empty() {
            let text = "No tagged image is selected.";
            return Err(ApiError::new("expected-none", Side::Source, text));
        }
        let images = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        let RegistryKey { account, region, .. } = &request.registry;
        let text = format!(
            "# Images of {account}/{region}, read {}\n{}\n",
            self.now().format("%Y-%m-%d %H:%M UTC"),
            lines.join("\n")
        );
        Ok(WrittenExpected { registry: request.registry, text, images, left_out })
    }
}

/// The newest tags of a repository as lines of a list.
async fn tagged(client: EcrClient, name: &RepositoryName, newest: usize) -> Result<Vec<String>, ApiError> {
    let mut images: Vec<ImageDetail> = match client.images(name, ImageScope::Tagged).await {
        Ok(images) => images,
        // It was deleted in the meantime.
        Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    images.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
    let lines = images.iter().flat_map(|image| {
        let mut tags: Vec<&Tag> = image.tags.iter().collect();
        tags.sort_unstable();
        tags.into_iter().map(|tag| expected::line(name, Some(tag), &image.digest))
    });
    Ok(lines.take(newest).collect())
}

async fn present(client: &EcrClient, name: &RepositoryName) -> Present {
    match client.images(name, ImageScope::Active).await {
        Ok(images) => {
            let images =
                images.into_iter().map(|image| PresentImage { digest: image.digest, tags: image.tags });
            Ok(Some(images.collect()))
        }
        Err(EcrError { kind: EcrErrorKind::RepositoryNotFound, .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn row(image: &ExpectedImage, present: &Present, uri: Option<&str>) -> ExpectedRow {
    let (state, found, problem) = match present {
        Err(error) => (ExpectedState::Unknown, None, Some(error.clone())),
        Ok(None) => (ExpectedState::NoRepository, None, None),
        Ok(Some(images)) => match image.found(images) {
            Found::Present(digest) => (ExpectedState::Present, Some(digest), None),
            Found::OtherImage(digest) => (ExpectedState::OtherImage, Some(digest), None),
            Found::Untagged => (ExpectedState::Untagged, image.digest.clone(), None),
            Found::Absent => (ExpectedState::Absent, None, None),
        },
    };
    // What a deployment would get is the image that was expected, so it is named by its digest.
    let line = match (state, uri, &found) {
        (ExpectedState::Present | ExpectedState::Untagged, Some(uri), Some(digest)) => {
            Some(format!("image: \"{uri}@{digest}\""))
        }
        _ => None,
    };
    ExpectedRow {
        line: image.line,
        repository: image.repository.to_string(),
        tag: image.tag.as_ref().map(ToString::to_string),
        digest: image.digest.as_ref().map(ToString::to_string),
        state,
        found: found.map(|digest| digest.to_string()),
        image: line,
        problem,
    }
}

fn in_words(stated: &StatedRepositories) -> String {
    match stated {
        StatedRepositories::Named(name) => name.to_string(),
        StatedRepositories::Beginning(prefix) => format!("{prefix}*"),
    }
}

/// What a list says of itself in the comments at its beginning.
fn note(text: &str) -> Option<String> {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let said = first.strip_prefix('#')?.trim();
    (!said.is_empty()).then(|| shown(said, LONGEST_NOTE))
}
