//! Signing in to IAM Identity Center, with a real keychain.

use std::{
    io::{BufRead, BufReader},
    process::Command,
};

use super::{
    identity_center::{Center, token},
    *,
};

/// A person at a desktop whose keychain is unlocked.
pub(super) struct Desk {
    pub(super) world: World,
    pub(super) center: Center,
}

impl Desk {
    pub(super) fn new() -> Self {
        let world = World::new(&[]);
        world.configure(&format!(
            "[default]\nregion = {REGION}\n\n[sso-session acme]\nsso_region = {REGION}\nsso_start_url = https://acme.awsapps.com/start\n"
        ));
        let center = Center::new(world.key(DEV));
        Self { world, center }
    }

    /// A command with the keychain of this desktop (`scripts/with-desktop.sh`).
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.world.longshore.command(arguments);
        if let Some(bus) = std::env::var_os("XDG_RUNTIME_DIR") {
            command.env("XDG_RUNTIME_DIR", bus);
        }
        command
            .env("LONGSHORE_LOG", "trace")
            .env("AWS_ENDPOINT_URL_SSO", &self.center.address)
            .env("AWS_ENDPOINT_URL_SSO_OIDC", &self.center.address)
            .env("AWS_ENDPOINT_URL_ECR", self.world.endpoint())
            .env("AWS_ENDPOINT_URL_STS", self.world.endpoint());
        command
    }

    pub(super) fn say(&self, arguments: &[&str]) -> Said {
        let said = Said::of(&self.command(arguments).output().unwrap());
        assert!(!said.text.contains("canary-") && !said.error.contains("canary-"), "a token is shown");
        said
    }

    /// Starts a sign-in; the browser goes where its link leads.
    pub(super) fn signs_in(&self, arguments: &[&str]) -> (Said, Value) {
        let all: Vec<&str> =
            ["account", "sign-in", "--no-browser", "--json"].iter().chain(arguments).copied().collect();
        let mut child = self
            .command(&all)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let first: Value = serde_json::from_str(&line).unwrap_or_default();
        if first["event"] == "sign_in" && first["user_code"].is_null() {
            let page = Command::new("curl").args(["-sSL", first["url"].as_str().unwrap()]).output().unwrap();
            let page = String::from_utf8_lossy(&page.stdout).into_owned();
            assert!(page.contains("You are signed in") || page.contains("refused"), "{page}");
        }
        for rest in output.lines() {
            line += &rest.unwrap();
            line += "\n";
        }
        let ended = child.wait_with_output().unwrap();
        let said = Said {
            code: ended.status.code(),
            text: line,
            error: String::from_utf8_lossy(&ended.stderr).into_owned(),
        };
        assert!(!said.text.contains("canary-") && !said.error.contains("canary-"), "a token is shown");
        (said, first)
    }

    /// Whether a text is in a file of the data directory.
    fn is_stored(&self, text: &str) -> bool {
        let mut all = Vec::new();
        canary::files(&self.world.longshore.data(), &mut all);
        let has = |bytes: Vec<u8>| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        all.iter().any(|file| fs::read(file).is_ok_and(has))
    }
}

/// The sessions as they are listed.
fn sessions(desk: &Desk) -> Vec<Value> {
    events(&desk.say(&["account", "sessions", "--json"]), "session")
}

const IMPORT: [&str; 7] = ["account", "import", "--sso-session", "acme", "--region", REGION, "--json"];

#[test]
fn somebody_signs_in_in_a_browser_and_imports_accounts_until_signing_out() {
    let desk = Desk::new();
    let nobody = desk.say(&IMPORT);
    assert_eq!(nobody.summary()["error"]["code"], "sso-sign-in-needed");

    let (said, first) = desk.signs_in(&["--sso-session", "acme"]);
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
    let url = first["url"].as_str().unwrap();
    for part in ["response_type=code", "code_challenge_method=S256", "redirect_uri=http%3A%2F%2F127.0.0.1%3A"]
    {
        assert!(url.contains(part), "{url}");
    }
    assert_eq!(said.summary()["session"], "acme");
    // The token is longer than some keychains allow, and is not on disk in plain text.
    assert!(exists(&desk.world.longshore.data().join("sealed")));
    let [acme] = sessions(&desk).try_into().unwrap();
    assert_eq!(
        (&acme["session"], &acme["start_url"]),
        (&"acme".into(), &"https://acme.awsapps.com/start".into())
    );
    assert_eq!((&acme["held"]["place"], &acme["problem"]), (&"sealed_file".into(), &Value::Null));
    assert!(acme["signed_in_until"].is_string(), "{acme}");
    assert!(!desk.is_stored("canary-") && !desk.is_stored(&token()[..64]));
    assert!(
        !exists(&desk.world.home.path().join(".aws/sso")),
        "nothing is written outside the data directory"
    );

    let imported = desk.say(&IMPORT);
    assert_eq!(imported.summary()["added"], 1, "{}{}", imported.text, imported.error);
    let listed = desk.say(&["account", "check", "--json"]);
    assert_eq!(events(&listed, "account")[0]["state"], "ok", "{}", listed.text);

    assert_eq!(desk.say(&["account", "sign-out", "--sso-session", "acme", "--json"]).code, Some(0));
    let [acme] = sessions(&desk).try_into().unwrap();
    assert_eq!((&acme["held"], &acme["signed_in_until"]), (&Value::Null, &Value::Null));
    let after = desk.say(&["account", "check", "--json"]);
    assert_eq!(events(&after, "account")[0]["problem"]["code"], "sso-sign-in-needed", "{}", after.text);
}

#[test]
fn a_device_code_signs_in_to_a_session_that_is_in_no_file() {
    let desk = Desk::new();
    desk.center.told.lock().unwrap().pending = 2;
    let portal = ["--start-url", "https://other.awsapps.com/start/#/", "--sso-region", REGION];
    let all: Vec<&str> = portal.iter().copied().chain(["--device"]).collect();
    let (said, first) = desk.signs_in(&all);
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
    assert_eq!(first["user_code"], "ABCD-EFGH");
    assert!(first["url"].as_str().unwrap().ends_with("/device?user_code=ABCD-EFGH"));
    let asked = desk.center.told.lock().unwrap().paths.iter().filter(|path| *path == "/token").count();
    assert_eq!(asked, 3, "a pending code is asked for again");

    // No file and no account names it; it is listed until its token is forgotten.
    let is_other = |session: &&Value| session["session"] == "other";
    let listed = sessions(&desk);
    let other = listed.iter().find(is_other).unwrap();
    assert_eq!((&other["in_files"], &other["held"]["place"]), (&false.into(), &"sealed_file".into()));

    let mut import = vec!["account", "import", "--region", REGION, "--json"];
    import.extend(portal);
    let imported = desk.say(&import);
    assert_eq!(imported.summary()["added"], 1, "{}{}", imported.text, imported.error);
    // The account knows its session, although no file does.
    let listed = desk.say(&["account", "check", "--json"]);
    assert_eq!(events(&listed, "account")[0]["state"], "ok", "{}", listed.text);
}

#[test]
fn a_refused_sign_in_says_so_and_stores_nothing() {
    let desk = Desk::new();
    for (refusal, code) in
        [("access_denied", "sign-in-refused"), ("expired_token", "sign-in-expired"), ("strange", "protocol")]
    {
        desk.center.told.lock().unwrap().refuse = Some(refusal);
        let (said, _) = desk.signs_in(&["--sso-session", "acme", "--device"]);
        assert_eq!(said.summary()["error"]["code"], code, "{}{}", said.text, said.error);
    }
    assert!(!exists(&desk.world.longshore.data().join("sealed")));
    let unknown = desk.say(&["account", "sign-in", "--sso-session", "none", "--json"]);
    assert_eq!((unknown.code, &unknown.summary()["error"]["code"]), (Some(2), &"sso-session-unknown".into()));
    let wrong = desk.say(&["account", "sign-in", "--start-url", "acme", "--sso-region", REGION, "--json"]);
    assert_eq!((wrong.code, &wrong.summary()["error"]["code"]), (Some(2), &"start-url".into()));
}
