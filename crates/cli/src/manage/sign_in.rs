//! `longshore account sign-in` and `sign-out`

use std::time::Duration;

use longshore_app::api::{SignIn as Started, SignInKey, SignInState, SignInWay, SsoSessionKey, StartSignIn};
use serde_json::json;

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
