//! Counts requests from the bytes of a connection, in the same way for every tool.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The longest head of a request.
const HEAD: usize = 64 * 1024;

/// Follows what a client sends over one HTTP/1.1 connection and reports the method and path of each
/// request.
#[derive(Debug, Default)]
pub struct Follower {
    part: Part,
    /// The head or line that is not complete yet.
    text: Vec<u8>,
}

#[derive(Debug, Default)]
enum Part {
    #[default]
    Head,
    Body(u64),
    ChunkSize,
    Chunk(u64),
    Trailer,
    /// The bytes are not HTTP/1.1 that we understand.
    Lost,
}

impl Follower {
    /// Reads the next bytes and calls `seen` for each request whose head is complete.
    pub fn feed(&mut self, mut bytes: &[u8], mut seen: impl FnMut(&str, &str)) {
        while !bytes.is_empty() {
            bytes = match self.part {
                Part::Lost => return,
                Part::Body(left) => self.skip(bytes, left, Part::Body, Part::Head),
                Part::Chunk(left) => self.skip(bytes, left, Part::Chunk, Part::ChunkSize),
                Part::Head | Part::ChunkSize | Part::Trailer => self.line(bytes, &mut seen),
            };
        }
    }

    fn skip<'a>(&mut self, bytes: &'a [u8], left: u64, more: fn(u64) -> Part, then: Part) -> &'a [u8] {
        let size = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let left = left - size as u64;
        self.part = if left == 0 { then } else { more(left) };
        &bytes[size..]
    }

    fn line<'a>(&mut self, bytes: &'a [u8], seen: &mut impl FnMut(&str, &str)) -> &'a [u8] {
        let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
        self.text.extend_from_slice(&bytes[..end]);
        if self.text.len() > HEAD {
            self.part = Part::Lost;
        } else if self.text.ends_with(b"\n") {
            self.whole_line(seen);
        }
        &bytes[end..]
    }

    fn whole_line(&mut self, seen: &mut impl FnMut(&str, &str)) {
        match self.part {
            Part::Head if self.text.ends_with(b"\r\n\r\n") => {
                self.part = head(&String::from_utf8_lossy(&self.text), seen);
            }
            Part::ChunkSize => {
                let line = String::from_utf8_lossy(&self.text);
                let size = line.split(';').next().map(str::trim).unwrap_or_default();
                self.part = match u64::from_str_radix(size, 16) {
                    Ok(0) => Part::Trailer,
                    // The chunk and the line end after it.
                    Ok(size) => Part::Chunk(size.saturating_add(2)),
                    Err(_) => Part::Lost,
                };
            }
            Part::Trailer if self.text == b"\r\n" => self.part = Part::Head,
            Part::Trailer => {}
            _ => return,
        }
        self.text.clear();
    }
}

fn head(text: &str, seen: &mut impl FnMut(&str, &str)) -> Part {
    let mut lines = text.split("\r\n");
    let mut request = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(path), Some("HTTP/1.1")) = (request.next(), request.next(), request.next())
    else {
        return Part::Lost;
    };
    seen(method, path);
    let mut body = 0;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Part::ChunkSize;
        }
        if name.eq_ignore_ascii_case("content-length") {
            body = value.trim().parse().unwrap_or(0);
        }
    }
    if body == 0 { Part::Head } else { Part::Body(body) }
}

/// The requests to a registry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// All of them.
    pub total: u64,
    /// By method and kind: `GET blob`, `PUT manifest`, `POST upload`, `GET list`, `GET other`.
    pub kinds: BTreeMap<String, u64>,
    /// How often each blob was requested by `GET`.
    pub reads: BTreeMap<String, u64>,
}

impl Requests {
    /// Counts one request.
    pub fn add(&mut self, method: &str, path: &str) {
        let route = path.split('?').next().unwrap_or_default();
        let mut parts = route.rsplit('/');
        let last = parts.next().unwrap_or_default();
        let kind = match parts.next() {
            _ if route.contains("/blobs/uploads/") => "upload",
            Some("blobs") => "blob",
            Some("manifests") => "manifest",
            Some("tags") => "list",
            _ => "other",
        };
        self.total += 1;
        *self.kinds.entry(format!("{method} {kind}")).or_default() += 1;
        if (method, kind) == ("GET", "blob") {
            *self.reads.entry(last.to_owned()).or_default() += 1;
        }
    }

    /// Adds the counts of another one.
    pub fn merge(&mut self, other: Self) {
        self.total += other.total;
        for (kind, count) in other.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
        for (digest, count) in other.reads {
            *self.reads.entry(digest).or_default() += count;
        }
    }

    /// Blobs that were requested more than once.
    pub fn read_again(&self) -> usize {
        self.reads.values().filter(|count| **count > 1).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "GET /v2/a/blobs/sha256:1 HTTP/1.1\r\nHost: x\r\n\r\n\
        PUT /v2/a/blobs/uploads/1?digest=sha256:1 HTTP/1.1\r\nContent-Length: 9\r\n\r\nGET / HTT\
        PATCH /v2/a/blobs/uploads/2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\
        a;x=y\r\nGET / HTTP\r\n1\r\nz\r\n0\r\nTrailer: 1\r\n\r\n\
        GET /v2/a/tags/list?n=1 HTTP/1.1\r\n\r\n\
        GET /v2/a/blobs/sha256:1 HTTP/1.1\r\n\r\n";

    fn requests(piece: usize) -> Requests {
        let (mut follower, mut requests) = (Follower::default(), Requests::default());
        for bytes in STREAM.as_bytes().chunks(piece) {
            follower.feed(bytes, |method, path| requests.add(method, path));
        }
        requests
    }

    #[test]
    fn requests_are_counted_however_the_bytes_are_cut() {
        let whole = requests(STREAM.len());
        let kinds: Vec<_> = whole.kinds.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
        let expected = [("GET blob", 2), ("GET list", 1), ("PATCH upload", 1), ("PUT upload", 1)];
        assert_eq!(kinds, expected);
        assert_eq!((whole.total, whole.read_again()), (5, 1));
        for piece in 1..40 {
            assert_eq!(requests(piece), whole, "{piece}");
        }
    }
}
