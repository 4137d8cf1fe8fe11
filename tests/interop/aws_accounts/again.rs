//! A session of IAM Identity Center that ends in mid-run: the run waits, and goes on after the sign-in.

use std::process::Command;

use longshore_tests::window::{Window, journey};
use serde_json::json;

use super::{canary::call, sign_in::Desk, *};

/// A window of a person who is signed in, with an account of a session and a role that it assumes.
async fn signed_in(desk: &Desk) -> Window {
    let home = desk.world.home.path().display().to_string();
    let center = desk.center.address.clone();
    let endpoint = desk.world.endpoint();
    let environment = [
        ("HOME", home.as_str()),
        ("AWS_ENDPOINT_URL_SSO", &center),
        ("AWS_ENDPOINT_URL_SSO_OIDC", &center),
        ("AWS_ENDPOINT_URL_ECR", &endpoint),
        ("AWS_ENDPOINT_URL_STS", &endpoint),
        // No browser opens in a test.
        ("BROWSER", "true"),
    ];
    let window = Window::open(&desk.world.longshore.data(), &environment).await;
    window.see("connect-aws").await;
    let sso = json!({
        "source": "sso", "session": "acme", "account": DEV, "role": "Deployer", "startUrl": null, "region": null,
    });
    let role = json!({
        "source": "role", "roleArn": format!("arn:aws:iam::{PROD}:role/release"), "via": DEV, "externalId": null,
        "sessionName": null, "mfaSerial": null, "duration": null,
    });
    for (credentials, name) in [(sso, "Dev"), (role, "Release")] {
        let request = json!({
            "credentials": credentials, "name": name, "environment": "dev", "colour": null, "regions": [REGION],
        });
        let connected = call(&window, "connect_account", request).await;
        assert_eq!(connected["ok"]["name"], name, "{connected}");
    }
    window
}

/// A new repository, planned before the session ends and run afterwards; returns the run.
async fn begins(desk: &Desk, window: &Window, account: &str, name: &str) -> String {
    desk.center.told.lock().unwrap().ended = false;
    let registry = json!({"space": "aws", "account": account, "region": REGION});
    let plan = json!({
        "change": "createRepository", "registry": registry, "name": name,
        "mutability": {"immutable": false, "exclusions": []}, "scanOnPush": false, "encryption": {"type": "aes256"},
    });
    let planned = call(window, "plan", plan).await["ok"].clone();
    assert!(planned["id"].is_string(), "{planned}");
    desk.center.told.lock().unwrap().ended = true;
    let request = json!({
        "plan": planned["id"], "hash": planned["hash"], "confirm": planned["confirm"], "acknowledge": true,
        "managed": [], "keepGoing": false,
    });
    let started = call(window, "run_plan", request).await;
    started["ok"]["run"].as_str().unwrap_or_else(|| panic!("{started}")).to_owned()
}

async fn signs_in_again(window: &Window, account: &str) {
    let button = format!("person-sign-in-{account}");
    window.see_text(&button, "Sign in again").await;
    window.click(&button).await;
    let link = window.see("sign-in-link").await.text().await.unwrap();
    let page = Command::new("curl").args(["-sSL", &link]).output().unwrap();
    let page = String::from_utf8_lossy(&page.stdout).into_owned();
    assert!(page.contains("You are signed in"), "{page}");
    window.gone("dialog-sign-in").await;
}

#[tokio::test]
async fn a_run_whose_session_has_ended_waits_and_goes_on_after_the_sign_in() {
    let desk = Desk::new();
    let (signed, _) = desk.signs_in(&["--sso-session", "acme"]);
    assert_eq!(signed.code, Some(0), "{}{}", signed.text, signed.error);
    desk.center.told.lock().unwrap().brief = true;
    let window = signed_in(&desk).await;
    journey("sign-in-again", &window, async {
        // The roles that the account assumes have sessions of their own, which last longer.
        for (account, name) in [(DEV, "of-session")] {
            let run = begins(&desk, &window, account, name).await;
            window
                .until("the run waits", || async {
                    let view = call(&window, "run", json!({"run": run})).await["ok"].clone();
                    assert!(view["ended"].is_null(), "{view}");
                    view["waiting"]["code"] == "sso-sign-in-needed"
                })
                .await;
            signs_in_again(&window, account).await;
            window
                .until("the run ends", || async {
                    let view = call(&window, "run", json!({"run": run})).await["ok"].clone();
                    view["state"] == "done"
                })
                .await;
            let names = desk.world.aws.aws(account, REGION).ecr(&[
                "describe-repositories",
                "--repository-names",
                name,
            ]);
            assert_eq!(names["repositories"][0]["repositoryName"], name);
        }
    })
    .await;
    window.close().await;
}
