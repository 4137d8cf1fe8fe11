//! The shell's handling of the application's events: forwards them to the window, shows desktop
//! notifications, updates the title, counts runs in progress.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use longshore_app::{
    AppEvents,
    api::{AppEvent, RunState, RunView, Space},
    notification_body,
};
use tauri::{AppHandle, Manager, async_runtime::JoinHandle, ipc::Channel};
use tauri_plugin_notification::NotificationExt;

use crate::{shared::Shared, window};

/// What the shell remembers about past events.
#[derive(Default)]
pub(crate) struct Watch {
    active: Mutex<HashSet<String>>,
    listener: Mutex<Option<Listener>>,
}

/// The window's channel, and the task that forwards the application's events to it.
struct Listener {
    channel: Channel<AppEvent>,
    forward: JoinHandle<()>,
}

impl Watch {
    /// The number of runs in progress.
    pub(crate) fn active_runs(&self) -> u32 {
        let active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        u32::try_from(active.len()).unwrap_or(u32::MAX)
    }

    /// From now on, the window receives events here. A reload of the page subscribes again and
    /// replaces the old channel.
    pub(crate) fn listen(&self, mut events: AppEvents, channel: Channel<AppEvent>) {
        let receiver = channel.clone();
        let forward = tauri::async_runtime::spawn(async move {
            while let Some(event) = events.next().await {
                if let Err(error) = receiver.send(event) {
                    tracing::debug!(%error, "the window does not receive events");
                    break;
                }
            }
        });
        let mut listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = listener.replace(Listener { channel, forward }) {
            old.forward.abort();
        }
    }

    /// Tells the window that it was asked to close. Returns `false` when no page listens: then no
    /// answer could come, and the window would never close.
    pub(crate) fn ask_to_close(&self, runs: u32) -> bool {
        let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(listener) = listener.as_ref() else { return false };
        match listener.channel.send(AppEvent::CloseRequested { runs }) {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!(%error, "the window does not receive events");
                false
            }
        }
    }

    fn note(&self, run: &RunView) {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(run.state, RunState::Waiting | RunState::Running) {
            active.insert(run.id.clone());
        } else {
            active.remove(&run.id);
        }
    }
}

/// Watches the application's events for its whole life.
pub(crate) fn watch(handle: &AppHandle) {
    let handle = handle.clone();
    tauri::async_runtime::spawn(async move {
        let Ok(app) = handle.state::<Shared>().app().cloned() else { return };
        let mut events = app.subscribe();
        title(&handle).await;
        while let Some(event) = events.next().await {
            let watch = handle.state::<Watch>();
            match &event {
                AppEvent::Snapshot { runs } => runs.iter().for_each(|run| watch.note(run)),
                AppEvent::Run { run } => watch.note(run),
                AppEvent::Accounts => title(&handle).await,
                AppEvent::Notice { title, text } => notify(&handle, title, text),
                _ => {}
            }
        }
    });
}

fn notify(handle: &AppHandle, title: &str, text: &str) {
    if let Err(error) = handle.notification().builder().title(title).body(notification_body(text)).show() {
        tracing::debug!(%error, "the desktop cannot show notifications");
    }
}

/// Updates the title, which says which space is shown.
async fn title(handle: &AppHandle) {
    let Ok(app) = handle.state::<Shared>().app().cloned() else { return };
    let Ok(status) = app.status().await else { return };
    let space = match status.space {
        Space::Sandbox => "Sandbox",
        Space::Aws => "AWS",
    };
    window::set_title(handle, &format!("Longshore \u{2014} {space}"));
}
