//! Delay proxies as separate processes, so that they cost the measured programs only the delay, and
//! the driver no memory.

use std::{
    io::{BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use crate::{Failure, requests::Requests};

/// A running proxy, which stops when the value is dropped.
pub struct Proxy {
    process: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Proxy {
    /// Starts a proxy to `target` (`host:port`) with a round-trip time.
    ///
    /// # Errors
    /// If this program cannot be started again.
    pub fn start(target: &str, round_trip: Duration) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(Failure::io("finding this program"))?;
        let milliseconds = round_trip.as_millis().to_string();
        let mut command = Command::new(program);
        command.args(["proxy", target, "--rtt", &milliseconds]);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = started.map_err(Failure::io("starting a proxy"))?;
        let input = process.stdin.take();
        let gone = || Failure::Usage("the proxy has no output".into());
        let mut output = BufReader::new(process.stdout.take().ok_or_else(gone)?).lines();
        let address = line(&mut output)?;
        Ok(Self { process, input, output, address })
    }

    /// `host:port` that clients use.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The requests since the last call.
    ///
    /// # Errors
    /// If the proxy has ended.
    pub fn take_requests(&mut self) -> Result<Requests, Failure> {
        let gone = || Failure::Usage("the proxy has no input".into());
        let input = self.input.as_mut().ok_or_else(gone)?;
        input.write_all(b"requests\n").map_err(Failure::io("asking a proxy"))?;
        let answer = line(&mut self.output)?;
        serde_json::from_str(&answer).map_err(|error| Failure::io("a proxy's answer")(error.into()))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn line(output: &mut Lines<BufReader<ChildStdout>>) -> Result<String, Failure> {
    let line = output.next().ok_or_else(|| Failure::Usage("the proxy ended before its time".into()))?;
    line.map_err(Failure::io("a proxy's output"))
}
