//! Secrets that go through the window and the command line, and are then looked for everywhere.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use longshore_tests::{
    image,
    listing::{Listing, differences, listing},
    process::run,
    window::Window,
};
use serde_json::json;

use super::{
    heard::{heard, listen},
    identity_center::token,
    sign_in::Desk,
    *,
};

/// Below the home directory.
const OF_THE_DESKTOP: [&str; 3] = [".cache/fontconfig", ".cache/mesa_shader_cache", ".config/dconf"];

/// A secret, in the forms in which it could be written somewhere.
pub(super) struct Canary {
    pub(super) name: &'static str,
    forms: Vec<Vec<u8>>,
}

impl Canary {
    /// Of a long secret, a part in the middle is looked for.
    pub(super) fn new(name: &'static str, secret: &str) -> Self {
        let secret = if secret.len() > 80 { &secret[secret.len() / 2..][..40] } else { secret };
        let hex = hex::encode(secret);
        let url: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let mut forms = vec![secret.to_owned(), hex.to_uppercase(), hex, url];
        // Three forms: a text in base64 depends on how many bytes stand before it.
        for before in 0..3 {
            let encoded = STANDARD_NO_PAD.encode([&vec![0; before], secret.as_bytes()].concat());
            // Characters that also depend on what stands before or after are left out.
            let core = &encoded[(before * 8).div_ceil(6)..(before + secret.len()) * 8 / 6];
            forms.extend([core.to_owned(), core.replace('+', "-").replace('/', "_")]);
        }
        Self { name, forms: forms.into_iter().map(String::into_bytes).collect() }
    }

    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        self.forms.iter().any(|form| bytes.windows(form.len()).any(|window| window == form))
    }
}

/// The command lines of all processes, watched until this is dropped.
struct Watch {
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
    ended: Arc<AtomicBool>,
    looks: thread::JoinHandle<usize>,
}

impl Watch {
    fn start() -> Self {
        let (seen, ended) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (list, stop) = (Arc::clone(&seen), Arc::clone(&ended));
        let looks = thread::spawn(move || {
            let mut looks = 0;
            while !stop.load(Ordering::Relaxed) {
                looks += 1;
                for process in fs::read_dir("/proc").unwrap().map_while(Result::ok) {
                    let Ok(line) = fs::read(process.path().join("cmdline")) else { continue };
                    let mut list = list.lock().unwrap();
                    if !list.contains(&line) {
                        list.push(line);
                    }
                }
                thread::sleep(Duration::from_millis(3));
            }
            looks
        });
        Self { seen, ended, looks }
    }

    fn end(self) -> Vec<Vec<u8>> {
        self.ended.store(true, Ordering::Relaxed);
        assert!(self.looks.join().unwrap() > 10);
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

/// The files in a folder and below it.
pub(super) fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => files(&entry.path(), all),
            kind if kind.is_file() => all.push(entry.path()),
            _ => {}
        }
    }
}

/// Calls a command of the window's API, as its page does.
pub(super) async fn call(window: &Window, command: &str, request: Value) -> Value {
    let script = "const [command, args, done] = arguments; \
        window.__TAURI_INTERNALS__.invoke(command, args).then(ok => done({ok}), error => done({error}))";
    let args = vec![json!(command), json!({"request": request})];
    window.client.execute_async(script, args).await.unwrap()
}

/// Adds two accounts in the window, by their keys: one for good, one of a session. Returns every answer and
/// event that reached the window.
async fn add_in_the_window(desk: &Desk, temporary: &Path, keys: [[String; 3]; 2]) -> Vec<String> {
    let (home, endpoint) = (desk.world.home.path().display().to_string(), desk.world.endpoint());
    let temporary = temporary.display().to_string();
    let environment = [
        ("HOME", home.as_str()),
        ("TMPDIR", &temporary),
        ("LONGSHORE_LOG", "trace"),
        ("AWS_ENDPOINT_URL", &endpoint),
    ];
    let window = Window::open(&desk.world.longshore.data(), &environment).await;
    window.see("connect-aws").await;
    listen(&window).await;
    for (account, [id, secret, token]) in [PROD, DEV].iter().zip(keys) {
        let with_key = |session_only: bool, mut request: Value| {
            request["id"] = json!(account);
            request["accessKeyId"] = json!(id);
            request["secretAccessKey"] = json!(secret);
            request["sessionToken"] = if token.is_empty() { Value::Null } else { json!(token) };
            request["sessionOnly"] = json!(session_only);
            request
        };
        let about = json!({"name": account, "environment": "dev", "colour": null, "regions": [REGION]});
        let added = call(&window, "add_account", with_key(false, about)).await;
        assert_eq!(added["ok"]["id"], *account, "{added}");
        for session_only in [true, false] {
            let replaced = call(&window, "replace_key", with_key(session_only, json!({}))).await;
            let source = if session_only { "memory" } else { "keychain" };
            assert_eq!(replaced["ok"]["credentials"]["source"], source, "{replaced}");
        }
        let checked = call(&window, "check_account", json!({"space": "aws", "id": account})).await;
        assert_eq!(checked["ok"]["problem"], Value::Null, "{checked}");
    }
    let heard = heard(&window, PROD).await;
    window.close().await;
    heard
}

/// Keys of a role's session, made with the AWS CLI.
fn session(desk: &Desk, account: &str) -> [String; 3] {
    let role = format!("arn:aws:iam::{account}:role/release");
    let made = desk.world.aws.aws(account, REGION).assume_role(&role)["Credentials"].clone();
    ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(|name| made[name].as_str().unwrap().to_owned())
}

#[test]
fn a_secret_is_nowhere_but_in_the_keychain() {
    let desk = Desk::new();
    let home = desk.world.home.path();
    let temporary = home.join("tmp");
    fs::create_dir(&temporary).unwrap();
    let (of_window, of_profile) = (session(&desk, DEV), session(&desk, PROD));
    let (id, secret) = desk.world.key(PROD);
    let host = desk.world.aws.host(DEV, REGION);
    let password = desk.world.aws.aws(DEV, REGION).login_password();
    let secrets = [
        ("key in the window", secret.as_str()),
        ("session key in the window", &of_window[1]),
        ("session token in the window", &of_window[2]),
        ("key of a profile", &of_profile[1]),
        ("session token of a profile", &of_profile[2]),
        ("token of Identity Center", &token()),
        ("refresh token of Identity Center", "canary-refresh"),
        ("key that Identity Center gave", &desk.world.key(DEV).1),
        ("password of a registry", &password),
    ];
    let canaries: Vec<Canary> = secrets.iter().map(|(name, secret)| Canary::new(name, secret)).collect();
    let watch = Watch::start();
    let mut printed = Vec::new();
    let mut say = |arguments: &[&str]| {
        let before = outside(&desk, &temporary);
        let output = desk.command(arguments).env("TMPDIR", &temporary).output().unwrap();
        let written = differences(&before, &outside(&desk, &temporary));
        assert!(written.is_empty(), "{arguments:?} wrote outside the data directory: {written:?}");
        printed.extend([output.stdout.clone(), output.stderr.clone()]);
        let said = Said::of(&output);
        assert!(said.error.contains("TRACE"), "{arguments:?} logs everything: {}", said.error);
        said
    };

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let before = outside(&desk, &temporary);
    let keys = [[id, secret.clone(), String::new()], of_window];
    let heard = runtime.block_on(add_in_the_window(&desk, &temporary, keys));
    let written = differences(&before, &outside(&desk, &temporary));
    let strange: Vec<&PathBuf> = written.iter().filter(|path| !is_of_the_desktop(home, path)).collect();
    assert!(strange.is_empty(), "the window wrote outside the data directory: {strange:?}");
    let shown = say(&["replication", "show", "444455556666/us-west-2", "--json"]);
    assert_eq!(shown.code, Some(0), "{}{}", shown.text, shown.error);
    let kept = run(Command::new("secret-tool")
        .args(["search", "--all", "service", "longshore"])
        .stderr(Stdio::null()));
    assert!(canaries[0].is_in(&kept.stdout), "the keychain has the key");

    assert_eq!(say(&["account", "remove", PROD, "--json"]).code, Some(0));

    // A profile with keys of a session, and a role with an MFA device.
    let endpoint = desk.world.endpoint();
    let serial = format!("arn:aws:iam::{DEV}:mfa/dev");
    let profiles = format!(
        "[default]\nregion = {REGION}\n\n[sso-session acme]\nsso_region = {REGION}\nsso_start_url = https://acme.awsapps.com/start\n\n[profile keys]\nregion = {REGION}\nendpoint_url = {endpoint}\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n\n{}\n[profile mfa]\nregion = {REGION}\nendpoint_url = {endpoint}\nrole_arn = arn:aws:iam::{PROD}:role/release\nsource_profile = dev\nmfa_serial = {serial}\n",
        of_profile[0],
        of_profile[1],
        of_profile[2],
        desk.world.profile("dev", DEV),
    );
    desk.world.configure(&profiles);
    let proven = say(&["account", "add", "--profile", "keys", "--plan", "--json"]);
    assert_eq!(proven.code, Some(0), "{}{}", proven.text, proven.error);
    let code = say(&["account", "add", "--profile", "mfa", "--plan", "--mfa-code", "123456", "--json"]);
    assert_eq!(code.code, Some(0), "{}{}", code.text, code.error);

    // Somebody signs in to Identity Center, and its account takes the place of the one in the window.
    assert_eq!(say(&["account", "remove", DEV, "--json"]).code, Some(0));
    let before = outside(&desk, &temporary);
    let (signed, _) = desk.signs_in(&["--sso-session", "acme"]);
    let written = differences(&before, &outside(&desk, &temporary));
    assert!(written.is_empty(), "the sign-in wrote outside the data directory: {written:?}");
    assert_eq!(signed.code, Some(0), "{}{}", signed.text, signed.error);
    let imported = say(&["account", "import", "--sso-session", "acme", "--region", REGION, "--json"]);
    assert_eq!(imported.summary()["added"], 1, "{}{}", imported.text, imported.error);
    assert_eq!(say(&["replication", "show", "111122223333/us-west-2", "--json"]).code, Some(0));

    // A registry with a password in docker's configuration.
    let layout = home.join("image");
    image::simple(&layout);
    desk.world.aws.aws(DEV, REGION).ecr(&["create-repository", "--repository-name=app"]);
    let user = base64::engine::general_purpose::STANDARD.encode(format!("AWS:{password}"));
    fs::create_dir(home.join("docker")).unwrap();
    let config = json!({"auths": {host.as_str(): {"auth": user}}});
    fs::write(home.join("docker/config.json"), config.to_string()).unwrap();
    let copied = say(&["copy", &format!("oci:{}:42", layout.display()), &format!("{host}/app:1"), "--json"]);
    assert_eq!(copied.code, Some(0), "{}{}", copied.text, copied.error);

    printed.extend([signed.text.into_bytes(), signed.error.into_bytes()]);
    let commands = watch.end();
    let mut paths = Vec::new();
    files(&desk.world.longshore.data(), &mut paths);
    files(&temporary, &mut paths);
    assert!(paths.iter().any(|path| path.ends_with("longshore.db")), "{paths:?}");
    assert!(paths.iter().any(|path| path.extension().is_some_and(|is| is == "log")), "{paths:?}");
    for path in &paths {
        let bytes = fs::read(path).unwrap();
        for canary in &canaries {
            assert!(!canary.is_in(&bytes), "{} is in {}", canary.name, path.display());
        }
        assert!(!has_code(&bytes), "the MFA code is in {}", path.display());
    }
    for text in &heard {
        let found = canaries.iter().find(|canary| canary.is_in(text.as_bytes())).map(|canary| canary.name);
        assert_eq!(found, None, "the window was told: {text}");
    }
    for text in &printed {
        let found = canaries.iter().find(|canary| canary.is_in(text)).map(|canary| canary.name);
        assert_eq!(found, None, "it was printed: {}", String::from_utf8_lossy(text));
        assert!(!String::from_utf8_lossy(text).contains("<SecretAccessKey>"), "an answer of STS was printed");
        assert!(!has_code(text), "the MFA code was printed: {}", String::from_utf8_lossy(text));
    }
    for line in &commands {
        let found = canaries.iter().find(|canary| canary.is_in(line)).map(|canary| canary.name);
        assert_eq!(found, None, "it is in a command line: {}", String::from_utf8_lossy(line));
        // The person typed it.
        let ours = line.windows(11).any(|window| window == b"--mfa-code\0");
        assert!(ours || !has_code(line), "{}", String::from_utf8_lossy(line));
    }
}

/// What is in the home directory, except the data directory, temporary files and the sandbox that plays AWS.
fn outside(desk: &Desk, temporary: &Path) -> Listing {
    let home = desk.world.home.path();
    listing(home, &[desk.world.longshore.data(), temporary.to_owned(), home.join("aws")])
}

/// Caches that GTK, WebKit and the graphics driver keep for every program of the desktop.
fn is_of_the_desktop(home: &Path, path: &Path) -> bool {
    let Ok(path) = path.strip_prefix(home) else { return false };
    OF_THE_DESKTOP.iter().any(|known| path.starts_with(known) || Path::new(known).starts_with(path))
}

/// Whether the MFA code is in it, not as a part of a longer number.
fn has_code(bytes: &[u8]) -> bool {
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (0..bytes.len().saturating_sub(5))
        .any(|at| bytes[at..].starts_with(b"123456") && !digit(at + 6) && (at == 0 || !digit(at - 1)))
}
