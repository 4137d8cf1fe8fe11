//! Lists of tags and of repositories.

use std::{collections::HashSet, hash::Hash, str::FromStr};

use longshore_names::{NameError, RepositoryName, Tag, shown};
use reqwest::{StatusCode, header::HeaderMap};
use serde::Deserialize;
use url::Url;

use crate::{
    Error, HttpRegistry, RegistryErrorKind, RepositoryState,
    client::exchange::Outcome,
    client::pages::{MAX_PAGE_BYTES, PAGE, Pages, page},
    net::answer::About,
    net::refusal::Refusal,
};

/// Ten times the largest quota of a hosted registry, for tags in a repository and for repositories.
const MAX_NAMES: usize = 1_000_000;

/// Page sizes to request, one after the other until the registry accepts one. In the end it
/// decides.
const PAGES: [Option<&str>; 3] = [Some(PAGE), Some("100"), None];
/// How many invalid names are reported.
const MOST_TOLD: usize = 5;

#[derive(Deserialize)]
struct Names {
    #[serde(alias = "repositories", default)]
    tags: Option<Vec<Option<String>>>,
}

impl HttpRegistry {
    pub(crate) async fn list_tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, Error> {
        let about = About::new(&self.host.name, repository.as_str(), "list of tags");
        let url = self.host.url(repository, "tags/list");
        self.names(url, &self.host.pull_scope(repository), about).await?.map_err(|refusal| {
            match refusal.status {
                // The list belongs to the repository: if the list is missing, so is the repository.
                StatusCode::NOT_FOUND => {
                    RegistryErrorKind::RepositoryNotFound { repository: repository.to_string() }
                        .at(self.host.name.clone())
                }
                _ => refusal.into_error(about),
            }
        })
    }

    /// One tag is enough to know that a repository has some.
    pub(crate) async fn first_page(&self, repository: &RepositoryName) -> Result<RepositoryState, Error> {
        let about = About::new(&self.host.name, repository.as_str(), "list of tags");
        let mut url = self.host.url(repository, "tags/list");
        url.query_pairs_mut().append_pair("n", "1");
        match self.host.exchange(page(url, HeaderMap::new(), self.host.pull_scope(repository), about)).await?
        {
            Outcome::Done(response) => {
                let body = self.host.document(response, about.what, MAX_PAGE_BYTES).await?;
                let page: Names = serde_json::from_slice(&body)
                    .map_err(|e| about.protocol(format!("the list of tags: {e}")))?;
                let filled = page.tags.is_some_and(|tags| !tags.is_empty());
                Ok(if filled { RepositoryState::Filled } else { RepositoryState::Empty })
            }
            Outcome::Refused(refusal) if refusal.status == StatusCode::NOT_FOUND => {
                Ok(RepositoryState::Absent)
            }
            // A refused list says nothing: each tag will be looked up, which does.
            Outcome::Refused(refusal) if matches!(refusal.status.as_u16(), 400 | 401 | 403 | 405 | 422) => {
                Ok(RepositoryState::Filled)
            }
            Outcome::Refused(refusal) => Err(refusal.into_error(about)),
        }
    }

    pub(crate) async fn list_repositories(&self) -> Result<Vec<RepositoryName>, Error> {
        let about = About::new(&self.host.name, "", "list of repositories");
        let mut url = self.host.base.clone();
        url.set_path(&format!("{}/v2/_catalog", self.host.base.path().trim_end_matches('/')));
        self.names(url, "registry:catalog:*", about).await?.map_err(|refusal| match refusal.status.as_u16() {
            // Public registries refuse this list to everyone.
            401 | 403 | 404 | 405 => RegistryErrorKind::Unsupported {
                message: format!("it does not list its repositories ({})", refusal.message),
            }
            .at(self.host.name.clone()),
            _ => refusal.into_error(about),
        })
    }

    /// All pages of a list of names, each name once. Invalid names are left out and reported.
    async fn names<T>(
        &self,
        first: Url,
        scope: &str,
        about: About<'_>,
    ) -> Result<Result<Vec<T>, Refusal>, Error>
    where
        T: FromStr<Err = NameError> + Clone + Eq + Hash,
    {
        let mut sizes = PAGES.iter().peekable();
        loop {
            let mut url = first.clone();
            if let Some(Some(size)) = sizes.next() {
                url.query_pairs_mut().append_pair("n", size);
            }
            match self.pages_of(url, scope, about).await? {
                Err(refusal) if of_the_page_size(&refusal) && sizes.peek().is_some() => {
                    tracing::debug!(registry = %self.host.name, said = %refusal.message, "smaller pages");
                }
                done => return Ok(done),
            }
        }
    }

    async fn pages_of<T>(
        &self,
        first: Url,
        scope: &str,
        about: About<'_>,
    ) -> Result<Result<Vec<T>, Refusal>, Error>
    where
        T: FromStr<Err = NameError> + Clone + Eq + Hash,
    {
        let mut pages = Pages::new(first);
        let mut names = Vec::new();
        let mut seen = HashSet::new();
        let mut others: Vec<String> = Vec::new();
        while let Some(url) = pages.next(about)? {
            let request = page(url.clone(), HeaderMap::new(), scope.to_owned(), about);
            let response = match self.host.exchange(request).await? {
                Outcome::Done(response) => response,
                Outcome::Refused(refusal) => return Ok(Err(refusal)),
            };
            pages.follow(self, &url, &response, about)?;
            let body = self.host.document(response, about.what, MAX_PAGE_BYTES).await?;
            let wrong = |error: String| about.protocol(format!("the {}: {error}", about.what));
            let page: Names = serde_json::from_slice(&body).map_err(|error| wrong(error.to_string()))?;
            for text in page.tags.unwrap_or_default().into_iter().flatten() {
                match text.parse::<T>() {
                    Ok(name) => names.extend(seen.insert(name.clone()).then_some(name)),
                    Err(_) => others.push(text),
                }
            }
            if names.len() + others.len() > MAX_NAMES {
                return Err(about.protocol(format!("more than {MAX_NAMES} names in the {}", about.what)));
            }
        }
        if !others.is_empty() {
            self.host.remark(left_out(about, &others));
        }
        Ok(Ok(names))
    }
}

/// Whether a list is refused because of its page size: registries report this in several ways.
fn of_the_page_size(refusal: &Refusal) -> bool {
    matches!(refusal.status.as_u16(), 400 | 416 | 422)
        || refusal.has("PAGINATION_NUMBER_INVALID")
        || (refusal.status.as_u16() == 405 && refusal.has("UNSUPPORTED"))
}

fn left_out(about: About<'_>, others: &[String]) -> String {
    let mut shown: Vec<String> =
        others.iter().take(MOST_TOLD).map(|name| format!("`{}`", shown(name, 200))).collect();
    if others.len() > MOST_TOLD {
        shown.push(format!("{} more", others.len() - MOST_TOLD));
    }
    let (names, are) = if others.len() == 1 { ("name", "is") } else { ("names", "are") };
    let of = if about.repository.is_empty() { String::new() } else { format!(" of `{}`", about.repository) };
    format!(
        "{}: the {}{of} has {names} that {are} not valid and left out: {}",
        about.registry,
        about.what,
        shown.join(", ")
    )
}
