//! Signing in to IAM Identity Center, with a real keychain.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
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

/// The files of sealed secrets.
fn sealed(desk: &Desk) -> usize {
    fs::read_dir(desk.world.longshore.data().join("sealed")).map_or(0, Iterator::count)
}

#[test]
fn the_last_account_of_a_session_takes_its_sign_in_along() {
    let desk = Desk::new();
    let (said, _) = desk.signs_in(&["--sso-session", "acme"]);
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.error);
    assert_eq!(desk.say(&IMPORT).summary()["added"], 1);
    // A profile of the same session is another account that uses it, although by its own name.
    let endpoint = desk.world.endpoint();
    let (id, secret) = desk.world.key(PROD);
    let files = fs::read_to_string(desk.world.home.path().join(".aws/config")).unwrap();
    desk.world.configure(&format!(
        "{files}\n[profile base]\nsso_session = acme\nsso_account_id = {DEV}\nsso_role_name = Deployer\n\n[profile \
         release]\nregion = {REGION}\nrole_arn = arn:aws:iam::{PROD}:role/release\nsource_profile = base\n\n[profile \
         other]\nregion = {REGION}\naws_access_key_id = {id}\naws_secret_access_key = {secret}\nendpoint_url = \
         {endpoint}\n"
    ));
    let prod = desk.say(&["account", "add", "--profile", "release", "--name", "Prod", "--json"]);
    assert_eq!(prod.code, Some(0), "{}{}", prod.text, prod.error);
    assert_eq!(sealed(&desk), 1, "the token is stored");

    let forgets = |said: &Said| said.summary()["forgets"].clone();
    let dev = desk.say(&["account", "remove", DEV, "--plan", "--json"]);
    assert_eq!(forgets(&dev), serde_json::json!({"key": false, "session": null}), "{}", dev.error);
    assert_eq!(desk.say(&["account", "remove", DEV, "--json"]).code, Some(0));
    assert_eq!(sealed(&desk), 1, "Prod still uses it");

    let planned = desk.say(&["account", "remove", "Prod", "--plan"]);
    let text = "The sign-in to SSO session acme would be forgotten: no other account uses it.";
    assert!(planned.text.contains(text), "{}", planned.text);
    assert_eq!(sealed(&desk), 1, "a plan forgets nothing");
    let removed = desk.say(&["account", "remove", "Prod", "--json"]);
    assert_eq!(forgets(&removed)["session"], "acme", "{}{}", removed.text, removed.error);
    assert_eq!(sealed(&desk), 0, "the token is in no file");
    let [acme] = sessions(&desk).try_into().unwrap();
    assert_eq!((&acme["held"], &acme["problem"]), (&Value::Null, &Value::Null), "{acme}");
    assert!(desk.center.told.lock().unwrap().paths.iter().any(|path| path == "/logout"));
}

#[test]
fn a_key_is_added_and_replaced_from_standard_input_and_from_the_environment() {
    let desk = Desk::new();
    let pass = |arguments: &[&str], (id, secret): &(String, String), input: Option<String>| {
        let mut command = desk.command(&[arguments, &["--json"]].concat());
        if input.is_none() {
            command.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.unwrap_or_default().as_bytes()).unwrap();
        let said = Said::of(&child.wait_with_output().unwrap());
        let shows = |text: &str| text.contains(secret.as_str());
        assert!(!shows(&said.text) && !shows(&said.error), "a secret is shown");
        said
    };
    let (own, foreign) = (desk.world.key(DEV), desk.world.key(PROD));
    let add = |from| ["account", "add", "--key", from, "--name", "Dev", "--region", REGION];
    let planned = pass(&[&add("environment")[..], &["--plan"]].concat(), &own, None);
    assert_eq!(planned.summary()["account"]["id"], DEV, "{}{}", planned.text, planned.error);
    assert_eq!(desk.say(&["account", "list", "--json"]).summary()["accounts"], 0, "a plan adds nothing");
    let added = pass(&add("stdin"), &own, Some(format!("{}\n{}\n", own.0, own.1)));
    let account = &added.summary()["account"];
    assert_eq!(
        (&account["id"], &account["credentials"]),
        (&DEV.into(), &"keychain".into()),
        "{}",
        added.error
    );

    let replace = |from| ["account", "change", "Dev", "--new-key", from];
    let created = |(id, secret): &(String, String)| {
        serde_json::json!({"AccessKey": {"AccessKeyId": id, "SecretAccessKey": secret}}).to_string()
    };
    let refused = pass(&replace("stdin"), &foreign, Some(created(&foreign)));
    let error = &refused.summary()["error"];
    assert_eq!((refused.code, &error["code"]), (Some(2), &"identity-mismatch".into()), "{}", refused.error);
    for said in
        [pass(&replace("stdin"), &own, Some(created(&own))), pass(&replace("environment"), &own, None)]
    {
        assert_eq!(said.summary()["account"]["state"], "ok", "{}{}", said.text, said.error);
    }
    let read = desk.say(&["replication", "show", &format!("Dev/{REGION}"), "--json"]);
    assert_eq!(read.code, Some(0), "the key in the keychain works: {}", read.error);
    let none = pass(&replace("stdin"), &own, Some(String::new()));
    assert_eq!((none.code, &none.summary()["error"]["code"]), (Some(2), &"usage".into()));
    assert!(!desk.is_stored(&own.1), "the secret is in a file");

    // An account by a profile has no key that could be replaced.
    desk.world.configure(&desk.world.profile("prod", PROD));
    assert_eq!(desk.say(&["account", "add", "--profile", "prod", "--json"]).code, Some(0));
    let refused = pass(&["account", "change", PROD, "--new-key", "environment"], &foreign, None);
    assert_eq!(refused.summary()["error"]["code"], "no-access-key");
    // Nothing is left in the keychain for other tests.
    let removed = desk.say(&["account", "remove", "Dev", "--json"]);
    assert_eq!(removed.summary()["forgets"]["key"], true);
}
