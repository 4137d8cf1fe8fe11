//! The window itself: opening, closing, focus, and the commands about it.

use longshore_app::api::{ApiError, AppEvent};
use tauri::{AppHandle, Manager, State, Url, WebviewUrl, WebviewWindowBuilder, WindowEvent, ipc::Channel};

use crate::{events::Watch, shared::Shared};

const LABEL: &str = "main";

/// Opens the window.
///
/// # Errors
/// When the desktop cannot open one.
pub(crate) fn open(handle: &AppHandle) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(handle, LABEL, WebviewUrl::default())
        .title("Longshore")
        .inner_size(1280.0, 800.0)
        .min_inner_size(720.0, 520.0)
        .on_navigation(is_own)
        // Pages take dropped files themselves.
        .disable_drag_drop_handler()
        .build()?;
    let handle = handle.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            let watch = handle.state::<Watch>();
            let runs = watch.active_runs();
            if runs > 0 && watch.ask_to_close(runs) {
                api.prevent_close();
            }
        }
    });
    Ok(())
}

/// The window can only navigate to its own pages.
fn is_own(url: &Url) -> bool {
    let own = match url.scheme() {
        "tauri" => true,
        "http" | "https" if url.host_str() == Some("tauri.localhost") => true,
        "http" => cfg!(not(feature = "custom-protocol")) && url.host_str() == Some("127.0.0.1"),
        "about" => url.path() == "blank",
        _ => false,
    };
    if !own {
        tracing::warn!(scheme = url.scheme(), "refused to leave the application's pages");
    }
    own
}

/// Brings the window to the front when the app is started a second time.
pub(crate) fn focus(handle: &AppHandle) {
    let Some(window) = handle.get_webview_window(LABEL) else { return };
    if let Err(error) = window.unminimize().and_then(|()| window.set_focus()) {
        tracing::debug!(%error, "the window could not be brought to the front");
    }
}

/// Changes the window's title.
pub(crate) fn set_title(handle: &AppHandle, title: &str) {
    if let Some(window) = handle.get_webview_window(LABEL)
        && let Err(error) = window.set_title(title)
    {
        tracing::debug!(%error, "the title could not be set");
    }
}

/// Subscribes the window to events: a snapshot first, then changes.
#[tauri::command]
pub(crate) async fn subscribe(
    shared: State<'_, Shared>,
    watch: State<'_, Watch>,
    channel: Channel<AppEvent>,
) -> Result<(), ApiError> {
    watch.listen(shared.app()?.subscribe(), channel);
    Ok(())
}

/// Ends the app although work is running. Runs are left in a state from which they can be resumed.
#[tauri::command]
pub(crate) async fn quit(handle: AppHandle) {
    handle.exit(0);
}
