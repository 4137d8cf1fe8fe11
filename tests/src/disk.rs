//! Small disks that only a test's programs see.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::process::{built, run};

/// A small disk in its own mount namespace, which a process keeps alive.
pub struct Disk {
    /// Its path, for programs that see it.
    pub path: PathBuf,
    /// A folder next to it that every program sees.
    pub place: tempfile::TempDir,
    keeper: Child,
}

impl Disk {
    /// A disk of this size: `16m`.
    pub fn new(size: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("disk");
        fs::create_dir(&path).unwrap();
        let script =
            r#"mount -t tmpfs -o "size=$1" small "$2" && echo mounted && exec tail -f /dev/null >&2"#;
        let mut command = Command::new("unshare");
        // A user other than root may mount in a user namespace.
        command.args(if is_root() { &["--mount"][..] } else { &["--mount", "--map-root-user"] });
        command.args(["sh", "-ec", script, "small-disk", size]).arg(&path);
        let mut keeper = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "mounted\n", "a disk can be mounted in a private namespace");
        Self { path, place, keeper }
    }

    /// A program that sees the disk.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.keeper.id().to_string(), "--mount"]);
        if !is_root() {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.arg("--").arg(program.as_ref());
        command
    }

    /// Runs a script that sees the disk, with its path as `$1`; returns its output.
    pub fn shell(&self, script: &str) -> String {
        let output = run(self.command("sh").args(["-ec", script, "sh"]).arg(&self.path));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Fills the disk.
    pub fn fill(&self) {
        self.shell(r#"cat /dev/zero > "$1/ballast" 2>/dev/null || true"#);
    }

    /// The same program with the same arguments and variables, able to see the disk.
    pub fn seeing(&self, command: &Command) -> Command {
        let mut seeing = self.command(command.get_program());
        seeing.args(command.get_args()).stdin(Stdio::null());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => seeing.env(name, value),
                None => seeing.env_remove(name),
            };
        }
        seeing
    }

    /// Removes some of the filling.
    pub fn make_room(&self, size: &str) {
        self.shell(&format!(r#"truncate --size=-{size} "$1/ballast""#));
    }

    /// Removes all of the filling.
    pub fn empty(&self) {
        self.shell(r#"rm "$1/ballast""#);
    }

    /// The output of an app that opens a data directory on the disk.
    pub fn open(&self, directory: &str) -> String {
        let output = run(self.command(built("disk")).arg("open").arg(self.path.join(directory)));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}
