//! `longshore account sign-in`, `sign-out` and `sessions`

use std::time::Duration;

use longshore_app::api::{
    HeldSignIn, SecretPlace, SignIn as Started, SignInKey, SignInState, SignInWay, SsoSessionKey,
    SsoSessionView, StartSignIn,
};
use serde_json::{Value, json};

use super::{
    arguments::{Center, SignIn},
    open::Managed,
};
use crate::{failure::Failure, output};

/// Between two looks at a sign-in.
const LOOK: Duration = Duration::from_millis(100);

/// Signs in, and waits until the person has done so.
pub(super) async fn run(managed: &Managed, options: SignIn) -> Result<(), Failure> {
    let way = if options.device { SignInWay::Device } else { SignInWay::Browser };
    let request = StartSignIn { session: key(options.center), way, remember: true };
    let Started { id, url, user_code, session, .. } = managed.app.start_sign_in(request).await?;
    let started = SignInKey { id };
    if managed.json {
        output::json(&json!({"event": "sign_in", "url": url, "user_code": user_code}));
    } else {
        output::line(&format!("Sign in at {url}"));
        user_code.iter().for_each(|code| output::line(&format!("The code is {code}.")));
    }
    if !options.no_browser
        && let Err(error) = managed.app.open_sign_in(started.clone()).await
    {
        output::notes(&[error.message, error.hint.unwrap_or_default()], managed.json);
    }
    loop {
        match managed.app.sign_in(started.clone()).await?.state {
            SignInState::Waiting => tokio::time::sleep(LOOK).await,
            SignInState::Failed { error } => return Err(error.into()),
            SignInState::Cancelled => return Err(Failure::Interrupted),
            SignInState::Done => break,
        }
    }
    end(managed, &session, "signed in to");
    Ok(())
}

/// Forgets the token of a session.
pub(super) async fn out(managed: &Managed, center: Center) -> Result<(), Failure> {
    let session = key(center);
    managed.app.sign_out(session.clone()).await?;
    end(managed, &session, "signed out of");
    Ok(())
}

/// Lists the sessions with where each sign-in is.
pub(super) async fn list(managed: &Managed) -> Result<(), Failure> {
    let sessions = managed.app.sso_sessions().await?;
    for session in &sessions {
        match managed.json {
            true => output::json(&event(session)),
            false => tell(session),
        }
    }
    if managed.json {
        output::summary(&json!({"event": "summary", "sessions": sessions.len()}));
    } else if sessions.is_empty() {
        output::line("There are no sessions.");
    }
    Ok(())
}

fn event(session: &SsoSessionView) -> Value {
    let held = session.held.as_ref();
    json!({
        "event": "session", "session": session.key.session, "start_url": session.start_url,
        "region": session.region, "in_files": session.in_files,
        "signed_in_until": session.signed_in_until, "aws_cli_until": session.of_terminal,
        "held": held.map(|held| json!({"place": place(held), "until": held.until, "refreshes": held.refreshes})),
        "problem": session.unknown.as_ref().map(|error| json!({"code": error.code, "message": error.message})),
    })
}

fn tell(session: &SsoSessionView) {
    let until = session
        .signed_in_until
        .map(|until| format!("signed in until {}", until.format("%Y-%m-%d %H:%M UTC")));
    let state = until.unwrap_or_else(|| "not signed in".into());
    let token = match (&session.held, &session.unknown, session.of_terminal) {
        (Some(held), ..) => match held.place {
            SecretPlace::Keychain => "token in the keychain",
            SecretPlace::SealedFile => "token in a sealed file, its key in the keychain",
            SecretPlace::Memory => "token in memory only",
        },
        (None, Some(error), _) => &error.message,
        (None, None, Some(_)) => "token in the folder of the AWS CLI",
        (None, None, None) => "no token",
    };
    output::line(&format!("{}  {}  {state}; {token}", session.key.session, session.start_url));
}

fn place(held: &HeldSignIn) -> &'static str {
    match held.place {
        SecretPlace::Keychain => "keychain",
        SecretPlace::SealedFile => "sealed_file",
        SecretPlace::Memory => "memory",
    }
}

fn end(managed: &Managed, session: &SsoSessionKey, done: &str) {
    if managed.json {
        output::summary(&json!({"event": "summary", "session": session.session}));
    } else {
        let name = match session.session.as_str() {
            "" => session.start_url.as_deref().unwrap_or_default(),
            name => name,
        };
        output::line(&format!("You are {done} {name}."));
    }
}

fn key(center: Center) -> SsoSessionKey {
    SsoSessionKey {
        session: center.sso_session.unwrap_or_default(),
        start_url: center.start_url,
        region: center.sso_region,
    }
}
