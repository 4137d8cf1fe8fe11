//! Who is named in a certificate that is not trusted.
//!
//! The names are for people who look for the authority, so only their usual parts are read. Source:
//! RFC 5280, section 4.1.

use std::{fmt, sync::Arc};

use longshore_names::shown;
use rustls::{CertificateError, Error, OtherError};

/// A certificate that is signed by an authority that is not trusted.
#[derive(Debug)]
pub(crate) struct Untrusted {
    issuer: String,
    subject: String,
}

impl Untrusted {
    /// The same error, with the names in the certificate if they can be read.
    pub(super) fn named(error: Error, certificate: &[u8]) -> Error {
        // The signature is bad when another authority uses the name of a trusted one.
        match error {
            Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
                let Some((issuer, subject)) = names(certificate) else { return error };
                let named = OtherError(Arc::new(Self { issuer, subject }));
                Error::InvalidCertificate(CertificateError::Other(named))
            }
            error => error,
        }
    }

    /// The end of a sentence about the certificate.
    pub(crate) fn sentence(&self) -> String {
        format!("{self} (issuer {}, subject {})", self.issuer, self.subject)
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is signed by an authority that this machine does not trust")
    }
}

impl std::error::Error for Untrusted {}

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
/// The parts of a name that are shown, by their object identifiers.
const SHOWN: [(&[u8], &str); 3] = [(&[0x55, 4, 3], "CN"), (&[0x55, 4, 11], "OU"), (&[0x55, 4, 10], "O")];

/// The issuer and the subject of a certificate.
fn names(certificate: &[u8]) -> Option<(String, String)> {
    let mut signed = Fields(Fields(Fields(certificate).of(SEQUENCE)?).of(SEQUENCE)?);
    let (first, _) = signed.next()?;
    // The serial number, unless the version stands before it; then the algorithm.
    for _ in 0..if first == VERSION { 2 } else { 1 } {
        signed.next()?;
    }
    let issuer = signed.of(SEQUENCE)?;
    signed.of(SEQUENCE)?;
    Some((name(issuer), name(signed.of(SEQUENCE)?)))
}

/// `CN=Corp, O=Acme`, or `none`.
fn name(bytes: &[u8]) -> String {
    let mut parts: Vec<(usize, String)> = Vec::new();
    for (_, set) in Fields(bytes) {
        for (_, attribute) in Fields(set) {
            let mut attribute = Fields(attribute);
            let (Some((_, id)), Some((_, value))) = (attribute.next(), attribute.next()) else { continue };
            if let Some(at) = SHOWN.iter().position(|(known, _)| *known == id) {
                parts.push((at, format!("{}={}", SHOWN[at].1, shown(&String::from_utf8_lossy(value), 100))));
            }
        }
    }
    parts.sort();
    let parts: Vec<String> = parts.into_iter().map(|(_, part)| part).collect();
    if parts.is_empty() { "none".into() } else { shown(&parts.join(", "), 300) }
}

/// The fields of an ASN.1 structure in DER: each a tag and its content.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The next field, if it has this tag.
    fn of(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&tag, rest) = self.0.split_first()?;
        let (&length, rest) = rest.split_first()?;
        let (length, rest) = match length {
            0..=0x7f => (usize::from(length), rest),
            0x81..=0x83 => {
                let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
                (digits.iter().fold(0, |all, digit| all << 8 | usize::from(*digit)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(tag: u8, content: &[&[u8]]) -> Vec<u8> {
        let content = content.concat();
        let mut all = vec![tag, 0x82, (content.len() >> 8) as u8, content.len() as u8];
        all.extend(content);
        all
    }

    fn named(parts: &[(&[u8], &str)]) -> Vec<u8> {
        let sets: Vec<Vec<u8>> = parts
            .iter()
            .map(|(id, text)| {
                field(0x31, &[&field(SEQUENCE, &[&field(6, &[id]), &field(12, &[text.as_bytes()])])])
            })
            .collect();
        field(SEQUENCE, &sets.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    fn certificate(version: bool) -> Vec<u8> {
        let version = if version { field(VERSION, &[&field(2, &[&[2]])]) } else { Vec::new() };
        let (serial, algorithm) = (field(2, &[&[7]]), field(SEQUENCE, &[]));
        let issuer =
            named(&[(&[0x55, 4, 10], "Acme"), (&[0x55, 4, 6], "CH"), (&[0x55, 4, 3], "Corp\u{202e}")]);
        let (validity, subject) = (field(SEQUENCE, &[]), named(&[]));
        let signed = field(SEQUENCE, &[&version, &serial, &algorithm, &issuer, &validity, &subject]);
        field(SEQUENCE, &[&signed, &algorithm])
    }

    #[test]
    fn the_issuer_and_the_subject_are_read_and_nothing_hidden_is_shown() {
        for version in [true, false] {
            let (issuer, subject) = names(&certificate(version)).unwrap();
            assert!(issuer.starts_with("CN=Corp") && issuer.ends_with(", O=Acme"), "{issuer}");
            assert!(!issuer.contains('\u{202e}'), "{issuer}");
            assert_eq!(subject, "none");
        }
    }

    #[test]
    fn a_certificate_that_is_cut_off_has_no_names() {
        let whole = certificate(true);
        for end in 0..whole.len() {
            assert_eq!(names(&whole[..end]), None, "{end}");
        }
    }
}
