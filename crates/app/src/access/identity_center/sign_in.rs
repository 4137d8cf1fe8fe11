//! Signing in from the window.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    SsoSession,
    callback::Callback,
    flow::Client,
    tokens::{self, Place},
};
use crate::{
    App,
    access::Profiles,
    api::{
        Account, AccountKey, ApiError, AppEvent, CredentialSource, Keychain, Side, SignIn, SignInKey,
        SignInState, SignInWay, Space, SsoSessionKey, SsoSessionView, StartSignIn,
    },
    settings,
};

/// The setting that remembers how the person signs in.
const WAY: &str = "sign-in-way";
/// The setting that remembers the sessions to which a person signed in here, so that no token is forgotten
/// with the account or the file that named its session.
const KEPT: &str = "sign-ins";

/// Sign-ins of this process.
#[derive(Default)]
pub(crate) struct SignIns {
    started: Mutex<HashMap<String, Arc<Started>>>,
    /// One account at a time is removed with its sign-in.
    pub(crate) removing: tokio::sync::Mutex<()>,
}

struct Started {
    view: Mutex<SignIn>,
    cancel: CancellationToken,
}

impl Started {
    fn view(&self) -> SignIn {
        self.view.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl SignIns {
    fn get(&self, id: &str) -> Result<Arc<Started>, ApiError> {
        let known = self.started.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        known.ok_or_else(|| ApiError::new("sign-in-unknown", Side::Input, "This sign-in does not exist."))
    }
}

impl App {
    /// Sessions of IAM Identity Center: of the AWS configuration files, of connected accounts, and others
    /// whose sign-in Longshore holds.
    ///
    /// # Errors
    /// `profiles-unreadable`; when the database cannot be read.
    pub async fn sso_sessions(&self) -> Result<Vec<SsoSessionView>, ApiError> {
        let profiles = Profiles::read(None).await?;
        let mut sessions: Vec<SsoSession> =
            profiles.sso_sessions().into_iter().filter_map(|name| profiles.sso_session(&name).ok()).collect();
        for known in self.accounts.all().iter() {
            let CredentialSource::Sso { session, start_url, region, .. } = &known.account.credentials else {
                continue;
            };
            let key = SsoSessionKey {
                session: session.clone(),
                start_url: start_url.clone(),
                region: region.clone(),
            };
            match SsoSession::of(&key).await {
                Ok(session) if !sessions.contains(&session) => sessions.push(session),
                _ => {}
            }
        }
        let named = sessions.len();
        for key in self.kept_sessions().await? {
            match SsoSession::of(&key).await {
                Ok(kept) if !sessions.iter().any(|known| known.secret_name() == kept.secret_name()) => {
                    sessions.push(kept);
                }
                _ => {}
            }
        }
        let way = settings::get(&self.db, WAY).await?.unwrap_or(SignInWay::Browser);
        let now = self.now();
        let mut views = Vec::with_capacity(sessions.len());
        for (index, session) in sessions.iter().enumerate() {
            let place = Place { secrets: self.secrets.as_ref(), network: &self.network, session };
            let (held, unknown) = match self.sessions.tokens.held(place).await {
                Ok(held) => (held, None),
                Err(error) => (None, Some(error)),
            };
            // One that nothing names any more is listed while something may have to be forgotten.
            if index >= named && held.is_none() && unknown.is_none() {
                continue;
            }
            let of_terminal = tokens::terminal_until(session, now).await;
            views.push(SsoSessionView {
                key: session.key(),
                start_url: session.start_url.clone(),
                region: session.region.clone(),
                in_files: session.in_files,
                signed_in_until: tokens::until(held.as_ref(), of_terminal, now),
                held,
                unknown,
                of_terminal,
                way,
            });
        }
        Ok(views)
    }

    /// Sessions to which a person signed in here, each with its start URL.
    async fn kept_sessions(&self) -> Result<Vec<SsoSessionKey>, ApiError> {
        Ok(settings::get(&self.db, KEPT).await?.unwrap_or_default())
    }

    /// Remembers whether Longshore holds a sign-in to a session.
    async fn keep_session(&self, session: &SsoSession, is_kept: bool) -> Result<(), ApiError> {
        let key = SsoSessionKey {
            session: session.name.clone(),
            start_url: Some(session.start_url.clone()),
            region: Some(session.region.clone()),
        };
        let mut kept = self.kept_sessions().await?;
        kept.retain(|known| (&known.start_url, &known.region) != (&key.start_url, &key.region));
        kept.extend(is_kept.then_some(key));
        settings::set(&self.db, KEPT, &kept).await
    }

    /// Begins a sign-in. The keychain is asked first, so that nobody signs in in vain.
    ///
    /// # Errors
    /// `sso-session-unknown`, `start-url`, `keychain-locked`, `keychain-missing`, `sign-in-refused`; what
    /// the network says.
    pub async fn start_sign_in(&self, request: StartSignIn) -> Result<SignIn, ApiError> {
        let StartSignIn { session, way, remember } = request;
        let session = SsoSession::of(&session).await?;
        if remember {
            self.can_remember().await?;
        }
        let (client, (waiting, invitation)) = match way {
            SignInWay::Browser => {
                let callback = Callback::listen().await?;
                let client = Client::register(&self.network, &session, Some(Callback::REGISTERED)).await?;
                let begun = client.browser(callback)?;
                (client, begun)
            }
            SignInWay::Device => {
                let client = Client::register(&self.network, &session, None).await?;
                let begun = client.device(self.now()).await?;
                (client, begun)
            }
        };
        settings::set(&self.db, WAY, &way).await?;
        let view = SignIn {
            id: Uuid::now_v7().to_string(),
            session: session.key(),
            way,
            url: invitation.url,
            user_code: invitation.user_code,
            state: SignInState::Waiting,
        };
        let started = Arc::new(Started { view: Mutex::new(view.clone()), cancel: self.stop.child_token() });
        let all = &self.sign_ins.started;
        all.lock().unwrap_or_else(PoisonError::into_inner).insert(view.id.clone(), Arc::clone(&started));
        let app = self.me.upgrade().ok_or_else(|| ApiError::internal("The app is closing."))?;
        self.tasks.spawn(async move {
            let clock = || app.now();
            let ended = tokio::select! {
                () = started.cancel.cancelled() => None,
                ended = client.finish(waiting, clock) => Some(ended),
            };
            let state = match ended {
                None => SignInState::Cancelled,
                Some(Err(error)) => SignInState::Failed { error },
                Some(Ok(mut token)) => {
                    token.remembered = remember;
                    let place =
                        Place { secrets: app.secrets.as_ref(), network: &app.network, session: &session };
                    // First, so that no token is ever kept that is not listed.
                    let kept = match app.keep_session(&session, true).await {
                        Ok(()) => app.sessions.tokens.keep(place, token).await,
                        Err(error) => Err(error),
                    };
                    match kept {
                        Ok(()) => SignInState::Done,
                        Err(error) => SignInState::Failed { error },
                    }
                }
            };
            let done = state == SignInState::Done;
            started.view.lock().unwrap_or_else(PoisonError::into_inner).state = state;
            if done {
                app.signed_in(&session).await;
            }
            app.events.send(AppEvent::Accounts);
        });
        Ok(view)
    }

    /// How far a sign-in is.
    ///
    /// # Errors
    /// `sign-in-unknown`.
    pub async fn sign_in(&self, key: SignInKey) -> Result<SignIn, ApiError> {
        Ok(self.sign_ins.get(&key.id)?.view())
    }

    /// Opens the page of a sign-in in the browser of this computer.
    ///
    /// # Errors
    /// `sign-in-unknown`; `no-browser`.
    pub async fn open_sign_in(&self, key: SignInKey) -> Result<(), ApiError> {
        let url = self.sign_ins.get(&key.id)?.view().url;
        let opened = tokio::task::spawn_blocking(move || open::that_detached(url)).await;
        match opened {
            Ok(Ok(())) => Ok(()),
            _ => Err(ApiError::new("no-browser", Side::ThisMachine, "No browser could be opened.")),
        }
    }

    /// Gives a sign-in up.
    ///
    /// # Errors
    /// `sign-in-unknown`.
    pub async fn cancel_sign_in(&self, key: SignInKey) -> Result<(), ApiError> {
        self.sign_ins.get(&key.id)?.cancel.cancel();
        Ok(())
    }

    /// Forgets the token of a session that was signed in to here. What a terminal left stays.
    ///
    /// # Errors
    /// `sso-session-unknown`; what the keychain says.
    pub async fn sign_out(&self, key: SsoSessionKey) -> Result<(), ApiError> {
        self.forget_sign_in(&SsoSession::of(&key).await?).await
    }

    /// Forgets the token of a session, and ends it at Identity Center.
    ///
    /// # Errors
    /// What the keychain says.
    pub(crate) async fn forget_sign_in(&self, session: &SsoSession) -> Result<(), ApiError> {
        let place = Place { secrets: self.secrets.as_ref(), network: &self.network, session };
        let token = self.sessions.tokens.forget(place).await?;
        self.keep_session(session, false).await?;
        // Clients hold credentials of roles, which last longer than the token.
        self.accounts_changed(Space::Aws, None);
        if let Some(token) = token
            && let Err(error) = super::portal::log_out(&self.network, session, &token).await
        {
            tracing::warn!(code = error.code, "Identity Center was not told about the sign-out");
        }
        Ok(())
    }

    /// The session whose sign-in is held here for an account alone: no other account needs it.
    pub(crate) async fn session_only_for(&self, account: &Account) -> Result<Option<SsoSession>, ApiError> {
        let Some(session) = session_of(account).await else { return Ok(None) };
        let is_it =
            |other: &SsoSession| (&other.start_url, &other.region) == (&session.start_url, &session.region);
        let kept = self.kept_sessions().await?;
        let is_kept = kept.iter().any(|kept| {
            (kept.start_url.as_ref(), kept.region.as_ref())
                == (Some(&session.start_url), Some(&session.region))
        });
        if !is_kept {
            return Ok(None);
        }
        for known in self.accounts.all().iter() {
            let is_same = (known.account.space, &known.account.id) == (account.space, &account.id);
            if !is_same && session_of(&known.account).await.as_ref().is_some_and(is_it) {
                return Ok(None);
            }
        }
        Ok(Some(session))
    }

    async fn can_remember(&self) -> Result<(), ApiError> {
        let (code, text, hint) = match self.secrets.state().await {
            Keychain::Available | Keychain::Unknown => return Ok(()),
            Keychain::Locked { hint } => ("keychain-locked", "The keychain is locked.", hint),
            Keychain::Missing { hint } => ("keychain-missing", "This desktop has no keychain.", hint),
        };
        Err(ApiError::new(code, Side::ThisMachine, text)
            .hint(format!("{hint} Or sign in for this session of Longshore only.")))
    }

    /// Accounts of a session have credentials again.
    async fn signed_in(&self, session: &SsoSession) {
        let waits = |account: &Account| match &account.credentials {
            CredentialSource::Sso { session: name, .. } => *name == session.name,
            // Its session is in the files, or is that of the account that assumes the role.
            CredentialSource::Profile { .. } | CredentialSource::Role { .. } => {
                account.problem.as_ref().is_some_and(|problem| problem.code == "sso-sign-in-needed")
            }
            _ => false,
        };
        for known in self.accounts.all().iter().filter(|known| waits(&known.account)) {
            let key = AccountKey { space: known.account.space, id: known.account.id.clone() };
            if let Err(error) = self.check_account(key).await {
                tracing::debug!(code = error.code, "an account could not be checked after a sign-in");
            }
        }
    }
}

/// The session that an account needs. One that acts by a role of another account needs none itself.
async fn session_of(account: &Account) -> Option<SsoSession> {
    match &account.credentials {
        CredentialSource::Sso { session, start_url, region, .. } => {
            let key = SsoSessionKey {
                session: session.clone(),
                start_url: start_url.clone(),
                region: region.clone(),
            };
            SsoSession::of(&key).await.ok()
        }
        CredentialSource::Profile { profile } => {
            Profiles::read(Some(profile)).await.ok()?.session_behind(profile)
        }
        _ => None,
    }
}
