//! Programs that a test starts, and ends by their id.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

/// A program that ends with the test.
pub struct Started {
    /// The program.
    pub child: Child,
    group: bool,
}

impl Started {
    /// Starts a program without input.
    pub fn new(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).spawn();
        let child =
            child.unwrap_or_else(|error| panic!("{command:?} does not start: {error}; run `make setup`"));
        Self { child, group: false }
    }

    /// Starts a program that starts others; they end together.
    pub fn group(command: &mut Command) -> Self {
        let mut started = Self::new(command.process_group(0));
        started.group = true;
        started
    }

    /// Starts a program, and waits until a line of its standard error has `text`.
    pub fn announced(command: &mut Command, text: &str) -> Self {
        let mut started = Self::new(command.stdout(Stdio::null()).stderr(Stdio::piped()));
        let mut lines = BufReader::new(started.child.stderr.take().unwrap()).lines();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line.contains(text));
        assert!(ready, "{command:?} ended before it said `{text}`");
        // It would stall if nothing read its output.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        started
    }

    /// Kills it, like a power cut.
    pub fn kill(&mut self) {
        if self.group {
            let group = format!("-{}", self.child.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a program to its end; a failure shows what it printed.
pub fn run(command: &mut Command) -> Output {
    let output = command.stdin(Stdio::null()).output();
    let output =
        output.unwrap_or_else(|error| panic!("{command:?} does not start: {error}; run `make setup`"));
    assert!(
        output.status.success(),
        "{command:?} failed with {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// A port of this machine that is not in use.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A program of this workspace, built before the tests by `make test`.
pub fn built(name: &str) -> PathBuf {
    // Test programs live in <target>/debug/deps, the tests' tools next to the programs.
    let here = std::env::current_exe().unwrap();
    let folder = here.parent().unwrap();
    let folder = if folder.ends_with("deps") { folder.parent().unwrap() } else { folder };
    let path = folder.join(name);
    assert!(path.exists(), "{} is not built; run `make test`", path.display());
    path
}
