//! A session of IAM Identity Center, with a portal that answers in the recorded shapes.

use std::io::Write;

use longshore_tests::counterpart::serve;
use serde_json::json;

use super::*;

/// Answers like the portal of IAM Identity Center (botocore's `sso/2019-06-10`) until the test ends.
fn portal((id, secret): (String, String)) -> String {
    serve(move |asked| {
        let body = match asked.path.as_str() {
            _ if asked.header("x-amz-sso_bearer_token") != "canary-token" => None,
            "/assignment/accounts" => Some(json!({"accountList": [
                {"accountId": DEV, "accountName": "Acme dev"}, {"accountId": PROD, "accountName": "Acme prod"},
            ]})),
            "/assignment/roles" => Some(json!({"roleList": [{"roleName": "Deployer"}]})),
            "/federation/credentials" => Some(json!({"roleCredentials": {
                "accessKeyId": id, "secretAccessKey": secret, "expiration": 4_102_444_800_000_u64,
            }})),
            _ => None,
        };
        let status = if body.is_some() { 200 } else { 401 };
        (status, "application/json", body.unwrap_or_default().to_string())
    })
}

/// Runs a command for which the portal is that of IAM Identity Center.
pub(super) fn with_portal(world: &World, portal: &str, arguments: &[&str]) -> Said {
    let mut command = world.longshore.command(arguments);
    command
        .env("LONGSHORE_SECRETS", "memory")
        .env("AWS_ENDPOINT_URL_SSO", portal)
        .env("AWS_ENDPOINT_URL_ECR", world.endpoint())
        .env("AWS_ENDPOINT_URL_STS", world.endpoint());
    Said::of(&command.output().unwrap())
}

#[test]
fn the_accounts_of_a_session_are_imported_once_somebody_has_signed_in() {
    let world = World::new(&[]);
    let portal = portal(world.key(DEV));
    world.configure(&format!(
        "[default]\nregion = {REGION}\n\n[sso-session acme]\nsso_region = {REGION}\nsso_start_url = https://acme.awsapps.com/start\n"
    ));
    let arguments = ["account", "import", "--sso-session", "acme", "--region", REGION, "--json"];
    let import = || with_portal(&world, &portal, &arguments);
    let nobody = import();
    assert_eq!((nobody.code, &nobody.summary()["error"]["code"]), (Some(1), &"sso-sign-in-needed".into()));

    let cache = world.home.path().join(".aws/sso/cache");
    fs::create_dir_all(&cache).unwrap();
    let token = r#"{"accessToken":"canary-token","expiresAt":"2099-01-01T00:00:00Z","region":"us-west-2","startUrl":"https://acme.awsapps.com/start"}"#;
    fs::write(cache.join(sha1("acme") + ".json"), token).unwrap();
    let imported = import();
    // The portal gives the same key for both accounts, so the second one is not what it says.
    let summary = imported.summary();
    assert_eq!(
        (&summary["added"], &summary["failed"]),
        (&1.into(), &1.into()),
        "{}{}",
        imported.text,
        imported.error
    );
    assert_eq!(
        (imported.code, &events(&imported, "failed")[0]["error"]["code"]),
        (Some(3), &"identity-mismatch".into())
    );
    let account = &events(&imported, "account")[0];
    assert_eq!((&account["id"], &account["credentials"]), (&DEV.into(), &"sso".into()));
    assert!(!imported.text.contains("canary-token") && !imported.error.contains("canary-token"));
    let unknown = world.say(&["account", "import", "--sso-session", "other", "--json"]);
    assert_eq!((unknown.code, &unknown.summary()["error"]["code"]), (Some(2), &"sso-session-unknown".into()));
}

#[test]
fn a_profile_of_a_session_says_that_nobody_is_signed_in_and_works_once_somebody_is() {
    let world = World::new(&[]);
    let portal = portal(world.key(DEV));
    world.configure(&format!(
        "[sso-session acme]\nsso_region = {REGION}\nsso_start_url = https://acme.awsapps.com/start\n\n\
         [profile dev]\nregion = {REGION}\nsso_session = acme\nsso_account_id = {DEV}\nsso_role_name = Deployer\n"
    ));
    let add = || with_portal(&world, &portal, &["account", "add", "--profile", "dev", "--json"]);
    let nobody = add();
    let error = nobody.summary()["error"].clone();
    assert_eq!((nobody.code, &error["code"]), (Some(1), &"sso-sign-in-needed".into()), "{error}");
    assert!(error["message"].as_str().unwrap().contains("`acme`"), "{error}");

    let cache = world.home.path().join(".aws/sso/cache");
    fs::create_dir_all(&cache).unwrap();
    let token = r#"{"accessToken":"canary-token","expiresAt":"2099-01-01T00:00:00Z","region":"us-west-2","startUrl":"https://acme.awsapps.com/start"}"#;
    let file = cache.join(sha1("acme") + ".json");
    fs::write(&file, token).unwrap();
    let added = add();
    assert_eq!(added.code, Some(0), "{}{}", added.text, added.error);
    assert!(added.text.contains(DEV), "{}", added.text);
    assert_eq!(fs::read_to_string(&file).unwrap(), token, "nothing is written there");
}

/// By a program that was here before us.
pub(super) fn sha1(text: &str) -> String {
    let mut command = std::process::Command::new("sha1sum");
    let mut child =
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().split_whitespace().next().unwrap().to_owned()
}
