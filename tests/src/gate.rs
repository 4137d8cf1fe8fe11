//! A proxy before a control plane that counts requests, and kills a process at one of them.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

use serde_json::Value;

/// At which request a process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Before the service gets the request.
    Before,
    /// After the service carried it out, before its response arrives.
    After,
}

/// A request that the service answered.
#[derive(Debug, Clone)]
pub struct Passed {
    /// The operation, such as `BatchDeleteImage`; empty for other protocols.
    pub operation: String,
    /// The response's body.
    pub answer: Value,
}

#[derive(Debug, Default)]
struct Inner {
    upstream: String,
    count: usize,
    passed: Vec<Passed>,
    victim: Option<(u32, usize, When)>,
    killed: bool,
}

/// The proxy, until the test ends.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Its address, with a scheme.
    pub endpoint: String,
    inner: Arc<Mutex<Inner>>,
}

impl Gate {
    /// Before `upstream`, such as `http://127.0.0.1:4510`.
    pub fn before(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let upstream = upstream.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let inner = Arc::new(Mutex::new(Inner { upstream, ..Inner::default() }));
        let gate = Self { endpoint, inner };
        let serving = gate.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let gate = serving.clone();
                thread::spawn(move || gate.serve(stream));
            }
        });
        gate
    }

    /// Counts from zero again, and kills `pid` at the request of this number, counted from 1.
    pub fn kill_at(&self, pid: u32, number: usize, when: When) {
        let mut inner = self.inner.lock().unwrap();
        inner.victim = Some((pid, number, when));
    }

    /// Counts from zero again, and kills nobody.
    pub fn reset(&self) {
        let mut inner = self.inner.lock().unwrap();
        (inner.count, inner.victim, inner.killed) = (0, None, false);
        inner.passed.clear();
    }

    /// What the service answered since the reset.
    pub fn passed(&self) -> Vec<Passed> {
        self.inner.lock().unwrap().passed.clone()
    }

    /// How many requests came since the reset.
    pub fn count(&self) -> usize {
        self.inner.lock().unwrap().count
    }

    /// Whether it killed the process.
    pub fn killed(&self) -> bool {
        self.inner.lock().unwrap().killed
    }

    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut writer = stream;
        while let Some((head, body)) = message(&mut reader) {
            let operation = header(&head, "x-amz-target")
                .and_then(|target| target.rsplit('.').next().map(str::to_owned))
                .unwrap_or_default();
            let number = {
                let mut inner = self.inner.lock().unwrap();
                inner.count += 1;
                inner.count
            };
            if self.kills(number, When::Before) {
                return;
            }
            let upstream = self.inner.lock().unwrap().upstream.clone();
            let mut upstream = TcpStream::connect(upstream).unwrap();
            upstream.write_all(head.as_bytes()).unwrap();
            upstream.write_all(&body).unwrap();
            let Some((answer_head, answer)) = message(&mut BufReader::new(upstream)) else { return };
            let value = serde_json::from_slice(&answer).unwrap_or_default();
            self.inner.lock().unwrap().passed.push(Passed { operation, answer: value });
            if self.kills(number, When::After) {
                return;
            }
            if writer.write_all(answer_head.as_bytes()).and_then(|()| writer.write_all(&answer)).is_err() {
                return;
            }
        }
    }

    fn kills(&self, number: usize, when: When) -> bool {
        let mut inner = self.inner.lock().unwrap();
        match inner.victim {
            Some((pid, at, of)) if at == number && of == when => {
                inner.killed = true;
                // The process may have ended by itself.
                drop(Command::new("kill").args(["-9", &pid.to_string()]).output());
                true
            }
            _ => inner.killed,
        }
    }
}

/// One HTTP message: its head with the empty line, and its body. `None` at the end of the connection.
fn message(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    loop {
        let before = head.len();
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
        if matches!(&head[before..], "\r\n" | "\n") {
            break;
        }
    }
    let length = header(&head, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}
