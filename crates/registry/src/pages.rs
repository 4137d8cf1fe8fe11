//! Lists that come page by page (distribution specification, "Listing Tags").

use std::collections::HashSet;

use reqwest::{
    Method, Response,
    header::{HeaderMap, LINK},
};
use url::Url;

use crate::{
    Error, HttpRegistry,
    answer::About,
    exchange::{Lane, Request},
};

/// Entries asked for at once; ECR refuses more.
pub(crate) const PAGE: &str = "1000";
/// A registry that knows no pages sends everything at once.
pub(crate) const MAX_PAGE_BYTES: usize = 64 * 1024 * 1024;
const MAX_PAGES: usize = 20_000;

/// The request for a page.
pub(crate) fn page(url: Url, headers: HeaderMap, scope: String, about: About<'_>) -> Request<'_> {
    let (method, scopes, lane) = (Method::GET, vec![scope], Lane::Read);
    Request {
        method,
        url,
        headers,
        body: None,
        scopes,
        about,
        follow: true,
        lane,
        whole: Some(MAX_PAGE_BYTES),
    }
}

/// Walks `Link: <…>; rel="next"`, never twice to the same page and never to another host.
pub(crate) struct Pages {
    next: Option<Url>,
    been: HashSet<String>,
}

impl Pages {
    pub(crate) fn new(first: Url) -> Self {
        Self { next: Some(first), been: HashSet::new() }
    }

    pub(crate) fn next(&mut self, about: About<'_>) -> Result<Option<Url>, Error> {
        let Some(url) = self.next.take() else { return Ok(None) };
        if !self.been.insert(url.to_string()) {
            return Err(about.protocol("its pages go round in a circle"));
        }
        if self.been.len() > MAX_PAGES {
            return Err(about.protocol(format!("more than {MAX_PAGES} pages")));
        }
        Ok(Some(url))
    }

    pub(crate) fn follow(
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
