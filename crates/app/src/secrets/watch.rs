//! The last known state of the keychain. A check can take seconds when the keychain hangs, so
//! callers get the last state at once and an event when it changes.

use std::sync::{Mutex, PoisonError};

use crate::{
    App,
    api::{AppEvent, Keychain},
};

/// The last state, and whether a check is in progress.
#[derive(Debug, Default)]
pub(crate) struct KeychainWatch(Mutex<Watched>);

#[derive(Debug, Default)]
struct Watched {
    state: Option<Keychain>,
    asking: bool,
}

impl KeychainWatch {
    /// The last state, and whether the caller is to check now.
    fn begin(&self) -> (Keychain, bool) {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = !std::mem::replace(&mut watched.asking, true);
        (watched.state.clone().unwrap_or(Keychain::Unknown), first)
    }

    /// Stores an answer. Returns whether it is news.
    fn end(&self, state: Keychain) -> bool {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        watched.asking = false;
        let news = watched.state.as_ref() != Some(&state);
        watched.state = Some(state);
        news
    }
}

impl App {
    /// The last known state of the keychain. It is checked again in the background;
    /// [`AppEvent::Accounts`] is sent when it has changed.
    pub(crate) fn keychain(&self) -> Keychain {
        let (state, first) = self.keychain.begin();
        if first && let Some(app) = self.me.upgrade() {
            self.tasks.spawn(async move {
                let stop = app.stop.clone();
                let asked = async {
                    let state = app.secrets.state().await;
                    if app.keychain.end(state) {
                        app.events.send(AppEvent::Accounts);
                    }
                };
                // An app that closes does not wait for a keychain that hangs.
                tokio::select! { () = asked => {}, () = stop.cancelled() => {} }
            });
        }
        state
    }
}
