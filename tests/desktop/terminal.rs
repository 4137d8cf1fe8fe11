//! What a person does in a terminal shows in the window without a restart.

use std::{
    fs,
    time::{Duration, Instant},
};

use longshore_tests::{
    aws::Served,
    longshore::{Longshore, Said},
    window::{Window, journey},
};
use sha2::{Digest, Sha256};

use crate::steps::{DEV, REGION};

const SESSION: &str = "arn:aws:iam::111122223333:user/administrator";
/// From the documentation of the SDK; nothing is signed with it before the session ends.
const KEY: &str = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIFDZHUzOG1Pzq+6F0mjMlOSp1syN9LRPBuHMoCFXTcXhoAoGCCqGSM49\nAwEHoUQDQgAE9qhj+KtcdHj1kVgwxWWWw++tqoh7H7UHs7oXh8jBbgF47rrYGC+t\ndjiIaHK3dBvvdE7MGj5HsepzLm3Kj91bqA==\n-----END EC PRIVATE KEY-----\n";

#[tokio::test]
async fn a_sign_in_in_a_terminal_and_a_changed_profile_show_without_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let aws = Served::new(&home.path().join("aws"), "100ms");
    let endpoint = aws.ready["control"].as_str().unwrap();
    let session = aws.aws(DEV, REGION).assume_role("arn:aws:iam::111122223333:role/team/deployer");
    let session = &session["Credentials"];
    let (config, cache) = (home.path().join("config"), home.path().join("login"));
    let profile =
        format!("[profile dev]\nregion = {REGION}\nendpoint_url = {endpoint}\nlogin_session = {SESSION}\n");
    fs::write(&config, &profile).unwrap();
    fs::create_dir(&cache).unwrap();
    let name: String = Sha256::digest(SESSION).iter().map(|byte| format!("{byte:02x}")).collect();
    let file = cache.join(name + ".json");
    let sign_in = || {
        let text = serde_json::json!({
            "accessToken": {
                "accessKeyId": session["AccessKeyId"], "secretAccessKey": session["SecretAccessKey"],
                "sessionToken": session["SessionToken"], "accountId": DEV, "expiresAt": "2099-01-01T00:00:00Z",
            },
            "tokenType": "aws_sigv4", "refreshToken": "r", "idToken": "e.e.e",
            "clientId": "arn:aws:signin:::devtools/same-device", "dpopKey": KEY,
        });
        fs::write(&file, text.to_string()).unwrap();
    };
    let nothing = home.path().join("no-credentials");
    let environment = [
        ("AWS_CONFIG_FILE", config.to_str().unwrap()),
        ("AWS_SHARED_CREDENTIALS_FILE", nothing.to_str().unwrap()),
        ("AWS_LOGIN_CACHE_DIRECTORY", cache.to_str().unwrap()),
    ];
    let longshore = Longshore::new(home.path());
    sign_in();
    let add = ["account", "add", "--profile", "dev", "--name", "Dev", "--json"];
    let added =
        longshore.command(&add).envs(environment).env("LONGSHORE_SECRETS", "memory").output().unwrap();
    let added = Said::of(&added);
    assert_eq!(added.code, Some(0), "{}{}", added.text, added.error);

    fs::remove_file(&file).unwrap();
    let window = Window::open(&longshore.data(), &environment).await;
    let account = format!("account-{DEV}");
    journey("terminal", &window, async {
        window.click("nav-settings").await;
        window.see_text(&account, "Nobody is signed in to the profile").await;
        window.see_text(&account, "aws login --profile dev").await;
        sign_in();
        let start = Instant::now();
        window.until("the sign-in", || async { !says(&window, &account, "Nobody is signed in").await }).await;
        shows_soon(start);

        // A file that is replaced as a whole, as editors do it.
        let other = home.path().join("config.new");
        fs::write(&other, profile.replace("login_session", "# login_session")).unwrap();
        fs::rename(&other, &config).unwrap();
        let start = Instant::now();
        window.click("nav-images").await;
        window.click("nav-settings").await;
        window
            .until("the profile without credentials", || async {
                says(&window, &account, "No usable credentials").await
            })
            .await;
        shows_soon(start);
    })
    .await;
    window.close().await;
}

/// What was done in a terminal is in the window within three seconds; a busy machine is given as many again.
fn shows_soon(since: Instant) {
    let took = since.elapsed();
    assert!(took < Duration::from_secs(6), "{took:?}");
}

async fn says(window: &Window, id: &str, text: &str) -> bool {
    window.texts(id).await.iter().any(|found| found.contains(text))
}
