//! Handwritten HTTP/1.1 over a blocking socket: only what a copy needs, and nothing that costs
//! time.
//!
//! Not a full client: no redirects, no chunked responses, no retries, no timeouts except the
//! caller's. An unexpected response is an error with its text.

use std::{
    fmt::Write as _,
    io::{self, IoSlice, Read, Write},
    net::TcpStream,
};

use crate::Failure;

/// The most bytes of one read. Fits into the second-level cache, so that the data is written, and
/// hashed, from there.
pub const BUFFER: usize = 256 * 1024;
/// The longest head of a response.
const HEAD: usize = 16 * 1024;
/// How much of an unexpected response is shown.
const SHOWN: u64 = 1024;

/// A connection that is kept alive.
pub struct Connection {
    stream: TcpStream,
    host: String,
    /// The last request, for messages.
    request: String,
    buffer: Vec<u8>,
    /// The part of the buffer that is read but not used yet.
    unread: std::ops::Range<usize>,
}

/// The head of a response.
#[derive(Debug, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `Content-Length`, 0 if it is absent.
    pub length: u64,
    /// `Location` without scheme and host.
    pub location: Option<String>,
    /// `Docker-Content-Digest`.
    pub digest: Option<String>,
    /// Whether it is chunked or ends its connection, which is not supported here.
    odd: bool,
}

/// The headers of a request.
#[derive(Default, Clone, Copy)]
pub struct Head<'a> {
    /// `Accept`.
    pub accept: Option<&'a str>,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Content-Length`.
    pub length: Option<u64>,
}

impl Connection {
    /// Connects to `host:port`, without Nagle's delay.
    ///
    /// # Errors
    /// If nothing listens there.
    pub fn open(host: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(host).map_err(Failure::io(format!("connecting to {host}")))?;
        stream.set_nodelay(true).map_err(Failure::io(host))?;
        Ok(Self {
            stream,
            host: host.to_owned(),
            request: String::new(),
            buffer: vec![0; BUFFER],
            unread: 0..0,
        })
    }

    /// Sends a request with a body in memory.
    ///
    /// # Errors
    /// When the connection broke.
    pub fn send(&mut self, method: &str, path: &str, head: Head<'_>, body: &[u8]) -> Result<(), Failure> {
        let text = self.head(method, path, head);
        let mut parts = [IoSlice::new(text.as_bytes()), IoSlice::new(body)];
        let mut parts = parts.as_mut_slice();
        while parts.iter().any(|part| !part.is_empty()) {
            let sent = self.stream.write_vectored(parts);
            match sent {
                Ok(0) => return Err(self.broken(io::ErrorKind::WriteZero.into())),
                Ok(sent) => IoSlice::advance_slices(&mut parts, sent),
                Err(error) => return Err(self.broken(error)),
            }
        }
        Ok(())
    }

    /// Sends a piece of a body whose length is in the head.
    ///
    /// # Errors
    /// When the connection broke.
    pub fn send_piece(&mut self, piece: &[u8]) -> Result<(), Failure> {
        self.stream.write_all(piece).map_err(|error| self.broken(error))
    }

    /// Waits for the head of the response.
    ///
    /// # Errors
    /// If the connection broke, the status is not 2xx, or the response is not HTTP/1.1 with a
    /// length.
    pub fn answer(&mut self) -> Result<Answer, Failure> {
        let (answer, length) = loop {
            match parse(&self.buffer[self.unread.clone()]) {
                Ok(Some(parsed)) => break parsed,
                Ok(None) if self.unread.len() < HEAD => self.fill()?,
                Ok(None) => return Err(self.unexpected("its head does not end")),
                Err(problem) => return Err(self.unexpected(problem)),
            }
        };
        self.unread.start += length;
        if !(200..300).contains(&answer.status) {
            let text = self.body(answer.length.min(SHOWN)).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            return Err(self.unexpected(&format!("answered {}: {text}", answer.status)));
        }
        if answer.odd {
            return Err(self.unexpected("the response is chunked or ends the connection"));
        }
        Ok(answer)
    }

    /// Reads `length` bytes of a body piece by piece.
    ///
    /// # Errors
    /// If the connection broke, and the error of `each`.
    pub fn pieces(
        &mut self,
        length: u64,
        mut each: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut left = length;
        while left > 0 {
            if self.unread.is_empty() {
                self.fill()?;
            }
            let size = self.unread.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let piece = self.unread.start..self.unread.start + size;
            each(&self.buffer[piece])?;
            self.unread.start += size;
            left -= size as u64;
        }
        Ok(())
    }

    /// Reads a whole body.
    ///
    /// # Errors
    /// When the connection broke.
    pub fn body(&mut self, length: u64) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        self.pieces(length, |piece| {
            body.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(body)
    }

    /// An error about the last request.
    pub fn unexpected(&self, problem: &str) -> Failure {
        Failure::Answer { request: self.request.clone(), problem: problem.to_owned() }
    }

    fn head(&mut self, method: &str, path: &str, head: Head<'_>) -> String {
        self.request.clear();
        let host = &self.host;
        // Writing to a string cannot fail.
        let _ = write!(self.request, "{method} {host} {path}");
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
        let mut add = |name: &str, value: &dyn std::fmt::Display| {
            let _ = write!(text, "{name}: {value}\r\n");
        };
        if let Some(accept) = head.accept {
            add("Accept", &accept);
        }
        if let Some(kind) = head.content_type {
            add("Content-Type", &kind);
        }
        if let Some(length) = head.length {
            add("Content-Length", &length);
        }
        text.push_str("\r\n");
        text
    }

    fn fill(&mut self) -> Result<(), Failure> {
        if self.unread.is_empty() {
            self.unread = 0..0;
        }
        let read = self.stream.read(&mut self.buffer[self.unread.end..]);
        match read.map_err(|error| self.broken(error))? {
            0 => Err(self.unexpected("the connection was closed")),
            size => {
                self.unread.end += size;
                Ok(())
            }
        }
    }

    fn broken(&self, error: io::Error) -> Failure {
        Failure::io(self.request.clone())(error)
    }
}

/// Parses the head at the beginning of `bytes` and returns its length; `None` while it is
/// incomplete.
fn parse(bytes: &[u8]) -> Result<Option<(Answer, usize)>, &'static str> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&bytes[..end]).map_err(|_| "its head is not text")?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 "));
    let status = status.and_then(|line| line.get(..3)).and_then(|code| code.parse().ok());
    let mut answer = Answer { status: status.ok_or("it is not HTTP/1.1")?, ..Answer::default() };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            answer.length = value.parse().map_err(|_| "its length is not a number")?;
        } else if name.eq_ignore_ascii_case("location") {
            let path = value
                .split_once("://")
                .map_or(value, |(_, rest)| rest.find('/').map_or("/", |slash| &rest[slash..]));
            answer.location = Some(path.to_owned());
        } else if name.eq_ignore_ascii_case("docker-content-digest") {
            answer.digest = Some(value.to_owned());
        } else if name.eq_ignore_ascii_case("transfer-encoding") || name.eq_ignore_ascii_case("connection") {
            answer.odd = true;
        }
    }
    Ok(Some((answer, end + 4)))
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    /// Answers each request with the next of `answers`.
    fn server(answers: &'static [&'static str]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            for answer in answers {
                let mut seen = Vec::new();
                while !seen.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    if stream.read(&mut byte).unwrap() == 0 {
                        return;
                    }
                    seen.push(byte[0]);
                }
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        host
    }

    #[test]
    fn answers_follow_one_another_on_a_connection() {
        let host = server(&[
            "HTTP/1.1 202 Accepted\r\nLocation: http://127.0.0.1:1/v2/a?_state=b\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nDocker-Content-Digest: sha256:1\r\n\r\nhello",
        ]);
        let mut connection = Connection::open(&host).unwrap();
        connection.send("POST", "/v2/a", Head::default(), b"").unwrap();
        assert_eq!(connection.answer().unwrap().location.as_deref(), Some("/v2/a?_state=b"));
        connection.send("GET", "/v2/b", Head::default(), b"").unwrap();
        let answer = connection.answer().unwrap();
        assert_eq!(connection.body(answer.length).unwrap(), b"hello");
        assert_eq!(answer.digest.as_deref(), Some("sha256:1"));
    }

    #[test]
    fn what_is_not_of_the_200s_is_an_error_with_its_text() {
        let host = server(&["HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"]);
        let mut connection = Connection::open(&host).unwrap();
        connection.send("GET", "/v2/c", Head::default(), b"").unwrap();
        let error = connection.answer().unwrap_err().to_string();
        assert_eq!(error, format!("GET {host} /v2/c: answered 404: none"));
    }

    #[test]
    fn a_connection_that_ends_early_is_an_error() {
        let host = server(&["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel"]);
        let mut connection = Connection::open(&host).unwrap();
        connection.send("GET", "/", Head::default(), b"").unwrap();
        let answer = connection.answer().unwrap();
        assert!(connection.body(answer.length).is_err());
    }
}
