//! The canonical request and the string to sign of Signature Version 4.
//!
//! Source: IAM User Guide, "Create a signed AWS API request". Pure text in, text out.

use http::{HeaderMap, Method, Uri};
use sha2::{Digest as _, Sha256};

/// The lower-case hexadecimal SHA-256 of `bytes`.
pub(in crate::control) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The request, in the form that both sides hash.
pub(in crate::control) fn canonical_request(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    signed_headers: &[String],
    payload_hash: &str,
) -> String {
    let mut text = format!("{method}\n{}\n{}\n", canonical_path(uri.path()), canonical_query(uri.query()));
    for name in signed_headers {
        text.push_str(name);
        text.push(':');
        text.push_str(&header_value(headers, name));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&signed_headers.join(";"));
    text.push('\n');
    text.push_str(payload_hash);
    text
}

/// What is signed: algorithm, time, scope and the hash of the canonical request.
pub(in crate::control) fn string_to_sign(amz_date: &str, scope: &str, canonical_request: &str) -> String {
    format!("AWS4-HMAC-SHA256\n{amz_date}\n{scope}\n{}", sha256_hex(canonical_request.as_bytes()))
}

/// All values of one header, trimmed, inner blanks collapsed, joined by a comma.
fn header_value(headers: &HeaderMap, name: &str) -> String {
    let values: Vec<String> = headers
        .get_all(name)
        .iter()
        .map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
        })
        .collect();
    values.join(",")
}

/// Every service except S3 encodes the path a second time.
fn canonical_path(path: &str) -> String {
    if path.is_empty() {
        return "/".to_owned();
    }
    path.split('/').map(|segment| urlencoding::encode(segment).into_owned()).collect::<Vec<_>>().join("/")
}

/// Names and values decoded, encoded again in one way, and sorted.
fn canonical_query(query: Option<&str>) -> String {
    let mut pairs: Vec<(String, String)> = query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (recode(name), recode(value))
        })
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn recode(text: &str) -> String {
    let bytes = urlencoding::decode_binary(text.as_bytes());
    urlencoding::encode_binary(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the AWS General Reference (`ListUsers`, 2015-08-30).
    #[test]
    fn the_documented_example_has_the_documented_hash() {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/x-www-form-urlencoded; charset=utf-8".parse().unwrap());
        headers.insert("host", "iam.amazonaws.com".parse().unwrap());
        headers.insert("x-amz-date", "20150830T123600Z".parse().unwrap());
        let uri: Uri = "https://iam.amazonaws.com/?Version=2010-05-08&Action=ListUsers".parse().unwrap();
        let signed = ["content-type".to_owned(), "host".to_owned(), "x-amz-date".to_owned()];
        let text = canonical_request(&Method::GET, &uri, &headers, &signed, &sha256_hex(b""));
        assert_eq!(
            sha256_hex(text.as_bytes()),
            "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
        );
    }

    #[test]
    fn query_pairs_are_sorted_and_encoded_in_one_way() {
        assert_eq!(canonical_query(Some("b=2&a=x%20y&a=%2f&c")), "a=%2F&a=x%20y&b=2&c=");
    }

    #[test]
    fn header_values_lose_outer_and_doubled_blanks() {
        let mut headers = HeaderMap::new();
        headers.append("my-header", "  a   b ".parse().unwrap());
        headers.append("my-header", "c".parse().unwrap());
        assert_eq!(header_value(&headers, "my-header"), "a b,c");
    }
}
