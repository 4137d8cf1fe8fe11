//! Pages of a list: `maxResults` and tokens that only fit the request they came from.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::access::token::SigningKey;
use crate::control::{
    wire::error::{ApiError, ApiResult},
    wire::members::Members,
};

/// Results on a page when the caller does not say (API model).
const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;
const PURPOSE: &str = "page-token";
/// Hexadecimal SHA-256.
const SIGNATURE: usize = 64;

/// One request for a page.
#[derive(Debug)]
pub(in crate::control) struct Page {
    /// Where the last page ended; results begin after it.
    pub(in crate::control) after: Option<String>,
    /// How many results fit.
    pub(in crate::control) size: usize,
    binding: [u8; 32],
    key: SigningKey,
}

impl Page {
    /// Reads `nextToken` and `maxResults`. `request` is everything else that makes up the request;
    /// a token of another request is refused.
    pub(in crate::control) fn read(
        input: &Members<'_>,
        key: &SigningKey,
        request: &[&str],
    ) -> ApiResult<Self> {
        Self::read_sized(input, key, request, DEFAULT_PAGE, LARGEST_PAGE)
    }

    /// As [`Page::read`], for an operation with a default and a largest size of its own.
    pub(in crate::control) fn read_sized(
        input: &Members<'_>,
        key: &SigningKey,
        request: &[&str],
        default: usize,
        largest: usize,
    ) -> ApiResult<Self> {
        let size = match input.number("maxResults")? {
            None => default,
            Some(n) if n < 1 => {
                return Err(ApiError::parameter("maxResults", "must be greater than or equal to 1"));
            }
            Some(n) => usize::try_from(n).ok().filter(|n| *n <= largest).ok_or_else(|| {
                ApiError::parameter("maxResults", format_args!("must be less than or equal to {largest}"))
            })?,
        };
        let mut hash = Sha256::new();
        for part in request {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let mut page = Self { after: None, size, binding: hash.finalize().into(), key: key.clone() };
        if let Some(token) = input.text("nextToken")? {
            page.after =
                Some(page.open(token).ok_or_else(|| ApiError::parameter("nextToken", "Invalid token"))?);
        }
        Ok(page)
    }

    /// Cuts one page out of `all`, which is in the order of `key`, and returns the token of the
    /// next.
    pub(in crate::control) fn cut<T>(
        &self,
        all: Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> (Vec<T>, Option<String>) {
        let start = match &self.after {
            Some(after) => all.partition_point(|item| key(item) <= *after),
            None => 0,
        };
        let more = all.len() > start + self.size;
        let page: Vec<T> = all.into_iter().skip(start).take(self.size).collect();
        let token = page.last().filter(|_| more).map(|last| self.seal(&key(last)));
        (page, token)
    }

    fn seal(&self, after: &str) -> String {
        let mut token = self.key.sign(PURPOSE, &self.message(after));
        token.push_str(after);
        URL_SAFE_NO_PAD.encode(token)
    }

    fn open(&self, token: &str) -> Option<String> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (signature, after) = text.split_at_checked(SIGNATURE)?;
        self.key.verify(PURPOSE, &self.message(after), signature).then(|| after.to_owned())
    }

    fn message(&self, after: &str) -> Vec<u8> {
        let mut message = self.binding.to_vec();
        message.extend_from_slice(after.as_bytes());
        message
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn page(input: serde_json::Value, request: &[&str]) -> ApiResult<Page> {
        Page::read(&Members::root(input.as_object().unwrap()), &SigningKey::new(vec![1; 32]), request)
    }

    #[test]
    fn pages_join_up_to_the_whole_list() {
        let all: Vec<String> = (0..7).map(|n| format!("r{n}")).collect();
        let (mut seen, mut token) = (Vec::new(), None);
        loop {
            let page = page(json!({"maxResults": 3, "nextToken": token}), &["list"]).unwrap();
            let (part, next) = page.cut(all.clone(), String::clone);
            assert!(part.len() <= 3);
            seen.extend(part);
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_token_of_another_request_or_a_changed_one_is_refused() {
        let all: Vec<String> = (0..3).map(|n| n.to_string()).collect();
        let (_, token) = page(json!({"maxResults": 1}), &["a", "b"]).unwrap().cut(all, String::clone);
        let token = token.unwrap();
        assert!(page(json!({"nextToken": token}), &["a", "b"]).is_ok());
        assert!(page(json!({"nextToken": token}), &["ab", ""]).is_err());
        assert!(page(json!({"nextToken": format!("A{token}")}), &["a", "b"]).is_err());
        assert!(page(json!({"nextToken": ""}), &["a", "b"]).is_err());
    }

    #[test]
    fn the_size_is_1_to_1000() {
        assert_eq!(page(json!({}), &[]).unwrap().size, 100);
        assert!(page(json!({"maxResults": 1000}), &[]).is_ok());
        for wrong in [0, 1001, -5] {
            assert_eq!(
                page(json!({"maxResults": wrong}), &[]).unwrap_err().code,
                "InvalidParameterException"
            );
        }
    }
}
