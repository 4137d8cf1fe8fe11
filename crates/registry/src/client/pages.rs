//! Lists that come page by page (distribution specification, "Listing Tags").

use std::collections::HashSet;

use reqwest::{
    Method, Response,
    header::{HeaderMap, LINK},
};
use url::Url;

use crate::{
    Error, HttpRegistry,
    client::exchange::{Lane, Request},
    net::answer::About,
};

/// Entries asked for at once; some registries refuse more.
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
            return Err(about.protocol("its pages form a loop"));
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
            // A redirect on the way changes what a relative address means.
            let from = if registry.host.is_own(response.url()) { response.url() } else { from };
            let url = registry.host.location(from, &target, about)?;
            if !registry.host.is_own(&url) {
                return Err(about.protocol("its next page is at another host"));
            }
            self.next = Some(url);
            break;
        }
        Ok(())
    }
}

/// The target of the first link whose relations hold `next` (RFC 8288, section 3).
fn next_of(text: &str) -> Option<String> {
    let mut rest = text.trim();
    loop {
        let (target, after) = rest.trim_start_matches([',', ' ', '\t']).strip_prefix('<')?.split_once('>')?;
        let (parameters, others) = parameters(after);
        let is_next = |(name, value): &(String, String)| {
            let mut relations = value.split_ascii_whitespace();
            name.eq_ignore_ascii_case("rel")
                && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
        };
        // Only the first `rel` of a link counts.
        let relation = parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case("rel"));
        if relation.is_some_and(is_next) {
            return Some(target.trim().to_owned());
        }
        rest = others;
    }
}

/// The parameters of one link, and the links after it.
fn parameters(mut rest: &str) -> (Vec<(String, String)>, &str) {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start();
        let Some(after) = rest.strip_prefix(';') else { return (found, rest) };
        let end = after.find(['=', ';', ',']).unwrap_or(after.len());
        let name = after[..end].trim().to_owned();
        let Some(value) = after[end..].strip_prefix('=') else {
            found.push((name, String::new()));
            rest = &after[end..];
            continue;
        };
        let value = value.trim_start();
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => value.split_at(value.find([';', ',']).unwrap_or(value.len())),
        };
        found.push((name, value.trim().to_owned()));
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::next_of;

    #[test]
    fn the_next_page_is_found_in_every_form_of_a_link() {
        for (text, expected) in [
            (r#"</v2/a/tags/list?last=b&n=1>; rel="next""#, Some("/v2/a/tags/list?last=b&n=1")),
            ("<x>;rel=next", Some("x")),
            (r#"<first>; rel="first", <x>; rel="next""#, Some("x")),
            (r#"<x>; rel="next", <last>; rel="last""#, Some("x")),
            (r#"<x>; rel="prefetch next""#, Some("x")),
            (r#"<x>; title="a, b; rel=no"; REL="Next""#, Some("x")),
            (r#"<p>; rel="prev"; title="<q>", <x?a=1,2>; rel=next"#, Some("x?a=1,2")),
            (r#"<x>; rel="prev"; rel="next""#, None),
            (r#"<x>; rel="prev""#, None),
            (r#"<x>; rel="nextish""#, None),
            ("x; rel=next", None),
            ("<x", None),
            ("<x>", None),
            ("", None),
        ] {
            assert_eq!(next_of(text).as_deref(), expected, "{text}");
        }
    }
}
