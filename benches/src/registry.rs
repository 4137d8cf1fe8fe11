//! Debian's docker-registry, in its own folder and process.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::Failure;

/// The program of the package `docker-registry`.
pub const PROGRAM: &str = "/usr/bin/docker-registry";
/// How long a registry may take to start listening.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running registry. It is stopped, and its storage deleted, when the value is dropped.
pub struct DockerRegistry {
    process: Child,
    host: String,
    folder: PathBuf,
}

impl DockerRegistry {
    /// Starts an empty registry whose storage is in a new folder in `parent`.
    ///
    /// # Errors
    /// When docker-registry is not installed or does not listen.
    pub fn start(parent: &Path) -> Result<Self, Failure> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = port.map_err(Failure::io("looking for a free port"))?.port();
        let host = format!("127.0.0.1:{port}");
        let folder = parent.join(format!("registry-{port}"));
        fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
        let storage = folder.join("storage").display().to_string();
        // JSON is YAML.
        let config = serde_json::json!({
            "version": 0.1,
            "log": {"level": "error", "accesslog": {"disabled": true}},
            "storage": {"filesystem": {"rootdirectory": storage, "maxthreads": 100}},
            "http": {"addr": host},
        });
        let file = folder.join("config.yml");
        fs::write(&file, config.to_string()).map_err(Failure::file(&file))?;
        let mut command = Command::new(PROGRAM);
        command.arg("serve").arg(&file).env("OTEL_TRACES_EXPORTER", "none");
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = started.map_err(Failure::io(PROGRAM))?;
        let mut registry = Self { process, host, folder };
        registry.wait()?;
        Ok(registry)
    }

    /// `host:port`.
    pub fn host(&self) -> &str {
        &self.host
    }

    fn wait(&mut self) -> Result<(), Failure> {
        let begun = Instant::now();
        while TcpStream::connect(&self.host).is_err() {
            let ended = self.process.try_wait().map_err(Failure::io(PROGRAM))?;
            if ended.is_some() || begun.elapsed() > PATIENCE {
                return Err(Failure::Usage(format!("{PROGRAM} does not listen on {}", self.host)));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
