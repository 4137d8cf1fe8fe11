//! Files that a terminal makes, replaces and removes while the window is open: each is seen within three seconds.

use std::{fs, path::Path, time::Duration};

use longshore_tests::window::{Window, journey};
use tokio::time::Instant;

/// How long a change may take to be seen.
const SOON: Duration = Duration::from_secs(3);
/// What `aws sso login` names the token of session `acme`: the SHA-1 of its name.
const TOKEN: &str = ".aws/sso/cache/293abb6b76d7791c0732cc517d38c4b5c734b87f.json";
const SESSION: &str =
    "[sso-session acme]\nsso_region = us-west-2\nsso_start_url = https://acme.awsapps.com/start\n";

/// A person with a terminal beside the window.
struct Terminal<'a> {
    home: &'a Path,
    window: &'a Window,
}

impl Terminal<'_> {
    /// Writes a file in place, and its folder if there is none.
    fn writes(&self, name: &str, text: &str) {
        let path = self.home.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Puts a new file in place of another, as the AWS CLI and editors do.
    fn replaces(&self, name: &str, text: &str) {
        let new = format!("{name}.new");
        self.writes(&new, text);
        fs::rename(self.home.join(new), self.home.join(name)).unwrap();
    }

    /// The window shows it in time.
    async fn shows(&self, css: &str) {
        let since = Instant::now();
        self.window.wait(css).await;
        assert!(since.elapsed() < SOON, "{css} took {:?}", since.elapsed());
    }
}

fn token(until: &str) -> String {
    format!(
        r#"{{"accessToken":"any","expiresAt":"{until}","region":"us-west-2","startUrl":"https://acme.awsapps.com/start"}}"#
    )
}

fn keys(profile: &str) -> String {
    format!("[{profile}]\naws_access_key_id = AKIAEXAMPLE000000001\naws_secret_access_key = any\n")
}

#[tokio::test]
async fn what_happens_in_a_terminal_is_seen_without_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let environment = [("HOME", home.path().to_str().unwrap())];
    let window = Window::open(&home.path().join("data"), &environment).await;
    journey("terminal-files", &window, async {
        let terminal = Terminal { home: home.path(), window: &window };
        let place = |place: &str| format!("[data-testid='sso-token-acme'][data-place='{place}']");
        let profile = |name: &str| format!("[data-testid='connect-profile-{name}']");
        window.see("connect-aws").await;
        window.click("nav-settings").await;
        window.see("connect-account").await;

        // `aws configure sso-session` and `aws sso login`: there was no folder before.
        terminal.writes(".aws/config", SESSION);
        terminal.shows(&place("none")).await;
        terminal.writes(TOKEN, &token("2098-01-01T00:00:00Z"));
        terminal.shows(&place("terminal")).await;
        // `aws sso logout`, and a token that has ended in place of one of the same length.
        fs::remove_file(home.path().join(TOKEN)).unwrap();
        terminal.shows(&place("none")).await;
        terminal.writes(TOKEN, &token("2098-01-01T00:00:00Z"));
        terminal.shows(&place("terminal")).await;
        terminal.replaces(TOKEN, &token("2020-01-01T00:00:00Z"));
        terminal.shows(&place("none")).await;

        // Profiles, in the dialog that connects one.
        window.click("connect-account").await;
        window.click("connect-way-profile").await;
        terminal.writes(".aws/credentials", &keys("dev"));
        terminal.shows(&profile("dev")).await;
        terminal.replaces(".aws/credentials", &keys("ops"));
        terminal.shows(&profile("ops")).await;
        assert!(window.texts("connect-profile-dev").await.is_empty());
        terminal.replaces(
            ".aws/config",
            &format!("{SESSION}\n[profile ci]\nregion = us-west-2\ncredential_process = true\n"),
        );
        terminal.shows(&profile("ci")).await;
    })
    .await;
    window.close().await;
}
