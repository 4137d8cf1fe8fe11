//! Read-only and full disks: small mounts that only a test's programs see.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use longshore_tests::{
    aws::venv,
    disk::Disk,
    image::{self, Layout},
    longshore::Longshore,
    process::{built, run},
    skopeo::Skopeo,
};
use serde_json::{Value, json};

const DEV: &str = "111122223333";
const REGION: &str = "us-west-2";

/// A sandbox on a disk. It is killed when the value is dropped, as by a power cut.
struct OnDisk {
    process: Child,
    ready: Value,
}

impl OnDisk {
    fn serve(disk: &Disk) -> Self {
        let mut command = disk.command(built("longshore"));
        command.args(["sandbox", "serve", "--json", "--port", "0", "--state"]).arg(disk.path.join("state"));
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|e| panic!("not ready: {e}: {line}"));
        Self { process, ready }
    }

    fn host(&self) -> String {
        let all = self.ready["registries"].as_array().unwrap();
        let dev = all.iter().find(|r| r["account"] == DEV && r["region"] == REGION).unwrap();
        dev["url"].as_str().unwrap().trim_start_matches("http://").to_owned()
    }

    fn aws(&self, arguments: &[&str]) -> std::process::Output {
        let keys = self.ready["credentials"].as_array().unwrap();
        let keys = keys.iter().find(|known| known["account"] == DEV).unwrap();
        Command::new(venv().join("bin/aws"))
            .args(["--region", REGION, "--output=json", "--endpoint-url"])
            .arg(self.ready["control"].as_str().unwrap())
            .arg("ecr")
            .args(arguments)
            .env("AWS_ACCESS_KEY_ID", keys["access_key_id"].as_str().unwrap())
            .env("AWS_SECRET_ACCESS_KEY", keys["secret_access_key"].as_str().unwrap())
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env_remove("AWS_SESSION_TOKEN")
            .env_remove("AWS_PROFILE")
            .output()
            .unwrap()
    }

    fn tags(&self) -> Value {
        let output = self.aws(&["list-images", "--repository-name=app", "--query", "imageIds[].imageTag"]);
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_read_only_data_directory_is_told() {
    let disk = Disk::new("16m");
    assert_eq!(disk.open("used"), "opened");
    disk.shell(r#"mkdir "$1/fresh" && mount -o remount,bind,ro "$1""#);
    for directory in ["used", "fresh", "missing"] {
        let said = disk.open(directory);
        assert!(said.starts_with("error data-directory-unwritable: "), "{directory}: {said}");
        assert!(said.contains(&disk.path.join(directory).display().to_string()), "{said}");
    }
    disk.shell(r#"mount -o remount,bind,rw "$1""#);
    assert_eq!(disk.open("used"), "opened", "nothing was harmed");
}

#[test]
fn a_full_disk_is_told_at_the_start() {
    let disk = Disk::new("16m");
    assert_eq!(disk.open("used"), "opened");
    disk.fill();
    for directory in ["used", "fresh"] {
        let said = disk.open(directory);
        assert!(said.starts_with("error disk-full: "), "{directory}: {said}");
    }
    // Enough to start, but not enough for what the app must store.
    disk.make_room("8k");
    for directory in ["used", "other"] {
        let said = disk.open(directory);
        assert!(said == "opened" || said.starts_with("error disk-full: "), "{directory}: {said}");
    }
    disk.empty();
    for directory in ["used", "fresh", "other"] {
        assert_eq!(disk.open(directory), "opened", "with free space again");
    }
}

#[test]
fn a_sandbox_says_that_its_disk_is_read_only_or_full() {
    let disk = Disk::new("4m");
    let serve = || {
        let mut command = disk.command(built("longshore"));
        command.args(["sandbox", "serve", "--port=0", "--state"]).arg(disk.path.join("state"));
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    disk.fill();
    let full = serve();
    assert!(full.contains("No space left on device") && full.contains("Free some space."), "{full}");
    disk.shell(r#"mount -o remount,bind,ro "$1""#);
    let read_only = serve();
    assert!(
        read_only.contains("Read-only file system")
            && read_only.contains("Check the permissions of the directory."),
        "{read_only}"
    );
}

#[test]
fn a_push_onto_a_full_disk_is_refused_and_what_was_acknowledged_stays() {
    let disk = Disk::new("16m");
    let sandbox = OnDisk::serve(&disk);
    let host = sandbox.host();
    assert!(sandbox.aws(&["create-repository", "--repository-name=app"]).status.success());
    let skopeo = Skopeo::new(disk.place.path());
    let password = sandbox.aws(&["get-login-password"]).stdout;
    skopeo.login(&host, String::from_utf8(password).unwrap().trim());

    let (small, large) = (disk.place.path().join("small"), disk.place.path().join("large"));
    let first = image::simple(&small);
    let mut layout = Layout::new(&large);
    let noise: Vec<u8> = (0u32..1 << 20).flat_map(u32::to_le_bytes).collect();
    let image = layout.image("amd64", &[&noise], json!({}));
    layout.tag(image.clone(), "43");
    let (small, large) = (format!("oci:{}:42", small.display()), format!("oci:{}:43", large.display()));
    let (to_first, to_second) = (format!("docker://{host}/app:42"), format!("docker://{host}/app:43"));
    skopeo.copy(&small, &to_first);
    let kept = || -> u64 { disk.shell(r#"du -sk "$1/state" | cut -f1"#).trim().parse().unwrap() };
    let kept_first = kept();

    disk.fill();
    let said = skopeo.copy_refused(&large, &to_second);
    assert!(said.contains("500") || said.contains("UNKNOWN"), "{said}");
    // Space for the first part, so that the disk fills while the layer arrives.
    disk.make_room("1m");
    let said = skopeo.copy_refused(&large, &to_second);
    assert!(said.contains("500") || said.contains("UNKNOWN"), "{said}");
    disk.fill();
    let refused = sandbox.aws(&["create-repository", "--repository-name=other"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("ServerException"), "{said}");
    assert_eq!(sandbox.tags(), json!(["42"]), "nothing half-written is shown");
    assert_eq!(skopeo.digest(&format!("{host}/app:42")), first, "and the rest can still be pulled");

    drop(sandbox);
    disk.empty();
    let sandbox = OnDisk::serve(&disk);
    assert_eq!(sandbox.host(), host);
    assert_eq!(sandbox.tags(), json!(["42"]));
    skopeo.copy(&to_first, &format!("oci:{}", disk.place.path().join("pulled").display()));
    let more = kept() - kept_first;
    assert!(more < 64, "{more} KiB more than before: bytes of refused pushes are gone");
    skopeo.copy(&large, &to_second);
    assert_eq!(skopeo.digest(&format!("{host}/app:43")), image["digest"].as_str().unwrap());
}

#[test]
fn a_run_that_cannot_write_its_journal_uploads_nothing() {
    let disk = Disk::new("16m");
    // The app's sandbox is on another disk with free space.
    let data = disk.path.join("data");
    disk.shell(r#"mkdir -p "$1/data/sandbox" && mount -t tmpfs -o size=64m room "$1/data/sandbox""#);
    let output = run(disk.command(built("disk")).arg("push").arg(&data));
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "create: Done, 0 uploads, 0 manifests",
            "no journal: journal, 0 uploads, 0 manifests",
            "full disk: disk-full, 0 uploads, 0 manifests",
            "with room: Done, 4 uploads, 1 manifests",
        ]
    );
}

/// A rename is on disk when its folder is, which only the system calls tell.
#[test]
#[allow(clippy::print_stdout)] // a test that does not run says so
fn each_rename_in_a_layout_is_followed_by_a_sync_of_its_folder() {
    let probe = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: `strace` is missing, or may not trace here.");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let at = home.path().canonicalize().unwrap();
    image::simple(&at.join("in"));
    let (layout, log) = (at.join("out"), at.join("log"));
    let from = format!("oci:{}:42", at.join("in").display());
    let to = format!("oci:{}:1", layout.display());
    let plain = Longshore::new(&at).command(&["copy", &from, &to]);
    let calls = "trace=?rename,?renameat,renameat2,fsync";
    let mut traced = Command::new("strace");
    traced.args(["-f", "-y", "-e", "signal=none", "-e", calls, "-o"]).arg(&log);
    traced.arg(plain.get_program()).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => traced.env(name, value),
            None => traced.env_remove(name),
        };
    }
    run(&mut traced);

    let log = fs::read_to_string(log).unwrap();
    let calls: Vec<(&str, &str)> = log
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(id, call)| (id, call.trim_start()))
        .collect();
    let mut renames = 0;
    for (at, (thread, call)) in calls.iter().enumerate() {
        let Some(target) = call.starts_with("rename").then(|| call.rsplit('"').nth(1)).flatten() else {
            continue;
        };
        let Some(folder) = Path::new(target).parent().filter(|folder| folder.starts_with(&layout)) else {
            continue;
        };
        renames += 1;
        let folder = format!("<{}>", folder.display());
        let is_synced = |(other, call): &(&str, &str)| {
            other == thread && call.starts_with("fsync(") && call.contains(&folder)
        };
        assert!(calls[at + 1..].iter().any(is_synced), "{call}\n{log}");
    }
    assert!(renames >= 5, "{log}");
}
