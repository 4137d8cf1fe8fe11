//! Lists of tags and of repositories.

use std::{collections::HashSet, hash::Hash, str::FromStr};

use longshore_names::{NameError, RepositoryName, Tag};
use reqwest::{StatusCode, header::HeaderMap};
use serde::Deserialize;
use url::Url;

use crate::{
    Error, HttpRegistry, RepositoryState,
    answer::{About, Refusal},
    client::pull_scope,
    exchange::Outcome,
    pages::{MAX_PAGE_BYTES, PAGE, Pages, page},
};

/// Ten times what ECR allows of tags in a repository and of repositories in a registry.
const MAX_NAMES: usize = 1_000_000;

#[derive(Deserialize)]
struct Names {
    #[serde(alias = "repositories", default)]
    tags: Option<Vec<String>>,
}

impl HttpRegistry {
    pub(crate) async fn list_tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, Error> {
        let about = About::new(&self.host.name, repository.as_str(), "list of tags");
        let url = self.host.url(repository.as_str(), "tags/list");
        self.names(url, &pull_scope(repository), about).await?.map_err(|refusal| match refusal.status {
            // The list belongs to the repository: if it is not there, neither is that.
            StatusCode::NOT_FOUND => Error::RepositoryNotFound {
                registry: self.host.name.clone(),
                repository: repository.to_string(),
            },
            _ => refusal.into_error(about),
        })
    }

    /// One tag is enough to know that a repository has some.
    pub(crate) async fn first_page(&self, repository: &RepositoryName) -> Result<RepositoryState, Error> {
        let about = About::new(&self.host.name, repository.as_str(), "list of tags");
        let mut url = self.host.url(repository.as_str(), "tags/list");
        url.query_pairs_mut().append_pair("n", "1");
        match self.host.exchange(page(url, HeaderMap::new(), pull_scope(repository), about)).await? {
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
            Outcome::Refused(refusal) => Err(refusal.into_error(about)),
        }
    }

    pub(crate) async fn list_repositories(&self) -> Result<Vec<RepositoryName>, Error> {
        let about = About::new(&self.host.name, "", "list of repositories");
        let mut url = self.host.base.clone();
        url.set_path(&format!("{}/v2/_catalog", self.host.base.path().trim_end_matches('/')));
        self.names(url, "registry:catalog:*", about).await?.map_err(|refusal| match refusal.status.as_u16() {
            // Public registries give this list to nobody.
            401 | 403 | 404 | 405 => Error::Unsupported {
                registry: self.host.name.clone(),
                message: format!("it gives no list of its repositories ({})", refusal.message),
            },
            _ => refusal.into_error(about),
        })
    }

    /// All pages of a list of names, each name once.
    async fn names<T>(
        &self,
        mut first: Url,
        scope: &str,
        about: About<'_>,
    ) -> Result<Result<Vec<T>, Refusal>, Error>
    where
        T: FromStr<Err = NameError> + Clone + Eq + Hash,
    {
        first.query_pairs_mut().append_pair("n", PAGE);
        let mut pages = Pages::new(first);
        let mut names = Vec::new();
        let mut seen = HashSet::new();
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
            for text in page.tags.unwrap_or_default() {
                let name: T = text.parse().map_err(|error: NameError| wrong(error.to_string()))?;
                if seen.insert(name.clone()) {
                    names.push(name);
                }
            }
            if names.len() > MAX_NAMES {
                return Err(about.protocol(format!("more than {MAX_NAMES} names in the {}", about.what)));
            }
        }
        Ok(Ok(names))
    }
}
