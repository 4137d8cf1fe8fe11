//! A moto server for one test.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// A running moto; it ends when the value is dropped.
pub(crate) struct Moto {
    process: Child,
    port: u16,
}

impl Moto {
    /// Starts moto on a free port and waits until it says that it listens.
    pub(crate) async fn start() -> Self {
        tokio::task::spawn_blocking(Self::start_blocking).await.unwrap()
    }

    fn start_blocking() -> Self {
        let program = venv().join("bin/moto_server");
        assert!(
            program.exists(),
            "{} is not there: run `make setup`, or set LONGSHORE_VENV to a Python environment with moto[server]",
            program.display()
        );
        // Port 0 lets the system choose; werkzeug prints the address.
        let mut process = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", "0"])
            .env("PYTHONUNBUFFERED", "1")
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut seen = String::new();
        let port = loop {
            let Some(Ok(line)) = lines.next() else {
                let _ = process.kill();
                panic!("moto ended before it listened: {seen}");
            };
            if let Some((_, rest)) = line.split_once("Running on http://127.0.0.1:") {
                break rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap();
            }
            seen.push_str(&line);
            seen.push('\n');
        };
        // Drain the log, or moto would stop when the pipe is full.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, port }
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> url::Url {
        format!("http://127.0.0.1:{}", self.port).parse().unwrap()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn venv() -> PathBuf {
    if let Some(path) = std::env::var_os("LONGSHORE_VENV") {
        return path.into();
    }
    let home = std::env::var_os("HOME").expect("HOME is set");
    PathBuf::from(home).join(".cache/longshore/venv")
}
