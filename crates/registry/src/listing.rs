//! Lists: tags and referrers, page by page.

use std::collections::HashSet;

use longshore_names::{Digest, RepositoryName, Tag};
use reqwest::{
    Method, Response, StatusCode,
    header::{ACCEPT, HeaderMap, HeaderValue, LINK},
};
use serde::Deserialize;
use url::Url;

use crate::{
    Descriptor, Error, HttpRegistry, MAX_MANIFEST_BYTES, ManifestKind, ManifestView, RepositoryState,
    TagOrDigest,
    answer::About,
    client::pull_scope,
    host::{Outcome, Request},
    media_types,
    profile::Ability,
};

/// Tags asked for at once; ECR refuses more.
const PAGE: &str = "1000";
/// A registry that knows no pages sends everything at once.
const MAX_PAGE_BYTES: usize = 64 * 1024 * 1024;
/// Ten times what ECR allows in a repository.
const MAX_TAGS: usize = 1_000_000;
const MAX_PAGES: usize = 20_000;
const MAX_REFERRERS: usize = 10_000;

#[derive(Deserialize)]
struct TagList {
    #[serde(default)]
    tags: Option<Vec<String>>,
}

impl HttpRegistry {
    fn list_request<'a>(
        &self,
        url: Url,
        headers: HeaderMap,
        repository: &RepositoryName,
        about: About<'a>,
    ) -> Request<'a> {
        let scopes = vec![pull_scope(repository)];
        Request { method: Method::GET, url, headers, body: None, scopes, about, follow: true }
    }

    pub(crate) async fn list_tags(&self, repository: &RepositoryName) -> Result<Vec<Tag>, Error> {
        let about = About::new(&self.host.name, repository.as_str(), "list of tags");
        let mut url = self.host.url(repository.as_str(), "tags/list");
        url.query_pairs_mut().append_pair("n", PAGE);
        let mut pages = Pages::new(url);
        let mut tags = Vec::new();
        let mut seen = HashSet::new();
        while let Some(url) = pages.next(about)? {
            let request = self.list_request(url.clone(), HeaderMap::new(), repository, about);
            let response = match self.host.exchange(request).await? {
                Outcome::Done(response) => response,
                // The list belongs to the repository: if it is not there, neither is that.
                Outcome::Refused(refusal) if refusal.status == StatusCode::NOT_FOUND => {
                    let (registry, repository) = (self.host.name.clone(), repository.to_string());
                    return Err(Error::RepositoryNotFound { registry, repository });
                }
                Outcome::Refused(refusal) => return Err(refusal.into_error(about)),
            };
            pages.follow(self, &url, &response, about)?;
            let body = self.host.document(response, about.what, MAX_PAGE_BYTES).await?;
            let page: TagList = serde_json::from_slice(&body)
                .map_err(|e| about.protocol(format!("the list of tags: {e}")))?;
            for text in page.tags.unwrap_or_default() {
                let tag: Tag = text.parse().map_err(|e| about.protocol(format!("the list of tags: {e}")))?;
                if seen.insert(tag.clone()) {
                    tags.push(tag);
                }
            }
            if tags.len() > MAX_TAGS {
                return Err(about.protocol(format!("more than {MAX_TAGS} tags")));
            }
        }
        Ok(tags)
    }

    /// One tag is enough to know that a repository has some.
    pub(crate) async fn first_page(&self, repository: &RepositoryName) -> Result<RepositoryState, Error> {
        let about = About::new(&self.host.name, repository.as_str(), "list of tags");
        let mut url = self.host.url(repository.as_str(), "tags/list");
        url.query_pairs_mut().append_pair("n", "1");
        match self.host.exchange(self.list_request(url, HeaderMap::new(), repository, about)).await? {
            Outcome::Done(response) => {
                let body = self.host.document(response, about.what, MAX_PAGE_BYTES).await?;
                let page: TagList = serde_json::from_slice(&body)
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

    pub(crate) async fn list_referrers(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, Error> {
        if self.host.learnt.referrers.get() != Ability::No
            && let Some(found) = self.referrers_api(repository, subject).await?
        {
            return Ok(found);
        }
        self.referrers_tag(repository, subject).await
    }

    /// `None` when the registry does not know the API.
    async fn referrers_api(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Option<Vec<Descriptor>>, Error> {
        let what = format!("referrers of {subject}");
        let about = About::new(&self.host.name, repository.as_str(), &what);
        let mut pages = Pages::new(self.host.url(repository.as_str(), &format!("referrers/{subject}")));
        let mut found = Vec::new();
        while let Some(url) = pages.next(about)? {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(media_types::OCI_INDEX));
            let request = self.list_request(url.clone(), headers, repository, about);
            let response = match self.host.exchange(request).await? {
                Outcome::Done(response) => response,
                Outcome::Refused(refusal) if matches!(refusal.status.as_u16(), 400 | 404 | 405) => {
                    // An unknown repository says nothing about the API.
                    if refusal.code.is_empty() || refusal.code == "UNSUPPORTED" {
                        self.host.learnt.referrers.set(false);
                    }
                    return Ok(None);
                }
                Outcome::Refused(refusal) => return Err(refusal.into_error(about)),
            };
            pages.follow(self, &url, &response, about)?;
            let body = self.host.document(response, about.what, MAX_MANIFEST_BYTES).await?;
            found.extend(children(&body, about)?);
            if found.len() > MAX_REFERRERS {
                return Err(about.protocol(format!("more than {MAX_REFERRERS} referrers")));
            }
        }
        self.host.learnt.referrers.set(true);
        Ok(Some(found))
    }

    /// The older way: an index under the tag `sha256-<hex>` (distribution specification 1.1,
    /// "Referrers Tag Schema").
    async fn referrers_tag(
        &self,
        repository: &RepositoryName,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>, Error> {
        let about = About::new(&self.host.name, repository.as_str(), "index of referrers");
        let tag = format!("{}-{}", subject.algorithm().as_str(), subject.hex());
        let tag: Tag = tag.parse().map_err(|e| about.protocol(format!("{e}")))?;
        let Some(index) = self.resolve_manifest(repository, &TagOrDigest::Tag(tag)).await? else {
            return Ok(Vec::new());
        };
        // Some tools put other things under such tags; they are no list of referrers.
        if !media_types::is_index(&index.media_type) {
            return Ok(Vec::new());
        }
        let manifest = self.get_manifest(repository, &index.digest).await?;
        children(&manifest.bytes, about)
    }
}

fn children(bytes: &[u8], about: About<'_>) -> Result<Vec<Descriptor>, Error> {
    let view = ManifestView::parse(media_types::OCI_INDEX, bytes)
        .map_err(|error| about.protocol(format!("{}: {error}", about.what)))?;
    match view.kind {
        ManifestKind::Index { children } => Ok(children.into_iter().map(|child| child.descriptor).collect()),
        ManifestKind::Image { .. } => Err(about.protocol(format!("{} is no index", about.what))),
    }
}

/// Walks `Link: <…>; rel="next"`, never twice to the same page and never to another host.
struct Pages {
    next: Option<Url>,
    been: HashSet<String>,
}

impl Pages {
    fn new(first: Url) -> Self {
        Self { next: Some(first), been: HashSet::new() }
    }

    fn next(&mut self, about: About<'_>) -> Result<Option<Url>, Error> {
        let Some(url) = self.next.take() else { return Ok(None) };
        if !self.been.insert(url.to_string()) {
            return Err(about.protocol("its pages go round in a circle"));
        }
        if self.been.len() > MAX_PAGES {
            return Err(about.protocol(format!("more than {MAX_PAGES} pages")));
        }
        Ok(Some(url))
    }

    fn follow(
        &mut self,
        registry: &HttpRegistry,
        from: &Url,
        response: &Response,
        about: About<'_>,
    ) -> Result<(), Error> {
        for value in response.headers().get_all(LINK) {
            let Some(target) = value.to_str().ok().and_then(next_of) else { continue };
            let url = registry.host.location(from, target, about)?;
            if !registry.host.is_own(&url) {
                return Err(about.protocol("its next page is at another host"));
            }
            self.next = Some(url);
            break;
        }
        Ok(())
    }
}

/// The target of a link whose relation is `next` (RFC 8288).
fn next_of(text: &str) -> Option<&str> {
    let (target, parameters) = text.trim().strip_prefix('<')?.split_once('>')?;
    let next = parameters.split([';', ',']).any(|parameter| {
        let Some((name, value)) = parameter.split_once('=') else { return false };
        name.trim().eq_ignore_ascii_case("rel") && value.trim().trim_matches('"').eq_ignore_ascii_case("next")
    });
    next.then_some(target)
}

#[cfg(test)]
mod tests {
    use super::next_of;

    #[test]
    fn links_are_read() {
        assert_eq!(
            next_of(r#"</v2/a/tags/list?last=b&n=1>; rel="next""#),
            Some("/v2/a/tags/list?last=b&n=1")
        );
        assert_eq!(next_of("<x>;rel=next"), Some("x"));
        for other in [r#"<x>; rel="prev""#, "x; rel=next", "<x", ""] {
            assert_eq!(next_of(other), None, "{other}");
        }
    }
}
